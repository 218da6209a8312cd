//! What races with what: an operation of CPU 0, and what another CPU does to the same descriptor.

use crate::machine::lock::Lock;
use crate::support::batch::{Batch, landed};
use crate::support::states::State;
use afdbm::descriptor::Descriptor;
use afdbm::fault::{Fault, Syndrome};
use afdbm::operations::{
    Access, Change, Handled, Hooked, Hooks, Outcome, Place, Protection, Slot, Step, Variant, get_and_clear,
    handle_fault, made_clean, made_old, make_old, write_protect,
};
use afdbm::stage::Stage;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use history::{Neighbour, Selection};

/// A race on one descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Interleaving {
    /// The descriptor at the start of each round.
    pub start: State,
    /// What CPU 0 does, step by step.
    pub software: Software,
    /// What the other CPU does.
    pub other: Other,
    /// Whether both take the page-table lock for what software does.
    pub locked: bool,
}

/// An operation of CPU 0.
#[derive(Clone, Copy, Debug)]
pub enum Software {
    /// What a fault handler does about a read fault, or a write fault.
    Resolve(Routine, Kind),
    /// The operation that a wrong neighbour is named after, or that neighbour.
    Operate(Neighbour, Form),
    /// Age and clean at once by a plain store, which overwrites all that hardware may write.
    OldAndCleanByStore,
    /// Take the descriptor out.
    Remove,
}

/// Which of the two forms of an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The right one.
    Right,
    /// The one that went wrong.
    Wrong,
}

/// Which access faulted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A load: an Access flag fault.
    Read,
    /// A store: a Permission fault.
    Write,
}

/// A set_access_flags with its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Routine {
    /// A version of Linux's, or ours.
    Version(Selection),
    /// A plain read-modify-write that sets the Access flag, as a handler written in a hurry does.
    Plain,
}

/// What the other CPU does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Other {
    /// A store at HA=HD=1: hardware sets AF and clears RO.
    Store,
    /// A load, then in the next window a store: hardware makes two updates.
    LoadThenStore,
    /// Software ages the page.
    Age,
    /// Software withdraws the permission to write.
    WriteProtect,
    /// Software takes the descriptor out.
    Remove,
    /// Software resolves a write fault on the same page, with this version.
    Resolve(Selection),
}

impl Other {
    /// Whether hardware does it, so that the CPU has to be set to HA=HD=1.
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::Store | Self::LoadThenStore)
    }
}

impl fmt::Display for Software {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(Routine::Version(selection), kind) => {
                write!(formatter, "{selection} for a {kind} fault")
            }
            Self::Resolve(Routine::Plain, kind) => write!(formatter, "a plain store for a {kind} fault"),
            Self::Operate(neighbour, Form::Wrong) => write!(formatter, "{neighbour}"),
            Self::Operate(neighbour, Form::Right) => write!(formatter, "the right form of {neighbour}"),
            Self::OldAndCleanByStore => formatter.write_str("age and clean by a plain store"),
            Self::Remove => formatter.write_str("get-and-clear"),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if *self == Self::Read { "read" } else { "write" })
    }
}

impl fmt::Display for Other {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store => formatter.write_str("a store at HA=1 HD=1"),
            Self::LoadThenStore => formatter.write_str("a load, then a store at HA=1 HD=1"),
            Self::Age => formatter.write_str("make-old"),
            Self::WriteProtect => formatter.write_str("write-protect"),
            Self::Remove => formatter.write_str("get-and-clear"),
            Self::Resolve(selection) => write!(formatter, "{selection} for a write fault"),
        }
    }
}

impl fmt::Display for Interleaving {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, software, other, locked } = self;
        let lock = if *locked { ", both under the lock" } else { "" };
        write!(formatter, "{software} against {other}, {}{lock}", start.name)
    }
}

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
        Routine::Version(selection) => selection.handle_fault(&fault, cell, place, hooks),
        Routine::Plain => handle_fault::<Plain, _, _>(&fault, cell, place, hooks),
    };
    match handled {
        Handled::Resolved(change) | Handled::Spurious(change) => Done::of(&change),
        Handled::NotOurs(_) => Done::default(),
    }
}

impl Software {
    /// Does it, with hooks between its steps. What is owed needs no discharge here: every access that follows, on
    /// any CPU, begins with an invalidation of its own.
    pub fn run<H: Hooks + ?Sized>(self, cell: &AtomicU64, place: Place, hooks: &H) -> Done {
        let slot = Hooked::new(cell, hooks);
        match self {
            Self::Resolve(routine, kind) => resolve(routine, kind, cell, place, hooks),
            Self::Operate(neighbour, form) => {
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
            Self::OldAndCleanByStore => {
                let found = slot.load(Relaxed, Step::Load);
                slot.store(made_clean(place.stage(), made_old(found)), Relaxed, Step::Store);
                Done { changed: true, found }
            }
            Self::Remove => Done::of(&get_and_clear(&slot, place)),
        }
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

impl Other {
    /// Does it on this CPU; `second` tells the second of two parts. Returns `None` where the lock is taken and
    /// `lock` says not to wait for it.
    pub fn run<H: Hooks + ?Sized>(
        self,
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
        Some(match self {
            Self::LoadThenStore if !second => {
                let _ = batch.load(index, None);
                Effect::default()
            }
            Self::Store | Self::LoadThenStore => {
                Effect { landed: landed(&batch.store(index)), done: Done::default() }
            }
            Self::Age => software(Done::of(&make_old(&slot, place))),
            Self::WriteProtect => software(Done::of(&write_protect(&slot, place))),
            Self::Remove => software(Done::of(&get_and_clear(&slot, place))),
            Self::Resolve(selection) => {
                software(resolve(Routine::Version(selection), Kind::Write, cell, place, hooks))
            }
        })
    }
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
