//! One version in every trial.

use crate::machine::controls::{Controls, Management};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{Ending, ExceptionLevel, Probe, ProbeReport, Stub};
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::access_evidence::{AccessEvidence, judge_step};
use crate::support::findings::Findings;
use crate::support::handler::{Chosen, Handler};
use afdbm::descriptor::{Descriptor, Level};
use afdbm::operations::Closed;
use afdbm::stage::Stage;
use cases::race::Version;
use cases::states::{PageState, REMNANT};
use cases::{Expected, Starts};
use core::fmt;
use history::Selection;

/// The controls that a CPU may legally have (row A06: HA=0, HD=1 is as HA=0, HD=0).
const CONTROLS: [Management; 3] = [Management::NONE, Management::ACCESS_FLAG, Management::FULL];
/// What is done to a page, from each state.
const SEQUENCES: [&[Stub]; 3] = [&[Stub::Load], &[Stub::Store], &[Stub::Load, Stub::Store]];

/// Where one trial begins, for an example.
struct Trial<'a> {
    selection: Selection,
    state: &'a PageState,
    management: Management,
}

impl fmt::Display for Trial<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = if self.state.flags.0 & Descriptor::AF == 0 { "old" } else { "young" };
        write!(formatter, "{} at {}, {age}, {}", self.selection, self.management, self.state.name)
    }
}

/// Has a version stand every trial.
pub fn carry_out(
    context: &mut Context<'_>,
    version: Version<Selection>,
    starts: Starts,
    expected: Expected,
) -> Conclusion {
    let selection = version.selection(context.options.variant);
    let states: &[PageState] = match starts {
        Starts::Legal => &PageState::LEGAL,
        Starts::Remnant => &[REMNANT],
    };
    try_all(context, selection, states)?.conclude(context, &selection, expected)
}

fn try_all(
    context: &mut Context<'_>,
    selection: Selection,
    states: &[PageState],
) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let page = space.map(ADDRESS, Level::L3, space.frame()?, states[0].flags.0)?;
    let handler = Handler::new(&space, Chosen::new(selection, Closed));
    let mut findings = Findings::default();
    let (mut accesses, mut faults) = (0, 0);
    for management in CONTROLS {
        let degree = u64::from(management.access_flag) + u64::from(management.dirty_state);
        if context.lacks_management(degree).is_some() {
            context.say(format_args!("left out: {management}, which this CPU does not have"));
            continue;
        }
        for state in states.iter().flat_map(|state| [state.old(), *state]) {
            for sequence in SEQUENCES {
                page.set(page.with_flags(state.flags.0));
                let trial = Trial { selection, state: &state, management };
                for stub in sequence {
                    accesses += 1;
                    handler.clear();
                    let seen = one_access(&space, &page, &handler, *stub, &trial, &mut findings)?;
                    faults += seen.faults;
                    if seen.ending != Ending::Returned {
                        break;
                    }
                }
            }
        }
    }
    context.say(format_args!("{selection} ({}): {accesses} accesses, {faults} faults", selection.origin()));
    Ok(findings)
}

fn one_access(
    space: &CaseSpace,
    page: &CasePage<'_>,
    handler: &Handler<'_, Chosen<Closed>>,
    stub: Stub,
    trial: &Trial<'_>,
    findings: &mut Findings,
) -> Result<ProbeReport, Trouble> {
    let before = page.descriptor();
    let seen = {
        let management = trial.management;
        let _controls = Controls::apply(&space.settings(management));
        Probe::new(stub, page.address).at(ExceptionLevel::El0).storing(1).resolved_by(handler).run()
    };
    if seen.ending == Ending::TimedOut {
        return Err(Trouble::TimedOut);
    }
    let after = page.descriptor();
    let changes = handler.changes();
    AccessEvidence { stub, before, after, records: &[after], seen: &seen, changes }.judge(findings, trial);
    for taken in handler.taken() {
        let write = taken.syndrome.write() && taken.found.is_writable();
        judge_step(findings, &taken, trial.selection.build_entry(Stage::One, taken.found, write), trial);
    }
    Ok(seen)
}
