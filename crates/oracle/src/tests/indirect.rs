use super::{AF, Change, PERMISSION, changes, controls, fault, managed, query, syndrome};
use crate::{AccessKind, Architecture, Clause, PermissionScheme, Query, Without, predict};
use afdbm::descriptor::{Descriptor, TableAttributes};
use afdbm::stage::Stage;

/// Index 0 grants what `field` says to EL1, and nothing to EL0.
fn granting(field: u64, query: Query) -> Query {
    let permissions = PermissionScheme::Indirect { privileged: field, unprivileged: 0 };
    controls(query, |controls| controls.permissions = permissions)
}

const CLEAN: u64 = AF | Stage::One.dirty_bit().clean();
const DIRTY: u64 = AF;
const READ_WRITE: u64 = 0b0101;
const READ_WRITE_EXECUTE: u64 = 0b0111;
const READ: u64 = 0b0001;

#[test]
fn a_write_clears_the_clean_bit_without_a_modifier() {
    // I01, I04.
    assert_eq!(changes(&granting(READ_WRITE, query(AccessKind::Store, CLEAN))), (Change::Must, Change::Must));
    assert_eq!(changes(&granting(READ_WRITE, query(AccessKind::Load, CLEAN))).1, Change::Never);
    // Bit 51 is a bit of the index: 2 grants nothing here.
    assert_eq!(fault(&granting(READ_WRITE, query(AccessKind::Store, CLEAN | Descriptor::DBM))), PERMISSION);
}

#[test]
fn the_syndrome_tells_what_was_missing() {
    const DIRTY_BIT: u64 = 1 << 37;
    // I02: the dirty state alone.
    let unmanaged = granting(READ_WRITE, managed(query(AccessKind::Store, CLEAN), true, false));
    assert_eq!((fault(&unmanaged), syndrome(&unmanaged).0 & DIRTY_BIT), (PERMISSION, DIRTY_BIT));
    // I03: the permission.
    let denied = granting(READ, query(AccessKind::Store, CLEAN));
    assert_eq!((fault(&denied), syndrome(&denied).0 & DIRTY_BIT), (PERMISSION, 0));
    assert_eq!(changes(&denied).1, Change::Never);
    let both = granting(READ, managed(query(AccessKind::Store, CLEAN), true, false));
    assert_eq!(syndrome(&both).0 & DIRTY_BIT, 0);
}

#[test]
fn write_execute_never_and_tables_have_no_effect() {
    // I05, I06.
    let fetch = granting(READ_WRITE_EXECUTE, query(AccessKind::Fetch, CLEAN));
    let fetch = controls(fetch, |controls| controls.write_execute_never = true);
    assert_eq!(fault(&fetch), None);
    assert_eq!(fault(&granting(0b0110, query(AccessKind::Fetch, CLEAN))), PERMISSION);
    let without = predict(Without(Clause::IndirectIgnoresWriteExecuteNever), &fetch);
    assert_ne!(without, predict(Architecture, &fetch));
    let read_only = TableAttributes { read_only: true, ..TableAttributes::NONE };
    let store = super::with_table(granting(READ_WRITE, query(AccessKind::Store, DIRTY)), read_only);
    assert_eq!(fault(&store), None);
}
