use super::{
    AccessPermission, Decoded, Descriptor, Difference, LeafAttributes, Level, MemoryType, TableAttributes,
};
use crate::address::PhysicalAddress;
use crate::geometry::{Geometry, Granule};
use crate::stage::Stage;
extern crate std;
use std::{format, string::ToString};

const GEOMETRY: Geometry = Geometry::SIZE_4K;
const RO: u64 = Stage::One.dirty_bit().clean();

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
        let descriptor = Descriptor::leaf(GEOMETRY, level, output, USER_PAGE);
        assert_eq!(descriptor.decode(GEOMETRY, level), Decoded::Leaf { output });
        assert_eq!(LeafAttributes::from_descriptor(descriptor), USER_PAGE);
    }
}

#[test]
fn table_survives_a_round_trip_and_is_no_leaf() {
    let attributes =
        TableAttributes { read_only: true, privileged_execute_never: true, ..TableAttributes::NONE };
    let next = PhysicalAddress(0x4567_8000);
    let descriptor = Descriptor::table(GEOMETRY, next, attributes);
    assert_eq!(descriptor.decode(GEOMETRY, Level::L2), Decoded::Table { next });
    assert_eq!(TableAttributes::from_descriptor(descriptor), attributes);
    assert_eq!(descriptor.decode(GEOMETRY, Level::L3), Decoded::Leaf { output: next });
}

#[test]
fn reserved_encodings_are_invalid() {
    let block = Descriptor::leaf(GEOMETRY, Level::L2, PhysicalAddress(0x8020_0000), USER_PAGE);
    assert_eq!(block.decode(GEOMETRY, Level::L0), Decoded::Invalid);
    assert_eq!(block.decode(GEOMETRY, Level::L3), Decoded::Invalid);
    assert_eq!(Descriptor::INVALID.decode(GEOMETRY, Level::L1), Decoded::Invalid);
    assert_eq!(Descriptor::leaf(GEOMETRY, Level::L0, PhysicalAddress(0), USER_PAGE), Descriptor::INVALID);
}

#[test]
fn a_block_drops_the_low_bits_of_its_output() {
    let block = Descriptor::leaf(GEOMETRY, Level::L2, PhysicalAddress(0x8021_f000), USER_PAGE);
    assert_eq!(block.output(GEOMETRY, Level::L2), PhysicalAddress(0x8020_0000));
}

#[test]
fn an_address_of_52_bits_takes_the_place_of_the_shareability() {
    let wide = Geometry::new(Granule::Size4K, 52, 52, true).expect("sizes of FEAT_LPA2");
    let output = PhysicalAddress(0xc_0000_8020_3000);
    let page = Descriptor::leaf(wide, Level::L3, output, USER_PAGE);
    assert_eq!(page.decode(wide, Level::L3), Decoded::Leaf { output });
    assert_eq!(page.0 & Descriptor::SHAREABILITY, 0b11 << 8);
    let low = page.with_address(wide, PhysicalAddress(0x1000));
    assert_eq!((low.output(wide, Level::L3), low.0 & Descriptor::SHAREABILITY), (PhysicalAddress(0x1000), 0));
}

#[test]
fn states_have_the_names_of_the_reference() {
    let base = Descriptor(Descriptor::VALID);
    let (w, d, ro) = (Descriptor::DBM, Descriptor::SOFTWARE_DIRTY, RO);
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
            assert!(Stage::One.with_clean(descriptor).is_read_only(), "{descriptor}");
            assert!(!Stage::One.with_dirty(descriptor).is_read_only(), "{descriptor}");
        }
    }
}

#[test]
fn shows_flags_by_name() {
    let descriptor = Descriptor::leaf(GEOMETRY, Level::L3, PhysicalAddress(0x4400_1000), USER_PAGE);
    assert!(descriptor.to_string().ends_with("(W·D·AF·RO·user·nG·PXN·UXN)"), "{descriptor}");
    assert_eq!(Descriptor::INVALID.to_string(), "0x0000000000000000 (invalid none)");
}

#[test]
fn shows_a_difference_by_name() {
    let from = Descriptor(Descriptor::VALID | RO);
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
