//! What the fault handler answers to each kind of fault, by a definition of its own.

use crate::{
    algebra::alone,
    descriptors::{AF, PLACE, RO, W, page, show},
    family::Family,
    tape::Tape,
};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{Handled, Scope, build_entry, join};

/// A fault as the syndrome tells it.
#[derive(Clone, Copy, Debug)]
struct Told {
    class: u64,
    status: u64,
    write: bool,
    maintenance: bool,
}

/// What should become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    NotOurs,
    Read,
    Write,
}

impl Told {
    const fn fault(self) -> Fault {
        let write = (self.write as u64) << 6 | (self.maintenance as u64) << 8;
        Fault { syndrome: Syndrome(self.class << 26 | 1 << 25 | write | self.status), address: PLACE.address }
    }

    /// Answers as the documentation of the handler does.
    fn answer(self, found: Descriptor) -> Answer {
        let (data, instruction) = (matches!(self.class, 0x24 | 0x25), matches!(self.class, 0x20 | 0x21));
        let write = data && self.write && !self.maintenance;
        let flag = self.status & !3 == 0x08 && (data || instruction);
        let permission = self.status & !3 == 0x0c && write;
        let user = matches!(self.class, 0x20 | 0x24);
        if !found.is_valid() || user && !found.is_user() || !flag && !permission {
            return Answer::NotOurs;
        }
        match (write, found.is_writable()) {
            (true, true) => Answer::Write,
            (true, false) if permission => Answer::NotOurs,
            (_, _) => Answer::Read,
        }
    }
}

fn judge(family: &Family, told: Told, found: Descriptor) -> Result<(), String> {
    let fault = told.fault();
    let run = |tape: &Tape| (family.handle)(&fault, tape, 0);
    let (after, handled) = alone([found, Descriptor::INVALID], 1, run).ok_or("the handler does not end")?;
    let fail = |what: String| Err(format!("{fault} on {}: {what}", show(found)));
    let answer = told.answer(found);
    let expected = match answer {
        Answer::NotOurs => found,
        Answer::Read | Answer::Write => {
            join(PLACE.stage(), found, build_entry(PLACE.stage(), found, answer == Answer::Write))
        }
    };
    if after[0] != expected {
        return fail(format!("leaves {}, not {}", show(after[0]), show(expected)));
    }
    let grants = found.is_read_only() && !expected.is_read_only();
    match handled {
        Handled::NotOurs(_) if answer == Answer::NotOurs => Ok(()),
        Handled::Resolved(change) if answer != Answer::NotOurs && expected != found => {
            let scope = if grants { Scope::ThisCpu } else { Scope::None };
            if change.owed.scope() == scope {
                Ok(())
            } else {
                fail(format!("owes {:?}", change.owed.scope()))
            }
        }
        Handled::Spurious(change) if answer != Answer::NotOurs && expected == found => {
            if change.owed.scope() == Scope::ThisCpu { Ok(()) } else { fail("owes nothing".into()) }
        }
        other => fail(format!("answers {other:?}")),
    }
}

/// Returns every way in which the family's handler answers a fault on one page wrongly.
#[must_use]
pub fn check(family: &Family) -> Vec<String> {
    let mut failures = vec![];
    let young = page(0, AF | W | RO);
    let descriptors = [
        page(0, W | RO),
        young,
        page(0, AF | W),
        young.with(Descriptor::SOFTWARE_DIRTY),
        page(0, RO),
        page(0, AF | RO),
        young.without(Descriptor::AP1),
        young.without(Descriptor::VALID),
        young.without(Descriptor::TABLE_OR_PAGE),
    ];
    for class in [0x20, 0x21, 0x24, 0x25, 0x3c] {
        for status in [0x07, 0x0b, 0x0f, 0x10] {
            for (write, maintenance) in [(false, false), (true, false), (true, true)] {
                let told = Told { class, status, write, maintenance };
                // A reserved encoding is invalid to a walk, whatever bit 0 says.
                let seen = |found: Descriptor| found.has(Descriptor::TABLE_OR_PAGE);
                for found in descriptors {
                    let judged = if seen(found) { found } else { found.without(Descriptor::VALID) };
                    failures.extend(judge(family, told, judged).err());
                    if !seen(found) {
                        failures.extend(judge_reserved(family, told, found).err());
                    }
                }
            }
        }
    }
    failures
}

/// Checks that a reserved encoding is refused and left alone.
fn judge_reserved(family: &Family, told: Told, found: Descriptor) -> Result<(), String> {
    let fault = told.fault();
    let run = |tape: &Tape| (family.handle)(&fault, tape, 0);
    let (after, handled) = alone([found, Descriptor::INVALID], 1, run).ok_or("the handler does not end")?;
    if after[0] == found && matches!(handled, Handled::NotOurs(_)) {
        return Ok(());
    }
    Err(format!("{fault} on a reserved encoding: {handled:?}"))
}
