//! Pages of a guest: EL1 reaches them through stage 2 alone, and the kernel, as its hypervisor, by its own addresses.

use super::Trouble;
use crate::machine::barriers;
use crate::machine::layout::{self, PAGE_SIZE};
use crate::machine::resident::{self, stage_2};
use crate::memory::case_memory::CaseMemory;
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::memory::stage_2::{Cell, Stage2Tables};
use crate::probe::{Ending, FaultHandler, Frame, Probe, ProbeReport, Resolution, Stub};
use afdbm::descriptor::{Descriptor, LeafAttributes, Level};
use afdbm::fault::{Fault, FaultStatus};
use afdbm::operations::{
    Change, Stage2Invalidation, Stage2Place, Stage2Tlbi,
    stage_2::{Permissions, make_young, relax},
};
use alloc::format;
use alloc::vec::Vec;
use cases::nested::Place;
use cases::space::Implemented;
use cases::states::Flags;
use core::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64,
    Ordering::{AcqRel, Relaxed},
};
use oracle::Stage2Controls;

/// A leaf of stage 2 that grants everything: AF, S2AP of 0b11, Normal Write-Back memory, Inner Shareable (Arm ARM D8.3.1).
const OPEN: u64 = Descriptor::VALID | Descriptor::AF | 0b11 << 6 | 0b1111 << 2 | 0b11 << 8;
/// The tables of stage 2: pages of 4 KiB.
pub const SETTING: Place = Place::ALL[0];

/// A page of the guest.
struct Page<'a> {
    /// Its leaf of stage 1, and its memory.
    stage_1: CasePage<'a>,
    /// Its leaf of stage 2.
    stage_2: Cell<'a>,
    place: Stage2Place,
    /// The leaf of stage 1 while stage 2 is on.
    mapped: Descriptor,
    /// The page was written, as a fault has told.
    faulted: AtomicBool,
}

/// A guest's pages, whose leaves of stage 1 are valid while every CPU that takes part has stage 2 on.
pub struct Guest<'a> {
    tables: Stage2Tables<'a>,
    pages: Vec<Page<'a>>,
    permission_faults: AtomicU32,
}

/// What a hypervisor does to a leaf of stage 2.
pub type Operation = fn(&AtomicU64, Stage2Place) -> Change<Stage2Invalidation>;

impl<'a> Guest<'a> {
    /// Takes memory for `count` pages; EL1 does not reach them yet.
    ///
    /// # Errors
    ///
    /// For want of memory, or of intermediate physical addresses beyond the kernel's.
    pub fn new(
        memory: &'a CaseMemory,
        space: &'a CaseSpace,
        implemented: &Implemented,
        count: usize,
    ) -> Result<Self, Trouble> {
        let nothing = || Trouble::Other(format!("no memory for a guest of {count} pages"));
        let geometry = SETTING.geometry(implemented);
        let mut tables = Stage2Tables::new(memory, geometry).ok_or_else(nothing)?;
        let mut pages = Vec::with_capacity(count);
        for index in 0..count as u64 {
            let virtual_address = ADDRESS.offset(index * PAGE_SIZE);
            let stage_1 = space.map(virtual_address, Level::L3, space.frame()?, Flags::READ_WRITE.0)?;
            stage_1.set(Descriptor::INVALID);
            let output = tables.window().offset(index * PAGE_SIZE);
            let attributes = LeafAttributes::from_descriptor(stage_1.with_flags(Flags::READ_WRITE.0));
            let mapped = Descriptor::leaf(layout::CASE.geometry, Level::L3, output, attributes);
            let stage_2 = tables.cell(output, Level::L3).ok_or_else(nothing)?;
            let place = tables.place(output, Level::L3);
            pages.push(Page { stage_1, stage_2, place, mapped, faulted: AtomicBool::new(false) });
        }
        Ok(Self { tables, pages, permission_faults: AtomicU32::new(0) })
    }

    /// Makes every page readable, writable and young at stage 2, as no log has it.
    pub fn open(&self) {
        for page in &self.pages {
            let output = self.tables.geometry().encode_address(page.stage_1.frame.address());
            page.stage_2.own().store(output | OPEN | Descriptor::TABLE_OR_PAGE, Relaxed);
        }
        barriers::sequence_publish_descriptor();
    }

    /// Turns stage 2 of this CPU on, until the value is dropped.
    pub fn enter(&self, access_flag: bool, dirty_state: bool) -> Inside<'_, 'a> {
        self.tables.enter(&Stage2Controls {
            hardware_access_flag: access_flag,
            hardware_dirty_state: dirty_state,
            protected_walk: false,
            indirect: None,
            geometry: self.tables.geometry(),
        });
        Inside(self)
    }

    /// Lets EL1 reach the pages: every CPU that takes part has stage 2 on.
    pub fn connect(&self) {
        for page in &self.pages {
            page.stage_1.set_without_invalidation(page.mapped);
        }
    }

    fn disconnect(&self) {
        for page in &self.pages {
            page.stage_1.set(Descriptor::INVALID);
        }
    }

    /// Does something to each leaf of stage 2, in order, and carries out what is owed by TLBIs of `sequence`; returns what was
    /// found in each.
    pub fn each(&self, operation: Operation, sequence: &[Stage2Tlbi]) -> Vec<Descriptor> {
        let Some(first) = self.pages.first() else { return Vec::new() };
        let mut owed = Stage2Invalidation::none(first.place);
        let change = |page: &Page<'_>| {
            let change = operation(page.stage_2.own(), page.place);
            owed = owed.merge(change.owed);
            change.found
        };
        let found = self.pages.iter().map(change).collect();
        stage_2::discharge(owed, sequence);
        found
    }

    /// Makes EL1 read or write a word of a page.
    ///
    /// # Errors
    ///
    /// What was seen of an access that did not come to pass, though the hypervisor resolves its faults.
    pub fn access(&self, stub: Stub, index: usize, word: usize, value: u64) -> Result<(), ProbeReport> {
        let address = self.pages[index].stage_1.address.offset(8 * word as u64);
        let seen = Probe::new(stub, address).storing(value).resolved_by(self).run();
        if seen.ending == Ending::Returned { Ok(()) } else { Err(seen) }
    }

    /// Returns a word of a page, as the kernel reads it.
    pub fn word(&self, index: usize, word: usize) -> u64 {
        self.pages[index].stage_1.word(8 * word as u64).load(Relaxed)
    }

    /// Returns the leaf of stage 2 of a page.
    pub fn leaf(&self, index: usize) -> Descriptor {
        Descriptor(self.pages[index].stage_2.own().load(Relaxed))
    }

    /// Tells whether a write to the page has faulted since it was asked last.
    pub fn take_faulted(&self, index: usize) -> bool {
        self.pages[index].faulted.swap(false, AcqRel)
    }

    /// Returns how many Permission faults there were.
    pub fn permission_faults(&self) -> u32 {
        self.permission_faults.load(Relaxed)
    }
}

/// The hypervisor: what EL2 takes of the guest's accesses.
impl FaultHandler for Guest<'_> {
    fn handle(&self, fault: Fault, _: &Frame) -> Resolution {
        let offset = fault.address.0.wrapping_sub(ADDRESS.0);
        let page = usize::try_from(offset / PAGE_SIZE).ok().and_then(|index| self.pages.get(index));
        let Some(page) = page.filter(|_| resident::take_handed().is_some()) else {
            return Resolution::Refuse;
        };
        let cell = page.stage_2.own();
        let change = match fault.syndrome.status() {
            FaultStatus::AccessFlag(_) => make_young(cell, page.place),
            FaultStatus::Permission(_) if fault.syndrome.write() => {
                self.permission_faults.fetch_add(1, Relaxed);
                page.faulted.store(true, Relaxed);
                relax(cell, Permissions { write: true, ..Permissions::READ }, page.place, |_| ())
            }
            _ => return Resolution::Refuse,
        };
        stage_2::discharge(change.owed, &Stage2Invalidation::SEQUENCE);
        Resolution::Retry
    }
}

/// Stage 2 of this CPU is on.
pub struct Inside<'g, 'a>(&'g Guest<'a>);

impl Drop for Inside<'_, '_> {
    /// Takes the pages away from EL1, then turns stage 2 off: without it their addresses are of no memory.
    fn drop(&mut self) {
        self.0.disconnect();
        stage_2::leave();
    }
}
