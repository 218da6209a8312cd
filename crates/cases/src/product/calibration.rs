//! What no ID register says of a machine, and one access has shown.

use super::{Combination, Dropped};
use core::fmt;
use oracle::{Features, HardwareManagement};

/// What a machine does that its ID registers do not say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Calibration {
    /// A misaligned access to what stage 1 makes Device memory takes no Alignment fault: the hypervisor's stage 2 makes it
    /// Normal (HCR_EL2.FWB, Arm ARM D8.6.6), which nothing tells its guest.
    pub attributes_forced: bool,
    /// TCR_EL1.HA has its effect though ID_AA64MMFR1_EL1.HAFDBS says that nothing is managed.
    pub management_hidden: bool,
}

impl Calibration {
    /// Returns why a combination cannot be asked of such a machine, if it cannot.
    #[must_use]
    pub fn drops(self, combination: &Combination, features: &Features) -> Option<Dropped> {
        if self.attributes_forced && combination.circumstance.is_device() {
            return Some(Dropped::AttributesForced);
        }
        let asks = combination.hardware_access_flag || combination.hardware_dirty_state;
        let unmanaged = features.hardware_management == HardwareManagement::Absent;
        (self.management_hidden && unmanaged && asks).then_some(Dropped::ManagementHidden)
    }
}

/// Shows what was found, a sentence each.
impl fmt::Display for Calibration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forced =
            "stage 2 makes Device memory Normal (HCR_EL2.FWB): what depends on the memory type is skipped";
        let hidden =
            "TCR_EL1.HA works though HAFDBS=0: a hypervisor hides it, or this is AmpereOne's AC03_CPU_38";
        match (self.attributes_forced, self.management_hidden) {
            (false, false) => formatter.write_str("as the ID registers say"),
            (true, false) => formatter.write_str(forced),
            (false, true) => formatter.write_str(hidden),
            (true, true) => write!(formatter, "{forced}; {hidden}"),
        }
    }
}
