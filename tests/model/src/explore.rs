//! The explorer: every state once, breadth first.

use crate::{
    family::Family,
    operation::Operation,
    scenario::{Action, Scenario, Touch},
    software::Stepper,
    tape::Live,
    walker::{speculate, touch},
    world::{FaultKind, Phase, Violation, World},
};
use afdbm::operations::{Invariant, Scope};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::ops::AddAssign;

/// Every world found so far, in the order in which it was found.
type Worlds = IndexSet<World, FxBuildHasher>;

/// What a piece of software is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// Handling a fault, of a write or not.
    Handler(FaultKind, bool),
    /// An operation.
    Operation(Operation),
}

/// How a translation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The access was made.
    Done,
    /// It takes a fault, which is handled next.
    Fault(FaultKind),
    /// An update was made, and the translation starts again.
    Restart,
    /// A Translation fault, to be tried again once the page-table lock is free.
    Wait,
    /// A Translation fault; the access is given up.
    Refused,
}

/// One step of one agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A translation.
    Access {
        /// The kind of access.
        touch: Touch,
        /// The page.
        entry: u8,
        /// Whether the TLB translated.
        through_tlb: bool,
        /// What the walker updated.
        updates: &'static str,
        /// How it ended.
        end: End,
    },
    /// A speculative Access flag update.
    Speculation,
    /// A step of software.
    Software {
        /// What it is doing.
        doing: Doing,
        /// The step, if it needed one.
        live: Option<Live>,
        /// Whether it returned.
        done: bool,
    },
    /// An invalidation is complete.
    Discharge(Scope),
    /// HD was set.
    Control(bool),
}

/// A step and who took it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// The agent's index.
    pub agent: usize,
    /// The step.
    pub what: What,
}

/// A step, the world after it, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Successor {
    /// The step.
    pub event: Event,
    /// The world after it.
    pub world: World,
    /// What it broke.
    pub violations: Vec<Violation>,
}

impl Successor {
    /// Makes one.
    #[must_use]
    pub const fn new(agent: usize, what: What, world: World, violations: Vec<Violation>) -> Self {
        Self { event: Event { agent, what }, world, violations }
    }
}

/// A shortest history that breaks an invariant.
#[derive(Clone, Debug)]
pub struct CounterExample {
    /// What was broken.
    pub violation: Violation,
    /// The steps, with the world after each.
    pub steps: Vec<(Event, World)>,
    /// Where it happened.
    pub scenario: Scenario,
}

/// What the explorer saw.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Distinct states.
    pub states: usize,
    /// Steps taken.
    pub steps: usize,
    /// The first, hence a shortest, counter-example of each broken invariant.
    pub broken: Vec<CounterExample>,
    /// Goals that no state reached.
    pub missed: Vec<&'static str>,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.states += other.states;
        self.steps += other.steps;
        self.missed.extend(other.missed);
        for example in other.broken {
            let known =
                self.broken.iter_mut().find(|known| known.violation.invariant == example.violation.invariant);
            match known {
                Some(known) if known.steps.len() <= example.steps.len() => {}
                Some(known) => *known = example,
                None => self.broken.push(example),
            }
        }
        self.broken.sort_by_key(|example| example.violation.invariant);
    }
}

impl Report {
    /// Returns the broken invariants, in the order of their numbers.
    #[must_use]
    pub fn invariants(&self) -> Vec<Invariant> {
        let mut invariants: Vec<_> = self.broken.iter().map(|example| example.violation.invariant).collect();
        invariants.sort_unstable();
        invariants
    }

    /// Notes the invariants that were not broken before.
    fn convict(
        &mut self,
        violations: impl IntoIterator<Item = Violation>,
        scenario: &Scenario,
        steps: impl Fn() -> Vec<(Event, World)>,
    ) {
        for violation in violations {
            if !self.broken.iter().any(|known| known.violation.invariant == violation.invariant) {
                let scenario = scenario.clone();
                self.broken.push(CounterExample { violation, steps: steps(), scenario });
            }
        }
    }

    /// Tells whether nothing was broken and every goal reached.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty() && self.missed.is_empty()
    }
}

/// Returns every step that is possible in `world`.
#[must_use]
pub fn successors(scenario: &Scenario, family: &Family, world: &World) -> Vec<Successor> {
    let mut found = Vec::new();
    for (agent, state) in world.agents.iter().enumerate() {
        speculate(scenario, world, agent, &mut found);
        let stepper = Stepper { scenario, family, world, agent };
        let Some(action) = scenario.agents[agent].script.get(usize::from(state.action)) else { continue };
        match (&state.phase, *action) {
            (Phase::Handling(kind, history), _) => stepper.handle(*kind, history, &mut found),
            (Phase::Discharging(scope), _) => stepper.discharge(*scope, &mut found),
            (Phase::Ready, Action::Touch(how, entry)) => {
                touch(scenario, world, agent, how, entry, &mut found);
            }
            (Phase::Ready, Action::Run(operation) | Action::RunWithoutInvalidation(operation)) => {
                stepper.operate(operation, &[], &mut found);
            }
            (Phase::Running(history), Action::Run(operation) | Action::RunWithoutInvalidation(operation)) => {
                stepper.operate(operation, history, &mut found);
            }
            (Phase::Ready, Action::SetDirtyManagement(hd, invalidates)) => {
                found.push(set_dirty_management(world, agent, hd, invalidates));
            }
            (Phase::Running(_), Action::Touch(..) | Action::SetDirtyManagement(..)) => {
                unreachable!("an access is no operation")
            }
        }
    }
    found
}

/// Sets HD, and where it falls remembers that nothing may be recorded by it any more.
fn set_dirty_management(world: &World, agent: usize, hd: bool, invalidates: bool) -> Successor {
    let mut after = world.clone();
    if invalidates {
        after.invalidate(agent, Scope::ThisCpu);
    }
    let state = &mut after.agents[agent];
    state.hd = hd;
    state.hd_gone = !hd;
    state.action += 1;
    Successor::new(agent, What::Control(hd), after, vec![])
}

/// Explores every state of `scenario` with the operations of `family`; stops at the first broken invariant if
/// `first_only`.
///
/// What follows a broken invariant is explored too, since it may break another, unless it is the fault cap.
#[must_use]
pub fn explore(scenario: &Scenario, family: &Family, first_only: bool) -> Report {
    let mut report = Report::default();
    let start = World::start(scenario);
    let mut reached = vec![false; scenario.goals.len()];
    let mut parents: Vec<Option<(usize, Event)>> = vec![None];
    let mut worlds = Worlds::default();
    worlds.insert(start);
    let mut next = 0;
    while next < worlds.len() && (report.broken.is_empty() || !first_only) {
        let world = &worlds[next];
        for (goal, reached) in scenario.goals.iter().zip(&mut reached) {
            *reached |= goal.1(world, scenario);
        }
        report.convict(check_end(scenario, world), scenario, || history(&parents, &worlds, next));
        for Successor { event, world, violations } in successors(scenario, family, world) {
            report.steps += 1;
            let is_capped = violations.iter().any(|violation| violation.invariant == Invariant::Progress);
            report.convict(violations, scenario, || {
                let mut steps = history(&parents, &worlds, next);
                steps.push((event, world.clone()));
                steps
            });
            if !is_capped && worlds.insert(world) {
                parents.push(Some((next, event)));
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

/// Checks what must hold where nothing is left to do, and that nothing is left undone.
fn check_end(scenario: &Scenario, world: &World) -> Option<Violation> {
    let (invariant, text, question) = scenario.finally?;
    let holds = !world.is_over(scenario) || question(world, scenario);
    (!holds).then(|| Violation::new(invariant, format!("at the end not: {text}")))
}

/// Returns the steps that led to state `index`.
fn history(parents: &[Option<(usize, Event)>], worlds: &Worlds, index: usize) -> Vec<(Event, World)> {
    let mut steps = Vec::new();
    let mut at = index;
    while let Some((parent, event)) = parents[at] {
        steps.push((event, worlds[at].clone()));
        at = parent;
    }
    steps.reverse();
    steps
}
