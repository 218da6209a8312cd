//! The translation regime's controls of one CPU, behind one guard.
//!
//! HA, HD and WXN reach the kernel's own mappings too; those are insensitive to them (AF=1, DBM=0, EL1 only,
//! never writable and executable). SCTLR_EL1.SPAN stays 1 and EPAN stays 0 throughout.

use super::registers::{self, set_privileged_access_never, set_regime, set_user_root};
use crate::memory::{image, layout};
use afdbm::address::{Asid, PhysicalAddress};
use core::fmt;
use core::marker::PhantomData;

/// TCR_EL1.HA: hardware sets the Access flag (Arm ARM D24.2.194).
const TCR_HA: u64 = 1 << 39;
/// TCR_EL1.HD: hardware manages the dirty state, where HA is 1 too.
const TCR_HD: u64 = 1 << 40;
/// TCR_EL1.T0SZ.
const TCR_T0SZ: u64 = 0x3f;
/// TCR_EL1.EPD0: a miss in TTBR0's range faults instead of walking.
const TCR_EPD0: u64 = 1 << 7;
/// SCTLR_EL1.WXN: writable implies execute-never.
const SCTLR_WXN: u64 = 1 << 19;
/// Every bit of TCR_EL1 that this guard sets.
const TCR_MANAGED: u64 = TCR_HA | TCR_HD | TCR_T0SZ;

/// The hardware management that a CPU is set to: TCR_EL1.HA and HD.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Management {
    /// TCR_EL1.HA.
    pub access_flag: bool,
    /// TCR_EL1.HD; without HA it has no effect (row A06).
    pub dirty_state: bool,
}

impl Management {
    /// HA=0, HD=0: software manages both.
    pub const NONE: Self = Self { access_flag: false, dirty_state: false };
    /// HA=1, HD=0.
    pub const ACCESS_FLAG: Self = Self { access_flag: true, dirty_state: false };
    /// HA=1, HD=1.
    pub const FULL: Self = Self { access_flag: true, dirty_state: true };
    /// HA=0, HD=1, which behaves as HA=0, HD=0 (rows A06, A07).
    pub const DIRTY_ALONE: Self = Self { access_flag: false, dirty_state: true };
}

impl fmt::Display for Management {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HA={} HD={}", u8::from(self.access_flag), u8::from(self.dirty_state))
    }
}

/// Leaves the identity mapping of the boot code: from now on TTBR0 belongs to the cases, and maps nothing
/// between them.
///
/// EPD0, which no TLB caches (Arm ARM D24.2.194), keeps walks out while root and size change.
pub fn leave_identity_map() {
    let translation = registers::translation_control() & !TCR_T0SZ | u64::from(layout::T0SZ_CASE);
    let system = registers::system_control();
    // SAFETY: the kernel runs in TTBR1's range, whose fields stay as they are; nothing uses TTBR0 any more.
    unsafe {
        set_regime(translation | TCR_EPD0, system);
        set_user_root(image::empty_root(), Asid(0));
        set_regime(translation, system);
    }
}

/// What a CPU's regime is set to while work runs on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// HA and HD.
    pub management: Management,
    /// SCTLR_EL1.WXN.
    pub write_implies_execute_never: bool,
    /// PSTATE.PAN; only on a CPU with FEAT_PAN.
    pub privileged_access_never: bool,
    /// The tables of TTBR0 and their ASID; `None` keeps what is there.
    pub user: Option<(PhysicalAddress, Asid)>,
}

impl Settings {
    /// Software management, nothing else on, TTBR0 as it is.
    pub const PLAIN: Self = Self {
        management: Management::NONE,
        write_implies_execute_never: false,
        privileged_access_never: false,
        user: None,
    };
}

/// The controls of this CPU as `Settings` ask, until the guard is dropped.
#[derive(Debug)]
#[must_use = "the controls go back when the guard is dropped"]
pub struct Controls {
    translation: u64,
    system: u64,
    user: Option<(PhysicalAddress, Asid)>,
    privileged_access_never: bool,
    /// The registers are this CPU's.
    not_send: PhantomData<*const ()>,
}

impl Controls {
    /// Applies `settings` to this CPU, with the barriers and the invalidation that the change needs (row A09).
    ///
    /// What is already so is not written again: a write to TCR_EL1 would empty the TLB.
    pub fn apply(settings: &Settings) -> Self {
        let translation = registers::translation_control();
        let system = registers::system_control();
        let before = Self {
            translation,
            system,
            user: settings.user.map(|_| registers::user_root()),
            privileged_access_never: settings.privileged_access_never,
            not_send: PhantomData,
        };
        if let Some((root, asid)) = settings.user {
            // SAFETY: TTBR0 maps nothing of the kernel; the case keeps its tables while it runs.
            unsafe { set_user_root(root, asid) };
        }
        let flag = |set: bool, mask: u64| if set { mask } else { 0 };
        write_regime(
            translation & !TCR_MANAGED
                | u64::from(layout::T0SZ_CASE)
                | flag(settings.management.access_flag, TCR_HA)
                | flag(settings.management.dirty_state, TCR_HD),
            system & !SCTLR_WXN | flag(settings.write_implies_execute_never, SCTLR_WXN),
        );
        if settings.privileged_access_never {
            // SAFETY: a case asks for PAN only where the ID register has it (`requires`).
            unsafe { set_privileged_access_never(true) };
        }
        before
    }

    /// Puts this CPU back to [`Settings::PLAIN`] and the empty tables, after work that was abandoned without
    /// dropping its guard: the tables of the case are about to be freed, and may then be walked by nobody.
    pub fn reset() {
        let user = Some((image::empty_root(), Asid(0)));
        core::mem::forget(Self::apply(&Settings { user, ..Settings::PLAIN }));
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        if self.privileged_access_never {
            // SAFETY: `apply` has set the same field before.
            unsafe { set_privileged_access_never(false) };
        }
        write_regime(self.translation, self.system);
        if let Some((root, asid)) = self.user {
            // SAFETY: these are the tables that were there before, which nobody has freed meanwhile.
            unsafe { set_user_root(root, asid) };
        }
    }
}

fn write_regime(translation: u64, system: u64) {
    if (translation, system) != (registers::translation_control(), registers::system_control()) {
        // SAFETY: both values come from the registers, with only bits changed that the kernel is insensitive to.
        unsafe { set_regime(translation, system) };
    }
}
