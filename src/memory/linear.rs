//! The linear map: all of RAM at one distance, read-write, never executable.

use crate::machine::layout::{self, PAGE_SIZE};
use crate::machine::per_cpu::this_index;
use crate::machine::{cpus, image, maker};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::geometry::Level;
use afdbm::tables::Table;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::{PhysicalRange, PhysicalRanges};
use spin::Once;

/// The physical address that stands at [`layout::LINEAR_BASE`]: where RAM begins, rounded down to what an
/// entry of level 1 spans.
static PHYSICAL_BASE: AtomicU64 = AtomicU64::new(0);

/// The first address that no descriptor leads to.
pub(super) const OUTPUT_LIMIT: u64 = 1 << layout::KERNEL.geometry.output_bits();

/// The ranges that are mapped.
static RANGES: Once<PhysicalRanges> = Once::new();

/// Sets where RAM begins, once, before the map is built.
pub fn set_base(ram: PhysicalAddress) {
    PHYSICAL_BASE.store(ram.align_down(layout::KERNEL.geometry.size(Level::L1)).0, Relaxed);
}

/// Records which ranges the map has.
pub(super) fn set_ranges(mapped: &PhysicalRanges) {
    RANGES.call_once(|| mapped.clone());
}

/// Tells whether the map has the frame at `address`.
#[must_use]
pub fn holds(address: PhysicalAddress) -> bool {
    RANGES.get().is_some_and(|ranges| {
        address.is_aligned(PAGE_SIZE)
            && covers(address)
            && ranges.iter().any(|range| range.contains(address.0))
    })
}

/// Tells whether a case's leaf may lead to all of a range: where it is memory, the kernel's image too, or where a program
/// makes the machine. Of Normal memory a CPU may read ahead whatever a leaf leads to (Arm ARM, section Normal memory), and on
/// silicon that may be a device, or memory that firmware has for itself.
#[must_use]
pub fn may_lead_to(range: PhysicalRange) -> bool {
    let is_memory = || {
        let mut ranges = RANGES.get()?.clone();
        ranges.add(image::whole());
        Some(ranges.iter().any(|memory| memory.start <= range.start && range.end <= memory.end))
    };
    maker::is_program() || is_memory().unwrap_or(false)
}

/// Tells whether the map may cover `address`.
#[must_use]
pub fn covers(address: PhysicalAddress) -> bool {
    let base = PHYSICAL_BASE.load(Relaxed);
    (base..base.saturating_add(layout::LINEAR_SIZE)).contains(&address.0)
}

/// Returns the first address that is out of reach: where the map ends, or the addresses do that descriptors and this CPU
/// have.
pub(super) fn end() -> PhysicalAddress {
    let addresses = OUTPUT_LIMIT.min(1 << cpus::identification(this_index()).output_bits());
    PhysicalAddress(PHYSICAL_BASE.load(Relaxed).saturating_add(layout::LINEAR_SIZE).min(addresses))
}

/// Cuts a range where the reach ends.
pub(super) fn cut(range: PhysicalRange) -> PhysicalRange {
    let end = end().0;
    PhysicalRange { start: range.start.min(end), end: range.end.min(end) }
}

/// Returns where the map has `address`.
#[must_use]
pub fn address(address: PhysicalAddress) -> VirtualAddress {
    VirtualAddress(address.0 - PHYSICAL_BASE.load(Relaxed) + layout::LINEAR_BASE)
}

/// Returns a pointer to `address` in the map; to use it is the caller's to justify.
#[must_use]
pub fn pointer(physical: PhysicalAddress) -> *mut u8 {
    address(physical).0 as *mut u8
}

/// Fills a frame with zeroes.
pub(super) fn zero(frame: PhysicalAddress) {
    // SAFETY: the allocator has just handed the frame out; it is RAM in the linear map.
    unsafe { pointer(frame).cast::<Table>().write_bytes(0, 1) };
}

/// Returns the frame as a translation table.
///
/// # Safety
///
/// The frame is RAM in the linear map, and is used as a table, through atomics only, for as long as the
/// reference lives.
pub unsafe fn table<'a>(frame: PhysicalAddress) -> &'a Table {
    // SAFETY: a frame is aligned and large enough for a `Table`, which is atomic words; the rest the caller says.
    unsafe { &*pointer(frame).cast::<Table>() }
}

/// Returns an aligned doubleword of RAM as an atomic cell: the data that probes read and write.
///
/// # Safety
///
/// The word is RAM in the linear map and no Rust object lives there.
pub unsafe fn word<'a>(physical: PhysicalAddress) -> &'a AtomicU64 {
    assert!(physical.is_aligned(8));
    // SAFETY: the alignment is checked, the rest the caller says.
    unsafe { AtomicU64::from_ptr(pointer(physical).cast()) }
}
