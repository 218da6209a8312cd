use super::{
    AccessPermission, Decoded, Descriptor, Difference, LeafAttributes, Level, MemoryType, TableAttributes,
};
use crate::address::PhysicalAddress;
extern crate std;
use std::{format, string::ToString};

const USER_PAGE: LeafAttributes = LeafAttributes {
    permission: AccessPermission::ReadOnly,
    not_global: true,
    dirty_bit_modifier: true,
    software: 0b0001,
    ..LeafAttributes::KERNEL_DATA
};

#[test]
fn leaf_survives_a_round_trip_at_each_level() {
    for (level, output) in [(Level::L1, 0x8000_0000), (Level::L2, 0x8020_0000), (Level::L3, 0x8020_3000)] {
        let output = PhysicalAddress(output);
        let descriptor = Descriptor::leaf(level, output, USER_PAGE);
        assert_eq!(descriptor.decode(level), Decoded::Leaf { output, attributes: USER_PAGE });
    }
}

#[test]
fn table_survives_a_round_trip_and_is_no_leaf() {
    let attributes =
        TableAttributes { read_only: true, privileged_execute_never: true, ..TableAttributes::NONE };
    let next = PhysicalAddress(0x4567_8000);
    let descriptor = Descriptor::table(next, attributes);
    assert_eq!(descriptor.decode(Level::L2), Decoded::Table { next, attributes });
    assert_ne!(descriptor.decode(Level::L3), Decoded::Table { next, attributes });
}

#[test]
fn reserved_encodings_are_invalid() {
    let block = Descriptor::leaf(Level::L2, PhysicalAddress(0x8020_0000), USER_PAGE);
    assert_eq!(block.decode(Level::L0), Decoded::Invalid);
    assert_eq!(block.decode(Level::L3), Decoded::Invalid);
    assert_eq!(Descriptor::INVALID.decode(Level::L1), Decoded::Invalid);
    assert_eq!(Descriptor::leaf(Level::L0, PhysicalAddress(0), USER_PAGE), Descriptor::INVALID);
}

#[test]
fn a_block_drops_the_low_bits_of_its_output() {
    let block = Descriptor::leaf(Level::L2, PhysicalAddress(0x8021_f000), USER_PAGE);
    assert_eq!(block.output(Level::L2), PhysicalAddress(0x8020_0000));
}

#[test]
fn states_have_the_names_of_the_reference() {
    let base = Descriptor(Descriptor::VALID);
    let (w, d, ro) = (Descriptor::DBM, Descriptor::SOFTWARE_DIRTY, Descriptor::AP2);
    // (bits, dirty, writable-clean, legal)
    let table = [
        (ro, false, false, true),
        (w | ro, false, true, true),
        (d | ro, true, false, true),
        (w, true, false, true),
        (w | d, true, false, true),
        (w | d | ro, true, true, false),
        (0, false, false, false),
        (d, true, false, false),
    ];
    for (bits, dirty, clean, legal) in table {
        for young in [0, Descriptor::AF] {
            let descriptor = base.with(bits | young);
            assert_eq!(descriptor.is_dirty(), dirty, "{descriptor}");
            assert_eq!(descriptor.is_writable_clean(), clean, "{descriptor}");
            assert_eq!(descriptor.is_legal_state(), legal, "{descriptor}");
            assert_eq!(descriptor.is_young(), young != 0, "{descriptor}");
        }
    }
}

#[test]
fn shows_flags_by_name() {
    let descriptor = Descriptor::leaf(Level::L3, PhysicalAddress(0x4400_1000), USER_PAGE);
    assert!(descriptor.to_string().ends_with("(W·D·AF·RO·user·nG·PXN·UXN)"), "{descriptor}");
    assert_eq!(Descriptor::INVALID.to_string(), "0x0000000000000000 (invalid none)");
}

#[test]
fn shows_a_difference_by_name() {
    let from = Descriptor(Descriptor::VALID | Descriptor::AP2);
    let to = Descriptor(Descriptor::VALID | Descriptor::AF);
    assert_eq!(format!("{}", Difference { from, to }), "+AF -RO");
    assert_eq!(format!("{}", Difference { from, to: from }), "equal");
    assert_eq!(format!("{}", Difference { from, to: from.with(1 << 44) }), "+bit44");
}

#[test]
fn mair_has_each_type_in_its_place() {
    assert_eq!(MemoryType::mair(true), 0x0000_0000_f044_04ff);
    assert_eq!(MemoryType::mair(false), 0x0000_0000_ff44_04ff);
}
