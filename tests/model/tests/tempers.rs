//! Walkers of every right-but-odd temper, alone and in pairs: no operation that is right breaks beside them, and one that is
//! wrong is convicted all the same.

use afdbm_model::{
    battery,
    explore::explore,
    family::{Family, variant},
    scenario::{Scenario, Updates},
    shipped::SHIPPED,
    stage_2,
};

/// What a walker, its TLB or its exclusives may do or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Temper {
    /// Every CPU that manages the Access flag sets one without an access, at any time (Arm ARM R_LLCCB).
    Speculates,
    /// AF and the dirty state are always set in one update.
    OneUpdate,
    /// They are always set in two updates, with a walk between (Arm ARM R_PRHKD).
    TwoUpdates,
    /// The TLB of every CPU holds the young pages from the start.
    KeepsTranslations,
    /// Exclusives fail once more without a reason.
    ExclusivesFail,
}

impl Temper {
    const ALL: [Self; 5] =
        [Self::Speculates, Self::OneUpdate, Self::TwoUpdates, Self::KeepsTranslations, Self::ExclusivesFail];

    /// Gives every agent of a scenario the temper.
    fn impose(self, scenario: &mut Scenario) {
        if self == Self::ExclusivesFail {
            scenario.spurious += 1;
        }
        for agent in &mut scenario.agents {
            match self {
                Self::Speculates => agent.speculation += 1,
                Self::OneUpdate => agent.updates = Updates::One,
                Self::TwoUpdates => agent.updates = Updates::Two,
                Self::KeepsTranslations => agent.warm = true,
                Self::ExclusivesFail => {}
            }
        }
    }
}

/// Every temper alone, and each pair that does not contradict itself.
fn tempers() -> Vec<Vec<Temper>> {
    let mut tempers: Vec<_> = Temper::ALL.iter().map(|one| vec![*one]).collect();
    for (place, one) in Temper::ALL.iter().enumerate() {
        let others = &Temper::ALL[place + 1..];
        tempers.extend(others.iter().map(|other| vec![*one, *other]));
    }
    tempers.retain(|pair| *pair != [Temper::OneUpdate, Temper::TwoUpdates]);
    tempers
}

/// Explores scenarios with every temper. What a scenario wishes to see is left aside: a temper may keep it from showing.
fn explore_all(name: &str, scenarios: &[Scenario], family: &Family) -> usize {
    let mut states = 0;
    for temper in tempers() {
        for scenario in scenarios {
            let mut odd = scenario.clone();
            temper.iter().for_each(|one| one.impose(&mut odd));
            let report = explore(&odd, family, true);
            let broken: String = report.broken.iter().map(|example| format!("{example}\n")).collect();
            assert!(broken.is_empty(), "{name}, {temper:?}: {}\n{broken}", scenario.title);
            states += report.states;
        }
    }
    println!("{name}: {} tempers, {states} states", tempers().len());
    states
}

#[test]
fn no_temper_breaks_a_set_access_flags() {
    assert!(explore_all("with the lock", &battery::with_lock(), &SHIPPED.single) > 10_000);
    assert!(explore_all("without the lock", &battery::without_lock(), &SHIPPED.lock_free) > 10_000);
    let of_faults = [battery::i6(), battery::i7(), battery::i23()].concat();
    assert!(explore_all("faults", &of_faults, &SHIPPED.lock_free) > 10_000);
}

#[test]
fn no_temper_breaks_another_operation() {
    assert!(explore_all("operations", &battery::of_operations(), &SHIPPED.single) > 10_000);
}

#[test]
fn no_temper_breaks_a_group() {
    assert!(explore_all("groups", &battery::of_groups(), &SHIPPED.group) > 10_000);
}

#[test]
fn a_wrong_one_is_convicted_beside_every_temper() {
    for temper in tempers() {
        let convicted = battery::without_lock().into_iter().any(|mut scenario| {
            temper.iter().for_each(|one| one.impose(&mut scenario));
            !explore(&scenario, &variant::<history::V1>(), true).broken.is_empty()
        });
        assert!(convicted, "{temper:?}");
    }
}

#[test]
fn no_temper_breaks_an_operation_of_a_hypervisor() {
    let mut states = 0;
    for (speculation, warm) in [(0, true), (0, false), (1, true), (1, false)] {
        for scenario in stage_2::battery::small() {
            let mut odd = scenario.clone();
            for agent in &mut odd.agents {
                agent.speculation += speculation;
                agent.warm = warm;
            }
            let report = stage_2::explore::explore(&odd, &stage_2::family::SHIPPED, true);
            let title = scenario.title;
            assert_eq!(report.numbers(), [], "{title}, {speculation} {warm}\n{}", report.findings());
            states += report.states;
        }
    }
    println!("stage 2: {states} states");
    assert!(states > 10_000, "{states} states");
}
