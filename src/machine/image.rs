//! Where the kernel's image stands.

use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::tables::Table;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use platform::device_tree::PhysicalRange;

unsafe extern "C" {
    safe static _image_start: u8;
    safe static _stubs_start: u8;
    safe static _stubs_end: u8;
    safe static _resident_start: u8;
    safe static _resident_end: u8;
    safe static _rodata_end: u8;
    safe static _image_end: u8;
    safe static boot_root: u8;
}

/// The physical address of the image's first byte.
static PHYSICAL_START: AtomicU64 = AtomicU64::new(0);

/// Records where the image was loaded, as the boot code found it.
pub fn set_physical_start(start: PhysicalAddress) {
    PHYSICAL_START.store(start.0, Relaxed);
}

/// Returns where an address within the image stands physically.
pub fn physical(address: *const u8) -> PhysicalAddress {
    PhysicalAddress(address as u64 - (&raw const _image_start) as u64 + PHYSICAL_START.load(Relaxed))
}

/// Returns the virtual address of a physical one within the image.
pub fn virtual_address(address: PhysicalAddress) -> Option<VirtualAddress> {
    whole()
        .contains(address.0)
        .then(|| VirtualAddress(address.0 - PHYSICAL_START.load(Relaxed) + (&raw const _image_start) as u64))
}

/// A table without a valid entry: what TTBR0 points to between cases.
static EMPTY: Table = Table::new();

/// Returns the root of an address space that maps nothing.
#[must_use]
pub fn empty_root() -> PhysicalAddress {
    physical(core::ptr::from_ref(&EMPTY).cast())
}

/// The first table of TTBR1, which the boot code has built.
pub fn root() -> PhysicalAddress {
    physical(&raw const boot_root)
}

/// The pages of the probes' stubs.
pub fn stubs() -> PhysicalRange {
    PhysicalRange { start: physical(&raw const _stubs_start).0, end: physical(&raw const _stubs_end).0 }
}

/// The pages of the resident part of EL2.
pub fn resident() -> PhysicalRange {
    PhysicalRange { start: physical(&raw const _resident_start).0, end: physical(&raw const _resident_end).0 }
}

/// The whole image, with what is zeroed at boot.
pub fn whole() -> PhysicalRange {
    PhysicalRange { start: physical(&raw const _image_start).0, end: physical(&raw const _image_end).0 }
}

/// Text and constants: what nothing may write, and the linear map leaves out.
pub fn constant() -> PhysicalRange {
    PhysicalRange { start: physical(&raw const _image_start).0, end: physical(&raw const _rodata_end).0 }
}
