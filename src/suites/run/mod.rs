//! The run: selects, times, guards and reports the cases.

mod coverage;
mod environment;

use super::functions::carry_out;
use super::{Context, Trouble, herd};
use crate::machine::calls::Abandoned;
use crate::machine::lock::Lock;
use crate::machine::per_cpu::{self, CpuIndex};
use crate::machine::smp::Missing;
use crate::machine::{console, cpus, fatal, power, timer, watchdog};
use crate::memory::case_memory::CaseMemory;
use crate::memory::containment::contained;
use crate::memory::walk;
use crate::support::calibration;
use crate::support::context::Answer;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::product::COMBINATIONS;
use cases::{Case, SUITES, Suite};
use core::fmt::{self, Write};
use core::time::Duration;
use platform::device_tree::{Console, Platform};
use record::options::{Accelerator, BootArguments, ByNumber, Options, Pattern, Seed};
use record::report::{Atomics, Line, Reporter, TestOutcome, Timing};

/// The seed where none is given.
const DEFAULT_SEED: u64 = 0x5eed;
/// How long a CPU may take to come back once a budget is spent.
const GRACE: Duration = Duration::from_secs(5);

/// How this image's atomics were compiled.
const ATOMICS: Atomics = if cfg!(target_feature = "lse") { Atomics::Lse } else { Atomics::LlSc };

/// What boot has found.
#[derive(Debug)]
pub struct BootReport<'a> {
    /// The device tree's account.
    pub platform: Platform<'a>,
    /// The console that was taken, if it is not semihosting.
    pub console: Option<Console<'a>>,
    /// Bytes of RAM.
    pub bytes: u64,
    /// The Exception level of entry.
    pub level: u64,
    /// The counter at the first Rust instruction.
    pub born: u64,
}

/// The console as the log's writer.
struct Output;

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        console::lock().write_str(text)
    }
}

/// The log and where the run stands, for whoever has to end it.
struct Progress {
    reporter: Reporter<Output>,
    /// The case that runs, as suite and case.
    current: Option<(&'static str, &'static str)>,
    /// Cases that have not ended.
    left: usize,
    /// The counter at boot, and when the first suite began.
    born: u64,
    started: u64,
    /// The line that runs all of this again.
    rerun: String,
    /// What each case came to; kept where the coverage is asked for.
    outcomes: Option<Vec<(&'static Case, TestOutcome)>>,
}

static STATE: Lock<Progress> = Lock::new(Progress {
    reporter: Reporter::new(Output),
    current: None,
    left: 0,
    born: 0,
    started: 0,
    rerun: String::new(),
    outcomes: None,
});

/// Runs what the options ask for, prints the verdict, and powers off.
pub fn run(machine: &BootReport<'_>, arguments: &BootArguments<'_>, missing: &[Missing]) -> ! {
    watchdog::on_lost(lose);
    let BootArguments { ignored, options } = arguments;
    let seed = options.seed.map_or(DEFAULT_SEED, |seed| seed.0);
    let options = Options { seed: Some(Seed(seed)), ..*options };
    begin(machine, &options, missing);
    if !ignored.is_empty() {
        STATE.lock().reporter.diagnostic(format_args!("ignored, since no \"--\" comes before it: {ignored}"));
    }
    let suites = match options.litmus {
        Some(_) => herd::suite(machine.platform.module),
        None => Ok(SUITES),
    };
    let suites = suites.and_then(|suites| unknown(suites, &options).map_or(Ok(suites), Err));
    calibrate(&options);
    if options.list {
        list();
    } else if let Err(problem) = suites {
        STATE.lock().reporter.usage(format_args!("{problem}"));
    } else if let Ok(suites) = suites {
        STATE.lock().outcomes = options.coverage.then(Vec::new);
        run_suites(suites, &options, seed);
        let mut state = STATE.lock();
        if let Some(outcomes) = state.outcomes.take() {
            coverage::tell(&mut state.reporter, &outcomes);
        }
        drop(state);
        conclude(None);
    }
    power::system_off()
}

fn begin(machine: &BootReport<'_>, options: &Options<'_>, missing: &[Missing]) {
    let mut state = STATE.lock();
    state.born = machine.born;
    state.rerun = format!("scripts/run {options}");
    environment::tell(&mut state.reporter, machine, options, missing);
}

/// Finds out what no ID register says, and tells it.
fn calibrate(options: &Options<'_>) {
    let told = matches!(options.accelerator, Some(Accelerator::Kvm | Accelerator::Hvf));
    let is_guest = power::hypervisor().is_some() || told;
    let ended = contained(|_| calibration::calibrate(is_guest), || tell_unexpected(CpuIndex(0)));
    let reporter = &mut STATE.lock().reporter;
    match ended {
        Ok(Ok(found)) => reporter.diagnostic(format_args!("calibration: {found}")),
        Ok(Err(trouble)) => reporter.diagnostic(format_args!("calibration: not made: {trouble}")),
        Err(Abandoned) => {
            reporter.diagnostic(format_args!("calibration: not made: an unexpected exception or a panic"));
        }
    }
}

fn list() {
    let mut state = STATE.lock();
    for suite in SUITES {
        state.reporter.diagnostic(format_args!("{}/: {}", suite.name, suite.about));
        for case in suite.cases {
            state.reporter.diagnostic(format_args!("{}/{}: {}", suite.name, case.name, case.claim));
        }
    }
    state.reporter.usage(format_args!("--list boots nothing; leave it out to run the cases"));
}

/// Returns what is wrong with what the options ask this image for, if anything.
fn unknown(suites: &[Suite], options: &Options<'_>) -> Option<String> {
    if let Some(asked) = options.atomics.filter(|asked| *asked != ATOMICS) {
        return Some(format!("--atomics {asked}: this image was built with {ATOMICS}"));
    }
    let known = |name: &&str| suites.iter().any(|suite| suite.name == *name);
    if let Some(name) = options.suites.and_then(|suites| suites.names().find(|name| !known(name))) {
        return Some(format!("there is no suite {name:?}; --list shows them all"));
    }
    if let Some(ByNumber(None)) = options.by_number() {
        return Some(format!("there is no such combination; they are 0 to {}", COMBINATIONS - 1));
    }
    let any = suites.iter().any(|suite| chosen(suite, options).next().is_some());
    (!any).then(|| String::from("no case has this name; --list shows them all"))
}

/// The cases of a suite that the options ask for.
fn chosen<'a>(suite: &'a Suite, options: &'a Options<'_>) -> impl Iterator<Item = &'static Case> + 'a {
    suite.cases.iter().filter(|case| options.selects(suite, case))
}

fn run_suites(suites: &'static [Suite], options: &Options<'_>, seed: u64) {
    let suites = || suites.iter().filter(|suite| chosen(suite, options).next().is_some());
    {
        let mut state = STATE.lock();
        state.left = suites().map(|suite| chosen(suite, options).count()).sum();
        state.started = timer::now();
        state.reporter.plan(suites().count());
    }
    for suite in suites() {
        STATE.lock().reporter.begin_suite(suite.name, chosen(suite, options).count());
        for case in chosen(suite, options) {
            run_case(suite, case, options, seed);
        }
        STATE.lock().reporter.end_suite();
    }
}

fn run_case(suite: &'static Suite, case: &'static Case, options: &Options<'_>, seed: u64) {
    STATE.lock().current = Some((suite.name, case.name));
    let mut say = |line: Line<'_, fmt::Arguments<'_>>| STATE.lock().reporter.tell(line);
    watchdog::start(case.budget, GRACE);
    let run = |memory: &CaseMemory| {
        let mut context = Context::new(options, &case.needs, seed, memory, &mut say);
        match context.lacks(case) {
            Some(reason) => Answer::skip(reason),
            None => carry_out(case, &mut context),
        }
    };
    let ended = contained(run, || tell_unexpected(CpuIndex(0)));
    let overrun = watchdog::expired();
    watchdog::stop();
    (0..cpus::online()).map(CpuIndex).for_each(tell_unexpected);
    let answer = match ended {
        Err(Abandoned) => trouble(&Trouble::Abandoned(CpuIndex(0))),
        Ok(Err(error @ Trouble::Abandoned(_))) => trouble(&error),
        Ok(_) if overrun => trouble(&Trouble::TimedOut),
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => trouble(&error),
    };
    let mut state = STATE.lock();
    state.current = None;
    state.left -= 1;
    if let Some(outcomes) = &mut state.outcomes {
        outcomes.push((case, answer.outcome));
    }
    if matches!(answer.outcome, TestOutcome::Fail | TestOutcome::Error) {
        let name = format!("{}/{}", suite.name, case.name);
        let by_number = options.by_number().and(options.case);
        let again = Options { suites: None, case: by_number.or(Pattern::new(&name)), ..*options };
        state.reporter.rerun(format_args!("scripts/run {again}"));
        environment::tell_errata(&mut state.reporter, case);
    }
    match &answer.reason {
        Some(reason) => state.reporter.case(case.name, answer.outcome, Some(format_args!("{reason}"))),
        None => state.reporter.case(case.name, answer.outcome, None),
    }
}

fn trouble(error: &Trouble) -> Answer {
    Answer { outcome: TestOutcome::Error, reason: Some(format!("{error}")) }
}

/// Tells the panic that ended work on a CPU, or decodes the exception that did, with the walk of its address.
fn tell_unexpected(cpu: CpuIndex) {
    let panic = core::mem::take(&mut *per_cpu::ALL[cpu.0].panic.lock());
    if !panic.is_empty() {
        STATE.lock().reporter.diagnostic(format_args!("{cpu}: panicked at {panic}"));
    }
    let Some(report) = per_cpu::ALL[cpu.0].unexpected.take() else { return };
    let mut state = STATE.lock();
    state.reporter.diagnostic(format_args!("{cpu}: {}: {report}", report.kind()));
    walk::of(report.fault.address, &mut |line| state.reporter.diagnostic(line));
}

fn conclude(lost: Option<fmt::Arguments<'_>>) {
    end(&mut STATE.lock(), lost);
}

fn end(state: &mut Progress, lost: Option<fmt::Arguments<'_>>) {
    let frequency = timer::frequency();
    let timing = Timing {
        boot: frequency.duration(state.started.saturating_sub(state.born)),
        suites: frequency.duration(timer::now().saturating_sub(state.started)),
    };
    let Progress { reporter, rerun, .. } = state;
    reporter.verdict(timing, format_args!("{rerun}"), lost);
}

/// Ends the run on whatever CPU notices: `cpu` did not come back from the case that runs.
fn lose(cpu: CpuIndex) -> ! {
    let word = fatal::claim_after_others();
    let mut state = STATE.seize(&word);
    console::release(&word);
    let left = state.left.saturating_sub(1);
    match state.current.take() {
        Some((suite, case)) => {
            state.reporter.case(
                case,
                TestOutcome::Error,
                Some(format_args!("{cpu} has not come back {} s after the budget", GRACE.as_secs())),
            );
            end(&mut state, Some(format_args!("{cpu} lost in {suite}/{case}, {left} cases not run")));
        }
        None => end(&mut state, Some(format_args!("{cpu} lost between two cases, {left} cases not run"))),
    }
    power::system_off()
}
