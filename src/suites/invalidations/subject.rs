//! One entry that is warmed, changed and looked at: what the access shows that it uses.

use crate::memory::case_space::CasePage;
use crate::probe::{Ending, ExceptionLevel, Probe, ProbeReport, Stub};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use cases::states::Flags;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How a descriptor is changed: each so that an old entry and the new descriptor treat an access unlike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Valid, then invalid: a load faults.
    Removed,
    /// The same for EL0.
    RemovedFromUser,
    /// The same for a fetch.
    RemovedFromFetches,
    /// Writable, then read-only: a store faults.
    Protected,
    /// Writable-dirty, then writable-clean: a store makes it dirty again (row E20).
    Cleaned,
    /// Read-only, then writable: a store completes (row E22).
    Granted,
    /// The Table descriptor above is made invalid: a load faults at its level.
    TableRemoved,
}

impl Change {
    /// Those of a leaf.
    pub const OF_LEAVES: [Self; 6] = [
        Self::Removed,
        Self::RemovedFromUser,
        Self::RemovedFromFetches,
        Self::Protected,
        Self::Cleaned,
        Self::Granted,
    ];

    /// Tells whether the change shows only where hardware manages the dirty state.
    pub fn needs_dirty_state(self) -> bool {
        self == Self::Cleaned
    }

    /// Tells whether the access fetches.
    pub fn is_fetch(self) -> bool {
        self == Self::RemovedFromFetches
    }

    fn flags(self) -> (Flags, Flags) {
        match self {
            Self::Removed => (Flags::READ_WRITE, Flags::READ_WRITE.invalid()),
            Self::RemovedFromUser => (Flags::READ_WRITE.user(), Flags::READ_WRITE.user().invalid()),
            Self::RemovedFromFetches => {
                let executable = Flags::READ_ONLY.executable();
                (executable, executable.invalid())
            }
            Self::Protected => (Flags::READ_WRITE, Flags::READ_ONLY),
            Self::Cleaned => (Flags::DIRTY, Flags::CLEAN),
            Self::Granted => (Flags::READ_ONLY, Flags::READ_WRITE),
            // The leaf stays as it is.
            Self::TableRemoved => (Flags::READ_WRITE, Flags::READ_WRITE),
        }
    }

    fn stub(self) -> Stub {
        match self {
            Self::Removed | Self::RemovedFromUser | Self::TableRemoved => Stub::Load,
            Self::RemovedFromFetches => Stub::Fetch,
            Self::Protected | Self::Cleaned | Self::Granted => Stub::Store,
        }
    }

    fn exception_level(self) -> ExceptionLevel {
        if self == Self::RemovedFromUser { ExceptionLevel::El0 } else { ExceptionLevel::El1 }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Removed => "made invalid",
            Self::RemovedFromUser => "made invalid, for EL0",
            Self::RemovedFromFetches => "made invalid, for a fetch",
            Self::Protected => "made read-only",
            Self::Cleaned => "made clean",
            Self::Granted => "made writable",
            Self::TableRemoved => "its table taken out",
        })
    }
}

/// What an access after the change, and the TLBI, has used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Used {
    /// The new descriptor.
    New = 0,
    /// The old one.
    Old = 1,
    /// Neither: what it did fits none of the two.
    Neither = 2,
}

impl Used {
    /// Returns what two bits of an answer say.
    pub fn from_bits(bits: u64) -> Self {
        match bits & 0b11 {
            0 => Self::New,
            1 => Self::Old,
            _ => Self::Neither,
        }
    }
}

/// An entry, and how it is changed.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The leaf.
    pub page: CasePage<'a>,
    /// The change.
    pub change: Change,
    /// The live Table descriptor above the leaf, with what it holds, where that is changed.
    pub table: Option<(&'a AtomicU64, Descriptor)>,
}

impl Subject<'_> {
    /// Writes what the entry is warmed with, over an invalid descriptor; `global` leaves the ASID out of it.
    pub fn begin(&self, global: bool) {
        self.write(self.change.flags().0, global);
    }

    /// Writes what an old entry does not know.
    pub fn change(&self, global: bool) {
        match self.table {
            Some((cell, _)) => cell.store(Descriptor::INVALID.0, Relaxed),
            None => self.write(self.change.flags().1, global),
        }
    }

    /// Leaves the leaf invalid, and the table where it was.
    pub fn end(&self) {
        self.page.cell.store(Descriptor::INVALID.0, Relaxed);
        if let Some((cell, descriptor)) = self.table {
            cell.store(descriptor.0, Relaxed);
        }
    }

    fn write(&self, flags: Flags, global: bool) {
        let descriptor = self.page.with_flags(flags.0);
        let descriptor = if global { descriptor.without(Descriptor::NG) } else { descriptor };
        self.page.cell.store(descriptor.0, Relaxed);
    }

    fn access(&self, at: VirtualAddress) -> ProbeReport {
        Probe::new(self.change.stub(), at).at(self.change.exception_level()).run()
    }

    /// Makes the access before the change, at an address that the leaf translates; tells whether it did as it should.
    pub fn warm(&self, at: VirtualAddress) -> bool {
        let seen = self.access(at);
        // A read-only entry is used by a store that it refuses, and may be cached (Arm ARM R_JVXRH).
        if self.change == Change::Granted { self.is_refused(&seen) } else { completes(&seen) }
    }

    /// Makes the access after the change, and tells what it has used.
    pub fn judge(&self, at: VirtualAddress) -> Used {
        let seen = self.access(at);
        let after = self.page.descriptor();
        let faults_at = |level| status(&seen) == Some(FaultStatus::Translation(level));
        let (is_new, is_old) = match self.change {
            Change::Removed | Change::RemovedFromUser | Change::RemovedFromFetches => {
                (faults_at(self.page.level), completes(&seen))
            }
            Change::TableRemoved => (faults_at(Level::L2), completes(&seen)),
            Change::Protected => (self.is_refused(&seen), completes(&seen)),
            Change::Granted => (completes(&seen), self.is_refused(&seen)),
            Change::Cleaned => {
                let dirty = Stage::One.is_hardware_dirty(after);
                (completes(&seen) && dirty, completes(&seen) && !dirty)
            }
        };
        match (is_new, is_old) {
            (true, _) => Used::New,
            (_, true) => Used::Old,
            _ => Used::Neither,
        }
    }

    fn is_refused(&self, seen: &ProbeReport) -> bool {
        status(seen) == Some(FaultStatus::Permission(self.page.level))
    }
}

fn completes(seen: &ProbeReport) -> bool {
    seen.ending == Ending::Returned && seen.faults == 0
}

fn status(seen: &ProbeReport) -> Option<FaultStatus> {
    seen.fault.map(|fault| fault.syndrome.status())
}
