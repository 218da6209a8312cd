//! What each operation of stage 2 leaves, returns and owes when nothing comes between, by a definition of its own.

use crate::{
    algebra::alone,
    stage_2::{AF, DBM, NEVER, PLACE, READ, STATES, WRITE, family::Family, page, scenario::Operation, show},
    tape::{Run, Tape},
};
use afdbm::descriptor::Descriptor;
use afdbm::operations::stage_2::Permissions;
use afdbm::operations::{Change, Outcome, Scope, Stage2Invalidation};
use std::cell::RefCell;

/// XN\[0\].
const LOW: u64 = NEVER >> 1;
/// Bits that no operation may touch: one of software's, and the one next to it.
const OTHERS: [u64; 2] = [0, Descriptor::SOFTWARE_DIRTY | 1 << 56];

/// Returns what is not as it should be, or nothing.
#[must_use]
pub fn check(family: &Family) -> Vec<String> {
    let mut wrong = vec![];
    for state in STATES {
        for flags in [0, AF].into_iter().flat_map(|young| OTHERS.map(|others| state | young | others)) {
            for operation in Operation::ALL {
                wrong.extend(plain(family, operation, page(flags)).err());
                let unreadable = Descriptor(page(flags).0 & !READ);
                if operation == Operation::LogByHardware && flags & DBM == 0 {
                    wrong.extend(leaves(family, operation, unreadable, unreadable, Scope::None).err());
                }
            }
            for field in [0, LOW, NEVER, NEVER | LOW] {
                for asked in asked() {
                    wrong.extend(relax(family, page(flags | field), asked).err());
                    wrong.extend(relax(family, Descriptor(page(flags | field).0 & !READ), asked).err());
                }
            }
        }
    }
    for operation in Operation::ALL {
        let invalid = Descriptor(0xdead_0000);
        let left = if operation == Operation::Remove { Descriptor::INVALID } else { invalid };
        wrong.extend(leaves(family, operation, invalid, left, Scope::None).err());
    }
    let invalid = Descriptor(0xdead_0000);
    let (after, change, _) = run_relax(family, invalid, Permissions { write: true, ..Permissions::READ });
    if after != invalid || change.outcome != Outcome::Stale || change.owed.is_owed() {
        wrong.push("relax changes an invalid descriptor, or owes for it".into());
    }
    wrong
}

fn asked() -> impl Iterator<Item = Permissions> {
    (0..16).map(|bits| Permissions {
        read: bits & 1 != 0,
        write: bits & 2 != 0,
        privileged_execute: bits & 4 != 0,
        user_execute: bits & 8 != 0,
    })
}

/// Checks an operation that asks for nothing.
fn plain(family: &Family, operation: Operation, start: Descriptor) -> Result<(), String> {
    let all = Scope::AllCpus;
    let (mask, set, scope) = match operation {
        Operation::MakeOld => (AF, 0, all),
        Operation::MakeYoung => (AF, AF, Scope::None),
        Operation::WriteProtect | Operation::Withdraw => (WRITE | DBM, 0, all),
        Operation::LogByHardware if start.has(WRITE) => (WRITE | DBM, DBM, all),
        Operation::MakeClean if start.has(DBM) => (WRITE, 0, all),
        Operation::LogByHardware | Operation::MakeClean => (0, 0, Scope::None),
        Operation::Remove => (u64::MAX, 0, all),
    };
    let left = Descriptor(start.0 & !mask | set);
    leaves(family, operation, start, left, if left == start { Scope::None } else { scope })
}

/// Checks what an operation leaves, and that it says so.
fn leaves(
    family: &Family,
    operation: Operation,
    start: Descriptor,
    left: Descriptor,
    scope: Scope,
) -> Result<(), String> {
    let run = |tape: &Tape| operation.run(family, tape);
    let (after, change) = alone([start, Descriptor::INVALID], 1, run).ok_or("does not end")?;
    let outcome = match (operation, start.is_valid(), start == left) {
        (Operation::Remove, ..) => Outcome::Changed,
        (_, false, _) => Outcome::Stale,
        (_, true, true) => Outcome::Unchanged,
        (_, true, false) => Outcome::Changed,
    };
    judge(change, (start, after[0]), (left, outcome, scope))
        .map_err(|what| format!("{} of {}: {what}", operation.name(), show(start)))
}

fn judge(
    change: Change<Stage2Invalidation>,
    (start, after): (Descriptor, Descriptor),
    (left, outcome, scope): (Descriptor, Outcome, Scope),
) -> Result<(), String> {
    if after != left {
        return Err(format!("leaves {}, not {}", show(after), show(left)));
    }
    if (change.found, change.left, change.outcome) != (start, left, outcome) {
        return Err(format!("reports {:?} to {}", change.outcome, show(change.left)));
    }
    if change.owed != Stage2Invalidation::of_leaf(PLACE, scope) {
        return Err(format!("owes {:?}", change.owed));
    }
    Ok(())
}

/// Runs relax alone; returns what it leaves and says, and what it prepared.
fn run_relax(
    family: &Family,
    start: Descriptor,
    asked: Permissions,
) -> (Descriptor, Change<Stage2Invalidation>, Vec<u64>) {
    let prepared = RefCell::new(vec![]);
    let routine = |tape: &Tape| {
        prepared.borrow_mut().clear();
        (family.relax)(tape, asked, &mut |output| prepared.borrow_mut().push(output.0))
    };
    let (after, change) = alone([start, Descriptor::INVALID], 1, routine).expect("it ends");
    (after[0], change, prepared.into_inner())
}

/// Returns what relax prepares where its first exchange fails without a reason.
fn prepared_though_exchange_fails(family: &Family, start: Descriptor, asked: Permissions) -> Vec<u64> {
    let prepared = RefCell::new(vec![]);
    let routine = |tape: &Tape| {
        prepared.borrow_mut().clear();
        (family.relax)(tape, asked, &mut |output| prepared.borrow_mut().push(output.0))
    };
    let memory = [start, Descriptor::INVALID];
    if let (_, Run::Going { history, .. }) = Tape::run(memory, 1, &[], false, routine) {
        let _ = Tape::run(memory, 1, &history, true, routine);
    }
    prepared.into_inner()
}

/// Tells for EL1 and EL0 whether a descriptor lets it execute.
const fn executes(descriptor: Descriptor) -> [bool; 2] {
    let (high, low) = (descriptor.has(NEVER), descriptor.has(LOW));
    [high == low, !high]
}

/// Checks a relaxing.
fn relax(family: &Family, start: Descriptor, asked: Permissions) -> Result<(), String> {
    let (after, change, prepared) = run_relax(family, start, asked);
    let fail = |what: &str| Err(format!("relax of {} for {asked:?}: {what}, {}", show(start), show(after)));
    let [privileged, user] = executes(start);
    let wanted = [privileged || asked.privileged_execute, user || asked.user_execute];
    let flags = (if asked.read { READ } else { 0 }) | (if asked.write { WRITE } else { 0 });
    if executes(after) != wanted || (after.0 ^ (start.0 | flags)) & !(NEVER | LOW) != 0 {
        return fail("leaves another state");
    }
    let outcome = if after == start { Outcome::Unchanged } else { Outcome::Changed };
    judge(change, (start, after), (after, outcome, Scope::ThisCpu)).or_else(|what| fail(&what))?;
    let expected: &[u64] = if executes(start) == wanted { &[] } else { &[0x8000_2000] };
    if prepared != expected {
        return fail("prepares the caches for nothing, or not");
    }
    if after != start && prepared_though_exchange_fails(family, start, asked) != expected {
        return fail("prepares the caches again after an exchange that failed");
    }
    Ok(())
}
