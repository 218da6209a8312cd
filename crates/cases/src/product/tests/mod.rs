//! The product, held against an emulator that is written apart from the oracle: as it should be, and with one
//! defect at a time.

extern crate std;

mod calibration;
mod conviction;

mod defect;
mod emulator;
mod execute;
mod gathering;
mod kinds;
mod liberty;
mod marking;
mod meeting;
mod numbering;
mod preparing;
mod rights;
mod sensitivity;
mod tempers;
mod variation;

use super::{Axis, Circumstance, Digit, Row, SecondPage, Slice, access_digit, covering};
use oracle::{AccessKind, Extensions, Family, Features, HardwareManagement, PrivilegedAccessNever};

/// Everything implemented but FEAT_LSE2.
const FEATURES: Features = Features {
    hardware_management: HardwareManagement::AccessFlagAndDirtyState,
    privileged_access_never: PrivilegedAccessNever::Pan3,
    atomics: true,
    read_check_write: true,
    tags: true,
    misaligned_atomics: false,
    user_access_override: true,
    unprivileged_refusal: true,
    cache_before_coherency: true,
    zeroing: true,
    hierarchy_disables: true,
    extensions: Extensions {
        atomics_128: true,
        limited_ordering: true,
        acquire_pc: 3,
        persistence: 2,
        translate_any: true,
        hypervisor: true,
    },
};

/// Every access, those that cross with two second pages (clean and young; read-only and young, for EL0 too where it is a
/// store), as digits.
const FEW_ACCESSES: [u16; 45] = {
    let mut digits = [0; 45];
    let (mut place, mut count) = (0, 0);
    while place < AccessKind::PRODUCT.len() {
        let kind = AccessKind::PRODUCT[place];
        let pages: &[usize] = match kind.family() {
            _ if !kind.is_crossing() => &[0],
            Family::Read => &[3, 7],
            _ => &[3, 2],
        };
        let mut page = 0;
        while page < pages.len() {
            digits[count] = access_digit(kind, SecondPage::CHOSEN[pages[page]]);
            count += 1;
            page += 1;
        }
        place += 1;
    }
    assert!(count == digits.len());
    digits
};

/// Room for gathering what a slice came to.
fn rows() -> std::vec::Vec<Row> {
    std::vec![Row::default(); 1 << 14]
}

/// Leaves, as digits: the valid ones, if Contiguous only those that are not execute-never; and eight invalid ones.
const MOST_LEAVES: [u16; 88] = {
    let mut digits = [0; 88];
    let mut leaf = 0_u16;
    let mut place = 0;
    while leaf < 256 {
        let (valid, execute_never, contiguous) = (leaf & 1 != 0, leaf & 0x60 != 0, leaf & 0x80 != 0);
        let clean_or_writable = (leaf >> 3 & 1) == (leaf >> 4 & 1);
        let taken = match (valid, contiguous) {
            (true, false) => true,
            (true, true) => !execute_never,
            (false, _) => !contiguous && !execute_never && clean_or_writable,
        };
        if taken {
            digits[place] = leaf;
            place += 1;
        }
        leaf += 1;
    }
    assert!(place == digits.len());
    digits
};

/// All circumstances, in which the fast digits turn: a small covering set.
fn small() -> Slice {
    let [_, mut slice] = covering();
    slice.axes[Digit::Circumstance as usize] = Axis::All;
    slice.axes[Digit::Hierarchy as usize] = Axis::One(0);
    slice.axes[Digit::WriteExecuteNever as usize] = Axis::One(0);
    slice.axes[Digit::Table as usize] = Axis::One(0);
    slice.axes[Digit::Access as usize] = Axis::Listed(&FEW_ACCESSES);
    slice.axes[Digit::Leaf as usize] = Axis::Listed(&MOST_LEAVES);
    slice
}

/// The plain part with every control and state of the TLB, HA=HD=1.
fn plain() -> Slice {
    let [mut slice, _] = covering();
    slice.axes[Digit::HardwareAccessFlag as usize] = Axis::One(1);
    slice.axes[Digit::HardwareDirtyState as usize] = Axis::One(1);
    slice.axes[Digit::Access as usize] = Axis::Listed(&FEW_ACCESSES);
    slice.axes[Digit::Leaf as usize] = Axis::Listed(&MOST_LEAVES);
    slice.axes[Digit::Table as usize] = Axis::Listed(&[0, 1, 15]);
    slice.axes[Digit::Tlb as usize] = Axis::All;
    assert_eq!(slice.axes[Digit::Circumstance as usize], Axis::One(Circumstance::Plain as u16));
    slice
}
