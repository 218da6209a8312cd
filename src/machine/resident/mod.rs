//! What stays at EL2 where boot enters there, and what EL1 asks of it.

mod registers;
pub mod stage_2;
mod vectors;

pub use registers::Regime;

use super::frame::STATE_PAN;
use super::image;
use super::registers::MaskedInterrupts;
use super::stubs::{Entry, Stub};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::fault::{ExceptionClass, Fault, Syndrome};
use core::arch::{asm, global_asm};
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use vectors::{CALL_BREAK, CALL_HANDED, CALL_PROBE};

/// SPSR_EL2 for EL2h with everything masked.
const EL2_MASKED: u64 = 0b11_1100_1001;
/// SPSR_EL2 for EL0t likewise.
const EL0_MASKED: u64 = 0b11_1100_0000;
/// PSTATE.UAO in SPSR_EL2.
const STATE_UAO: u64 = 1 << 23;

/// The resident part is there: boot entered at EL2.
static PRESENT: AtomicBool = AtomicBool::new(false);

/// Notes the Exception level of entry.
pub fn entered_at(level: u64) {
    PRESENT.store(level == 2, Relaxed);
}

/// Tells whether the resident part is there.
#[must_use]
pub fn is_present() -> bool {
    PRESENT.load(Relaxed)
}

global_asm!(
    r#"
    .section .text.resident_calls, "ax"

    // x0: what x0 to x16 are to be at the call; afterwards x2, x3, x6 and x8 to x11 in their places.
    .global resident_call
resident_call:
    stp     x29, x30, [sp, #-112]!
    mov     x29, sp
    stp     x19, x20, [sp, #16]
    stp     x21, x22, [sp, #32]
    stp     x23, x24, [sp, #48]
    stp     x25, x26, [sp, #64]
    stp     x27, x28, [sp, #80]
    str     x0, [sp, #96]
    mov     x17, x0
    ldp     x0, x1, [x17]
    ldp     x2, x3, [x17, #16]
    ldp     x4, x5, [x17, #32]
    ldp     x6, x7, [x17, #48]
    ldp     x8, x9, [x17, #64]
    ldp     x10, x11, [x17, #80]
    ldp     x12, x13, [x17, #96]
    ldp     x14, x15, [x17, #112]
    ldr     x16, [x17, #128]
    hvc     #{probe}
    ldr     x17, [sp, #96]
    stp     x2, x3, [x17, #16]
    str     x6, [x17, #48]
    stp     x8, x9, [x17, #64]
    stp     x10, x11, [x17, #80]
    ldp     x19, x20, [sp, #16]
    ldp     x21, x22, [sp, #32]
    ldp     x23, x24, [sp, #48]
    ldp     x25, x26, [sp, #64]
    ldp     x27, x28, [sp, #80]
    ldp     x29, x30, [sp], #112
    ret
    "#,
    probe = const CALL_PROBE,
);

unsafe extern "C" {
    fn resident_call(registers: &mut [u64; 17]);
}

/// The Exception level of a probe, and its PSTATE.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProbeState {
    /// At EL0, in a regime that has it; else at EL2.
    pub unprivileged: bool,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// PSTATE.UAO.
    pub user_access_override: bool,
}

impl ProbeState {
    const fn saved(self) -> u64 {
        let mut saved = if self.unprivileged { EL0_MASKED } else { EL2_MASKED };
        if self.privileged_access_never {
            saved |= STATE_PAN;
        }
        if self.user_access_override {
            saved |= STATE_UAO;
        }
        saved
    }
}

/// Something other than the stub's own synchronous exception has ended a probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an asynchronous exception was taken to EL2 during a probe there")
    }
}

/// Makes an access in `regime`, with x0 to x6 from `registers`, and leaves x2, x3 and x6 there; `cold` empties the regime's
/// TLB before. Returns the exception that ended the stub. The tables of `regime` map the resident part and the stubs to
/// themselves (`memory::identity`).
///
/// # Errors
///
/// [`Interrupted`], after which nothing is known of the access.
///
/// # Panics
///
/// Where there is no resident part.
pub fn probe(
    regime: &Regime,
    state: ProbeState,
    stub: Entry,
    registers: &mut [u64; 8],
    cold: bool,
    _masked: &MaskedInterrupts,
) -> Result<Option<Fault>, Interrupted> {
    assert!(is_present(), "a probe at EL2 without an entry there");
    let own = |address: u64| image::physical(address as *const u8).0;
    let back = if state.unprivileged { own(Stub::Exit.at_el1().0) } else { 0 };
    let [x0, x1, x2, x3, x4, x5, x6, _] = *registers;
    let mut exchange = [
        own(stub.at_el1),
        state.saved(),
        regime.root.0,
        regime.translation,
        regime.memory,
        regime.system,
        regime.hypervisor,
        cold.into(),
        back,
        0,
        x0,
        x1,
        x2,
        x3,
        x4,
        x5,
        x6,
    ];
    // SAFETY: the resident part is there, restores what EL1 needs of EL2, and changes no register that
    // `resident_call` does not save; the stub accesses what the tables of the case map, which is memory of the case.
    unsafe { resident_call(&mut exchange) };
    registers[2] = exchange[2];
    registers[3] = exchange[3];
    registers[6] = exchange[6];
    match exchange[8] {
        0 => Ok(None),
        1 => {
            let fault = Fault { syndrome: Syndrome(exchange[9]), address: VirtualAddress(exchange[10]) };
            let left = state.unprivileged && fault.syndrome.class() == ExceptionClass::SupervisorCall;
            Ok((!left).then_some(fault))
        }
        _ => Err(Interrupted),
    }
}

/// Returns what HPFAR_EL2 says, if the last exception that this CPU took to EL1 was handed there by the resident part.
#[must_use]
pub fn take_handed() -> Option<PhysicalAddress> {
    if !is_present() {
        return None;
    }
    let (handed, page): (u64, u64);
    // SAFETY: the resident part is there, and changes x0 and x1 alone.
    unsafe {
        asm!("hvc #{call}", call = const CALL_HANDED, out("x0") handed, out("x1") page, options(nostack));
    }
    // HPFAR_EL2.FIPA, bits 47:4, is the address from bit 12 on (Arm ARM D24.2, HPFAR_EL2).
    (handed != 0).then_some(PhysicalAddress((page & ((1 << 44) - 1)) >> 4 << 12))
}

/// Makes the resident part fault: nobody expects it, and it has to be told like any other bug.
pub fn break_on_purpose() {
    assert!(is_present(), "nothing is resident at EL2");
    // SAFETY: the resident part hands its exception to EL1, which abandons the work that this is part of.
    unsafe { asm!("hvc #{call}", call = const CALL_BREAK, options(nostack)) };
}
