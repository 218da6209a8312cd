//! The format of the kernel's own descriptors: TCR_EL1.DS is of both ranges, and says whether bits 9:8 of a descriptor of 4K are
//! shareability or address (Arm ARM D8.3.1). It changes together with TTBR1_EL1.
//!
//! The code that changes both is executed in TTBR0's range, by a table of 64K, whose format DS does not touch, while walks through
//! TTBR1 are off: at no time is there a way to read a table in the other's format, nor an entry of a TLB that came from one
//! before (break before make, Arm ARM R_WHZWS).

use super::image;
use super::registers::fields::TCR_DS;
use super::registers::{self, set_regime, set_user_root};
use aarch64_cpu::registers::TCR_EL1;
use afdbm::address::{Asid, PhysicalAddress};
use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use afdbm::geometry::{Geometry, Granule, Level};
use afdbm::tables::Table;
use core::arch::{asm, global_asm};
use core::sync::atomic::Ordering::Relaxed;
use platform::device_tree::PhysicalRange;

global_asm!(
    r#"
    // x0: change_format_alias, in TTBR0's range; x1: TCR_EL1 with EPD1, DS as it is; x2: TTBR1_EL1; x3: as x1, DS as it is to be;
    // x4: as x3, without EPD1. No memory is used but the instructions themselves. 128 bytes, so that a page holds them.
    .section .text.change_format, "ax"
    .balign 128
    .global change_format
change_format:
    mrs     x9, daif
    msr     daifset, #0b1111            // the vectors are in TTBR1's range
    br      x0
    .global change_format_alias
change_format_alias:
    msr     tcr_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    msr     ttbr1_el1, x2
    msr     tcr_el1, x3
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    msr     tcr_el1, x4
    isb
    msr     daif, x9
    ret
    "#
);

unsafe extern "C" {
    safe static change_format: u8;
    safe static change_format_alias: u8;
}

/// The shape of the table that the change is made by: one table, with leaves of 64 KiB.
const GEOMETRY: Geometry = Geometry::new(Granule::Size64K, 25, 48, false).expect("sizes of the 64K granule");
/// The entry whose page has the code.
const ENTRY: u64 = 1;

static TABLE: Table = Table::new();

/// Returns the page of 64 KiB that has the code.
pub fn page() -> PhysicalRange {
    let start = image::physical(&raw const change_format_alias).align_down(GEOMETRY.page_size());
    PhysicalRange { start: start.0, end: start.0 + GEOMETRY.page_size() }
}

/// Tells whether the kernel's tables of this CPU are in the format of DS=1.
#[must_use]
pub fn is_large() -> bool {
    TCR_DS.read(registers::translation_control()) != 0
}

/// Points TTBR1_EL1 of this CPU to `root`, whose tables have the format of DS as `large` says, and TTBR0_EL1 to an empty table.
///
/// # Safety
///
/// The CPU has the 64K granule, and where `large` FEAT_LPA2. The tables at `root` map all that the kernel has mapped as the
/// kernel's do, and stay while TTBR1_EL1 points to them. A CPU may read ahead in [`page`].
pub unsafe fn change(root: PhysicalAddress, large: bool) {
    let code = Descriptor::leaf(
        GEOMETRY,
        Level::L3,
        PhysicalAddress(page().start),
        LeafAttributes {
            permission: AccessPermission::PrivilegedReadOnly,
            privileged_execute_never: false,
            ..LeafAttributes::KERNEL_DATA
        },
    );
    // Every CPU that comes here writes the same.
    TABLE.cells()[ENTRY as usize].store(code.0, Relaxed);
    let offset = GEOMETRY.offset(Level::L3, image::physical(&raw const change_format_alias).0);
    let alias = ENTRY * GEOMETRY.page_size() + offset;
    let (before, system) = (registers::translation_control(), registers::system_control());
    let here = (TCR_EL1::TG0::KiB_64 + TCR_EL1::T0SZ.val(GEOMETRY.size_field()) + TCR_EL1::EPD0::CLEAR)
        .modify(before);
    let now = TCR_EL1::EPD1::SET.modify(here);
    let there = TCR_DS.val(large.into()).modify(here);
    let then = TCR_EL1::EPD1::SET.modify(there);
    let after = TCR_DS.val(large.into()).modify(before);
    // SAFETY: TTBR0 maps nothing of the kernel; while its size changes, EPD0 keeps walks out. The table of 64K is the image's.
    unsafe {
        set_regime(TCR_EL1::EPD0::SET.modify(before), system);
        set_user_root(image::physical(core::ptr::from_ref(&TABLE).cast()), Asid(0));
        set_regime(here, system);
    }
    // SAFETY: the code lies in the page that TTBR0 maps now, and comes back to TTBR1's range after that is as it was, as the
    // caller says. It uses no stack.
    unsafe {
        asm!(
            "blr {change}",
            change = in(reg) &raw const change_format,
            in("x0") alias,
            in("x1") now,
            in("x2") root.0,
            in("x3") then,
            in("x4") there,
            out("x9") _,
            out("x30") _,
            options(nostack)
        );
    }
    // SAFETY: as before.
    unsafe {
        set_regime(TCR_EL1::EPD0::SET.modify(there), system);
        set_user_root(image::empty_root(), Asid(0));
        set_regime(after, system);
    }
}

/// Puts this CPU back to the kernel's own tables, if it has others.
pub fn restore() {
    if is_large() {
        // SAFETY: the CPU has come here by `change`; the tables are the kernel's own.
        unsafe { change(image::root(), false) };
    }
}
