//! A race with its window open: between two steps of the operation CPU 0 waits until the other CPU has done its
//! share. So each round goes as it was meant to, under every emulator and on silicon.

use super::trace::{Trace, Who};
use crate::machine::barriers;
use crate::machine::controls::Management;
use crate::machine::lock::Lock;
use crate::suites::{Context, Trouble};
use crate::support::batch::{BATCH, Batch};
use crate::support::findings::Findings;
use crate::support::race::interleaving::{Effect, Taking, interfere, operate};
use crate::support::race::round_evidence::{Round, broken_by};
use crate::support::rendezvous::{Handover, Member, together};
use afdbm::descriptor::Descriptor;
use afdbm::operations::{Closed, Hooks, Step};
use alloc::format;
use alloc::vec::Vec;
use cases::race::{Other, Race};
use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rounds for each window where `--rounds` does not say, and the most where it does.
const DEFAULT_ROUNDS: usize = 4;
const MOST_ROUNDS: usize = 64;
/// More windows than any operation has, tries again among them.
const WINDOWS: usize = 12;

/// How the rounds of one window went.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    /// The step before which the window stood.
    pub step: Step,
    /// How many rounds there were.
    pub rounds: usize,
    /// How many of them broke an invariant.
    pub broken: usize,
}

/// How the rounds of all windows went.
#[derive(Debug, Default)]
pub struct Opened {
    /// Each window.
    pub windows: Vec<Scored>,
    /// What was broken.
    pub findings: Findings,
    /// The first round that broke anything, or the last one.
    pub trace: Trace,
}

/// What the other CPU is asked: a page, whether it is the second part, and whether to wait for the lock.
const SECOND: u64 = 1 << 32;
const WAITING: u64 = 1 << 33;
/// What it answers: whether the lock was free, whether a store landed, whether its software changed anything.
const ACTED: u64 = 1;
const LANDED: u64 = 1 << 1;
const CHANGED: u64 = 1 << 2;

/// One round's window, and what was seen through it.
struct Window<'a> {
    batch: &'a Batch<'a>,
    race: &'a Race,
    handover: &'a Handover,
    /// The descriptor that the other CPU's software has found.
    found: &'a AtomicU64,
    page: usize,
    /// The step, counted from 0, before which the window stands.
    target: usize,
    reached: Cell<usize>,
    opened: Cell<Option<Step>>,
    acted: Cell<bool>,
    effect: Cell<Effect>,
    trouble: Cell<bool>,
    trace: RefCell<Trace>,
}

impl Window<'_> {
    /// Has the other CPU do its share.
    fn ask(&self, flags: u64) {
        let Ok(answer) = self.handover.ask(self.page as u64 | flags) else {
            self.trouble.set(true);
            return;
        };
        let mut trace = self.trace.borrow_mut();
        if answer & ACTED == 0 {
            trace.add(Who::Other, "waits for the lock", self.batch.descriptor(self.page));
            return;
        }
        self.acted.set(true);
        let mut effect = self.effect.get();
        effect.landed |= answer & LANDED != 0;
        effect.done.changed |= answer & CHANGED != 0;
        effect.done.found = Descriptor(self.found.load(Relaxed));
        self.effect.set(effect);
        trace.add(Who::Other, self.race.other, self.batch.descriptor(self.page));
    }
}

impl Hooks for Window<'_> {
    fn at(&self, step: Step, _entry: usize) {
        let reached = self.reached.replace(self.reached.get() + 1);
        if reached == self.target {
            self.opened.set(Some(step));
            self.ask(0);
        } else if reached == self.target + 1 && self.race.other == Other::LoadThenStore {
            self.ask(SECOND);
        }
    }

    fn done(&self, step: Step, _entry: usize, descriptor: Descriptor) {
        self.trace.borrow_mut().add(Who::Software, step, descriptor);
    }
}

/// Runs the race with its window before each step in turn, or before the steps of one kind only.
///
/// # Errors
///
/// Trouble of the machine; what the race came to is the value.
pub fn run(context: &Context<'_>, race: &Race, only: Option<Step>) -> Result<Opened, Trouble> {
    let space = context.space()?;
    let batch = Batch::new(&space, race.start.flags)?;
    let per_window = context.options.rounds.map_or(DEFAULT_ROUNDS, |rounds| rounds.get() as usize);
    let per_window = per_window.min(MOST_ROUNDS);
    let (handover, found, lock) = (Handover::new(), AtomicU64::new(0), Lock::new(()));
    let opened = Lock::new(Opened::default());
    let software = || {
        let result = rounds(&batch, race, only, per_window, &handover, &found, &lock);
        handover.close();
        *opened.lock() = result?;
        Ok(())
    };
    let other = || {
        handover.serve(|question| {
            let page = usize::try_from(question % BATCH as u64).unwrap_or(0);
            let taking = match (race.locked, question & WAITING != 0) {
                (false, _) => Taking::No,
                (true, true) => Taking::Wait(&lock),
                (true, false) => Taking::Try(&lock),
            };
            let Some(effect) = interfere(race.other, &batch, page, question & SECOND != 0, &Closed, taking)
            else {
                return 0;
            };
            found.store(effect.done.found.0, Relaxed);
            ACTED | if effect.landed { LANDED } else { 0 } | if effect.done.changed { CHANGED } else { 0 }
        })
    };
    let management = if race.other.is_hardware() { Management::FULL } else { Management::NONE };
    together(
        &space,
        &[Member { management: Management::NONE, work: &software }, Member { management, work: &other }],
    )?;
    let mut result = opened.lock();
    Ok(core::mem::take(&mut *result))
}

/// CPU 0: each window in turn, until the operation has no more steps.
fn rounds(
    batch: &Batch<'_>,
    race: &Race,
    only: Option<Step>,
    per_window: usize,
    handover: &Handover,
    found: &AtomicU64,
    lock: &Lock<()>,
) -> Result<Opened, Trouble> {
    let mut opened = Opened::default();
    let mut page = 0;
    for target in 0..WINDOWS {
        let mut broken_rounds = 0;
        let mut step = None;
        for _ in 0..per_window {
            page = (page + 1) % BATCH;
            let (window, round) = one_round(batch, race, handover, found, lock, page, target)?;
            step = window.opened.get();
            if step.is_none() || only.is_some() && step != only {
                break;
            }
            let broken = broken_by(race, &round);
            let first = opened.findings.is_empty();
            for invariant in broken.iter() {
                opened.findings.note(invariant, || format!("{race}, window before {}", Name(step)));
            }
            broken_rounds += usize::from(!broken.is_empty());
            if first {
                opened.trace = window.trace.into_inner();
            }
        }
        let Some(step) = step else { break };
        if only.is_none_or(|only| only == step) {
            opened.windows.push(Scored { step, rounds: per_window, broken: broken_rounds });
        }
    }
    Ok(opened)
}

fn one_round<'a>(
    batch: &'a Batch<'a>,
    race: &'a Race,
    handover: &'a Handover,
    found: &'a AtomicU64,
    lock: &Lock<()>,
    page: usize,
    target: usize,
) -> Result<(Window<'a>, Round), Trouble> {
    let before = batch.start(page);
    batch.set(page, before);
    let window = Window {
        batch,
        race,
        handover,
        found,
        page,
        target,
        reached: Cell::new(0),
        opened: Cell::new(None),
        acted: Cell::new(false),
        effect: Cell::new(Effect::default()),
        trouble: Cell::new(false),
        trace: RefCell::new(Trace::default()),
    };
    window.trace.borrow_mut().add(Who::Software, "start", before);
    let software = {
        let _locked = race.locked.then(|| lock.lock());
        operate(race.software, batch.cell(page), batch.place(page), &window)
    };
    if window.opened.get().is_some() && !window.acted.get() {
        window.ask(WAITING);
    }
    // A second part whose window never came.
    if window.reached.get() == target + 1 && race.other == Other::LoadThenStore {
        window.ask(SECOND);
    }
    if window.trouble.get() {
        return Err(Trouble::TimedOut);
    }
    barriers::sequence_complete_updates();
    let round = Round { before, software, other: window.effect.get(), after: batch.descriptor(page) };
    Ok((window, round))
}

/// A step's name, where there is one.
struct Name(Option<Step>);

impl core::fmt::Display for Name {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |step| formatter.write_str(step.name()))
    }
}

/// Tells whether any window convicted every time.
pub fn convicts_every_time(windows: &[Scored]) -> bool {
    windows.iter().any(|window| window.rounds > 0 && window.broken == window.rounds)
}
