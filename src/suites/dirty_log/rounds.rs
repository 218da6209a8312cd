//! Rounds of a log: EL1 writes on every CPU, CPU 0 harvests, and both are compared.

use super::method::Method;
use super::{super::Trouble, Context};
use crate::machine::controls::Management;
use crate::machine::cpus::{self, identification};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use crate::probe::Stub;
use crate::support::batch::Order;
use crate::support::guest::Guest;
use crate::support::rendezvous::{Meeting, Member, together};
use afdbm::operations::{Stage2Invalidation, stage_2::is_dirty};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use cases::space::Implemented;
use core::fmt;
use fastrand::Rng;

/// Pages of the guest, a power of two.
const PAGES: usize = 64;
/// Rounds of a log.
const ROUNDS: usize = 6;
/// The most CPUs that take part.
const CPUS: usize = 8;
/// CPU 0 harvests whenever it has accessed so many pages.
const BETWEEN: usize = 24;
/// How many failures are told one by one.
const TOLD: usize = 8;

/// What a log came to.
#[derive(Default)]
pub struct Found {
    cpus: usize,
    /// Pages that were written, of each round, and those in the log.
    written: usize,
    logged: usize,
    permission_faults: u32,
    /// Pages that were written and are not in the log.
    pub lost: usize,
    /// Pages in the log that nobody wrote.
    pub unwritten: usize,
    /// Failures that are not the log's.
    pub others: usize,
    /// The first failures, in words.
    pub examples: Vec<String>,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpus, written, logged, permission_faults, lost, unwritten, .. } = self;
        write!(
            formatter,
            "{ROUNDS} rounds of {PAGES} pages on {cpus} CPUs: {written} written, {logged} logged, {lost} lost, \
             {unwritten} not written; {permission_faults} Permission faults of stage 2"
        )
    }
}

impl Found {
    fn keep(&mut self, example: impl FnOnce() -> String) {
        if self.examples.len() < TOLD {
            self.examples.push(example());
        }
    }
}

/// Which CPU writes which page, round by round.
struct Plan {
    cpus: usize,
    writes: Vec<bool>,
}

impl Plan {
    fn new(seed: u64, cpus: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        Self { cpus, writes: (0..ROUNDS * cpus * PAGES).map(|_| random.u8(..4) == 0).collect() }
    }

    fn writes(&self, round: usize, cpu: usize, page: usize) -> bool {
        self.writes[(round * self.cpus + cpu) * PAGES + page]
    }

    fn is_written(&self, round: usize, page: usize) -> bool {
        (0..self.cpus).any(|cpu| self.writes(round, cpu, page))
    }

    /// What a CPU's word of a page holds after a round.
    fn held(&self, round: usize, cpu: usize, page: usize) -> u64 {
        let last = (0..=round).rev().find(|round| self.writes(*round, cpu, page));
        last.map_or(0, value)
    }
}

/// What is written in a round.
const fn value(round: usize) -> u64 {
    round as u64 + 1
}

/// What the harvests of a round have found, for each page.
#[derive(Clone, Copy, Default)]
struct Logged {
    /// By S2AP\[1\].
    dirty: bool,
    /// By a fault.
    faulted: bool,
}

/// Keeps a log while every CPU that is like the first writes.
///
/// # Errors
///
/// Trouble of the machine; what the log came to is the value.
pub fn run(context: &Context<'_>, method: &Method, implemented: &Implemented) -> Result<Found, Trouble> {
    let first = identification(CpuIndex(0));
    let alike = (0..cpus::online()).take_while(|cpu| identification(CpuIndex(*cpu)).is_like(&first));
    let cpus = alike.count().min(CPUS);
    let (space, seed) = (context.space()?, context.seed);
    let plan = Plan::new(seed, cpus);
    let guest = Guest::new(context.memory, &space, implemented, PAGES)?;
    guest.open();
    let meeting = Meeting::new(cpus);
    let found = Lock::new(Found { cpus, ..Found::default() });
    let harvest = |logged: &mut [Logged]| {
        let leaves = guest.each(method.harvest, method.sequence);
        for (page, (logged, leaf)) in logged.iter_mut().zip(leaves).enumerate() {
            logged.dirty |= is_dirty(leaf);
            logged.faulted |= guest.take_faulted(page);
        }
    };
    let access = |stub, page, cpu, value| {
        if let Err(seen) = guest.access(stub, page, cpu, value) {
            let mut found = found.lock();
            found.others += 1;
            found.keep(|| {
                let leaf = guest.leaf(page);
                format!("CPU {cpu}, page {page}: {}: {:?}; stage 2 {leaf}", seen.ending, seen.fault)
            });
        }
    };
    let take_part = |cpu: usize| -> Result<(), Trouble> {
        let (flag, dirty) = method.management(cpu);
        let _inside = guest.enter(flag && first.hafdbs() >= 1, dirty && first.hafdbs() >= 2);
        meeting.meet()?;
        if cpu == 0 {
            guest.each(method.begin, &Stage2Invalidation::SEQUENCE);
            guest.connect();
        }
        let mut order = Order::new(PAGES, seed, cpu as u64);
        for round in 0..ROUNDS {
            meeting.meet()?;
            order.draw();
            let mut logged = vec![Logged::default(); PAGES];
            for position in 0..PAGES {
                let page = order.page(position);
                access(Stub::Load, page, cpu, 0);
                if plan.writes(round, cpu, page) {
                    access(Stub::Store, page, cpu, value(round));
                }
                if cpu == 0 && position % BETWEEN == BETWEEN - 1 {
                    harvest(&mut logged);
                }
            }
            meeting.meet()?;
            if cpu == 0 {
                harvest(&mut logged);
                judge(method, &plan, &guest, round, &logged, &mut found.lock());
            }
        }
        // Nobody takes the pages away while another still reads them.
        meeting.meet()
    };
    let works: Vec<Box<dyn Fn() -> Result<(), Trouble> + Sync + '_>> =
        (0..cpus).map(|cpu| Box::new(move || take_part(cpu)) as Box<_>).collect();
    let members: Vec<Member<'_>> = works.iter().map(|work| Member::new(Management::NONE, &**work)).collect();
    together(&space, &members)?;
    let mut found = core::mem::take(&mut *found.lock());
    found.permission_faults = guest.permission_faults();
    if !method.by_faults && !method.unlike && found.permission_faults > 0 {
        found.others += 1;
        found.keep(|| String::from("with VTCR_EL2.HD=1 a store to a clean page took a fault (row H04)"));
    }
    Ok(found)
}

/// Compares a round's log with what was written, and that with memory.
fn judge(
    method: &Method,
    plan: &Plan,
    guest: &Guest<'_>,
    round: usize,
    logged: &[Logged],
    found: &mut Found,
) {
    for (page, logged) in logged.iter().enumerate() {
        let written = plan.is_written(round, page);
        for cpu in 0..plan.cpus {
            let (held, wanted) = (guest.word(page, cpu), plan.held(round, cpu, page));
            if held != wanted {
                found.others += 1;
                found.keep(|| {
                    format!(
                        "round {round}, page {page}: CPU {cpu} left {held:#x}, and {wanted:#x} was stored"
                    )
                });
            }
        }
        let mut of = vec![logged.dirty];
        if method.by_faults {
            of.push(logged.faulted);
        }
        let log = of.iter().all(|log| *log);
        found.written += usize::from(written);
        found.logged += usize::from(log);
        if written && !log {
            found.lost += 1;
            found.keep(|| {
                format!("round {round}, page {page}: written, and not in the log: {}", guest.leaf(page))
            });
        } else if !written && of.contains(&true) {
            found.unwritten += 1;
            found.keep(|| {
                format!("round {round}, page {page}: in the log, and nobody wrote: {}", guest.leaf(page))
            });
        }
    }
}
