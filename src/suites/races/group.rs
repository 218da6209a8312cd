//! Races on a contiguous group: hardware writes through one of its members.

use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::layout::CONTIGUOUS_ENTRIES;
use crate::machine::lock::Lock;
use crate::memory::case_space::{CasePage, CaseSpace, discharge};
use crate::probe::{Ending, ExceptionLevel, Probe, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::context::Answer;
use crate::support::findings::Findings;
use crate::support::group::map_group;
use crate::support::handler::{Contiguous, Handler};
use crate::support::judged::Judged;
use crate::support::rendezvous::{Handover, Member, together};
use crate::support::states::WRITABLE_CLEAN;
use afdbm::descriptor::Descriptor;
use afdbm::operations::{HookedGroup, Hooks, Invariant, Slot, SlotGroup, Step, refold, unfold};
use alloc::format;
use alloc::string::String;
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
    trouble: AtomicBool,
}

impl<'a> Window<'a> {
    const fn new(handover: &'a Handover, target: usize) -> Self {
        let [landed, early, trouble] = [const { AtomicBool::new(false) }; 3];
        Self { handover, target, reached: AtomicUsize::new(0), landed, early, trouble }
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
            Ok(landed) => self.landed.store(landed != 0, Relaxed),
            Err(_) => self.trouble.store(true, Relaxed),
        }
    }
}

/// What CPU 0 does in one round: an operation with a window in it, which it judges.
type Script<'a> = &'a (dyn Fn(&Window<'_>, &mut Findings) + Sync);

/// Runs the script with a window before each step in turn, while CPU 1 stores to the sibling at HA=HD=1. Returns
/// what was broken, and in how many of how many windows.
fn in_every_window(
    space: &CaseSpace,
    pages: &[CasePage<'_>; CONTIGUOUS_ENTRIES],
    flags: u64,
    script: Script<'_>,
) -> Result<(Findings, [usize; 2]), Trouble> {
    let handover = Handover::new();
    let result = Lock::new((Findings::default(), [0; 2]));
    let rounds = || -> Result<(), Trouble> {
        let mut all = Findings::default();
        let (mut broken, mut windows) = (0, 0);
        for target in 0..WINDOWS {
            for page in pages {
                page.set_without_invalidation(page.with_flags(flags));
                barriers::sequence_invalidate_leaf_local(page.tlb_address());
            }
            let window = Window::new(&handover, target);
            let mut findings = Findings::default();
            script(&window, &mut findings);
            if window.trouble.load(Relaxed) {
                return Err(Trouble::TimedOut);
            }
            if !window.was_open() {
                break;
            }
            windows += 1;
            broken += usize::from(!findings.is_empty());
            all.merge(findings);
        }
        *result.lock() = (all, [broken, windows]);
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
            u64::from(seen.ending == Ending::Returned)
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

/// Tells how many windows went wrong.
fn tell(context: &mut Context<'_>, what: &str, [broken, windows]: [usize; 2]) {
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
        let store = Judged { stub: Stub::Store, before, after: target.descriptor(), seen: &seen };
        store.judge(findings, &selection);
        let sibling = pages[SIBLING].descriptor();
        // Any member may hold what a store through the sibling records (row F03).
        let mut others = pages.iter().enumerate().filter(|(member, _)| *member != TARGET);
        let recorded = others.any(|(_, page)| page.descriptor().is_dirty());
        if window.landed.load(Relaxed) && !recorded {
            findings.note(Invariant::NoLostDirty, || format!("{selection}: the sibling is left {sibling}"));
        }
    })?;
    tell(context, selection.name(), counts);
    Ok(findings)
}

/// I17 with ours.
pub fn fault_with_ours(context: &mut Context<'_>) -> Conclusion {
    if let Some(reason) = lacks(context) {
        return Answer::skip(reason);
    }
    let ours = context.our_group();
    fault(context, ours)?.acquit(context, &ours)
}

/// I17 with c0, which sees the sibling's dirty state and leaves the target alone.
pub fn fault_with_c0(context: &mut Context<'_>) -> Conclusion {
    if let Some(reason) = lacks(context) {
        return Answer::skip(reason);
    }
    fault(context, GroupSelection::C0)?.convict(context, &GroupSelection::C0, &[Invariant::Progress])
}

fn lacks(context: &Context<'_>) -> Option<String> {
    context.lacks_management(2).or_else(|| context.lacks_cpus(2))
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
fn convert(context: &mut Context<'_>, conversion: Conversion) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let pages = map_group(&space, WRITABLE_CLEAN.flags)?;
    let cells = pages.each_ref().map(|page| page.cell);
    let place = space.tables().leaf(pages[0].address)?.place;
    let (before, after) = if conversion == Conversion::Refold {
        (0, Descriptor::CONTIGUOUS)
    } else {
        (Descriptor::CONTIGUOUS, 0)
    };
    let flags = WRITABLE_CLEAN.old().flags.0 | before;
    let (findings, counts) = in_every_window(&space, &pages, flags, &|window, findings| {
        let group = HookedGroup::new(&cells[..], window);
        let converted = match conversion {
            Conversion::Unfold => unfold(&group, place, discharge).is_ok(),
            Conversion::Refold => refold(&group, place, discharge).is_ok(),
            Conversion::UnfoldByStore => {
                unfold_by_store(&group);
                true
            }
        };
        barriers::sequence_complete_updates();
        let landed = window.landed.load(Relaxed);
        let sibling = pages[SIBLING].descriptor();
        let left = || format!("the sibling is left {sibling}");
        let wrong = |page: &CasePage<'_>| {
            let now = page.descriptor();
            !now.is_legal_state() || now.0 & Descriptor::CONTIGUOUS != after
        };
        if !converted || pages.iter().any(wrong) {
            findings.note(Invariant::Encoding, left);
        }
        // Any member may hold what a store through the sibling records (row F03).
        let recorded = |page: &CasePage<'_>| page.descriptor().is_dirty() && page.descriptor().is_young();
        if landed && !pages.iter().any(recorded) {
            findings.note(Invariant::NoLostDirty, left);
        }
        let joined = pages.iter().all(recorded);
        if landed && window.early.load(Relaxed) && conversion != Conversion::UnfoldByStore && !joined {
            findings.note(Invariant::NoLostDirty, || format!("the group is not as its sibling: {sibling}"));
        }
        if !landed && pages.iter().any(|page| page.descriptor().is_dirty()) {
            findings.note(Invariant::NoOverDirty, left);
        }
    })?;
    tell(context, if conversion == Conversion::Refold { "refold" } else { "unfold" }, counts);
    Ok(findings)
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
    if let Some(reason) = lacks(context) {
        return Answer::skip(reason);
    }
    for conversion in [Conversion::Unfold, Conversion::Refold] {
        let findings = convert(context, conversion)?;
        if !findings.is_empty() {
            return findings.acquit(context, &"a conversion of the group");
        }
    }
    Ok(Answer::PASS)
}

/// I18, by load and store.
pub fn convert_by_store(context: &mut Context<'_>) -> Conclusion {
    if let Some(reason) = lacks(context) {
        return Answer::skip(reason);
    }
    let findings = convert(context, Conversion::UnfoldByStore)?;
    findings.convict(context, &"unfolding by load and store", &[Invariant::NoLostDirty])
}
