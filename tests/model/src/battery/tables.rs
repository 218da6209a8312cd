//! Interleavings with TLBs, controls and protections.

use crate::{
    battery::{BOTH, CONTROLS, FLAG, NOTHING},
    descriptors::{AF, RO, W, legal_flags, writable_flags},
    operation::{NONE, Operation, READ_WRITE},
    scenario::{Action, Agent, READ, Scenario, Touch, WRITE},
};
use afdbm::operations::Invariant;

/// I15: a page is aged, and its unmapping trusts an old descriptor to be in no TLB: sound if the aging's invalidation
/// was completed.
#[must_use]
pub fn i15() -> Vec<Scenario> {
    let script = [Action::Run(Operation::MakeOld), Action::Run(Operation::UnmapTrustingOld)];
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for flags in legal_flags() {
            let other = Agent { speculation: 1, ..Agent::new(controls, &[READ, READ]).warm() };
            let agents = vec![Agent::new(NOTHING, &script), other];
            scenarios.push(Scenario::new("I15: aged, then unmapped as old", flags, agents));
        }
    }
    scenarios
}

/// I19: modify to none, then to read-write: never W·D·RO.
#[must_use]
pub fn i19() -> Vec<Scenario> {
    let script = [Action::Run(Operation::Modify(NONE)), Action::Run(Operation::Modify(READ_WRITE)), WRITE];
    let world = |flags| {
        Scenario::new("I19: modify to none, to read-write, write", flags, vec![Agent::new(NOTHING, &script)])
    };
    legal_flags().into_iter().map(world).collect()
}

/// I20: AF is cleared and hardware may set it again without an access: clear does not mean unused.
#[must_use]
pub fn i20() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in [FLAG, BOTH] {
        for flags in legal_flags() {
            let speculating = Agent { speculation: 1, ..Agent::new(controls, &[]) };
            let agents = vec![Agent::new(NOTHING, &[Action::Run(Operation::MakeOld)]), speculating];
            scenarios.push(Scenario {
                goals: vec![("AF is set again", |world, scenario| {
                    world.is_over(scenario) && world.memory[0].is_young()
                })],
                ..Scenario::new("I20: aged, and speculation", flags, agents)
            });
        }
    }
    scenarios
}

/// I21: a compare-and-swap that fails, on a clean page: dirty afterwards or not, both are seen.
#[must_use]
pub fn i21() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for flags in [W | RO, W | RO | AF] {
        let agents = vec![Agent::new(BOTH, &[Action::Touch(Touch::FailingCas, 0)])];
        scenarios.push(Scenario {
            goals: vec![
                ("dirty", |world, scenario| world.is_over(scenario) && world.is_dirty(scenario)),
                ("clean", |world, scenario| world.is_over(scenario) && !world.is_dirty(scenario)),
            ],
            ..Scenario::new("I21: a failing compare-and-swap", flags, agents)
        });
    }
    scenarios
}

/// make_dirty and make_writable, then a write, with a CPU whose TLB holds the page from before: what was granted is
/// granted to every walker, and a clean page stays clean until it is written.
#[must_use]
pub fn grants() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for operation in [Operation::MakeDirty, Operation::MakeWritable] {
        for controls in CONTROLS {
            for flags in legal_flags() {
                let other = Agent::new(controls, &[READ]).warm();
                let agents = vec![Agent::new(NOTHING, &[Action::Run(operation), WRITE]).warm(), other];
                let title = format!("{}, then a write", operation.name());
                scenarios.push(Scenario::new(&title, flags, agents));
            }
        }
    }
    scenarios
}

/// break_before_make to another page against a CPU that writes: dirty goes with the page.
#[must_use]
pub fn replaced() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for flags in legal_flags() {
            let writer = Agent::new(controls, &[WRITE, READ]).warm();
            let agents = vec![Agent::new(NOTHING, &[Action::Run(Operation::Replace)]), writer];
            scenarios.push(Scenario::new("break before make against a write", flags, agents));
        }
    }
    scenarios
}

/// break_before_make without the lock, and other software that maps a page into the gap: that page stays.
#[must_use]
pub fn gap() -> Vec<Scenario> {
    let agents = vec![
        Agent::new(NOTHING, &[Action::Run(Operation::Replace)]),
        Agent::new(NOTHING, &[Action::Run(Operation::MapAnother)]),
    ];
    let scenario = Scenario {
        finally: Some((Invariant::NoInventedPermission, "the page is the read-only one", |world, _| {
            !world.memory[0].is_writable()
        })),
        ..Scenario::new("break before make, and a page mapped into the gap", W | RO | AF, agents)
    };
    vec![scenario.unlocked()]
}

fn dirty_management_off(title: &str, invalidates: bool) -> Vec<Scenario> {
    let script = [READ, Action::SetDirtyManagement(false, invalidates), WRITE];
    let world = |flags| Scenario::new(title, flags, vec![Agent::new(BOTH, &script).warm()]);
    writable_flags().into_iter().map(world).collect()
}

/// I22: HD is switched off on a CPU whose TLB holds translations from before, with the invalidation that this needs:
/// its walker records no write any more.
#[must_use]
pub fn i22() -> Vec<Scenario> {
    dirty_management_off("I22: HD off, with the local invalidation", true)
}

/// Negative controls: I11, I15 and I22 without the invalidation that makes them sound.
#[must_use]
pub fn without_invalidation() -> [Vec<Scenario>; 3] {
    let writer = |script: &[Action]| {
        let agents = vec![Agent::new(NOTHING, script), Agent::new(BOTH, &[WRITE, WRITE]).warm()];
        Scenario::new("I11: make_clean without its invalidation", W | AF, agents)
    };
    let cleans = vec![writer(&[Action::RunWithoutInvalidation(Operation::MakeClean)])];
    let mut unmaps = i15();
    for world in &mut unmaps {
        world.title = "I15: aged without DSB, then unmapped as old".into();
        world.agents[0].script[0] = Action::RunWithoutInvalidation(Operation::MakeOld);
    }
    [cleans, unmaps, dirty_management_off("I22: HD off, without the local invalidation", false)]
}

/// Negative control: I16 with a handler that does not invalidate when it finds nothing to change.
#[must_use]
pub fn spurious_path_missing() -> Vec<Scenario> {
    let mut scenarios = super::i16();
    for world in &mut scenarios {
        world.title = "I16: the handler lacks the spurious-fault path".into();
        world.spurious_path = false;
        world.cap = crate::scenario::FAULT_CAP;
    }
    scenarios
}
