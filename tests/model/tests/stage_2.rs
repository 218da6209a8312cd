//! The operations of stage 2 survive hardware at both stages, and each wrong one is convicted.

use afdbm::operations::{Change, Invariant, Scope};
use afdbm_model::stage_2::{
    PLACE, battery, contract,
    explore::{Report, run},
    family::{self, Family, SHIPPED},
    scenario::Scenario,
};
use history::Stage2Neighbour;

const NONE: [&str; 0] = [];

#[track_caller]
fn clean(name: &str, scenarios: &[Scenario]) {
    assert!(!scenarios.is_empty(), "{name} has no worlds");
    let report = run(scenarios, &SHIPPED);
    println!("{name}: {} worlds, {} states", scenarios.len(), report.states);
    assert_eq!(report.findings(), "", "{name}");
}

#[track_caller]
fn convicted(report: &Report, invariant: Invariant) {
    assert!(report.numbers().contains(&invariant.number()), "{:?}\n{}", report.numbers(), report.findings());
}

#[test]
fn a_log_against_a_writer_and_a_reader_on_unlike_cpus() {
    clean("logs", &battery::logs());
}

#[test]
fn two_harvests_tell_of_both_writes() {
    clean("harvests", &battery::harvests());
}

#[test]
fn reads_leave_the_log_empty() {
    clean("reads", &battery::reads());
}

#[test]
fn two_fault_handlers_at_once() {
    clean("handlers", &battery::handlers());
}

#[test]
fn a_withdrawal_and_a_removal_are_final() {
    clean("withdrawals", &battery::withdrawals());
}

#[test]
fn the_walker_of_stage_1_writes_to_its_table() {
    clean("tables", &battery::tables());
}

#[test]
fn the_shipped_operations_keep_their_contracts() {
    assert_eq!(contract::check(&SHIPPED), NONE);
}

#[test]
fn what_the_operations_rely_on_is_needed() {
    let report = run(&battery::unlocked(), &SHIPPED);
    convicted(&report, Invariant::NoInventedPermission);
    convicted(&report, Invariant::Tlb);
    convicted(&run(&battery::without_invalidation(), &SHIPPED), Invariant::NoLostDirty);
}

#[test]
fn a_removal_owes_for_an_old_page_too() {
    clean("aged and removed", &battery::aged_and_removed());
    let trusting_old = Family {
        remove: |tape| {
            let change = (SHIPPED.remove)(tape);
            let scope = if change.found.is_young() { change.owed.scope() } else { Scope::None };
            Change::changed(change.found, change.left, PLACE, scope)
        },
        ..SHIPPED
    };
    convicted(&run(&battery::aged_and_removed(), &trusting_old), Invariant::Tlb);
}

#[test]
fn a_walker_that_records_a_write_before_af_is_convicted() {
    convicted(&run(&battery::dirty_first(), &SHIPPED), Invariant::Encoding);
}

#[test]
fn each_wrong_operation_is_convicted() {
    let expected: [(Stage2Neighbour, &[u8]); 9] = [
        (Stage2Neighbour::AgeByStore, &[1]),
        (Stage2Neighbour::WriteProtectByStore, &[1]),
        (Stage2Neighbour::RelaxByStore, &[1, 2, 3]),
        (Stage2Neighbour::RelaxOwesNothing, &[5]),
        (Stage2Neighbour::WriteProtectKeepsDbm, &[6, 10]),
        (Stage2Neighbour::CleanAsInStage1, &[6, 9]),
        (Stage2Neighbour::LogLeavesWritable, &[6, 9]),
        (Stage2Neighbour::EntriesOfStage2Alone, &[1, 5, 10]),
        (Stage2Neighbour::EntriesOfBothStagesFirst, &[1, 10]),
    ];
    assert_eq!(expected.map(|(neighbour, _)| neighbour), Stage2Neighbour::ALL);
    let mut wrong = String::new();
    for (neighbour, numbers) in expected {
        let report = run(&battery::all(), &family::neighbour(neighbour));
        println!("{neighbour}: breaks {:?}", report.numbers());
        if report.numbers() != numbers {
            wrong += &format!("{neighbour} breaks {:?}\n{}", report.numbers(), report.findings());
        }
    }
    assert_eq!(wrong, "");
}
