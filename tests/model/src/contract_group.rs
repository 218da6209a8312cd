//! What the contiguous forms leave and owe when nothing comes between, by a definition of its own.

use crate::{
    algebra::alone,
    descriptors::{AF, D, FLAGS, PLACE, RO, W, legal_flags, page, show},
    family::{Family, Fold},
    operation::Operation,
    tape::{Memory, Tape},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Change, FoldError, Invalidation, Outcome, Scope};

fn group(flags: [u64; 2], contiguous: bool) -> Memory {
    let bit = if contiguous { Descriptor::CONTIGUOUS } else { 0 };
    [page(0, flags[0] | bit), page(1, flags[1] | bit)]
}

/// Returns the index of the first cell that an invalidation covers, and how many.
fn covers(owed: Invalidation) -> (u64, u64) {
    if !owed.is_owed() {
        return (0, 0);
    }
    ((owed.start().0 - PLACE.address.0) / PLACE.size(), owed.entries())
}

/// Returns what an invalidation should cover that is due for these cells.
const fn due(cells: [bool; 2]) -> (u64, u64) {
    match cells {
        [false, false] => (0, 0),
        [true, false] => (0, 1),
        [false, true] => (1, 1),
        [true, true] => (0, 2),
    }
}

/// Compares what was left and is owed with what one cell after the other should give.
fn compare(
    what: &str,
    start: Memory,
    after: Memory,
    expected: Memory,
    owed: (Invalidation, [bool; 2], Scope),
) -> Result<(), String> {
    let (owed, cells, scope) = owed;
    if after != expected {
        return Err(format!("{what} of {} leaves {}", show_all(start), show_all(after)));
    }
    let scope = if cells == [false, false] { Scope::None } else { scope };
    if (covers(owed), owed.scope()) != (due(cells), scope) {
        return Err(format!("{what} of {} owes {:?} over {:?}", show_all(start), owed.scope(), covers(owed)));
    }
    Ok(())
}

fn show_all(memory: Memory) -> String {
    memory.map(show).join(" | ")
}

fn set_access_flags(family: &Family, start: Memory, target: usize, write: bool) -> Result<(), String> {
    let entry = (family.build_entry)(start[target], write);
    let run = |tape: &Tape| (family.set_access_flags)(tape, target, entry, write);
    let (after, change): (Memory, Change) = alone(start, 2, run).ok_or("does not end")?;
    let expected = start.map(|found| afdbm::operations::join(PLACE.stage(), found, entry));
    let granted = [0, 1].map(|index| start[index].is_read_only() && !expected[index].is_read_only());
    compare("set_access_flags", start, after, expected, (change.owed, granted, Scope::ThisCpu))?;
    let outcome = if start == after { Outcome::Unchanged } else { Outcome::Changed };
    if (change.outcome, change.found, change.left) != (outcome, start[target], after[target]) {
        return Err(format!("set_access_flags of {} reports {:?}", show_all(start), change.outcome));
    }
    Ok(())
}

fn others(family: &Family, start: Memory) -> Result<(), String> {
    let (after, (young, owed)) = alone(start, 2, family.test_and_clear_young).ok_or("does not end")?;
    let old = start.map(|found| found.without(AF));
    let fell = start.map(Descriptor::is_young);
    compare("test_and_clear_young", start, after, old, (owed, fell, Scope::AllCpus))?;
    if young != fell.contains(&true) {
        return Err(format!("test_and_clear_young of {} tells {young}", show_all(start)));
    }
    let protect = |tape: &Tape| Operation::WriteProtect.run(family, tape);
    let (after, change) = alone(start, 2, protect).ok_or("does not end")?;
    let protected = start.map(|found| {
        let dirty = if found.is_dirty() { D } else { 0 };
        found.with(dirty | RO).without(W)
    });
    let fell = [0, 1].map(|index| start[index] != protected[index]);
    if (change.found, change.left) != (start[0], protected[0]) {
        return Err(format!("write_protect of {} reports another cell than the first", show_all(start)));
    }
    compare("write_protect", start, after, protected, (change.owed, fell, Scope::AllCpus))
}

fn fold(family: &Family, flags: [u64; 2], contiguous: bool) -> Result<(), String> {
    let start = group(flags, contiguous);
    let convert: Fold = if contiguous { family.unfold } else { family.refold };
    let (after, result) = alone(start, 2, convert).ok_or("does not end")?;
    let young = start.iter().any(|found| found.is_young());
    let dirty = start.iter().any(|found| found.is_dirty());
    for (before, after) in start.iter().zip(after) {
        let alike = (before.0 ^ after.0) & !FLAGS == Descriptor::CONTIGUOUS && after.is_legal_state();
        if !alike
            || after.is_young() != young
            || after.is_dirty() != dirty
            || after.is_writable() != before.is_writable()
        {
            return Err(format!("folding {} leaves {}", show_all(start), show(after)));
        }
    }
    if result != Ok(after[0]) {
        return Err(format!("folding {} returns {result:?}", show_all(start)));
    }
    Ok(())
}

fn refuses(family: &Family, start: Memory, error: FoldError) -> Result<(), String> {
    let (after, result) = alone(start, 2, family.refold).ok_or("does not end")?;
    if after == start && result == Err(error) {
        return Ok(());
    }
    Err(format!("folding {} returns {result:?}, not {error:?}", show_all(start)))
}

/// Returns every way in which the family's contiguous forms do not do what they should.
#[must_use]
pub fn check(family: &Family) -> Vec<String> {
    let mut failures = vec![];
    for first in legal_flags() {
        for second in legal_flags().into_iter().filter(|second| (first ^ second) & W == 0) {
            let start = group([first, second], true);
            for (target, write) in [(0, false), (1, false), (0, true), (1, true)] {
                if !write || first & W != 0 {
                    failures.extend(set_access_flags(family, start, target, write).err());
                }
            }
            failures.extend(others(family, start).err());
            failures.extend(fold(family, [first, second], true).err());
            failures.extend(fold(family, [first, second], false).err());
        }
    }
    let [first, second] = group([W | RO, W | RO], false);
    let gap = second.without(Descriptor::VALID);
    let far = Descriptor(second.0 + PLACE.size());
    let other = second.with(Descriptor::UXN).without(Descriptor::NG);
    let mixed = second.with(Descriptor::CONTIGUOUS);
    let odd = [second, far];
    failures.extend(refuses(family, [first, mixed], FoldError::Differs(1, mixed)).err());
    failures.extend(refuses(family, [first, gap], FoldError::Invalid(1, gap)).err());
    failures.extend(refuses(family, [first, far], FoldError::Differs(1, far)).err());
    failures.extend(refuses(family, [first, other], FoldError::Differs(1, other)).err());
    failures.extend(refuses(family, odd, FoldError::Misaligned(second)).err());
    failures
}
