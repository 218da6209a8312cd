//! The functions that carry out cases, found by the case's name.

use super::{
    Function, abandonment, ordering, probes, product, races, seed, self_check, sequences, set_access_flags,
    software, stale, swap, table_memory, updates,
};
use cases::{Body, SUITES};

/// The functions of each module, by the name of the case.
const FUNCTIONS: &[&[(&str, Function)]] = &[
    abandonment::FUNCTIONS,
    ordering::FUNCTIONS,
    probes::FUNCTIONS,
    product::FUNCTIONS,
    races::FUNCTIONS,
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

/// Returns the function that carries out the case of this name.
pub fn of(name: &str) -> Option<Function> {
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
