use super::{
    BaseError, Dirtied, DirtyBitmap, Entry, EntryError, OutOfRange, Producer, Size, WriteFault,
    base_register, harvest,
};
use crate::address::{IntermediatePhysicalAddress, PhysicalAddress, Vmid};
use crate::descriptor::Descriptor;
use crate::geometry::{Geometry, Granule, Level};
use crate::operations::{Stage2Place, stage_2};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
extern crate std;
use std::{vec, vec::Vec};

const FOUR: Geometry = Geometry::SIZE_4K;

fn dirtied(address: u64, level: Level) -> Dirtied {
    Dirtied { address: IntermediatePhysicalAddress(address), level, non_secure: false }
}

fn cells(words: &[u64]) -> Vec<AtomicU64> {
    words.iter().copied().map(AtomicU64::new).collect()
}

fn told(words: &[u64], producer: u64) -> (Vec<Dirtied>, super::Harvest) {
    let mut seen = vec![];
    let found = harvest(&cells(words), Producer(producer), FOUR, |one| seen.push(one));
    assert_eq!(seen.len(), found.entries);
    (seen, found)
}

#[test]
fn an_entry_names_address_level_and_space() {
    let decode = |word| Entry(word).decode(FOUR);
    assert_eq!(decode(0x00f0_1234_5000_0007), Ok(Some(dirtied(0x00f0_1234_5000_0000, Level::L3))));
    assert_eq!(decode(0x4020_0005), Ok(Some(dirtied(0x4020_0000, Level::L2))));
    assert_eq!(decode(0x4000_0003), Ok(Some(dirtied(0x4000_0000, Level::L1))));
    let secure = Dirtied { non_secure: true, ..dirtied(0x1000, Level::L3) };
    assert_eq!(decode(0x1807), Ok(Some(secure)));
    // What is RES0 says nothing.
    assert_eq!(decode(0xff00_0000_0000_17f7), Ok(Some(dirtied(0x1000, Level::L3))));
    assert_eq!(decode(0x1006), Ok(None));
}

#[test]
fn an_entry_that_fits_no_leaf_is_an_error() {
    for level in [0b000, 0b100, 0b101, 0b110, 0b111] {
        let entry = Entry(0x8000_0000_0001 | level << 1);
        assert_eq!(entry.decode(FOUR), Err(EntryError::Level(entry)), "{level:#b}");
    }
    let within = Entry(0x4020_1005);
    assert_eq!(within.decode(FOUR), Err(EntryError::Misaligned(within)));
    let sixteen = Geometry::new(Granule::Size16K, 48, 48, false).expect("sizes of the granule");
    assert_eq!(Entry(0x5007).decode(sixteen), Err(EntryError::Misaligned(Entry(0x5007))));
    assert_eq!(Entry(0x4007).decode(sixteen), Ok(Some(dirtied(0x4000, Level::L3))));
    let wide = Geometry::new(Granule::Size4K, 52, 52, true).expect("sizes of the granule");
    assert_eq!(Entry(1 << 51 | 1).decode(wide), Ok(Some(dirtied(1 << 51, Level::L0))));
}

#[test]
fn the_registers_have_their_fields() {
    assert_eq!(Producer(0xffff_ffff_fff8_0005 & !(0b11_1111 << 26)).index(), 5);
    assert_eq!(Producer(7).fault(), None);
    for (code, fault) in [
        (0b01_0000, WriteFault::ExternalAbort),
        (0b10_1000, WriteFault::GranuleProtection),
        (0b11_1111, WriteFault::Reserved(0b11_1111)),
    ] {
        assert_eq!(Producer(code << 26 | 3).fault(), Some(fault));
        assert_eq!(Producer(code << 26 | 3).index(), 3);
    }
    let size = Size::new(2).expect("16KB");
    assert_eq!((size.bytes(), size.entries()), (16384, 2048));
    assert_eq!(Producer(Size::LARGEST.entries() as u64).index(), Size::LARGEST.entries());
    assert_eq!(Size::new(10), None);
    assert_eq!(base_register(PhysicalAddress(0x8000_4000), size), Ok(0x8000_4002));
    let within = PhysicalAddress(0x8000_2000);
    assert_eq!(base_register(within, size), Err(BaseError::Misaligned(within, size)));
    assert_eq!(base_register(within, Size::SMALLEST), Ok(0x8000_2000));
    let high = PhysicalAddress(1 << 56);
    assert_eq!(base_register(high, size), Err(BaseError::TooHigh(high)));
}

#[test]
fn what_is_written_is_told_and_nothing_beyond() {
    let words = [0x1007, 0, 0x2007, 0x3007];
    let (seen, found) = told(&words, 3);
    assert_eq!(seen, [dirtied(0x1000, Level::L3), dirtied(0x2000, Level::L3)]);
    assert!(found.is_complete() && !found.full);
    let (seen, found) = told(&words, 4);
    assert!(seen.len() == 3 && found.full && found.is_complete());
    let (seen, found) = told(&words, 0);
    assert!(seen.is_empty() && !found.full && found.is_complete());
    assert!(told(&words, 0x7_ffff).1.full, "an index beyond the end reads no further");
}

#[test]
fn what_was_lost_is_said() {
    let (seen, found) = told(&[0x1007, 0x2007], 0b01_0000 << 26 | 1);
    assert_eq!((seen.len(), found.fault, found.is_complete()), (1, Some(WriteFault::ExternalAbort), false));
    let (seen, found) = told(&[0x1007, 0x9, 0x1005, 0x2007], 4);
    assert_eq!((seen.len(), found.malformed), (2, Some(EntryError::Level(Entry(9)))));
    assert!(!found.is_complete());
}

#[test]
fn a_block_is_all_of_its_pages() {
    let words = cells(&[0; 9]);
    let bitmap = DirtyBitmap::new(&words, IntermediatePhysicalAddress(0x4000_0000), FOUR);
    assert_eq!(bitmap.mark(dirtied(0x4000_3000, Level::L3)), Ok(()));
    assert_eq!((bitmap.pages(), bitmap.is_marked(3), bitmap.is_marked(2)), (1, true, false));
    assert_eq!(bitmap.mark(dirtied(0x4000_0000, Level::L2)), Ok(()));
    assert_eq!((bitmap.pages(), bitmap.is_marked(511), bitmap.is_marked(512)), (512, true, false));
    for outside in [dirtied(0x3fff_f000, Level::L3), dirtied(0x4024_0000, Level::L3)] {
        assert_eq!(bitmap.mark(outside), Err(OutOfRange(outside)));
    }
    let half = dirtied(0x4020_0000, Level::L2);
    assert_eq!(bitmap.mark(half), Err(OutOfRange(half)));
    assert_eq!(bitmap.pages(), 9 * 64, "what is inside is marked");
    assert!(!bitmap.is_marked(9 * 64));
}

/// A PE that writes to pages of a guest, as the architecture's pseudocode does (Arm ARM J1.1.4: S2Translate, AppendToHDBSS):
/// the entry first, then the descriptor, if it is still what was read.
struct Pe {
    structure: Vec<AtomicU64>,
    index: u64,
}

impl Pe {
    /// Writes to a page; returns whether the write landed, or took a Permission fault for want of room. `before_swap` is
    /// what another agent does between the two updates.
    fn write(&mut self, leaf: &AtomicU64, address: u64, before_swap: &dyn Fn()) -> bool {
        let found = leaf.load(Relaxed);
        if stage_2::is_dirty(Descriptor(found)) {
            return true;
        }
        let Some(entry) = self.structure.get(usize::try_from(self.index).expect("19 bits")) else {
            return false;
        };
        entry.store(address | 0b0111, Relaxed);
        self.index += 1;
        before_swap();
        if leaf.compare_exchange(found, found | 1 << 7, Relaxed, Relaxed).is_err() {
            return self.write(leaf, address, &|| ());
        }
        true
    }
}

#[test]
fn each_page_that_is_written_is_harvested_once_and_a_full_structure_loses_nothing() {
    const PAGES: u64 = 64;
    const CLEAN: u64 = 0x77f & !(1 << 7) | 1 << 51;
    let leaves: Vec<_> = (0..PAGES).map(|page| AtomicU64::new(page << 12 | CLEAN)).collect();
    let mut pe = Pe { structure: cells(&[0; 8]), index: 0 };
    let place = |address| Stage2Place { address, vmid: Vmid(1), level: Level::L3, geometry: FOUR };
    let mut random = 0x5eed_u64;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let (mut overflows, mut repeated) = (0, 0);
    for _ in 0..1000 {
        let mut written = vec![false; leaves.len()];
        let words = cells(&[0]);
        let log = DirtyBitmap::new(&words, IntermediatePhysicalAddress(0), FOUR);
        for _ in 0..next(24) {
            let page = next(PAGES);
            let leaf = &leaves[usize::try_from(page).expect("a few")];
            let ages = next(4) == 0;
            let lands = pe.write(leaf, page << 12, &|| {
                // Aged between the entry and the swap, which then fails: an entry for nothing, and another.
                if ages {
                    leaf.fetch_xor(1 << 10, Relaxed);
                }
            });
            if !lands {
                // The Permission fault with HDBSSF: the handler grants the write and marks the page itself.
                overflows += 1;
                let write = stage_2::Permissions { write: true, ..stage_2::Permissions::READ };
                let address = IntermediatePhysicalAddress(page << 12);
                let _ = stage_2::relax(leaf, write, place(address), |_| ());
                log.mark(dirtied(page << 12, Level::L3)).expect("a page of the guest");
            }
            written[usize::try_from(page).expect("a few")] = true;
        }
        let index = pe.index;
        let found = harvest(&pe.structure, Producer(index), FOUR, |one| log.mark(one).expect("of the guest"));
        assert!(found.is_complete() && found.full == (index >= 8));
        repeated += usize::from(found.entries as u64 > log.pages());
        pe.index = Producer::EMPTY.0;
        for (page, leaf) in leaves.iter().enumerate() {
            let address = IntermediatePhysicalAddress((page as u64) << 12);
            let is_marked = log.is_marked(page);
            assert_eq!(is_marked, written[page], "page {page}");
            let change = stage_2::make_clean(leaf, place(address));
            assert_eq!(stage_2::is_dirty(change.found), is_marked, "the descriptor says the same");
        }
    }
    assert!(overflows > 100 && repeated > 100, "{overflows} overflows, {repeated} entries for nothing");
}
