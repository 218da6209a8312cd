//! Races on a contiguous group: hardware writes through one of its members.

use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::layout::CONTIGUOUS_ENTRIES;
use crate::machine::lock::Lock;
use crate::memory::case_space::{CasePage, CaseSpace, discharge};
use crate::probe::{Ending, ExceptionLevel, Probe, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::access_evidence::AccessEvidence;
use crate::support::batch::marked;
use crate::support::context;
use crate::support::findings::Findings;
use crate::support::group::map_group;
use crate::support::handler::{Contiguous, Handler};
use crate::support::rendezvous::{Handover, Member, together};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::operations::{
    Answer, Breach, HookedGroup, Hooks, Invariant, Outcome, Rewrite, Slot, SlotGroup, Step, Transition,
    Writes, encoding, monotone, no_lost_dirty, no_over_dirty, refold, return_value, unfold,
};
use alloc::format;
use cases::states::WRITABLE_CLEAN;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use history::GroupSelection;

/// The member that CPU 0's access is about, and the one that the other CPU writes through.
const TARGET: usize = 9;
const SIBLING: usize = 3;
/// More windows than any operation on a group has; one that loops is cut there.
const WINDOWS: usize = 128;

/// A window before one step of an operation on a group, through which the other CPU stores.
struct Window<'a> {
    handover: &'a Handover,
    target: usize,
    reached: AtomicUsize,
    landed: AtomicBool,
    /// The store came before a step that breaks or reads an entry, not before one that makes it.
    early: AtomicBool,
    /// The store took a TLB conflict abort.
    conflict: AtomicBool,
    trouble: AtomicBool,
}

/// What the other CPU answers.
const LANDED: u64 = 1;
const CONFLICT: u64 = 2;

impl<'a> Window<'a> {
    const fn new(handover: &'a Handover, target: usize) -> Self {
        let [landed, early, conflict, trouble] = [const { AtomicBool::new(false) }; 4];
        Self { handover, target, reached: AtomicUsize::new(0), landed, early, conflict, trouble }
    }

    /// Whether the operation had as many steps as the window needs.
    fn was_open(&self) -> bool {
        self.reached.load(Relaxed) > self.target
    }
}

impl Hooks for Window<'_> {
    fn at(&self, step: Step, _entry: usize) {
        if self.reached.fetch_add(1, Relaxed) != self.target {
            return;
        }
        self.early.store(step != Step::Store, Relaxed);
        match self.handover.ask(0) {
            Ok(answer) => {
                self.landed.store(answer == LANDED, Relaxed);
                self.conflict.store(answer == CONFLICT, Relaxed);
            }
            Err(_) => self.trouble.store(true, Relaxed),
        }
    }
}

/// What CPU 0 does in one round: an operation with a window in it, which it judges.
type Script<'a> = &'a (dyn Fn(&Window<'_>, &mut Findings) + Sync);

/// How many windows there were, and what came through them.
#[derive(Clone, Copy, Default)]
struct Counts {
    windows: usize,
    /// An invariant was broken.
    broken: usize,
    /// The store took a TLB conflict abort.
    conflicts: usize,
}

/// Runs the script with a window before each step in turn, while CPU 1 stores to the sibling at HA=HD=1. Returns
/// what was broken, and in how many of how many windows.
fn in_every_window(
    space: &CaseSpace,
    pages: &[CasePage<'_>; CONTIGUOUS_ENTRIES],
    flags: u64,
    script: Script<'_>,
) -> Result<(Findings, Counts), Trouble> {
    let handover = Handover::new();
    let result = Lock::new((Findings::default(), Counts::default()));
    let rounds = || -> Result<(), Trouble> {
        let mut all = Findings::default();
        let mut counts = Counts::default();
        for target in 0..WINDOWS {
            // The round before may have left the group apart: break before make (Arm ARM R_WHZWS).
            pages.iter().for_each(|page| page.set(Descriptor::INVALID));
            pages.iter().for_each(|page| page.set(page.with_flags(flags)));
            let window = Window::new(&handover, target);
            let mut findings = Findings::default();
            script(&window, &mut findings);
            if window.trouble.load(Relaxed) {
                return Err(Trouble::TimedOut);
            }
            if !window.was_open() {
                break;
            }
            counts.windows += 1;
            counts.broken += usize::from(!findings.is_empty());
            counts.conflicts += usize::from(window.conflict.load(Relaxed));
            all.merge(findings);
        }
        if counts.windows == 0 {
            return Err(Trouble::Other("the operation on the group has no step".into()));
        }
        *result.lock() = (all, counts);
        Ok(())
    };
    let software = || {
        let ended = rounds();
        handover.close();
        ended
    };
    let hardware = || {
        handover.serve(|_| {
            let page = &pages[SIBLING];
            barriers::sequence_invalidate_leaf_local(page.tlb_address());
            let seen = Probe::new(Stub::Store, page.address).storing(1).run();
            match (seen.ending, seen.fault.map(|fault| fault.syndrome.status())) {
                (Ending::Returned, _) => LANDED,
                (_, Some(FaultStatus::TlbConflict)) => CONFLICT,
                _ => 0,
            }
        })
    };
    together(
        space,
        &[
            Member { management: Management::NONE, work: &software },
            Member { management: Management::FULL, work: &hardware },
        ],
    )?;
    let value = core::mem::take(&mut *result.lock());
    Ok(value)
}

/// What is known of a store to the sibling: whether it landed, and who may hold its record.
const fn writes(landed: bool, memory: &[Descriptor]) -> Writes<'_> {
    Writes { landed, attempted: landed, memory, returned_dirty: false, given_up: false }
}

/// Tells how many windows went wrong.
fn tell(context: &mut Context<'_>, what: &str, Counts { windows, broken, .. }: Counts) {
    context
        .say(format_args!("{what}: a store to a sibling in {windows} windows, {broken} break an invariant"));
}

/// I17: the target's walker manages nothing; hardware makes a sibling dirty in each window.
fn fault(context: &mut Context<'_>, selection: GroupSelection) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let pages = map_group(&space, WRITABLE_CLEAN.flags)?;
    let cells = pages.each_ref().map(|page| page.cell);
    let flags = WRITABLE_CLEAN.flags.0 | Descriptor::CONTIGUOUS;
    let (findings, counts) = in_every_window(&space, &pages, flags, &|window, findings| {
        let target = &pages[TARGET];
        let handler = Handler::new(&space, Contiguous::new(selection, cells, window));
        let before = target.descriptor();
        let probe = Probe::new(Stub::Store, target.address).at(ExceptionLevel::El0);
        let seen = probe.storing(1).resolved_by(&handler).run();
        let (after, changes) = (target.descriptor(), handler.changes());
        let mut left = pages.each_ref().map(CasePage::descriptor);
        let (stub, records) = (Stub::Store, if seen.faults == 0 { &left[..] } else { &[after] });
        let store = AccessEvidence { stub, before, after, records, seen: &seen, changes };
        store.judge(findings, &selection);
        // Any member but the target, which the store above has dirtied, may hold what the sibling's records (row F03).
        let landed = window.landed.load(Relaxed);
        left[TARGET] = Descriptor::INVALID;
        if let Some(breach) = no_lost_dirty(&writes(landed, &left)) {
            let sibling = left[SIBLING];
            findings
                .note(breach.invariant(), || format!("{selection}: the sibling is left {sibling}: {breach}"));
        }
    })?;
    tell(context, selection.name(), counts);
    Ok(findings)
}

/// I17 with ours.
pub fn fault_with_ours(context: &mut Context<'_>) -> Conclusion {
    let ours = context.our_group();
    fault(context, ours)?.acquit(context, &ours)
}

/// I17 with c0, which sees the sibling's dirty state and leaves the target alone.
pub fn fault_with_c0(context: &mut Context<'_>) -> Conclusion {
    let findings = fault(context, GroupSelection::C0)?;
    if findings.is_empty() {
        let reason = "not observed: the access used the sibling's entry (Arm ARM R_GPHKF, R_JKCXG)";
        return context::Answer::skip(reason);
    }
    findings.convict(context, &GroupSelection::C0, &[Invariant::Progress])
}

/// A conversion of a group: apart, or together again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conversion {
    Unfold,
    Refold,
    /// Apart by load and store, without a break: what a store records in between is overwritten.
    UnfoldByStore,
}

/// I18: hardware writes in each window of a conversion.
fn convert(context: &mut Context<'_>, conversion: Conversion) -> Result<(Findings, Counts), Trouble> {
    let space = context.space()?;
    let pages = map_group(&space, WRITABLE_CLEAN.flags)?;
    let cells = pages.each_ref().map(|page| page.cell);
    let place = space.tables().leaf(pages[0].address)?.place;
    const CONTIGUOUS: u64 = Descriptor::CONTIGUOUS;
    let contiguous = if conversion == Conversion::Refold { CONTIGUOUS } else { 0 };
    let flags = WRITABLE_CLEAN.old().flags.0 | CONTIGUOUS & !contiguous;
    let (findings, counts) = in_every_window(&space, &pages, flags, &|window, findings| {
        let group = HookedGroup::new(&cells[..], window);
        // An error leaves the group as it was, which the promise below does not stand.
        match conversion {
            Conversion::Unfold => {
                let _ = unfold(&group, place, discharge);
            }
            Conversion::Refold => {
                let _ = refold(&group, place, discharge);
            }
            Conversion::UnfoldByStore => unfold_by_store(&group),
        }
        barriers::sequence_complete_updates();
        let landed = window.landed.load(Relaxed);
        let left = pages.each_ref().map(CasePage::descriptor);
        let sibling = left[SIBLING];
        let mut note = |breach: Option<Breach>| {
            if let Some(breach) = breach {
                findings.note(breach.invariant(), || format!("the sibling is left {sibling}: {breach}"));
            }
        };
        // What came before the group was whole counts for each of its members, AF and dirty state.
        let joins = landed && window.early.load(Relaxed) && conversion != Conversion::UnfoldByStore;
        for (page, memory) in pages.iter().zip(left) {
            let apart = page.with_flags(flags).without(CONTIGUOUS).with(contiguous);
            let before = if joins { marked(apart) } else { apart };
            note(encoding(&Rewrite { before, after: memory, by_hardware: false }));
            note(monotone(&Transition { before, after: memory, taken_back: 0 }));
            note(no_lost_dirty(&writes(joins, &[memory])));
            let (set, clear) = (contiguous, CONTIGUOUS & !contiguous);
            note(return_value(&Answer { outcome: Outcome::Changed, memory, set, clear }));
        }
        // Any member may hold what a store through the sibling records (row F03).
        note(no_lost_dirty(&writes(landed, &left)));
        note(no_over_dirty(&writes(landed, &left)));
    })?;
    tell(context, if conversion == Conversion::Refold { "refold" } else { "unfold" }, counts);
    Ok((findings, counts))
}

fn unfold_by_store(group: &impl SlotGroup) {
    for index in 0..group.entries() {
        let slot = group.slot(index);
        let found = slot.load(Relaxed, Step::Load);
        slot.store(found.without(Descriptor::CONTIGUOUS), Relaxed, Step::Store);
    }
}

/// I18, the right way: whatever a store records, before or after the break, is kept.
pub fn convert_with_break(context: &mut Context<'_>) -> Conclusion {
    for conversion in [Conversion::Unfold, Conversion::Refold] {
        let (findings, _) = convert(context, conversion)?;
        if !findings.is_empty() {
            return findings.acquit(context, &"a conversion of the group");
        }
    }
    Ok(context::Answer::PASS)
}

/// I18, by load and store.
pub fn convert_by_store(context: &mut Context<'_>) -> Conclusion {
    let (findings, Counts { conflicts, .. }) = convert(context, Conversion::UnfoldByStore)?;
    if conflicts > 0 && findings.is_empty() {
        // What the break leaves out is permitted to a TLB (Arm ARM R_JQQTC).
        return context::Answer::skip("not observed: the stores took TLB conflict aborts");
    }
    findings.convict(context, &"unfolding by load and store", &[Invariant::NoLostDirty])
}
