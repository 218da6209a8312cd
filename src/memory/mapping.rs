//! The kernel's own mappings, once the linear map stands: devices, stacks, the stubs' alias.

use super::linear::OUTPUT_LIMIT;
use super::pool::Pool;
use super::{frames, linear};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::lock::Lock;
use crate::machine::stacks::{EXCEPTION_STACK_SIZE, STACK_SIZE, Stacks};
use crate::machine::{barriers, image, layout};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, LeafAttributes, Level, MemoryType, TableAttributes};
use afdbm::regime;
use afdbm::tables::{AddressSpace, Frames, InputRange, Mapping, TableError};
use core::ops::Range;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::PhysicalRange;

/// Frames of RAM as tables, and the first tables of all, which the image has: its place need not be in the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct KernelFrames;

impl Frames for KernelFrames {
    fn allocate(&self) -> Option<PhysicalAddress> {
        frames::allocate().ok()
    }

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        if let Some(cells) = Pool.table(address) {
            return Some(cells);
        }
        // SAFETY: the frame is RAM in the linear map; only Table descriptors lead here, so it is a table.
        linear::holds(address).then(|| &unsafe { linear::table(address) }.cells()[..])
    }
}

/// Where the next device and the next stack go; the lock makes mapping one CPU's at a time.
struct Cursors {
    device: u64,
    stack: u64,
}

static CURSORS: Lock<Cursors> = Lock::new(Cursors { device: layout::DEVICE_BASE, stack: layout::STACK_BASE });

/// Returns the kernel's range, of TTBR1.
pub(super) fn kernel_range() -> InputRange {
    InputRange { range: regime::Range::Upper, translation: layout::KERNEL }
}

/// Returns the kernel's tables, to be added to with memory from `frames`.
pub(super) fn kernel_space<F: Frames>(frames: F) -> AddressSpace<F> {
    AddressSpace::adopt(frames, image::root(), kernel_range(), None)
}

/// Maps the registers of a device, for good, and returns where.
///
/// # Errors
///
/// [`TableError`] if memory is exhausted.
pub fn map_device(registers: PhysicalRange) -> Result<NonNull<u8>, TableError> {
    map_device_with(KernelFrames, registers)
}

/// The same with tables from `frames`.
///
/// # Errors
///
/// [`TableError`] if there are none left.
pub(super) fn map_device_with<F: Frames>(
    frames: F,
    registers: PhysicalRange,
) -> Result<NonNull<u8>, TableError> {
    let attributes = LeafAttributes { memory: MemoryType::Device, ..LeafAttributes::KERNEL_DATA };
    let mut cursors = CURSORS.lock();
    let space = kernel_space(frames);
    // No descriptor leads beyond the limit, and at the end of 64 bits whole pages would begin at 0 again.
    let start = PhysicalAddress(registers.start);
    if registers.end > OUTPUT_LIMIT {
        return Err(TableError::MisalignedOutput(start, Level::L3));
    }
    let pages = start.align_down(PAGE_SIZE)..PhysicalAddress(registers.end).align_up(PAGE_SIZE);
    // As far into a block as the device is, so that what is large is mapped by blocks: the redistributors of a
    // GICv3 are thousands of pages.
    let geometry = space.geometry();
    let base = cursors.device + geometry.offset(Level::L2, pages.start.0);
    map_run(&space, VirtualAddress(base), pages.clone(), attributes)?;
    // At least a page between two devices is left out.
    cursors.device =
        (base + (pages.end.0 - pages.start.0) + PAGE_SIZE).next_multiple_of(geometry.size(Level::L2));
    barriers::sequence_publish_descriptor();
    NonNull::new((base + (start.0 - pages.start.0)) as *mut u8)
        .ok_or(TableError::OutOfRange(VirtualAddress(base)))
}

/// The end of the highest that is mapped.
static END: AtomicU64 = AtomicU64::new(0);

/// Returns the end of the highest that the kernel uses.
#[must_use]
pub fn end() -> PhysicalAddress {
    PhysicalAddress(END.load(Relaxed))
}

/// Tells whether all that the kernel uses lies below 2 to the power of `bits`.
#[must_use]
pub fn lies_within(bits: u8) -> bool {
    END.load(Relaxed) <= 1 << bits
}

/// Maps whole pages from `address` on, with the widest leaves that fit.
pub(super) fn map_run<F: Frames>(
    space: &AddressSpace<F>,
    address: VirtualAddress,
    pages: Range<PhysicalAddress>,
    attributes: LeafAttributes,
) -> Result<(), TableError> {
    let geometry = space.geometry();
    let (mut address, mut output) = (address, pages.start);
    END.fetch_max(pages.end.0, Relaxed);
    while output < pages.end {
        let left = pages.end.0 - output.0;
        let fits = |level: &Level| {
            geometry.offset(*level, address.0 | output.0) == 0 && left >= geometry.size(*level)
        };
        let level = [Level::L1, Level::L2].into_iter().find(fits).unwrap_or(Level::L3);
        space.map(&Mapping { address, output, level, attributes, tables: TableAttributes::NONE })?;
        let size = geometry.size(level);
        (address, output) = (address.offset(size), output.offset(size));
    }
    Ok(())
}

/// Code that EL0 executes.
pub const USER_CODE: LeafAttributes = LeafAttributes {
    permission: AccessPermission::ReadOnly,
    user_execute_never: false,
    ..LeafAttributes::KERNEL_DATA
};

/// Maps the stubs' pages where EL0 may execute it.
///
/// # Errors
///
/// [`TableError`] if memory is exhausted.
pub(super) fn map_user_stubs() -> Result<(), TableError> {
    let stubs = image::stubs();
    for page in (stubs.start..stubs.end).step_by(PAGE_SIZE as usize) {
        let alias = VirtualAddress(layout::USER_STUBS + (page - stubs.start));
        map_page(&kernel_space(KernelFrames), alias, PhysicalAddress(page), USER_CODE)?;
    }
    barriers::sequence_publish_descriptor();
    Ok(())
}

/// Makes the stacks of one CPU, each with a page below it that is not mapped.
///
/// # Errors
///
/// [`TableError`] if memory is exhausted.
pub fn make_stacks() -> Result<Stacks, TableError> {
    Ok(Stacks {
        thread: make_stack(STACK_SIZE)?,
        exception: make_stack(EXCEPTION_STACK_SIZE)?,
        emergency: make_stack(EXCEPTION_STACK_SIZE)?,
    })
}

fn make_stack(size: u64) -> Result<u64, TableError> {
    let mut cursors = CURSORS.lock();
    let space = kernel_space(KernelFrames);
    let bottom = cursors.stack + PAGE_SIZE;
    for offset in (0..size / PAGE_SIZE).map(|page| page * PAGE_SIZE) {
        let frame = frames::allocate().map_err(|_| TableError::OutOfFrames)?;
        map_page(&space, VirtualAddress(bottom + offset), frame, LeafAttributes::KERNEL_DATA)?;
    }
    cursors.stack = bottom + size;
    barriers::sequence_publish_descriptor();
    Ok(bottom + size)
}

pub(super) fn map_page<F: Frames>(
    space: &AddressSpace<F>,
    address: VirtualAddress,
    output: PhysicalAddress,
    attributes: LeafAttributes,
) -> Result<(), TableError> {
    space.map(&Mapping { address, output, level: Level::L3, attributes, tables: TableAttributes::NONE })?;
    Ok(())
}
