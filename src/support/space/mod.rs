//! What the spaces of accesses beside the product have in common: what combinations came to, the CPUs that share a covering
//! set, and how a sample or a covering set is run.

mod runner;

pub use runner::{Sites, carry_out};

use super::context::Answer;
use super::{Conclusion, Context, Trouble};
use crate::machine::calls::Abandoned;
use crate::machine::controls::Settings;
use crate::machine::cpus::{self, Placement};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::{CpuIndex, this_index};
use crate::machine::{timer, watchdog};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use cases::product::Kinds;
use cases::space::{Dropped, Tally};
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many failures are told one by one.
const TOLD: usize = 4;

/// What combinations came to.
#[derive(Default)]
struct Findings {
    /// The counts.
    tally: Tally<Dropped>,
    /// The kinds of the failures.
    kinds: Box<Kinds>,
    /// The first failures, each in full.
    told: Vec<String>,
    /// CPUs that took part.
    cpus: u64,
}

impl Findings {
    /// Begins with none, of one CPU.
    fn of_one_cpu() -> Self {
        Self { cpus: 1, ..Self::default() }
    }

    /// Keeps a failure to be told, if it is one of the first.
    fn keep(&mut self, in_full: impl FnOnce() -> String) {
        if self.told.len() < TOLD {
            self.told.push(in_full());
        }
    }

    /// Takes in what another CPU found.
    fn merge(&mut self, other: Self) {
        self.tally.merge(&other.tally);
        self.kinds.merge(&other.kinds);
        let room = TOLD.saturating_sub(self.told.len());
        self.told.extend(other.told.into_iter().take(room));
        self.cpus += other.cpus;
    }

    /// Tells what was found since `started`, of `what`, and says what the case comes to.
    fn conclude(self, context: &mut Context<'_>, what: fmt::Arguments<'_>, started: u64) -> Conclusion {
        let Self { tally, kinds, told, cpus } = self;
        let took = timer::frequency().duration(timer::now().saturating_sub(started));
        let each = took.as_nanos() * u128::from(cpus) / u128::from(tally.run.max(1));
        context.say(format_args!(
            "{what}, {} run, {} dropped, {} fail; {}.{:03} s on {cpus} CPUs, {each} ns a combination and CPU",
            tally.run,
            tally.dropped,
            tally.failed,
            took.as_secs(),
            took.subsec_millis(),
        ));
        for line in told.iter().flat_map(|text| text.lines()) {
            context.say(format_args!("{line}"));
        }
        context.tell_kinds(&kinds);
        if let (0, Some(reason)) = (tally.run, tally.reason) {
            return Answer::skip(reason);
        }
        if tally.failed == 0 {
            return Ok(Answer::PASS);
        }
        let kinds = kinds.iter().count();
        Answer::fail(format_args!(
            "{} of {} combinations fail, {kinds} kinds of failure",
            tally.failed, tally.run
        ))
    }
}

/// The settings of a covering set, of which each CPU takes the next.
struct Turns<'a, S> {
    settings: &'a [S],
    next: AtomicUsize,
}

impl<S> Turns<'_, S> {
    /// Returns the next setting, while there are any and the case has time.
    fn take(&self) -> Option<&S> {
        if watchdog::expired() { None } else { self.settings.get(self.next.fetch_add(1, Relaxed)) }
    }
}

/// Settings of a covering set for each CPU between two lines of progress.
const ROUND: usize = 4;

/// Lets all CPUs that are like the first work through the settings of a covering set, each with what `prepare` has made for it,
/// and tells how far they are.
///
/// # Errors
///
/// The trouble of a CPU that could not be prepared, or was abandoned.
fn share<S: Sync, P: Send>(
    context: &mut Context<'_>,
    settings: &[S],
    prepare: impl Fn(CpuIndex) -> Result<P, Trouble>,
    work: impl Fn(CpuIndex, &mut P, &Turns<'_, S>, &mut Findings) + Sync,
) -> Result<Findings, Trouble> {
    let members: Vec<CpuIndex> = (0..cpus::online()).map(CpuIndex).collect();
    let mut prepared = Vec::new();
    for member in &members {
        prepared.push((*member, Lock::new(Some(prepare(*member)?))));
    }
    let mut all = Findings { cpus: members.len() as u64, ..Findings::default() };
    let mut next = 0;
    while next < settings.len() && !watchdog::expired() {
        let end = settings.len().min(next + ROUND * members.len());
        let turns = Turns { settings: &settings[next..end], next: AtomicUsize::new(0) };
        let found = Lock::new(Findings::default());
        let work = || {
            let index = this_index();
            let Some((_, own)) = prepared.iter().find(|(member, _)| *member == index) else { return };
            // No lock is held while the CPU works, so that it can be abandoned.
            let Some(mut taken) = own.lock().take() else { return };
            let mut findings = Findings::default();
            work(index, &mut taken, &turns, &mut findings);
            *own.lock() = Some(taken);
            found.lock().merge(findings);
        };
        let placement = |cpu: &CpuIndex| Placement { cpu: *cpu, settings: Settings::PLAIN, work: &work };
        let placements: Vec<Placement<'_>> = members.iter().map(placement).collect();
        let ended = cpus::on_each(&placements);
        if let Some(place) = ended.iter().position(|ended| *ended == Err(Abandoned)) {
            return Err(Trouble::Abandoned(members[place]));
        }
        all.merge(core::mem::take(&mut *found.lock()));
        next = end;
        context.say(format_args!(
            "progress: {next} of {} settings; {} run and {} fail so far",
            settings.len(),
            all.tally.run,
            all.tally.failed
        ));
    }
    Ok(all)
}
