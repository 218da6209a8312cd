//! Tables before there are frames: a few within the image, for the first mappings.

use crate::machine::image;
use crate::machine::layout::PAGE_SIZE;
use afdbm::address::PhysicalAddress;
use afdbm::tables::{Frames, Table};
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Tables that boot may need: six for the device tree, three for ACPI's tables, four for consoles, and
/// for the range of RAM that is mapped first a level 2 and a level 3 table at either end.
const COUNT: usize = 6 + 3 + 4 + 4;

static POOL: [Table; COUNT] = [const { Table::new() }; COUNT];
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The pool as a source of tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool;

impl Frames for Pool {
    fn allocate(&self) -> Option<PhysicalAddress> {
        let table = POOL.get(TAKEN.fetch_add(1, Relaxed))?;
        Some(image::physical(core::ptr::from_ref(table).cast()))
    }

    fn table(&self, address: PhysicalAddress) -> Option<&[AtomicU64]> {
        let table = image::virtual_address(address).filter(|address| address.is_aligned(PAGE_SIZE))?;
        // SAFETY: the address lies in the image on a page boundary; only Table descriptors of the kernel's own
        // tree lead here, and those point to the boot code's tables or into the pool, atomics throughout.
        Some(unsafe { &*(table.0 as *const Table) }.cells())
    }
}
