//! The two sides of a race: an operation of CPU 0, and what another CPU does to the same descriptor.

use crate::machine::lock::Lock;
use crate::support::batch::{Batch, landed};
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{
    Access, Change, Handled, Hooked, Hooks, Outcome, Place, Protection, Slot, Step, Variant, get_and_clear,
    handle_fault, made_clean, made_old, make_old, write_protect,
};
use afdbm::stage::Stage;
use cases::race::{Form, Kind, Other, Routine, Software, Version};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What an operation did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Done {
    /// Whether it wrote the descriptor.
    pub changed: bool,
    /// The descriptor that it says it found.
    pub found: Descriptor,
}

impl Done {
    const fn of(change: &Change) -> Self {
        Self { changed: matches!(change.outcome, Outcome::Changed), found: change.found }
    }
}

/// What [`Routine::Plain`] does.
struct Plain;

impl Variant for Plain {
    const NAME: &'static str = "plain-store";
    const ORIGIN: &'static str = "made up: a handler that forgets that others write, too";

    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        afdbm::operations::build_entry(stage, snapshot, write)
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, _: Descriptor, _: bool, place: Place) -> Change {
        let found = slot.load(Relaxed, Step::Load);
        let left = found.with(Descriptor::AF);
        slot.store(left, Relaxed, Step::Store);
        Change::changed(found, left, place, afdbm::operations::Scope::None)
    }
}

/// The fault of an access from EL0 to a page, as hardware reports it (Arm ARM D24.2.45).
const fn fault(kind: Kind, place: Place) -> Fault {
    const ABORT_FROM_EL0: u64 = 0x24 << 26 | 1 << 25;
    let syndrome = match kind {
        Kind::Read => ABORT_FROM_EL0 | 0b00_1011,
        Kind::Write => ABORT_FROM_EL0 | 1 << 6 | 0b00_1111,
    };
    Fault { syndrome: Syndrome(syndrome), address: place.address }
}

fn resolve<H: Hooks + ?Sized>(
    routine: Routine,
    kind: Kind,
    cell: &AtomicU64,
    place: Place,
    hooks: &H,
) -> Done {
    let fault = fault(kind, place);
    let handled = match routine {
        Routine::Version(version) => version.selection(None).handle_fault(&fault, cell, place, hooks),
        Routine::Plain => handle_fault::<Plain, _, _>(&fault, cell, place, hooks),
    };
    match handled {
        Handled::Resolved(change) | Handled::Spurious(change) => Done::of(&change),
        Handled::NotOurs(_) => Done::default(),
    }
}

/// Does what CPU 0 does, with hooks between its steps. What is owed needs no discharge here: every access that follows,
/// on any CPU, begins with an invalidation of its own.
pub fn operate<H: Hooks + ?Sized>(software: Software, cell: &AtomicU64, place: Place, hooks: &H) -> Done {
    let slot = Hooked::new(cell, hooks);
    match software {
        Software::Resolve(routine, kind) => resolve(routine, kind, cell, place, hooks),
        Software::Operate(neighbour, form) => {
            let protection = Protection {
                access: Access::ReadWrite,
                user: true,
                privileged_execute_never: true,
                user_execute_never: true,
            };
            Done::of(&match form {
                Form::Right => neighbour.right(&slot, protection, place),
                Form::Wrong => neighbour.wrong(&slot, protection, place),
            })
        }
        Software::OldAndCleanByStore => {
            let found = slot.load(Relaxed, Step::Load);
            slot.store(made_clean(place.stage(), made_old(found)), Relaxed, Step::Store);
            Done { changed: true, found }
        }
        Software::Remove => Done::of(&get_and_clear(&slot, place)),
    }
}

/// What the other CPU's share of a round came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effect {
    /// A store of a page that hardware had to make dirty went through.
    pub landed: bool,
    /// What its software did.
    pub done: Done,
}

/// Does the other CPU's share on this CPU; `second` tells the second of two parts. Returns `None` where the lock is
/// taken and `lock` says not to wait for it.
pub fn interfere<H: Hooks + ?Sized>(
    other: Other,
    batch: &Batch<'_>,
    index: usize,
    second: bool,
    hooks: &H,
    lock: Taking<'_>,
) -> Option<Effect> {
    let (cell, place) = (batch.cell(index), batch.place(index));
    let _locked = match lock {
        Taking::No => None,
        Taking::Wait(lock) => Some(lock.lock()),
        Taking::Try(lock) => Some(lock.try_lock()?),
    };
    let slot = Hooked::new(cell, hooks);
    let software = |done: Done| Effect { landed: false, done };
    Some(match other {
        Other::LoadThenStore if !second => {
            let _ = batch.load(index, None);
            Effect::default()
        }
        Other::Store | Other::LoadThenStore => {
            Effect { landed: landed(&batch.store(index)), done: Done::default() }
        }
        Other::Age => software(Done::of(&make_old(&slot, place))),
        Other::WriteProtect => software(Done::of(&write_protect(&slot, place))),
        Other::Remove => software(Done::of(&get_and_clear(&slot, place))),
        Other::Resolve(selection) => {
            let routine = Routine::Version(Version::This(selection));
            software(resolve(routine, Kind::Write, cell, place, hooks))
        }
    })
}

/// How an operation takes the page-table lock.
#[derive(Clone, Copy, Debug)]
pub enum Taking<'a> {
    /// Not at all.
    No,
    /// It waits for it.
    Wait(&'a Lock<()>),
    /// It gives up if somebody has it.
    Try(&'a Lock<()>),
}
