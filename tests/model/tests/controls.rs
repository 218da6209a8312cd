//! Negative controls: what the interleavings rely on, taken away, is convicted.

use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, Invariant, Place, Slot, V4, Variant};
use afdbm::stage::Stage;
use afdbm_model::{
    battery::{self, run},
    descriptors::{RO, W},
    explore::Report,
    family::{self, Family},
    scenario::{Action, Agent, Scenario, Updates, WRITE},
    shipped::SHIPPED,
    testing::{assert_clean, findings},
};
use history::{Neighbour, V3, V4m};

#[track_caller]
fn convicted(report: &Report, invariant: Invariant) {
    let broken = report.invariants();
    assert!(broken.contains(&invariant), "broken: {broken:?}\n{}", findings(report));
}

#[test]
fn v4_without_the_lock_is_convicted_by_i8_i9_and_i24() {
    let unlocked = |scenarios: Vec<Scenario>| -> Vec<_> {
        scenarios.into_iter().filter(|scenario| !scenario.locked).collect()
    };
    convicted(&run(&unlocked(battery::i8()), &SHIPPED.single), Invariant::NoInventedPermission);
    convicted(&run(&unlocked(battery::i9()), &SHIPPED.single), Invariant::InvalidStays);
    convicted(&run(&unlocked(battery::i24()), &SHIPPED.single), Invariant::NoInventedPermission);
    convicted(&run(&unlocked(battery::clean_against_fault()), &SHIPPED.single), Invariant::NoOverDirty);
    let lock_free = run(&battery::without_lock(), &SHIPPED.lock_free);
    assert_clean("lock-free without the lock", &lock_free);
}

#[test]
fn a_handler_without_the_spurious_fault_path_is_convicted_by_i16() {
    convicted(&run(&battery::spurious_path_missing(), &SHIPPED.single), Invariant::Progress);
}

#[test]
fn a_clean_an_unmapping_and_hd_off_need_their_invalidations() {
    let [clean, unmap, control] = battery::without_invalidation();
    convicted(&run(&clean, &SHIPPED.single), Invariant::NoLostDirty);
    convicted(&run(&unmap, &SHIPPED.single), Invariant::Tlb);
    convicted(&run(&control, &SHIPPED.single), Invariant::Tlb);
}

#[test]
fn a_walker_that_clears_ro_first_is_convicted_by_i4() {
    let mut scenarios = battery::i4();
    for scenario in &mut scenarios {
        scenario.agents[1].updates = Updates::DirtyFirst;
    }
    convicted(&run(&scenarios, &SHIPPED.single), Invariant::Encoding);
}

#[test]
fn a_goal_that_is_out_of_reach_is_missed() {
    let mut scenarios = battery::i20();
    scenarios.retain(|scenario| scenario.agents[1].ha);
    for scenario in &mut scenarios {
        scenario.agents[1].ha = false;
    }
    assert!(!run(&scenarios, &SHIPPED.single).missed.is_empty(), "AF was set again with HA=0");
}

#[test]
fn an_illegal_start_shows_what_the_fault_cap_is_for() {
    // RO with neither W nor a handler's business: the write is refused, not repeated.
    let agents = vec![Agent::new(battery::NOTHING, &[WRITE])];
    let refused = run(&[Scenario::new("a write to a read-only page", RO, agents)], &SHIPPED.single);
    assert_clean("a write to a read-only page", &refused);
    let actions = [Action::SetDirtyManagement(false, true), WRITE];
    let agents = vec![Agent::new(battery::BOTH, &actions)];
    let start = W | RO;
    let granted =
        run(&[Scenario { cap: 0, ..Scenario::new("no fault allowed", start, agents) }], &SHIPPED.single);
    convicted(&granted, Invariant::Progress);
}

/// v4 with the caller of before 4.14, whose `pte_mkdirty` left RO alone.
struct V4WithOldCaller;

impl Variant for V4WithOldCaller {
    const NAME: &'static str = "v4 with the caller of before 4.14";
    const ORIGIN: &'static str = "none: the two never ran together";

    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        V3::build_entry(stage, snapshot, write)
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
        V4::set_access_flags(slot, entry, write, place)
    }
}

#[test]
fn a_dirty_entry_that_keeps_ro_loops_in_v4() {
    let report = run(&battery::with_lock(), &family::variant::<V4WithOldCaller>());
    convicted(&report, Invariant::Encoding);
    convicted(&report, Invariant::Progress);
}

#[test]
fn what_the_old_modify_leaves_loops_in_v4m() {
    let modify = family::neighbour(Neighbour::ModifyLeavesReadOnly).modify;
    let report = run(&battery::i19(), &Family { modify, ..family::variant::<V4m>() });
    convicted(&report, Invariant::Encoding);
    convicted(&report, Invariant::Progress);
    convicted(&report, Invariant::ReturnValue);
}
