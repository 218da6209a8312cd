//! Trees that are larger, deeper or emptier than any real one.

use super::message;
use crate::device_tree::Platform;
extern crate std;
use std::{format, vec::Vec};

/// A tree written by hand, for the sizes that no fixture has.
#[derive(Default)]
pub(super) struct Writer {
    structure: Vec<u8>,
    strings: Vec<u8>,
}

impl Writer {
    fn words(&mut self, words: &[u32]) {
        self.structure.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.structure.extend(bytes);
        self.structure.resize(self.structure.len().next_multiple_of(4), 0);
    }

    pub(super) fn begin(&mut self, name: &str) {
        self.words(&[1]);
        self.bytes(format!("{name}\0").as_bytes());
    }

    pub(super) fn property(&mut self, name: &str, value: &[u8]) {
        let name_offset = u32::try_from(self.strings.len()).unwrap();
        self.strings.extend(format!("{name}\0").as_bytes());
        self.words(&[3, u32::try_from(value.len()).unwrap(), name_offset]);
        self.bytes(value);
    }

    pub(super) fn end(&mut self) {
        self.words(&[2]);
    }

    pub(super) fn blob(mut self) -> Vec<u8> {
        self.words(&[9]);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap();
        let (structure, strings) = (length(&self.structure), length(&self.strings));
        let total = 56 + structure + strings;
        let header = [0xd00d_feed, total, 56, 56 + structure, 40, 17, 16, 0, strings, structure, 0, 0, 0, 0];
        let mut blob: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
        blob.extend(self.structure);
        blob.extend(self.strings);
        blob
    }

    /// A root with `cpus` CPUs and `ranges` ranges of memory, still open.
    pub(super) fn machine(cpus: u8, ranges: u8) -> Self {
        let mut tree = Self::default();
        tree.begin("");
        tree.begin("memory");
        let memory = (0..ranges).flat_map(|index| [0, 0, index, 0, 0, 0, 0, 0, 0, 0, 0x10, 0]);
        tree.property("reg", &memory.collect::<Vec<u8>>());
        tree.end();
        tree.begin("cpus");
        tree.property("#address-cells", &1_u32.to_be_bytes());
        tree.property("#size-cells", &0_u32.to_be_bytes());
        for cpu in 0..cpus {
            tree.begin(&format!("cpu@{cpu:x}"));
            tree.property("reg", &u32::from(cpu).to_be_bytes());
            tree.end();
        }
        tree.end();
        tree
    }
}

#[test]
fn holds_sixty_four_cpus_and_counts_the_others() {
    for (cpus, held, left_out) in [(1, 1, 0), (64, 64, 0), (70, 64, 6)] {
        let mut tree = Writer::machine(cpus, 1);
        tree.end();
        let blob = tree.blob();
        let platform = Platform::parse(&blob).unwrap();
        assert_eq!((platform.cpus.len(), platform.cpus.left_out), (held, left_out));
        assert_eq!((platform.console, platform.timer), (None, None));
    }
    let mut tree = Writer::machine(0, 1);
    tree.end();
    assert_eq!(message(&tree.blob()), "device tree: no CPU node below /cpus");
}

#[test]
fn memory_in_more_ranges_than_fit_is_left_out_and_counted() {
    for (ranges, held) in [(32, 32), (33, 32), (200, 32)] {
        let mut tree = Writer::machine(1, ranges);
        tree.end();
        let memory = Platform::parse(&tree.blob()).unwrap().memory;
        let left_out = (u64::from(ranges) - held) * 0x1000;
        assert_eq!((memory.len() as u64, memory.left_out()), (held, left_out), "{ranges} ranges");
    }
    let mut tree = Writer::machine(1, 0);
    tree.end();
    assert_eq!(message(&tree.blob()), "device tree: no memory node with a range");
}

#[test]
fn many_reservations_cost_the_smallest_pieces_alone() {
    let mut tree = Writer::machine(1, 0);
    let cells = |numbers: &[u32]| numbers.iter().flat_map(|cell| cell.to_be_bytes()).collect::<Vec<u8>>();
    tree.begin("memory@40000000");
    tree.property("device_type", b"memory\0");
    tree.property("reg", &cells(&[0, 0x4000_0000, 0x4000_0000]));
    tree.end();
    tree.begin("reserved-memory");
    tree.property("#address-cells", &cells(&[2]));
    tree.property("#size-cells", &cells(&[1]));
    tree.property("ranges", &[]);
    // Each leaves a piece of 64 KiB below it, and no CPU may look at any of them.
    let reserved = |index: u32| 0x5001_0000 + index * 0x2_0000;
    for index in 0..40 {
        tree.begin(&format!("secure@{:x}", reserved(index)));
        tree.property("reg", &cells(&[0, reserved(index), 0x1_0000]));
        tree.property("no-map", &[]);
        tree.end();
    }
    tree.end();
    tree.end();
    let memory = Platform::parse(&tree.blob()).unwrap().memory;
    assert_eq!((memory.len(), memory.left_out()), (32, 9 * 0x1_0000));
    assert!((0..40).all(|index| !memory.iter().any(|range| range.contains(reserved(index).into()))));
    assert!(memory.iter().any(|range| range.contains(0x7fff_ffff)));
    assert!(memory.iter().any(|range| range.contains(0x4000_0000)));
}

#[test]
fn memory_that_is_reserved_to_the_last_byte_is_an_error() {
    let cells = |numbers: &[u32]| numbers.iter().flat_map(|cell| cell.to_be_bytes()).collect::<Vec<u8>>();
    for (reserved, refused) in [(0x1000, true), (0xfff, false)] {
        let mut tree = Writer::machine(1, 1);
        tree.begin("reserved-memory");
        tree.property("#address-cells", &cells(&[1]));
        tree.property("#size-cells", &cells(&[1]));
        tree.begin("all@0");
        tree.property("reg", &cells(&[0, reserved]));
        tree.end();
        tree.end();
        tree.end();
        let blob = tree.blob();
        if refused {
            assert_eq!(message(&blob), "device tree: all 0x1000 bytes of memory are reserved");
        } else {
            assert_eq!(Platform::parse(&blob).unwrap().memory.total(), 1);
        }
    }
}

#[test]
fn a_tree_too_deep_is_an_error() {
    for (depth, accepted) in [(16, true), (17, false)] {
        let mut tree = Writer::machine(1, 1);
        for _ in 0..depth {
            tree.begin("bus");
        }
        for _ in 0..=depth {
            tree.end();
        }
        assert_eq!(Platform::parse(&tree.blob()).is_ok(), accepted, "{depth} levels");
    }
}

#[test]
fn what_lies_on_an_unusable_bus_is_not_there() {
    for (status, found) in [("okay", true), ("disabled", false)] {
        let mut tree = Writer::machine(1, 1);
        tree.begin("firmware");
        tree.property("status", format!("{status}\0").as_bytes());
        tree.begin("psci");
        tree.property("compatible", b"arm,psci-1.0\0");
        tree.property("method", b"hvc\0");
        tree.end();
        tree.end();
        tree.end();
        assert_eq!(Platform::parse(&tree.blob()).unwrap().psci.is_some(), found, "{status}");
    }
}
