//! How CPUs wait for each other: for a while by polling, then asleep, so that a host with fewer cores than CPUs
//! gives its time to the one that works.
//!
//! Who meets, asks or answers completes its hardware updates first: another CPU's DSB does not complete them (rows E10
//! and E13, Arm ARM R_MKHJS).

use super::Trouble;
use crate::machine::controls::Management;
use crate::machine::cpus::{self, Placement};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::{CpuIndex, this_index};
use crate::machine::relax::relax;
use crate::machine::{barriers, interrupts, watchdog};
use crate::memory::case_space::CaseSpace;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
    fence,
};

/// Polls before a CPU goes to sleep: about as long as the wake-up takes.
const POLLS: u32 = 200;

/// Waits for another CPU by polling alone, as long as the case's budget lasts: for what nobody announces.
///
/// # Errors
///
/// [`Trouble::TimedOut`].
pub fn wait_until(ready: impl Fn() -> bool) -> Result<(), Trouble> {
    while !ready() {
        if watchdog::expired() {
            return Err(Trouble::TimedOut);
        }
        relax();
    }
    Ok(())
}

/// The CPUs that sleep until something is announced, one bit each.
#[derive(Debug)]
struct Sleepers(AtomicU64);

impl Sleepers {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    fn wait_until(&self, ready: impl Fn() -> bool) -> Result<(), Trouble> {
        for _ in 0..POLLS {
            if ready() {
                return Ok(());
            }
            relax();
        }
        let own = 1 << this_index().0;
        while !ready() {
            if watchdog::expired() {
                return Err(Trouble::TimedOut);
            }
            self.0.fetch_or(own, SeqCst);
            cpus::sleep_unless(|| {
                // Whoever announces looks for sleepers after it has written; we look for it after we are one.
                fence(SeqCst);
                ready()
            });
            self.0.fetch_and(!own, SeqCst);
            // With interrupts masked, under a lock, one that is pending ends every sleep at once.
            relax();
        }
        Ok(())
    }

    /// Wakes whoever sleeps; what they wait for was written before.
    fn wake(&self) {
        fence(SeqCst);
        let mut asleep = self.0.load(SeqCst);
        while asleep != 0 {
            interrupts::send_wake(CpuIndex(asleep.trailing_zeros() as usize));
            asleep &= asleep - 1;
        }
    }
}

/// A meeting of CPUs that gives up when the case's budget is spent.
#[derive(Debug)]
pub struct Meeting {
    expected: usize,
    arrived: AtomicU32,
    generation: AtomicU32,
    sleepers: Sleepers,
}

impl Meeting {
    /// A meeting of so many CPUs.
    pub const fn new(expected: usize) -> Self {
        let (arrived, generation) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { expected, arrived, generation, sleepers: Sleepers::new() }
    }

    /// Waits for the others.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`]: the others did not come, and never will.
    pub fn meet(&self) -> Result<(), Trouble> {
        barriers::sequence_complete_updates();
        let generation = self.generation.load(Acquire);
        if self.arrived.fetch_add(1, AcqRel) as usize + 1 == self.expected {
            self.arrived.store(0, Relaxed);
            self.generation.store(generation.wrapping_add(1), Release);
            self.sleepers.wake();
            return Ok(());
        }
        self.sleepers.wait_until(|| self.generation.load(Acquire) != generation)
    }
}

/// Where a handover stands.
const IDLE: u32 = 0;
const ASKED: u32 = 1;
const ANSWERED: u32 = 2;
const CLOSED: u32 = 3;

/// One CPU asks, another one answers, one question at a time.
#[derive(Debug)]
pub struct Handover {
    state: AtomicU32,
    word: AtomicU64,
    sleepers: Sleepers,
}

impl Handover {
    /// A handover that nobody has asked anything.
    pub const fn new() -> Self {
        Self { state: AtomicU32::new(IDLE), word: AtomicU64::new(0), sleepers: Sleepers::new() }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn ask(&self, question: u64) -> Result<u64, Trouble> {
        self.word.store(question, Relaxed);
        self.announce(ASKED);
        self.sleepers.wait_until(|| self.state.load(Acquire) == ANSWERED)?;
        Ok(self.word.load(Relaxed))
    }

    /// The same by polling alone, of one that [serves awake](Self::serve_awake): this CPU takes no interrupt that wakes it
    /// and sends none, for which it takes a lock.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn ask_awake(&self, question: u64) -> Result<u64, Trouble> {
        self.word.store(question, Relaxed);
        self.announce(ASKED);
        wait_until(|| self.state.load(Acquire) == ANSWERED)?;
        Ok(self.word.load(Relaxed))
    }

    /// Says that there will be no more questions.
    pub fn close(&self) {
        self.announce(CLOSED);
    }

    /// Answers every question until there are no more.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn serve(&self, answer: impl Fn(u64) -> u64) -> Result<(), Trouble> {
        self.serve_by(answer, |ready| self.sleepers.wait_until(ready))
    }

    /// The same without sleep.
    ///
    /// # Errors
    ///
    /// [`Trouble::TimedOut`].
    pub fn serve_awake(&self, answer: impl Fn(u64) -> u64) -> Result<(), Trouble> {
        self.serve_by(answer, |ready| wait_until(ready))
    }

    fn serve_by(
        &self,
        answer: impl Fn(u64) -> u64,
        wait: impl Fn(&dyn Fn() -> bool) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        loop {
            wait(&|| matches!(self.state.load(Acquire), ASKED | CLOSED))?;
            if self.state.load(Acquire) == CLOSED {
                return Ok(());
            }
            self.word.store(answer(self.word.load(Relaxed)), Relaxed);
            self.announce(ANSWERED);
        }
    }

    fn announce(&self, state: u32) {
        barriers::sequence_complete_updates();
        self.state.store(state, Release);
        self.sleepers.wake();
    }
}

/// What one CPU does in a case of several, and how its regime is set meanwhile.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// HA and HD.
    pub management: Management,
    /// What it does.
    pub work: &'a (dyn Fn() -> Result<(), Trouble> + Sync),
}

impl<'a> Member<'a> {
    /// One that does `work` under `management`.
    pub const fn new(management: Management, work: &'a (dyn Fn() -> Result<(), Trouble> + Sync)) -> Self {
        Self { management, work }
    }
}

/// Runs the members side by side, the first on CPU 0 and so on, all of them in `space`.
///
/// # Errors
///
/// The first trouble of a member, or that an exception ended one.
pub fn together(space: &CaseSpace, members: &[Member<'_>]) -> Result<(), Trouble> {
    let first = Lock::new(None);
    let works: Vec<Box<dyn Fn() + Sync + '_>> = members
        .iter()
        .map(|member| {
            let first = &first;
            let run = move || {
                if let Err(trouble) = (member.work)() {
                    first.lock().get_or_insert(trouble);
                }
            };
            Box::new(run) as Box<dyn Fn() + Sync + '_>
        })
        .collect();
    let placements: Vec<Placement<'_>> = members
        .iter()
        .zip(&works)
        .enumerate()
        .map(|(index, (member, work))| Placement {
            cpu: CpuIndex(index),
            settings: space.settings(member.management),
            work: &**work,
        })
        .collect();
    for (index, ended) in cpus::on_each(&placements).into_iter().enumerate() {
        ended.map_err(|_| Trouble::Abandoned(CpuIndex(index)))?;
    }
    let trouble = first.lock().take();
    trouble.map_or(Ok(()), Err)
}
