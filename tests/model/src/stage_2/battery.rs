//! The worlds that judge the operations of stage 2.

use crate::{
    battery::{BOTH, CONTROLS, FLAG, NOTHING},
    descriptors,
    stage_2::{
        AF, DBM, NEVER, STATES, WRITE,
        scenario::{Action, Agent, Operation, Scenario, Touch},
    },
};

use afdbm::operations::stage_2;

/// Returns the flags of every state, old and young.
fn flags() -> impl Iterator<Item = u64> + Clone {
    STATES.into_iter().flat_map(|state| [state, state | AF])
}

/// What a log is made of: operations that need no lock.
const LOG: [&[Operation]; 6] = [
    &[Operation::MakeOld],
    &[Operation::WriteProtect],
    &[Operation::LogByHardware],
    &[Operation::MakeClean],
    &[Operation::LogByHardware, Operation::MakeClean],
    &[Operation::MakeClean, Operation::WriteProtect],
];

/// Two vCPUs on CPUs that differ in VTCR_EL2, while the hypervisor logs or ages, without a lock.
#[must_use]
pub fn logs() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for (first, second) in CONTROLS.into_iter().flat_map(|one| CONTROLS.map(|other| (one, other))) {
        for operations in LOG {
            for flags in flags() {
                let agents = vec![
                    Agent::guest(first, NOTHING, &[Touch::Write]),
                    Agent { speculation: 1, ..Agent::guest(second, NOTHING, &[Touch::Read]) },
                    Agent::hypervisor(operations),
                ];
                scenarios.push(Scenario::new("a log, a writer and a reader", flags, agents));
            }
        }
    }
    scenarios
}

/// One vCPU writes twice while the hypervisor harvests twice: nothing is lost between.
#[must_use]
pub fn harvests() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for operations in [
            [Operation::MakeClean, Operation::MakeClean],
            [Operation::WriteProtect, Operation::WriteProtect],
            [Operation::LogByHardware, Operation::WriteProtect],
        ] {
            for flags in flags() {
                let agents = vec![
                    Agent::guest(controls, NOTHING, &[Touch::Write, Touch::Write]),
                    Agent::hypervisor(&operations),
                ];
                scenarios.push(Scenario::new("two writes, two harvests", flags, agents));
            }
        }
    }
    scenarios
}

/// A vCPU only reads: the log stays empty.
#[must_use]
pub fn reads() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for operations in LOG {
            for flags in [0, AF, DBM, DBM | AF, DBM | AF | NEVER] {
                let agents = vec![
                    Agent::guest(controls, NOTHING, &[Touch::Read, Touch::Fetch]),
                    Agent::hypervisor(operations),
                ];
                scenarios.push(Scenario::new("reads alone", flags, agents));
            }
        }
    }
    scenarios
}

/// Two vCPUs fault at once, and their handlers share the lock: a page is granted and no update of hardware lost.
#[must_use]
pub fn handlers() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for (first, second) in CONTROLS.into_iter().flat_map(|one| CONTROLS.map(|other| (one, other))) {
        for touches in
            [[Touch::Write, Touch::Write], [Touch::Fetch, Touch::Write], [Touch::Fetch, Touch::Read]]
        {
            for state in flags() {
                let agents = vec![
                    Agent::guest(first, NOTHING, &touches[..1]),
                    Agent { speculation: 1, ..Agent::guest(second, NOTHING, &touches[1..]) },
                ];
                scenarios.push(Scenario::new("two faults", state | NEVER, agents).locked());
            }
        }
    }
    scenarios
}

/// The permission is withdrawn for good, or the page removed, under the lock.
#[must_use]
pub fn withdrawals() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for operation in [Operation::Withdraw, Operation::Remove] {
            for flags in flags() {
                let agents = vec![
                    Agent::guest(controls, NOTHING, &[Touch::Write, Touch::Write]),
                    Agent::guest(BOTH, NOTHING, &[Touch::Read]),
                    Agent::hypervisor(&[operation]),
                ];
                scenarios.push(Scenario::new("a withdrawal", flags, agents).locked());
            }
        }
    }
    scenarios
}

/// The page is a table of the guest's, which the walker of stage 1 updates: that is a write like any other, and without
/// hardware updates in stage 1 none.
#[must_use]
pub fn tables() -> Vec<Scenario> {
    let old = descriptors::page(0, descriptors::W | descriptors::RO);
    let clean = old.with(AF);
    let dirty = clean.without(descriptors::RO);
    let mut scenarios = vec![];
    for (stage_2, stage_1) in CONTROLS.into_iter().flat_map(|one| CONTROLS.map(|other| (one, other))) {
        for leaf in [old, clean, dirty] {
            for touch in [Touch::WalkForRead, Touch::WalkForWrite] {
                for operations in LOG {
                    for flags in flags() {
                        let agents = vec![
                            Agent::guest(stage_2, stage_1, &[touch]),
                            Agent::guest(FLAG, NOTHING, &[Touch::Read]),
                            Agent::hypervisor(operations),
                        ];
                        let mut scenario =
                            Scenario::new("a table of the guest's", flags, agents).with_leaf(leaf);
                        if stage_1.0 && leaf == old && (touch == Touch::WalkForRead || stage_1.1) {
                            scenario.goals.push(("stage 1 set its Access flag", |world| {
                                world.memory[1].is_young() && world.past.attempted
                            }));
                        }
                        if stage_1.0 && stage_2.1 && leaf == dirty && flags == DBM | AF {
                            scenario.goals.push(("its walker marked the table early", |world| {
                                stage_2::is_dirty(world.memory[0]) && !world.past.landed
                            }));
                        }
                        scenarios.push(scenario);
                    }
                }
            }
        }
    }
    scenarios
}

/// Returns the worlds of few states: each operation against a guest, and two fault handlers at once.
#[must_use]
pub fn small() -> Vec<Scenario> {
    [harvests(), reads(), handlers(), withdrawals(), aged_and_removed()].into_iter().flatten().collect()
}

/// Returns every world that the shipped operations survive.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [small(), logs(), tables()].into_iter().flatten().collect()
}

/// Returns the worlds of a withdrawal without the lock under which fault handlers decide.
#[must_use]
pub fn unlocked() -> Vec<Scenario> {
    withdrawals().into_iter().map(|scenario| Scenario { locked: false, ..scenario }).collect()
}

/// Returns a world in which a harvest goes on without its invalidation.
#[must_use]
pub fn without_invalidation() -> Vec<Scenario> {
    let hypervisor = Agent {
        script: vec![Action::RunWithoutInvalidation(Operation::MakeClean)],
        ..Agent::hypervisor(&[])
    };
    let agents = vec![Agent::guest(BOTH, NOTHING, &[Touch::Write, Touch::Write]), hypervisor];
    vec![Scenario::new("a harvest without its invalidation", DBM | WRITE | AF, agents)]
}

/// Returns a world in which a page is aged without an invalidation, and then removed.
#[must_use]
pub fn aged_and_removed() -> Vec<Scenario> {
    let hypervisor = Agent {
        script: vec![Action::RunWithoutInvalidation(Operation::MakeOld), Action::Run(Operation::Remove)],
        ..Agent::hypervisor(&[])
    };
    let agents = vec![Agent::guest(FLAG, NOTHING, &[Touch::Read, Touch::Read]), hypervisor];
    vec![Scenario::new("a page that was aged is removed", AF, agents)]
}

/// Returns a world with a walker that records a write before it sets AF.
#[must_use]
pub fn dirty_first() -> Vec<Scenario> {
    let agent = Agent { dirty_first: true, ..Agent::guest(BOTH, NOTHING, &[Touch::Write]) };
    vec![Scenario::new("S2AP[1] before AF", DBM, vec![agent])]
}
