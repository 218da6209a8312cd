//! A family of operations that the explorer can run: the shipped ones, with any of them replaced.

use crate::{descriptors::PLACE, shipped::SHIPPED, tape::Tape};
use afdbm::descriptor::Descriptor;
use afdbm::fault::Fault;
use afdbm::operations::{
    self, Change, Closed, FoldError, GroupVariant, Handled, Invalidation, Outcome, Place, Protection, Slot,
    SlotGroup, Variant,
};
use afdbm::stage::Stage;
use history::{self, Neighbour};
use std::{cell::Cell, marker::PhantomData};

/// A fault handler on one cell of the tape.
pub type Handle = fn(&Fault, &Tape, usize) -> Handled;
/// An operation on the first cell, or on the group.
pub type Operate = fn(&Tape) -> Change;

/// A conversion of the group.
pub type Fold = fn(&Tape) -> Result<Descriptor, FoldError>;

/// The operations of one kernel.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Its name, as the tests print it.
    pub name: &'static str,
    /// The fault handler, with its routine and entry builder.
    pub handle: Handle,
    /// How the caller builds an entry: snapshot, and whether the fault was a write's.
    pub build_entry: fn(Descriptor, bool) -> Descriptor,
    /// The routine: target, entry, and whether the fault was a write's.
    pub set_access_flags: fn(&Tape, usize, Descriptor, bool) -> Change,
    /// `make_old`.
    pub make_old: Operate,
    /// `make_clean`.
    pub make_clean: Operate,
    /// `make_old_and_clean`.
    pub make_old_and_clean: Operate,
    /// `write_protect`.
    pub write_protect: Operate,
    /// `make_dirty`.
    pub make_dirty: Operate,
    /// `make_writable`.
    pub make_writable: Operate,
    /// `get_and_clear`.
    pub get_and_clear: Operate,
    /// `break_before_make`, to another page with the same flags.
    pub replace: Operate,
    /// `modify`.
    pub modify: fn(&Tape, Protection) -> Change,
    /// `test_and_clear_young`.
    pub test_and_clear_young: fn(&Tape) -> (bool, Invalidation),
    /// `unfold`.
    pub unfold: Fold,
    /// `refold`.
    pub refold: Fold,
}

/// How far another page lies from the one under test.
pub const ANOTHER_PAGE: u64 = 0x1000_0000;

/// Returns the page that a break-before-make puts in the place of the one under test.
#[must_use]
pub fn another_page(found: Descriptor) -> Descriptor {
    Descriptor(found.0 + ANOTHER_PAGE)
}

/// What a contiguous aging tells, as a change.
pub fn from_owed((young, owed): (bool, Invalidation)) -> Change {
    let outcome = if young { Outcome::Changed } else { Outcome::Unchanged };
    Change { outcome, found: Descriptor::INVALID, left: Descriptor::INVALID, owed }
}

/// Returns every family with a set_access_flags of its own: the historical variants, v4, lock-free, c0 and c1.
#[must_use]
pub fn variants() -> Vec<Family> {
    vec![
        variant::<history::V0>(),
        variant::<history::V1>(),
        variant::<history::V2>(),
        variant::<history::V3>(),
        variant::<operations::V4>(),
        variant::<history::V4m>(),
        variant::<operations::LockFree>(),
        c0(),
        SHIPPED.group,
    ]
}

/// Returns the contiguous family with c0 in the place of c1.
#[must_use]
pub fn c0() -> Family {
    Family {
        name: history::C0::NAME,
        handle: handle_group::<history::C0>,
        set_access_flags: set_access_flags_group::<history::C0>,
        ..SHIPPED.group
    }
}

/// Returns the shipped family with this variant in the place of v4.
#[must_use]
pub fn variant<V: Variant>() -> Family {
    Family {
        name: V::NAME,
        handle: handle::<V>,
        build_entry: |snapshot, write| V::build_entry(PLACE.stage(), snapshot, write),
        set_access_flags: set_access_flags::<V>,
        ..SHIPPED.single
    }
}

/// Returns the shipped family with one operation replaced by a wrong neighbour.
#[must_use]
pub fn neighbour(neighbour: Neighbour) -> Family {
    let named = Family { name: neighbour.name(), ..SHIPPED.single };
    macro_rules! wrong {
        ($neighbour:ident) => {
            |tape| Neighbour::$neighbour.wrong(&tape.slot(0), crate::operation::READ_WRITE, PLACE)
        };
    }
    match neighbour {
        Neighbour::WriteProtectDropsDirty => {
            Family { write_protect: wrong!(WriteProtectDropsDirty), ..named }
        }
        Neighbour::CleanLeavesWritable => Family { make_clean: wrong!(CleanLeavesWritable), ..named },
        Neighbour::DirtyLeavesReadOnly => Family { make_dirty: wrong!(DirtyLeavesReadOnly), ..named },
        Neighbour::ModifyLeavesReadOnly => Family {
            modify: |tape, protection| {
                Neighbour::ModifyLeavesReadOnly.wrong(&tape.slot(0), protection, PLACE)
            },
            ..named
        },
        Neighbour::WritableDirties => Family { make_writable: wrong!(WritableDirties), ..named },
        Neighbour::OldByStore => Family { make_old: wrong!(OldByStore), ..named },
    }
}

thread_local! {
    /// The entry that the routine was last asked for.
    static ENTRY: Cell<Option<Descriptor>> = const { Cell::new(None) };
}

/// Returns the entry that the handler asked its routine for in the last run, if it came so far.
#[must_use]
pub fn last_entry() -> Option<Descriptor> {
    ENTRY.get()
}

/// Forgets the entry of the run before.
pub fn forget_entry() {
    ENTRY.set(None);
}

/// A variant that notes the entry it is asked for.
#[derive(Debug)]
pub struct Spy<V>(PhantomData<V>);

/// A variant for groups that notes the entry it is asked for.
#[derive(Debug)]
pub struct GroupSpy<V>(PhantomData<V>);

impl<V: Variant> Variant for Spy<V> {
    const NAME: &'static str = V::NAME;
    const ORIGIN: &'static str = V::ORIGIN;

    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        V::build_entry(stage, snapshot, write)
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
        ENTRY.set(Some(entry));
        V::set_access_flags(slot, entry, write, place)
    }
}

impl<V: GroupVariant> GroupVariant for GroupSpy<V> {
    const NAME: &'static str = V::NAME;
    const ORIGIN: &'static str = V::ORIGIN;

    fn snapshot<G: SlotGroup + ?Sized>(stage: Stage, group: &G, target: usize) -> Descriptor {
        V::snapshot(stage, group, target)
    }

    fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        V::build_entry(stage, snapshot, write)
    }

    fn set_access_flags<G: SlotGroup + ?Sized>(
        group: &G,
        target: usize,
        entry: Descriptor,
        write: bool,
        place: Place,
    ) -> Change {
        ENTRY.set(Some(entry));
        V::set_access_flags(group, target, entry, write, place)
    }
}

/// The shipped handler with a variant, on one cell.
pub fn handle<V: Variant>(fault: &Fault, tape: &Tape, target: usize) -> Handled {
    forget_entry();
    operations::handle_fault::<Spy<V>, _, _>(fault, &tape.slot(target), PLACE, &Closed)
}

/// The shipped handler with a variant, on the group.
pub fn handle_group<V: GroupVariant>(fault: &Fault, tape: &Tape, target: usize) -> Handled {
    forget_entry();
    operations::handle_group_fault::<GroupSpy<V>, _, _>(fault, tape, target, PLACE, &Closed)
}

/// A variant's routine, on one cell.
pub fn set_access_flags<V: Variant>(tape: &Tape, target: usize, entry: Descriptor, write: bool) -> Change {
    V::set_access_flags(&tape.slot(target), entry, write, PLACE)
}

/// A variant's routine, on the group.
pub fn set_access_flags_group<V: GroupVariant>(
    tape: &Tape,
    target: usize,
    entry: Descriptor,
    write: bool,
) -> Change {
    V::set_access_flags(tape, target, entry, write, PLACE)
}
