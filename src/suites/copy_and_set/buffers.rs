//! The pages of an operation, and software that resolves its faults and notes what it finds.

use crate::machine::layout::{self, PAGE_SIZE};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use crate::probe::{ExceptionLevel, FaultHandler, Frame, Interrupted, Resolution};
use crate::support::Trouble;
use afdbm::address::VirtualAddress;
use afdbm::descriptor::{Descriptor, Level};
use afdbm::fault::Fault;
use afdbm::tables::Frames;
use alloc::vec::Vec;
use cases::states::Flags;
use core::ops::Range;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use oracle::{Bulk, Path};
use spin::Once;

/// Pages: five of the destination, then five of the source; the first and the last of each are reached by nothing.
pub const PAGES: usize = 10;
/// The second page of the destination that an operation reaches, and of the source.
pub const SECOND: usize = 2;
pub const SECOND_OF_SOURCE: usize = 7;
/// The words of all.
const WORDS: usize = PAGES * (PAGE_SIZE / 8) as usize;
/// Faults that are noted of one operation: each resolves a page for good.
const NOTED: usize = 6;

/// What all pages hold.
pub type Image = Vec<u64>;

/// Returns a byte of an image, by its address.
pub fn byte(image: &Image, address: u64) -> u8 {
    let place = address - ADDRESS.0;
    (image[(place / 8) as usize] >> (place % 8 * 8)) as u8
}

/// The address of a page's first byte.
pub fn address(page: usize) -> VirtualAddress {
    ADDRESS.offset(page as u64 * PAGE_SIZE)
}

/// The page of an address.
pub fn page_of(address: VirtualAddress) -> Option<usize> {
    let page = usize::try_from(address.0.checked_sub(ADDRESS.0)? / PAGE_SIZE).ok()?;
    (page < PAGES).then_some(page)
}

/// All pages of an operation.
pub struct Buffers<'a> {
    pages: Vec<CasePage<'a>>,
    words: Vec<&'a [AtomicU64]>,
    paths: [Path; PAGES],
    /// What the faults of an operation find in the pages, in their order: a handler allocates nothing.
    found: [spin::Mutex<Image>; NOTED],
}

impl<'a> Buffers<'a> {
    /// Maps them.
    ///
    /// # Errors
    ///
    /// [`Trouble::Table`] for want of memory.
    pub fn new(space: &'a CaseSpace) -> Result<Self, Trouble> {
        let (mut pages, mut words) = (Vec::new(), Vec::new());
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 };
        let mut paths = [nothing; PAGES];
        for (page, path) in paths.iter_mut().enumerate() {
            let frame = space.frame()?;
            pages.push(space.map(address(page), Level::L3, frame, Flags::READ_WRITE.0)?);
            words.extend(space.tables().frames().table(frame.address()));
            for step in space.tables().walk(address(page))?.steps() {
                *path.at(step.level) = step.descriptor;
            }
        }
        let found = core::array::from_fn(|_| spin::Mutex::new(Image::with_capacity(WORDS)));
        Ok(Self { pages, words, paths, found })
    }

    /// The addresses of all.
    pub fn target() -> Range<VirtualAddress> {
        ADDRESS..address(PAGES)
    }

    /// The walk to a page whose leaf is `leaf`.
    pub fn path(&self, page: usize, leaf: Descriptor) -> Path {
        let mut path = self.paths[page];
        *path.at(Level::L3) = leaf;
        path
    }

    /// Gives every page the flags, and the bytes of `image`; returns the descriptors.
    pub fn prepare(&self, flags: &[Flags; PAGES], image: &Image) -> [Descriptor; PAGES] {
        for (word, value) in self.words.iter().copied().flatten().zip(image) {
            word.store(*value, Relaxed);
        }
        core::array::from_fn(|page| {
            let descriptor = self.pages[page].with_flags(flags[page].0);
            self.pages[page].set(descriptor);
            descriptor
        })
    }

    /// The descriptors as they are.
    pub fn leaves(&self) -> [Descriptor; PAGES] {
        core::array::from_fn(|page| self.pages[page].descriptor())
    }

    /// The bytes as they are.
    pub fn image(&self) -> Image {
        let mut image = Image::with_capacity(WORDS);
        self.copy_to(&mut image);
        image
    }

    /// Fills an image that has room for it.
    fn copy_to(&self, image: &mut Image) {
        image.clear();
        for words in &self.words {
            image.extend(words.iter().map(|word| word.load(Relaxed)));
        }
    }
}

/// What a fault found.
pub struct Stop {
    /// The fault.
    pub fault: Fault,
    /// Where the operation was.
    pub interrupted: Interrupted,
    /// The descriptors.
    pub leaves: [Descriptor; PAGES],
}

/// Software that makes writable what is refused, once it has noted what it finds.
pub struct Resolver<'a> {
    buffers: &'a Buffers<'a>,
    bulk: Bulk,
    level: ExceptionLevel,
    taken: AtomicUsize,
    stops: [Once<Stop>; NOTED],
}

impl<'a> Resolver<'a> {
    /// Makes one for an operation.
    pub fn new(buffers: &'a Buffers<'a>, bulk: Bulk, level: ExceptionLevel) -> Self {
        Self { buffers, bulk, level, taken: AtomicUsize::new(0), stops: [const { Once::new() }; NOTED] }
    }

    /// What the faults found, in their order, and the bytes of all pages.
    pub fn stops(&self) -> impl Iterator<Item = (&Stop, spin::MutexGuard<'_, Image>)> {
        let found = self.buffers.found.iter().map(spin::Mutex::lock);
        self.stops.iter().map_while(Once::get).zip(found)
    }

    /// What a page's descriptor is once a fault of it is resolved.
    pub fn resolved(&self, page: usize) -> Descriptor {
        self.buffers.pages[page].with_flags(Flags::READ_WRITE.user().0)
    }
}

impl FaultHandler for Resolver<'_> {
    fn handle(&self, fault: Fault, frame: &Frame) -> Resolution {
        let number = self.taken.fetch_add(1, Relaxed);
        let (Some(stop), Some(page)) = (self.stops.get(number), page_of(fault.address)) else {
            return Resolution::Refuse;
        };
        self.buffers.copy_to(&mut self.buffers.found[number].lock());
        let interrupted = Interrupted::of(self.bulk, self.level, frame);
        stop.call_once(|| Stop { fault, interrupted, leaves: self.buffers.leaves() });
        self.buffers.pages[page].set(self.resolved(page));
        Resolution::Retry
    }
}

/// The geometry of the pages.
pub const GEOMETRY: afdbm::geometry::Geometry = layout::CASE.geometry;
