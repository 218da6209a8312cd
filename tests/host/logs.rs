//! Logs as the kernel writes them, by the kernel's own writer.

use cases::product::Kind;
use record::report::{Atomics, Environment, Line, Reporter, TestOutcome, Timing};
use std::time::Duration;

/// A suite, a case, and what it comes to, with the reason.
pub(crate) type Step = (&'static str, &'static str, TestOutcome, &'static str);

/// Everything passes but for what may be skipped.
pub(crate) const PASSES: [Step; 3] = [
    ("access-flag", "b07-every-load-sets-access-flag", TestOutcome::Pass, "AF was set by hardware"),
    ("access-flag", "b08-every-atomic-sets-access-flag", TestOutcome::Skip, "not observed"),
    ("dirty-state", "d15-every-atomic-marks-dirty", TestOutcome::Pass, "RO was cleared"),
];

/// One case fails.
pub(crate) const FAILS: [Step; 3] =
    [PASSES[0], PASSES[1], ("dirty-state", "d15-every-atomic-marks-dirty", TestOutcome::Fail, "RO is left")];

/// Nothing can be tested.
pub(crate) const SKIPS: [Step; 3] = [
    ("access-flag", "b07-every-load-sets-access-flag", TestOutcome::Skip, "HAFDBS is 0"),
    ("access-flag", "b08-every-atomic-sets-access-flag", TestOutcome::Skip, "HAFDBS is 0"),
    ("dirty-state", "d15-every-atomic-marks-dirty", TestOutcome::Skip, "HAFDBS is 0"),
];

/// Writes the log of a run that takes these steps.
pub(crate) fn log(steps: &[Step]) -> String {
    write(steps, &[], None)
}

/// Writes the log of a run that takes these steps, of which each that fails tells these kinds of failure.
pub(crate) fn with_kinds(steps: &[Step], kinds: &[&str]) -> String {
    write(steps, kinds, None)
}

/// Writes the log of a run that takes these steps and loses a CPU.
pub(crate) fn lost(steps: &[Step], text: &str) -> String {
    write(steps, &[], Some(text))
}

fn write(steps: &[Step], kinds: &[&str], lost: Option<&str>) -> String {
    let mut reporter = Reporter::new(String::new());
    reporter.start(&Environment {
        version: "0.1.0",
        cpu: "max",
        midr: 0x000f_0510,
        hafdbs: 2,
        entry_level: 1,
        cpus: 4,
        memory: 256,
        granule: 4,
        seed: 0x5eed,
        atomics: Atomics::LlSc,
    });
    let suites: Vec<&[Step]> = steps.chunk_by(|one, next| one.0 == next.0).collect();
    reporter.plan(suites.len());
    for cases in suites {
        reporter.begin_suite(cases[0].0, cases.len());
        for (_, name, outcome, reason) in cases {
            reporter.diagnostic(format_args!("before 0x1 (W·AF·RO)\nafter 0x2 (W·AF)"));
            if !outcome.is_ok() {
                if !kinds.is_empty() {
                    reporter.tell(Line::Kinds { kinds: kinds.len(), failures: 7 * kinds.len() as u64 });
                }
                for kind in kinds.iter().map(|text| Kind::parse(text).unwrap()) {
                    reporter.tell(Line::Kind { count: 7, kind });
                }
                reporter.rerun(format_args!("scripts/run --case {name}"));
            }
            reporter.case(name, *outcome, Some(format_args!("{reason}")));
        }
        reporter.end_suite();
    }
    let timing = Timing { boot: Duration::from_millis(40), suites: Duration::from_millis(2900) };
    let lost = lost.as_ref().map(|text| text.to_string());
    match &lost {
        Some(text) => reporter.verdict(timing, format_args!("scripts/run"), Some(format_args!("{text}"))),
        None => reporter.verdict(timing, format_args!("scripts/run"), None),
    };
    reporter.output().clone()
}
