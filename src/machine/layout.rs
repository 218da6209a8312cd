//! Where things stand in the kernel's address range, TTBR1 with T1SZ = 25.
//!
//! The image itself is placed by `linker.ld`; the other windows follow here. Each window begins on a
//! 1 GiB boundary, so that each hangs below entries of its own in the level 1 table.

/// TCR_EL1.T1SZ: 39 bits of virtual address, so that a walk starts at level 1.
pub const T1SZ: u32 = 25;
/// TCR_EL1.T0SZ of the mapping that the boot code turns the MMU on in: 48 bits, since RAM may stand anywhere.
pub const T0SZ_IDENTITY: u32 = 16;
/// TCR_EL1.T0SZ while a case owns TTBR0: 39 bits, leaves at levels 1, 2 and 3.
pub const T0SZ_CASE: u32 = 25;

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
/// The alias of the probes' stubs that EL0 may execute, the one page of this range that EL0 may use. Its page number
/// differs in the low bits from those of the product's sites: QEMU's TLB is indexed by them.
pub const USER_STUBS: u64 = 0xffff_ffff_4002_a000;
/// Where the device tree is read from during boot.
pub const DEVICE_TREE_WINDOW: u64 = 0xffff_ffff_c000_0000;
