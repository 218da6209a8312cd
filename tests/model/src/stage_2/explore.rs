//! The explorer of stage 2: every state once, breadth first.

use crate::{
    stage_2::{
        family::Family,
        scenario::{Action, Scenario},
        show,
        software::Stepper,
        walker::{access, speculate},
        world::{Phase, World},
    },
    world::Violation,
};
use afdbm::operations::Invariant;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::fmt;

/// A step, the world after it, and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Successor {
    pub(crate) agent: usize,
    pub(crate) what: &'static str,
    pub(crate) world: World,
    pub(crate) violations: Vec<Violation>,
}

impl Successor {
    pub(crate) const fn new(
        agent: usize,
        what: &'static str,
        world: World,
        violations: Vec<Violation>,
    ) -> Self {
        Self { agent, what, world, violations }
    }
}

/// A shortest history that breaks an invariant.
#[derive(Clone, Debug)]
pub struct CounterExample {
    /// What was broken.
    pub violation: Violation,
    /// The scenario.
    pub scenario: String,
    /// The steps, one a line.
    pub steps: Vec<String>,
}

impl fmt::Display for CounterExample {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { invariant, message } = &self.violation;
        writeln!(formatter, "invariant {invariant}: {message}\n{}", self.scenario)?;
        self.steps.iter().try_for_each(|step| writeln!(formatter, "  {step}"))
    }
}

/// What the explorer saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Distinct states.
    pub states: usize,
    /// The first counter-example of each broken invariant.
    pub broken: Vec<CounterExample>,
    /// Goals that no state reached.
    pub missed: Vec<&'static str>,
}

impl Report {
    /// Returns the numbers of the broken invariants, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<u8> {
        let mut numbers: Vec<_> =
            self.broken.iter().map(|example| example.violation.invariant.number()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Shows every counter-example and every goal that was missed.
    #[must_use]
    pub fn findings(&self) -> String {
        let examples = self.broken.iter().map(|example| format!("{example}\n"));
        examples.chain(self.missed.iter().map(|goal| format!("never seen: {goal}\n"))).collect()
    }

    fn knows(&self, invariant: Invariant) -> bool {
        self.broken.iter().any(|known| known.violation.invariant == invariant)
    }

    fn add(&mut self, other: Self) {
        self.states += other.states;
        self.missed.extend(other.missed);
        for example in other.broken {
            if !self.knows(example.violation.invariant) {
                self.broken.push(example);
            }
        }
    }
}

fn successors(scenario: &Scenario, family: &Family, world: &World) -> Vec<Successor> {
    let mut found = Vec::new();
    for (agent, state) in world.agents.iter().enumerate() {
        speculate(scenario, world, agent, &mut found);
        let stepper = Stepper { scenario, family, world, agent };
        let Some(action) = scenario.agents[agent].script.get(usize::from(state.action)) else { continue };
        match (&state.phase, *action) {
            (Phase::Discharging(scope, next), _) => found.push(stepper.discharge(*scope, *next)),
            (Phase::Handling(kind, may_write, history), Action::Touch(touch)) => {
                stepper.handle(touch, *kind, *may_write, history, &mut found);
            }
            (Phase::Ready, Action::Touch(touch)) => access(scenario, world, agent, touch, &mut found),
            (Phase::Ready, Action::Run(operation) | Action::RunWithoutInvalidation(operation)) => {
                stepper.operate(operation, &[], &mut found);
            }
            (Phase::Running(history), Action::Run(operation) | Action::RunWithoutInvalidation(operation)) => {
                stepper.operate(operation, history, &mut found);
            }
            (Phase::Running(_), Action::Touch(_)) | (Phase::Handling(..), _) => {
                unreachable!("an access is no operation")
            }
        }
    }
    found
}

/// Explores every state of `scenario` with the operations of `family`; stops at the first broken invariant if
/// `first_only`.
#[must_use]
pub fn explore(scenario: &Scenario, family: &Family, first_only: bool) -> Report {
    let mut report = Report::default();
    let mut reached = vec![false; scenario.goals.len()];
    let mut worlds: IndexSet<World, FxBuildHasher> = IndexSet::default();
    let mut parents: Vec<Option<(usize, usize, &'static str)>> = vec![None];
    worlds.insert(World::start(scenario));
    let mut next = 0;
    while next < worlds.len() && (report.broken.is_empty() || !first_only) {
        for (goal, reached) in scenario.goals.iter().zip(&mut reached) {
            *reached |= goal.1(&worlds[next]);
        }
        for Successor { agent, what, world, violations } in successors(scenario, family, &worlds[next]) {
            let is_capped = violations.iter().any(|violation| violation.invariant == Invariant::Progress);
            for violation in violations {
                if !report.knows(violation.invariant) {
                    let mut steps = history(&parents, &worlds, next);
                    steps.push(line(agent, what, &world));
                    report.broken.push(CounterExample { violation, scenario: scenario.to_string(), steps });
                }
            }
            if !is_capped && worlds.insert(world) {
                parents.push(Some((next, agent, what)));
            }
        }
        next += 1;
    }
    report.states = worlds.len();
    if report.broken.is_empty() {
        let missed = scenario.goals.iter().zip(&reached).filter(|(_, reached)| !**reached);
        report.missed.extend(missed.map(|(goal, _)| goal.0));
    }
    report
}

/// Explores every scenario and adds up what was seen.
#[must_use]
pub fn run(scenarios: &[Scenario], family: &Family) -> Report {
    let mut report = Report::default();
    for scenario in scenarios {
        report.add(explore(scenario, family, false));
    }
    report
}

fn line(agent: usize, what: &str, world: &World) -> String {
    format!("agent {agent}: {what:<40} {}", show(world.memory[0]))
}

/// Returns the steps that led to state `index`.
fn history(
    parents: &[Option<(usize, usize, &'static str)>],
    worlds: &IndexSet<World, FxBuildHasher>,
    index: usize,
) -> Vec<String> {
    let mut steps = Vec::new();
    let mut at = index;
    while let Some((parent, agent, what)) = parents[at] {
        steps.push(line(agent, what, &worlds[at]));
        at = parent;
    }
    steps.reverse();
    steps
}
