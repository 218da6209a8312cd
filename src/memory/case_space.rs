//! An address space of a case: tables for TTBR0, frames of its own, and cells to look at.

use super::hole::Hung;
use super::{frames, linear};
use crate::machine::barriers;
use crate::machine::caches;
use crate::machine::controls::{Management, Particular, Settings, WalkMemory};
use crate::machine::layout::{self, CONTIGUOUS_ENTRIES, PAGE_SIZE};
use crate::machine::lock::Lock;
use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, Level, MemoryType, TableAttributes};
use afdbm::operations::{Invalidation, Scope};
use afdbm::regime::Range;
use afdbm::tables::{AddressSpace, Frames, InputRange, Mapping, TableError};
use afdbm::tlbi::Operand;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU16, AtomicU64, Ordering::Relaxed};
use platform::device_tree::PhysicalRange;

/// Where cases map their first page, unless a row wants another place.
pub const ADDRESS: VirtualAddress = VirtualAddress(0x10_0000_0000);

/// ASIDs in turn; 8 bits are there on every CPU, and 0 is for TTBR0 between cases.
static NEXT_ASID: AtomicU16 = AtomicU16::new(1);

/// Frames that go back when their address space does.
#[derive(Debug)]
struct OwnFrames(Lock<Vec<PhysicalAddress>>);

impl Frames for OwnFrames {
    fn allocate(&self) -> Option<PhysicalAddress> {
        let frame = frames::allocate().ok()?;
        self.0.lock().push(frame);
        Some(frame)
    }

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        // Whatever word a case has planted: what is not this address space's own is not looked at.
        let is_own = self.0.lock().contains(&address);
        // SAFETY: the frame is one of this address space's, taken from the allocator and kept until it is dropped;
        // all of them, tables and data, are used through atomics alone.
        is_own.then(|| &unsafe { linear::table(address) }.cells()[..])
    }
}

/// A frame that is a case's data for as long as `'a` lasts.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    address: PhysicalAddress,
    owner: PhantomData<&'a CaseSpace>,
}

impl Frame<'_> {
    /// Vouches for a frame.
    ///
    /// # Safety
    ///
    /// The frame came from the allocator, is kept for as long as the lifetime lasts, and is used as atomic words alone.
    pub(super) const unsafe fn new(address: PhysicalAddress) -> Self {
        Self { address, owner: PhantomData }
    }

    /// Returns its address.
    #[must_use]
    pub const fn address(self) -> PhysicalAddress {
        self.address
    }
}

/// An address space of a case.
#[derive(Debug)]
pub struct CaseSpace {
    tables: AddressSpace<OwnFrames>,
    asid: Asid,
    walk: WalkMemory,
}

/// A leaf of a case's address space: its live descriptor, and memory behind it.
#[derive(Clone, Copy, Debug)]
pub struct CasePage<'a> {
    /// The first address of the frame; within a block, somewhere inside.
    pub address: VirtualAddress,
    /// The live descriptor.
    pub cell: &'a AtomicU64,
    /// The level of the leaf.
    pub level: Level,
    /// The frame at `address`.
    pub frame: Frame<'a>,
    asid: Asid,
    walk: WalkMemory,
}

impl CaseSpace {
    /// Makes an empty address space.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`].
    pub fn new() -> Result<Self, TableError> {
        Self::walked(WalkMemory::WriteBack)
    }

    /// The same, walked as `walk` says: its pages keep their descriptors at the Point of Coherency where needed.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`].
    pub fn walked(walk: WalkMemory) -> Result<Self, TableError> {
        let input = InputRange { range: Range::Lower, translation: layout::CASE };
        let asid = Asid(NEXT_ASID.fetch_add(1, Relaxed) % 255 + 1);
        let frames = OwnFrames(Lock::new(Vec::new()));
        Ok(Self { tables: AddressSpace::new(frames, input, Some(asid))?, asid, walk })
    }

    /// What TTBR0 is to hold.
    #[must_use]
    pub fn user(&self) -> (PhysicalAddress, Asid) {
        (self.tables.root(), self.asid)
    }

    /// The controls of an access in this space; all but HA, HD and the memory of walks plain.
    #[must_use]
    pub fn settings(&self, management: Management) -> Settings {
        let particular = Particular { walk: self.walk, ..Settings::PLAIN.particular };
        Settings { management, particular, user: Some(self.user()), ..Settings::PLAIN }
    }

    /// Brings the tables of a walk to the Point of Coherency, whole: a speculative walk may read any of their words.
    fn settle(&self, address: VirtualAddress) -> Result<(), TableError> {
        for step in self.tables.walk(address)?.steps() {
            if let Some(cells) = self.tables.frames().table(step.cell_address.align_down(PAGE_SIZE)) {
                caches::clean_and_invalidate_all(cells);
            }
        }
        Ok(())
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &AddressSpace<impl Frames> {
        &self.tables
    }

    /// Takes a frame for data, zeroed; it goes back with the address space.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`].
    pub fn frame(&self) -> Result<Frame<'_>, TableError> {
        let address = self.tables.frames().allocate().ok_or(TableError::OutOfFrames)?;
        // SAFETY: the frame is this address space's, which is borrowed meanwhile, and atomic words like all of them.
        Ok(unsafe { Frame::new(address) })
    }

    /// Takes the frames of a contiguous group, from a multiple of their size; they go back with all
    /// that the case has taken.
    ///
    /// # Errors
    ///
    /// [`TableError::OutOfFrames`].
    pub fn group_frames(&self) -> Result<[Frame<'_>; CONTIGUOUS_ENTRIES], TableError> {
        const ENTRIES: u64 = CONTIGUOUS_ENTRIES as u64;
        let first =
            frames::allocate_run(ENTRIES, ENTRIES * PAGE_SIZE).map_err(|_| TableError::OutOfFrames)?;
        // SAFETY: the frames go back when the case is over, which this address space does not outlive, and they are
        // used as atomic words: by `CasePage::word` and by the case's accesses.
        Ok(core::array::from_fn(|index| unsafe { Frame::new(first.offset(index as u64 * PAGE_SIZE)) }))
    }

    /// Tells whether a leaf at `level` over `frame` leads to nothing that is not to be read ahead.
    #[must_use]
    pub fn may_map(level: Level, frame: Frame<'_>) -> bool {
        let size = layout::CASE.geometry.size(level);
        linear::may_lead_to(PhysicalRange::saturating(frame.address.align_down(size).0, size))
    }

    /// Maps a page or block at `level` over `frame`: the leaf that covers `address`, which keeps the frame's place
    /// within a block. The descriptor is `flags` with Normal memory, Inner Shareable.
    ///
    /// # Errors
    ///
    /// [`TableError`] where something is mapped already, or for want of memory.
    ///
    /// # Panics
    ///
    /// Where [`may_map`](Self::may_map) says that it may not be.
    pub fn map<'a>(
        &'a self,
        address: VirtualAddress,
        level: Level,
        frame: Frame<'a>,
        flags: u64,
    ) -> Result<CasePage<'a>, TableError> {
        assert!(
            Self::may_map(level, frame),
            "a leaf of {level:?} over {} leads beyond memory",
            frame.address
        );
        let size = layout::CASE.geometry.size(level);
        let (start, output) = (address.align_down(size), frame.address.align_down(size));
        let attributes = LeafAttributes::from_descriptor(Descriptor(flags | MEMORY));
        let leaf = self.tables.map(&Mapping {
            address: start,
            output,
            level,
            attributes,
            tables: TableAttributes::NONE,
        })?;
        if !self.walk.is_coherent() {
            self.settle(start)?;
        }
        barriers::sequence_publish_descriptor();
        Ok(CasePage {
            address: start.offset(frame.address.0 - output.0),
            cell: leaf.cell,
            level,
            frame,
            asid: self.asid,
            walk: self.walk,
        })
    }

    /// Hangs the level 2 table on the path to `address` into the hole of TTBR1, until the value is dropped.
    ///
    /// # Errors
    ///
    /// [`TableError::NotMapped`] if the path has no such table.
    pub fn hang(&self, address: VirtualAddress) -> Result<Hung<'_>, TableError> {
        let walk = self.tables.walk(address)?;
        let step = walk.steps().find(|step| step.level == Level::L2);
        let step = step.ok_or(TableError::NotMapped(address, Level::L1, Descriptor::INVALID))?;
        // SAFETY: the table is this address space's own, which the value borrows, and maps its frames only.
        unsafe { Hung::new(step.cell_address.align_down(PAGE_SIZE)) }
    }
}

/// Normal memory, Inner Shareable: the bits that every leaf of a case has.
const MEMORY: u64 = LeafAttributes {
    memory: MemoryType::Normal,
    accessed: false,
    privileged_execute_never: false,
    user_execute_never: false,
    ..LeafAttributes::KERNEL_DATA
}
.bits();

impl Drop for CaseSpace {
    fn drop(&mut self) {
        barriers::sequence_invalidate_asid_all(self.asid);
        for frame in self.tables.frames().0.lock().drain(..) {
            // SAFETY: the frames are this address space's own, no CPU has its root in TTBR0 any more (work is
            // over when its case is), and its ASID has just been invalidated everywhere.
            unsafe { frames::free(frame) };
        }
    }
}

impl CasePage<'_> {
    /// Makes this CPU's caches and memory agree on the descriptor where walks see memory alone (Arm ARM B2.10).
    pub fn settle(&self) {
        if !self.walk.is_coherent() {
            caches::clean_and_invalidate(self.cell);
        }
    }

    /// Reads the descriptor, after every hardware update that came before (row E07).
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        barriers::sequence_complete_updates();
        self.settle();
        Descriptor(self.cell.load(Relaxed))
    }

    /// Makes a descriptor of this page from `flags`.
    #[must_use]
    pub fn with_flags(&self, flags: u64) -> Descriptor {
        let kind = if self.level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
        let geometry = layout::CASE.geometry;
        let output = geometry.encode_address(self.frame.address.align_down(geometry.size(self.level)));
        Descriptor(flags & !Descriptor::TABLE_OR_PAGE | kind | MEMORY | output)
    }

    /// Writes the descriptor and invalidates it on every CPU, as each stimulus wants (section 6 of the rules).
    pub fn set(&self, descriptor: Descriptor) {
        self.cell.store(descriptor.0, Relaxed);
        self.settle();
        barriers::sequence_invalidate_address_all(self.tlb_address());
    }

    /// Writes the descriptor and orders it, but leaves what TLBs hold.
    pub fn set_without_invalidation(&self, descriptor: Descriptor) {
        self.cell.store(descriptor.0, Relaxed);
        self.settle();
        barriers::sequence_publish_descriptor();
    }

    /// Address and ASID for a TLBI.
    #[must_use]
    pub fn tlb_address(&self) -> Operand {
        Operand::of_address(layout::CASE.geometry, self.address, self.asid, None)
    }

    /// The doubleword at `offset` of the frame, through the linear map.
    ///
    /// # Panics
    ///
    /// If `offset` is no multiple of 8 in the page.
    #[must_use]
    pub fn word(&self, offset: u64) -> &AtomicU64 {
        assert!(offset < PAGE_SIZE && offset.is_multiple_of(8), "offset {offset}");
        // SAFETY: the word is within the frame, which is the case's data while the page lives (`Frame::new`), and RAM of
        // the allocator is in the linear map.
        unsafe { linear::word(self.frame.address.offset(offset)) }
    }
}

/// Carries out an invalidation that is owed.
pub fn discharge(owed: Invalidation) {
    for place in owed.operands() {
        match (owed.scope(), owed.last_level_only()) {
            (Scope::None, _) => {}
            (Scope::ThisCpu, true) => barriers::sequence_invalidate_leaf_local(place),
            (Scope::ThisCpu, false) => barriers::sequence_invalidate_address_local(place),
            (Scope::AllCpus, true) => barriers::sequence_invalidate_leaf_all(place),
            (Scope::AllCpus, false) => barriers::sequence_invalidate_address_all(place),
        }
    }
}
