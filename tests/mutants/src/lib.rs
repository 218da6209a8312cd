//! The shipped operations with one operator or operand wrong, and the jury that convicts them.
//!
//! The build script makes them from the shipped source, systematically: every mask bit dropped, every operator
//! exchanged for its opposite, every condition made constant, every retry skipped, every exchange made a store, every
//! statement left out.

use afdbm_model::{
    algebra, battery, contract, contract_group, contract_handler, descriptors::show, explore::explore,
    family::Family, scenario::Scenario, shipped::Families,
};

/// One wrong version of the operations.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// The file, the function, and what was changed.
    pub name: &'static str,
    /// The operations with the change.
    pub families: Families,
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
        let Families { single, lock_free, group } = &self.families;
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
}

/// Returns the operations as shipped, which nothing may convict.
#[must_use]
pub fn shipped() -> Mutant {
    Mutant { name: "as shipped", families: afdbm_model::shipped::SHIPPED }
}

include!(concat!(env!("OUT_DIR"), "/mutants.rs"));
