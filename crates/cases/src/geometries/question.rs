//! What a combination asks of a machine.

use super::{Combination, Output, Place};
use crate::product::{self, Examination, LeafBits, Purpose, Region};
use crate::space::{Dropped, Judge, Question, Space};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, MemoryType, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use oracle::{Access, AccessKind, Controls, Family, Features, Leaves, Path, Query, RangeControls};

/// What memory and which tables an access needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// The tables, and the level of the leaf.
    pub place: Place,
    /// The leaf is one of a contiguous group, all alike but for their output addresses.
    pub contiguous: bool,
    /// What is done there: data, or code.
    pub purpose: Purpose,
}

impl Shape {
    /// Returns the shape that an access needs which goes through a leaf with these bits.
    pub(crate) fn new(place: Place, leaf: LeafBits, kind: AccessKind) -> Self {
        let purpose = if kind == AccessKind::Fetch { Purpose::Code } else { Purpose::Data };
        Self { place, contiguous: leaf.is_contiguous(), purpose }
    }
}

/// Where an access goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The address of the access: a multiple of 64. The DC ZVA block around it is the case's.
    pub address: VirtualAddress,
    /// The output address of the leaf.
    pub output: PhysicalAddress,
    /// All that the machine itself maps lies within [`Output::NARROW`] bits of address, so that IPS may say as many.
    pub is_narrow: bool,
    /// The tables to which the Table descriptors on the path point, the first of them first; those that the path has not are
    /// not used.
    pub tables: [PhysicalAddress; 4],
}

/// Accesses that stage 1 alone translates.
#[derive(Clone, Copy, Debug)]
pub struct OneStage;

impl Space for OneStage {
    type Shape = Shape;
    type Placement = Placement;
    type Examination = Examination;
}

impl Question for Combination {
    type Space = OneStage;

    fn shape(&self) -> Shape {
        Shape::new(self.place, self.leaf, self.kind)
    }

    fn index(&self) -> u64 {
        Self::index(self)
    }

    fn of_product(&self) -> product::Combination {
        Self::of_product(self)
    }

    /// Level 0 is no value of the product's: the region names no level there.
    fn region(&self) -> Region {
        let mut region = Region::NONE;
        region.extend(&self.of_product());
        if self.place.level < Level::L1 { region.freed(product::Condition::Level) } else { region }
    }

    fn query(&self, judge: &mut Judge<'_, OneStage>) -> Result<Query, Dropped> {
        let Self { place, output, leaf, .. } = *self;
        if let Some(lacking) = place.tables.lacking(&judge.implemented) {
            return Err(Dropped::Lacking(lacking));
        }
        let bits = output.bits(place.tables.usual_output_bits());
        let geometry = place.tables.geometry(&judge.implemented, bits);
        if !geometry.has_leaf(place.level) {
            let lacking = judge.implemented.lacks_large_output();
            return Err(lacking.map_or(Dropped::NoSuchOutput, Dropped::Lacking));
        }
        if leaf.is_contiguous() && !place.has_group() {
            return Err(Dropped::NoGroup);
        }
        if !holds(geometry, output) {
            return Err(Dropped::NoSuchOutput);
        }
        let attributes = LeafAttributes::from_descriptor(Descriptor(leaf.bits()));
        let is_executable = !attributes.privileged_execute_never || !attributes.user_execute_never;
        if output.is_without_memory() && (self.kind.family() != Family::Translation || is_executable) {
            return Err(Dropped::OutputWithoutMemory);
        }
        let placement = judge.place(self.shape())?;
        if output == Output::TooLarge && !placement.is_narrow {
            return Err(Dropped::NoSuchOutput);
        }
        Ok(query(self, &placement, geometry, judge.features))
    }
}

/// Tells whether a descriptor of this geometry holds the address, with bits of it that are too large or not as it says.
fn holds(geometry: Geometry, output: Output) -> bool {
    let beyond = output.beyond();
    let is_held = geometry.table_address(geometry.encode_address(beyond)) == beyond;
    is_held && (output == Output::Memory || geometry.is_oversized(beyond) != output.is_without_memory())
}

fn query(combination: &Combination, placement: &Placement, geometry: Geometry, features: Features) -> Query {
    let Combination { place, output, .. } = *combination;
    let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: place.level };
    let mut path = nothing;
    let tables = geometry.start_level().position()..place.level.position();
    for (descriptor, next) in path.descriptors[tables].iter_mut().zip(placement.tables) {
        *descriptor = Descriptor::table(geometry, next, TableAttributes::NONE);
    }
    *path.at(place.level) = leaf(combination, geometry, placement.output.offset(output.beyond().0));
    let range = RangeControls { geometry, ..RangeControls::default() };
    Query {
        controls: Controls {
            hardware_access_flag: combination.hardware_access_flag,
            hardware_dirty_state: combination.hardware_dirty_state,
            write_execute_never: combination.write_execute_never,
            privileged_access_never: combination.privileged_access_never,
            range,
            ..Controls::default()
        },
        features,
        access: Access {
            kind: combination.kind,
            level: combination.exception_level,
            address: placement.address,
        },
        paths: Leaves::stage_1(path, nothing),
        tlb: combination.tlb,
    }
}

/// Makes the leaf: Normal memory, or Device where there is none, so that nothing goes there by speculation.
fn leaf(combination: &Combination, geometry: Geometry, output: PhysicalAddress) -> Descriptor {
    let memory = if combination.output.is_without_memory() { MemoryType::Device } else { MemoryType::Normal };
    let plain = LeafAttributes {
        memory,
        accessed: false,
        privileged_execute_never: false,
        user_execute_never: false,
        ..LeafAttributes::KERNEL_DATA
    };
    Descriptor::leaf(geometry, combination.place.level, output, plain)
        .without(Descriptor::VALID)
        .with(combination.leaf.bits())
}
