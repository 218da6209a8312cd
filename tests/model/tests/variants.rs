//! Every variant against every interleaving: what each breaks is frozen here, and how in `tests/golden/`.

use afdbm::operations::Invariant;
use afdbm_model::{
    algebra,
    battery::{self, run},
    descriptors::{FLAGS, RO, W},
    explore::Report,
    family::{self, Family},
    scenario::READ,
    testing::{assert_clean, assert_golden, findings, measured},
};
use history::{GroupSelection, Neighbour, Selection};

/// What a variant breaks, in the numbers of the invariants.
struct Frozen {
    name: &'static str,
    /// With the page-table lock, from legal states; v4m from what the old `modify` leaves.
    breaks: &'static [u8],
    /// The column "breaks" of the reference.
    reference: &'static [u8],
    /// Why the two differ.
    difference: &'static str,
}

/// Read and write entries built from one snapshot, recorded in either order, leave different descriptors: v0 to v2
/// take RO from the entry alone, or from the kind of fault. The reference's column was derived from one fault at a
/// time, and could not show it.
const ORDER_MATTERS: &str = "8 is new: two faults whose entries come from one snapshot do not commute";

const FROZEN: [Frozen; 9] = [
    Frozen { name: "v0", breaks: &[1, 3, 8], reference: &[1, 3], difference: ORDER_MATTERS },
    Frozen { name: "v1", breaks: &[1, 3, 4, 5, 8], reference: &[1, 3, 4, 5], difference: ORDER_MATTERS },
    Frozen { name: "v2", breaks: &[1, 3, 8], reference: &[1, 3], difference: ORDER_MATTERS },
    Frozen { name: "v3", breaks: &[], reference: &[], difference: "" },
    Frozen { name: "v4", breaks: &[], reference: &[], difference: "" },
    Frozen { name: "v4m", breaks: &[5, 6], reference: &[5, 6], difference: "" },
    Frozen { name: "lock-free", breaks: &[], reference: &[], difference: "" },
    Frozen { name: "c0", breaks: &[5, 6], reference: &[5, 6], difference: "" },
    Frozen { name: "c1", breaks: &[], reference: &[], difference: "" },
];

fn explore(family: &Family) -> Report {
    let scenarios = match family.name {
        "c0" | "c1" => battery::of_groups(),
        "v4m" => battery::i6(),
        _ => battery::with_lock(),
    };
    measured(family.name, || run(&scenarios, family))
}

#[test]
fn each_variant_breaks_what_it_is_known_to_break() {
    let mut wrong = vec![];
    for (family, frozen) in family::variants().iter().zip(&FROZEN) {
        assert_eq!(family.name, frozen.name);
        let report = explore(family);
        let broken = algebra::broken(&report, family);
        println!("{}: breaks {broken:?}, the reference says {:?}", family.name, frozen.reference);
        if broken != frozen.breaks {
            let text = findings(&report);
            wrong.push(format!("{} breaks {broken:?}, frozen are {:?}\n{text}", family.name, frozen.breaks));
        }
        let explained = frozen.breaks == frozen.reference || !frozen.difference.is_empty();
        assert!(explained, "{}: a difference to the reference wants an explanation", frozen.name);
        if broken.is_empty() {
            assert_clean(family.name, &report);
        } else {
            let first = algebra::check(family).into_iter().next();
            let algebra = first.filter(|_| broken.contains(&Invariant::Commutes.number()));
            let algebra = algebra.map(|first| format!("invariant {}: {}\n", first.invariant, first.message));
            assert_golden(family.name, &(findings(&report) + &algebra.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_history_calls_wrong_is_what_breaks_something() {
    let single = Selection::ALL.iter().map(|variant| (variant.name(), variant.is_wrong()));
    let group = GroupSelection::ALL.iter().map(|variant| (variant.name(), variant.is_wrong()));
    let mut called: Vec<_> = single.chain(group).collect();
    let mut broken: Vec<_> = FROZEN.iter().map(|frozen| (frozen.name, !frozen.breaks.is_empty())).collect();
    called.sort_unstable();
    broken.sort_unstable();
    assert_eq!(called, broken);
}

#[test]
fn v0_to_v2_lose_a_write_of_the_hardware_in_the_race() {
    let mut scenarios = battery::i3();
    scenarios.retain(|scenario| {
        let walker = &scenario.agents[1];
        walker.hd && scenario.start[0].0 & FLAGS == W | RO && scenario.agents[0].script == [READ]
    });
    let variants = family::variants();
    for family in variants.iter().filter(|family| !family.name.starts_with('c')) {
        let report = measured(family.name, || run(&scenarios, family));
        if matches!(family.name, "v0" | "v1" | "v2") {
            assert!(report.invariants().contains(&Invariant::NoLostDirty), "{}", findings(&report));
            assert_golden(&format!("{}-race", family.name), &findings(&report));
        } else {
            assert_clean(family.name, &report);
        }
    }
}

#[test]
fn v1_is_masked_where_the_faulting_cpu_manages_the_dirty_state() {
    let v1 = family::variant::<history::V1>();
    let mut scenarios = battery::i1();
    let loops = run(&scenarios, &v1);
    assert!(loops.invariants().contains(&Invariant::Progress), "{}", findings(&loops));
    for scenario in &mut scenarios {
        scenario.agents[0].ha = true;
        scenario.agents[0].hd = true;
    }
    let masked = run(&scenarios, &v1);
    assert!(!masked.invariants().contains(&Invariant::Progress), "{}", findings(&masked));
}

#[test]
fn each_wrong_neighbour_is_convicted() {
    let expected: [(Neighbour, &[u8]); 6] = [
        (Neighbour::WriteProtectDropsDirty, &[1]),
        (Neighbour::CleanLeavesWritable, &[9]),
        (Neighbour::DirtyLeavesReadOnly, &[4]),
        (Neighbour::ModifyLeavesReadOnly, &[4]),
        (Neighbour::WritableDirties, &[9]),
        (Neighbour::OldByStore, &[1]),
    ];
    assert_eq!(expected.map(|(neighbour, _)| neighbour), Neighbour::ALL);
    for (neighbour, numbers) in expected {
        let family = family::neighbour(neighbour);
        let report = measured(family.name, || run(&battery::of_operations(), &family));
        let broken: Vec<_> = report.invariants().into_iter().map(Invariant::number).collect();
        println!("{}: breaks {broken:?}", family.name);
        assert_golden(family.name, &findings(&report));
        assert_eq!(broken, numbers, "{}\n{}", family.name, findings(&report));
    }
}
