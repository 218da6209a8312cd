//! Invariant 8, without interleavings: twice is as once, and the order of two does not matter.

use crate::{
    descriptors::{legal_flags, page, show},
    explore::Report,
    family::Family,
    tape::{Answered, Memory, Run, Tape},
    world::Violation,
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Invariant, Orders, commutes};

/// Runs `operation` alone, step by step, and returns the memory and the result; `None` if it does not end.
pub fn alone<R>(start: Memory, entries: usize, operation: impl Fn(&Tape) -> R) -> Option<(Memory, R)> {
    let mut memory = start;
    let mut history: Vec<Answered> = vec![];
    loop {
        let (after, run) = Tape::run(memory, entries, &history, false, &operation);
        memory = after;
        match run {
            Run::Done { result, .. } => return Some((memory, result)),
            Run::Going { history: longer, .. } => history = longer,
            Run::Runaway => return None,
        }
    }
}

/// Returns what breaks invariant 8, or nothing.
#[must_use]
pub fn check(family: &Family) -> Vec<Violation> {
    let mut broken = vec![];
    for flags in legal_flags() {
        let start = page(0, flags);
        let run = |memory: Descriptor, (entry, write): (Descriptor, bool)| {
            let routine = |tape: &Tape| (family.set_access_flags)(tape, 0, entry, write);
            alone([memory, Descriptor::INVALID], 1, routine).map_or(memory, |(after, _)| after[0])
        };
        let read = ((family.build_entry)(start, false), false);
        let write = ((family.build_entry)(start, true), true);
        let requests: &[_] = if start.is_writable() { &[read, write] } else { &[read] };
        for first in requests {
            let once = run(start, *first);
            let twice = run(once, *first);
            if let Some(breach) = commutes(&Orders { one: once, other: twice }) {
                let message = format!("from {}: once {}, twice {}", show(start), show(once), show(twice));
                broken.push(Violation::of(breach, message));
            }
            for second in requests {
                let (forth, back) = (run(once, *second), run(run(start, *second), *first));
                if let Some(breach) = commutes(&Orders { one: forth, other: back }) {
                    let message = format!(
                        "from {}: in one order {}, in the other {}",
                        show(start),
                        show(forth),
                        show(back)
                    );
                    broken.push(Violation::of(breach, message));
                }
            }
        }
    }
    broken
}

/// Returns the numbers of all that `report` and the algebra of `family` break.
#[must_use]
pub fn broken(report: &Report, family: &Family) -> Vec<u8> {
    let mut numbers: Vec<_> = report.invariants().into_iter().map(Invariant::number).collect();
    if family_is_single(family) && !check(family).is_empty() {
        numbers.push(Invariant::Commutes.number());
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Tells whether the family works on single descriptors.
fn family_is_single(family: &Family) -> bool {
    !family.name.starts_with('c')
}
