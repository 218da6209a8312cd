//! Rows A and B: the Access flag.

use super::{Allowed, Change, Ends, Row, Shot};
use crate::machine::controls::Management;
use crate::probe::Stub;
use cases::states::Flags;

const NONE: Management = Management::NONE;
const HA: Management = Management::ACCESS_FLAG;
const FULL: Management = Management::FULL;
const OLD_RW: Flags = Flags::READ_WRITE.old();
const OLD_RO: Flags = Flags::READ_ONLY.old();
const OLD_CLEAN: Flags = Flags::CLEAN.old();
const READS_YOUNG: &[Allowed] = &[Allowed::reads(Change::YOUNG)];
const WRITES_YOUNG: &[Allowed] = &[Allowed::writes(Change::YOUNG)];
const READS: &[Allowed] = &[Allowed::reads(Change::NONE)];
const WRITES: &[Allowed] = &[Allowed::writes(Change::NONE)];
const FLAG_READ: &[Allowed] = &[Allowed::ends(Ends::AccessFlagFault { write: false }, Change::NONE)];
const FLAG_WRITE: &[Allowed] = &[Allowed::ends(Ends::AccessFlagFault { write: true }, Change::NONE)];
const FLAG_WRITE_OR_FAILS: &[Allowed] = &[
    Allowed::ends(Ends::AccessFlagFault { write: true }, Change::NONE),
    Allowed::ends(Ends::StatusFails, Change::NONE),
];
const TRANSLATION_READ: &[Allowed] = &[Allowed::ends(Ends::TranslationFault { write: false }, Change::NONE)];
const TRANSLATION_WRITE: &[Allowed] = &[Allowed::ends(Ends::TranslationFault { write: true }, Change::NONE)];
const PERMISSION_READ: &[Allowed] =
    &[Allowed::ends(Ends::PermissionFault { write: false }, Change::MAYBE_YOUNG)];
const PERMISSION_WRITE: &[Allowed] =
    &[Allowed::ends(Ends::PermissionFault { write: true }, Change::MAYBE_YOUNG)];

/// HAFDBS=0: HA and HD are RES0, and the AmpereOne erratum AC03_CPU_38 is what breaks this.
pub const A01: Row = Row {
    rules: "A01 (Arm ARM D24.2.89 HAFDBS, D24.2.194 HA and HD)",
    shots: &[
        Shot::new(FULL, Stub::Load, OLD_RW, FLAG_READ),
        Shot::new(
            FULL,
            Stub::Store,
            Flags::CLEAN,
            &[Allowed::ends(Ends::PermissionFault { write: true }, Change::NONE)],
        ),
    ],
};
/// HA=0, HD=1: no Access flag update.
pub const A07: Row = Row {
    rules: "A07 (Arm ARM D24.2.194 HD, R_SWTYY)",
    shots: &[Shot::new(Management::DIRTY_ALONE, Stub::Load, OLD_RW, FLAG_READ)],
};
/// A load sets the Access flag.
pub const B01: Row = Row {
    rules: "B01 (Arm ARM R_HDTRB, R_LFTXR, R_GXGPN)",
    shots: &[Shot::new(HA, Stub::Load, OLD_RW, READS_YOUNG)],
};
/// A load of a clean page leaves it clean.
pub const B02: Row = Row {
    rules: "B02 (Arm ARM R_BFDYL, R_RNMLQ, R_DYCFD)",
    shots: &[
        Shot::new(FULL, Stub::Load, OLD_CLEAN, READS_YOUNG),
        Shot::new(HA, Stub::Load, OLD_CLEAN, READS_YOUNG),
    ],
};
/// A store sets the Access flag.
pub const B03: Row =
    Row { rules: "B03 (Arm ARM R_HDTRB)", shots: &[Shot::new(HA, Stub::Store, OLD_RW, WRITES_YOUNG)] };
/// A store to an old and clean page sets both.
pub const B04: Row = Row {
    rules: "B04 (Arm ARM R_PRHKD)",
    shots: &[Shot::new(FULL, Stub::Store, OLD_CLEAN, &[Allowed::writes(Change::YOUNG_DIRTY)])],
};
/// A fetch sets the Access flag.
pub const B06: Row = Row {
    rules: "B06 (Arm ARM R_HDTRB)",
    shots: &[Shot::new(HA, Stub::Fetch, OLD_RO.executable(), READS_YOUNG)],
};
/// Every kind of load sets the Access flag.
pub const B07: Row = Row {
    rules: "B07 (Arm ARM R_HDTRB)",
    shots: &[
        Shot::new(HA, Stub::LoadExclusive, OLD_RW, READS_YOUNG),
        Shot::new(HA, Stub::LoadAcquire, OLD_RW, READS_YOUNG),
        Shot::new(HA, Stub::LoadPair, OLD_RW, READS_YOUNG),
        Shot::new(HA, Stub::LoadVector, OLD_RW, READS_YOUNG),
        Shot::new(HA, Stub::LoadStructure, OLD_RW, READS_YOUNG),
    ],
};
/// Every atomic sets the Access flag.
pub const B08: Row = Row {
    rules: "B08 (Arm ARM R_HDTRB)",
    shots: &[
        Shot::new(HA, Stub::ExclusivePair, OLD_RW, WRITES_YOUNG),
        Shot::new(HA, Stub::LoadAdd, OLD_RW, WRITES_YOUNG),
        Shot::new(HA, Stub::Swap, OLD_RW, WRITES_YOUNG),
        Shot::new(HA, Stub::CompareAndSwap, OLD_RW, WRITES_YOUNG),
        Shot::new(HA, Stub::CompareAndSwapPair, OLD_RW, WRITES_YOUNG),
    ],
};
/// LDTR and STTR set the Access flag, with the permissions of EL0.
pub const B09: Row = Row {
    rules: "B09 (Arm ARM R_HDTRB; pseudocode, the access descriptor's Exception level)",
    shots: &[
        Shot::new(HA, Stub::LoadUnprivileged, OLD_RW.user(), READS_YOUNG),
        Shot::new(HA, Stub::StoreUnprivileged, OLD_RW.user(), WRITES_YOUNG),
    ],
};
/// A compare-and-swap that fails sets the Access flag: it has read memory.
pub const B10: Row = Row {
    rules: "B10 (Arm ARM R_HDTRB)",
    shots: &[
        Shot::new(HA, Stub::CompareAndSwap, OLD_RW, READS_YOUNG).mismatching(),
        Shot::new(HA, Stub::CompareAndSwapPair, OLD_RW, READS_YOUNG).mismatching(),
    ],
};
/// DC ZVA sets the Access flag.
pub const B12: Row = Row {
    rules: "B12 (Arm ARM C5.3.38 DC ZVA, R_XQZJB)",
    shots: &[Shot::new(HA, Stub::ZeroBlock, OLD_RW, WRITES_YOUNG)],
};
/// An access that needs no update makes none.
pub const B13: Row = Row {
    rules: "B13 (Arm ARM R_BFDYL)",
    shots: &[
        Shot::new(FULL, Stub::Load, Flags::DIRTY, READS),
        Shot::new(FULL, Stub::Load, Flags::READ_WRITE, READS),
        Shot::new(FULL, Stub::LoadExclusive, Flags::DIRTY, READS),
        Shot::new(FULL, Stub::LoadAcquire, Flags::READ_WRITE, READS),
        Shot::new(FULL, Stub::LoadPair, Flags::DIRTY, READS),
        Shot::new(FULL, Stub::Store, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::Store, Flags::READ_WRITE, WRITES),
        Shot::new(FULL, Stub::StorePair, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::StoreRelease, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::ExclusivePair, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::Swap, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::LoadAdd, Flags::READ_WRITE, WRITES),
        Shot::new(FULL, Stub::CompareAndSwap, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::ZeroBlock, Flags::DIRTY, WRITES),
        Shot::new(FULL, Stub::Fetch, Flags::READ_ONLY.executable(), READS),
    ],
};
/// A load through an invalid descriptor faults and changes nothing.
pub const B18: Row = Row {
    rules: "B18 (Arm ARM R_DYNYQ)",
    shots: &[Shot::new(FULL, Stub::Load, OLD_RW.invalid(), TRANSLATION_READ)],
};
/// A store through an invalid descriptor that looks clean faults and changes nothing.
pub const B19: Row = Row {
    rules: "B19 (Arm ARM R_DYNYQ)",
    shots: &[Shot::new(FULL, Stub::Store, OLD_CLEAN.invalid(), TRANSLATION_WRITE)],
};
/// HA=0: a load of an old page takes an Access flag fault.
pub const B20: Row = Row {
    rules: "B20 (Arm ARM R_SWTYY, R_LFGXS)",
    shots: &[
        Shot::new(NONE, Stub::Load, OLD_RW, FLAG_READ),
        Shot::new(NONE, Stub::Load, OLD_RW.user(), FLAG_READ).user(),
    ],
};
/// HA=0: a store takes it as a write.
pub const B21: Row = Row {
    rules: "B21 (Arm ARM D24.2.45 WnR)",
    shots: &[
        Shot::new(NONE, Stub::Store, OLD_RW, FLAG_WRITE),
        Shot::new(NONE, Stub::StoreExclusiveAlone, OLD_RW, FLAG_WRITE_OR_FAILS),
    ],
};
/// HA=0: an atomic takes it as a read, since a read would have faulted too.
pub const B22: Row = Row {
    rules: "B22 (Arm ARM D24.2.45 WnR)",
    shots: &[
        Shot::new(NONE, Stub::LoadAdd, OLD_RW, FLAG_READ),
        Shot::new(NONE, Stub::Swap, OLD_RW, FLAG_READ),
        Shot::new(NONE, Stub::CompareAndSwap, OLD_RW, FLAG_READ),
    ],
};
/// HA=0: a fetch takes an Access flag fault.
pub const B23: Row = Row {
    rules: "B23 (Arm ARM R_LFGXS)",
    shots: &[
        Shot::new(NONE, Stub::Fetch, OLD_RO.executable(), FLAG_READ),
        Shot::new(NONE, Stub::Fetch, OLD_RO.user().executable(), FLAG_READ).user(),
    ],
};
/// HA=0: the Access flag fault comes before the Permission fault.
pub const B24: Row = Row {
    rules: "B24 (Arm ARM R_XCHFJ, R_DSHLJ)",
    shots: &[Shot::new(NONE, Stub::Store, OLD_RO, FLAG_WRITE)],
};
/// HA=1: a store to a read-only page takes a Permission fault, no Access flag fault.
pub const B29: Row = Row {
    rules: "B29 (Arm ARM R_QSPMS)",
    shots: &[
        Shot::new(HA, Stub::Store, OLD_RO, PERMISSION_WRITE),
        Shot::new(FULL, Stub::Store, OLD_RO, PERMISSION_WRITE),
    ],
};
/// HA=1: EL0 may not use a page of EL1.
pub const B30: Row = Row {
    rules: "B30 (Arm ARM R_QSPMS)",
    shots: &[
        Shot::new(HA, Stub::Load, OLD_RW, PERMISSION_READ).user(),
        Shot::new(HA, Stub::Store, OLD_RW, PERMISSION_WRITE).user(),
    ],
};
/// HA=1: PAN keeps EL1 from a page of EL0.
pub const B31: Row = Row {
    rules: "B31 (Arm ARM R_QSPMS)",
    shots: &[
        Shot::new(HA, Stub::Load, OLD_RW.user(), PERMISSION_READ).with_pan(),
        Shot::new(HA, Stub::Store, OLD_RW.user(), PERMISSION_WRITE).with_pan(),
    ],
};
/// HA=1: a page that may not be executed.
pub const B32: Row = Row {
    rules: "B32 (Arm ARM R_QSPMS)",
    shots: &[
        Shot::new(HA, Stub::Fetch, OLD_RO, PERMISSION_READ),
        Shot::new(HA, Stub::Fetch, OLD_RO.user(), PERMISSION_READ).user(),
    ],
};
