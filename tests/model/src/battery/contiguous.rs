//! Interleavings on a contiguous group of two.

use crate::{
    battery::{BOTH, CONTROLS, NOTHING},
    descriptors::{AF, RO, W, legal_flags},
    operation::Operation,
    scenario::{Action, Agent, Scenario, Touch},
};

/// I17: hardware dirties or touches a sibling, and a walker that manages nothing reads the target's own descriptor:
/// no false no-op.
#[must_use]
pub fn i17() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in CONTROLS {
        for touch in [Touch::Read, Touch::Write] {
            for flags in legal_flags() {
                for sibling in [flags, flags | AF, flags & !RO | AF] {
                    if flags & W == 0 && sibling & RO == 0 {
                        continue;
                    }
                    let agents = vec![
                        Agent::new(controls, &[Action::Touch(touch, 0)]),
                        Agent::new(BOTH, &[Action::Touch(touch, 1)]),
                    ];
                    let title = "I17: a contiguous group whose sibling hardware dirties";
                    scenarios.push(Scenario::group(title, [flags, sibling], agents));
                }
            }
        }
    }
    scenarios
}

/// I18: a group is unfolded and refolded while hardware writes in every window: AF and dirty are joined over the
/// group.
#[must_use]
pub fn i18() -> Vec<Scenario> {
    let mut scenarios = vec![];
    for controls in [NOTHING, BOTH] {
        for script in [
            &[Action::Run(Operation::Unfold)][..],
            &[Action::Run(Operation::Unfold), Action::Run(Operation::Refold)],
        ] {
            for flags in [W | RO, W | RO | AF, W | AF] {
                let writer =
                    Agent::new(controls, &[Action::Touch(Touch::Write, 0), Action::Touch(Touch::Write, 1)]);
                let agents = vec![Agent::new(NOTHING, script), writer.warm()];
                scenarios.push(Scenario::group(
                    "I18: unfold and refold against writes",
                    [flags, W | RO],
                    agents,
                ));
            }
        }
    }
    scenarios
}
