//! From the records of a log and what the host makes of them to a run.

use super::run::{
    Case, Deviation, FORMAT, Kind, Origin, Run, RunResult, Status, Suite, TestedMachine, VERSION,
};
use crate::{
    judge::Judgement,
    log::{Case as Told, Record},
};
use record::report::{TestOutcome, Translation};
use std::collections::BTreeSet;

/// How the log names a skip of what the architecture permits and the machine did not show.
const NOT_SEEN: [&str; 2] = ["permitted, and not observed", "not observed"];

/// The name of the lines that `--fingerprint` adds.
const FINGERPRINT: &str = "fingerprint: ";

/// Makes a run of a log that has ended. `asked` are the cases that were asked for, as (suite, case), where that is
/// known.
pub(crate) fn gather(
    record: &Record,
    judgement: &Judgement<'_>,
    asked: Option<&[(&str, &str)]>,
    strict: bool,
    origin: Origin,
) -> Run {
    let mut suites: Vec<Suite> = Vec::new();
    for told in &record.cases {
        suite(&mut suites, &told.suite).cases.push(case(told, judgement));
    }
    let ran: BTreeSet<(&str, &str)> =
        record.cases.iter().map(|case| (case.suite.as_str(), case.name.as_str())).collect();
    for (of, name) in asked.unwrap_or_default().iter().filter(|case| !ran.contains(*case)) {
        suite(&mut suites, of).cases.push(Case::lost(of, name));
    }
    let lines = record.cases.iter().flat_map(|case| &case.details);
    let fingerprint = lines.filter_map(|line| line.strip_prefix(FINGERPRINT)).map(str::to_owned).collect();
    let machine = machine(record);
    Run {
        format: FORMAT.to_owned(),
        version: VERSION,
        name: name(machine.as_ref(), &origin),
        machine,
        origin,
        notes: record.notes.clone(),
        result: result(record, judgement, asked.map(<[_]>::len), strict),
        suites,
        fingerprint,
    }
}

/// Returns the suite of this name, which is added where it is not there yet.
fn suite<'s>(suites: &'s mut Vec<Suite>, name: &str) -> &'s mut Suite {
    let position = suites.iter().position(|suite| suite.name == name).unwrap_or_else(|| {
        let declared = cases::SUITES.iter().find(|suite| suite.name == name);
        let about = declared.map(|suite| suite.about.to_owned()).unwrap_or_default();
        suites.push(Suite { name: name.to_owned(), about, cases: Vec::new() });
        suites.len() - 1
    });
    &mut suites[position]
}

fn case(told: &Told, judgement: &Judgement<'_>) -> Case {
    let is_it = |other: &Told| std::ptr::eq(other, told);
    let known = judgement.known.iter().find(|(case, _)| is_it(case)).map(|(_, deviations)| deviations);
    let new = judgement.new.iter().find(|(case, _)| is_it(case)).map(|(_, expected)| expected);
    let status = match told.outcome {
        TestOutcome::Pass => Status::Conforms,
        TestOutcome::Fail if known.is_some() => Status::KnownDeviation,
        TestOutcome::Fail => Status::NewFailure,
        TestOutcome::Error => Status::Error,
        TestOutcome::Skip if NOT_SEEN.iter().any(|reason| told.reason.starts_with(reason)) => {
            Status::PermittedNotSeen
        }
        TestOutcome::Skip => Status::NotTested,
    };
    let deviations = known.or(new.map(|expected| &expected.deviations));
    let is_known = |kind: &(u64, _)| {
        new.is_none_or(|expected| !expected.unexpected.iter().any(|unexpected| **unexpected == *kind))
    };
    let kinds =
        told.kinds.iter().map(|told| Kind { count: told.0, kind: told.1.to_string(), known: is_known(told) });
    Case {
        kinds: kinds.collect(),
        deviations: deviations
            .into_iter()
            .flatten()
            .map(|deviation| Deviation {
                row: deviation.row.clone(),
                rule: deviation.rule.clone(),
                note: deviation.note.clone(),
                measured: deviation.measured.clone(),
            })
            .collect(),
        ..Case::of(told, status)
    }
}

fn machine(record: &Record) -> Option<TestedMachine> {
    let environment = record.environment()?;
    let translation = record.notes.iter().find_map(|note| Translation::parse(note));
    Some(TestedMachine {
        afdbm: environment.version.to_owned(),
        cpu: environment.cpu.to_owned(),
        midr: format!("{:#010x}", environment.midr),
        hafdbs: environment.hafdbs,
        ets: translation.map(|told| told.ets),
        bbm: translation.map(|told| told.bbm),
        granules: translation.map(|told| told.granules().map(str::to_owned).collect()),
        el: environment.entry_level,
        cpus: environment.cpus,
        memory_mib: environment.memory,
        granule_kib: environment.granule,
        seed: format!("{:#x}", environment.seed),
        atomics: environment.atomics.to_string(),
    })
}

/// Names the run of a log for people.
pub(crate) fn name_of(record: &Record) -> String {
    name(machine(record).as_ref(), &record.origin)
}

/// Names a run for people.
fn name(machine: Option<&TestedMachine>, origin: &Origin) -> String {
    let mut parts: Vec<String> = origin.emulator.iter().cloned().collect();
    parts.extend(origin.accelerator.iter().filter(|accelerator| *accelerator != "tcg").cloned());
    match machine {
        Some(TestedMachine { cpu, el, cpus, .. }) => {
            let plural = if *cpus == 1 { "" } else { "s" };
            parts.extend([cpu.clone(), format!("EL{el}"), format!("{cpus} CPU{plural}")]);
        }
        None => parts.push("a machine that did not say what it is".into()),
    }
    parts.join(", ")
}

fn result(record: &Record, judgement: &Judgement<'_>, asked: Option<usize>, strict: bool) -> RunResult {
    let count = |outcome| record.cases.iter().filter(|case| case.outcome == outcome).count();
    let reported = record.cases.len();
    let planned = asked.unwrap_or(record.planned_cases).max(reported);
    let verdict = record.verdict.as_ref();
    let trusted = verdict.filter(|_| judgement.is_of_verdict());
    RunResult {
        exit: judgement.exit as u8,
        host: judgement.to_string(),
        kernel: trusted.map(|verdict| verdict.outcome.to_string()),
        strict,
        planned,
        passed: count(TestOutcome::Pass),
        failed: count(TestOutcome::Fail),
        errors: count(TestOutcome::Error),
        skipped: count(TestOutcome::Skip),
        lost: planned - reported,
        known: judgement.known.len(),
        boot_seconds: verdict.map(|verdict| verdict.timing.boot.as_secs_f64()),
        suites_seconds: verdict.map(|verdict| verdict.timing.suites.as_secs_f64()),
    }
}
