//! Holds what was observed against what a row allows.

use super::{Allowed, Change, Data, Ends, Shot, Update};
use crate::probe::{Ending, ExceptionLevel, Seen, Stub};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::{ExceptionClass, Fault, FaultStatus};
use afdbm::stage::Stage;

/// What one shot came to.
#[derive(Clone, Copy, Debug)]
pub struct Observed {
    /// The address of the access and how many bytes it covers.
    pub address: VirtualAddress,
    /// Bytes.
    pub length: u64,
    /// The level of the leaf.
    pub leaf: Level,
    /// What the probe saw.
    pub seen: Seen,
    /// The page's descriptor, before and after.
    pub page: (Descriptor, Descriptor),
    /// The second page's, where there is one.
    pub second: Option<(Descriptor, Descriptor)>,
    /// The data, compared with what it was and with what is stored.
    pub data: DataSeen,
}

/// The data after an access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataSeen {
    /// As before.
    Kept,
    /// As the instruction stores it.
    Stored,
    /// Both at once: the instruction stores what was there.
    Same,
    /// Neither.
    Other(u64),
    /// The access read this, which was not in memory.
    Misread(u64),
}

/// What is wrong with an observation under one allowed outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// The access ended in another way.
    Ending,
    /// The fault's syndrome differs.
    Syndrome,
    /// The fault's address differs.
    Address,
    /// The page's descriptor differs.
    Page,
    /// The second page's descriptor differs.
    Second,
    /// The data differ.
    Data,
}

/// Returns the allowed outcome that was observed, or what is wrong under the one that comes closest.
pub fn judge<'a>(shot: &Shot, allowed: &'a [Allowed], observed: &Observed) -> Result<&'a Allowed, Mismatch> {
    let mut closest = Mismatch::Ending;
    for outcome in allowed {
        match compare(shot, outcome, observed) {
            Ok(()) => return Ok(outcome),
            Err(Mismatch::Ending) => {}
            Err(mismatch) => closest = mismatch,
        }
    }
    Err(closest)
}

fn compare(shot: &Shot, allowed: &Allowed, observed: &Observed) -> Result<(), Mismatch> {
    compare_ending(shot, allowed.ends, observed)?;
    if !matches(allowed.page, observed.page) {
        return Err(Mismatch::Page);
    }
    if observed.second.is_some_and(|second| !matches(allowed.second, second)) {
        return Err(Mismatch::Second);
    }
    let data = match allowed.data {
        Data::Any => true,
        Data::Kept => matches!(observed.data, DataSeen::Kept | DataSeen::Same),
        Data::Stored => matches!(observed.data, DataSeen::Stored | DataSeen::Same),
    };
    if data { Ok(()) } else { Err(Mismatch::Data) }
}

fn compare_ending(shot: &Shot, ends: Ends, observed: &Observed) -> Result<(), Mismatch> {
    let seen = &observed.seen;
    let (status, write) = match ends {
        Ends::Completes | Ends::StatusFails => {
            let failed = u64::from(ends == Ends::StatusFails);
            let completed = seen.ending == Ending::Returned && seen.faults == 0 && seen.status == failed;
            return if completed { Ok(()) } else { Err(Mismatch::Ending) };
        }
        Ends::AccessFlagFault { write } => (FaultStatus::AccessFlag(observed.leaf), write),
        Ends::PermissionFault { write } => (FaultStatus::Permission(observed.leaf), write),
        Ends::TranslationFault { write } => (FaultStatus::Translation(observed.leaf), write),
    };
    match seen.fault {
        Some(fault) if seen.ending == Ending::Fault && seen.faults == 1 => {
            if fault.syndrome.status() != status {
                return Err(Mismatch::Ending);
            }
            if !is_right_abort(shot, write, fault) {
                return Err(Mismatch::Syndrome);
            }
            if is_right_address(shot, observed, fault) { Ok(()) } else { Err(Mismatch::Address) }
        }
        _ => Err(Mismatch::Ending),
    }
}

/// EC by kind and Exception level, IL for a 32-bit instruction, WnR as the row says, no CM, S1PTW or FnV
/// (Arm ARM D24.2.45).
pub fn is_right_abort(shot: &Shot, write: bool, fault: Fault) -> bool {
    let class = match (shot.stub, shot.level) {
        (Stub::Fetch, ExceptionLevel::El1) => ExceptionClass::InstructionAbortSame,
        (Stub::Fetch, ExceptionLevel::El0) => ExceptionClass::InstructionAbortLower,
        (_, ExceptionLevel::El1) => ExceptionClass::DataAbortSame,
        (_, ExceptionLevel::El0) => ExceptionClass::DataAbortLower,
    };
    let syndrome = fault.syndrome;
    syndrome.class() == class
        && syndrome.instruction_length()
        && syndrome.write() == write
        && !syndrome.cache_maintenance()
        && !syndrome.on_stage_1_walk()
        && !syndrome.address_not_valid()
}

/// FAR_EL1 is the address of the access; of one that crosses pages, or of a block, any byte of it.
fn is_right_address(shot: &Shot, observed: &Observed, fault: Fault) -> bool {
    let offset = fault.address.0.wrapping_sub(observed.address.0);
    if shot.second.is_some() || shot.stub == Stub::ZeroBlock { offset < observed.length } else { offset == 0 }
}

fn matches(change: Change, (before, after): (Descriptor, Descriptor)) -> bool {
    let young = before.with(Descriptor::AF).0 ^ before.0;
    let dirty = Stage::One.with_dirty(before).0 ^ before.0;
    let part = |update: Update, bit: u64| match update {
        Update::Never => (0, 0),
        Update::Always => (bit, 0),
        Update::Either => (0, bit),
    };
    let (young_must, young_may) = part(change.access_flag, young);
    let (dirty_must, dirty_may) = part(change.dirty, dirty);
    let changed = before.0 ^ after.0;
    changed & !(young_may | dirty_may) == young_must | dirty_must
}
