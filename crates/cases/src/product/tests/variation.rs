//! Variants against the emulator: as it should be, and with an update that changes another bit or reports another byte.

use super::{emulator::Emulator, liberty::Temper};
use crate::product::{Combination, Judge, Placement, ProductMachine, Shape, Variant, Variation, Varied};
use crate::{Body, SUITES};
use afdbm::descriptor::Descriptor;
use oracle::{Event, Features, LeafPlace, Outcome, Query};
extern crate std;
use std::vec::Vec;

/// What a machine gets wrong besides.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Nothing,
    /// An update clears, or sets, these bits of the leaf.
    Bits(u64),
    /// FAR_EL1 has the bits below this one clear.
    Address(u64),
    /// Nothing is set where these bits of the leaf are set.
    Refuses(u64),
}

#[derive(Debug)]
struct Around(Emulator, Wrong);

impl ProductMachine for Around {
    fn features(&self) -> Features {
        self.0.features()
    }

    fn place(&self, shape: Shape) -> Option<Placement> {
        self.0.place(shape)
    }

    fn run(&mut self, combination: &Combination, query: &Query) -> Outcome {
        let mut outcome = self.0.run(combination, query);
        let before = query.paths[LeafPlace::FIRST].leaf();
        let after = outcome.leaves[LeafPlace::FIRST];
        match (self.1, &mut outcome.event) {
            (Wrong::Bits(bits), _) if after != before => {
                outcome.leaves[LeafPlace::FIRST] = Descriptor(after.0 ^ bits);
            }
            (Wrong::Address(granule), Event::Faulted(fault)) => {
                fault.address = fault.address.align_down(granule);
            }
            (Wrong::Refuses(bits), _) if before.has(bits) => outcome.leaves[LeafPlace::FIRST] = before,
            _ => {}
        }
        outcome
    }
}

/// Returns the cases of the table that vary queries, each with what it makes of a machine: how many fail.
fn failures(wrong: Wrong, temper: Temper) -> Vec<(&'static str, usize)> {
    let mut machine = Around(Emulator::new(temper, None), wrong);
    let mut judge = Judge::new(&mut machine);
    let mut failures = Vec::new();
    for case in SUITES.iter().flat_map(|suite| suite.cases) {
        let Body::Varied { combinations, variation } = case.body else { continue };
        let variants: &[Variant] = match variation {
            Variation::Cpus | Variation::Entries(_) => &[Variant::PLAIN],
            Variation::Queries(variants) => variants,
        };
        let mut failed = 0;
        for variant in variants {
            for combination in combinations {
                let varied = Varied { combination: *combination, variant: *variant };
                let examination = judge.examine_varied(&varied).expect("the emulator has everything");
                failed += usize::from(examination.mismatch.is_some());
            }
        }
        failures.push((case.name, failed));
    }
    failures
}

fn failed(name: &str, wrong: Wrong) -> usize {
    let all = failures(wrong, Temper::LAZY);
    all.iter().find(|(case, _)| *case == name).expect("a case").1
}

#[test]
fn a_right_machine_is_never_failed() {
    for temper in [Temper::LAZY, Temper::EAGER] {
        let all = failures(Wrong::Nothing, temper);
        assert!(all.len() > 3 && all.iter().all(|(_, failed)| *failed == 0), "{all:?}");
    }
}

#[test]
fn each_bit_that_an_update_changes_or_minds_is_noticed() {
    for place in (0..64).filter(|place| Variant::LEAF >> place & 1 != 0) {
        let bit = 1 << place;
        assert!(failed("c06-each-other-bit-survives", Wrong::Bits(bit)) > 0, "{bit:#x}");
        if place > 9 {
            assert!(failed("c06-each-other-bit-survives", Wrong::Refuses(bit)) > 0, "{bit:#x}");
        }
    }
}

#[test]
fn a_fault_address_that_loses_bits_is_noticed() {
    for granule in [2, 4, 8, 64] {
        assert!(failed("fault-address-is-to-the-byte", Wrong::Address(granule)) > 0, "{granule}");
    }
    assert_eq!(failed("fault-address-is-to-the-byte", Wrong::Address(1)), 0);
}
