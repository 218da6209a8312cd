//! SET and CPY of bytes (FEAT_MOPS): how far they have come where a fault stops them, and what that asks of each page.
//!
//! How many bytes a prologue or a main part does before a fault is the implementation's choice, as are the direction where
//! the buffers leave it open and the form of the registers behind the prologue, option A or B (Arm ARM C6.2 CPYP, SETP).
//! Fixed is what the registers say of it: where the instruction goes on. Each page is then judged as an access of one byte is.

use super::{
    AccessKind, Architecture, Bytes, Event, Family, LeafPlace, Leaves, Mismatch, Outcome, Pages, Query,
    Siblings, Value, check, predict,
};
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::Fault;
use core::fmt;
use core::ops::Range;

/// What is done with bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bulk {
    /// SET: each becomes the low byte of a register.
    Set,
    /// CPYF: they are copied, the lowest first.
    CopyForward,
    /// CPY: they are copied in a direction that loses none where the buffers overlap.
    Copy,
}

/// A prologue, main part and epilogue, as the registers are before the prologue.
#[derive(Clone, Debug)]
pub struct MemoryOperation {
    /// What is done.
    pub bulk: Bulk,
    /// The address of the destination's byte 0.
    pub destination: VirtualAddress,
    /// The address of the source's byte 0; without meaning for SET.
    pub source: VirtualAddress,
    /// The bytes that are still to be done.
    pub remaining: Range<u64>,
}

/// The instruction that a fault stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// SETP, CPYP, CPYFP.
    Prologue,
    /// SETM, CPYM, CPYFM.
    Main,
    /// SETE, CPYE, CPYFE.
    Epilogue,
}

/// The registers of an operation: Xd, Xs and Xn. SET has no Xs of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Registers {
    /// Xd.
    pub destination: u64,
    /// Xs.
    pub source: u64,
    /// Xn.
    pub size: u64,
}

/// PSTATE.{N,Z,C,V} of option A, and of option B in either direction (Arm ARM C6.2 CPYP).
const OPTION_A: u8 = 0b0000;
const OPTION_B_FORWARD: u8 = 0b0010;
const OPTION_B_BACKWARD: u8 = 0b1010;

/// In what a stopped operation is not what the architecture has it be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inconsistent {
    /// The registers say of no part of what remained that it is to be done.
    Registers(Registers),
    /// PSTATE.{N,Z,C,V} are neither those of option A nor those of option B.
    Flags(u8),
}

impl fmt::Display for Inconsistent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registers(Registers { destination, source, size }) => write!(
                formatter,
                "Xd={destination:#x} Xs={source:#x} Xn={size:#x} name no rest of the operation \
                 (Arm ARM C6.2 CPYP, SETP)"
            ),
            Self::Flags(flags) => {
                write!(formatter, "NZCV={flags:#06b} is neither option A nor B (Arm ARM C6.2 CPYP, SETP)")
            }
        }
    }
}

/// A page of an operation, with what was seen of it where a fault stopped the operation, or behind the epilogue.
#[derive(Clone, Copy, Debug)]
pub struct OperatedPage<'a> {
    /// Its translation; the access is not looked at but for its Exception level and the address, the page's first.
    pub query: &'a Query,
    /// The leaf afterwards.
    pub after: Descriptor,
    /// The fault that stopped the operation, if it is this page's.
    pub fault: Option<Fault>,
    /// A fault stopped the operation, on whichever page.
    pub stopped: bool,
}

/// A byte of a destination.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DestinationByte {
    /// What it held before the operation.
    pub before: u8,
    /// What the operation makes of it.
    pub becomes: u8,
    /// What it holds.
    pub now: u8,
}

impl MemoryOperation {
    /// Tells whether bytes may be done in a direction (Arm ARM C6.2 CPYP; CPYF and SET have one alone).
    const fn permits(&self, forward: bool) -> bool {
        let (source, destination) = (self.source.0, self.destination.0);
        let size = self.remaining.end - self.remaining.start;
        match self.bulk {
            Bulk::Set | Bulk::CopyForward => forward,
            Bulk::Copy if forward => !(source < destination && source + size > destination),
            Bulk::Copy => !(source > destination && destination + size > source),
        }
    }

    /// Returns the bytes that remain where the registers hold this.
    ///
    /// # Errors
    ///
    /// [`Inconsistent`] where no right implementation leaves them so.
    pub fn rest(&self, part: Part, registers: Registers, flags: u8) -> Result<Range<u64>, Inconsistent> {
        let (start, end) = (self.remaining.start, self.remaining.end);
        let most = end - start;
        let forward = |rest: u64| end - rest..end;
        let backward = |rest: u64| start..start + rest;
        let is_rest = |rest: u64| (1..=most).contains(&rest);
        let (rest, at) = match (part, flags) {
            // As if the rest were all that was asked for, so that it may be executed again.
            (Part::Prologue, _) if is_rest(registers.size) => {
                let ahead = forward(registers.size);
                if self.permits(true) && self.hold(registers, ahead.start) {
                    (ahead.clone(), ahead.start)
                } else {
                    (backward(registers.size), start)
                }
            }
            (Part::Prologue, _) => return Err(Inconsistent::Registers(registers)),
            (_, OPTION_A) if is_rest(registers.size.wrapping_neg()) => {
                (forward(registers.size.wrapping_neg()), end)
            }
            (_, OPTION_A) if is_rest(registers.size) => (backward(registers.size), start),
            (_, OPTION_B_FORWARD) if is_rest(registers.size) => {
                let ahead = forward(registers.size);
                (ahead.clone(), ahead.start)
            }
            (_, OPTION_B_BACKWARD) if is_rest(registers.size) => {
                (backward(registers.size), start + registers.size)
            }
            (_, OPTION_A | OPTION_B_FORWARD | OPTION_B_BACKWARD) => {
                return Err(Inconsistent::Registers(registers));
            }
            (_, other) => return Err(Inconsistent::Flags(other)),
        };
        let direction = rest.end == end && self.permits(true) || rest.start == start && self.permits(false);
        if direction && self.hold(registers, at) { Ok(rest) } else { Err(Inconsistent::Registers(registers)) }
    }

    /// Tells whether the registers are those of a completed operation: Xn is 0, and the addresses are behind the last byte,
    /// or at the first one.
    #[must_use]
    pub fn is_completed(&self, registers: Registers) -> bool {
        let (start, end) = (self.remaining.start, self.remaining.end);
        let ends = self.permits(true) && self.hold(registers, end)
            || self.permits(false) && self.hold(registers, start);
        registers.size == 0 && ends
    }

    /// Tells whether Xd, and Xs of a copy, hold the addresses of this byte.
    fn hold(&self, registers: Registers, byte: u64) -> bool {
        let source = self.bulk == Bulk::Set || registers.source == self.source.offset(byte).0;
        registers.destination == self.destination.offset(byte).0 && source
    }

    /// Tells whether a byte of the destination may hold what was seen, where `all` were to be done and `self` remains: one that
    /// is done holds what it becomes; another may, if the page was not refused.
    #[must_use]
    pub fn may_hold(&self, all: &Range<u64>, byte: u64, refused: bool, seen: DestinationByte) -> bool {
        let pending = self.remaining.contains(&byte) || !all.contains(&byte);
        let kept = seen.now == seen.before;
        let made = seen.now == seen.becomes && all.contains(&byte);
        if pending { kept || made && !refused } else { made }
    }

    /// Holds a page against what the architecture allows, where `all` were to be done and `self` remains.
    ///
    /// # Errors
    ///
    /// The [`Mismatch`] of the access that the page fails as.
    pub fn check_page(&self, all: &Range<u64>, page: &OperatedPage<'_>) -> Result<(), Mismatch> {
        let geometry = page.query.controls.range.geometry;
        let has = |buffer: VirtualAddress, bytes: Range<u64>| {
            let first = page.query.access.address;
            let (from, to) = (buffer.0 + bytes.start, buffer.0 + bytes.end);
            !bytes.is_empty() && from < first.0 + geometry.page_size() && to > first.0
        };
        let rest = &self.remaining;
        let done = |buffer| has(buffer, all.start..rest.start) || has(buffer, rest.end..all.end);
        let copies = self.bulk != Bulk::Set;
        let (read, written) = (copies && done(self.source), done(self.destination));
        let to_write = has(self.destination, rest.clone());
        if let Some(fault) = page.fault {
            // Of a copy within one page either access may be the one that is refused.
            let to_read = copies && has(self.source, rest.clone());
            let refused = |kind| page.judge(kind, Event::Faulted(page.on_page(fault)));
            match (to_read, to_write) {
                (false, false) => refused(AccessKind::SetNothing)?,
                (true, _) if !(to_write && fault.syndrome.write()) => refused(AccessKind::LoadByte)?,
                _ => refused(AccessKind::StoreByte)?,
            }
            return if read { page.completes(AccessKind::LoadByte) } else { Ok(()) };
        }
        if written {
            return page.completes(AccessKind::StoreByte);
        }
        let least = if read { AccessKind::LoadByte } else { AccessKind::SetNothing };
        let least = page.completes(least);
        // Of several accesses of an instruction the others may be marked where one faults (Arm ARM R_QDRWL).
        let may_be_marked = page.stopped && to_write;
        if may_be_marked { least.or_else(|_| page.completes(AccessKind::StoreByte)) } else { least }
    }
}

impl OperatedPage<'_> {
    /// Returns the fault with the address at which the page is asked for: which byte of it is reported is left open.
    fn on_page(&self, fault: Fault) -> Fault {
        let first = self.query.access.address;
        let size = self.query.controls.range.geometry.page_size();
        if fault.address.align_down(size) == first { Fault { address: first, ..fault } } else { fault }
    }

    fn completes(&self, kind: AccessKind) -> Result<(), Mismatch> {
        let held = kind.family() == Family::Read;
        self.judge(kind, if held { Event::Returned(Value::Held) } else { Event::Completed })
    }

    /// Holds what was seen of the leaf against an access of a byte that ends so.
    fn judge(&self, kind: AccessKind, event: Event) -> Result<(), Mismatch> {
        let mut query = *self.query;
        query.access.kind = kind;
        let stores = kind.family() == Family::Write && event == Event::Completed;
        let first = if stores { Bytes::New } else { Bytes::Old };
        let outcome = Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(self.after, query.paths[LeafPlace::SECOND].leaf()),
            siblings: Siblings::default(),
            tables_accessed: Pages::default(),
            tables_changed: 0,
            neighbours_changed: 0,
            bytes: Pages([first, Bytes::Old]),
        };
        check(&query, &predict(Architecture, &query), &outcome)
    }
}
