//! Contiguous groups: the target of an access beside a sibling in which hardware has recorded one.
//!
//! The agent is a CPU that manages nothing: it reads the target's own descriptor (Arm ARM R_XDPXQ lets hardware
//! record an access in any one of the group), as an SMMU without hardware management does.

use crate::machine::controls::{Controls, Management};
use crate::machine::layout::CONTIGUOUS_ENTRIES;
use crate::memory::case_space::{CasePage, CaseSpace};
use crate::probe::{Ending, ExceptionLevel, Probe, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::access_evidence::{AccessEvidence, judge_step};
use crate::support::context::Answer;
use crate::support::findings::Findings;
use crate::support::group::map_group;
use crate::support::handler::{Contiguous, Handler};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Closed, Rewrite, Transition, encoding, monotone};
use afdbm::stage::Stage;
use alloc::format;
use cases::Expected;
use cases::race::Version;
use cases::states::WRITABLE_CLEAN;
use history::GroupSelection;

/// The sibling that hardware writes through, and the page that the agent uses.
const SIBLING: usize = 3;
const TARGETS: [usize; 3] = [0, 9, CONTIGUOUS_ENTRIES - 1];

/// Has a version resolve the agent's faults. One that is wrong sees the sibling's flags and finds nothing to do.
pub fn carry_out(
    context: &mut Context<'_>,
    version: Version<GroupSelection>,
    expected: Expected,
) -> Conclusion {
    let selection = version.selection(context.options.variant);
    let findings = try_all(context, selection)?;
    if expected != Expected::Acquitted && findings.is_empty() {
        return Answer::skip("not observed: the access used the sibling's entry (Arm ARM R_GPHKF, R_JKCXG)");
    }
    findings.conclude(context, &selection, expected)
}

fn try_all(context: &mut Context<'_>, selection: GroupSelection) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let pages = map_group(&space, WRITABLE_CLEAN.flags)?;
    let cells = pages.each_ref().map(|page| page.cell);
    let handler = Handler::new(&space, Contiguous::new(selection, cells, Closed));
    let managed = context.lacks_management(2).is_none();
    let by = if managed { "by hardware, HA=1 HD=1" } else { "as hardware would" };
    context.say(format_args!("{selection} ({}); the sibling's flags are set {by}", selection.origin()));
    let mut findings = Findings::default();
    for stub in [Stub::Load, Stub::Store] {
        for target in TARGETS {
            for (page, flags) in pages.iter().zip(flags_before(stub)) {
                page.set(page.with_flags(flags));
            }
            record_in_sibling(&space, &pages[SIBLING], stub, managed);
            let told = format!("{selection}: {stub} by an agent at HA=0 HD=0, entry {target} of the group");
            handler.clear();
            let page = &pages[target];
            let before = page.descriptor();
            let seen = {
                let _controls = Controls::apply(&space.settings(Management::NONE));
                let probe = Probe::new(stub, page.address).at(ExceptionLevel::El0);
                probe.storing(1).resolved_by(&handler).run()
            };
            if seen.ending == Ending::TimedOut {
                return Err(Trouble::TimedOut);
            }
            let (after, changes) = (page.descriptor(), handler.changes());
            let left = pages.each_ref().map(CasePage::descriptor);
            let records = if seen.faults == 0 { &left[..] } else { &[after] };
            let evidence = AccessEvidence { stub, before, after, records, seen: &seen, changes };
            evidence.judge(&mut findings, &told);
            for taken in handler.taken() {
                let entry = selection.build_entry(Stage::One, taken.found, taken.syndrome.write());
                judge_step(&mut findings, &taken, entry, &told);
            }
            for sibling in &pages {
                let (before, after) = (sibling.with_flags(flags_before(stub)[0]), sibling.descriptor());
                let illegal = encoding(&Rewrite { before, after, by_hardware: false });
                let undone = monotone(&Transition { before, after, taken_back: 0 });
                for breach in [illegal, undone].into_iter().flatten() {
                    findings.note(breach.invariant(), || format!("{told}: a sibling: {breach}"));
                }
            }
        }
    }
    Ok(findings)
}

/// The flags of each page before the sibling is used: a load is to find the page old, a store clean.
fn flags_before(stub: Stub) -> [u64; CONTIGUOUS_ENTRIES] {
    let state = if stub == Stub::Load { WRITABLE_CLEAN.old() } else { WRITABLE_CLEAN };
    [state.flags.0 | Descriptor::CONTIGUOUS; CONTIGUOUS_ENTRIES]
}

/// Has hardware record an access in the sibling's descriptor; where there is none that does, writes what it would.
fn record_in_sibling(space: &CaseSpace, sibling: &CasePage<'_>, stub: Stub, managed: bool) {
    if managed {
        let management = Management::FULL;
        let _controls = Controls::apply(&space.settings(management));
        let _ = Probe::new(stub, sibling.address).at(ExceptionLevel::El0).storing(1).run();
    } else {
        let young = sibling.descriptor().with(Descriptor::AF);
        sibling.set(if stub == Stub::Store { Stage::One.with_dirty(young) } else { young });
    }
}
