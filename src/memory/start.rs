//! Memory at boot: the device tree's window, the linear map, the first frames, the heap.

use super::mapping::{KernelFrames, kernel_space, map_device_with, map_page, map_run, map_user_stubs};
use super::pool::Pool;
use super::presence::{self, NoMemory};
use super::{frames, heap, linear};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::{barriers, image, layout};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, LeafAttributes};
use afdbm::tables::{Frames, TableError};
use core::fmt;
use core::ptr::NonNull;
use platform::acpi::PhysicalMemory;
use platform::device_tree::{self, DeviceTreeError, MAXIMUM_RANGES, PhysicalRange, PhysicalRanges};

/// What the memory begins at a multiple of that QEMU puts an ELF file into, with a device tree at its beginning and 0 in x0.
const QEMU_ALIGNMENT: u64 = 1 << 30;
/// Virtual bytes kept for the device tree, and as many for the tables of ACPI: the largest blob, and what its misalignment
/// adds.
const WINDOW: u64 = 4 << 20;

/// Bytes of the tables that all ranges of the linear map may need: a level 2 and a level 3 table at either end of each.
const TABLES_SIZE: u64 = 4 * MAXIMUM_RANGES as u64 * PAGE_SIZE;

/// Why there is no memory to run in.
#[derive(Clone, Debug)]
pub enum StartError {
    /// No device tree: x0 was 0, and none stands where QEMU would have put it.
    NoDeviceTree {
        /// The place that was looked at.
        place: PhysicalAddress,
    },
    /// x0 names a place, and what stands there is none.
    DeviceTree(PhysicalAddress, DeviceTreeError<'static>),
    /// A table could not be made.
    Table(TableError),
    /// The device tree's memory does not leave enough room.
    TooLittleMemory {
        /// Bytes of RAM that the device tree tells of.
        bytes: u64,
    },
    /// The memory lies where the kernel does not reach it, all of it or all but too little.
    OutOfReach {
        /// The first range of RAM that is not reached.
        range: PhysicalRange,
        /// The first address that is not.
        end: PhysicalAddress,
        /// Bytes of RAM that are reached.
        reached: u64,
    },
    /// More ranges of memory than are kept.
    TooManyRanges,
    /// What is described as memory is none.
    NoMemory(NoMemory),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDeviceTree { place } => {
                write!(formatter, "no device tree: x0 is 0 and none stands at {place}")
            }
            Self::DeviceTree(address, error) => write!(formatter, "at {address}: {error}"),
            Self::Table(error) => write!(formatter, "mapping memory: {error}"),
            Self::TooLittleMemory { bytes } => {
                write!(formatter, "{} MiB of memory, 64 MiB or more expected", bytes >> 20)
            }
            Self::OutOfReach { range, end, reached } => write!(
                formatter,
                "the RAM at {range} is out of reach, which ends at {end}; below it are {} MiB, 64 MiB or more expected",
                reached >> 20
            ),
            Self::NoMemory(error) => fmt::Display::fmt(error, formatter),
            Self::TooManyRanges => write!(formatter, "the memory is in too many pieces, 32 are kept"),
        }
    }
}

impl From<TableError> for StartError {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

/// Maps the device tree for reading and returns it, with where it stands.
///
/// `given` is what the boot code found in x0. Where it is 0 the tree is where QEMU puts it for an ELF file, or nowhere: to look
/// for it elsewhere is to read what may be a device.
///
/// # Errors
///
/// [`StartError`] if there is none, or its header is broken.
pub fn find_device_tree(
    given: PhysicalAddress,
    image: PhysicalAddress,
) -> Result<(PhysicalAddress, &'static [u8]), StartError> {
    let is_given = given != PhysicalAddress(0);
    let place = if is_given { given } else { image.align_down(QEMU_ALIGNMENT) };
    match map_device_tree(place)? {
        Ok(blob) => Ok((place, blob)),
        Err(error) if is_given => Err(StartError::DeviceTree(place, error)),
        Err(_) => Err(StartError::NoDeviceTree { place }),
    }
}

/// The tables of ACPI, in memory that the firmware's map vouches for.
#[derive(Debug)]
pub struct FirmwareTables<'m> {
    /// All that is memory.
    memory: &'m PhysicalRanges,
    /// Bytes of the window that are used.
    used: u64,
}

impl<'m> FirmwareTables<'m> {
    /// Begins with an empty window.
    #[must_use]
    pub const fn new(memory: &'m PhysicalRanges) -> Self {
        Self { memory, used: 0 }
    }
}

impl PhysicalMemory<'static> for FirmwareTables<'_> {
    /// Maps the bytes for reading, for good; `None` beyond the memory, or where the window is used up.
    fn read(&mut self, address: u64, bytes: usize) -> Option<&'static [u8]> {
        let end = address.checked_add(bytes as u64)?;
        self.memory.iter().find(|range| range.start <= address && end <= range.end)?;
        let first = PhysicalAddress(address).align_down(PAGE_SIZE);
        let size = PhysicalAddress(end).align_up(PAGE_SIZE).0 - first.0;
        let window = VirtualAddress(layout::DEVICE_TREE_WINDOW + WINDOW).offset(self.used);
        if self.used + size > WINDOW {
            return None;
        }
        let attributes = LeafAttributes {
            permission: AccessPermission::PrivilegedReadOnly,
            ..LeafAttributes::KERNEL_DATA
        };
        let space = kernel_space(Pool);
        for offset in (0..size).step_by(PAGE_SIZE as usize) {
            map_page(&space, window.offset(offset), first.offset(offset), attributes).ok()?;
        }
        barriers::sequence_publish_descriptor();
        self.used += size;
        let start = window.offset(address - first.0).0 as *const u8;
        // SAFETY: mapped just now, read-only; memory that nobody writes while
        // boot reads the tables; what they come to keeps none of it.
        Some(unsafe { core::slice::from_raw_parts(start, bytes) })
    }
}

/// Maps what stands at `address`: first enough for the header, then all of it.
fn map_device_tree(
    address: PhysicalAddress,
) -> Result<Result<&'static [u8], DeviceTreeError<'static>>, StartError> {
    let space = kernel_space(Pool);
    let attributes =
        LeafAttributes { permission: AccessPermission::PrivilegedReadOnly, ..LeafAttributes::KERNEL_DATA };
    let window = VirtualAddress(layout::DEVICE_TREE_WINDOW);
    let first = address.align_down(PAGE_SIZE);
    let lead = address.0 - first.0;
    let mut mapped = 0;
    let mut map_up_to = |bytes: u64| -> Result<(), TableError> {
        while mapped < lead + bytes {
            map_page(&space, window.offset(mapped), first.offset(mapped), attributes)?;
            mapped += PAGE_SIZE;
        }
        barriers::sequence_publish_descriptor();
        Ok(())
    };
    map_up_to(device_tree::HEADER_SIZE as u64)?;
    let start = window.offset(lead).0 as *const u8;
    // SAFETY: the header's bytes are mapped, read-only; RAM that nobody writes during boot.
    let header = unsafe { core::slice::from_raw_parts(start, device_tree::HEADER_SIZE) };
    let size = match device_tree::blob_size(header) {
        Ok(size) => size,
        Err(error) => return Ok(Err(error)),
    };
    map_up_to(size as u64)?;
    // SAFETY: as above, for as many bytes as the header announces; `initialize` keeps them out of the frames.
    Ok(Ok(unsafe { core::slice::from_raw_parts(start, size) }))
}

/// Maps the registers of a device before there are frames.
///
/// # Errors
///
/// [`TableError`] if the boot tables are used up.
pub fn map_device_early(registers: PhysicalRange) -> Result<NonNull<u8>, TableError> {
    map_device_with(Pool, registers)
}

/// Builds the linear map, hands what is free to the frame allocator, and makes the heap.
///
/// Returns the bytes of RAM. `tree` is where the device tree stands, `module` what was loaded beside the kernel, if
/// anything: both stay as they are.
///
/// # Errors
///
/// [`StartError`] if the memory is too little, out of reach, in too many pieces, or none.
pub fn initialize(
    memory: &PhysicalRanges,
    tree: PhysicalRange,
    module: Option<PhysicalRange>,
) -> Result<u64, StartError> {
    let bytes = memory.total();
    let first = memory.iter().map(|range| range.start).min().ok_or(StartError::TooLittleMemory { bytes })?;
    linear::set_base(PhysicalAddress(first));
    let mut mapped = memory.clone();
    mapped.remove(image::constant());
    linear::set_ranges(&mapped);
    let mut free = mapped.clone();
    free.remove(image::whole());
    free.remove(tree);
    if let Some(module) = module {
        free.remove(module);
    }
    // The first range with room enough is mapped by tables that the image has, and gives those of the others. Where there
    // is none there is too little memory, and nothing is mapped.
    let giver = free.iter().copied().find(|range| linear::cut(*range).size() >= TABLES_SIZE);
    if let Some(giver) = giver {
        let is_first = |range: &&PhysicalRange| range.contains(giver.start);
        for range in mapped.iter().filter(is_first) {
            map_range(Pool, linear::cut(*range))?;
        }
        add_frames(giver)?;
        for range in mapped.iter().filter(|range| !is_first(range)) {
            map_range(KernelFrames, linear::cut(*range))?;
        }
        free.iter().filter(|range| **range != giver).try_for_each(|range| add_frames(*range))?;
    }
    heap::initialize().map_err(|_| {
        let beyond = memory.iter().find(|range| linear::cut(**range) != **range);
        beyond.map_or(StartError::TooLittleMemory { bytes }, |range| {
            let reached = memory.iter().map(|range| linear::cut(*range).size()).sum();
            StartError::OutOfReach { range: *range, end: linear::end(), reached }
        })
    })?;
    map_user_stubs()?;
    Ok(bytes)
}

/// Hands the frames of a range to the allocator, if it is memory.
fn add_frames(range: PhysicalRange) -> Result<(), StartError> {
    let range = linear::cut(range);
    // SAFETY: the range was mapped above, and is free: neither the image nor what the boot loader has left is in it.
    unsafe { presence::check(range) }.map_err(StartError::NoMemory)?;
    if frames::add_range(range) { Ok(()) } else { Err(StartError::TooManyRanges) }
}

/// Maps the whole pages of a range of RAM in the linear map, with tables from `frames`.
fn map_range<F: Frames>(frames: F, range: PhysicalRange) -> Result<(), TableError> {
    let (start, end) = (PhysicalAddress(range.start), PhysicalAddress(range.end));
    let (start, end) = (start.align_up(PAGE_SIZE), end.align_down(PAGE_SIZE));
    if start < end {
        map_run(&kernel_space(frames), linear::address(start), start..end, LeafAttributes::KERNEL_DATA)?;
    }
    barriers::sequence_publish_descriptor();
    Ok(())
}
