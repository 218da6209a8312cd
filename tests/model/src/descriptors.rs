//! The page under test, its states and their names.

use afdbm::address::{Asid, PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{AccessPermission, Descriptor, LeafAttributes};
use afdbm::geometry::{Geometry, Level};
use afdbm::operations::Place;
use afdbm::regime::Translation;
use afdbm::stage::Stage;

/// W: software may write (DBM).
pub const W: u64 = Descriptor::DBM;
/// D: the software dirty bit.
pub const D: u64 = Descriptor::SOFTWARE_DIRTY;
/// The Access flag.
pub const AF: u64 = Descriptor::AF;
/// RO: the dirty bit as it stands in a clean descriptor.
pub const RO: u64 = Stage::One.dirty_bit().clean();
/// The four flags that the model is about.
pub const FLAGS: u64 = W | D | AF | RO;

/// Where the page translates.
pub const PLACE: Place = Place {
    address: VirtualAddress(0x2000),
    asid: Some(Asid(1)),
    level: Level::L3,
    translation: Translation::EL10_4K,
};
/// The shape of the tables.
pub const GEOMETRY: Geometry = PLACE.translation.geometry;

/// Returns the page under test, entry `index` of its group, with these flags.
#[must_use]
pub fn page(index: usize, flags: u64) -> Descriptor {
    let attributes = LeafAttributes {
        permission: AccessPermission::ReadWrite,
        accessed: false,
        not_global: true,
        ..LeafAttributes::KERNEL_DATA
    };
    let output = PhysicalAddress(0x8000_2000 + GEOMETRY.page_size() * index as u64);
    Descriptor::leaf(GEOMETRY, Level::L3, output, attributes).with(flags)
}

/// The flags of every legal state but AF: read-only, writable-clean, read-only and software-dirty, dirty by
/// hardware alone, dirty by both.
pub const STATES: [u64; 5] = [RO, W | RO, D | RO, W, W | D];

/// Returns the flags of every legal state, old and young.
#[must_use]
pub fn legal_flags() -> Vec<u64> {
    STATES.iter().flat_map(|state| [*state, state | AF]).collect()
}

/// Returns those of the legal states that software may write.
#[must_use]
pub fn writable_flags() -> Vec<u64> {
    legal_flags().into_iter().filter(|flags| flags & W != 0).collect()
}

/// Shows a descriptor by its flags: `W·D·AF·RO`, `-` where none is set; what is not the page under test follows.
#[must_use]
pub fn show(descriptor: Descriptor) -> String {
    if descriptor == Descriptor::INVALID {
        return "invalid".into();
    }
    let names: Vec<_> = [(W, "W"), (D, "D"), (AF, "AF"), (RO, "RO")]
        .into_iter()
        .filter_map(|(mask, name)| descriptor.has(mask).then_some(name))
        .collect();
    let flags = if names.is_empty() { "-".into() } else { names.join("·") };
    let other = descriptor.output(GEOMETRY, Level::L3).0 >= 0x9000_0000;
    match (descriptor.is_valid(), other) {
        (true, false) => flags,
        (true, true) => format!("{flags} (another page)"),
        (false, _) => format!("{flags} (invalid)"),
    }
}
