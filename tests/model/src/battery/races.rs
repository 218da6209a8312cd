//! Interleavings of operations with faults and with hardware.

use crate::{
    battery::{BOTH, CONTROLS, FLAG, NOTHING},
    descriptors::{AF, D, RO, W, legal_flags, writable_flags},
    operation::{Operation, READ_ONLY},
    scenario::{Action, Agent, READ, Scenario, WRITE},
};
use afdbm::operations::Invariant;

/// Returns worlds in which a fault of each kind meets software, with the lock and without.
fn fault_against_software(title: &str, software: &[Action], flags: &[u64]) -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for script in [&[READ][..], &[WRITE]] {
            for flags in flags {
                let agents = vec![Agent::new(controls, script), Agent::new(NOTHING, software)];
                let world = Scenario::new(title, *flags, agents);
                scenarios.push(world.clone());
                scenarios.push(world.unlocked());
            }
        }
    }
    scenarios
}

/// Returns worlds in which one operation meets a CPU that writes, and manages both flags or none.
fn operation_against_writer(title: &str, script: &[Action], flags: &[u64]) -> Vec<Scenario> {
    let mut scenarios = vec![];
    for flags in flags {
        for writer in CONTROLS {
            let writer = Agent::new(writer, &[WRITE, WRITE]).warm();
            scenarios.push(Scenario::new(title, *flags, vec![Agent::new(NOTHING, script), writer]));
        }
    }
    scenarios
}

/// I7: a read fault against aging, without the lock: AF is the last writer's, the rest is untouched.
#[must_use]
pub fn i7() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for flags in legal_flags() {
        let aging = Agent::new(NOTHING, &[Action::RunWithoutInvalidation(Operation::MakeOld)]);
        let world = Scenario {
            finally: Some((Invariant::Monotone, "all but AF is as at the start", |world, scenario| {
                world.memory[0].without(AF) == scenario.start[0].without(AF)
            })),
            goals: vec![
                ("old at the end", |world, scenario| world.is_over(scenario) && !world.memory[0].is_young()),
                ("young at the end", |world, scenario| world.is_over(scenario) && world.memory[0].is_young()),
            ],
            ..Scenario::new(
                "I7: a read fault against aging, no lock",
                flags,
                vec![Agent::new(NOTHING, &[READ]), aging],
            )
        };
        scenarios.push(world.unlocked());
    }
    scenarios
}

/// I8: a fault against write_protect, with the lock and without: W comes back only if still authorised.
#[must_use]
pub fn i8() -> Vec<Scenario> {
    let software = [Action::Run(Operation::WriteProtect)];
    fault_against_software("I8: a fault against write_protect", &software, &writable_flags())
}

/// I9: a fault against get_and_clear, with the lock and without: an invalid descriptor is never resurrected.
#[must_use]
pub fn i9() -> Vec<Scenario> {
    let software = [Action::Run(Operation::GetAndClear)];
    fault_against_software("I9: a fault against get_and_clear", &software, &legal_flags())
}

/// I10: write_protect against a write at each step: afterwards W=0, and where hardware records the write, D=1 exactly
/// if it landed.
#[must_use]
pub fn i10() -> Vec<Scenario> {
    let script = [Action::Run(Operation::WriteProtect)];
    let mut scenarios =
        operation_against_writer("I10: write_protect against a write", &script, &writable_flags());
    for world in &mut scenarios {
        let by_hardware = world.agents[1].hd;
        // A handler records the write before it is made, and may find it forbidden when it is tried again.
        world.finally = Some(if by_hardware {
            (Invariant::NoLostDirty, "W is clear, and D set exactly if a write landed", |world, _| {
                let page = world.memory[0];
                !page.is_writable() && page.is_software_dirty() == world.past.landed
            })
        } else {
            (Invariant::NoLostDirty, "W is clear", |world, _| !world.memory[0].is_writable())
        });
    }
    scenarios
}

/// I11: make_clean, then a write, with a completed invalidation: the write dirties again.
#[must_use]
pub fn i11() -> Vec<Scenario> {
    let script = [Action::Run(Operation::MakeClean)];
    operation_against_writer("I11: make_clean against a write", &script, &legal_flags())
}

/// I12: make_old by compare-exchange against a write: nothing is lost.
#[must_use]
pub fn i12() -> Vec<Scenario> {
    let script = [Action::Run(Operation::MakeOld)];
    operation_against_writer("I12: make_old against a write", &script, &legal_flags())
}

/// I13: AF and dirty cleared together by a plain store: it overwrites only what it clears anyway.
#[must_use]
pub fn i13() -> Vec<Scenario> {
    let script = [Action::Run(Operation::ClearBothByStore)];
    let title = "I13: AF and dirty cleared by one store, against a write";
    let mut scenarios = operation_against_writer(title, &script, &writable_flags());
    // A handler of another CPU is kept out by the lock: hardware alone comes between.
    scenarios.retain(|world| world.agents[1].hd);
    scenarios
}

/// I14: get_and_clear, invalidate, free, against a write through a stale translation: what was returned is dirty, or
/// the write faults.
#[must_use]
pub fn i14() -> Vec<Scenario> {
    let script = [Action::Run(Operation::GetAndClear)];
    operation_against_writer("I14: get_and_clear against a write", &script, &legal_flags())
}

/// A read fault against a clean, with the lock and without: what the entry knew of dirty does not come back.
#[must_use]
pub fn clean_against_fault() -> Vec<Scenario> {
    let software = [Action::Run(Operation::MakeClean)];
    fault_against_software("a fault against make_clean", &software, &legal_flags())
}

/// I24: the entry's snapshot is stale: the page was unmapped and another, read-only one mapped in its place.
#[must_use]
pub fn i24() -> Vec<Scenario> {
    let software = [Action::Run(Operation::GetAndClear), Action::Run(Operation::MapAnother)];
    let replaced = fault_against_software(
        "I24: a fault against another page in its place",
        &software,
        &[W | RO, W | RO | AF, W, W | D],
    );
    let software = [Action::Run(Operation::Modify(READ_ONLY))];
    let withdrawn =
        fault_against_software("I24: a fault against a withdrawn write", &software, &writable_flags());
    replaced.into_iter().chain(withdrawn).collect()
}

/// A faulting CPU, a CPU that manages both flags and writes, and an operation, all with the lock.
#[must_use]
pub fn three_agents() -> Vec<Scenario> {
    let operations = [
        Operation::MakeOld,
        Operation::WriteProtect,
        Operation::MakeClean,
        Operation::GetAndClear,
        Operation::Modify(READ_ONLY),
    ];
    let mut scenarios = vec![];
    for operation in operations {
        for controls in [NOTHING, FLAG] {
            for flags in [W | RO, W, W | D | AF] {
                let agents = vec![
                    Agent::new(controls, &[READ, WRITE]),
                    Agent { speculation: 1, ..Agent::new(BOTH, &[WRITE]) },
                    Agent::new(NOTHING, &[Action::Run(operation)]),
                ];
                let title = format!("three agents: two faults, a walker that writes, {}", operation.name());
                scenarios.push(Scenario::new(&title, flags, agents));
            }
        }
    }
    scenarios
}
