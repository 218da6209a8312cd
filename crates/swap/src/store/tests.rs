use super::{Backing, Slot, Store};
use crate::{Encoded, PAGE_WORDS, Pattern, Scratch};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
extern crate std;
use std::{boxed::Box, vec::Vec};

const LIMIT: u32 = 40;

struct Memory {
    slots: Vec<[AtomicU64; 2]>,
    records: Vec<[AtomicU64; 2]>,
    frames: Vec<Box<[AtomicU64; PAGE_WORDS]>>,
}

impl Memory {
    fn new() -> Self {
        let pairs = || (0..LIMIT).map(|_| [const { AtomicU64::new(0) }; 2]).collect();
        let frames = (0..LIMIT).map(|_| page(|_| 0)).collect();
        Self { slots: pairs(), records: pairs(), frames }
    }
}

impl Backing for Memory {
    fn slot(&self, slot: u32) -> [&AtomicU64; 2] {
        self.slots[slot as usize].each_ref()
    }

    fn record(&self, frame: u32) -> [&AtomicU64; 2] {
        self.records[frame as usize].each_ref()
    }

    fn frame(&self, frame: u32) -> Option<&[AtomicU64; PAGE_WORDS]> {
        self.frames.get(frame as usize).map(|frame| &**frame)
    }
}

fn page(word: impl Fn(u64) -> u64) -> Box<[AtomicU64; PAGE_WORDS]> {
    let mut index = 0;
    Box::new([(); PAGE_WORDS].map(|()| {
        index += 1;
        AtomicU64::new(word(index - 1))
    }))
}

/// A page of random words for `random` of its words, and zeroes.
fn mixed(seed: u64, random: u64) -> Box<[AtomicU64; PAGE_WORDS]> {
    page(|index| if index < random { Pattern::new(seed + index).base(1) } else { 0 })
}

fn values(page: &[AtomicU64; PAGE_WORDS]) -> Vec<u64> {
    page.iter().map(|word| word.load(Relaxed)).collect()
}

fn put(store: &mut Store<Memory>, scratch: &mut Scratch, slot: Slot, page: &[AtomicU64; PAGE_WORDS]) -> bool {
    let encoded = scratch.encode(page);
    store.put(slot, encoded, scratch)
}

fn holds(store: &Store<Memory>, scratch: &mut Scratch, slot: Slot, expected: &[AtomicU64; PAGE_WORDS]) {
    let target = page(|_| 7);
    let encoded = store.fetch(slot, scratch).expect("the slot holds a page");
    scratch.decode(encoded, &target).expect("what was put is a page");
    assert_eq!(values(&target), values(expected));
}

#[test]
fn pages_of_every_kind_come_back() {
    let (mut store, mut scratch) = (Store::new(Memory::new(), LIMIT), Scratch::new());
    let pages = [page(|_| 0), page(|_| 9), mixed(1, 1), mixed(2, 100), mixed(3, 200), mixed(4, 512)];
    let slots: Vec<Slot> = pages.iter().map(|_| store.take().unwrap()).collect();
    for (slot, page) in slots.iter().zip(&pages) {
        assert!(put(&mut store, &mut scratch, *slot, page));
    }
    for (slot, page) in slots.iter().zip(&pages) {
        holds(&store, &mut scratch, *slot, page);
    }
}

#[test]
fn equal_words_take_no_memory_and_random_ones_a_frame() {
    let (mut store, mut scratch) = (Store::new(Memory::new(), LIMIT), Scratch::new());
    assert_eq!(scratch.encode(&page(|_| 5)), Encoded::Same(5));
    assert_eq!(scratch.encode(&mixed(1, 512)), Encoded::Raw);
    assert!(matches!(scratch.encode(&mixed(1, 2)), Encoded::Compressed(..64)));
    let slot = store.take().unwrap();
    assert!(put(&mut store, &mut scratch, slot, &page(|_| 5)));
    assert_eq!(store.statistics().frames, 0);
    assert!(put(&mut store, &mut scratch, slot, &mixed(1, 512)));
    assert_eq!(store.statistics().frames, 1);
    assert!(put(&mut store, &mut scratch, slot, &page(|_| 5)));
    assert_eq!((store.statistics().frames, store.statistics().most_frames), (0, 1));
}

#[test]
fn slots_end_and_come_back() {
    let mut store = Store::new(Memory::new(), LIMIT);
    let slots: Vec<Slot> = core::iter::from_fn(|| store.take()).collect();
    assert_eq!(slots.len(), LIMIT as usize);
    assert!(store.is_half_full());
    store.release(slots[3]);
    assert_eq!(store.take(), Some(slots[3]));
    assert_eq!(store.take(), None);
}

#[test]
fn a_slot_that_was_given_back_holds_nothing() {
    let (mut store, mut scratch) = (Store::new(Memory::new(), LIMIT), Scratch::new());
    let slot = store.take().unwrap();
    assert!(put(&mut store, &mut scratch, slot, &mixed(1, 3)));
    store.release(slot);
    let again = store.take().unwrap();
    assert_eq!((again, store.fetch(again, &mut scratch)), (slot, None));
}

#[test]
fn there_is_always_room_for_as_many_pages_as_slots() {
    let (mut store, mut scratch) = (Store::new(Memory::new(), LIMIT), Scratch::new());
    let slots: Vec<Slot> = core::iter::from_fn(|| store.take()).collect();
    // Every page changes its size again and again, so that frames go from class to class.
    let mut held: Vec<_> = slots.iter().map(|_| page(|_| 0)).collect();
    for round in 0..60_u64 {
        for (index, slot) in slots.iter().enumerate() {
            let seed = round * 1000 + index as u64;
            if !seed.is_multiple_of(3) {
                let new = mixed(seed, [0, 1, 5, 20, 60, 120, 250, 512][(seed * 7 / 3 % 8) as usize]);
                assert!(put(&mut store, &mut scratch, *slot, &new), "no room in round {round}");
                held[index] = new;
            }
        }
        if round == 0 {
            continue;
        }
        for (slot, page) in slots.iter().zip(&held) {
            if let Some(encoded) = store.fetch(*slot, &mut scratch) {
                let target = self::page(|_| 7);
                scratch.decode(encoded, &target).unwrap();
                assert_eq!(values(&target), values(page));
            }
        }
    }
    for slot in slots {
        store.release(slot);
    }
    assert_eq!((store.statistics().slots, store.statistics().frames), (0, 0));
}
