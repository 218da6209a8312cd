//! Holding the oracle against one line, in both directions.

use crate::{Change, Ending, Exception, Line, Reached};
use afdbm::stage::Stage;
use afdbm::{descriptor::Descriptor, fault::Syndrome};
use oracle::LeafPlace;
use oracle::{
    Allowed, Alternative, Architecture, Bytes, PermissionScheme, Query, Rules, Update, check, predict,
};

/// What a line comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineVerdict<O> {
    /// The exceptions that were needed, one for each outcome.
    pub exceptions: Vec<Exception>,
    /// Where oracle and specification differ, and no exception says that they may.
    pub disagreements: Vec<Disagreement<O>>,
}

/// An outcome on which oracle and specification do not agree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Disagreement<O> {
    /// The specification reaches it, and the oracle does not allow it.
    Refused(O),
    /// The oracle allows it, and the specification does not reach it.
    Unreached(O),
    /// The oracle leaves open what the specification decides.
    Open(&'static str),
}

impl<O> Default for LineVerdict<O> {
    fn default() -> Self {
        Self { exceptions: Vec::new(), disagreements: Vec::new() }
    }
}

impl<O> LineVerdict<O> {
    /// Takes in a difference: as the exception that permits it, else as what it is.
    pub(crate) fn take(&mut self, exception: Option<Exception>, otherwise: Disagreement<O>) {
        match exception {
            Some(exception) => self.exceptions.push(exception),
            None => self.disagreements.push(otherwise),
        }
    }
}

/// Holds the oracle against a line.
#[must_use]
pub fn judge(line: &Line) -> LineVerdict<Reached> {
    judge_by(Architecture, line)
}

/// Holds an oracle that goes by `rules` against a line.
#[must_use]
pub fn judge_by(rules: impl Rules, line: &Line) -> LineVerdict<Reached> {
    let query = line.query();
    let allowed = predict(rules, &query);
    let mut verdict = LineVerdict::default();
    for reached in &line.outcomes {
        if check(&query, &allowed, &line.outcome(&query, reached)).is_err() {
            verdict.take(Exception::of_refused(&query, reached), Disagreement::Refused(*reached));
        }
    }
    for open in left_open(&query, &allowed) {
        verdict.take(open.ok(), Disagreement::Open(open.err().unwrap_or_default()));
    }
    for candidate in candidates(line, &query, &allowed) {
        if !line.outcomes.iter().any(|reached| candidate.is(line, reached)) {
            let told = candidate.told();
            verdict
                .take(Exception::of_unreached(&query, &told, &line.outcomes), Disagreement::Unreached(told));
        }
    }
    verdict
}

/// ESR_EL1.WnR.
const WRITE: u64 = 1 << 6;
/// ESR_EL2.ISV, SAS, SSE, SRT, SF and AR.
const INSTRUCTION: u64 = 0x01ff_c000;

/// Returns what a prediction leaves open in its alternatives, and in what survives an access: by which exception, or
/// else its name.
pub(crate) fn left_open<S, const MOST: usize>(
    query: &Query,
    allowed: &Allowed<S, MOST>,
) -> Vec<Result<Exception, &'static str>> {
    // ISS2.DirtyBit has a meaning with indirect permissions alone.
    let decided = match query.controls.permissions {
        PermissionScheme::Direct => 0xffff_ffff,
        PermissionScheme::Indirect { .. } => 0xffff_ffff | 1 << 37,
    };
    let mut open = Vec::new();
    for alternative in allowed.alternatives() {
        open.extend(match alternative.ending {
            oracle::Ending::ReturnsAnything => Some(Err("the value returned")),
            oracle::Ending::ReturnsAnyStatus => Some(Err("the status of STXR")),
            oracle::Ending::ReportsAnything => Some(Err("PAR_EL1")),
            oracle::Ending::Faults { syndrome, address_mask, .. } => match !syndrome.mask & decided {
                _ if address_mask != !0 => Some(Err("FAR_EL1")),
                0 => None,
                INSTRUCTION => Some(Ok(Exception::InstructionSyndrome)),
                WRITE => Some(Exception::of_open_write(query, syndrome.value.status()).ok_or("ESR_EL1.WnR")),
                _ => Some(Err("ESR_EL1")),
            },
            _ => None,
        });
    }
    let survives = (allowed.leaf_mask, allowed.table_mask, allowed.neighbour_mask);
    if survives != (!Stage::One.hardware_managed(), !0, !0) {
        open.push(Err("a bit of a descriptor"));
    }
    open
}

/// One outcome that the oracle allows.
struct Candidate {
    alternative: Alternative,
    pages: [Option<(Change, Bytes)>; 2],
}

impl Candidate {
    /// Tells whether the specification's outcome is this one.
    fn is(&self, line: &Line, reached: &Reached) -> bool {
        self.pages == reached.pages && ends_alike(line, &self.alternative, &reached.ending)
    }

    /// Returns the outcome in the terms of the files.
    fn told(&self) -> Reached {
        let ending = match self.alternative.ending {
            oracle::Ending::Faults { syndrome, address, .. } => {
                Ending::Fault { syndrome: syndrome.value.0, address: address.0 }
            }
            oracle::Ending::ReportsOutput(output) => Ending::Output(output.0),
            oracle::Ending::ReportsFault(status) => {
                Ending::TranslationFault(oracle::Par::fault(status).0 & 0x3ff)
            }
            oracle::Ending::ReturnsData | oracle::Ending::ReturnsAnything => Ending::Returned,
            oracle::Ending::ReturnsStatus(passed) => Ending::Status(u64::from(!passed)),
            _ => Ending::Completed,
        };
        Reached { ending, pages: self.pages }
    }
}

/// Tells whether an ending of the specification's is what the alternative allows.
fn ends_alike(line: &Line, alternative: &Alternative, ending: &Ending) -> bool {
    match (alternative.ending, *ending) {
        (
            oracle::Ending::Faults { syndrome, address, address_mask },
            Ending::Fault { syndrome: seen, address: at },
        ) => {
            let differs = line.in_lower_range(at).0 ^ address.0;
            syndrome.matches(Syndrome(seen)) && differs & address_mask == 0
        }
        (oracle::Ending::ReportsOutput(output), Ending::Output(seen)) => oracle::Par(seen).is_output(output),
        (oracle::Ending::ReportsFault(status), Ending::TranslationFault(seen)) => {
            oracle::Par(seen).is_fault(status)
        }
        (oracle::Ending::ReturnsData, Ending::Returned) | (oracle::Ending::Completes, Ending::Completed) => {
            true
        }
        (oracle::Ending::ReturnsStatus(passed), Ending::Status(status)) => status == u64::from(!passed),
        _ => false,
    }
}

/// Returns all that the oracle allows, as far as a line can say it: no other member of a contiguous group changes.
fn candidates(line: &Line, query: &Query, allowed: &Allowed) -> Vec<Candidate> {
    let crossing = line.pages.len() > 1;
    // The addresses of what the oracle allows are its own already.
    let lower = line.clone().with_lower_range();
    let mut found: Vec<Candidate> = Vec::new();
    for alternative in allowed.alternatives() {
        let first = leaf_outcomes(
            query.paths[LeafPlace::FIRST].leaf(),
            alternative.updates[LeafPlace::FIRST],
            alternative.bytes[oracle::Page::First],
        );
        let second = if crossing {
            leaf_outcomes(
                query.paths[LeafPlace::SECOND].leaf(),
                alternative.updates[LeafPlace::SECOND],
                alternative.bytes[oracle::Page::Second],
            )
        } else {
            vec![None]
        };
        for one in &first {
            for other in &second {
                let candidate = Candidate { alternative: *alternative, pages: [*one, *other] };
                let reached = candidate.told();
                let is_new = !found.iter().any(|known| known.told() == reached);
                if is_new && check(query, allowed, &lower.outcome(query, &reached)).is_ok() {
                    found.push(candidate);
                }
            }
        }
    }
    found
}

/// Returns every way in which a leaf and the bytes in its page may stand afterwards.
fn leaf_outcomes(leaf: Descriptor, update: Update, bytes: oracle::BytesSet) -> Vec<Option<(Change, Bytes)>> {
    let flags = [false, true].into_iter().filter(|set| !*set || !leaf.is_young());
    let mut outcomes = Vec::new();
    for accessed in flags {
        for dirtied in [false, true] {
            if dirtied && update.dirtied == oracle::Change::Never {
                continue;
            }
            for state in [Bytes::Old, Bytes::New, Bytes::Mixed] {
                if bytes.contains(state) {
                    outcomes.push(Some((Change { accessed, dirtied }, state)));
                }
            }
        }
    }
    outcomes
}
