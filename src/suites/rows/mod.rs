//! Rows of the case table that one access shows: state, access, controls, and what the architecture allows.
//!
//! A row is data. Its shots are made one after the other, each from a descriptor that was written and whose
//! TLB entries were invalidated (section 6 of the rules: write, DSB, TLBI, DSB, ISB before each stimulus; DSB
//! ISH before the descriptor is read back), and each is compared bit by bit with every outcome that the row
//! allows.

mod access_flag;
mod dirty_state;
mod judge;
mod kind;
mod shoot;
mod show;
mod table;

pub use table::FUNCTIONS;

use crate::machine::controls::Management;
use crate::probe::{ExceptionLevel, Stub};
use cases::states::Flags;

/// A row of the case table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The row's id and the rules behind it.
    pub rules: &'static str,
    /// The accesses that show it.
    pub shots: &'static [Shot],
}

/// One access to one descriptor.
#[derive(Clone, Copy, Debug)]
pub struct Shot {
    /// HA and HD.
    pub management: Management,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// The Exception level of the access.
    pub level: ExceptionLevel,
    /// The instruction.
    pub stub: Stub,
    /// Whether a compare of the instruction matches.
    pub matches: bool,
    /// The flags of the page's descriptor.
    pub page: Flags,
    /// The flags of the page that follows, where the access crosses into it.
    pub second: Option<Flags>,
    /// Each outcome that the architecture allows.
    pub allowed: &'static [Allowed],
}

/// One allowed outcome.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// How the access ends.
    pub ends: Ends,
    /// The page's descriptor afterwards.
    pub page: Change,
    /// The second page's.
    pub second: Change,
    /// The data afterwards.
    pub data: Data,
}

/// How an access ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// Without a fault; an exclusive store with status 0.
    Completes,
    /// Without a fault and without a store: status 1.
    StatusFails,
    /// With an Access flag fault; `write` is WnR.
    AccessFlagFault {
        /// WnR.
        write: bool,
    },
    /// With a Permission fault; `write` is WnR.
    PermissionFault {
        /// WnR.
        write: bool,
    },
    /// With a Translation fault; `write` is WnR.
    TranslationFault {
        /// WnR.
        write: bool,
    },
}

/// How hardware has changed a descriptor: bits that are set, bits that are clear, and bits in which both the
/// old value and the changed one are right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Whether AF is 1 afterwards though it was 0.
    pub access_flag: Update,
    /// Whether AP\[2\] is 0 afterwards though it was 1.
    pub dirty: Update,
}

/// Whether hardware makes an update.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Update {
    /// It must not.
    Never,
    /// It must.
    Always,
    /// It may.
    Either,
}

impl Change {
    /// Bit-identical.
    pub const NONE: Self = Self { access_flag: Update::Never, dirty: Update::Never };
    /// AF set, nothing else.
    pub const YOUNG: Self = Self { access_flag: Update::Always, dirty: Update::Never };
    /// AF set and AP\[2\] cleared.
    pub const YOUNG_DIRTY: Self = Self { access_flag: Update::Always, dirty: Update::Always };
    /// AP\[2\] cleared.
    pub const DIRTY: Self = Self { access_flag: Update::Never, dirty: Update::Always };
    /// AF set or not.
    pub const MAYBE_YOUNG: Self = Self { access_flag: Update::Either, dirty: Update::Never };
    /// AP\[2\] cleared or not.
    pub const MAYBE_DIRTY: Self = Self { access_flag: Update::Never, dirty: Update::Either };
}

/// The data after an access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Data {
    /// As before.
    Kept,
    /// What the instruction stores.
    Stored,
    /// As before or not: a crossing access that faults may have stored its first part.
    Any,
}

impl Allowed {
    /// The access completes and stores nothing.
    pub const fn reads(page: Change) -> Self {
        Self { ends: Ends::Completes, page, second: Change::NONE, data: Data::Kept }
    }

    /// The access completes and stores.
    pub const fn writes(page: Change) -> Self {
        Self { ends: Ends::Completes, page, second: Change::NONE, data: Data::Stored }
    }

    /// The access ends so, and stores nothing.
    pub const fn ends(ends: Ends, page: Change) -> Self {
        Self { ends, page, second: Change::NONE, data: Data::Kept }
    }
}

impl Shot {
    /// An access at EL1 without PAN, whose compare matches, to one page.
    pub const fn new(management: Management, stub: Stub, page: Flags, allowed: &'static [Allowed]) -> Self {
        Self {
            management,
            privileged_access_never: false,
            level: ExceptionLevel::El1,
            stub,
            matches: true,
            page,
            second: None,
            allowed,
        }
    }

    /// The same at EL0.
    pub const fn user(self) -> Self {
        Self { level: ExceptionLevel::El0, ..self }
    }

    /// The same with PSTATE.PAN set.
    pub const fn with_pan(self) -> Self {
        Self { privileged_access_never: true, ..self }
    }

    /// The same, with a compare that does not match.
    pub const fn mismatching(self) -> Self {
        Self { matches: false, ..self }
    }

    /// The same, across the end of the page.
    pub const fn crossing(self, second: Flags) -> Self {
        Self { second: Some(second), ..self }
    }
}
