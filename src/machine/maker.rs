//! Who makes the machine: a program, of which nothing can be broken but itself, or nobody, since it is silicon.

use super::power;
use core::fmt;
use platform::hypervisor::HypervisorUid;
use spin::Once;

/// What says that a program makes the machine.
#[derive(Clone, Copy, Debug)]
enum Maker {
    /// The firmware's description, by this name.
    Described(&'static str),
    /// A hypervisor that answers.
    Hypervisor(HypervisorUid),
}

/// `None` inside where nothing says so.
static MAKER: Once<Option<Maker>> = Once::new();

/// Finds it out, once PSCI is known; `described` is what the firmware's description says.
pub fn identify(described: Option<&'static str>) {
    MAKER
        .call_once(|| described.map(Maker::Described).or_else(|| power::hypervisor().map(Maker::Hypervisor)));
}

/// Tells whether a program makes the machine, an emulator or a hypervisor; until it is known it is silicon.
#[must_use]
pub fn is_program() -> bool {
    MAKER.get().is_some_and(Option::is_some)
}

/// The maker, as the log tells it.
#[derive(Clone, Copy, Debug)]
pub struct Told;

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match MAKER.get() {
            Some(Some(Maker::Described(name))) => {
                write!(formatter, "a program, as the firmware says: {name}")
            }
            Some(Some(Maker::Hypervisor(uid))) => write!(formatter, "a hypervisor that answers: {uid}"),
            _ => write!(
                formatter,
                "silicon, since nothing else is said: no leaf reaches beyond memory, and table-memory takes --hazards"
            ),
        }
    }
}
