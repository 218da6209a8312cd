//! Litmus tests of the boot loader's module: herd's files as they are, held against what the model allows.

mod batch;
mod crew;
mod tell;

use super::{Conclusion, Context, Trouble};
use crate::machine::cpus;
use crate::memory::litmus_space::{LitmusSpace, LitmusSpaceError};
use crate::memory::module;
use crate::support::context::Answer;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::{Case, LITMUS, Suite};
use litmus::module::{Entry, ModelVerdict, read, read_entry};
use litmus::verdict::{Histogram, Model, read_states};
use litmus::{Problem, Test};
use platform::device_tree::PhysicalRange;
use spin::Once;

/// The module.
static MODULE: Once<&'static [u8]> = Once::new();

/// Instances that are in flight at once: as many as make a meeting rare, since one costs a turn of the host's scheduler where
/// the host has fewer cores than the test has threads.
const INSTANCES: usize = 512;
/// Outcomes of each test where `--rounds` does not say.
const DEFAULT_OUTCOMES: usize = 10_000;

impl From<LitmusSpaceError> for Trouble {
    fn from(error: LitmusSpaceError) -> Self {
        match error {
            LitmusSpaceError::Table(error) => Self::Table(error),
            error @ LitmusSpaceError::Code { .. } => Self::Other(format!("{error}")),
        }
    }
}

/// Makes a suite of the module's tests; they are kept for good.
///
/// # Errors
///
/// What is wrong with the module, or that there is none.
pub fn suite(module: Option<PhysicalRange>) -> Result<&'static [Suite], String> {
    let range = module.ok_or("--litmus: the boot loader has loaded no module beside the kernel")?;
    let module =
        module::bytes(range).ok_or_else(|| format!("--litmus: the module at {range} is not in RAM"))?;
    let wrong = |error| format!("--litmus: the module: {error}");
    let mut entries = read(module).map_err(wrong)?;
    let mut cases: Vec<Case> = Vec::with_capacity(entries.left());
    loop {
        let offset = entries.offset();
        let Some(entry) = entries.next() else { break };
        let Entry { case, path, .. } = entry.map_err(wrong)?;
        cases.push(Case::litmus(case, path, offset));
    }
    MODULE.call_once(|| module);
    let about = "litmus tests of the module, held against what the model allows";
    let suite = Suite { name: LITMUS, about, hidden: false, cases: Vec::leak(cases) };
    Ok(Box::leak(Box::new([suite])))
}

/// Why a machine cannot run a test, if it cannot.
fn lacks(context: &Context<'_>, test: &Test) -> Option<String> {
    let cpu = context.cpu();
    let extensions = test.extensions();
    let degree = match (test.is_managed(), test.threads.iter().any(|thread| thread.manages_dirty_state)) {
        (_, true) => 2,
        (true, false) => 1,
        (false, false) => 0,
    };
    let lacks = |feature: &str| Some(format!("this CPU has no {feature}"));
    match () {
        () if extensions.atomics && !cpu.lse() => lacks("atomic instructions (FEAT_LSE)"),
        () if extensions.release_consistency && !cpu.lrcpc() => lacks("LDAPR (FEAT_LRCPC)"),
        () if u64::from(test.enhanced_translation) > cpu.ets() => {
            lacks(&format!("FEAT_ETS{}, which the test takes for given", test.enhanced_translation))
        }
        () => context.lacks_management(degree).or_else(|| context.lacks_cpus(test.threads.len())),
    }
}

/// What the model says of a test on this machine.
fn model(context: &Context<'_>, entry: &Entry<'_>, test: &Test) -> Result<Model, Trouble> {
    let enhanced = context.cpu().ets() >= 2 && entry.enhanced != ModelVerdict::None;
    match if enhanced { entry.enhanced } else { entry.verdict } {
        ModelVerdict::None => Ok(Model::Unknown),
        ModelVerdict::States(states) => read_states(test, states)
            .map_err(|(line, error)| Trouble::Other(format!("{}, state {line}: {error}", entry.source))),
        ModelVerdict::Kind(word) => Model::of_kind(word)
            .ok_or_else(|| Trouble::Other(format!("{}: {word:?} is no kind", entry.source))),
    }
}

/// Runs the test of the module that begins at `offset`.
pub fn run(offset: usize, context: &mut Context<'_>) -> Conclusion {
    let module = MODULE.get().copied().unwrap_or_default();
    let entry = read_entry(module, offset);
    let entry = entry.map_err(|error| Trouble::Other(format!("the module: {error}")))?;
    if !entry.skip.is_empty() {
        return Answer::skip(entry.skip);
    }
    let test = match Test::parse(entry.text) {
        Ok(test) => test,
        Err(problem @ Problem::Unsupported { .. }) => return Answer::skip(format_args!("{problem}")),
        Err(problem) => {
            return Err(Trouble::Other(format!("{}:{}: {problem}", entry.path, problem.place())));
        }
    };
    if let Some(reason) = lacks(context, &test) {
        return Answer::skip(reason);
    }
    let model = model(context, &entry, &test)?;
    let space = context.space()?;
    let mapped = LitmusSpace::new(&space, &test, &entry.code, INSTANCES)?;
    let mut histogram = Histogram::new(&test, &model);
    let (seed, online) = (context.seed, cpus::online());
    if let Some(schedules) = context.options.sweep {
        let ran = crew::run(&mapped, &test, online, crew::sweep(seed, schedules.get()), &mut histogram)?;
        let conclusion = tell::tell(context, &entry, &test, &model, &histogram, ran.spent);
        tell::first_seen(context, &test, &ran.first_seen);
        return conclusion;
    }
    let outcomes = context.options.rounds.map_or(DEFAULT_OUTCOMES, |rounds| rounds.get() as usize);
    let ran = crew::run(&mapped, &test, online, crew::schedules_of(seed, outcomes), &mut histogram)?;
    tell::tell(context, &entry, &test, &model, &histogram, ran.spent)
}
