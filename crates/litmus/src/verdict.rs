//! What a histogram comes to: against the test's own claim, and against the states that the model allows.

use crate::condition::Quantifier;
use crate::state::FinalState;
use crate::test::Test;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A state and how often it was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateCount {
    /// The state.
    pub state: FinalState,
    /// How often.
    pub count: u64,
    /// The state satisfies the condition.
    pub is_witness: bool,
    /// The model allows the state; true where no model was asked.
    pub is_allowed: bool,
}

/// What the model says of a test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Model {
    /// Nobody was asked.
    Unknown,
    /// These states, and no others.
    States(Vec<FinalState>),
    /// Nothing of the states; the condition is never satisfied, or always.
    Kind {
        /// No state satisfies the condition.
        forbidden: bool,
        /// Every state satisfies it.
        required: bool,
    },
}

impl Model {
    /// Tells whether the model allows a state.
    #[must_use]
    pub fn allows(&self, test: &Test, state: &FinalState) -> bool {
        match self {
            Self::Unknown => true,
            Self::States(states) => states.contains(state),
            Self::Kind { forbidden, required } => {
                let witness = test.condition.holds(state);
                !(*forbidden && witness || *required && !witness)
            }
        }
    }

    /// Says that the model asks for the condition's opposite where the test's quantifier claims something.
    #[must_use]
    pub fn of_kind(word: &str) -> Option<Self> {
        let kind = |forbidden, required| Some(Self::Kind { forbidden, required });
        match word {
            "Allowed" | "Allow" | "Undefined" => kind(false, false),
            "Forbidden" | "Forbid" => kind(true, false),
            "Required" | "Require" => kind(false, true),
            _ => None,
        }
    }
}

/// How often the condition was satisfied and how often not, in herd's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Observation {
    /// Outcomes that satisfy the condition.
    pub positive: u64,
    /// Outcomes that do not.
    pub negative: u64,
}

impl fmt::Display for Observation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.positive, self.negative) {
            (0, _) => "Never",
            (_, 0) => "Always",
            _ => "Sometimes",
        };
        write!(formatter, "{word} {} {}", self.positive, self.negative)
    }
}

/// The outcomes of a test.
#[derive(Clone, Debug)]
pub struct Histogram<'a> {
    test: &'a Test,
    model: &'a Model,
    seen: Vec<StateCount>,
}

impl<'a> Histogram<'a> {
    /// An empty histogram.
    #[must_use]
    pub const fn new(test: &'a Test, model: &'a Model) -> Self {
        Self { test, model, seen: Vec::new() }
    }

    /// Counts an outcome so often; one that the test's filter refuses is not counted.
    pub fn add(&mut self, state: &FinalState, count: u64) {
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.state == *state) {
            seen.count += count;
            return;
        }
        if self.test.filter.as_ref().is_some_and(|filter| !filter.holds(state)) {
            return;
        }
        let is_witness = self.test.condition.holds(state);
        let is_allowed = self.model.allows(self.test, state);
        self.seen.push(StateCount { state: state.clone(), count, is_witness, is_allowed });
        self.seen.sort_by(|one, other| one.state.cmp(&other.state));
    }

    /// The states that were seen, in order.
    #[must_use]
    pub fn seen(&self) -> &[StateCount] {
        &self.seen
    }

    /// The states that the model forbids and that were seen.
    pub fn forbidden(&self) -> impl Iterator<Item = &StateCount> {
        self.seen.iter().filter(|seen| !seen.is_allowed)
    }

    /// How many of the states that the model allows were seen, and how many there are; `None` where the states are
    /// not known.
    #[must_use]
    pub fn coverage(&self) -> Option<(usize, usize)> {
        let Model::States(states) = self.model else { return None };
        Some((self.seen.iter().filter(|seen| seen.is_allowed).count(), states.len()))
    }

    /// How often the condition was satisfied.
    #[must_use]
    pub fn observation(&self) -> Observation {
        let sum =
            |witness| self.seen.iter().filter(|seen| seen.is_witness == witness).map(|seen| seen.count).sum();
        Observation { positive: sum(true), negative: sum(false) }
    }

    /// Tells whether what was seen is as the test's own quantifier says.
    #[must_use]
    pub fn validates(&self) -> bool {
        let Observation { positive, negative } = self.observation();
        match self.test.quantifier {
            Quantifier::Exists => positive > 0,
            Quantifier::NotExists => positive == 0,
            Quantifier::ForAll => negative == 0,
        }
    }

    /// Writes the histogram line by line, in herd's form, with counts as its runner has them.
    pub fn tell(&self, line: &mut dyn FnMut(fmt::Arguments<'_>)) {
        let Test { name, quantifier, condition, .. } = self.test;
        let observation = self.observation();
        line(format_args!("Test {name} {}", quantifier.kind()));
        line(format_args!("States {}", self.seen.len()));
        for StateCount { state, count, is_witness, .. } in &self.seen {
            let mark = if *is_witness { "*>" } else { ":>" };
            line(format_args!("{count:<8}{mark}{}", state.shown(self.test)));
        }
        line(format_args!("{}", if self.validates() { "Ok" } else { "No" }));
        line(format_args!("Witnesses"));
        line(format_args!("Positive: {} Negative: {}", observation.positive, observation.negative));
        line(format_args!("Condition {quantifier} ({})", condition.shown(self.test)));
        line(format_args!("Observation {name} {observation}"));
    }
}

/// Reads the allowed states of a test, one a line: herd's output, or the lines between its `States` and its verdict alone.
///
/// # Errors
///
/// The number of the line, and what is wrong with it.
pub fn read_states(test: &Test, text: &str) -> Result<Model, (usize, String)> {
    use alloc::string::ToString;
    let mut states = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let state = FinalState::parse(test, line).map_err(|error| (number + 1, error.to_string()))?;
        states.push(state);
    }
    Ok(Model::States(states))
}
