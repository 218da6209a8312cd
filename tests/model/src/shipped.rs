//! The shipped operations as families, and any other module of the same names.

use crate::family::Family;

/// The families that one set of operations makes.
#[derive(Clone, Copy, Debug)]
pub struct Families {
    /// On a single descriptor, with the routine that relies on the lock.
    pub single: Family,
    /// On a single descriptor, with the routine that does not.
    pub lock_free: Family,
    /// On a contiguous group.
    pub group: Family,
}

/// Makes the [`Families`] of a module that holds the operations under their names, as `afdbm::operations` does.
#[macro_export]
macro_rules! families {
    ($($operations:ident)::+) => {{
        use $($operations)::+ as operations;
        use afdbm::descriptor::Descriptor;
        use afdbm::stage::Stage;
        use afdbm::operations::{
                Change, Closed, GroupVariant, Invalidation, Place, Protection, Slot, SlotGroup, Variant,
            };
        use $crate::{
            descriptors::PLACE,
            family::{
                Family, GroupSpy, Spy, another_page, forget_entry, from_owed, set_access_flags,
                set_access_flags_group,
            },
            shipped::Families,
            tape::Tape,
        };

        struct Single;
        impl Variant for Single {
            const NAME: &'static str = "v4";
            const ORIGIN: &'static str = "";
            fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
                operations::build_entry(stage, snapshot, write)
            }
            fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, _: bool, place: Place) -> Change {
                operations::set_access_flags(slot, entry, place)
            }
        }

        struct LockFree;
        impl Variant for LockFree {
            const NAME: &'static str = "lock-free";
            const ORIGIN: &'static str = "";
            fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
                operations::build_entry(stage, snapshot, write)
            }
            fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
                operations::set_access_flags_lock_free(slot, entry, write, place)
            }
        }

        struct Group;
        impl GroupVariant for Group {
            const NAME: &'static str = "c1";
            const ORIGIN: &'static str = "";
            fn build_entry(stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
                operations::build_entry(stage, snapshot, write)
            }
            fn set_access_flags<G: SlotGroup + ?Sized>(
                group: &G,
                target: usize,
                entry: Descriptor,
                _: bool,
                place: Place,
            ) -> Change {
                operations::set_access_flags_contiguous(group, target, entry, place)
            }
        }

        let single = Family {
            name: Single::NAME,
            handle: |fault, tape, target| {
                forget_entry();
                operations::handle_fault::<Spy<Single>, _, _>(fault, &tape.slot(target), PLACE, &Closed)
            },
            build_entry: |snapshot, write| operations::build_entry(PLACE.stage(), snapshot, write),
            set_access_flags: set_access_flags::<Single>,
            make_old: |tape| operations::make_old(&tape.slot(0), PLACE),
            make_clean: |tape| operations::make_clean(&tape.slot(0), PLACE),
            make_old_and_clean: |tape| operations::make_old_and_clean(&tape.slot(0), PLACE),
            write_protect: |tape| operations::write_protect(&tape.slot(0), PLACE),
            make_dirty: |tape| operations::make_dirty(&tape.slot(0), PLACE),
            make_writable: |tape| operations::make_writable(&tape.slot(0), PLACE),
            get_and_clear: |tape| operations::get_and_clear(&tape.slot(0), PLACE),
            replace: |tape| {
                let discharge = |owed: Invalidation| tape.discharge(owed);
                operations::break_before_make(&tape.slot(0), PLACE, discharge, another_page)
            },
            modify: |tape: &Tape, protection: Protection| {
                operations::modify(&tape.slot(0), protection, PLACE)
            },
            test_and_clear_young: |tape| operations::test_and_clear_young(&tape.slot(0), PLACE),
            unfold: |tape| operations::unfold(tape, PLACE, |owed| tape.discharge(owed)),
            refold: |tape| operations::refold(tape, PLACE, |owed| tape.discharge(owed)),
        };
        let lock_free = Family {
            name: LockFree::NAME,
            handle: |fault, tape, target| {
                forget_entry();
                operations::handle_fault::<Spy<LockFree>, _, _>(fault, &tape.slot(target), PLACE, &Closed)
            },
            set_access_flags: set_access_flags::<LockFree>,
            ..single
        };
        let group = Family {
            name: Group::NAME,
            handle: |fault, tape, target| {
                forget_entry();
                operations::handle_group_fault::<GroupSpy<Group>, _, _>(fault, tape, target, PLACE, &Closed)
            },
            set_access_flags: set_access_flags_group::<Group>,
            make_old: |tape| from_owed(operations::test_and_clear_young_contiguous(tape, PLACE)),
            write_protect: |tape| operations::write_protect_contiguous(tape, PLACE),
            test_and_clear_young: |tape| operations::test_and_clear_young_contiguous(tape, PLACE),
            ..single
        };
        Families { single, lock_free, group }
    }};
}

/// The shipped operations.
pub const SHIPPED: Families = families!(afdbm::operations);
