//! The same for stage 2: the operations of a hypervisor against hardware walkers at both stages.
//!
//! Cell 0 of a world is the stage 2 descriptor under test. The page that it maps is data to some accesses, and to others a
//! table of the guest's stage 1: then cell 1 is the stage 1 leaf that lies in it, which the walker of stage 1 updates, and so
//! writes to the page.

pub mod battery;
pub mod contract;
pub mod explore;
pub mod family;
pub mod scenario;
mod software;
mod walker;
pub mod world;

use afdbm::address::{IntermediatePhysicalAddress, Vmid};
use afdbm::descriptor::{Descriptor, Stage2Attributes};
use afdbm::geometry::{Geometry, Level};
use afdbm::operations::Stage2Place;
use afdbm::stage::Stage;

/// The Access flag.
pub const AF: u64 = Descriptor::AF;
/// S2AP\[0\].
pub const READ: u64 = Descriptor::S2AP0;
/// S2AP\[1\].
pub const WRITE: u64 = Stage::Two.dirty_bit().dirty();
/// DBM.
pub const DBM: u64 = Descriptor::DBM;
/// XN\[1:0\] of a page that nobody executes.
pub const NEVER: u64 = Stage2Attributes::execution(false, false);

/// Where the page translates.
pub const PLACE: Stage2Place = Stage2Place {
    address: IntermediatePhysicalAddress(0x2000),
    vmid: Vmid(1),
    level: Level::L3,
    geometry: Geometry::SIZE_4K,
};

/// Read-only, writable and not logged, writable-clean, writable-dirty.
pub const STATES: [u64; 4] = [0, WRITE, DBM, DBM | WRITE];

/// Returns a readable page of Normal memory with these flags.
#[must_use]
pub const fn page(flags: u64) -> Descriptor {
    const NORMAL: u64 = 0b1111 << 2 | 0b11 << 8;
    Descriptor(0x8000_2000 | NORMAL | Descriptor::TABLE_OR_PAGE | Descriptor::VALID | READ | flags)
}

/// Shows a descriptor of stage 2 by its flags.
#[must_use]
pub fn show(descriptor: Descriptor) -> String {
    if !descriptor.is_valid() {
        return "invalid".into();
    }
    let names: Vec<_> = [(READ, "R"), (WRITE, "W"), (DBM, "DBM"), (AF, "AF"), (NEVER, "XN")]
        .into_iter()
        .filter_map(|(mask, name)| descriptor.has(mask).then_some(name))
        .collect();
    names.join("·")
}
