//! I1 to I24: the shipped operations survive each interleaving.

use afdbm_model::{
    battery::{self, run},
    family::Family,
    scenario::Scenario,
    shipped::SHIPPED,
    testing::{assert_clean, measured},
};

/// Explores with the page-table lock as the routine needs it: v4 with it where the scenario has it.
fn clean(name: &str, family: &Family, scenarios: &[Scenario]) {
    assert!(!scenarios.is_empty(), "{name} has no worlds");
    let title = format!("{name} ({})", family.name);
    assert_clean(&title, &measured(&title, || run(scenarios, family)));
}

fn with_lock(scenarios: Vec<Scenario>) -> Vec<Scenario> {
    scenarios.into_iter().filter(|scenario| scenario.locked).collect()
}

fn without_lock(scenarios: Vec<Scenario>) -> Vec<Scenario> {
    scenarios.into_iter().map(Scenario::unlocked).collect()
}

macro_rules! interleavings {
    ($($test:ident: $id:ident $(, $also:ident)*;)+) => {
        $(
            #[test]
            fn $test() {
                clean(stringify!($id), &SHIPPED.single, &interleavings!(@with $id $($also)*));
                clean(stringify!($id), &SHIPPED.lock_free, &interleavings!(@free $id $($also)*));
            }
        )+
    };
    // What stands without the lock in the reference stands so for both.
    (@with $id:ident no_lock) => { battery::$id() };
    (@with $id:ident) => { with_lock(battery::$id()) };
    (@free $id:ident no_lock) => { battery::$id() };
    (@free $id:ident) => { without_lock(battery::$id()) };
}

interleavings! {
    i01_age_read_write_within_two_faults: i1;
    i02_what_only_the_hardware_dirtied_stays_dirty: i2;
    i03_a_fault_against_a_walker_that_writes: i3;
    i04_a_fault_against_a_walker_that_updates_twice: i4;
    i05_a_write_fault_while_another_cpu_writes: i5;
    i06_a_difference_in_ro_alone_is_no_no_op: i6;
    i07_a_fault_against_aging_without_the_lock: i7, no_lock;
    i08_a_fault_against_write_protect: i8;
    i09_a_fault_against_get_and_clear: i9;
    i10_write_protect_against_a_write: i10;
    i11_a_write_after_a_clean_dirties_again: i11;
    i12_aging_against_a_write: i12;
    i13_af_and_dirty_cleared_by_one_store: i13;
    i14_get_and_clear_against_a_write_through_the_tlb: i14;
    i15_aged_then_unmapped_as_old: i15;
    i16_write_granted_with_a_local_invalidation: i16;
    i19_modify_to_none_and_back: i19;
    i20_aged_and_young_again_by_speculation: i20;
    i21_a_failing_compare_and_swap: i21;
    i22_dirty_management_switched_off: i22;
    i23_a_read_fault_and_a_write_fault_without_the_lock: i23, no_lock;
    i24_a_stale_snapshot: i24;
}

#[test]
fn i17_a_sibling_that_hardware_dirties() {
    clean("i17", &SHIPPED.group, &battery::i17());
}

#[test]
fn i18_unfold_and_refold_against_writes() {
    clean("i18", &SHIPPED.group, &battery::i18());
}

#[test]
fn three_agents() {
    clean("three agents", &SHIPPED.single, &battery::three_agents());
    clean("three agents", &SHIPPED.lock_free, &without_lock(battery::three_agents()));
}

#[test]
fn a_fault_against_a_clean() {
    clean("clean", &SHIPPED.single, &with_lock(battery::clean_against_fault()));
    clean("clean", &SHIPPED.lock_free, &without_lock(battery::clean_against_fault()));
}

#[test]
fn grants_reach_every_walker() {
    clean("grants", &SHIPPED.single, &battery::grants());
}

#[test]
fn a_page_is_replaced_with_its_dirty_state() {
    clean("break before make", &SHIPPED.single, &battery::replaced());
    clean("a page mapped into the gap", &SHIPPED.single, &battery::gap());
}
