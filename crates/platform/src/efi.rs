//! The map of the memory that a UEFI hands over (UEFI Specification 2.10, 7.2).

use crate::device_tree::{PhysicalRange, PhysicalRanges};

/// Bytes of a descriptor, as far as they are read.
const DESCRIPTOR: usize = 40;
/// Bytes of a page in descriptors, whatever the granule.
const PAGE_SIZE: u64 = 4096;
/// The types of memory that are nobody's once the boot services are left: the loader's code and data, the boot
/// services' code and data, and what was free before.
const FREE: [u64; 5] = [1, 2, 3, 4, 7];
/// `EFI_MEMORY_WB`: it can be mapped as Write-Back.
const WRITE_BACK: u64 = 1 << 3;

/// Returns the memory that is free, from a map whose descriptors stand `stride` bytes apart.
#[must_use]
pub fn free_memory(map: &[u8], stride: usize) -> PhysicalRanges {
    cacheable_memory(map, stride, |kind| FREE.contains(&kind))
}

/// Returns all that is memory, whoever uses it: what a table of the firmware's may stand in.
#[must_use]
pub fn all_memory(map: &[u8], stride: usize) -> PhysicalRanges {
    cacheable_memory(map, stride, |_| true)
}

/// Returns the memory of some types that can be mapped as Write-Back.
fn cacheable_memory(map: &[u8], stride: usize, is_wanted: impl Fn(u64) -> bool) -> PhysicalRanges {
    let mut memory = PhysicalRanges::default();
    if stride < DESCRIPTOR {
        return memory;
    }
    for descriptor in map.chunks_exact(stride) {
        let word = |offset: usize| {
            let bytes = descriptor[offset..offset + 8].as_chunks::<8>().0;
            bytes.first().map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        // The type has 32 bits, and padding follows it.
        let kind = word(0) & u64::from(u32::MAX);
        let (start, pages, attributes) = (word(8), word(24), word(32));
        if is_wanted(kind) && attributes & WRITE_BACK != 0 {
            memory.add(PhysicalRange::saturating(start, pages.saturating_mul(PAGE_SIZE)));
        }
    }
    memory
}

#[cfg(test)]
mod tests {
    use super::{all_memory, free_memory};
    extern crate std;
    use std::vec::Vec;

    fn descriptor(kind: u32, start: u64, pages: u64, attributes: u64) -> Vec<u8> {
        let mut bytes = Vec::from(u64::from(kind).to_le_bytes());
        bytes.extend([start, 0, pages, attributes, 0].map(u64::to_le_bytes).concat());
        bytes
    }

    #[test]
    fn takes_what_is_free_and_write_back() {
        let map = [
            descriptor(7, 0x4000_0000, 0x100, 0xf),
            descriptor(4, 0x4010_0000, 0x100, 0x8),
            descriptor(0, 0x4020_0000, 0x100, 0xf), // reserved
            descriptor(5, 0x4030_0000, 0x100, 0x8000_0000_0000_000f), // the runtime's code
            descriptor(9, 0x4040_0000, 0x100, 0xf), // ACPI's tables
            descriptor(11, 0x900_0000, 1, 1),       // registers
            descriptor(7, 0x5000_0000, 1, 1),       // not cacheable
            descriptor(2, 0x6000_0000, u64::MAX, 8),
        ]
        .concat();
        let memory = free_memory(&map, 48);
        let pairs: Vec<_> = memory.iter().map(|range| (range.start, range.end)).collect();
        assert_eq!(pairs, [(0x4000_0000, 0x4020_0000), (0x6000_0000, u64::MAX)]);
        let pairs: Vec<_> = all_memory(&map, 48).iter().map(|range| (range.start, range.end)).collect();
        assert_eq!(pairs, [(0x4000_0000, 0x4050_0000), (0x6000_0000, u64::MAX)]);
        // A last descriptor that is cut, and descriptors that nothing can stand in.
        assert_eq!(free_memory(&map[..100], 48).len(), 1);
        assert!(free_memory(&map, 32).is_empty() && free_memory(&map, 0).is_empty());
    }
}
