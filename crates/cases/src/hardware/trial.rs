//! What the judge says of machines: of those that are right, of every temper, and of those with a defect.

use super::std::{println, vec::Vec};
use super::{Convictions, Defect, Hardware, Liberty, Temper};
use crate::space::{Examined, Judge, Machine, Question};
use core::fmt;
use oracle::{Features, HardwareManagement};

/// Accesses by which machines are tried.
pub(crate) trait Trial: Copy {
    /// One of them.
    type Asked: fmt::Debug;
    /// One that was run.
    type Examined: Examined;

    /// What a machine may do or not in these accesses.
    fn liberties(self) -> &'static [Liberty];

    /// Draws accesses with a seed; `size` is how many of each theme.
    fn sample(self, seed: u64, size: u64) -> impl Iterator<Item = Self::Asked>;

    /// Runs one, unless it is dropped.
    fn examine(self, hardware: &mut Hardware, asked: &Self::Asked) -> Option<Self::Examined>;

    /// Judges a machine that should pass; returns how many accesses were run.
    fn pass(
        self,
        mut hardware: Hardware,
        name: &dyn fmt::Debug,
        all: impl Iterator<Item = Self::Asked>,
    ) -> u64 {
        let mut run = 0;
        for asked in all {
            let Some(seen) = self.examine(&mut hardware, &asked) else { continue };
            assert!(seen.mismatch().is_none(), "{name:?}: {asked:#?}\n{seen}");
            run += 1;
        }
        run
    }

    /// Holds that machines pass which manage less by hardware.
    fn lesser_machines_pass(self, size: u64) {
        for hardware_management in [
            HardwareManagement::Absent,
            HardwareManagement::AccessFlag,
            HardwareManagement::AccessFlagAndDirtyState,
        ] {
            for temper in [Temper::LAZY, Temper::EAGER] {
                let honest = Hardware::new(temper, None);
                let features = Features { hardware_management, ..honest.features };
                let hardware = Hardware { features, ..honest };
                let run = self.pass(hardware, &hardware_management, self.sample(2, size));
                assert!(run > 4_000, "{run} accesses");
            }
        }
    }

    /// Holds that a machine of each temper passes: `sizes` are those for one liberty alone, or every one, and for a pair.
    fn no_temper_is_failed(self, (alone, pair): (u64, u64)) {
        let mut run = 0;
        let tempers: Vec<_> = Temper::alone_and_in_pairs(self.liberties()).collect();
        for (seed, (temper, name)) in (0..).zip(&tempers) {
            let size = if name[0].is_some() && name[1].is_some() { pair } else { alone };
            run += self.pass(Hardware::new(*temper, None), name, self.sample(seed, size));
        }
        println!("{} tempers, {run} accesses", tempers.len());
        assert!(run > 150_000, "{run} accesses");
    }

    /// Holds that each liberty changes what is seen of an access.
    fn every_liberty_shows(self, size: u64) {
        for liberty in self.liberties().iter().filter(|liberty| !liberty.leaves_no_trace()) {
            let (mut lazy, mut free) = (Hardware::honest(), Hardware::new(Temper::taking(&[*liberty]), None));
            let shows = self.sample(5, size).any(|asked| {
                let pair = (self.examine(&mut lazy, &asked), self.examine(&mut free, &asked));
                matches!(pair, (Some(one), Some(other)) if one.outcome() != other.outcome())
            });
            assert!(shows, "{liberty:?}");
        }
    }

    /// Holds that machines with the defects are convicted, and the defects named.
    fn every_defect_is_named(self, defects: &[Defect], size: u64) {
        Convictions::all(defects, |defect| {
            let mut hardware = Hardware::with(defect);
            let mut convictions = Convictions::default();
            for asked in self.sample(3, size) {
                if let Some(seen) = self.examine(&mut hardware, &asked) {
                    let aspect = seen.mismatch().map(|mismatch| mismatch.aspect);
                    convictions.take(aspect, || seen.explain().collect());
                }
            }
            convictions
        });
    }
}

/// Runs a combination of a space.
pub(crate) fn examine<Q: Question>(
    hardware: &mut Hardware,
    question: &Q,
) -> Option<<Q::Space as crate::space::Space>::Examination>
where
    Hardware: Machine<Q::Space>,
{
    Judge::new(hardware).examine(question).ok()
}
