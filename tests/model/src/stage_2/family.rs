//! A family of operations of stage 2: the shipped ones, with any of them replaced.

use crate::{stage_2::PLACE, tape::Tape};
use afdbm::address::PhysicalAddress;
use afdbm::operations::stage_2::Permissions;
use afdbm::operations::{Change, SlotGroup, Stage2Invalidation, Stage2Tlbi};
use history::Stage2Neighbour;

/// An operation on the first cell.
pub type Operate = fn(&Tape) -> Change<Stage2Invalidation>;
/// What relax calls before a page becomes executable.
pub type Prepare<'a> = &'a mut dyn FnMut(PhysicalAddress);

/// The operations of one hypervisor.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name, as the tests print it.
    pub name: &'static str,
    /// `make_young`.
    pub make_young: Operate,
    /// `relax`.
    pub relax: fn(&Tape, Permissions, Prepare<'_>) -> Change<Stage2Invalidation>,
    /// `make_old`.
    pub make_old: Operate,
    /// `write_protect`.
    pub write_protect: Operate,
    /// `log_by_hardware`.
    pub log_by_hardware: Operate,
    /// `make_clean`.
    pub make_clean: Operate,
    /// `get_and_clear`.
    pub remove: Operate,
    /// The TLBIs that discharge what is owed, in their order.
    pub sequence: &'static [Stage2Tlbi],
}

/// Makes the [`Family`] of a module that holds the operations under their names, as `afdbm::operations` does.
#[macro_export]
macro_rules! stage_2_family {
    ($($operations:ident)::+) => {{
        use $($operations)::+::{self as operations, stage_2};
        use afdbm::operations::{SlotGroup, Stage2Invalidation};
        use $crate::stage_2::{PLACE, family::Family};

        Family {
            name: "stage 2",
            make_young: |tape| stage_2::make_young(&tape.slot(0), PLACE),
            relax: |tape, permissions, prepare| {
                stage_2::relax(&tape.slot(0), permissions, PLACE, |output| prepare(output))
            },
            make_old: |tape| operations::make_old(&tape.slot(0), PLACE),
            write_protect: |tape| stage_2::write_protect(&tape.slot(0), PLACE),
            log_by_hardware: |tape| stage_2::log_by_hardware(&tape.slot(0), PLACE),
            make_clean: |tape| stage_2::make_clean(&tape.slot(0), PLACE),
            remove: |tape| operations::get_and_clear(&tape.slot(0), PLACE),
            sequence: &Stage2Invalidation::SEQUENCE,
        }
    }};
}

/// The shipped operations.
pub const SHIPPED: Family = stage_2_family!(afdbm::operations);

/// Returns the shipped family with one operation, or its invalidation, replaced by a wrong one.
#[must_use]
pub fn neighbour(neighbour: Stage2Neighbour) -> Family {
    let named = Family { name: neighbour.name(), sequence: neighbour.sequence(), ..SHIPPED };
    macro_rules! wrong {
        ($neighbour:ident) => {
            |tape| Stage2Neighbour::$neighbour.wrong(&tape.slot(0), Permissions::READ, PLACE)
        };
        ($neighbour:ident, relax) => {
            |tape, permissions, _| Stage2Neighbour::$neighbour.wrong(&tape.slot(0), permissions, PLACE)
        };
    }
    match neighbour {
        Stage2Neighbour::AgeByStore => Family { make_old: wrong!(AgeByStore), ..named },
        Stage2Neighbour::WriteProtectByStore => {
            Family { write_protect: wrong!(WriteProtectByStore), ..named }
        }
        Stage2Neighbour::RelaxByStore => Family { relax: wrong!(RelaxByStore, relax), ..named },
        Stage2Neighbour::RelaxOwesNothing => Family { relax: wrong!(RelaxOwesNothing, relax), ..named },
        Stage2Neighbour::WriteProtectKeepsDbm => {
            Family { write_protect: wrong!(WriteProtectKeepsDbm), ..named }
        }
        Stage2Neighbour::CleanAsInStage1 => Family { make_clean: wrong!(CleanAsInStage1), ..named },
        Stage2Neighbour::LogLeavesWritable => Family { log_by_hardware: wrong!(LogLeavesWritable), ..named },
        Stage2Neighbour::EntriesOfStage2Alone | Stage2Neighbour::EntriesOfBothStagesFirst => named,
    }
}
