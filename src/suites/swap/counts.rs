//! What the memory manager counts, each thread for itself.

use core::ops::AddAssign;

macro_rules! counts {
    ($($(#[$documentation:meta])* $field:ident,)+) => {
        /// Counts of a thread, or of all of them.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Counts {
            $($(#[$documentation])* pub $field: u64,)+
        }

        impl AddAssign for Counts {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)+
            }
        }
    };
}

counts! {
    /// Faults on a page that was never written, or is zeroes again.
    demand_zero,
    /// Faults on a page in the store.
    swapped_in,
    /// Access flag faults of reads.
    read_faults,
    /// Access flag faults of writes.
    write_faults,
    /// Permission faults of writes.
    permission_faults,
    /// Translation faults whose handler found the page mapped by another CPU.
    second_faults,
    /// Faults that found nothing to change.
    spurious,
    /// Pages whose Access flag reclaim cleared.
    aged,
    /// Pages that reclaim declared clean while they were mapped.
    cleaned,
    /// Pages that went to the store.
    written_back,
    /// Pages taken out.
    swapped_out,
    /// Pages taken out without a write, since the store had them already or they were zeroes.
    dropped,
    /// Access flags that were set without a fault.
    hardware_young,
    /// Dirty states that were recorded without a fault.
    hardware_dirty,
    /// Pages kept as one word.
    same,
    /// Pages that were compressed.
    compressed,
    /// Bytes of these.
    compressed_bytes,
    /// Pages kept as they are.
    raw,
    /// TLB invalidations that were owed to all CPUs.
    invalidations,
    /// Batches in which they were carried out.
    batches,
    /// Ticks in the fault handler, reclaim included.
    fault_ticks,
    /// Ticks in compression and decompression.
    store_ticks,
    /// Ticks in TLB invalidation for all CPUs.
    invalidation_ticks,
}

impl Counts {
    /// All faults.
    #[must_use]
    pub const fn faults(&self) -> u64 {
        self.demand_zero
            + self.swapped_in
            + self.read_faults
            + self.write_faults
            + self.permission_faults
            + self.second_faults
    }
}
