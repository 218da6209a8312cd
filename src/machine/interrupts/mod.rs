//! Interrupts: the timer of each CPU, and one software-generated interrupt to wake a CPU up.

mod v2;
mod v3;

use super::barriers::sequence_before_signal;
use super::per_cpu::{CpuIndex, this_index};
use super::relax::Yield;
use aarch64_cpu::registers::{MPIDR_EL1, Readable};
use arm_gic::IntId;
use core::fmt;
use core::ptr::NonNull;
use platform::device_tree::{Affinity, InterruptController, InterruptId, PhysicalRange};
use spin::once::Once;

/// The software-generated interrupt that wakes a CPU; 0 to 7 are the Non-secure ones by convention.
const WAKE: IntId = IntId::sgi(0);

/// The first of the INTIDs that say "none" (GICv3 specification, 2.2.1).
const SPECIAL: u32 = 1020;

/// The interrupt controller, once it is known.
static GIC: Once<Gic, Yield> = Once::new();

/// An interrupt controller, and the interrupt of the timer.
#[derive(Debug)]
struct Gic {
    version: Version,
    timer: IntId,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one, in a static")]
enum Version {
    V2(v2::Controller),
    V3(v3::Controller),
}

/// An interrupt that this CPU has acknowledged and owes an end to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acknowledged {
    /// What the acknowledge register said: in GICv2 with the sender of a software-generated interrupt.
    token: IntId,
    /// Its number.
    id: u32,
}

/// Why the interrupt controller cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterruptError {
    /// No redistributor says that it belongs to this CPU.
    NoRedistributor(Affinity),
    /// GICv3 without the extended range of Aff0 reaches Aff0 0 to 15 only.
    OutOfReach(Affinity),
    /// GICv2 has eight CPU interfaces.
    NoCpuInterface(CpuIndex),
    /// The interrupt cannot be enabled.
    NotEnabled(InterruptId),
    /// GICv2 has no such interrupt that is private to a CPU.
    NotPrivate(InterruptId),
}

impl fmt::Display for InterruptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRedistributor(affinity) => write!(formatter, "no GIC redistributor for CPU {affinity}"),
            Self::OutOfReach(affinity) => {
                write!(formatter, "CPU {affinity} takes no software-generated interrupts: Aff0 is above 15")
            }
            Self::NoCpuInterface(cpu) => write!(formatter, "{cpu}: GICv2 serves eight CPUs, 0 to 7"),
            Self::NotEnabled(interrupt) => write!(formatter, "{interrupt} cannot be enabled"),
            Self::NotPrivate(interrupt) => {
                write!(formatter, "{interrupt} as the timer's: GICv2 has INTID 16 to 31 for a CPU's own")
            }
        }
    }
}

impl core::error::Error for InterruptError {}

/// Sets the interrupt controller up for all CPUs: no shared interrupt is left enabled. Each CPU then calls
/// [`init_this_cpu`].
///
/// `map` makes a range of registers accessible. Only the first call counts.
///
/// # Errors
///
/// [`InterruptError::NotEnabled`] if `timer` is no INTID, and [`InterruptError::NotPrivate`] if it is none that a GICv2
/// has for a CPU's own (GICv2 specification, 2.2.1).
///
/// # Safety
///
/// `controller` describes the machine; `map` returns the start of a mapping of the whole range as Device
/// memory that stays, and nothing else uses these registers.
pub unsafe fn init(
    controller: &InterruptController,
    timer: InterruptId,
    mut map: impl FnMut(PhysicalRange) -> NonNull<u8>,
) -> Result<(), InterruptError> {
    if matches!(controller, InterruptController::V2 { .. }) && !(16..32).contains(&timer.0) {
        return Err(InterruptError::NotPrivate(timer));
    }
    let timer = IntId::try_from(timer.0).map_err(|_| InterruptError::NotEnabled(timer))?;
    GIC.call_once(|| {
        let version = match controller {
            InterruptController::V2 { distributor, cpu_interface } => {
                // SAFETY: the caller vouches for the registers and for `map`.
                Version::V2(unsafe { v2::Controller::new(map(*distributor), map(*cpu_interface)) })
            }
            InterruptController::V3 { distributor, redistributors, stride } => {
                let regions = redistributors.iter().map(|range| (map(*range), range.size())).collect();
                // SAFETY: as above; each region is mapped whole.
                Version::V3(unsafe { v3::Controller::new(map(*distributor), regions, *stride) })
            }
        };
        Gic { version, timer }
    });
    Ok(())
}

/// Sets this CPU's part up: its timer's interrupt and the wake-up are enabled, the others are not.
///
/// IRQs stay masked until the caller unmasks them.
///
/// # Errors
///
/// An [`InterruptError`] if the controller does not know this CPU.
///
/// # Panics
///
/// If [`init`] has not been called.
pub fn init_this_cpu() -> Result<(), InterruptError> {
    let (gic, affinity) = (gic(), Affinity::from_mpidr(MPIDR_EL1.get()));
    match &gic.version {
        Version::V2(controller) => controller.init_this_cpu(this_index(), gic.timer),
        Version::V3(controller) => controller.init_this_cpu(this_index(), affinity, gic.timer),
    }
}

/// Takes the interrupt that is signalled to this CPU, if there is one; it is owed an [`end`].
#[must_use]
pub fn acknowledge() -> Option<Acknowledged> {
    let token = match &gic().version {
        Version::V2(controller) => controller.acknowledge(),
        Version::V3(_) => v3::acknowledge(),
    }?;
    let id = match gic().version {
        Version::V2(_) => token.raw_value() & v2::INTERRUPT_ID,
        Version::V3(_) => token.raw_value(),
    };
    (!(SPECIAL..SPECIAL + 4).contains(&id)).then_some(Acknowledged { token, id })
}

/// Returns the interrupt of the timer.
#[must_use]
pub fn timer() -> InterruptId {
    InterruptId(gic().timer.raw_value())
}

/// Tells whether the interrupt is this CPU's timer.
#[must_use]
pub fn is_timer(interrupt: Acknowledged) -> bool {
    interrupt.id == gic().timer.raw_value()
}

/// Ends an interrupt: it may be signalled again.
pub fn end(interrupt: Acknowledged) {
    match &gic().version {
        Version::V2(controller) => controller.end(interrupt.token),
        Version::V3(_) => v3::end(interrupt.token),
    }
}

/// Wakes a CPU up; what was written to memory before is there when it looks.
///
/// # Panics
///
/// If that CPU has not called [`init_this_cpu`].
pub fn send_wake(cpu: CpuIndex) {
    sequence_before_signal();
    let sent = match &gic().version {
        Version::V2(controller) => controller.send(WAKE, cpu),
        Version::V3(controller) => controller.send(WAKE, cpu),
    };
    assert!(sent, "{cpu} has no interrupts yet, and cannot be woken up");
}

fn gic() -> &'static Gic {
    GIC.get().expect("interrupts::init comes before interrupts are used")
}
