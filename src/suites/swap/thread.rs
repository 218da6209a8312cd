//! A thread at EL0, and what it does to pages.

use super::manager::{Manager, Worker};
use super::stop::Stop;
use crate::machine::layout::PAGE_SIZE;
use crate::probe::{Stub, UserThread};
use afdbm::address::VirtualAddress;
use swap::{Found, Pattern};

/// The most faults of one piece of work, for each of its pages: beyond that the frames are too few for anybody to
/// get on.
const MOST_FAULTS: u64 = 1000;

/// A thread of the address space.
#[derive(Debug)]
pub struct Thread<'a> {
    /// Who resolves its faults.
    pub manager: &'a Manager,
    /// Its share of the manager.
    pub worker: Worker,
    /// What pages hold.
    pub pattern: Pattern,
}

/// Pages that hold one version throughout.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// The first page.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Of words that cannot be compressed.
    pub noise: bool,
}

impl<'a> Thread<'a> {
    /// A thread on this CPU.
    pub fn new(manager: &'a Manager, cpu: usize, seed: u64) -> Self {
        Self { manager, worker: Worker::new(cpu), pattern: Pattern::new(seed) }
    }

    /// The address of a lane of a page: a word that one thread writes.
    fn lane(&self, page: u32, lane: u32) -> VirtualAddress {
        self.manager.memory.address(page).offset(u64::from(lane) * 64)
    }

    /// Runs a stub to its end.
    fn run(&mut self, stub: Stub, registers: [u64; 8], chunk: Chunk) -> Result<[u64; 8], Stop> {
        let start = self.manager.memory.address(chunk.first);
        let target = (start, start.offset(u64::from(chunk.count) * PAGE_SIZE));
        let mut thread = UserThread { stub, registers };
        let mut faults = 0;
        self.worker.repeated = (0, false, 0);
        loop {
            match thread.run(target) {
                Ok(()) => return Ok(thread.registers),
                Err(None) => return Err(Stop::TimedOut),
                Err(Some(fault)) => self.manager.fault(&fault, &mut self.worker)?,
            }
            faults += 1;
            if faults > MOST_FAULTS * u64::from(chunk.count) {
                return Err(Stop::Thrashing { page: chunk.first, faults });
            }
        }
    }

    /// Writes a version to a lane of a page.
    ///
    /// # Errors
    ///
    /// [`Stop`], where a fault could not be resolved.
    pub fn write(&mut self, page: u32, lane: u32, version: u32) -> Result<(), Stop> {
        let address = self.lane(page, lane);
        let word = self.pattern.word(address, version);
        let one = Chunk { first: page, count: 1, noise: false };
        self.run(Stub::Store, [address.0, word, 0, 0, 0, 0, 0, 0], one)?;
        Ok(())
    }

    /// Reads a lane of a page; version 0 is what was never written.
    ///
    /// # Errors
    ///
    /// [`Stop::LostWrite`] where another version is there, and as [`Thread::write`].
    pub fn read(&mut self, page: u32, lane: u32, expected: u32) -> Result<(), Stop> {
        let address = self.lane(page, lane);
        let one = Chunk { first: page, count: 1, noise: false };
        let word = self.run(Stub::Load, [address.0, 0, 0, 0, 0, 0, 0, 0], one)?[2];
        self.compare(page, address, expected, word)
    }

    fn compare(&self, page: u32, address: VirtualAddress, expected: u32, word: u64) -> Result<(), Stop> {
        let wanted = if expected == 0 { 0 } else { self.pattern.word(address, expected) };
        if word == wanted {
            return Ok(());
        }
        let found = self.pattern.identify(address, word);
        Err(Stop::LostWrite { page, address, expected, found })
    }

    fn start(&self, chunk: Chunk, version: u32) -> [u64; 8] {
        let address = self.manager.memory.address(chunk.first).0;
        let (base, multiplier) = (self.pattern.base(version), Pattern::MULTIPLIER);
        [address, u64::from(chunk.count), Pattern::INCREMENT, base, multiplier, 0, 0, 0]
    }

    /// Fills pages with a version.
    ///
    /// # Errors
    ///
    /// As [`Thread::write`].
    pub fn fill(&mut self, chunk: Chunk, version: u32) -> Result<(), Stop> {
        let stub = if chunk.noise { Stub::FillPagesWithNoise } else { Stub::FillPages };
        self.run(stub, self.start(chunk, version), chunk)?;
        Ok(())
    }

    /// Reads every word of pages that were filled.
    ///
    /// # Errors
    ///
    /// As [`Thread::read`].
    pub fn check(&mut self, chunk: Chunk, version: u32) -> Result<(), Stop> {
        let stub = if chunk.noise { Stub::CheckPagesOfNoise } else { Stub::CheckPages };
        let after = self.run(stub, self.start(chunk, version), chunk)?;
        if after[1] == 0 {
            return Ok(());
        }
        let address = VirtualAddress(after[5]);
        let page = self.manager.memory.page(address).expect("the check stops at a page of the chunk");
        let first = address.align_down(PAGE_SIZE);
        // Only the first word of a page of noise tells its version.
        let found = if chunk.noise && address != first {
            Found::Foreign(after[7])
        } else {
            self.pattern.identify(first, after[7])
        };
        Err(Stop::LostWrite { page, address, expected: version, found })
    }
}
