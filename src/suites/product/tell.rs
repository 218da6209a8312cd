//! What the log says of the product.

use super::Conclusion;
use crate::machine::lock::Lock;
use crate::machine::timer;
use crate::suites::Context;
use crate::support::context::Answer;
use crate::support::product::crew::Crew;
use crate::support::product::machine::ThisCpu;
use afdbm::regime::Regime;
use alloc::format;
use cases::product::{
    COMBINATIONS, Combination, Dropped, Examination, Findings, InRegime, Judge, Kinds, ORDER_VERSION, Tally,
    Variant, Varied,
};
use core::time::Duration;
use oracle::{Fingerprint, explain};
use record::options::RegimeName;

/// The most clusters that are told one by one.
const TOLD: usize = 40;

/// Counts, and the rate.
pub fn summary(context: &mut Context<'_>, crew: &Crew<'_>, tally: &Tally, started: u64) {
    let took = timer::frequency().duration(timer::now().saturating_sub(started));
    let cpus = crew.len() as u64;
    let rate = rate(tally.run, took) / u128::from(cpus);
    context.say(format_args!(
        "product: order version {ORDER_VERSION}, {} run, {} dropped, {} fail; {}.{:03} s on {cpus} CPUs, {rate} a second and CPU",
        tally.run,
        tally.dropped(),
        tally.failed,
        took.as_secs(),
        took.subsec_millis()
    ));
    for (reason, count) in Dropped::ALL.iter().zip(tally.dropped).filter(|(_, count)| *count > 0) {
        context.say(format_args!("dropped: {count}: {reason}"));
    }
}

/// Combinations a second.
fn rate(run: u64, took: Duration) -> u128 {
    u128::from(run) * 1_000_000 / took.as_micros().max(1)
}

/// The choices seen by all cases of the run.
static FINGERPRINT: Lock<Option<Fingerprint>> = Lock::new(None);

/// Adds the choices seen; with `last` prints them, if they are asked for.
pub fn fingerprint(context: &mut Context<'_>, tally: &Tally, last: bool) {
    let seen = {
        let mut known = FINGERPRINT.lock();
        let fingerprint = known.get_or_insert_with(Fingerprint::default);
        fingerprint.merge(&tally.fingerprint);
        *fingerprint
    };
    if context.options.fingerprint && last {
        context.say(format_args!("fingerprint begins"));
        for line in format!("{seen}").lines() {
            context.say(format_args!("fingerprint: {line}"));
        }
        context.say(format_args!("fingerprint ends"));
    }
}

/// How far a slice is, after a round that began at `started`.
pub fn progress(
    context: &mut Context<'_>,
    crew: &Crew<'_>,
    round: &Tally,
    started: u64,
    (next, length): (u64, u64),
) {
    let total = crew.total();
    let took = timer::frequency().duration(timer::now().saturating_sub(started));
    let rate = rate(round.run, took) / crew.len() as u128;
    context.say(format_args!(
        "progress: {next} of {length}; {} run and {} fail so far; {rate} a second and CPU",
        total.run, total.failed
    ));
    if length == COMBINATIONS {
        context.say(format_args!("go on with: --suite product --full --from {next}"));
    }
}

/// What failed, by kind.
pub fn kinds(context: &mut Context<'_>, kinds: &Kinds) {
    context.announce_kinds(kinds);
    for failures in kinds.iter() {
        context.tell_kind(failures);
        one_of_them(context, &failures.representative);
    }
}

/// What failed of accesses that the product leaves out, by kind, each with an example in full.
pub fn accesses(context: &mut Context<'_>, crew: &Crew<'_>, kinds: &Kinds) {
    context.announce_kinds(kinds);
    for failures in kinds.iter() {
        context.tell_kind(failures);
        context.say(format_args!("one of them: {}", InRegime(&failures.representative, context.regime)));
        once_more(context, crew, &failures.representative);
    }
}

/// A combination, run once more and told in full.
fn once_more(context: &mut Context<'_>, crew: &Crew<'_>, combination: &Combination) {
    let told = crew.on_first(|machine| {
        Judge::new(machine).examine(combination).ok().map(|examination| format!("{examination}"))
    });
    for line in told.flatten().iter().flat_map(|text| text.lines()) {
        context.say(format_args!("{line}"));
    }
}

/// An example, and how to run it alone.
fn one_of_them(context: &mut Context<'_>, combination: &Combination) {
    context.say(format_args!("one of them: {}", InRegime(combination, context.regime)));
    let (index, regime) = (combination.index(), RegimeName(context.regime));
    if context.regime == Regime::El10 {
        context.say(format_args!("its rerun: scripts/run --case product/{index}"));
    } else {
        context.say(format_args!("its rerun: scripts/run --el 2 --regime {regime} --case product/{index}"));
    }
}

/// The clusters.
pub fn findings(context: &mut Context<'_>, crew: &Crew<'_>, findings: &Findings) {
    for (place, finding) in findings.iter().enumerate().take(TOLD) {
        context.say(format_args!("cluster {}: {}", place + 1, finding.in_regime(context.regime)));
        one_of_them(context, &finding.representative);
        once_more(context, crew, &finding.representative);
    }
    let more = findings.iter().count().saturating_sub(TOLD);
    if more > 0 || findings.overflow() > 0 {
        context.say(format_args!("and {more} more clusters, {} failures in none", findings.overflow()));
    }
}

/// One combination, in full.
pub fn one(
    context: &mut Context<'_>,
    judge: &mut Judge<'_, ThisCpu<'_>>,
    combination: &Combination,
    kinds: &mut Kinds,
) -> Conclusion {
    match judge.examine(combination) {
        Err(dropped) => Answer::skip(dropped),
        Ok(examination) => examined(
            context,
            &Varied { combination: *combination, variant: Variant::PLAIN },
            &examination,
            kinds,
        ),
    }
}

/// One combination that was examined, in full if it failed.
pub fn examined(
    context: &mut Context<'_>,
    varied: &Varied,
    examination: &Examination,
    kinds: &mut Kinds,
) -> Conclusion {
    let Some(mismatch) = examination.mismatch else { return Ok(Answer::PASS) };
    kinds.note(&varied.combination, examination);
    let regime = context.regime;
    context.say(format_args!("{}", InRegime(varied, regime)));
    for line in format!("{examination}").lines() {
        context.say(format_args!("{line}"));
    }
    let mut reason = format!("{}", mismatch.aspect);
    for (place, clause) in explain(&examination.query, &examination.outcome).take(4).enumerate() {
        context.say(format_args!("as if it did not know: {clause}"));
        if place == 0 {
            reason = format!("{reason}: {clause}");
        }
    }
    Answer::fail(reason)
}
