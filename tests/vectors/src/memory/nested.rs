//! Holding the oracle against a line of both stages, in both directions.

use super::{MemoryEnding, MemoryLine, MemoryReached, judge::ends_alike};
use crate::{Disagreement, LineVerdict, exception::Exception, judge::left_open};
use afdbm::{
    address::PhysicalAddress,
    descriptor::Descriptor,
    fault::FaultStatus,
    geometry::{Geometry, Granule, Level},
    stage::Stage,
};
use oracle::{
    Alternative, Bytes, Event, NestedOutcome, NestedQuery, Outcome, Path, Rules, Stage2Abort, Stage2Controls,
    Stage2Effect, Stage2Page, Stage2Pages, Stage2Seen, Stage2Walk, check_nested, predict_nested,
};

/// The place of each leaf of stage 2 among the descriptors of a line: those of the tables of level 2 and 3, and of the
/// data, with the intermediate physical address of each page.
const LEAVES: [(usize, Stage2Page, u64); 3] = [
    (4, Stage2Page::Table(Level::L2), 0x4001_0000),
    (5, Stage2Page::Table(Level::L3), 0x4001_1000),
    (6, Stage2Page::Data, 0x4001_2000),
];

impl MemoryLine {
    fn nested_query(&self) -> NestedQuery {
        let [_, protected_walk, control] = self.registers[..] else { panic!("three registers: {self:x?}") };
        let input_bits = u8::try_from(64 - (control & 0x3f)).expect("the field has six bits");
        let geometry =
            Geometry::new(Granule::Size4K, input_bits, 40, false).expect("sizes of the 4K granule");
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 };
        let mut walks = Stage2Pages::of(Stage2Walk { address: PhysicalAddress(0), path: nothing });
        for (place, page, address) in LEAVES {
            let [_, _, first, second, ..] = self.words[..] else { panic!("seven descriptors: {self:x?}") };
            let none = Descriptor::INVALID;
            let path =
                Path { descriptors: [none, none, first, second, self.words[place]], leaf_level: Level::L3 };
            walks[page] = Stage2Walk { address: PhysicalAddress(address), path };
        }
        let controls = Stage2Controls {
            hardware_access_flag: control >> 21 & 1 != 0,
            hardware_dirty_state: control >> 22 & 1 != 0,
            protected_walk: protected_walk != 0,
            indirect: None,
            geometry,
        };
        NestedQuery { stage_1: self.query(), controls, walks }
    }

    fn nested_outcome(
        &self,
        query: &NestedQuery,
        event: Event,
        abort: Option<PhysicalAddress>,
        reached: &MemoryReached,
    ) -> NestedOutcome {
        let mut leaves = Stage2Pages::of(Descriptor::INVALID);
        for (place, page, _) in LEAVES {
            leaves[page] = reached.words[place];
        }
        let stage_1 = self.outcome(&query.stage_1, event, reached);
        NestedOutcome { stage_1, stage_2: Stage2Seen { abort, leaves } }
    }

    /// Returns every way in which the leaves may stand afterwards as far as hardware manages them, and the bytes.
    fn nested_memories(&self) -> Vec<(Vec<Descriptor>, Bytes)> {
        let mut memories = vec![self.words.clone()];
        for (place, stage) in [(1, Stage::One), (4, Stage::Two), (5, Stage::Two), (6, Stage::Two)] {
            let word = self.words[place];
            let dirty = stage.with_dirty(word);
            let mut after = vec![word, word.with(Descriptor::AF), dirty, dirty.with(Descriptor::AF)];
            after.sort_by_key(|word| word.0);
            after.dedup();
            memories = memories
                .iter()
                .flat_map(|words| {
                    after.iter().map(|after| {
                        let mut words = words.clone();
                        words[place] = *after;
                        words
                    })
                })
                .collect();
        }
        memories
            .iter()
            .flat_map(|words| [Bytes::Old, Bytes::New].map(|bytes| (words.clone(), bytes)))
            .collect()
    }
}

/// Returns the page that an abort to EL2 names, if it is one.
fn aborted(ending: MemoryEnding) -> Option<PhysicalAddress> {
    match ending {
        MemoryEnding::Fault { exception_level: 2, page, .. } => {
            Some(PhysicalAddress(page.unwrap_or_default()))
        }
        _ => None,
    }
}

/// Holds an oracle that goes by `rules` against a line.
pub(super) fn judge_nested(rules: impl Rules, line: &MemoryLine) -> LineVerdict<MemoryReached> {
    let query = line.nested_query();
    let allowed = predict_nested(rules, &query);
    let mut verdict = LineVerdict::default();
    for reached in &line.outcomes {
        let outcome =
            line.nested_outcome(&query, line.event(reached.ending), aborted(reached.ending), reached);
        if check_nested(&query, &allowed, &outcome).is_err() {
            verdict.take(None, Disagreement::Refused(reached.clone()));
        }
    }
    for open in left_open(&query.stage_1, &allowed) {
        verdict.take(open.ok(), Disagreement::Open(open.err().unwrap_or_default()));
    }
    if allowed.alternatives().iter().any(leaves_page_open) {
        verdict.take(None, Disagreement::Open("HPFAR_EL2"));
    }
    let memories = line.nested_memories();
    for alternative in allowed.alternatives() {
        let (event, abort) = example(&query, alternative);
        for (words, bytes) in &memories {
            let ending = match line.ending(event) {
                MemoryEnding::Fault { syndrome, address, .. } if alternative.stage_2.abort.is_some() => {
                    MemoryEnding::Fault {
                        exception_level: 2,
                        syndrome,
                        address,
                        page: abort.map(|page| page.0),
                    }
                }
                other => other,
            };
            let candidate = MemoryReached { ending, bytes: *bytes, words: words.clone() };
            let outcome = line.nested_outcome(&query, event, abort, &candidate);
            let is_listed = line.outcomes.iter().any(|reached| {
                reached.words == candidate.words
                    && reached.bytes == candidate.bytes
                    && aborted(reached.ending).is_some() == abort.is_some()
                    && ends_alike(alternative, line.event(reached.ending))
            });
            if !is_listed && check_nested(&query, &allowed, &outcome).is_ok() {
                verdict
                    .take(excuse(&query, line, alternative, &candidate), Disagreement::Unreached(candidate));
            }
        }
    }
    verdict
}

/// Tells whether an alternative leaves HPFAR_EL2 open though it is valid: but for the data's Permission fault.
fn leaves_page_open(alternative: &Alternative<Stage2Effect>) -> bool {
    let oracle::Ending::Faults { syndrome, .. } = alternative.ending else { return false };
    let valid =
        syndrome.value.on_stage_1_walk() || !matches!(syndrome.value.status(), FaultStatus::Permission(_));
    alternative.stage_2.abort == Some(Stage2Abort::Anywhere) && valid
}

fn example(query: &NestedQuery, alternative: &Alternative<Stage2Effect>) -> (Event, Option<PhysicalAddress>) {
    let event = Outcome::example(&query.stage_1, &alternative.of_stage_1(), false).event;
    let abort = alternative.stage_2.abort.map(|abort| match abort {
        Stage2Abort::At(address) => address,
        Stage2Abort::Anywhere => PhysicalAddress(0),
    });
    (event, abort)
}

/// Returns what excuses that the oracle allows an outcome which the specification does not reach.
fn excuse(
    query: &NestedQuery,
    line: &MemoryLine,
    alternative: &Alternative<Stage2Effect>,
    allowed: &MemoryReached,
) -> Option<Exception> {
    let of = |ending| Ended::of(line, ending);
    let ended = of(allowed.ending);
    let alike = line
        .outcomes
        .iter()
        .filter(|reached| ended == of(reached.ending) && ends_alike(alternative, line.event(reached.ending)));
    let found = alike.filter_map(|reached| excuse_words(query, line, ended, allowed, reached)).next();
    // Another ending: of an update that is not made, or not reported.
    let update_refused = line.outcomes.iter().any(|reached| of(reached.ending) == Ended::OnWalk);
    match ended {
        _ if found.is_some() => found,
        _ if update_refused && line.kind.compare_fails() => Some(Exception::FailedCompareStaysClean),
        Ended::AtData if update_refused => Some(Exception::EitherStage2Fault),
        _ => None,
    }
}

/// How far an access came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// It completed.
    Completed,
    /// A fault of stage 1.
    AtStage1,
    /// A stage 2 fault of the walk or of its update.
    OnWalk,
    /// A stage 2 fault of the data.
    AtData,
}

impl Ended {
    fn of(line: &MemoryLine, ending: MemoryEnding) -> Self {
        match (line.event(ending), aborted(ending)) {
            (Event::Faulted(_), None) => Self::AtStage1,
            (Event::Faulted(fault), Some(_)) if fault.syndrome.on_stage_1_walk() => Self::OnWalk,
            (Event::Faulted(_), Some(_)) => Self::AtData,
            _ => Self::Completed,
        }
    }
}

/// Returns what excuses that descriptors stand as allowed where the specification reaches others.
fn excuse_words(
    query: &NestedQuery,
    line: &MemoryLine,
    ended: Ended,
    allowed: &MemoryReached,
    reached: &MemoryReached,
) -> Option<Exception> {
    const DIRTY: u64 = Stage::Two.dirty_bit().mask();
    const STAGE_1: usize = 1;
    const TABLE_OF_LEAF: usize = 5;
    const DATA: usize = 6;
    let marked = |place: usize| allowed.words[place].0 & !reached.words[place].0 != 0;
    let mut first = None;
    for place in 0..line.words.len() {
        let exception = match (place, allowed.words[place].0 ^ reached.words[place].0) {
            (_, 0) => continue,
            (STAGE_1, _) if ended == Ended::AtData => Exception::UpdateBesideStage2Fault,
            (TABLE_OF_LEAF, DIRTY) if ended == Ended::AtData && !marked(TABLE_OF_LEAF) => {
                Exception::UpdateBesideStage2Fault
            }
            (STAGE_1 | TABLE_OF_LEAF | DATA, DIRTY)
                if line.kind.compare_fails() && ended == Ended::Completed =>
            {
                Exception::FailedCompareStaysClean
            }
            (TABLE_OF_LEAF, DIRTY)
                if query.stage_1.controls.hardware_access_flag && marked(TABLE_OF_LEAF) =>
            {
                Exception::TableDirtyWithoutUpdate
            }
            (DATA, Descriptor::AF) if matches!(ended, Ended::AtStage1 | Ended::OnWalk) && marked(DATA) => {
                Exception::SpeculationAtStage2
            }
            (DATA, DIRTY) if ended == Ended::AtData && marked(DATA) => Exception::UnreadableMarksDirty,
            _ => return None,
        };
        first = first.or(Some(exception));
    }
    first
}
