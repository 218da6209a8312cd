use super::std::{string::ToString, vec::Vec};
use super::{AF, CLEAN, RO, RW, allowed, managed, query};
use crate::{
    AccessKind, Aspect, Bytes, Choice, Clause, Event, Family, Fingerprint, Misaligned, Mismatch, Outcome,
    Par, Query, Returns, Seen, Stores, Value, check, explain,
};
use crate::{LeafPlace, Page};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::geometry::Level;
use afdbm::stage::Stage;

fn judge(query: &Query, change: impl FnOnce(&mut Outcome)) -> Result<(), Aspect> {
    let allowed = allowed(query);
    let mut outcome = allowed.example(query, false);
    change(&mut outcome);
    check(query, &allowed, &outcome).map_err(|Mismatch { aspect, .. }| aspect)
}

fn refault(outcome: &mut Outcome, syndrome: u64, address: u64) {
    let Event::Faulted(fault) = outcome.event else { panic!("no fault") };
    outcome.event = Event::Faulted(Fault {
        syndrome: Syndrome(fault.syndrome.0 ^ syndrome),
        address: VirtualAddress(fault.address.0 ^ address),
    });
}

#[test]
fn each_aspect_is_judged() {
    let store = query(AccessKind::Store, CLEAN & !AF);
    let before = store.paths[LeafPlace::FIRST].leaf();
    assert_eq!(judge(&store, |_| {}), Ok(()));
    assert_eq!(
        judge(&store, |seen| seen.leaves[LeafPlace::FIRST] = before.with(AF)),
        Err(Aspect::DirtyMissing)
    );
    assert_eq!(
        judge(&store, |seen| seen.leaves[LeafPlace::FIRST] = Stage::One.with_dirty(before)),
        Err(Aspect::FlagMissing)
    );
    assert_eq!(judge(&store, |seen| seen.leaves[LeafPlace::FIRST].0 ^= 1 << 13), Err(Aspect::LeafBits));
    assert_eq!(judge(&store, |seen| seen.tables_changed = AF), Err(Aspect::Tables));
    assert_eq!(judge(&store, |seen| seen.neighbours_changed = AF), Err(Aspect::Neighbours));
    assert_eq!(judge(&store, |seen| seen.bytes[Page::First] = Bytes::Old), Err(Aspect::Memory));
    assert_eq!(judge(&store, |seen| seen.exceptions = 2), Err(Aspect::ExceptionCount));
    let load = query(AccessKind::Load, CLEAN);
    assert_eq!(
        judge(&load, |seen| seen.leaves[LeafPlace::FIRST] = Stage::One.with_dirty(before.with(AF))),
        Err(Aspect::DirtyUnexpected)
    );
    assert_eq!(judge(&load, |seen| seen.leaves[LeafPlace::FIRST] = before), Err(Aspect::FlagUnexpected));
    assert_eq!(judge(&load, |seen| seen.event = Event::Returned(Value::Other(1))), Err(Aspect::Returned));
}

#[test]
fn each_part_of_a_fault_is_judged() {
    let store = query(AccessKind::Store, RO);
    assert_eq!(judge(&store, |seen| refault(seen, 0, 8)), Err(Aspect::FaultAddress));
    assert_eq!(judge(&store, |seen| refault(seen, 1 << 6, 0)), Err(Aspect::Syndrome));
    assert_eq!(judge(&store, |seen| refault(seen, 1 << 25, 0)), Err(Aspect::Syndrome));
    assert_eq!(judge(&store, |seen| refault(seen, 1, 0)), Err(Aspect::FaultStatus));
    assert_eq!(judge(&store, |seen| seen.event = Event::Completed), Err(Aspect::MissingFault));
    assert_eq!(judge(&store, |seen| seen.bytes[Page::First] = Bytes::New), Err(Aspect::Memory));
    let unexpected = allowed(&store).example(&store, false).event;
    assert_eq!(
        judge(&query(AccessKind::Store, RW), |seen| seen.event = unexpected),
        Err(Aspect::UnexpectedFault)
    );
}

#[test]
fn a_failing_compare_is_never_dirty_without_its_flag() {
    let cas = query(AccessKind::StoreExclusiveFail, CLEAN & !AF);
    let before = cas.paths[LeafPlace::FIRST].leaf();
    assert_eq!(judge(&cas, |seen| seen.leaves[LeafPlace::FIRST] = before), Ok(()));
    assert_eq!(judge(&cas, |seen| seen.leaves[LeafPlace::FIRST] = before.with(AF)), Ok(()));
    assert_eq!(
        judge(&cas, |seen| seen.leaves[LeafPlace::FIRST] = Stage::One.with_dirty(before.with(AF))),
        Ok(())
    );
    assert_eq!(
        judge(&cas, |seen| seen.leaves[LeafPlace::FIRST] = Stage::One.with_dirty(before)),
        Err(Aspect::DirtyWithoutFlag)
    );
    assert_eq!(judge(&cas, |seen| seen.event = Event::Status(0)), Err(Aspect::Returned));
}

#[test]
fn a_report_is_judged_by_its_output_or_its_status() {
    let read = query(AccessKind::TranslateRead, RW);
    assert_eq!(judge(&read, |seen| seen.event = Event::Reported(Par(0x4000_0000))), Ok(()));
    assert_eq!(judge(&read, |seen| seen.event = Event::Reported(Par(0x4000_1000))), Err(Aspect::Returned));
    let write = query(AccessKind::TranslateWrite, RO);
    assert_eq!(judge(&write, |seen| seen.event = Event::Reported(Par(0x801 | 0xf << 1))), Ok(()));
    assert_eq!(
        judge(&write, |seen| seen.event = Event::Reported(Par(0x801 | 0xb << 1))),
        Err(Aspect::FaultStatus)
    );
    assert_eq!(
        judge(&write, |seen| seen.event = Event::Reported(Par(0x4000_0000))),
        Err(Aspect::MissingFault)
    );
}

#[test]
fn a_mismatch_is_explained_by_the_clause_it_breaks() {
    let mut below = query(AccessKind::Store, RW);
    *below.paths[LeafPlace::FIRST].at(Level::L2) =
        below.paths[LeafPlace::FIRST].at(Level::L2).with(Descriptor::AP_TABLE_READ_ONLY);
    let ignorant = query(AccessKind::Store, RW);
    let seen = allowed(&ignorant).example(&ignorant, false);
    assert_eq!(explain(&below, &seen).collect::<Vec<_>>(), [Clause::TableReadOnly]);
    assert_eq!(
        Clause::TableReadOnly.to_string(),
        "rule R_YTXKB, row D12: APTable[1]=1 takes write permission from all below"
    );
}

#[test]
fn choices_are_recorded_as_made() {
    let mut print = Fingerprint::default();
    let at = query(AccessKind::TranslateRead, 0);
    for (eager, expected) in [(true, "yes"), (false, "both")] {
        let outcome = allowed(&at).example(&at, eager);
        print.observe(&at, &allowed(&at), &outcome);
        assert_eq!(print.seen(Choice::FlagOnTranslation).to_string(), expected);
    }
    // What is required, or forbidden, is no choice.
    let mut none = Fingerprint::default();
    for query in [query(AccessKind::Load, 0), managed(at, false, false), query(AccessKind::TranslateRead, RW)]
    {
        none.observe(&query, &allowed(&query), &allowed(&query).example(&query, true));
    }
    assert_eq!(none, Fingerprint::default());
}

#[test]
fn a_failure_reads_in_the_words_of_the_prediction() {
    let store = query(AccessKind::Store, CLEAN & !AF);
    let allowed = allowed(&store);
    assert_eq!(allowed.alternatives()[0].to_string(), "completes; AF set, dirty set; data new");
    let mut outcome = allowed.example(&store, false);
    outcome.leaves[LeafPlace::FIRST] = store.paths[LeafPlace::FIRST].leaf().with(AF);
    outcome.tables_changed = AF;
    assert_eq!(
        Seen { query: &store, outcome: &outcome }.to_string(),
        "completed; leaf 0x0008000040000783 (W·AF·RO): +AF; data new; Table descriptors changed in bits 0x0000000000000400"
    );
    let refused = super::allowed(&query(AccessKind::Store, RO));
    assert_eq!(
        refused.alternatives()[0].to_string(),
        "takes 0x000000009600004f Data Abort at the same EL: Permission fault, level 3, write at 0x0000007fffffeff0; \
         AF either, dirty kept; data old"
    );
}

#[test]
fn kinds_are_declared_as_instructions_are() {
    let mut names: Vec<&str> = AccessKind::ALL.iter().map(|kind| kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), AccessKind::ALL.len());
    for (place, kind) in AccessKind::ALL.into_iter().enumerate() {
        assert_eq!((kind as usize, kind.alignment().is_power_of_two()), (place, true), "{kind:?}");
        let stores = match kind.family() {
            Family::Write | Family::Atomic => true,
            _ => kind.stores() == Stores::Nothing,
        };
        let reads = matches!(kind.returns(), Returns::Word | Returns::Pair);
        let expected = match kind.family() {
            // LDG reads a tag, which no outcome has.
            Family::Read => kind != AccessKind::LoadTag,
            // STADD and its like are named for returning nothing.
            Family::Atomic => !kind.name().starts_with("st"),
            _ => false,
        };
        assert_eq!((stores, reads), (true, expected), "{kind:?}");
        // What compares and fails stores nothing, and refuses to be misaligned as all atomics do.
        assert!(!kind.compare_fails() || kind.stores() == Stores::Nothing, "{kind:?}");
        assert!(!kind.is_exclusive_or_atomic() || kind.misaligned() != Misaligned::Allowed, "{kind:?}");
    }
}
