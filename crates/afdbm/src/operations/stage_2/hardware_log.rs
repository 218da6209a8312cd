//! A dirty log that hardware keeps: DBM is set, and S2AP\[1\] rises at the first write.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Scope, Slot, Stage2Invalidation, Stage2Place, update};
use crate::stage::Stage;

/// Returns the descriptor writable-clean, if it grants reads and writes; else as it is.
#[inline]
#[must_use]
pub const fn logged_by_hardware(descriptor: Descriptor) -> Descriptor {
    // Without the permission to read, whether an atomic marks the page dirty is left open (Arm ARM R_KTXCF).
    if Stage::Two.is_read_only(descriptor) || !descriptor.has(Descriptor::S2AP0) {
        return descriptor;
    }
    Stage::Two.with_clean(descriptor.with(Descriptor::DBM))
}

/// Returns the descriptor clean, if hardware records the next write to its page (DBM); else as it is.
#[inline]
#[must_use]
pub const fn made_clean(descriptor: Descriptor) -> Descriptor {
    if descriptor.is_writable() { Stage::Two.with_clean(descriptor) } else { descriptor }
}

/// Lets hardware record the next write to a page that may be read and written: sets DBM and clears S2AP\[1\] in one step.
///
/// A page that grants no write is left as it is: whether it is read-only or was write-protected for a log, its descriptor
/// does not say. Of one that is logged already, this is [`make_clean`].
///
/// * **From memory**: everything but DBM and S2AP\[1\], at the moment of the exchange.
/// * **Lock**: none. A CPU with VTCR_EL2.HD=0 takes a Permission fault at its first write, which
///   [`relax`](crate::operations::stage_2::relax()) resolves and so records.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed: a TLB that holds the permission lets writes through
///   without a record. The log is complete from the end of the invalidation on.
#[inline]
pub fn log_by_hardware<S: Slot + ?Sized>(slot: &S, place: Stage2Place) -> Change<Stage2Invalidation> {
    update(slot, place, |_, _| Scope::AllCpus, logged_by_hardware)
}

/// Declares a page clean whose writes hardware records, and tells whether it was written: the harvest of a dirty log.
///
/// `found` tells it, by [`is_dirty`](crate::operations::stage_2::is_dirty). A page without DBM stays as it is, and dirty if
/// it grants writes: nothing would record the next one. Copy the page after the invalidation: until then a CPU whose TLB
/// holds the writable-dirty translation writes without a record.
///
/// * **From memory**: everything but S2AP\[1\], at the moment of the exchange.
/// * **Lock**: none.
/// * **Owed**: [`Scope::AllCpus`], last level, if anything changed.
#[inline]
pub fn make_clean<S: Slot + ?Sized>(slot: &S, place: Stage2Place) -> Change<Stage2Invalidation> {
    update(slot, place, |_, _| Scope::AllCpus, made_clean)
}
