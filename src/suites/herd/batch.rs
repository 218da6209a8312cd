//! Batches: many instances of a test, one after another on every CPU, with one preparation and one account for all.

use super::INSTANCES;
use crate::machine::relax::relax;
use crate::machine::{barriers, thread};
use crate::memory::litmus_space::LitmusSpace;
use crate::support::Trouble;
use crate::support::rendezvous::Meeting;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use fastrand::Rng;
use litmus::{Fault, FaultKind, FinalState, Observable, Test};

/// States with how often each was seen; a state may stand there more than once.
pub type Counts = Vec<(FinalState, u64)>;

/// Polls before a CPU lets others go first.
const POLLS: usize = 200;
/// How often it does so before it goes on without one that gets no further: longer than an instance takes, with faults.
const PATIENCE: usize = 8;
/// The most that a thread lets pass before an instance, in turns of a loop.
const DELAYS: [u32; 4] = [0, 8, 64, 512];
/// A fault as a word: a mark, then label, variable and kind, a byte each.
const TAKEN: u64 = 1 << 32;
const NONE: u8 = u8::MAX;

/// The batches of one placement of the threads.
pub struct Batches<'a> {
    mapped: &'a LitmusSpace<'a>,
    test: &'a Test,
    count: usize,
    seed: u64,
    meeting: Meeting,
    /// Instances that each thread has begun, of all batches.
    begun: Vec<AtomicUsize>,
    /// Observed registers of the first instance, then of the next; the place of what is no register is unused.
    registers: Vec<AtomicU64>,
    /// Faults of every thread of the first instance, then of the next.
    faults: Vec<AtomicU64>,
}

fn words(count: usize) -> Vec<AtomicU64> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

/// Packs a fault; its thread is known by its place.
fn pack(fault: &Fault) -> u64 {
    let kind = match fault.kind {
        FaultKind::Translation => 0,
        FaultKind::AccessFlag => 1,
        FaultKind::Permission => 2,
        FaultKind::Undefined => 3,
        FaultKind::Other => 4,
    };
    let [label, variable] = [fault.label, fault.variable].map(|field| field.unwrap_or(NONE));
    TAKEN | u64::from(u32::from_be_bytes([0, label, variable, kind]))
}

fn unpack(word: u64, thread: usize) -> Option<Fault> {
    let [.., taken, _, label, variable, kind] = word.to_be_bytes();
    let kind = match kind {
        0 => FaultKind::Translation,
        1 => FaultKind::AccessFlag,
        2 => FaultKind::Permission,
        3 => FaultKind::Undefined,
        _ => FaultKind::Other,
    };
    let [label, variable] = [label, variable].map(|field| Some(field).filter(|field| *field != NONE));
    let thread = u8::try_from(thread).expect("few threads");
    (taken != 0).then_some(Fault { thread, label, variable, kind })
}

impl<'a> Batches<'a> {
    /// So many batches.
    pub fn new(mapped: &'a LitmusSpace<'a>, test: &'a Test, count: usize, seed: u64) -> Self {
        let threads = test.threads.len();
        Self {
            mapped,
            test,
            count,
            seed,
            meeting: Meeting::new(threads),
            begun: (0..threads).map(|_| AtomicUsize::new(0)).collect(),
            registers: words(INSTANCES * test.observed.len()),
            faults: words(INSTANCES * threads * thread::FAULTS),
        }
    }

    /// Runs one thread's part of the batches; what it has counted is its share of the instances.
    pub fn run(&self, thread: usize) -> Result<Counts, Trouble> {
        let mut random = Rng::with_seed(self.seed ^ (thread as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let (mut state, mut counts) = (FinalState::default(), Counts::new());
        let mut given_up = Vec::from_iter(self.begun.iter().map(|_| usize::MAX));
        let mut registers = [0; thread::REGISTERS];
        let share = || (thread..INSTANCES).step_by(self.begun.len());
        for batch in 0..self.count {
            for instance in share() {
                self.mapped.reset(instance);
            }
            let [forgets, preloads] = [random.u8(..4) == 0, random.bool()];
            if forgets {
                share().for_each(|instance| self.mapped.forget_lines(instance));
            }
            self.meeting.meet()?;
            barriers::sequence_invalidate_everything_local();
            if preloads {
                (0..INSTANCES).for_each(|instance| self.mapped.preload(instance));
            }
            let delay = DELAYS[random.usize(..DELAYS.len())];
            self.meeting.meet()?;
            for instance in 0..INSTANCES {
                self.pace(thread, batch * INSTANCES + instance, &mut given_up);
                (0..random.u32(..=delay)).for_each(|_| core::hint::black_box(()));
                self.instance(thread, instance, &mut registers)?;
            }
            barriers::sequence_complete_updates();
            self.meeting.meet()?;
            share().for_each(|instance| self.account(instance, &mut state, &mut counts));
        }
        Ok(counts)
    }

    /// Begins an instance beside the others: who is ahead waits for each of them as long as it gets on. On a host with
    /// fewer cores one may not; it is not waited for again until it has left the step at which it was given up.
    fn pace(&self, thread: usize, step: usize, given_up: &mut [usize]) {
        self.begun[thread].store(step + 1, Release);
        for (other, given_up) in self.begun.iter().zip(given_up) {
            loop {
                let reached = other.load(Acquire);
                if reached > step || reached == *given_up {
                    break;
                }
                let gets_on = (0..PATIENCE).any(|_| {
                    let moved = (0..POLLS).any(|_| other.load(Acquire) != reached);
                    if !moved {
                        relax();
                    }
                    moved
                });
                if !gets_on {
                    *given_up = reached;
                }
            }
        }
    }

    /// Runs a thread of an instance, and keeps what is observed of it; `registers` is an array to write over.
    fn instance(
        &self,
        thread: usize,
        instance: usize,
        registers: &mut [u64; thread::REGISTERS],
    ) -> Result<(), Trouble> {
        if !self.mapped.run(instance, thread, registers) {
            return Err(Trouble::TimedOut);
        }
        let places = &self.registers[instance * self.test.observed.len()..];
        for (observable, place) in self.test.observed.iter().zip(places) {
            if let Observable::Register { thread: of, register } = observable
                && usize::from(*of) == thread
            {
                place.store(registers[usize::from(*register)], Relaxed);
            }
        }
        let places = self.faults_of(instance, thread);
        let mut end = 0;
        for (taken, place) in thread::faults().zip(places) {
            place.store(pack(&self.mapped.fault(instance, thread, &taken)), Relaxed);
            end += 1;
        }
        if let Some(place) = places.get(end) {
            place.store(0, Relaxed);
        }
        Ok(())
    }

    fn faults_of(&self, instance: usize, thread: usize) -> &[AtomicU64] {
        let first = (instance * self.begun.len() + thread) * thread::FAULTS;
        &self.faults[first..][..thread::FAULTS]
    }

    /// Counts the state that an instance was left in; `state` is one to write over.
    fn account(&self, instance: usize, state: &mut FinalState, counts: &mut Counts) {
        let places = &self.registers[instance * self.test.observed.len()..];
        state.values.clear();
        state.values.extend(self.test.observed.iter().zip(places).map(|(observable, place)| {
            let word = match observable {
                Observable::Register { .. } => place.load(Relaxed),
                Observable::Memory(variable) => self.mapped.memory(instance, *variable),
                Observable::Descriptor(variable) => self.mapped.descriptor(instance, *variable),
            };
            self.mapped.value(instance, word)
        }));
        state.faults.clear();
        for thread in 0..self.begun.len() {
            let places = self.faults_of(instance, thread).iter();
            // The first place that is empty is the end of the list.
            state.faults.extend(places.map_while(|place| unpack(place.load(Relaxed), thread)));
        }
        state.settle(self.test);
        match counts.iter_mut().find(|(known, _)| known == state) {
            Some((_, count)) => *count += 1,
            None => counts.push((state.clone(), 1)),
        }
    }
}
