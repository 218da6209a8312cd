//! A right machine whose ID registers or whose stage 2 keep something from the case that asks: it fails where that is not
//! found out, and is not asked where it is.

use super::{emulator::Emulator, liberty::Temper, small};
use crate::product::{
    Calibration, Circumstance, Combination, Dropped, Judge, Placement, ProductMachine, Shape, Tally,
};
use afdbm::descriptor::Descriptor;
use oracle::{Features, HardwareManagement, LeafPlace, Outcome, Query};

/// What is kept from the case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kept {
    /// HAFDBS reads as 0, and TCR_EL1.HA and HD have their effect.
    Management,
    /// Stage 2 makes Device memory Normal.
    MemoryType,
}

#[derive(Debug)]
struct Guest {
    emulator: Emulator,
    kept: Kept,
    calibration: Calibration,
}

impl ProductMachine for Guest {
    fn features(&self) -> Features {
        match self.kept {
            Kept::Management => {
                Features { hardware_management: HardwareManagement::Absent, ..self.emulator.features() }
            }
            Kept::MemoryType => self.emulator.features(),
        }
    }

    fn calibration(&self) -> Calibration {
        self.calibration
    }

    fn place(&self, shape: Shape) -> Option<Placement> {
        self.emulator.place(shape)
    }

    fn run(&mut self, combination: &Combination, query: &Query) -> Outcome {
        let mut query = *query;
        query.features = self.emulator.features();
        let was = query.paths[LeafPlace::FIRST].leaf();
        if self.kept == Kept::MemoryType {
            let level = query.paths[LeafPlace::FIRST].leaf_level;
            *query.paths[LeafPlace::FIRST].at(level) = was.without(Descriptor::ATTRIBUTE_INDEX);
        }
        let mut outcome = self.emulator.run(combination, &query);
        let changed = outcome.leaves[LeafPlace::FIRST].0 ^ query.paths[LeafPlace::FIRST].leaf().0;
        outcome.leaves[LeafPlace::FIRST] = Descriptor(was.0 ^ changed);
        outcome
    }
}

/// Runs every 97th combination of the small covering set in which a machine keeps something from the case.
fn run(kept: Kept, calibration: Calibration) -> Tally {
    let mut guest = Guest { emulator: Emulator::new(Temper::LAZY, None), kept, calibration };
    let mut judge = Judge::new(&mut guest);
    let mut tally = Tally::default();
    let concerns = |combination: &Combination| match kept {
        Kept::Management => combination.circumstance == Circumstance::Plain,
        Kept::MemoryType => combination.circumstance.is_device(),
    };
    for combination in small().from(0).step_by(97).filter(concerns) {
        judge.judge(&combination, &mut tally);
    }
    tally
}

#[test]
fn what_is_found_out_is_not_asked() {
    let hidden = Calibration { management_hidden: true, ..Calibration::default() };
    let forced = Calibration { attributes_forced: true, ..Calibration::default() };
    for (kept, found, reason) in [
        (Kept::Management, hidden, Dropped::ManagementHidden),
        (Kept::MemoryType, forced, Dropped::AttributesForced),
    ] {
        // The control: where nobody looked, a right machine fails.
        assert!(run(kept, Calibration::default()).failed > 0, "{kept:?}");
        let tally = run(kept, found);
        assert!(tally.failed == 0 && tally.dropped[reason as usize] > 0, "{kept:?}: {tally:?}");
        assert_eq!(tally.run > 0, kept == Kept::Management, "{kept:?}");
    }
}
