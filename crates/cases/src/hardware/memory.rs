//! Physical memory: words, 0 where nothing was written.

use super::std::collections::BTreeMap;

/// Words by their address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(BTreeMap<u64, u64>);

impl Memory {
    pub(crate) fn read(&self, address: u64) -> u64 {
        self.0.get(&address).copied().unwrap_or(0)
    }

    pub(crate) fn write(&mut self, address: u64, word: u64) {
        self.0.insert(address, word);
    }

    /// The bits that differ from `before` in any word but those of `known`.
    pub(crate) fn changed(&self, before: &Self, known: &[u64]) -> u64 {
        let others = self.0.iter().filter(|(address, _)| !known.contains(address));
        others.fold(0, |changed, (address, word)| changed | word ^ before.read(*address))
    }
}
