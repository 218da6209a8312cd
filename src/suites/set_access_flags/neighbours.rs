//! The operations beside set_access_flags, and how each went wrong: run on a page, then a store is made to it.

use crate::machine::controls::{Controls, Management};
use crate::memory::case_space::{ADDRESS, CasePage, discharge};
use crate::probe::{Ending, ExceptionLevel, Probe, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::access_evidence::AccessEvidence;
use crate::support::findings::Findings;
use crate::support::handler::{Chosen, Handler, Resolve, With};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::{
    Access, Change, Closed, Place, Protection, Rewrite, Slot, V4, Variant, Writes, encoding, no_lost_dirty,
    no_over_dirty,
};
use afdbm::stage::Stage;
use alloc::format;
use cases::Expected;
use cases::race::Form;
use cases::states::{HARDWARE_DIRTY, PageState, READ_ONLY, READ_ONLY_DIRTY, WRITABLE_CLEAN, WRITABLE_DIRTY};
use history::{Neighbour, Selection};

/// Has an operation do its work: the right one, unless `--variant` replaces it, or the neighbour itself.
pub fn carry_out(
    context: &mut Context<'_>,
    neighbour: Neighbour,
    form: Form,
    expected: Expected,
) -> Conclusion {
    if form == Form::Wrong {
        return try_all(context, neighbour, true, Selection::V4)?.conclude(context, &neighbour, expected);
    }
    let wrong = form.of(neighbour, context.options.variant) == Form::Wrong;
    let replaced = if wrong { "the operation replaced by " } else { "the operation in the place of " };
    let ours = context.ours();
    let findings = try_all(context, neighbour, wrong, ours)?;
    findings.conclude(context, &format_args!("{replaced}{neighbour}"), expected)
}

/// The states in which an operation is used.
const fn starts(neighbour: Neighbour) -> &'static [PageState] {
    match neighbour {
        Neighbour::WriteProtectDropsDirty | Neighbour::CleanLeavesWritable | Neighbour::OldByStore => {
            &[WRITABLE_CLEAN, WRITABLE_DIRTY, HARDWARE_DIRTY]
        }
        Neighbour::DirtyLeavesReadOnly => &[WRITABLE_CLEAN, WRITABLE_DIRTY, HARDWARE_DIRTY],
        Neighbour::ModifyLeavesReadOnly => &[WRITABLE_CLEAN, WRITABLE_DIRTY, HARDWARE_DIRTY, READ_ONLY_DIRTY],
        Neighbour::WritableDirties => &[READ_ONLY, READ_ONLY_DIRTY],
    }
}

/// Whether the page is to be dirty after the operation.
const fn is_to_be_dirty(neighbour: Neighbour, before: Descriptor) -> bool {
    match neighbour {
        Neighbour::CleanLeavesWritable => false,
        Neighbour::DirtyLeavesReadOnly => true,
        Neighbour::WriteProtectDropsDirty
        | Neighbour::ModifyLeavesReadOnly
        | Neighbour::WritableDirties
        | Neighbour::OldByStore => before.is_dirty(),
    }
}

fn operate(neighbour: Neighbour, wrong: bool, cell: &impl Slot, access: Access, place: Place) -> Change {
    let protection =
        Protection { access, user: true, privileged_execute_never: true, user_execute_never: true };
    if wrong { neighbour.wrong(cell, protection, place) } else { neighbour.right(cell, protection, place) }
}

/// A fault handler whose entries are made dirty as the wrong make_dirty does it, with today's routine.
struct OldBuilder;

impl Variant for OldBuilder {
    const NAME: &'static str = "old-builder";
    const ORIGIN: &'static str = "v4 with the entries of before 4.14";

    fn build_entry(_stage: Stage, snapshot: Descriptor, write: bool) -> Descriptor {
        let dirty = if write { Descriptor::SOFTWARE_DIRTY } else { 0 };
        snapshot.with(Descriptor::AF | dirty)
    }

    fn set_access_flags<S: Slot + ?Sized>(slot: &S, entry: Descriptor, write: bool, place: Place) -> Change {
        V4::set_access_flags(slot, entry, write, place)
    }
}

/// Runs the operation, with a fault handler for the store that follows.
fn try_all(
    context: &mut Context<'_>,
    neighbour: Neighbour,
    wrong: bool,
    handler: Selection,
) -> Result<Findings, Trouble> {
    if wrong && neighbour == Neighbour::DirtyLeavesReadOnly {
        try_with(context, neighbour, wrong, With::<OldBuilder, _>::new(Closed))
    } else {
        try_with(context, neighbour, wrong, Chosen::new(handler, Closed))
    }
}

fn try_with(
    context: &mut Context<'_>,
    neighbour: Neighbour,
    wrong: bool,
    resolve: impl Resolve,
) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, READ_ONLY.flags.0)?;
    let place = space.tables().leaf(page.address)?.place;
    let handler = Handler::new(&space, resolve);
    let mut findings = Findings::default();
    for state in starts(neighbour) {
        page.set(page.with_flags(state.flags.0));
        let before = page.descriptor();
        if neighbour == Neighbour::ModifyLeavesReadOnly {
            discharge(operate(neighbour, wrong, page.cell, Access::None, place).owed);
        }
        discharge(operate(neighbour, wrong, page.cell, Access::ReadWrite, place).owed);
        judge(&mut findings, neighbour, state, before, &page);
        let between = page.descriptor();
        handler.clear();
        let seen = {
            let _controls = Controls::apply(&space.settings(Management::NONE));
            let probe = Probe::new(Stub::Store, page.address).at(ExceptionLevel::El0);
            probe.storing(1).resolved_by(&handler).run()
        };
        if seen.ending == Ending::TimedOut {
            return Err(Trouble::TimedOut);
        }
        let (after, changes) = (page.descriptor(), handler.changes());
        let (stub, records) = (Stub::Store, &[after][..]);
        let store = AccessEvidence { stub, before: between, after, records, seen: &seen, changes };
        store.judge(&mut findings, &format_args!("after {neighbour} of {}", state.name));
    }
    Ok(findings)
}

/// Holds what the operation left against the invariants.
fn judge(
    findings: &mut Findings,
    neighbour: Neighbour,
    state: &PageState,
    before: Descriptor,
    page: &CasePage<'_>,
) {
    let after = page.descriptor();
    let to_be_dirty = is_to_be_dirty(neighbour, before);
    let writes = Writes {
        landed: to_be_dirty,
        attempted: to_be_dirty,
        memory: &[after],
        returned_dirty: false,
        given_up: false,
    };
    let rewrite = Rewrite { before, after, by_hardware: false };
    let breaches = [no_lost_dirty(&writes), no_over_dirty(&writes), encoding(&rewrite)];
    for breach in breaches.into_iter().flatten() {
        findings.note(breach.invariant(), || format!("{}: {before} to {after}: {breach}", state.name));
    }
}
