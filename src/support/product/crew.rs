//! The CPUs that share the work, each with its own cpu_sites.

use super::machine::{ThisCpu, output_bits};
use super::site::CpuSites;
use crate::machine::calls::Abandoned;
use crate::machine::controls::Settings;
use crate::machine::cpus::{self, Placement, identification};
use crate::machine::per_cpu::{CpuIndex, this_index};
use crate::machine::relax::{Yield, relax};
use crate::machine::watchdog;
use crate::memory::case_memory::CaseMemory;
use crate::support::Trouble;
use afdbm::regime::Regime;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use cases::accesses::{Class, ROWS, combination};
use cases::product::{Findings, Group, Judge, Kinds, Parts, Row, Sample, Source, Status, Tally};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use spin::mutex::SpinMutex;

/// Combinations of a sample that a CPU takes at a time, in the order of the slow controls.
const SHARE: u64 = 1000;

/// What is to be run.
pub enum Task<'a> {
    /// Parts of a slice, gathered into findings.
    Parts {
        /// All of them.
        parts: &'a Parts,
        /// Those to run.
        range: Range<u64>,
        /// Combinations in each.
        length: u64,
    },
    /// The accesses of a class, each through every row of its covering set.
    Accesses(Class),
    /// The combinations of a sample that are in a group.
    Sample {
        /// The sample.
        sample: &'a Sample,
        /// The group, or `None` for all of them.
        group: Option<Group>,
    },
}

/// The CPUs that take part: all that run.
pub struct Crew<'a> {
    cpu_sites: Vec<CpuSites<'a>>,
    members: Vec<CpuIndex>,
    state: Box<SpinMutex<Gathered, Yield>>,
}

#[derive(Default)]
struct Gathered {
    // On the heap each: together they are larger than a stack has room for.
    findings: Box<Findings>,
    tally: Tally,
    kinds: Box<Kinds>,
}

/// What one CPU needs to gather the failures of a part.
struct Buffer {
    statuses: Vec<Status>,
    rows: Vec<Row>,
}

impl Buffer {
    /// For this many combinations, in rows of so many leaves.
    fn new(combinations: usize, leaves: usize) -> Self {
        let rows = combinations / leaves;
        Self { statuses: vec![Status::NOT_RUN; combinations], rows: vec![Row::default(); rows] }
    }
}

impl<'a> Crew<'a> {
    /// Gathers the CPUs, for accesses in `regime`.
    ///
    /// # Errors
    ///
    /// [`Trouble`] for want of memory.
    pub fn new(memory: &'a CaseMemory, regime: Regime) -> Result<Self, Trouble> {
        let first = identification(CpuIndex(0));
        let members: Vec<CpuIndex> = (0..cpus::online()).map(CpuIndex).collect();
        let mut cpu_sites = CpuSites::for_all(memory, members.len(), output_bits(&first))
            .ok_or_else(|| Trouble::Other("no memory for the tables of every CPU".into()))?;
        for sites in &mut cpu_sites {
            sites.serve(memory, regime)?;
        }
        Ok(Self { cpu_sites, members, state: Box::default() })
    }

    /// Returns how many CPUs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns what all tasks so far came to.
    pub fn total(&self) -> Tally {
        self.state.lock().tally
    }

    /// Returns what was found so far.
    pub fn findings(&self) -> Box<Findings> {
        self.state.lock().findings.clone()
    }

    /// Returns the kinds of failure so far.
    pub fn kinds(&self) -> Box<Kinds> {
        self.state.lock().kinds.clone()
    }

    /// Runs `work` on the first CPU.
    pub fn on_first<R>(&self, work: impl FnOnce(&mut ThisCpu<'_>) -> R) -> Option<R> {
        let cpu_sites = self.cpu_sites.first()?;
        Some(work(&mut ThisCpu::new(cpu_sites, identification(CpuIndex(0)))))
    }

    /// Runs a task on all CPUs; returns what it came to.
    ///
    /// # Errors
    ///
    /// [`Trouble`] where a CPU is lost to an exception, or the budget is spent.
    pub fn run(&self, task: Task<'_>) -> Result<Tally, Trouble> {
        let next = AtomicU64::new(match &task {
            Task::Parts { range, .. } => range.start,
            Task::Sample { .. } | Task::Accesses(_) => 0,
        });
        let (count, leaves) = match &task {
            Task::Parts { parts, length, .. } => {
                (usize::try_from(*length).expect("a part fits the memory"), parts.whole().leaves())
            }
            Task::Sample { .. } | Task::Accesses(_) => (0, 1),
        };
        let buffers: Vec<SpinMutex<Buffer, Yield>> =
            self.members.iter().map(|_| SpinMutex::new(Buffer::new(count, leaves))).collect();
        let total = SpinMutex::<_, Yield>::new((Tally::default(), Box::<Kinds>::default()));
        let work = || {
            let Some(place) = self.members.iter().position(|cpu| *cpu == this_index()) else { return };
            let mut machine = ThisCpu::new(&self.cpu_sites[place], identification(this_index()));
            let mut kinds = Box::<Kinds>::default();
            let mut judge = Judge::new(&mut machine).noting(&mut kinds);
            let mut tally = Tally::default();
            match &task {
                Task::Parts { parts, range, .. } => {
                    let mut buffer = buffers[place].lock();
                    self.parts(&mut judge, parts, range, &next, &mut buffer, &mut tally);
                }
                Task::Accesses(class) => accesses(&mut judge, *class, &next, &mut tally),
                Task::Sample { sample, group } => {
                    sampled(&mut judge, sample, *group, &next, &mut tally);
                }
            }
            let mut total = total.lock();
            total.0.merge(&tally);
            total.1.merge(&kinds);
        };
        let placements: Vec<Placement<'_>> = self
            .members
            .iter()
            .map(|cpu| Placement { cpu: *cpu, settings: Settings::PLAIN, work: &work })
            .collect();
        let ended = cpus::on_each(&placements);
        if let Some(place) = ended.iter().position(|ended| *ended == Err(Abandoned)) {
            return Err(Trouble::Abandoned(self.members[place]));
        }
        if watchdog::expired() {
            return Err(Trouble::TimedOut);
        }
        let (tally, kinds) = total.into_inner();
        let mut state = self.state.lock();
        state.tally.merge(&tally);
        state.kinds.merge(&kinds);
        Ok(tally)
    }

    fn parts(
        &self,
        judge: &mut Judge<'_, ThisCpu<'_>>,
        parts: &Parts,
        range: &Range<u64>,
        next: &AtomicU64,
        Buffer { statuses, rows }: &mut Buffer,
        tally: &mut Tally,
    ) {
        while !watchdog::expired() {
            let part = next.fetch_add(1, Relaxed);
            if part >= range.end {
                return;
            }
            let Some(slice) = parts.resume(part).next() else { return };
            let failed = tally.failed;
            let taken = judge.judge_all(Source::Slice(slice.from(0)), statuses, tally, None);
            if tally.failed > failed {
                let mut state = loop {
                    match self.state.try_lock() {
                        Some(state) => break state,
                        // Whoever has it may have been abandoned with it.
                        None if watchdog::expired() => return,
                        None => relax(),
                    }
                };
                state.findings.gather((&slice, parts.whole()), &statuses[..taken], rows, judge);
            }
        }
    }
}

fn accesses(judge: &mut Judge<'_, ThisCpu<'_>>, class: Class, next: &AtomicU64, tally: &mut Tally) {
    while !watchdog::expired() {
        let row = next.fetch_add(1, Relaxed);
        if row >= ROWS {
            return;
        }
        for kind in class.accesses() {
            let _ = judge.judge(&combination(kind, row), tally);
        }
    }
}

fn sampled(
    judge: &mut Judge<'_, ThisCpu<'_>>,
    sample: &Sample,
    group: Option<Group>,
    next: &AtomicU64,
    tally: &mut Tally,
) {
    while !watchdog::expired() {
        let first = next.fetch_add(SHARE, Relaxed);
        if first >= sample.size {
            return;
        }
        let drawn = (first..first + SHARE).map_while(|ordinal| sample.combination(ordinal));
        for combination in
            drawn.filter(|combination| group.is_none_or(|group| Group::of(combination) == group))
        {
            let _ = judge.judge(&combination, tally);
        }
    }
}
