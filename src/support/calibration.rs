//! What no ID register says of this machine, found by an access before the first case.

use super::Trouble;
use crate::machine::controls::{Controls, Management};
use crate::machine::cpus;
use crate::machine::per_cpu::CpuIndex;
use crate::memory::case_space::{ADDRESS, CaseSpace};
use crate::probe::{Ending, Probe, Stub};
use afdbm::descriptor::{Descriptor, Level, MemoryType};
use cases::product::Calibration;
use cases::states::Flags;
use spin::Once;

static FOUND: Once<Calibration> = Once::new();

/// Returns what was found; nothing is out of the ordinary until it was looked for.
#[must_use]
pub fn found() -> Calibration {
    FOUND.get().copied().unwrap_or_default()
}

/// Looks for it on this CPU; `is_guest` says that a hypervisor has a stage 2 below this.
///
/// # Errors
///
/// [`Trouble`] for want of memory.
pub fn calibrate(is_guest: bool) -> Result<Calibration, Trouble> {
    let calibration = Calibration {
        // Where there is no stage 2 of somebody else's, whoever takes no Alignment fault is wrong (row B25).
        attributes_forced: is_guest && !misaligned_device_access_faults()?,
        management_hidden: cpus::identification(CpuIndex(0)).hafdbs() == 0 && access_flag_is_managed()?,
    };
    Ok(*FOUND.call_once(|| calibration))
}

/// Loads from what stage 1 makes Device memory, at an address that is not aligned (Arm ARM B2.9.2: an Alignment fault).
fn misaligned_device_access_faults() -> Result<bool, Trouble> {
    let space = CaseSpace::new()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, Flags::READ_WRITE.0)?;
    let device = (MemoryType::Device as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros();
    page.set(page.with_flags(Flags::READ_WRITE.0).with(device));
    let _controls = Controls::apply(&space.settings(Management::NONE));
    Ok(Probe::new(Stub::Load, page.address.offset(1)).run().ending == Ending::Fault)
}

/// Loads from an old page with TCR_EL1.HA set, which has no effect where HAFDBS is 0 (row A01).
fn access_flag_is_managed() -> Result<bool, Trouble> {
    let space = CaseSpace::new()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, Flags::READ_WRITE.old().0)?;
    page.set(page.with_flags(Flags::READ_WRITE.old().0));
    let ending = {
        let _controls = Controls::apply(&space.settings(Management::ACCESS_FLAG));
        Probe::new(Stub::Load, page.address).run().ending
    };
    Ok(ending == Ending::Returned && page.descriptor().0 & Descriptor::AF != 0)
}
