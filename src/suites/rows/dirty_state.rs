//! Rows A and D: the dirty state.

use super::{Allowed, Change, Data, Ends, Row, Shot};
use crate::machine::controls::Management;
use crate::probe::Stub;
use cases::states::Flags;

const HA: Management = Management::ACCESS_FLAG;
const FULL: Management = Management::FULL;
const CLEAN: Flags = Flags::CLEAN;
const READ_ONLY: Flags = Flags::READ_ONLY;
const READS: &[Allowed] = &[Allowed::reads(Change::NONE)];
const WRITES: &[Allowed] = &[Allowed::writes(Change::NONE)];
const WRITES_DIRTY: &[Allowed] = &[Allowed::writes(Change::DIRTY)];
const REFUSED: &[Allowed] = &[Allowed::ends(Ends::PermissionFault { write: true }, Change::NONE)];
const FAILS_OR_REFUSED: &[Allowed] = &[
    Allowed::ends(Ends::StatusFails, Change::NONE),
    Allowed::ends(Ends::PermissionFault { write: true }, Change::NONE),
];
const FAILS_MAYBE_DIRTY: &[Allowed] = &[Allowed::ends(Ends::StatusFails, Change::MAYBE_DIRTY)];

/// HA=0, HD=1: HD has no effect.
pub const A06: Row = Row {
    rules: "A06 (Arm ARM D24.2.194 HD)",
    shots: &[Shot::new(Management::DIRTY_ALONE, Stub::Store, CLEAN, REFUSED)],
};
/// HA=1, HD=0: a store to an old and clean page takes a Permission fault.
pub const A08: Row = Row {
    rules: "A08 (Arm ARM R_QSPMS, R_XZFQH)",
    shots: &[Shot::new(
        HA,
        Stub::Store,
        CLEAN.old(),
        &[Allowed::ends(Ends::PermissionFault { write: true }, Change::MAYBE_YOUNG)],
    )],
};
/// A store makes a clean page dirty.
pub const D01: Row = Row {
    rules: "D01 (Arm ARM R_NSXRD, R_TYCNM, R_RNMLQ)",
    shots: &[
        Shot::new(FULL, Stub::Store, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::StorePair, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::StoreRelease, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::StoreVector, CLEAN, WRITES_DIRTY),
    ],
};
/// DBM=0: a read-only page stays so.
pub const D02: Row =
    Row { rules: "D02 (Arm ARM R_PZFQC)", shots: &[Shot::new(FULL, Stub::Store, READ_ONLY, REFUSED)] };
/// HD=0: a clean page is read-only.
pub const D03: Row =
    Row { rules: "D03 (Arm ARM R_XZFQH)", shots: &[Shot::new(HA, Stub::Store, CLEAN, REFUSED)] };
/// A dirty page needs no update.
pub const D04: Row =
    Row { rules: "D04 (Arm ARM R_BFDYL)", shots: &[Shot::new(FULL, Stub::Store, Flags::DIRTY, WRITES)] };
/// Nor does a page without DBM that may be written.
pub const D05: Row =
    Row { rules: "D05 (Arm ARM R_PZFQC)", shots: &[Shot::new(FULL, Stub::Store, Flags::READ_WRITE, WRITES)] };
/// What only reads leaves a clean page clean.
pub const D06: Row = Row {
    rules: "D06 (Arm ARM R_BFDYL, R_DYCFD)",
    shots: &[
        Shot::new(FULL, Stub::Load, CLEAN, READS),
        Shot::new(FULL, Stub::LoadExclusive, CLEAN, READS),
        Shot::new(FULL, Stub::Fetch, CLEAN.executable(), READS),
    ],
};
/// A store from EL0 makes a clean page dirty.
pub const D08: Row = Row {
    rules: "D08 (Arm ARM R_NSXRD)",
    shots: &[Shot::new(FULL, Stub::Store, CLEAN.user(), WRITES_DIRTY).user()],
};
/// A store from EL0 to a clean page of EL1 faults: the dirty state is not the only reason.
pub const D09: Row = Row {
    rules: "D09 (Arm ARM R_NSXRD)",
    shots: &[
        Shot::new(FULL, Stub::Store, CLEAN, REFUSED).user(),
        Shot::new(
            FULL,
            Stub::Store,
            CLEAN.old(),
            &[Allowed::ends(Ends::PermissionFault { write: true }, Change::MAYBE_YOUNG)],
        )
        .user(),
    ],
};
/// So does a store from EL1 that PAN refuses.
pub const D10: Row = Row {
    rules: "D10 (Arm ARM R_NSXRD)",
    shots: &[
        Shot::new(FULL, Stub::Store, CLEAN.user(), REFUSED).with_pan(),
        Shot::new(
            FULL,
            Stub::Store,
            CLEAN.user().old(),
            &[Allowed::ends(Ends::PermissionFault { write: true }, Change::MAYBE_YOUNG)],
        )
        .with_pan(),
    ],
};
/// A store from EL1 with the permissions of EL0 makes a clean page dirty, whatever PAN says.
pub const D11: Row = Row {
    rules: "D11 (Arm ARM R_NSXRD)",
    shots: &[
        Shot::new(FULL, Stub::StoreUnprivileged, CLEAN.user(), WRITES_DIRTY),
        Shot::new(FULL, Stub::StoreUnprivileged, CLEAN.user(), WRITES_DIRTY).with_pan(),
    ],
};
/// Every atomic that stores makes a clean page dirty.
pub const D15: Row = Row {
    rules: "D15 (Arm ARM R_RNMLQ)",
    shots: &[
        Shot::new(FULL, Stub::Swap, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::LoadAdd, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::LoadAddZero, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::StoreAdd, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::CompareAndSwap, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::CompareAndSwapPair, CLEAN, WRITES_DIRTY),
    ],
};
/// A compare-and-swap that fails may or may not.
pub const D16: Row = Row {
    rules: "D16 (Arm ARM R_TXGHB)",
    shots: &[
        Shot::new(FULL, Stub::CompareAndSwap, CLEAN, &[Allowed::reads(Change::MAYBE_DIRTY)]).mismatching(),
        Shot::new(FULL, Stub::CompareAndSwapPair, CLEAN, &[Allowed::reads(Change::MAYBE_DIRTY)])
            .mismatching(),
    ],
};
/// A compare-and-swap needs the permission to write even if it fails.
pub const D17: Row = Row {
    rules: "D17 (Arm ARM C3.2.17)",
    shots: &[Shot::new(FULL, Stub::CompareAndSwap, READ_ONLY, REFUSED).mismatching()],
};
/// An exclusive store that succeeds makes a clean page dirty.
pub const D18: Row = Row {
    rules: "D18 (Arm ARM R_RNMLQ)",
    shots: &[Shot::new(FULL, Stub::ExclusivePair, CLEAN, WRITES_DIRTY)],
};
/// One that fails may or may not.
pub const D19: Row = Row {
    rules: "D19 (Arm ARM R_DYCFD; pseudocode ExclusiveMonitorsPass)",
    shots: &[Shot::new(FULL, Stub::StoreExclusiveAlone, CLEAN, FAILS_MAYBE_DIRTY)],
};
/// One that fails on a read-only page fails or faults.
pub const D20: Row = Row {
    rules: "D20 (Arm ARM pseudocode ExclusiveMonitorsPass)",
    shots: &[Shot::new(FULL, Stub::StoreExclusiveAlone, READ_ONLY, FAILS_OR_REFUSED)],
};
/// A read-check-write that fails may or may not.
pub const D21: Row = Row {
    rules: "D21 (Arm ARM R_SMTCW)",
    shots: &[
        Shot::new(FULL, Stub::ReadCheckWrite, CLEAN, &[Allowed::reads(Change::MAYBE_DIRTY)]).mismatching()
    ],
};
/// What zeroes a block stores; what only sets tags may be ignored where the page has none.
pub const D22: Row = Row {
    rules: "D22 (Arm ARM C5.3 DC ZVA, DC GVA, DC GZVA, R_BZXVS)",
    shots: &[
        Shot::new(FULL, Stub::ZeroBlock, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::TagZeroBlock, CLEAN, WRITES_DIRTY),
        Shot::new(FULL, Stub::TagBlock, CLEAN, &[Allowed::reads(Change::MAYBE_DIRTY)]),
    ],
};

const CROSSING_REFUSED: Ends = Ends::PermissionFault { write: true };

/// A store across two pages, the second read-only.
pub const D33: Row = Row {
    rules: "D33 (Arm ARM R_QDRWL)",
    shots: &[
        Shot::new(FULL, Stub::Store, CLEAN, CROSSING_FIRST_CLEAN).crossing(READ_ONLY),
        Shot::new(FULL, Stub::StorePair, CLEAN, CROSSING_FIRST_CLEAN).crossing(READ_ONLY),
    ],
};
const CROSSING_FIRST_CLEAN: &[Allowed] =
    &[Allowed { ends: CROSSING_REFUSED, page: Change::MAYBE_DIRTY, second: Change::NONE, data: Data::Any }];
/// A store across two pages, the first read-only.
pub const D34: Row = Row {
    rules: "D34 (Arm ARM R_QDRWL)",
    shots: &[Shot::new(
        FULL,
        Stub::Store,
        READ_ONLY,
        &[Allowed {
            ends: CROSSING_REFUSED,
            page: Change::NONE,
            second: Change::MAYBE_DIRTY,
            data: Data::Any,
        }],
    )
    .crossing(CLEAN)],
};
/// A store across two clean pages makes both dirty.
pub const D35: Row = Row {
    rules: "D35 (Arm ARM R_RNMLQ)",
    shots: &[Shot::new(
        FULL,
        Stub::Store,
        CLEAN,
        &[Allowed { ends: Ends::Completes, page: Change::DIRTY, second: Change::DIRTY, data: Data::Stored }],
    )
    .crossing(CLEAN)],
};
