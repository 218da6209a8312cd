//! Holding the oracle against a line that lists memory, in both directions.

use super::{MemoryLine, MemoryReached, Space, nested::judge_nested};
use crate::{Disagreement, LineVerdict, exception::Exception, judge::left_open};
use afdbm::{descriptor::Descriptor, fault::FaultStatus, stage::Stage};
use oracle::{Alternative, Architecture, Bytes, Ending, Event, Outcome, Query, Rules, check, predict};

/// Holds the oracle against a line.
#[must_use]
pub fn judge_memory(line: &MemoryLine) -> LineVerdict<MemoryReached> {
    judge_memory_by(Architecture, line)
}

/// Holds an oracle that goes by `rules` against a line.
#[must_use]
pub fn judge_memory_by(rules: impl Rules, line: &MemoryLine) -> LineVerdict<MemoryReached> {
    if line.space == Space::BothStages {
        return judge_nested(rules, line);
    }
    let query = line.query();
    let allowed = predict(rules, &query);
    let mut verdict = LineVerdict::default();
    for reached in &line.outcomes {
        let outcome = line.outcome(&query, line.event(reached.ending), reached);
        if check(&query, &allowed, &outcome).is_err() {
            let exception = Exception::of_refused(&query, &line.leaf_reached(&query, reached));
            verdict.take(exception, Disagreement::Refused(reached.clone()));
        }
    }
    for open in left_open(&query, &allowed) {
        verdict.take(open.ok(), Disagreement::Open(open.err().unwrap_or_default()));
    }
    for alternative in allowed.alternatives() {
        let event = Outcome::example(&query, alternative, false).event;
        for (words, bytes) in line.memories() {
            let candidate = MemoryReached { ending: line.ending(event), bytes, words };
            let outcome = line.outcome(&query, event, &candidate);
            let is_listed = line.outcomes.iter().any(|reached| {
                reached.words == candidate.words
                    && reached.bytes == bytes
                    && ends_alike(alternative, line.event(reached.ending))
            });
            if !is_listed && check(&query, &allowed, &outcome).is_ok() {
                verdict.take(excuse(&query, line, &candidate), Disagreement::Unreached(candidate));
            }
        }
    }
    verdict
}

/// Returns what excuses that the oracle allows an outcome which the specification does not reach.
fn excuse(query: &Query, line: &MemoryLine, allowed: &MemoryReached) -> Option<Exception> {
    let tables = |reached: &MemoryReached| reached.words[..reached.words.len() - 1].to_vec();
    let reached: Vec<_> = line
        .outcomes
        .iter()
        .filter(|reached| tables(reached) == tables(allowed))
        .map(|reached| line.leaf_reached(query, reached))
        .collect();
    let status = match line.event(allowed.ending) {
        Event::Faulted(fault) => Some(fault.syndrome.status()),
        Event::Reported(par) => par.status(),
        _ => None,
    };
    if reached.is_empty() {
        return matches!(status, Some(FaultStatus::Translation(_))).then_some(Exception::TablesBesideFault);
    }
    Exception::of_unreached(query, &line.leaf_reached(query, allowed), &reached)
}

/// Tells whether an ending of the specification's is what the alternative allows.
pub(super) fn ends_alike<S>(alternative: &Alternative<S>, seen: Event) -> bool {
    match (alternative.ending, seen) {
        (Ending::Faults { syndrome, address, address_mask }, Event::Faulted(fault)) => {
            syndrome.matches(fault.syndrome) && (fault.address.0 ^ address.0) & address_mask == 0
        }
        (Ending::ReportsOutput(output), Event::Reported(par)) => par.is_output(output),
        (Ending::ReportsFault(status), Event::Reported(par)) => par.is_fault(status),
        (Ending::ReturnsData, Event::Returned(_)) | (Ending::Completes, Event::Completed) => true,
        _ => false,
    }
}

impl MemoryLine {
    /// Returns every way in which the descriptors may stand afterwards as far as hardware manages them, and the bytes.
    fn memories(&self) -> impl Iterator<Item = (Vec<Descriptor>, Bytes)> + use<> {
        let mut memories = vec![self.words.clone()];
        for place in 0..self.words.len() {
            let changed: Vec<_> = memories
                .iter()
                .flat_map(|words| {
                    after(words[place]).into_iter().map(|word| {
                        let mut words = words.clone();
                        words[place] = word;
                        words
                    })
                })
                .collect();
            memories = changed;
        }
        memories.into_iter().flat_map(|words| [Bytes::Old, Bytes::New].map(|bytes| (words.clone(), bytes)))
    }
}

/// Returns a descriptor of stage 1 with each bit that hardware manages as it is and changed, once each.
fn after(word: Descriptor) -> Vec<Descriptor> {
    let mut words = vec![word];
    for other in [
        word.with(Descriptor::AF),
        Stage::One.with_dirty(word),
        Stage::One.with_dirty(word).with(Descriptor::AF),
    ] {
        if !words.contains(&other) {
            words.push(other);
        }
    }
    words
}
