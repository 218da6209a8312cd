//! Carries out cases: what is data by the suite that knows how, the others by a function that bears the case's name.

use super::{
    Conclusion, Context, Function, Trouble, abandonment, copy_and_set, dirty_log, herd, invalidations,
    ordering, probes, product, races, regimes, seed, self_check, sequences, set_access_flags, software,
    spaces, stale, swap, sweep, table_memory, updates,
};
use alloc::format;
use cases::{Body, Case, SUITES};

/// The functions of each module, by the name of the case.
const FUNCTIONS: &[&[(&str, Function)]] = &[
    abandonment::FUNCTIONS,
    copy_and_set::FUNCTIONS,
    dirty_log::FUNCTIONS,
    ordering::FUNCTIONS,
    probes::FUNCTIONS,
    product::FUNCTIONS,
    product::accesses::FUNCTIONS,
    races::FUNCTIONS,
    regimes::FUNCTIONS,
    seed::FUNCTIONS,
    self_check::FUNCTIONS,
    sequences::FUNCTIONS,
    set_access_flags::FUNCTIONS,
    software::FUNCTIONS,
    stale::FUNCTIONS,
    swap::FUNCTIONS,
    table_memory::FUNCTIONS,
    updates::FUNCTIONS,
];

/// Does what a case says.
///
/// # Errors
///
/// [`Trouble`] that keeps the case from an answer.
pub fn carry_out(case: &Case, context: &mut Context<'_>) -> Conclusion {
    match case.body {
        Body::Function => match of(case.name) {
            Some(function) => function(context),
            None => Err(Trouble::Other(format!("no function carries out {}", case.name))),
        },
        Body::Combinations(combinations) => product::run_all(combinations, context),
        Body::Varied { combinations, variation } => product::run_varied(combinations, variation, context),
        Body::Race { race, before, expected } => races::carry_out(context, &race, before, expected),
        Body::Schedules { race, expected } => sweep::carry_out(context, &race, expected),
        Body::Trials { version, starts, expected } => {
            set_access_flags::carry_out_trials(context, version, starts, expected)
        }
        Body::GroupTrials { version, expected } => {
            set_access_flags::carry_out_group_trials(context, version, expected)
        }
        Body::Operation { neighbour, form, expected } => {
            set_access_flags::carry_out_operation(context, neighbour, form, expected)
        }
        Body::Swapping { version, machine, verdict } => swap::fill(context, version, machine, verdict),
        Body::Geometries(selection) => spaces::run_geometries(context, selection),
        Body::Extended(selection) => spaces::run_extended(context, selection),
        Body::Nested(selection) => spaces::run_nested(context, selection),
        Body::Invalidating(invalidating) => invalidations::carry_out(context, &invalidating),
        Body::Litmus(offset) => herd::run(offset, context),
    }
}

/// Returns the function that carries out the case of this name.
fn of(name: &str) -> Option<Function> {
    FUNCTIONS.iter().copied().flatten().find(|(case, _)| *case == name).map(|(_, function)| *function)
}

// Each case that is declared a function has exactly one here, and each function here its case.
const _: () = {
    let (mut declared, mut found) = (0, 0);
    let mut suite = 0;
    while suite < SUITES.len() {
        let mut case = 0;
        while case < SUITES[suite].cases.len() {
            if let Body::Function = SUITES[suite].cases[case].body {
                declared += 1;
                assert!(count(SUITES[suite].cases[case].name) == 1, "a declared case has not one function");
            }
            case += 1;
        }
        suite += 1;
    }
    let mut module = 0;
    while module < FUNCTIONS.len() {
        found += FUNCTIONS[module].len();
        module += 1;
    }
    assert!(declared == found, "a function carries out no case that is declared");
};

/// Returns how many functions bear a name.
const fn count(name: &str) -> usize {
    let mut count = 0;
    let mut module = 0;
    while module < FUNCTIONS.len() {
        let mut place = 0;
        while place < FUNCTIONS[module].len() {
            count += equal(FUNCTIONS[module][place].0, name) as usize;
            place += 1;
        }
        module += 1;
    }
    count
}

const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}
