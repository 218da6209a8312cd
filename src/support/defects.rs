//! What the suites share that break the kernel on purpose.

use super::{Conclusion, Trouble};
use crate::machine::controls::Settings;
use crate::machine::cpus;
use crate::machine::per_cpu::CpuIndex;
use afdbm::address::VirtualAddress;

/// An address of the cases' range that no case maps.
pub const NOWHERE: VirtualAddress = VirtualAddress(0x20_0000_0000);

/// Ends a case whose defect has had no effect.
///
/// # Errors
///
/// Always.
pub fn never() -> Conclusion {
    Err(Trouble::Other("the defect was not noticed".into()))
}

/// Does something on CPU 1 that ends in an exception there.
///
/// # Errors
///
/// [`Trouble`] that says what became of it.
pub fn on_cpu_1(settings: Settings, work: cpus::Work<'_>) -> Conclusion {
    if cpus::online() < 2 {
        return Err(Trouble::Other("this case needs 2 CPUs, 1 runs".into()));
    }
    match cpus::on(CpuIndex(1), settings, work) {
        Ok(()) => never(),
        Err(_) => Err(Trouble::Abandoned(CpuIndex(1))),
    }
}
