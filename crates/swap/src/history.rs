//! The last events of a page, in a few words that several CPUs add to.

use afdbm::descriptor::Descriptor;
use afdbm::stage::Stage;
use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Words that a history takes.
pub const HISTORY_WORDS: usize = 7;
/// Events that it keeps.
const KEPT: u64 = HISTORY_WORDS as u64 - 1;
/// The most repetitions that are counted.
const MOST: u64 = 0xffff;

macro_rules! kinds {
    ($($(#[$documentation:meta])* $kind:ident = $name:literal,)+) => {
        /// What happened to a page.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum EventKind {
            $($(#[$documentation])* $kind,)+
        }

        impl EventKind {
            /// Every kind, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// What the log calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// The page was mapped for the first time, or again as zeroes.
    DemandZero = "mapped zeroes",
    /// The page came back from the store.
    SwapIn = "swapped in",
    /// A read took an Access flag fault, and the routine ran.
    ReadFault = "read fault: Access flag",
    /// A write took an Access flag fault, and the routine ran.
    WriteFault = "write fault: Access flag",
    /// A write took a Permission fault, and the routine ran.
    PermissionFault = "write fault: Permission",
    /// A read had found nothing, but its handler found the page mapped by another CPU, and the routine ran.
    SecondRead = "read fault: Translation, found mapped",
    /// The same for a write.
    SecondWrite = "write fault: Translation, found mapped",
    /// Reclaim cleared the Access flag.
    Aged = "aged",
    /// Reclaim declared the page clean, to write it back.
    Cleaned = "made clean",
    /// The page's contents went to the store.
    WrittenBack = "written back",
    /// Reclaim took the descriptor out.
    Unmapped = "unmapped",
    /// The page was put back, since the store had no room for it.
    PutBack = "put back",
}

/// One event: what, on which CPU, and the descriptor's flags before and after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// On which CPU.
    pub cpu: u8,
    /// The flags that it found; other bits are zero.
    pub found: Descriptor,
    /// The flags that it left, likewise.
    pub left: Descriptor,
    /// How often it happened in a row, up to 65536.
    pub times: u32,
}

/// The flags that an event keeps, from the lowest bit on.
const FLAGS: [u64; 5] = [
    Descriptor::VALID,
    Descriptor::AF,
    Stage::One.dirty_bit().mask(),
    Descriptor::DBM,
    Descriptor::SOFTWARE_DIRTY,
];
/// Where the flags stand that it found, and that it left.
const FOUND: u32 = 16;
const LEFT: u32 = 24;

fn pack_flags(flags: Descriptor) -> u64 {
    FLAGS.iter().enumerate().map(|(bit, mask)| u64::from(flags.has(*mask)) << bit).sum()
}

fn unpack_flags(word: u64) -> Descriptor {
    Descriptor(FLAGS.iter().enumerate().map(|(bit, mask)| if word >> bit & 1 != 0 { *mask } else { 0 }).sum())
}

impl Event {
    fn pack(kind: EventKind, cpu: u8, found: Descriptor, left: Descriptor) -> u64 {
        kind as u64 | u64::from(cpu) << 8 | pack_flags(found) << FOUND | pack_flags(left) << LEFT
    }

    #[allow(clippy::cast_possible_truncation, reason = "the fields are as wide as their types")]
    fn unpack(word: u64) -> Option<Self> {
        Some(Self {
            kind: *EventKind::ALL.get((word & 0xff) as usize)?,
            cpu: (word >> 8) as u8,
            found: unpack_flags(word >> FOUND),
            left: unpack_flags(word >> LEFT),
            times: (word >> 32) as u32 + 1,
        })
    }
}

/// The flags of one descriptor, by their short names.
struct Flags(Descriptor);

impl fmt::Display for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_valid() {
            return formatter.write_str("invalid");
        }
        let mut separator = "";
        for (mask, name) in [
            (Descriptor::DBM, "W"),
            (Descriptor::SOFTWARE_DIRTY, "D"),
            (Descriptor::AF, "AF"),
            (Stage::One.dirty_bit().mask(), "RO"),
        ] {
            if self.0.has(mask) {
                write!(formatter, "{separator}{name}")?;
                separator = " ";
            }
        }
        Ok(())
    }
}

/// Shows `read fault: Access flag on CPU 2: W D -> W D AF`, or the flags once where they stay.
impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} on CPU {}", self.kind.name(), self.cpu)?;
        if self.times > 1 {
            write!(formatter, ", {} times", self.times)?;
        }
        write!(formatter, ": {}", Flags(self.found))?;
        if self.left == self.found { Ok(()) } else { write!(formatter, " -> {}", Flags(self.left)) }
    }
}

/// The history of one page: a counter, and the last six events; one that repeats itself takes one place.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    words: &'a [AtomicU64],
}

impl<'a> History<'a> {
    /// The history in these words, all zero at first.
    ///
    /// # Panics
    ///
    /// If they are not [`HISTORY_WORDS`].
    #[must_use]
    pub fn new(words: &'a [AtomicU64]) -> Self {
        assert!(words.len() == HISTORY_WORDS, "a history of {} words, 7 expected", words.len());
        Self { words }
    }

    fn place(&self, number: u64) -> &'a AtomicU64 {
        &self.words[1 + usize::try_from(number % KEPT).unwrap_or(0)]
    }

    /// Adds an event. Two CPUs that do so at the same moment may lose one of the two.
    pub fn add(&self, kind: EventKind, cpu: u8, found: Descriptor, left: Descriptor) {
        let word = Event::pack(kind, cpu, found, left);
        let count = self.words[0].load(Relaxed);
        if count > 0 {
            let last = self.place(count - 1).load(Relaxed);
            let times = last >> 32;
            if last & 0xffff_ffff == word {
                self.place(count - 1).store(word | (times + 1).min(MOST) << 32, Relaxed);
                return;
            }
        }
        self.place(count).store(word, Relaxed);
        self.words[0].store(count + 1, Relaxed);
    }

    /// Returns the events, the oldest that is kept first.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let count = self.words[0].load(Relaxed);
        let history = *self;
        (count.saturating_sub(KEPT)..count)
            .filter_map(move |number| Event::unpack(history.place(number).load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, EventKind, History};
    use afdbm::descriptor::Descriptor;
    use afdbm::stage::Stage;
    use core::sync::atomic::AtomicU64;
    extern crate std;
    use std::{format, vec::Vec};

    const CLEAN: Descriptor =
        Descriptor(Descriptor::VALID | Descriptor::DBM | Stage::One.dirty_bit().clean() | Descriptor::AF);

    #[test]
    fn keeps_the_last_events_in_order() {
        let words = [const { AtomicU64::new(0) }; 7];
        let history = History::new(&words);
        assert_eq!(history.events().count(), 0);
        for cpu in 0..9 {
            history.add(EventKind::Aged, cpu, CLEAN, Descriptor(Descriptor::VALID));
        }
        let cpus: Vec<u8> = history.events().map(|event| event.cpu).collect();
        assert_eq!(cpus, [3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn what_repeats_itself_takes_one_place() {
        let words = [const { AtomicU64::new(0) }; 7];
        let history = History::new(&words);
        history.add(EventKind::SwapIn, 1, Descriptor::INVALID, CLEAN);
        for _ in 0..10 {
            history.add(EventKind::PermissionFault, 2, CLEAN, CLEAN);
        }
        let events: Vec<Event> = history.events().collect();
        assert_eq!(events.len(), 2);
        let repeated =
            Event { kind: EventKind::PermissionFault, cpu: 2, found: CLEAN, left: CLEAN, times: 10 };
        assert_eq!(events[1], repeated);
        assert_eq!(format!("{}", events[0]), "swapped in on CPU 1: invalid -> W AF RO");
        assert_eq!(format!("{}", events[1]), "write fault: Permission on CPU 2, 10 times: W AF RO");
    }

    #[test]
    fn every_kind_survives() {
        let words = [const { AtomicU64::new(0) }; 7];
        let history = History::new(&words);
        for kind in EventKind::ALL {
            history.add(*kind, 63, CLEAN, Descriptor(Descriptor::VALID | Descriptor::SOFTWARE_DIRTY));
            let last = history.events().last();
            assert_eq!(last.map(|event| (event.kind, event.cpu, event.found)), Some((*kind, 63, CLEAN)));
            assert!(last.is_some_and(|event| event.left.is_software_dirty() && !event.left.is_young()));
        }
    }
}
