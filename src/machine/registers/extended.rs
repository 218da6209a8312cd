//! TCR2_EL1 and the registers of indirect permissions.

use super::barriers;
use super::fields::{ID_AA64MMFR3_EL1, MemoryModel3, TCR2_EL1};
use aarch64_cpu::registers::Readable;
use core::arch::asm;

/// What TCR2_EL1 turns on. The default is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extended {
    /// PIE, with PIR_EL1 and PIRE0_EL1; only with FEAT_S1PIE.
    pub indirect: Option<Indirect>,
    /// HAFT; only with FEAT_HAFT.
    pub table_access_flag: bool,
}

/// What the indexes of indirect permissions grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Indirect {
    /// PIR_EL1.
    pub privileged: u64,
    /// PIRE0_EL1.
    pub unprivileged: u64,
}

impl Extended {
    /// Nothing.
    pub const NONE: Self = Self { indirect: None, table_access_flag: false };

    fn control(self) -> u64 {
        let fields = TCR2_EL1::PIE.val(self.indirect.is_some().into())
            + TCR2_EL1::HAFT.val(self.table_access_flag.into());
        fields.value
    }
}

/// Writes TCR2_EL1, after PIR_EL1 and PIRE0_EL1 where permissions are to be indirect, and invalidates this CPU's TLB, since
/// their bits may be cached in it.
///
/// # Safety
///
/// The CPU has the features that are asked for, and the indexes of the kernel's own leaves grant what these leaves grant by direct
/// permissions.
pub unsafe fn set_extended(extended: Extended) {
    barriers::sequence_synchronize_context();
    if let Some(Indirect { privileged, unprivileged }) = extended.indirect {
        // SAFETY: the caller says that the registers exist, and that the kernel's own indexes keep their meaning, whether
        // permissions are indirect already or not.
        unsafe {
            asm!(
                "msr S3_0_C10_C2_3, {}", // PIR_EL1
                "msr S3_0_C10_C2_2, {}", // PIRE0_EL1
                in(reg) privileged,
                in(reg) unprivileged,
                options(nostack, preserves_flags)
            );
        }
        barriers::sequence_synchronize_context();
    }
    // SAFETY: the caller says that the features, and with them the register, exist.
    unsafe { asm!("msr S3_0_C2_C0_3, {}", in(reg) extended.control(), options(nostack, preserves_flags)) };
    barriers::sequence_invalidate_everything_local();
}

/// Turns off what TCR2_EL1 turns on, on a CPU that has the register.
pub fn clear_extended() {
    if ID_AA64MMFR3_EL1::TCRX.read(MemoryModel3.get()) != 0 {
        // SAFETY: the register exists; nothing that is turned off was asked for.
        unsafe { set_extended(Extended::NONE) };
    }
}
