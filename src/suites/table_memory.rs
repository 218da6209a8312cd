//! Rows G02, G03 and G05 to G08: tables in memory for which no hardware update is promised.
//!
//! Where the architecture permits several outcomes each is accepted, and the log tells which was seen. An SError that an
//! access causes is one of them: it is awaited behind a DSB, ends that access alone, and is counted. One that comes
//! later, or while two CPUs race, ends the case as an error.

use super::{Conclusion, Context, Function, Trouble};
use crate::machine::controls::{Management, WalkMemory};
use crate::machine::per_cpu::{self, CpuIndex};
use crate::machine::{barriers, caches, cpus};
use crate::memory::case_space::{ADDRESS, CaseSpace};
use crate::probe::{Ending, ExceptionLevel, FETCHED_CODE, Probe, ProbeReport, Stub};
use crate::support::batch::Batch;
use crate::support::context::Answer;
use crate::support::store_race::against_atomics;
use crate::support::tally::tell;
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::{ExceptionClass, Fault, FaultStatus};
use afdbm::stage::Stage;
use alloc::format;
use alloc::string::String;
use cases::states::Flags;
use core::sync::atomic::Ordering::Relaxed;
use oracle::Par;
use spin::Once;

/// What carries out each case that is a function.
pub const FUNCTIONS: &[(&str, Function)] = &[
    ("g02-non-shareable-tables", |context| {
        either(context, &[WalkMemory::NonShareable], "G02 (Arm ARM R_WLTNL)")
    }),
    ("g03-non-cacheable-tables", |context| either(context, &NOT_PROMISED, "G03 (Arm ARM R_WLTNL)")),
    ("g05-syndrome-of-a-refused-update", g05),
    ("g06-refused-or-read-only", g06),
    ("g07-at-with-non-cacheable-tables", g07),
    ("g08-no-update-needed", g08),
];

const VALUE: u64 = 0x5a5a;
/// Row G03.
const NOT_PROMISED: [WalkMemory; 2] = [WalkMemory::NonCacheable, WalkMemory::WriteThrough];

use ExceptionLevel::{El0, El1};

/// An access to one page.
#[derive(Clone, Copy)]
struct Shot(ExceptionLevel, Stub, Flags);

const CODE: Flags = Flags::READ_ONLY.executable().old();
/// Accesses that need an update.
const UPDATES: [Shot; 8] = [
    Shot(El1, Stub::Load, Flags::READ_WRITE.old()),
    Shot(El1, Stub::Store, Flags::READ_WRITE.old()),
    Shot(El1, Stub::Store, Flags::CLEAN),
    Shot(El1, Stub::Store, Flags::CLEAN.old()),
    Shot(El1, Stub::Fetch, CODE),
    Shot(El0, Stub::Load, Flags::CLEAN.user().old()),
    Shot(El0, Stub::Store, Flags::CLEAN.user()),
    Shot(El0, Stub::Fetch, CODE.user()),
];
/// Accesses that need none.
const WITHOUT: [Shot; 5] = [
    Shot(El1, Stub::Load, Flags::CLEAN),
    Shot(El1, Stub::Store, Flags::READ_WRITE),
    Shot(El1, Stub::Store, Flags::DIRTY),
    Shot(El0, Stub::Load, Flags::READ_ONLY.user()),
    Shot(El0, Stub::Store, Flags::DIRTY.user()),
];

/// What became of an access.
struct Attempt {
    before: Descriptor,
    after: Descriptor,
    /// The value is in memory.
    stored: bool,
    frame: PhysicalAddress,
    /// What the probe saw; nothing where an SError ended it.
    seen: Option<ProbeReport>,
}

/// Makes an access in a space of its own, which is walked as `walk` says, with HA=HD=1.
fn attempt(walk: WalkMemory, Shot(level, stub, flags): Shot) -> Result<Attempt, Trouble> {
    let space = CaseSpace::walked(walk)?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, flags.0)?;
    page.word(0).store(FETCHED_CODE, Relaxed);
    caches::publish_code(page.word(0));
    let before = page.with_flags(flags.0);
    page.set(before);
    let seen = Once::new();
    let work = || {
        let is_set = walk.is_set();
        let found = Probe::new(stub, ADDRESS).at(level).storing(VALUE).run();
        barriers::sequence_complete_maintenance();
        barriers::sequence_synchronize_context();
        seen.call_once(|| is_set.then_some(found));
    };
    let first = CpuIndex(0);
    let ended = cpus::on(first, space.settings(Management::FULL), &work);
    if ended.is_err() && per_cpu::ALL[first.0].unexpected.take_error().is_none() {
        return Err(Trouble::Abandoned(first));
    }
    let seen = seen.get().copied();
    if let Some(None) = seen {
        return Err(Trouble::Other(format!("TCR_EL1 does not hold {walk}")));
    }
    let (after, stored) = (page.descriptor(), page.word(0).load(Relaxed) == VALUE);
    Ok(Attempt { before, after, stored, frame: page.frame.address(), seen: seen.flatten() })
}

impl Attempt {
    fn passes(&self) -> bool {
        self.seen.is_some_and(|seen| seen.ending == Ending::Returned && seen.faults == 0)
    }

    /// The fault that ended the access.
    fn fault(&self) -> Option<Fault> {
        self.seen.filter(|seen| seen.ending == Ending::Fault).and_then(|seen| seen.fault)
    }

    fn is(&self, status: FaultStatus) -> bool {
        self.fault().is_some_and(|fault| fault.syndrome.status() == status)
    }

    /// Tells whether the descriptor is as it was, AF either, and nothing was stored.
    fn is_untouched(&self) -> bool {
        !self.stored && self.after.with(Descriptor::AF) == self.before.with(Descriptor::AF)
    }

    /// What was seen, in words.
    fn told(&self, walk: WalkMemory, Shot(level, stub, _): Shot) -> String {
        let ends = match (self.seen, self.fault()) {
            (None, _) => "SError".into(),
            (_, Some(fault)) => format!("{}", fault.syndrome),
            (Some(seen), None) => format!("{} after {} faults", seen.ending, seen.faults),
        };
        let (before, after, stored) = (self.before, self.after, self.stored);
        format!("{walk}: {stub} at {level}: {ends}, stored: {stored}, descriptor {before}, then {after}")
    }

    /// Tells which of the permitted outcomes of an update it is, if any (Arm ARM R_WLTNL).
    fn update(&self, Shot(_, stub, flags): Shot) -> Option<Permitted> {
        let is_store = stub == Stub::Store;
        let young = self.before.with(Descriptor::AF);
        let marks = is_store && flags.0 & Descriptor::DBM != 0;
        let wanted = if marks { Stage::One.with_dirty(young) } else { young };
        if self.passes() {
            return (self.after == wanted && self.stored == is_store).then_some(Permitted::Completed);
        }
        let error = self.seen.is_none() && self.after == wanted;
        if error { Some(Permitted::Error) } else { self.refused() }
    }

    /// Tells whether an update was refused, or ended by an SError, and nothing changed.
    fn refused(&self) -> Option<Permitted> {
        match self {
            attempt if !attempt.is_untouched() => None,
            attempt if attempt.is(FaultStatus::UnsupportedAtomicUpdate) => Some(Permitted::Refused),
            Self { seen: None, .. } => Some(Permitted::Error),
            _ => None,
        }
    }
}

/// A permitted outcome.
#[derive(Clone, Copy)]
enum Permitted {
    /// The access, with its update if it needs one; whether that is atomic takes a second CPU to tell.
    Completed,
    /// 0b110001.
    Refused,
    /// An SError.
    Error,
    /// A Permission fault.
    Permission,
    /// Anything that is not 0b110001, which was looked for.
    NotRaised,
}

/// Makes each of `shots` with tables in each of `walks`, and tells what came of it: a bit for each [`Permitted`] seen, or
/// the failure at the first that `permitted` does not know.
fn each(
    context: &mut Context<'_>,
    rule: &str,
    walks: &[WalkMemory],
    shots: &[Shot],
    permitted: fn(&Attempt, Shot) -> Option<Permitted>,
) -> Result<Result<u32, Answer>, Trouble> {
    let mut all = 0;
    for walk in walks.iter().copied() {
        let mut counts = [0; Permitted::NotRaised as usize + 1];
        for shot in shots.iter().copied() {
            let attempt = attempt(walk, shot)?;
            let Some(outcome) = permitted(&attempt, shot) else {
                return Answer::fail(format_args!("{}: {rule}", attempt.told(walk, shot))).map(Err);
            };
            counts[outcome as usize] += 1;
            all |= 1 << outcome as u32;
        }
        let [completed, refused, errors, permissions, _] = counts;
        context.say(format_args!(
            "{walk}: {completed} completed, {refused} 0b110001, {errors} SErrors, {permissions} Permission faults"
        ));
    }
    Ok(Ok(all))
}

fn whole(found: Result<u32, Answer>) -> Answer {
    found.map_or_else(|failure| failure, |_| Answer::PASS)
}

/// G02 and G03: each access that needs an update comes to one of the permitted outcomes, which are told.
fn either(context: &mut Context<'_>, walks: &[WalkMemory], rule: &str) -> Conclusion {
    let found = each(context, rule, walks, &UPDATES, Attempt::update)?;
    if found != Ok(1 << Permitted::Completed as u32) || context.lacks_cpus(2).is_some() {
        return Ok(whole(found));
    }
    let [mut atomic, mut lost, mut broken] = [0; 3];
    for walk in walks {
        let space = CaseSpace::walked(*walk)?;
        let batch = Batch::new(&space, Flags::CLEAN.old())?;
        let found = against_atomics(&space, &batch)?;
        atomic += found.whole;
        lost += found.lost;
        broken += found.broken;
    }
    let seen = [("whole", atomic), ("not whole (permitted)", lost)];
    tell(context, &seen, ("with other bits changed", broken), rule)
}

/// G05: the syndrome of 0b110001, wherever it is raised; WnR is UNKNOWN there.
fn g05(context: &mut Context<'_>) -> Conclusion {
    let walks = [WalkMemory::NonCacheable, WalkMemory::WriteThrough, WalkMemory::NonShareable];
    let rule = "G05 (Arm ARM R_VSXXT, D24.2.45)";
    let found = each(context, rule, &walks, &UPDATES, |attempt, Shot(level, stub, _)| {
        if !attempt.is(FaultStatus::UnsupportedAtomicUpdate) {
            return Some(Permitted::NotRaised);
        }
        let Fault { syndrome, address } = attempt.fault()?;
        let class = match (level, stub) {
            (El1, Stub::Fetch) => ExceptionClass::InstructionAbortSame,
            (El0, Stub::Fetch) => ExceptionClass::InstructionAbortLower,
            (El1, _) => ExceptionClass::DataAbortSame,
            (El0, _) => ExceptionClass::DataAbortLower,
        };
        let stage_1 = !syndrome.on_stage_1_walk() && !syndrome.cache_maintenance();
        let right = syndrome.class() == class && stage_1 && address == ADDRESS && attempt.is_untouched();
        right.then_some(Permitted::Refused)
    })?;
    if found == Ok(1 << Permitted::NotRaised as u32) {
        return Answer::skip("permitted, and not observed");
    }
    Ok(whole(found))
}

/// G06: an old, read-only page: 0b110001, a Permission fault, or the SError of the update; the page stays.
fn g06(context: &mut Context<'_>) -> Conclusion {
    let shots = [Shot(El1, Stub::Store, Flags::READ_ONLY.old()), Shot(El0, Stub::Store, CODE.user())];
    let found = each(context, "G06 (Arm ARM R_KYXHT)", &NOT_PROMISED, &shots, |attempt, _| {
        let permission = attempt.is(FaultStatus::Permission(Level::L3)) && attempt.is_untouched();
        if permission { Some(Permitted::Permission) } else { attempt.refused() }
    })?;
    Ok(whole(found))
}

/// G07: AT of an old page: PAR_EL1 holds the output, or 0b110001; AF either.
fn g07(context: &mut Context<'_>) -> Conclusion {
    let shots =
        [Stub::TranslateRead, Stub::TranslateWrite].map(|stub| Shot(El1, stub, Flags::READ_WRITE.old()));
    let found = each(context, "G07 (Arm ARM D8.5.4, R_XQSMX)", &NOT_PROMISED, &shots, |attempt, _| {
        let par = Par(attempt.seen?.read);
        let stays = attempt.passes() && attempt.is_untouched();
        let refused = par.is_fault(FaultStatus::UnsupportedAtomicUpdate).then_some(Permitted::Refused);
        let outcome = if par.is_output(attempt.frame) { Some(Permitted::Completed) } else { refused };
        outcome.filter(|_| stays)
    })?;
    Ok(whole(found))
}

/// G08: where no update is needed none is attempted: no fault, and the descriptor stays.
fn g08(context: &mut Context<'_>) -> Conclusion {
    let found = each(context, "G08 (pseudocode S1Translate)", &NOT_PROMISED, &WITHOUT, |attempt, _| {
        (attempt.passes() && attempt.after == attempt.before).then_some(Permitted::Completed)
    })?;
    Ok(whole(found))
}
