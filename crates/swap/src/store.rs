//! A compressed store in memory: slots of a page each, whose contents share frames.
//!
//! As zram does: a page whose words are all equal takes no memory, one that does not compress takes a frame. A
//! frame holds objects of one size; an empty one goes back to all sizes. So the store never takes more frames than
//! it has slots, whatever the pages are.

use super::encode::{Encoded, PAGE_WORDS, Scratch};
use super::objects::{CLASSES, class_of, objects_of};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Memory for a store. Every word is zero at first.
pub trait Backing {
    /// The two words that belong to a slot.
    fn slot(&self, slot: u32) -> [&AtomicU64; 2];

    /// The two words that belong to a frame.
    fn record(&self, frame: u32) -> [&AtomicU64; 2];

    /// The contents of a frame; `None` where there is no memory for it.
    fn frame(&self, frame: u32) -> Option<&[AtomicU64; PAGE_WORDS]>;
}

/// A slot that is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot(pub u32);

/// What a store holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    /// Slots in use.
    pub slots: u32,
    /// Frames in use.
    pub frames: u32,
    /// The most frames that were in use.
    pub most_frames: u32,
}

/// A word of a slot: nothing kept.
const EMPTY: u64 = 0;
/// A word of a slot: the other is every word of the page.
const SAME: u64 = 1;
/// A word of a slot: the other is frame, index and length.
const OBJECT: u64 = 2;
/// A word of a slot: the same, of a page that is kept as it is.
const RAW: u64 = 3;

/// A list of frames, by index plus 1; 0 ends it.
type Head = u32;

/// The store.
#[derive(Debug)]
pub struct Store<B> {
    backing: B,
    limit: u32,
    untouched_slots: u32,
    free_slots: Head,
    untouched_frames: u32,
    free_frames: Head,
    /// Frames of each class with room in them.
    partial: [Head; CLASSES.len()],
    statistics: Statistics,
}

/// A frame's second word: its class, its neighbours in a list.
#[derive(Clone, Copy)]
struct Links {
    class: usize,
    previous: Head,
    next: Head,
}

impl Links {
    #[allow(clippy::cast_possible_truncation, reason = "28 bits are left")]
    const fn from_word(word: u64) -> Self {
        const MASK: u64 = (1 << 28) - 1;
        Self {
            class: (word >> 56) as usize,
            previous: (word >> 28 & MASK) as Head,
            next: (word & MASK) as Head,
        }
    }

    const fn word(self) -> u64 {
        (self.class as u64) << 56 | (self.previous as u64) << 28 | self.next as u64
    }
}

impl<B: Backing> Store<B> {
    /// Makes an empty store of at most `limit` slots, and as many frames.
    ///
    /// # Panics
    ///
    /// Where `limit` is 2^28 or more.
    pub fn new(backing: B, limit: u32) -> Self {
        assert!(limit < 1 << 28, "{limit} slots");
        Self {
            backing,
            limit,
            untouched_slots: 0,
            free_slots: 0,
            untouched_frames: 0,
            free_frames: 0,
            partial: [0; CLASSES.len()],
            statistics: Statistics::default(),
        }
    }

    /// Returns what the store holds.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Tells whether more than half of the slots are in use (Linux: `vm_swap_full`).
    pub const fn is_half_full(&self) -> bool {
        self.statistics.slots > self.limit / 2
    }

    /// Takes a slot, which holds nothing; `None` when all are in use.
    #[allow(clippy::cast_possible_truncation, reason = "the link was a slot")]
    pub fn take(&mut self) -> Option<Slot> {
        let slot = match self.free_slots {
            0 if self.untouched_slots == self.limit => return None,
            0 => {
                self.untouched_slots += 1;
                self.untouched_slots - 1
            }
            head => {
                let [kind, link] = self.backing.slot(head - 1);
                self.free_slots = link.load(Relaxed) as Head;
                kind.store(EMPTY, Relaxed);
                head - 1
            }
        };
        self.statistics.slots += 1;
        Some(Slot(slot))
    }

    /// Puts a page into a slot, in the place of what it held. Returns whether there was memory for it: without,
    /// the slot holds nothing.
    pub fn put(&mut self, slot: Slot, encoded: Encoded, scratch: &Scratch) -> bool {
        self.empty(slot);
        let (kind, length) = match encoded {
            Encoded::Same(value) => {
                let [kind, word] = self.backing.slot(slot.0);
                word.store(value, Relaxed);
                kind.store(SAME, Relaxed);
                return true;
            }
            Encoded::Compressed(length) => (OBJECT, u32::from(length)),
            Encoded::Raw => (RAW, encoded.bytes()),
        };
        let class = class_of(length);
        let Some((frame, index)) = self.allocate(class) else { return false };
        let start = index as usize * usize::from(CLASSES[class]) / 8;
        let Some(words) = self.backing.frame(frame) else { return false };
        for (word, bytes) in words[start..].iter().zip(scratch.bytes[..length as usize].chunks(8)) {
            let mut value = [0; 8];
            value[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_le_bytes(value), Relaxed);
        }
        let [first, second] = self.backing.slot(slot.0);
        second.store(u64::from(frame) << 32 | u64::from(index) << 16 | u64::from(length), Relaxed);
        first.store(kind, Relaxed);
        true
    }

    /// Copies what a slot holds to `scratch`, to be decoded; `None` where it holds nothing.
    #[allow(clippy::cast_possible_truncation, reason = "the fields are as wide as their types")]
    pub fn fetch(&self, slot: Slot, scratch: &mut Scratch) -> Option<Encoded> {
        let [kind, word] = self.backing.slot(slot.0).map(|word| word.load(Relaxed));
        let encoded = match kind {
            SAME => return Some(Encoded::Same(word)),
            OBJECT => Encoded::Compressed(word as u16),
            RAW => Encoded::Raw,
            _ => return None,
        };
        let (frame, index) = ((word >> 32) as u32, word >> 16 & 0xffff);
        let class = class_of(encoded.bytes());
        let start = index as usize * usize::from(CLASSES[class]) / 8;
        let words = self.backing.frame(frame)?;
        for (bytes, word) in scratch.bytes[..encoded.bytes() as usize].chunks_mut(8).zip(&words[start..]) {
            let value = word.load(Relaxed).to_le_bytes();
            bytes.copy_from_slice(&value[..bytes.len()]);
        }
        Some(encoded)
    }

    /// Gives a slot back, with what it held.
    pub fn release(&mut self, slot: Slot) {
        self.empty(slot);
        let [_, link] = self.backing.slot(slot.0);
        link.store(u64::from(self.free_slots), Relaxed);
        self.free_slots = slot.0 + 1;
        self.statistics.slots -= 1;
    }

    /// Frees what a slot holds.
    #[allow(clippy::cast_possible_truncation, reason = "the fields are as wide as their types")]
    fn empty(&mut self, slot: Slot) {
        let [kind, word] = self.backing.slot(slot.0);
        let (held, word) = (kind.load(Relaxed), word.load(Relaxed));
        kind.store(EMPTY, Relaxed);
        if held == OBJECT || held == RAW {
            self.free((word >> 32) as u32, (word >> 16 & 0xffff) as u32);
        }
    }

    /// Takes room for an object of a class: its frame, its index.
    fn allocate(&mut self, class: usize) -> Option<(u32, u32)> {
        let frame = match self.partial[class] {
            0 => self.take_frame(class)?,
            head => head - 1,
        };
        let [used, _] = self.backing.record(frame);
        let index = used.load(Relaxed).trailing_ones();
        let now = used.load(Relaxed) | 1 << index;
        used.store(now, Relaxed);
        if now.count_ones() == objects_of(class) {
            self.unlink(frame);
        }
        Some((frame, index))
    }

    fn free(&mut self, frame: u32, index: u32) {
        let [used, _] = self.backing.record(frame);
        let before = used.load(Relaxed);
        let now = before & !(1 << index);
        used.store(now, Relaxed);
        let class = self.links(frame).class;
        if before.count_ones() == objects_of(class) {
            self.link(frame, class);
        }
        if now == 0 {
            self.unlink(frame);
            let next = self.free_frames;
            self.set_links(frame, Links { class, previous: 0, next });
            self.free_frames = frame + 1;
            self.statistics.frames -= 1;
        }
    }

    /// Takes a frame without objects, and links it to the frames of a class that have room.
    fn take_frame(&mut self, class: usize) -> Option<u32> {
        let frame = match self.free_frames {
            0 if self.untouched_frames == self.limit => return None,
            0 => {
                self.backing.frame(self.untouched_frames)?;
                self.untouched_frames += 1;
                self.untouched_frames - 1
            }
            head => {
                self.free_frames = self.links(head - 1).next;
                head - 1
            }
        };
        self.statistics.frames += 1;
        self.statistics.most_frames = self.statistics.most_frames.max(self.statistics.frames);
        self.link(frame, class);
        Some(frame)
    }

    fn links(&self, frame: u32) -> Links {
        Links::from_word(self.backing.record(frame)[1].load(Relaxed))
    }

    fn set_links(&self, frame: u32, links: Links) {
        self.backing.record(frame)[1].store(links.word(), Relaxed);
    }

    /// Puts a frame first among those of its class that have room.
    fn link(&mut self, frame: u32, class: usize) {
        let next = self.partial[class];
        self.set_links(frame, Links { class, previous: 0, next });
        if next != 0 {
            self.set_links(next - 1, Links { previous: frame + 1, ..self.links(next - 1) });
        }
        self.partial[class] = frame + 1;
    }

    /// Takes a frame out of the list of its class.
    fn unlink(&mut self, frame: u32) {
        let Links { class, previous, next } = self.links(frame);
        match previous {
            0 => self.partial[class] = next,
            previous => self.set_links(previous - 1, Links { next, ..self.links(previous - 1) }),
        }
        if next != 0 {
            self.set_links(next - 1, Links { previous, ..self.links(next - 1) });
        }
    }
}

#[cfg(test)]
mod tests;
