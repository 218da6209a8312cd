//! The report's workload: one thread streams writes over a buffer, the others read and write a few pages now and
//! then; and several threads that read and write at random over the whole.

use super::machines::SwapMachine;
use super::manager::Manager;
use super::stop::Stop;
use super::thread::{Chunk, Thread};
use crate::machine::per_cpu::CpuIndex;
use crate::machine::relax::doze;
use crate::machine::{interrupts, timer};
use crate::memory::cells::Cells;
use crate::suites::Trouble;
use afdbm::tables::TableError;
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};
use fastrand::Rng;
use swap::Plan;

/// Pages that the streaming thread writes in one piece.
const CHUNK: u32 = 64;
/// Pages of each of the other threads.
const OWN: u32 = 8;

/// How long the parts of a run took, in ticks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// While there was pressure.
    pub pressed: u64,
    /// While everything was read once more.
    pub checked: u64,
}

/// A run of one of the workloads.
#[derive(Debug)]
pub struct Load<'a> {
    /// The manager.
    pub manager: &'a Manager,
    /// What the CPUs manage.
    pub machine: SwapMachine,
    /// The sizes.
    pub plan: Plan,
    /// The seed.
    pub seed: u64,
    /// How many of 100 chunks cannot be compressed.
    pub incompressible: u32,
}

impl Load<'_> {
    fn cpus(&self) -> alloc::vec::Vec<usize> {
        (0..self.plan.threads as usize).collect()
    }

    /// The buffer's pages: all but the few of the other threads.
    fn buffer(&self) -> u32 {
        self.plan.pages - OWN * self.plan.threads
    }

    fn chunks(&self) -> impl Iterator<Item = Chunk> {
        let (buffer, share) = (self.buffer(), self.incompressible);
        let mut random = Rng::with_seed(self.seed);
        (0..buffer.div_ceil(CHUNK)).map(move |index| Chunk {
            first: index * CHUNK,
            count: CHUNK.min(buffer - index * CHUNK),
            noise: random.u32(..100) < share,
        })
    }

    /// Streams writes over the buffer, `passes` times, beside the others; then reads all of it.
    ///
    /// # Errors
    ///
    /// [`Trouble::Abandoned`]. What else stopped it is the manager's finding.
    pub fn stream(&self, passes: u32) -> Result<Spent, Trouble> {
        let over = AtomicBool::new(false);
        let started = timer::now();
        self.machine.run(self.manager, &self.cpus(), self.seed, &|thread, cpu| {
            if cpu > 0 {
                return self.observe(thread, cpu, &over);
            }
            let ended = self.press(thread, passes);
            over.store(true, Release);
            self.wake();
            ended
        })?;
        let pressed = timer::now() - started;
        self.machine.run(self.manager, &[0], self.seed, &|thread, _| {
            self.chunks().try_for_each(|chunk| {
                thread.manager.go_on()?;
                thread.check(chunk, passes)
            })
        })?;
        Ok(Spent { pressed, checked: timer::now() - started - pressed })
    }

    fn press(&self, thread: &mut Thread<'_>, passes: u32) -> Result<(), Stop> {
        let (mut visits, mut woken) = (0, 0_u32);
        for pass in 1..=passes {
            for chunk in self.chunks() {
                thread.manager.go_on()?;
                thread.fill(chunk, pass)?;
                if self.plan.threads == 1 {
                    self.visit(thread, 0, visits)?;
                    visits += 1;
                }
                let hand = thread.manager.hand();
                if hand.wrapping_sub(woken) >= self.plan.frames / 2 {
                    woken = hand;
                    self.wake();
                }
            }
        }
        Ok(())
    }

    /// Wakes the others: reclaim has been at half of the frames.
    fn wake(&self) {
        (1..self.plan.threads as usize).map(CpuIndex).for_each(interrupts::send_wake);
    }

    /// Reads what the thread wrote to its pages at its last visit, then writes them anew.
    fn visit(&self, thread: &mut Thread<'_>, cpu: usize, visits: u32) -> Result<(), Stop> {
        let first = self.buffer() + OWN * u32::try_from(cpu).expect("few CPUs");
        for page in first..first + OWN {
            thread.read(page, 0, visits)?;
            thread.write(page, 0, visits + 1)?;
        }
        Ok(())
    }

    fn observe(&self, thread: &mut Thread<'_>, cpu: usize, over: &AtomicBool) -> Result<(), Stop> {
        let mut visits = 0;
        while !over.load(Acquire) {
            thread.manager.go_on()?;
            self.visit(thread, cpu, visits)?;
            visits += 1;
            doze();
        }
        self.visit(thread, cpu, visits)
    }

    /// Reads and writes at random over the whole: every thread has a lane of each page, and reads its own before it
    /// writes it. Each makes `accesses` of them.
    ///
    /// # Errors
    ///
    /// As [`Load::stream`], and [`Trouble::Table`] for want of memory.
    pub fn mix(&self, accesses: u32) -> Result<Spent, Trouble> {
        let versions = Versions::new(self.plan.pages)?;
        let started = timer::now();
        self.machine.run(self.manager, &self.cpus(), self.seed, &|thread, cpu| {
            let lane = u32::try_from(cpu).expect("few CPUs");
            let mut random = Rng::with_seed(self.seed ^ (u64::from(lane) + 1) << 32);
            for _ in 0..accesses {
                thread.manager.go_on()?;
                let page = random.u32(..self.plan.pages);
                thread.read(page, lane, versions.get(page, lane))?;
                if random.bool() {
                    thread.write(page, lane, versions.next(page, lane))?;
                }
            }
            Ok(())
        })?;
        let pressed = timer::now() - started;
        self.machine.run(self.manager, &[0], self.seed, &|thread, _| {
            for page in 0..self.plan.pages {
                thread.manager.go_on()?;
                for lane in 0..self.plan.threads {
                    match versions.get(page, lane) {
                        0 => {}
                        version => thread.read(page, lane, version)?,
                    }
                }
            }
            Ok(())
        })?;
        Ok(Spent { pressed, checked: timer::now() - started - pressed })
    }
}

/// The version that each thread has written last to its lane of each page: a byte each, 0 for none.
struct Versions(Cells);

impl Versions {
    fn new(pages: u32) -> Result<Self, Trouble> {
        Ok(Self(Cells::new(pages as usize).map_err(|_| TableError::OutOfFrames)?))
    }

    fn get(&self, page: u32, lane: u32) -> u32 {
        let word = self.0.word(page as usize).load(Relaxed);
        u32::from(word.to_le_bytes()[lane as usize])
    }

    /// Counts a lane's version up, from 255 back to 1; each lane is one thread's.
    fn next(&self, page: u32, lane: u32) -> u32 {
        let version = self.get(page, lane) % 255 + 1;
        let (shift, mask) = (8 * lane, 0xff_u64 << (8 * lane));
        let word = self.0.word(page as usize);
        // The others' bytes change meanwhile, this one does not.
        let change = (word.load(Relaxed) & mask) ^ u64::from(version) << shift;
        word.fetch_xor(change, Relaxed);
        version
    }
}
