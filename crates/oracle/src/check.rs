//! Holding an observation against a prediction.

use super::{
    Allowed, Alternative, Bytes, BytesSet, Change, Ending, Event, LeafPlace, Levels, Outcome, Page, Pages,
    Par, Query, TableUpdate, Update, Value, observed::old_tables,
};
use afdbm::descriptor::Descriptor;
use afdbm::geometry::Level;
use afdbm::stage::Stage;
use core::fmt;

/// In what an observation differs from what is allowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Aspect {
    /// A fault where none is allowed.
    UnexpectedFault,
    /// No fault where one is required.
    MissingFault,
    /// Another fault status, or another level, than is allowed.
    FaultStatus,
    /// The fault status is right, another field of the syndrome is not.
    Syndrome,
    /// FAR_EL1.
    FaultAddress,
    /// More than one exception.
    ExceptionCount,
    /// The value, the status or the report that the instruction returned.
    Returned,
    /// AF of a leaf was not set, though it must be.
    FlagMissing,
    /// AF of a leaf was set, though it must not be, or was cleared.
    FlagUnexpected,
    /// A leaf is not dirty, though it must be.
    DirtyMissing,
    /// A leaf became dirty, or AP\[2\] was set, though it must not be.
    DirtyUnexpected,
    /// A leaf became dirty with AF=0.
    DirtyWithoutFlag,
    /// Another bit of a leaf changed.
    LeafBits,
    /// A member of the contiguous group changed as it must not.
    Group,
    /// A Table descriptor changed.
    Tables,
    /// AF of a Table descriptor was not set, though it must be.
    TableFlagMissing,
    /// A neighbouring descriptor changed.
    Neighbours,
    /// The bytes in memory.
    Memory,
}

impl Aspect {
    /// Every aspect, by its discriminant.
    pub const ALL: [Self; 18] = [
        Self::UnexpectedFault,
        Self::MissingFault,
        Self::FaultStatus,
        Self::Syndrome,
        Self::FaultAddress,
        Self::ExceptionCount,
        Self::Returned,
        Self::FlagMissing,
        Self::FlagUnexpected,
        Self::DirtyMissing,
        Self::DirtyUnexpected,
        Self::DirtyWithoutFlag,
        Self::LeafBits,
        Self::Group,
        Self::Tables,
        Self::TableFlagMissing,
        Self::Neighbours,
        Self::Memory,
    ];
}

impl fmt::Display for Aspect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UnexpectedFault => "unexpected fault",
            Self::MissingFault => "missing fault",
            Self::FaultStatus => "wrong fault status",
            Self::Syndrome => "wrong syndrome",
            Self::FaultAddress => "wrong fault address",
            Self::ExceptionCount => "more than one exception",
            Self::Returned => "wrong value returned",
            Self::FlagMissing => "Access flag not set",
            Self::FlagUnexpected => "Access flag changed",
            Self::DirtyMissing => "dirty state not set",
            Self::DirtyUnexpected => "dirty state changed",
            Self::DirtyWithoutFlag => "dirty with AF=0",
            Self::LeafBits => "other bits of the descriptor changed",
            Self::Group => "contiguous group changed",
            Self::Tables => "Table descriptor changed",
            Self::TableFlagMissing => "Access flag of a Table descriptor not set",
            Self::Neighbours => "neighbouring descriptor changed",
            Self::Memory => "wrong data in memory",
        })
    }
}

/// An observation that the architecture does not allow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// In what it differs from the alternative that comes nearest.
    pub aspect: Aspect,
    /// The alternative that comes nearest, by its place in the prediction.
    pub nearest: u8,
}

/// Holds `outcome` against `allowed`, which was predicted for `query`.
///
/// # Errors
///
/// The mismatch with the nearest alternative, if none allows the outcome.
pub fn check(query: &Query, allowed: &Allowed, outcome: &Outcome) -> Result<(), Mismatch> {
    let compared = |alternative: &Alternative| compare(query, allowed, alternative, outcome);
    // Most machines do most often what comes first.
    if allowed.alternatives().first().is_some_and(|first| compared(first).is_ok()) {
        return Ok(());
    }
    nearest(allowed, compared)
}

/// Compares every alternative; returns the mismatch with the nearest one if all differ.
#[cold]
pub(super) fn nearest<S, const MOST: usize>(
    allowed: &Allowed<S, MOST>,
    compared: impl Fn(&Alternative<S>) -> Result<(), Aspect>,
) -> Result<(), Mismatch> {
    let mut nearest: Option<Mismatch> = None;
    for (place, alternative) in (0_u8..).zip(allowed.alternatives()) {
        match compared(alternative) {
            Ok(()) => return Ok(()),
            Err(aspect) => {
                // The later an aspect is compared, the nearer the alternative came.
                if nearest.is_none_or(|best| rank(best.aspect) < rank(aspect)) {
                    nearest = Some(Mismatch { aspect, nearest: place });
                }
            }
        }
    }
    Err(nearest.unwrap_or(Mismatch { aspect: Aspect::Returned, nearest: 0 }))
}

const fn rank(aspect: Aspect) -> u8 {
    match aspect {
        Aspect::UnexpectedFault | Aspect::MissingFault => 0,
        Aspect::FaultStatus => 1,
        Aspect::FaultAddress => 2,
        Aspect::Syndrome => 3,
        _ => 4,
    }
}

pub(super) fn ensure(condition: bool, aspect: Aspect) -> Result<(), Aspect> {
    if condition { Ok(()) } else { Err(aspect) }
}

pub(super) fn compare<S, const MOST: usize>(
    query: &Query,
    allowed: &Allowed<S, MOST>,
    alternative: &Alternative<S>,
    seen: &Outcome,
) -> Result<(), Aspect> {
    ending(alternative, seen)?;
    let before = query.paths[LeafPlace::FIRST].leaf();
    let contiguous = before.has(Descriptor::CONTIGUOUS | Descriptor::VALID);
    let mask = allowed.leaf_mask;
    let elsewhere = contiguous && allowed.group.dirty_elsewhere && seen.siblings.dirtied > 0;
    let shown_elsewhere =
        ShownElsewhere { flag: contiguous && allowed.group.flag_elsewhere, dirty: elsewhere };
    for place in LeafPlace::ALL {
        let (was, is) = (query.paths[place].leaf(), seen.leaves[place]);
        if place.page == Page::First {
            leaf(
                place.stage,
                mask,
                (was, is),
                alternative.updates[place],
                seen.bytes[place.page],
                shown_elsewhere,
            )?;
        } else if query.access.kind.is_crossing() {
            let none = ShownElsewhere::default();
            leaf(place.stage, mask, (was, is), alternative.updates[place], seen.bytes[place.page], none)?;
        } else {
            ensure(was == is, Aspect::Neighbours)?;
        }
    }
    if contiguous {
        group(allowed, alternative, before, seen)?;
    } else {
        ensure(seen.siblings.changed & allowed.neighbour_mask == 0, Aspect::Neighbours)?;
    }
    ensure(seen.tables_changed & allowed.table_mask == 0, Aspect::Tables)?;
    if alternative.tables != Pages::default() || seen.tables_accessed != Pages::default() {
        tables(query, alternative, seen)?;
    }
    ensure(seen.neighbours_changed & allowed.neighbour_mask == 0, Aspect::Neighbours)?;
    bytes(alternative.bytes[Page::First], seen.bytes[Page::First])?;
    bytes(alternative.bytes[Page::Second], seen.bytes[Page::Second])
}

/// Holds the Access flags of the Table descriptors against what the alternative says of each page's walk. A table that
/// both walks use is the same cell.
fn tables<S>(query: &Query, alternative: &Alternative<S>, seen: &Outcome) -> Result<(), Aspect> {
    let access = &query.access;
    let crossing = access.kind.is_crossing();
    let geometry = query.controls.range.geometry;
    for page in Page::ALL {
        if page == Page::Second && !crossing {
            return ensure(seen.tables_accessed[page] == Levels::NONE, Aspect::Neighbours);
        }
        let (set, old) = (seen.tables_accessed[page], old_tables(query, page));
        let TableUpdate { accessed, levels } = alternative.tables[page];
        let mut permitted = if accessed == Change::Never { Levels::NONE } else { levels };
        if crossing {
            let other = if page == Page::First { Page::Second } else { Page::First };
            let unshared = geometry.first_unshared_level(access.address, access.second_page(geometry));
            let also = alternative.tables[other];
            if also.accessed != Change::Never {
                permitted = permitted.or(also.levels.and(Levels::between(Level::Minus1, unshared)));
            }
        }
        ensure(set.is_subset_of(permitted.and(old)), Aspect::Tables)?;
        ensure(accessed != Change::Must || levels.and(old).is_subset_of(set), Aspect::TableFlagMissing)?;
    }
    Ok(())
}

fn bytes(set: BytesSet, seen: Bytes) -> Result<(), Aspect> {
    ensure(set.contains(seen), Aspect::Memory)
}

fn ending<S>(alternative: &Alternative<S>, seen: &Outcome) -> Result<(), Aspect> {
    ensure(seen.exceptions <= 1, Aspect::ExceptionCount)?;
    match (&alternative.ending, &seen.event) {
        (Ending::Faults { syndrome, address, address_mask }, Event::Faulted(fault)) => {
            let status = syndrome.mask & 0x3f;
            let differs = (fault.syndrome.0 ^ syndrome.value.0) & status != 0;
            ensure(!differs, Aspect::FaultStatus)?;
            ensure((fault.address.0 ^ address.0) & address_mask == 0, Aspect::FaultAddress)?;
            ensure(syndrome.matches(fault.syndrome), Aspect::Syndrome)
        }
        (Ending::Faults { .. }, _) => Err(Aspect::MissingFault),
        (_, Event::Faulted(_)) => Err(Aspect::UnexpectedFault),
        (Ending::Completes, Event::Completed)
        | (Ending::ReturnsData | Ending::ReturnsAnything, Event::Returned(Value::Held))
        | (Ending::ReturnsAnything, Event::Returned(_))
        | (Ending::ReturnsAnyStatus, Event::Status(_))
        | (Ending::ReportsAnything, Event::Reported(_)) => Ok(()),
        (Ending::ReturnsStatus(passed), Event::Status(status)) => {
            ensure(*status == u64::from(!passed), Aspect::Returned)
        }
        (Ending::ReportsOutput(output), Event::Reported(par)) => {
            ensure(par.is_output(*output), Aspect::Returned)
        }
        (Ending::ReportsFault(status), Event::Reported(par)) => match par.status() {
            None => Err(Aspect::MissingFault),
            Some(_) => ensure(par.is_fault(*status), Aspect::FaultStatus),
        },
        (Ending::ReportsStage2Fault { report, mask }, Event::Reported(par)) => {
            ensure(par.status().is_some(), Aspect::MissingFault)?;
            let differs = (par.0 ^ report.0) & mask;
            ensure(differs & Par::STATUS == 0, Aspect::FaultStatus)?;
            ensure(differs == 0, Aspect::Syndrome)
        }
        _ => Err(Aspect::Returned),
    }
}

/// What an accessed member of a contiguous group need not show, because another member does.
#[derive(Clone, Copy, Default)]
pub(super) struct ShownElsewhere {
    flag: bool,
    dirty: bool,
}

pub(super) fn leaf(
    stage: Stage,
    mask: u64,
    (before, after): (Descriptor, Descriptor),
    update: Update,
    bytes: Bytes,
    shown_elsewhere: ShownElsewhere,
) -> Result<(), Aspect> {
    let changed = before.0 ^ after.0;
    ensure(changed & mask == 0, Aspect::LeafBits)?;
    if changed & Descriptor::AF != 0 {
        ensure(!before.is_young() && update.accessed != Change::Never, Aspect::FlagUnexpected)?;
    } else {
        let required = update.accessed == Change::Must && !shown_elsewhere.flag;
        ensure(before.is_young() || !required, Aspect::FlagMissing)?;
    }
    if changed & stage.dirty_bit().mask() != 0 {
        ensure(update.dirtied != Change::Never, Aspect::DirtyUnexpected)?;
        ensure(after.is_young() || !update.dirty_needs_accessed, Aspect::DirtyWithoutFlag)
    } else {
        let written = update.written_is_dirty && bytes != Bytes::Old;
        let required = update.dirtied == Change::Must || written;
        ensure(shown_elsewhere.dirty || !required, Aspect::DirtyMissing)
    }
}

fn group<S, const MOST: usize>(
    allowed: &Allowed<S, MOST>,
    alternative: &Alternative<S>,
    before: Descriptor,
    seen: &Outcome,
) -> Result<(), Aspect> {
    let siblings = seen.siblings;
    ensure(siblings.changed & allowed.leaf_mask == 0, Aspect::Group)?;
    if siblings.changed & Descriptor::AF != 0 {
        ensure(allowed.group.shares_flag && !before.is_young(), Aspect::Group)?;
    }
    if siblings.dirtied > 0 {
        ensure(
            alternative.updates[LeafPlace::FIRST].dirtied != Change::Never && allowed.group.dirty_elsewhere,
            Aspect::Group,
        )?;
        ensure(
            !siblings.dirty_without_flag || !alternative.updates[LeafPlace::FIRST].dirty_needs_accessed,
            Aspect::DirtyWithoutFlag,
        )?;
    }
    let accessed =
        u8::from((before.0 ^ seen.leaves[LeafPlace::FIRST].0) & Stage::One.dirty_bit().mask() != 0);
    ensure(siblings.dirtied + accessed <= allowed.group.dirtied_at_most, Aspect::Group)
}
