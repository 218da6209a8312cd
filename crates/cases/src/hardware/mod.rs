//! A machine of the host's that walks tables in a memory of its own: stage 1 of each granule and format, stage 2 below it,
//! indirect permissions and the Access flag of tables. It is written as hardware is, apart from the oracle and from the
//! library's arithmetic; it can be told to do one thing wrong, and to take what liberties the architecture leaves.

pub(crate) extern crate std;

pub(crate) mod alone;
mod defect;
mod execute;
mod format;
mod indirect;
mod judging;
mod liberty;
mod marking;
mod memory;
mod rights;
mod run;
mod stage_1;
mod stage_2;
mod tables;
#[cfg(test)]
mod tests;
mod trial;

use defect::Breaks;
pub(crate) use defect::Defect;
pub(crate) use format::Format;
pub(crate) use judging::Convictions;
pub(crate) use liberty::{Liberty, Temper};
pub(crate) use memory::Memory;
pub(crate) use run::{HELD, Run};
pub(crate) use trial::{Trial, examine};

use oracle::{Extensions, Features, HardwareManagement, PrivilegedAccessNever};

/// The machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hardware {
    pub(crate) features: Features,
    pub(crate) temper: Temper,
    pub(crate) defect: Option<Defect>,
}

impl Hardware {
    /// Implements everything but FEAT_LSE2.
    const FEATURES: Features = Features {
        hardware_management: HardwareManagement::AccessFlagOfTables,
        privileged_access_never: PrivilegedAccessNever::Pan3,
        atomics: true,
        read_check_write: false,
        tags: false,
        misaligned_atomics: false,
        user_access_override: true,
        unprivileged_refusal: true,
        cache_before_coherency: true,
        zeroing: true,
        hierarchy_disables: true,
        extensions: Extensions::NONE,
    };

    pub(crate) const fn new(temper: Temper, defect: Option<Defect>) -> Self {
        Self { features: Self::FEATURES, temper, defect }
    }

    pub(crate) const fn honest() -> Self {
        Self::new(Temper::LAZY, None)
    }

    /// A machine with a defect, which takes no liberty but one without which the defect does not show, and has all that the
    /// defect does not ask it to lack.
    fn with(defect: Defect) -> Self {
        let temper = match defect {
            Defect::Stage2DirtyWithoutFlag => Temper::taking(&[Liberty::UnreadableMarksDirty]),
            _ => Temper::LAZY,
        };
        let hardware_management = match defect {
            Defect::TableFlagWithoutFeature => HardwareManagement::AccessFlagAndDirtyState,
            _ => Self::FEATURES.hardware_management,
        };
        let features = Features { hardware_management, ..Self::FEATURES };
        Self { features, temper, defect: Some(defect) }
    }
}
