//! What combinations came to, in counts.

/// What a run came to, in counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally<D> {
    /// Combinations that were run.
    pub run: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Combinations that were dropped.
    pub dropped: u64,
    /// Why, for one of them.
    pub reason: Option<D>,
}

impl<D> Default for Tally<D> {
    fn default() -> Self {
        Self { run: 0, failed: 0, dropped: 0, reason: None }
    }
}

impl<D: Copy> Tally<D> {
    /// Counts a combination that was dropped.
    pub(crate) fn drop_for(&mut self, reason: D) {
        self.dropped += 1;
        self.reason.get_or_insert(reason);
    }

    /// Takes in what another CPU counted.
    pub fn merge(&mut self, other: &Self) {
        self.run += other.run;
        self.failed += other.failed;
        self.dropped += other.dropped;
        self.reason = self.reason.or(other.reason);
    }
}
