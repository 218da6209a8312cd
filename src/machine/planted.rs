//! A machine with a defect: a CPU whose hardware manages nothing, whatever TCR_EL1 is meant to say.

use super::cpu_index::CpuIndex;
use super::per_cpu::this_index;
use aarch64_cpu::registers::TCR_EL1;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The CPU that has the defect, or `usize::MAX`.
static UNMANAGED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Does `work` on a machine whose `cpu` sets no Access flag and makes no page dirty.
pub fn without_management<R>(cpu: CpuIndex, work: impl FnOnce() -> R) -> R {
    UNMANAGED.store(cpu.0, Relaxed);
    let result = work();
    UNMANAGED.store(usize::MAX, Relaxed);
    result
}

/// Returns what TCR_EL1 of this CPU is to hold where `translation` is asked for.
pub fn translation_control(translation: u64) -> u64 {
    if UNMANAGED.load(Relaxed) == this_index().0 {
        (TCR_EL1::HA::CLEAR + TCR_EL1::HD::CLEAR).modify(translation)
    } else {
        translation
    }
}
