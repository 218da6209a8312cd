//! What the log says of a run.

use super::manager::Manager;
use super::pressure::Spent;
use super::stop::Stop;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::timer;
use crate::suites::{Conclusion, Context};
use crate::support::context::Answer;
use afdbm::descriptor::Descriptor;
use core::sync::atomic::Ordering::Relaxed;

/// Says what made the threads stop, with the page's history.
pub fn finding(manager: &Manager, stop: Stop, context: &mut Context<'_>) -> Conclusion {
    let page = match stop {
        Stop::FaultLoop { page, .. } | Stop::LostWrite { page, .. } => page,
        other => return Err(other.into()),
    };
    context.say(format_args!("{stop}"));
    context.say(format_args!("the page's last events, each with the flags before and after it:"));
    for event in manager.history(page).events() {
        context.say(format_args!("  {event}"));
    }
    let now = Descriptor(manager.memory.cell(page).load(Relaxed));
    context.say(format_args!("  now: {now}"));
    Answer::fail(stop)
}

/// Returns a part of a whole in thousandths.
fn share(part: u64, whole: u64) -> (u64, u64) {
    let thousandths = part.saturating_mul(1000) / whole.max(1);
    (thousandths / 10, thousandths % 10)
}

/// Says what was counted, and how fast it was.
pub fn counts(manager: &Manager, spent: Spent, context: &mut Context<'_>) {
    let counts = manager.totals();
    let frequency = timer::frequency();
    context.say(format_args!(
        "faults: {} demand-zero, {} swap-in, {} Access flag by a read, {} by a write, {} Permission, {} found mapped; \
         {} changed nothing",
        counts.demand_zero,
        counts.swapped_in,
        counts.read_faults,
        counts.write_faults,
        counts.permission_faults,
        counts.second_faults,
        counts.spurious,
    ));
    context.say(format_args!(
        "reclaim: {} aged, {} made clean, {} written back, {} taken out, {} of them without a write",
        counts.aged, counts.cleaned, counts.written_back, counts.swapped_out, counts.dropped,
    ));
    let store = manager.store_statistics();
    let kept = counts.compressed_bytes;
    let pages = (counts.same + counts.compressed + counts.raw) * PAGE_SIZE;
    context.say(format_args!(
        "store: {} same-filled, {} compressed, {} as they are; {} KiB for {} KiB; at most {} frames, {} slots at the end",
        counts.same,
        counts.compressed,
        counts.raw,
        kept >> 10,
        pages >> 10,
        store.most_frames,
        store.slots,
    ));
    context.say(format_args!(
        "hardware: {} Access flags and {} dirty states found that no fault had set: up to {} faults saved",
        counts.hardware_young,
        counts.hardware_dirty,
        counts.hardware_young + counts.hardware_dirty,
    ));
    let microseconds = frequency.microseconds(spent.pressed + spent.checked).max(1);
    let faults = counts.faults();
    let per = frequency.microseconds(counts.fault_ticks).saturating_mul(1000) / faults.max(1);
    let (store_share, store_rest) = share(counts.store_ticks, counts.fault_ticks);
    let (tlb_share, tlb_rest) = share(counts.invalidation_ticks, counts.fault_ticks);
    context.say(format_args!(
        "speed: {} faults/s, {} ms under pressure, {} ms to check; {} ms in faults, {per} ns each, {store_share}.{store_rest} \
         % of it in the store, {tlb_share}.{tlb_rest} % in {} TLB invalidations ({} batches)",
        faults.saturating_mul(1_000_000) / microseconds,
        frequency.microseconds(spent.pressed) / 1000,
        frequency.microseconds(spent.checked) / 1000,
        frequency.microseconds(counts.fault_ticks) / 1000,
        counts.invalidations,
        counts.batches,
    ));
}
