//! PSCI: how CPUs are started and the machine is switched off (Arm DEN 0022).

use super::console;
use super::registers;
use super::relax::Yield;
use afdbm::address::PhysicalAddress;
use core::fmt;
use platform::device_tree::{Affinity, Conduit, Psci, PsciRevision};
use platform::hypervisor::{self, HypervisorUid};
use smccc::{Hvc, Smc, psci};
use spin::once::Once;

/// What the device tree says of PSCI.
static PSCI: Once<Psci, Yield> = Once::new();

/// Why a call of PSCI was not made, or not granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PowerError {
    /// The device tree has no PSCI.
    Absent,
    /// The device tree promises PSCI 0.1 only, whose function identifiers differ from machine to machine.
    TooOld,
    /// PSCI refused, for its own reason.
    Refused(psci::Error),
}

impl fmt::Display for PowerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(formatter, "the firmware describes no PSCI"),
            Self::TooOld => write!(formatter, "the device tree has PSCI 0.1, expected 0.2 or later"),
            Self::Refused(reason) => write!(formatter, "{reason}"),
        }
    }
}

impl core::error::Error for PowerError {}

impl From<psci::Error> for PowerError {
    fn from(reason: psci::Error) -> Self {
        Self::Refused(reason)
    }
}

/// What to switch the machine off with when there is no device tree to ask.
static LAST_RESORT: Once<Conduit, Yield> = Once::new();

/// Notes the Exception level that the machine was entered at, before there is a device tree.
///
/// At EL1 whoever is above takes HVC, or it is UNDEFINED; at EL2 nothing but firmware is, and takes SMC. Above
/// there is nobody.
pub fn entered_at(level: u64) {
    match level {
        1 => LAST_RESORT.call_once(|| Conduit::Hvc),
        2 => LAST_RESORT.call_once(|| Conduit::Smc),
        _ => return,
    };
}

/// Keeps what the device tree says; only the first call counts.
pub fn init(description: Psci) {
    PSCI.call_once(|| description);
}

/// Returns the version that the firmware says it has.
///
/// # Errors
///
/// A [`PowerError`] without a PSCI that can be called.
pub fn version() -> Result<psci::Version, PowerError> {
    Ok(match conduit()? {
        Conduit::Hvc => psci::version::<Hvc>(),
        Conduit::Smc => psci::version::<Smc>(),
    }?)
}

/// Asks the hypervisor who it is; `None` where there is none, or none that knows the call.
///
/// The call is made only where PSCI says that the SMC Calling Convention 1.1 or later is kept to.
#[must_use]
pub fn hypervisor() -> Option<HypervisorUid> {
    if conduit().ok()? != Conduit::Hvc || version().ok()?.major < 1 {
        return None;
    }
    psci::psci_features::<Hvc>(smccc::arch::SMCCC_VERSION).ok()?;
    let known = smccc::arch::version::<Hvc>().ok()?;
    if (known.major, known.minor) < (1, 1) {
        return None;
    }
    let [a, b, c, d, ..] = smccc::hvc32(hypervisor::CALL_UID, [0; 7]);
    HypervisorUid::new([a, b, c, d])
}

/// Starts a CPU at `entry`, with the MMU off and `context` in x0, at the Exception level of the caller's
/// virtual or real machine (DEN 0022, CPU_ON).
///
/// Memory that the CPU reads before its MMU is on must have been cleaned to the Point of Coherency.
///
/// # Errors
///
/// [`PowerError::Refused`] with ALREADY_ON for a CPU that runs, INVALID_PARAMETERS for an affinity that no
/// CPU has, or another of PSCI's reasons; [`PowerError::Absent`] or [`PowerError::TooOld`] without a call.
pub fn cpu_on(affinity: Affinity, entry: PhysicalAddress, context: u64) -> Result<(), PowerError> {
    let (target, entry) = (affinity.bits(), entry.0);
    Ok(match conduit()? {
        Conduit::Hvc => psci::cpu_on::<Hvc>(target, entry, context),
        Conduit::Smc => psci::cpu_on::<Smc>(target, entry, context),
    }?)
}

/// Switches the machine off once the console is drained; where nobody can, stops this CPU.
pub fn system_off() -> ! {
    // SAFETY: the run is over, and its last line is written.
    unsafe { console::seize() }.drain();
    // An answer at all means that the machine stays on, and the log's end says what it was to say.
    let _ = conduit().ok().or_else(last_resort).map(|conduit| match conduit {
        Conduit::Hvc => psci::system_off::<Hvc>(),
        Conduit::Smc => psci::system_off::<Smc>(),
    });
    park()
}

/// Returns the way to a PSCI that no device tree has denied.
fn last_resort() -> Option<Conduit> {
    PSCI.get().is_none().then(|| LAST_RESORT.get().copied()).flatten()
}

/// Returns the way to a PSCI whose function identifiers are those of the SMC Calling Convention.
fn conduit() -> Result<Conduit, PowerError> {
    match PSCI.get() {
        None => Err(PowerError::Absent),
        Some(Psci { revision: PsciRevision::V0_1, .. }) => Err(PowerError::TooOld),
        Some(psci) => Ok(psci.conduit),
    }
}

/// Stops this CPU for good.
pub fn park() -> ! {
    registers::mask_interrupts();
    loop {
        aarch64_cpu::asm::wfi();
    }
}
