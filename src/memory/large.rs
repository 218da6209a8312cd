//! The kernel's own tables once more, in the format of TCR_EL1.DS=1, for cases whose tables have it.

use super::case_memory::CaseMemory;
use super::linear;
use super::mapping::KernelFrames;
use crate::machine::{format, image, layout};
use afdbm::address::PhysicalAddress;
use afdbm::descriptor::{Decoded, Descriptor};
use afdbm::geometry::{Geometry, Granule, Level};
use afdbm::tables::Frames;
use core::marker::PhantomData;
use core::sync::atomic::Ordering::Relaxed;

const SMALL: Geometry = layout::KERNEL.geometry;
/// The same shape with 52 bits of output address.
const LARGE: Geometry =
    Geometry::new(Granule::Size4K, SMALL.input_bits(), 52, true).expect("sizes of the 4K granule");

/// A copy of the kernel's tables, which maps the same by descriptors of the other format. Shareability, which these do not
/// hold, is that of TCR_EL1.SH1: the same.
#[derive(Clone, Copy, Debug)]
pub struct LargeTables<'a> {
    root: PhysicalAddress,
    memory: PhantomData<&'a CaseMemory>,
}

impl<'a> LargeTables<'a> {
    /// Copies the tables; `None` for want of memory, or where the code that changes over cannot be mapped.
    pub fn new(memory: &'a CaseMemory) -> Option<Self> {
        if !linear::may_lead_to(format::page()) {
            return None;
        }
        let root = copy(memory, image::root(), SMALL.start_level())?;
        Some(Self { root, memory: PhantomData })
    }

    /// Lets this CPU use the copy; TTBR0 maps nothing afterwards. Only on a CPU with FEAT_LPA2 for 4K, and with the 64K granule.
    /// It goes back by [`format::restore`], before the memory of the case does.
    pub fn enter(self) {
        // SAFETY: the caller says that the CPU has the format and the granule; the copy maps what the kernel's tables map, and
        // `new` has seen that the page of the code may be mapped.
        unsafe { format::change(self.root, true) };
    }
}

/// Copies a table of `level`, with those behind it.
fn copy(memory: &CaseMemory, table: PhysicalAddress, level: Level) -> Option<PhysicalAddress> {
    let cells = KernelFrames.table(table)?;
    let (address, copies) = memory.table()?;
    for (cell, large) in cells.iter().zip(copies.cells()) {
        let small = Descriptor(cell.load(Relaxed));
        let descriptor = match small.decode(SMALL, level) {
            Decoded::Invalid => Descriptor::INVALID,
            Decoded::Table { next } => small.with_address(LARGE, copy(memory, next, level.next()?)?),
            Decoded::Leaf { output } => small.with_address(LARGE, output),
        };
        large.store(descriptor.0, Relaxed);
    }
    Some(address)
}
