//! What a page holds: words from which address, version and seed can be told.

use afdbm::address::VirtualAddress;
use core::fmt;

/// The contents of every page of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern {
    key: u64,
}

/// What a word turns out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// Zero, as before the first write.
    Untouched,
    /// This address, at this version.
    Version(u32),
    /// Another page's word, or none of this run.
    Foreign(u64),
}

impl Pattern {
    /// What the address is multiplied by: odd, so that no two addresses give the same word.
    pub const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    /// What an incompressible page adds from word to word.
    pub const INCREMENT: u64 = 0x1405_7b7e_f767_814f;

    /// The pattern of a run with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let mixed = (seed ^ seed >> 30).wrapping_add(Self::INCREMENT).wrapping_mul(Self::MULTIPLIER);
        Self { key: mixed ^ mixed >> 27 }
    }

    /// What the words of a version have in common; a word is this, exclusive-or the address times
    /// [`Pattern::MULTIPLIER`].
    #[must_use]
    pub const fn base(self, version: u32) -> u64 {
        self.key ^ (version as u64 | ((version ^ 0x5a5a_5a5a) as u64) << 32)
    }

    /// The word of an address at a version.
    #[must_use]
    pub const fn word(self, address: VirtualAddress, version: u32) -> u64 {
        address.0.wrapping_mul(Self::MULTIPLIER) ^ self.base(version)
    }

    /// The word that follows `word` in a page that cannot be compressed.
    #[must_use]
    pub const fn next(word: u64) -> u64 {
        word.wrapping_mul(Self::MULTIPLIER).wrapping_add(Self::INCREMENT)
    }

    /// Tells what a word at an address is.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the halves are looked at one by one")]
    pub const fn identify(self, address: VirtualAddress, word: u64) -> Found {
        let rest = word ^ address.0.wrapping_mul(Self::MULTIPLIER) ^ self.key;
        let version = rest as u32;
        if word == 0 {
            Found::Untouched
        } else if (rest >> 32) as u32 == version ^ 0x5a5a_5a5a {
            Found::Version(version)
        } else {
            Found::Foreign(word)
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untouched => write!(formatter, "zeroes, as before the first write"),
            Self::Version(version) => write!(formatter, "version {version}"),
            Self::Foreign(word) => write!(formatter, "{word:#018x}, which is no version of this page"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Pattern};
    use afdbm::address::VirtualAddress;

    const ADDRESS: VirtualAddress = VirtualAddress(0x10_0000_3000);

    #[test]
    fn a_word_tells_its_version() {
        let pattern = Pattern::new(0x5eed);
        for version in [0, 1, 2, 255, u32::MAX] {
            assert_eq!(pattern.identify(ADDRESS, pattern.word(ADDRESS, version)), Found::Version(version));
        }
        assert_eq!(pattern.identify(ADDRESS, 0), Found::Untouched);
    }

    #[test]
    fn a_word_of_another_page_or_seed_is_foreign() {
        let pattern = Pattern::new(1);
        let others =
            [pattern.word(ADDRESS.offset(0x1000), 1), Pattern::new(2).word(ADDRESS, 1), Pattern::next(1)];
        for word in others {
            assert_eq!(pattern.identify(ADDRESS, word), Found::Foreign(word));
        }
    }
}
