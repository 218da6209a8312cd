//! Where things stand in the kernel's address range, TTBR1, and the shapes of the tables.
//!
//! The image itself is placed by `linker.ld`; the other windows follow here. Each window begins on a
//! 1 GiB boundary, so that each hangs below entries of its own in the level 1 table.

use afdbm::geometry::{Geometry, Level};
use afdbm::regime::{Regime, Translation};

/// The tables of TTBR1: 39 bits of virtual address, so that a walk starts at level 1.
pub const KERNEL: Translation = translation(39);
/// The mapping that the boot code turns the MMU on in: 48 bits, since RAM may stand anywhere. A case that asks for a
/// wide range has them too.
pub const IDENTITY: Translation = translation(48);
/// The tables of TTBR0 while a case owns it: 39 bits, leaves at levels 1, 2 and 3.
pub const CASE: Translation = translation(39);
/// Bytes of a page and of a table, the same in all of them.
pub const PAGE_SIZE: u64 = KERNEL.geometry.page_size();

/// The members of a contiguous group of pages.
pub const CONTIGUOUS_ENTRIES: usize =
    CASE.geometry.contiguous_entries(Level::L3).expect("pages can be contiguous");

/// Stage 1 of the EL1&0 regime, 4K granule, with so many bits of virtual address.
const fn translation(input_bits: u8) -> Translation {
    let geometry = Geometry::SIZE_4K.with_input_bits(input_bits);
    Translation::stage_1(Regime::El10, geometry.expect("a size of the 4K granule"))
}

/// The first address of the range, and of the linear map of RAM.
pub const LINEAR_BASE: u64 = 0xffff_ff80_0000_0000;
/// Bytes that the linear map may cover.
pub const LINEAR_SIZE: u64 = 256 << 30;
/// The hole for the cases of this range (row A10): nothing is mapped here between cases.
pub const CASE_HOLE: u64 = 0xffff_ffe0_0000_0000;
/// Bytes of the hole.
pub const CASE_HOLE_SIZE: u64 = 16 << 30;
/// Device registers.
pub const DEVICE_BASE: u64 = 0xffff_fffd_0000_0000;
/// Stacks, each below a page that is not mapped.
pub const STACK_BASE: u64 = 0xffff_fffe_0000_0000;
/// The alias of the probes' stubs that EL0 may execute, the only pages of this range that EL0 may use. Their page numbers
/// differ in the low bits from those of the product's sites: QEMU's TLB is indexed by them.
pub const USER_STUBS: u64 = 0xffff_ffff_4002_a000;
/// Where the device tree is read from during boot.
pub const DEVICE_TREE_WINDOW: u64 = 0xffff_ffff_c000_0000;
