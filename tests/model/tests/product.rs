//! The whole product: a faulting CPU, a second walker and a third agent's operation, each in every configuration, from
//! every legal state.

use afdbm_model::{
    battery::{CONTROLS, NOTHING},
    descriptors::legal_flags,
    explore::{Report, explore},
    family::Family,
    operation::{NONE, Operation, READ_ONLY, READ_WRITE},
    scenario::{Action, Agent, READ, Scenario, WRITE},
    shipped::SHIPPED,
    testing::{assert_clean, measured},
};

/// What the third agent does.
const SOFTWARE: [&[Action]; 9] = [
    &[],
    &[Action::Run(Operation::MakeOld)],
    &[Action::Run(Operation::MakeClean)],
    &[Action::Run(Operation::MakeOldAndClean)],
    &[Action::Run(Operation::WriteProtect)],
    &[Action::Run(Operation::MakeDirty)],
    &[Action::Run(Operation::GetAndClear)],
    &[Action::Run(Operation::Modify(READ_ONLY)), Action::Run(Operation::MakeWritable)],
    &[Action::Run(Operation::Modify(NONE)), Action::Run(Operation::Modify(READ_WRITE))],
];

fn product(family: &Family, locked: bool) -> Report {
    let mut report = Report::default();
    for first in CONTROLS {
        for second in CONTROLS {
            for script in [&[READ][..], &[WRITE], &[READ, WRITE]] {
                for other in [READ, WRITE] {
                    for software in SOFTWARE {
                        for flags in legal_flags() {
                            let agents = vec![
                                Agent::new(first, script).warm(),
                                Agent { speculation: 1, ..Agent::new(second, &[other]).warm() },
                                Agent::new(NOTHING, software),
                            ];
                            let scenario = Scenario { locked, ..Scenario::new("product", flags, agents) };
                            report += explore(&scenario, family, false);
                        }
                    }
                }
            }
        }
    }
    report
}

#[test]
fn v4_with_the_lock() {
    assert_clean("v4", &measured("product, v4", || product(&SHIPPED.single, true)));
}

#[test]
fn lock_free_without_the_lock() {
    assert_clean("lock-free", &measured("product, lock-free", || product(&SHIPPED.lock_free, false)));
}
