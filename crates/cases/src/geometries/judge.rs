//! Running combinations on a machine and holding each against the oracle.

use super::{Combination, Implemented, Lacking, Output, Place};
use crate::product::{self, Examination, Failures, Kind, Kinds, LeafBits, Purpose, Region, Signature};
use crate::space::Tally;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, MemoryType, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use core::fmt;
use oracle::{
    Access, AccessKind, Controls, Family, Features, Leaves, Outcome, Path, Query, RangeControls, explain,
};

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
    /// The tables to which the Table descriptors on the path point, the first of them first; those that the path has not are
    /// not used.
    pub tables: [PhysicalAddress; 4],
}

/// A machine that can be asked what it does with its tables.
pub trait Machine {
    /// Returns what the PE implements.
    fn features(&self) -> Features;

    /// Returns what the PE can walk.
    fn implemented(&self) -> Implemented;

    /// Tells whether all that the machine itself maps lies within [`Output::NARROW`] bits of address.
    fn is_narrow(&self) -> bool;

    /// Returns where an access of this shape goes, or `None` if the machine has no memory for it. Always the same for the
    /// same shape.
    fn place(&mut self, shape: Shape) -> Option<Placement>;

    /// Sets the controls and the descriptors of `query`, empties the TLB of them, makes the access that is to go before,
    /// makes the access, and reports all that changed. What is said of the product's machine holds here, too.
    fn run(&mut self, shape: Shape, query: &Query) -> Outcome;
}

/// Why a combination is not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dropped {
    /// The product would drop it.
    Product(product::Dropped),
    /// The PE lacks the tables.
    Lacking(Lacking),
    /// The level has no contiguous groups here.
    NoGroup,
    /// No descriptor of the format holds the output address, or the machine itself needs as much.
    NoSuchOutput,
    /// An access, or its speculation, would go to where no memory is.
    OutputWithoutMemory,
    /// The machine has no memory at which the access could be made.
    NoMemory,
    /// The indirect permission 0b1001 is for the guarded control stack (FEAT_GCS), which is not asked about.
    GuardedControlStack,
    /// A reserved indirect permission of EL0 grants it nothing (Arm ARM R_LLZDZ); whether PAN takes it for an access that EL0
    /// has is told differently by text and pseudocode.
    ReservedPermission,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(dropped) => write!(formatter, "{dropped}"),
            Self::Lacking(lacking) => write!(formatter, "this CPU has {lacking}"),
            Self::NoGroup => formatter.write_str("no contiguous group at this level of these tables"),
            Self::NoSuchOutput => formatter.write_str("no such output address in this format"),
            Self::OutputWithoutMemory => formatter.write_str("no memory at the output address"),
            Self::NoMemory => formatter.write_str("no memory for it on this machine"),
            Self::ReservedPermission => formatter.write_str("PAN with a reserved permission of EL0"),
            Self::GuardedControlStack => formatter.write_str("the permission of a guarded control stack"),
        }
    }
}

/// One access through tables of the range of TTBR0_EL1, of a space that has a number for it.
pub trait Question: fmt::Display {
    /// Returns what memory and which tables it needs.
    fn shape(&self) -> Shape;

    /// Returns its number.
    fn index(&self) -> u64;

    /// Returns the combination of the product that is nearest: what is known of its values, for the filter and for the
    /// conditions of a kind of failure.
    fn of_product(&self) -> product::Combination;

    /// Returns what it asks of a machine.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    fn query<M: Machine>(&self, judge: &mut Judge<'_, M>) -> Result<Query, Dropped>;
}

/// Holds what a machine does against the oracle.
#[derive(Debug)]
pub struct Judge<'a, M> {
    pub(crate) machine: &'a mut M,
    pub(crate) features: Features,
    pub(crate) implemented: Implemented,
}

impl<'a, M: Machine> Judge<'a, M> {
    /// Asks the machine once for what does not change.
    pub fn new(machine: &'a mut M) -> Self {
        let (features, implemented) = (machine.features(), machine.implemented());
        Self { machine, features, implemented }
    }

    /// Runs one combination.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn examine(&mut self, question: &impl Question) -> Result<Examination, Dropped> {
        if let Some(dropped) = product::filter(&question.of_product(), &self.features) {
            return Err(Dropped::Product(dropped));
        }
        let query = question.query(self)?;
        let outcome = self.machine.run(question.shape(), &query);
        Ok(Examination::new(query, outcome))
    }

    /// Runs one combination, and counts it; returns it where it fails, after it was noted.
    pub fn judge(
        &mut self,
        question: &impl Question,
        tally: &mut Tally<Dropped>,
        kinds: &mut Kinds,
    ) -> Option<Examination> {
        match self.examine(question) {
            Err(dropped) => {
                tally.drop_for(dropped);
                None
            }
            Ok(examination) => {
                tally.run += 1;
                let failures = failures(question, &examination)?;
                tally.failed += 1;
                kinds.add(&failures);
                Some(examination)
            }
        }
    }
}

impl Question for Combination {
    fn shape(&self) -> Shape {
        Shape::new(self.place, self.leaf, self.kind)
    }

    fn index(&self) -> u64 {
        Self::index(self)
    }

    fn of_product(&self) -> product::Combination {
        Self::of_product(self)
    }

    fn query<M: Machine>(&self, judge: &mut Judge<'_, M>) -> Result<Query, Dropped> {
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
        if !holds(geometry, output) || output == Output::TooLarge && !judge.machine.is_narrow() {
            return Err(Dropped::NoSuchOutput);
        }
        let attributes = LeafAttributes::from_descriptor(Descriptor(leaf.bits()));
        let is_executable = !attributes.privileged_execute_never || !attributes.user_execute_never;
        if output.is_without_memory() && (self.kind.family() != Family::Translation || is_executable) {
            return Err(Dropped::OutputWithoutMemory);
        }
        let placement = judge.machine.place(self.shape()).ok_or(Dropped::NoMemory)?;
        Ok(query(self, &placement, geometry, judge.features))
    }
}

/// Tells whether a descriptor of this geometry holds the address, with bits of it that are too large or not as it says.
fn holds(geometry: Geometry, output: Output) -> bool {
    let beyond = output.beyond();
    let is_held = geometry.table_address(geometry.encode_address(beyond)) == beyond;
    is_held && (output == Output::Memory || geometry.is_oversized(beyond) != output.is_without_memory())
}

/// Returns a failure as a kind, if it is one. Level 0 is no value of the product's: its kinds name no level.
fn failures(question: &impl Question, seen: &Examination) -> Option<Failures> {
    let mismatch = seen.mismatch?;
    let representative = question.of_product();
    let mut region = Region::NONE;
    region.extend(&representative);
    if question.shape().place.level < Level::L1 {
        region = region.freed(product::Condition::Level);
    }
    let clause = explain(&seen.query, &seen.outcome).next_back();
    let kind = Kind { signature: Signature::of(&seen.allowed, mismatch), clause, region };
    Some(Failures { kind, count: 1, representative })
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
