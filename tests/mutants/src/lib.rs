//! The shipped operations, and the predicates that judge them, with one operator or operand wrong; and what convicts
//! each: the model and its contracts an operation, the table of evidence a predicate.
//!
//! The build script makes them from the shipped source, systematically: every mask bit dropped, every operator
//! exchanged for its opposite, every condition made constant, every retry skipped, every exchange made a store, every
//! statement left out.

use afdbm_model::{
    algebra, battery, contract, contract_group, contract_handler, descriptors::show, explore::explore,
    family::Family, scenario::Scenario, shipped::Families, stage_2,
};

#[path = "../../../crates/afdbm/src/operations/invariant/table.rs"]
mod table;

use table::Predicates;

/// What was changed.
#[allow(clippy::large_enum_variant, reason = "a few hundred constants, never moved")]
#[derive(Clone, Copy, Debug)]
enum Accused {
    /// The operations.
    Operations(Families),
    /// The operations of stage 2.
    Stage2(stage_2::family::Family),
    /// The predicates of the invariants.
    Predicates(Predicates),
}

/// One wrong version.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// The file, the function, and what was changed.
    pub name: &'static str,
    /// All of the same kind, with the change.
    accused: Accused,
}

/// Explores until something is broken, and tells what.
fn first_broken(scenarios: &[Scenario], family: &Family) -> Option<String> {
    scenarios.iter().find_map(|scenario| {
        let report = explore(scenario, family, true);
        let broken = report.broken.first().map(|example| {
            let start = show(scenario.start[0]);
            format!("invariant {} in {}, from {start}", example.violation.invariant, scenario.title)
        });
        broken.or_else(|| {
            report.missed.first().map(|goal| format!("never seen: {goal}, in {}", scenario.title))
        })
    })
}

impl Mutant {
    /// Returns what convicts the mutant, or `None` if nothing does.
    #[must_use]
    pub fn convicted(&self) -> Option<String> {
        match &self.accused {
            Accused::Operations(families) => convicted_by_model(families),
            Accused::Stage2(family) => convicted_by_stage_2(family),
            Accused::Predicates(predicates) => table::first_wrong(predicates).map(str::to_string),
        }
    }
}

/// Returns what convicts these operations.
fn convicted_by_model(Families { single, lock_free, group }: &Families) -> Option<String> {
    let simple: Vec<_> = [battery::i1(), battery::i2(), battery::i6()].into_iter().flatten().collect();
    first_broken(&simple, single)
        .or_else(|| first_broken(&battery::of_operations(), single))
        .or_else(|| first_broken(&battery::of_groups(), group))
        .or_else(|| algebra::check(single).first().map(|first| first.message.clone()))
        .or_else(|| contract::check(single).into_iter().next())
        .or_else(|| contract::check(lock_free).into_iter().next())
        .or_else(|| contract_group::check(group).into_iter().next())
        .or_else(|| contract_handler::check(single).into_iter().next())
        .or_else(|| contract_handler::check(group).into_iter().next())
        .or_else(|| first_broken(&battery::with_lock(), single))
        .or_else(|| first_broken(&battery::without_lock(), lock_free))
        .or_else(|| first_broken(&battery::with_lock(), lock_free))
}

/// Returns what convicts these operations of stage 2.
fn convicted_by_stage_2(family: &stage_2::family::Family) -> Option<String> {
    let broken = |scenario: &stage_2::scenario::Scenario| {
        let report = stage_2::explore::explore(scenario, family, true);
        report
            .broken
            .first()
            .map(|example| format!("invariant {} in {}", example.violation.invariant, example.scenario))
    };
    let contract = stage_2::contract::check(family).into_iter().next();
    contract.or_else(|| stage_2::battery::small().iter().find_map(broken))
}

/// Returns the operations and the predicates as shipped, which nothing may convict.
#[must_use]
pub fn shipped() -> [Mutant; 3] {
    [
        Accused::Operations(afdbm_model::shipped::SHIPPED),
        Accused::Stage2(stage_2::family::SHIPPED),
        Accused::Predicates(table::SHIPPED),
    ]
    .map(|accused| Mutant { name: "as shipped", accused })
}

include!(concat!(env!("OUT_DIR"), "/mutants.rs"));
