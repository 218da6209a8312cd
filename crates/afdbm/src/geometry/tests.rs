use super::{Geometry, Granule, Level};
use crate::address::PhysicalAddress;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

fn geometry(granule: Granule, input_bits: u8, wide: bool) -> Geometry {
    let most = if wide { 52 } else { 48 };
    Geometry::new(granule, input_bits, most, wide).expect("sizes of the granule")
}

#[test]
fn an_entry_spans_what_its_level_says() {
    let sizes = |granule| {
        [Level::L0, Level::L1, Level::L2, Level::L3].map(|at| geometry(granule, 48, false).size(at))
    };
    assert_eq!(sizes(Granule::Size4K), [512 * GIB, GIB, 2 * MIB, 4 * KIB]);
    assert_eq!(sizes(Granule::Size16K), [128 * TIB, 64 * GIB, 32 * MIB, 16 * KIB]);
    assert_eq!(sizes(Granule::Size64K)[1..], [4 * TIB, 512 * MIB, 64 * KIB]);
    assert_eq!(geometry(Granule::Size4K, 52, true).size(Level::Minus1), 256 * TIB);
}

#[test]
fn the_start_level_follows_from_the_input_size() {
    for (granule, wide, levels) in [
        (
            Granule::Size4K,
            true,
            &[
                (52, Level::Minus1),
                (49, Level::Minus1),
                (48, Level::L0),
                (40, Level::L0),
                (39, Level::L1),
                (31, Level::L1),
                (30, Level::L2),
                (25, Level::L2),
            ][..],
        ),
        (
            Granule::Size16K,
            true,
            &[
                (52, Level::L0),
                (48, Level::L0),
                (47, Level::L1),
                (37, Level::L1),
                (36, Level::L2),
                (26, Level::L2),
                (25, Level::L3),
            ],
        ),
        (
            Granule::Size64K,
            true,
            &[
                (52, Level::L1),
                (43, Level::L1),
                (42, Level::L2),
                (30, Level::L2),
                (29, Level::L3),
                (25, Level::L3),
            ],
        ),
    ] {
        for &(bits, level) in levels {
            assert_eq!(geometry(granule, bits, wide).start_level(), level, "{granule:?}, {bits} bits");
        }
    }
}

#[test]
fn sizes_that_the_architecture_does_not_have_are_refused() {
    for granule in Granule::ALL {
        for (input, output, wide) in [(24, 48, false), (49, 48, false), (53, 52, true), (48, 31, false)] {
            assert_eq!(Geometry::new(granule, input, output, wide), None);
        }
        assert_eq!(Geometry::new(granule, 48, 49, false), None);
        assert!(
            Geometry::new(granule, 25, 32, false).is_some() && Geometry::new(granule, 52, 52, true).is_some()
        );
    }
    assert_eq!(Geometry::SIZE_4K.with_input_bits(39).map(Geometry::size_field), Some(25));
    assert_eq!(Geometry::SIZE_4K.with_output_bits(52), None);
}

#[test]
fn an_index_takes_the_strides_bits() {
    let address = 0xffff_8123_4567_8abc;
    // Bits 47:39, 38:30, 29:21, 20:12; 47, 46:36, 35:25, 24:14; 47:42, 41:29, 28:16 (Arm ARM D8.2.7 to D8.2.9).
    let index = |granule, level| geometry(granule, 48, false).index(level, address);
    let levels = [Level::L0, Level::L1, Level::L2, Level::L3];
    assert_eq!(levels.map(|at| index(Granule::Size4K, at)), [0x102, 0x08d, 0x02b, 0x078]);
    assert_eq!(levels.map(|at| index(Granule::Size16K, at)), [1, 0x012, 0x1a2, 0x59e]);
    let [_, below @ ..] = levels;
    assert_eq!(below.map(|at| index(Granule::Size64K, at)), [0x20, 0x91a, 0x567]);
    let wide = geometry(Granule::Size4K, 52, true);
    assert_eq!([Level::Minus1, Level::L0].map(|at| wide.index(at, address)), [0xf, 0x102]);
}

#[test]
fn the_first_table_resolves_what_is_left_of_the_input_address() {
    let small = geometry(Granule::Size4K, 33, false);
    assert_eq!((small.start_level(), small.index(Level::L1, u64::MAX)), (Level::L1, 7));
    assert_eq!(small.index(Level::L2, u64::MAX), 511);
}

#[test]
fn blocks_exist_where_the_granule_has_them() {
    let leaves = |granule, wide| Level::ALL.map(|level| geometry(granule, 48, wide).has_leaf(level));
    assert_eq!(leaves(Granule::Size4K, false), [false, false, true, true, true]);
    assert_eq!(leaves(Granule::Size4K, true), [false, true, true, true, true]);
    for granule in [Granule::Size16K, Granule::Size64K] {
        assert_eq!(leaves(granule, false), [false, false, false, true, true]);
        assert_eq!(leaves(granule, true), [false, false, true, true, true]);
    }
}

#[test]
fn contiguous_groups_have_the_sizes_of_the_manual() {
    let group = |granule, level| {
        let geometry = geometry(granule, 48, false);
        geometry.contiguous_entries(level).map(|entries| entries as u64 * geometry.size(level))
    };
    let groups = |granule| Level::ALL.map(|level| group(granule, level));
    assert_eq!(groups(Granule::Size4K), [None, None, Some(16 * GIB), Some(32 * MIB), Some(64 * KIB)]);
    assert_eq!(groups(Granule::Size16K), [None, None, None, Some(GIB), Some(2 * MIB)]);
    assert_eq!(groups(Granule::Size64K), [None, None, None, Some(16 * GIB), Some(2 * MIB)]);
    for granule in Granule::ALL {
        let most =
            Level::ALL.into_iter().filter_map(|level| geometry(granule, 48, false).contiguous_entries(level));
        assert!(most.max() <= Some(Geometry::CONTIGUOUS_ENTRIES_AT_MOST));
    }
}

#[test]
fn addresses_stand_where_the_format_puts_them() {
    let address = PhysicalAddress(0x000b_8123_4567_0000);
    let field = |granule, wide| geometry(granule, 48, wide).encode_address(address);
    assert_eq!(field(Granule::Size4K, false), 0x0000_8123_4567_0000);
    assert_eq!(field(Granule::Size64K, true), 0x0000_8123_4567_b000);
    // DS=1: bits 49:48 stay, bits 51:50 stand in 9:8.
    assert_eq!(field(Granule::Size4K, true), 0x0003_8123_4567_0200);
    for granule in Granule::ALL {
        for wide in [false, true] {
            let geometry = geometry(granule, 48, wide);
            let held = if wide { address } else { PhysicalAddress(address.0 & ((1 << 48) - 1)) };
            let word = geometry.encode_address(held);
            assert_eq!((geometry.table_address(word), word & !geometry.address_field()), (held, 0));
            assert_eq!(geometry.output_address(Level::L2, word), held.align_down(geometry.size(Level::L2)));
            let filled = geometry.table_address(geometry.address_field());
            assert_eq!(geometry.encode_address(filled), geometry.address_field());
            assert_eq!(geometry.has_shareability_field(), geometry.address_field() & 0b11 << 8 == 0);
        }
    }
}

#[test]
fn outputs_are_aligned_and_small_enough() {
    let narrow = Geometry::SIZE_4K.with_output_bits(40).expect("a size of the 4K granule");
    assert!(
        narrow.is_oversized(PhysicalAddress(1 << 40)) && !narrow.is_oversized(PhysicalAddress((1 << 40) - 1))
    );
    assert!(
        narrow.is_output(Level::L2, PhysicalAddress(2 * MIB))
            && !narrow.is_output(Level::L2, PhysicalAddress(MIB))
    );
    assert!(!narrow.is_output(Level::L3, PhysicalAddress(1 << 48)));
    assert!(geometry(Granule::Size4K, 48, true).is_output(Level::L3, PhysicalAddress(1 << 48)));
}

#[test]
fn concatenated_tables_take_a_level_away() {
    let plain = |granule, bits| Geometry::new(granule, bits, 48, false).expect("sizes of the granule");
    // 40 bits: level 0 resolves one bit, or level 1 has two tables.
    let two = plain(Granule::Size4K, 40).with_concatenated_tables().expect("two tables");
    assert_eq!((two.start_level(), two.first_tables()), (Level::L1, 2));
    assert_eq!(two.index(Level::L1, 1023 << 30 | 5 << 21), 1023);
    assert_eq!(two.index(Level::L2, 1023 << 30 | 5 << 21), 5);
    assert_eq!(two.with_concatenated_tables(), None);
    // Sixteen are the most.
    let sixteen = plain(Granule::Size16K, 40).with_concatenated_tables().expect("sixteen tables");
    assert_eq!((sixteen.start_level(), sixteen.first_tables()), (Level::L2, 16));
    assert_eq!(plain(Granule::Size16K, 41).with_concatenated_tables(), None);
    // Level 3 is the last.
    assert_eq!(plain(Granule::Size64K, 29).with_concatenated_tables(), None);
    let unchanged = plain(Granule::Size4K, 39);
    assert_eq!((unchanged.start_level(), unchanged.first_tables()), (Level::L1, 1));
}
