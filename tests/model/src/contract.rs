//! What each operation leaves when nothing comes between, by a definition of its own: a page is young or not, writable
//! or not, dirty or not, and each operation changes one of the three.

use crate::{
    algebra::alone,
    descriptors::{AF, D, FLAGS, RO, W, legal_flags, page, show},
    family::{ANOTHER_PAGE, Family},
    operation::{NONE, Operation, READ_ONLY, READ_WRITE},
    shipped::SHIPPED,
    tape::{Memory, Tape},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Access, Change, NO_ACCESS, Outcome, Protection, Scope};

/// A page as an operating system sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct View {
    young: bool,
    writable: bool,
    dirty: bool,
}

impl View {
    const fn of(flags: u64) -> Self {
        let writable = flags & W != 0;
        Self { young: flags & AF != 0, writable, dirty: flags & D != 0 || writable && flags & RO == 0 }
    }
}

/// Returns what an operation makes of a page, and whose TLBs may hold what it took away.
fn expected(operation: Operation, view: View) -> (View, Scope) {
    let (mut after, all) = (view, Scope::AllCpus);
    let scope = match operation {
        Operation::MakeOld => {
            after.young = false;
            all
        }
        Operation::MakeClean => {
            after.dirty = false;
            all
        }
        Operation::MakeOldAndClean => {
            (after.young, after.dirty) = (false, false);
            all
        }
        Operation::WriteProtect | Operation::Modify(READ_ONLY) => {
            after.writable = false;
            all
        }
        Operation::Modify(_) => {
            after.writable = true;
            all
        }
        Operation::MakeDirty => {
            after.dirty = true;
            if view.writable && !view.dirty { Scope::ThisCpu } else { Scope::None }
        }
        Operation::MakeWritable => {
            after.writable = true;
            Scope::ThisCpu
        }
        _ => Scope::None,
    };
    (after, scope)
}

const PLAIN: [Operation; 8] = [
    Operation::MakeOld,
    Operation::MakeClean,
    Operation::MakeOldAndClean,
    Operation::WriteProtect,
    Operation::Modify(READ_ONLY),
    Operation::Modify(READ_WRITE),
    Operation::MakeDirty,
    Operation::MakeWritable,
];

fn memory(flags: u64) -> Memory {
    [page(0, flags), Descriptor::INVALID]
}

/// Runs an operation on one page, alone.
fn run(family: &Family, operation: Operation, start: Memory) -> Option<(Descriptor, Change)> {
    alone(start, 1, |tape| operation.run(family, tape)).map(|(after, change)| (after[0], change))
}

/// Checks the eight operations that change flags.
fn plain(family: &Family, operation: Operation, flags: u64) -> Result<(), String> {
    let start = page(0, flags);
    let (after, change) = run(family, operation, memory(flags)).ok_or("does not end")?;
    let fail = |what: &str| Err(format!("{} of {}: {what}, {}", operation.name(), show(start), show(after)));
    let (view, scope) = expected(operation, View::of(flags));
    if View::of(after.0) != view || !after.is_legal_state() {
        return fail("leaves another state");
    }
    if (after.0 ^ start.0) & !FLAGS != 0 {
        return fail("changes another bit");
    }
    if after.is_dirty() && !after.has(D) && View::of(flags) != view && operation != Operation::MakeOld {
        return fail("leaves the dirty state to RO alone");
    }
    judge(change, start, after, if start == after { Scope::None } else { scope })
        .or_else(|what| fail(&what))?;
    if operation == Operation::MakeOld {
        let (_, (young, owed)) =
            alone(memory(flags), 1, family.test_and_clear_young).ok_or("does not end")?;
        if young != start.is_young() || owed != change.owed {
            return fail(&format!("test_and_clear_young tells {young}"));
        }
    }
    Ok(())
}

/// Checks what an operation reports against what it did.
fn judge(change: Change, before: Descriptor, after: Descriptor, scope: Scope) -> Result<(), String> {
    let outcome = if before == after { Outcome::Unchanged } else { Outcome::Changed };
    if (change.found, change.left, change.outcome) != (before, after, outcome) {
        return Err(format!(
            "reports {:?} from {} to {}",
            change.outcome,
            show(change.found),
            show(change.left)
        ));
    }
    if change.owed.scope() != scope {
        return Err(format!("owes {:?}, not {scope:?}", change.owed.scope()));
    }
    Ok(())
}

/// Invalid descriptors: nothing, and what may be a swap entry.
const EMPTY: [Descriptor; 2] = [Descriptor::INVALID, Descriptor(0x0088_0000_0bad_0040)];

/// Checks that an operation leaves an invalid descriptor bit-identical and says so.
fn invalid(family: &Family, operation: Operation, start: Descriptor) -> Result<(), String> {
    let (after, change) = run(family, operation, [start; 2]).ok_or("does not end")?;
    if after == start && change.outcome == Outcome::Stale && change.owed.scope() == Scope::None {
        return Ok(());
    }
    Err(format!("{} of an invalid descriptor: {:?}, {}", operation.name(), change.outcome, show(after)))
}

/// Checks a change of protection between all of them, from a page of all others.
fn protections(family: &Family, from: Protection, to: Protection) -> Result<(), String> {
    let start = afdbm::operations::modified(page(0, AF | RO), from);
    let (after, _) = run(family, Operation::Modify(to), [start; 2]).ok_or("does not end")?;
    let expected = [
        (Descriptor::AP1, to.user),
        (Descriptor::PXN, to.privileged_execute_never),
        (Descriptor::UXN, to.user_execute_never),
        (Descriptor::DBM, to.access == Access::ReadWrite),
    ];
    if let Some((mask, _)) = expected.into_iter().find(|(mask, set)| after.has(*mask) != *set) {
        return Err(format!("modify from {from:?} to {to:?} leaves bit {} wrong", mask.trailing_zeros()));
    }
    Ok(())
}

fn all_protections() -> impl Iterator<Item = Protection> + Clone {
    (0..16).map(|bits| Protection {
        access: if bits & 8 == 0 { Access::ReadOnly } else { Access::ReadWrite },
        user: bits & 1 != 0,
        privileged_execute_never: bits & 2 != 0,
        user_execute_never: bits & 4 != 0,
    })
}

/// Checks an entry that asks for more, or of another page, than memory has: with the lock the caller has a right to it,
/// without it the entry is stale.
fn foreign_entries(family: &Family, lock_free: bool) -> Vec<String> {
    let memory = page(0, AF | RO);
    let writable = page(0, AF | W | D);
    let mut failures = vec![];
    let mut expect = |start: Descriptor, entry: Descriptor, expected: Descriptor, stale: bool| {
        let set = |tape: &Tape| (family.set_access_flags)(tape, 0, entry, true);
        let result =
            alone([start; 2], 1, set).map(|(after, change)| (after[0], change.outcome == Outcome::Stale));
        if result != Some((expected, stale)) {
            failures.push(format!("entry {} on {}: {result:?}", show(entry), show(start)));
        }
    };
    if lock_free {
        expect(memory, writable, memory, true);
        for bit in [1 << 12, Descriptor::NG, Descriptor::UXN, Descriptor::VALID, W] {
            let other = Descriptor(page(0, W | RO).0 ^ bit);
            expect(other, page(0, AF | W | D), other, true);
        }
        // RO falls only where memory has W, whatever the entry is.
        expect(page(0, RO), page(0, AF), page(0, AF | RO), false);
    } else {
        expect(memory, writable, writable, false);
        // W alone rises: a hardware walker may dirty it, and a TLB may hold that it may not.
        let clean = page(0, AF | W | RO);
        let set = |tape: &Tape| (family.set_access_flags)(tape, 0, clean, false);
        let result = alone([memory; 2], 1, set).map(|(after, change)| (after[0], change.owed.scope()));
        if result != Some((clean, Scope::ThisCpu)) {
            failures.push(format!("entry {} on {}: {result:?}", show(clean), show(memory)));
        }
    }
    let built = (family.build_entry)(memory, true);
    if built != memory.with(D) {
        failures.push(format!("a write to {} is built as {}", show(memory), show(built)));
    }
    failures
}

/// Checks the way to no access and back.
fn no_access(family: &Family, flags: u64) -> Result<(), String> {
    let start = page(0, flags);
    let (hidden, change) = run(family, Operation::Modify(NONE), memory(flags)).ok_or("does not end")?;
    let kept = start.0 & !(FLAGS | Descriptor::VALID | Descriptor::AP1);
    if hidden.is_valid() || !hidden.has(NO_ACCESS) || hidden.is_writable() || hidden.0 & kept != kept {
        return Err(format!("modify to none of {} leaves {:#x}", show(start), hidden.0));
    }
    judge(change, start, hidden, Scope::AllCpus)?;
    let shown = [hidden, Descriptor::INVALID];
    let (back, change) = run(family, Operation::Modify(READ_WRITE), shown).ok_or("does not end")?;
    let view = View { writable: true, ..View::of(flags) };
    if View::of(back.0) != view || (back.0 ^ start.0) & !FLAGS != 0 || !back.is_legal_state() {
        return Err(format!("modify to none and back of {} leaves {}", show(start), show(back)));
    }
    judge(change, hidden, back, Scope::None)
}

/// Checks the operations that take the descriptor out.
fn removal(family: &Family, flags: u64) -> Result<(), String> {
    let start = page(0, flags);
    let (after, change) = run(family, Operation::GetAndClear, memory(flags)).ok_or("does not end")?;
    judge(change, start, after, Scope::AllCpus)?;
    if after != Descriptor::INVALID {
        return Err(format!("get and clear leaves {}", show(after)));
    }
    let (_, again) = run(family, Operation::GetAndClear, [after; 2]).ok_or("does not end")?;
    if again.owed.scope() != Scope::None {
        return Err("get and clear of nothing owes something".into());
    }
    let (after, change) = run(family, Operation::Replace, memory(flags)).ok_or("does not end")?;
    if after.0 != start.0 + ANOTHER_PAGE {
        return Err(format!("break before make leaves {}", show(after)));
    }
    judge(change, start, after, Scope::None)
}

/// Checks the routine and its entry.
fn routine(family: &Family, flags: u64, write: bool) -> Result<(), String> {
    let start = page(0, flags);
    let entry = (family.build_entry)(start, write);
    let set = |tape: &Tape| (family.set_access_flags)(tape, 0, entry, write);
    let (after, change) = alone(memory(flags), 1, set).ok_or("set_access_flags does not end")?;
    let view = View { young: true, dirty: View::of(flags).dirty || write, ..View::of(flags) };
    let after = after[0];
    if View::of(after.0) != view || !after.is_legal_state() || (after.0 ^ start.0) & !FLAGS != 0 {
        let kind = if write { "write" } else { "read" };
        return Err(format!("set_access_flags for a {kind} of {} leaves {}", show(start), show(after)));
    }
    let grants = start.is_read_only() && !after.is_read_only();
    judge(change, start, after, if grants { Scope::ThisCpu } else { Scope::None })
}

/// Returns every way in which the family's operations on a single descriptor do not do what they should.
#[must_use]
pub fn check(family: &Family) -> Vec<String> {
    let mut failures = foreign_entries(family, family.name == SHIPPED.lock_free.name);
    for from in all_protections() {
        failures.extend(all_protections().filter_map(|to| protections(family, from, to).err()));
    }
    for operation in PLAIN {
        failures.extend(EMPTY.into_iter().filter_map(|empty| invalid(family, operation, empty).err()));
        failures.extend(legal_flags().into_iter().filter_map(|flags| plain(family, operation, flags).err()));
    }
    for flags in legal_flags() {
        failures.extend(no_access(family, flags).err());
        failures.extend(removal(family, flags).err());
        failures.extend(routine(family, flags, false).err());
        if flags & W != 0 {
            failures.extend(routine(family, flags, true).err());
        }
    }
    failures.extend(EMPTY.into_iter().filter_map(|empty| invalid(family, Operation::Replace, empty).err()));
    failures
}
