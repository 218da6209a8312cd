//! Interleavings of a handled fault with hardware, and with another fault.

use crate::{
    battery::{BOTH, CONTROLS, FLAG, NOTHING},
    descriptors::{AF, D, RO, W, legal_flags, writable_flags},
    operation::Operation,
    scenario::{Action, Agent, Question, READ, Scenario, Updates, WRITE},
};
use afdbm::operations::Invariant;

/// I1: age, read, write, on a CPU that manages nothing: the write succeeds within two faults.
#[must_use]
pub fn i1() -> Vec<Scenario> {
    let script = [Action::Run(Operation::MakeOld), READ, WRITE];
    let world = |flags| Scenario {
        cap: 2,
        ..Scenario::new("I1: age, read, write", flags, vec![Agent::new(NOTHING, &script)])
    };
    writable_flags().into_iter().map(world).collect()
}

/// I2: as I1 from a page that only the hardware knows to be dirty: dirty is kept.
#[must_use]
pub fn i2() -> Vec<Scenario> {
    let script = [Action::Run(Operation::MakeOld), READ];
    let world = |flags| {
        Scenario::new(
            "I2: age and read what only the hardware dirtied",
            flags,
            vec![Agent::new(NOTHING, &script)],
        )
    };
    [W, W | AF].into_iter().map(world).collect()
}

fn fault_against_walker(title: &str, updates: Updates, walkers: &[(bool, bool)]) -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for walker in walkers {
            for script in [&[READ][..], &[WRITE], &[READ, WRITE]] {
                for flags in legal_flags() {
                    let walker = Agent { updates, ..Agent::new(*walker, &[WRITE]) };
                    scenarios.push(Scenario::new(title, flags, vec![Agent::new(controls, script), walker]));
                }
            }
        }
    }
    scenarios
}

/// I3: a fault is handled while another agent writes, between every pair of steps: dirty and AF are kept. The other
/// agent is a CPU with dirty state management, without it, or an SMMU-like walker with either.
#[must_use]
pub fn i3() -> Vec<Scenario> {
    fault_against_walker("I3: a fault against a walker that writes", Updates::One, &CONTROLS)
}

/// I4: as I3, the walker's AF and RO as two updates: RO is never cleared where AF is.
#[must_use]
pub fn i4() -> Vec<Scenario> {
    fault_against_walker("I4: a fault against a walker that writes in two updates", Updates::Two, &[BOTH])
}

/// I5: a write fault on a clean page, HD=0, while a CPU with HD=1 writes first: the retry succeeds.
#[must_use]
pub fn i5() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in [NOTHING, FLAG] {
        for flags in [W | RO, W | RO | AF] {
            let agents = vec![Agent::new(controls, &[WRITE]).warm(), Agent::new(BOTH, &[WRITE])];
            scenarios.push(Scenario {
                cap: 2,
                finally: Some((Invariant::Progress, "the page is dirty", |world, scenario| {
                    world.is_dirty(scenario)
                })),
                ..Scenario::new("I5: a write fault while a CPU with HD=1 writes", flags, agents)
            });
        }
    }
    scenarios
}

/// I6: memory differs from the entry in RO alone, as the `modify` of before 3c0696076aad left it: not a no-op.
#[must_use]
pub fn i6() -> Vec<Scenario> {
    let world = |flags| {
        Scenario::new("I6: a write where only RO is wrong", flags, vec![Agent::new(NOTHING, &[WRITE])])
    };
    [W | D | AF | RO, W | D | RO].into_iter().map(world).collect()
}

/// I16: write is granted with a local invalidation; a CPU with the stale read-only translation takes at most one
/// more fault, whose handler invalidates locally.
#[must_use]
pub fn i16() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for first in [NOTHING, FLAG] {
        for second in [NOTHING, FLAG] {
            for start in [W | RO | AF, W | AF] {
                let agents = vec![Agent::new(first, &[WRITE]).warm(), Agent::new(second, &[WRITE]).warm()];
                let title = "I16: write granted with a local invalidation";
                scenarios.push(Scenario { cap: 2, ..Scenario::new(title, start, agents) });
            }
        }
    }
    scenarios
}

/// The entries of a read and of a write, joined: young, dirty and writable for every walker.
const IS_JOINED: Question = |world, _| world.memory[0].has(AF | W) && !world.memory[0].is_read_only();

/// I23: a read fault and a write fault on two CPUs, without the lock: memory is the join of both entries.
#[must_use]
pub fn i23() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for flags in writable_flags() {
        let agents = vec![Agent::new(NOTHING, &[READ]), Agent::new(NOTHING, &[WRITE])];
        let title = "I23: a read fault and a write fault, no lock";
        let finally = Some((Invariant::Commutes, "memory is young, dirty and writable", IS_JOINED));
        scenarios.push(Scenario { finally, ..Scenario::new(title, flags, agents) }.unlocked());
    }
    scenarios
}
