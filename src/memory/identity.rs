//! What a regime of EL2 needs mapped beside the case's pages: the resident part and the stubs, at their own addresses.

use super::case_memory::CaseMemory;
use super::linear;
use crate::machine::image;
use crate::machine::layout::PAGE_SIZE;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, LeafAttributes, TableAttributes};
use afdbm::geometry::Level;
use afdbm::regime::{self, Translation};
use afdbm::tables::{AddressSpace, Frames, InputRange, Mapping, TableError};
use core::ops::Range;
use core::sync::atomic::AtomicU64;

/// Tables of a case, by their addresses.
struct CaseFrames<'a>(&'a CaseMemory);

impl Frames for CaseFrames<'_> {
    fn allocate(&self) -> Option<PhysicalAddress> {
        self.0.table().map(|(frame, _)| frame)
    }

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        // SAFETY: the frame is RAM in the linear map; only Table descriptors of the case lead here, so it is a table of the
        // case, which goes back when the case is over.
        linear::holds(address).then(|| &unsafe { linear::table(address) }.cells()[..])
    }
}

/// What the resident part and the stubs are mapped with: executed at EL2 and, where the regime has it, at EL0; never
/// written. AF is 1 and DBM 0, so that no control of a case changes the descriptors.
const TEXT: LeafAttributes = LeafAttributes {
    permission: AccessPermission::ReadOnly,
    privileged_execute_never: false,
    user_execute_never: false,
    ..LeafAttributes::KERNEL_DATA
};

/// Maps the resident part and the stubs to themselves in the tables at `root`, which have another use for the addresses in
/// `used`.
///
/// # Errors
///
/// [`TableError`] for want of memory, or where the case uses those addresses.
pub fn map_resident(
    memory: &CaseMemory,
    root: PhysicalAddress,
    translation: Translation,
    used: Range<u64>,
) -> Result<(), TableError> {
    let input = InputRange { range: regime::Range::Lower, translation };
    let space = AddressSpace::adopt(CaseFrames(memory), root, input, None);
    for range in [image::resident(), image::stubs()] {
        for page in (range.start..range.end).step_by(PAGE_SIZE as usize) {
            if used.contains(&page) {
                return Err(TableError::OutOfRange(VirtualAddress(page)));
            }
            space.map(&Mapping {
                address: VirtualAddress(page),
                output: PhysicalAddress(page),
                level: Level::L3,
                attributes: TEXT,
                tables: TableAttributes::NONE,
            })?;
        }
    }
    Ok(())
}
