//! Row D48: SET and CPY of bytes across pages.
//!
//! Each operation begins in one page and ends in the next or in the one behind that, each in one of several states; software
//! resolves the faults as an operating system would, and the operation goes on. At each fault and behind the epilogue the registers, the leaves of all
//! pages and every byte of them are held against the oracle.

mod buffers;

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::layout::PAGE_SIZE;
use crate::memory::case_space::ADDRESS;
use crate::probe::{BulkProbe, Ending, ExceptionLevel};
use crate::support::calibration;
use crate::support::context::Answer;
use crate::support::product::machine::features;
use afdbm::address::VirtualAddress;
use afdbm::descriptor::Descriptor;
use afdbm::fault::Fault;
use alloc::format;
use alloc::string::String;
use buffers::{Buffers, GEOMETRY, Image, PAGES, Resolver, SECOND, SECOND_OF_SOURCE, Stop, byte, page_of};
use cases::states::Flags;
use core::fmt;
use core::ops::Range;
use fastrand::Rng;
use oracle::{
    Access, AccessKind, Bulk, DestinationByte, Features, Leaves, MemoryOperation, OperatedPage, Part, Query,
    RangeControls, Registers, TlbState,
};

/// What carries out each case.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("d48-set-over-two-pages", |context| every_state(context, Bulk::Set)),
    ("d48-copy-forward-over-two-pages", |context| every_state(context, Bulk::CopyForward)),
    ("d48-copy-over-two-pages", |context| every_state(context, Bulk::Copy)),
];

/// The states of a page that is written, or read.
const STATES: [Flags; 7] = [
    Flags::READ_WRITE,
    Flags::READ_WRITE.old(),
    Flags::CLEAN,
    Flags::CLEAN.old(),
    Flags::READ_ONLY,
    Flags::DIRTY,
    Flags::CLEAN.invalid(),
];
/// The most bytes of an operation in its first page, and in its last.
const MOST: u64 = 300;
/// ESR_EL1.EC of the exception by which an implementation refuses the registers of another (Arm ARM D1.3.5.7).
const OF_ANOTHER_IMPLEMENTATION: u64 = 0x27;

/// An operation to be made.
struct Trial {
    operation: MemoryOperation,
    level: ExceptionLevel,
    management: Management,
    flags: [Flags; PAGES],
    value: u8,
}

impl fmt::Display for Trial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MemoryOperation { bulk, destination, source, remaining } = &self.operation;
        write!(formatter, "{bulk:?} of {} bytes to {destination}", remaining.end)?;
        if *bulk != Bulk::Set {
            write!(formatter, " from {source}")?;
        }
        let Management { access_flag, dirty_state } = self.management;
        write!(formatter, " at {}, HA={} HD={}", self.level, u8::from(access_flag), u8::from(dirty_state))
    }
}

/// What was seen of all operations.
#[derive(Default)]
struct Counts {
    operations: u32,
    /// Faults in the prologue, the main part, the epilogue.
    stops: [u32; 3],
}

/// Makes an operation for every pair of states of the first two pages that are written.
fn every_state(context: &mut Context<'_>, bulk: Bulk) -> Conclusion {
    let cpu = context.cpu();
    if !cpu.mops() {
        return Answer::skip("this CPU has no memory copy and set (ID_AA64ISAR2_EL1.MOPS is 0)");
    }
    let space = context.space()?;
    let buffers = Buffers::new(&space)?;
    let mut random = Rng::with_seed(context.seed ^ bulk as u64);
    let image: Image = (0..buffers.image().len()).map(|_| random.u64(..)).collect();
    let managements: &[Management] = if calibration::found().management_hidden {
        &[Management::NONE]
    } else {
        &[Management::NONE, Management::ACCESS_FLAG, Management::FULL]
    };
    let mut counts = Counts::default();
    for pair in 0..STATES.len() * STATES.len() {
        let states = [pair % STATES.len(), pair / STATES.len()];
        // By the seed, as the places of the buffers: a run is a sample.
        let management = managements[random.usize(..managements.len())];
        let level = if random.bool() { ExceptionLevel::El0 } else { ExceptionLevel::El1 };
        let trial = trial(&mut random, bulk, states, (level, management));
        let _controls = Controls::apply(&space.settings(management));
        match carry_out(&trial, &buffers, &image, &features(&cpu), &mut counts) {
            Ok(Ok(())) => {}
            Ok(Err(wrong)) => {
                return Answer::fail(format_args!("{trial}: {wrong}: D48 (Arm ARM R_RNMLQ, R_DYCFD)"));
            }
            Err(answer) => return answer,
        }
    }
    let Counts { operations, stops: [prologue, main, epilogue] } = counts;
    context.say(format_args!(
        "{operations} operations, stopped in the prologue {prologue} times, in the main part {main}, in the epilogue {epilogue}"
    ));
    Ok(Answer::PASS)
}

/// Makes up an operation whose first and second page to be written have these states.
fn trial(random: &mut Rng, bulk: Bulk, states: [usize; 2], made: (ExceptionLevel, Management)) -> Trial {
    let (level, management) = made;
    let (before, behind) = (random.u64(1..=MOST), random.u64(1..=MOST));
    // With a whole page between, some implementations have work for the main part.
    let between = if random.u8(..4) == 0 { PAGE_SIZE } else { 0 };
    let size = before + between + behind;
    let destination = VirtualAddress(buffers::address(SECOND).0 - before);
    let source = match bulk {
        // Within the pages of the destination, below or above, or elsewhere.
        Bulk::Copy if random.bool() => {
            let distance = random.u64(1..=MOST).min(size - 1);
            VirtualAddress(if random.bool() { destination.0 + distance } else { destination.0 - distance })
        }
        _ => VirtualAddress(buffers::address(SECOND_OF_SOURCE).0 - random.u64(1..=MOST)),
    };
    let mut flags = [Flags::CLEAN; PAGES];
    for reached in [SECOND + 1, SECOND_OF_SOURCE - 1, SECOND_OF_SOURCE, SECOND_OF_SOURCE + 1] {
        flags[reached] = STATES[random.usize(..STATES.len())];
    }
    (flags[SECOND - 1], flags[SECOND]) = (STATES[states[0]], STATES[states[1]]);
    let operation = MemoryOperation { bulk, destination, source, remaining: 0..size };
    Trial { operation, level, management, flags: flags.map(Flags::user), value: random.u8(..) }
}

/// Makes an operation; tells in what it differs from what is allowed, or concludes the case.
fn carry_out(
    trial: &Trial,
    buffers: &Buffers<'_>,
    image: &Image,
    features: &Features,
    counts: &mut Counts,
) -> Result<Result<(), String>, Conclusion> {
    let leaves = buffers.prepare(&trial.flags, image);
    let MemoryOperation { bulk, destination, source, remaining } = &trial.operation;
    let handler = Resolver::new(buffers, *bulk, trial.level);
    let (ending, fault, registers) = BulkProbe {
        level: trial.level,
        bulk: *bulk,
        registers: Registers { destination: destination.0, source: source.0, size: remaining.end },
        value: trial.value,
        target: Buffers::target(),
        handler: &handler,
    }
    .run();
    counts.operations += 1;
    match (ending, fault) {
        (Ending::TimedOut, _) => return Err(Err(Trouble::TimedOut)),
        (Ending::Fault, Some(Fault { syndrome, .. })) if syndrome.0 >> 26 == OF_ANOTHER_IMPLEMENTATION => {
            return Err(Answer::skip("the CPU refused registers as those of another implementation"));
        }
        _ => {}
    }
    let mut judge = Judge { trial, buffers, image, features, leaves };
    let mut operation = trial.operation.clone();
    let mut rest = remaining.clone();
    for (stop, found) in handler.stops() {
        let part = match stop.interrupted.part {
            Some(part) => part,
            None => return Ok(Err(String::from("a fault of no instruction of the operation"))),
        };
        counts.stops[part as usize] += 1;
        rest = match judge.stop(&operation, part, &rest, (stop, &found)) {
            Ok(rest) => rest,
            Err(wrong) => {
                return Ok(Err(format!("stopped in the {part:?} by {}: {wrong}", stop.fault.syndrome)));
            }
        };
        if let Some(page) = page_of(stop.fault.address) {
            judge.leaves[page] = handler.resolved(page);
        }
        if part == Part::Prologue {
            // It begins anew with what the registers say.
            operation.remaining = rest.clone();
        }
    }
    if ending != Ending::Returned {
        return Ok(Err(format!("{ending}, with {fault:?}")));
    }
    if !operation.is_completed(registers) {
        return Ok(Err(format!("completed with {registers:x?} (Arm ARM C6.2 CPYE, SETE)")));
    }
    let end = operation.remaining.end;
    let operation = MemoryOperation { remaining: end..end, ..operation };
    Ok(judge.all(&operation, None, &buffers.leaves(), &buffers.image()))
}

/// What the judgement of an operation needs.
struct Judge<'a> {
    trial: &'a Trial,
    buffers: &'a Buffers<'a>,
    /// Every byte before.
    image: &'a Image,
    features: &'a Features,
    /// The leaves before, or as they were resolved.
    leaves: [Descriptor; PAGES],
}

impl Judge<'_> {
    /// Judges what a fault found; returns the bytes that remain.
    fn stop(
        &self,
        operation: &MemoryOperation,
        part: Part,
        before: &Range<u64>,
        (stop, found): (&Stop, &Image),
    ) -> Result<Range<u64>, String> {
        let rest = operation
            .rest(part, stop.interrupted.registers, stop.interrupted.flags)
            .map_err(|wrong| format!("{wrong}"))?;
        if rest.start < before.start || rest.end > before.end {
            return Err(format!("bytes {rest:?} remain, after {before:?} did"));
        }
        let stopped = MemoryOperation { remaining: rest.clone(), ..operation.clone() };
        self.all(&stopped, Some(stop.fault), &stop.leaves, found)
            .map_err(|wrong| format!("bytes {rest:?} remain: {wrong}"))?;
        Ok(rest)
    }

    /// Judges every page and every byte.
    fn all(
        &self,
        operation: &MemoryOperation,
        fault: Option<Fault>,
        leaves: &[Descriptor; PAGES],
        now: &Image,
    ) -> Result<(), String> {
        let whole = &self.trial.operation.remaining;
        let faulted = fault.and_then(|fault| page_of(fault.address));
        for (page, after) in leaves.iter().enumerate() {
            let query = self.query(page);
            let fault = fault.filter(|_| faulted == Some(page));
            let stopped = faulted.is_some();
            let seen = OperatedPage { query: &query, after: *after, fault, stopped };
            operation.check_page(whole, &seen).map_err(|mismatch| {
                format!("page {page}, {} before, {after} after: {}", self.leaves[page], mismatch.aspect)
            })?;
        }
        let first = self.trial.operation.destination.0;
        let words = self.image.iter().zip(now).enumerate();
        let changed = words.filter(|(_, (was, is))| was != is).map(|(word, _)| ADDRESS.0 + 8 * word as u64);
        // Every byte that is to be done, and every other that is not as it was.
        for address in (first..first + whole.end).chain(changed.flat_map(|word| word..word + 8)) {
            let index = address.wrapping_sub(first);
            let becomes = match operation.bulk {
                Bulk::Set => self.trial.value,
                _ if whole.contains(&index) => byte(self.image, operation.source.0 + index),
                _ => 0,
            };
            let seen =
                DestinationByte { before: byte(self.image, address), becomes, now: byte(now, address) };
            let refused = faulted.is_some() && page_of(VirtualAddress(address)) == faulted;
            if !operation.may_hold(whole, index, refused, seen) {
                return Err(format!("byte {}: {seen:?}", VirtualAddress(address)));
            }
        }
        Ok(())
    }

    /// What an access of one byte to a page asks.
    fn query(&self, page: usize) -> Query {
        let path = self.buffers.path(page, self.leaves[page]);
        let Management { access_flag, dirty_state } = self.trial.management;
        Query {
            controls: oracle::Controls {
                hardware_access_flag: access_flag,
                hardware_dirty_state: dirty_state,
                range: RangeControls { geometry: GEOMETRY, ..RangeControls::default() },
                ..oracle::Controls::default()
            },
            features: *self.features,
            access: Access {
                kind: AccessKind::StoreByte,
                level: match self.trial.level {
                    ExceptionLevel::El0 => oracle::ExceptionLevel::El0,
                    ExceptionLevel::El1 => oracle::ExceptionLevel::El1,
                },
                address: buffers::address(page),
            },
            paths: Leaves::stage_1(path, path),
            tlb: TlbState::Cold,
        }
    }
}
