//! Running combinations on a machine and holding each against the oracle.

use super::{Combination, Place, TableMemory, Walked};
use crate::geometries::{Implemented, Lacking};
use crate::product::{self, Failures, Kind, Kinds, Purpose, Region, Signature};
use crate::space::Tally;
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, TableAttributes};
use afdbm::geometry::{Geometry, Granule, Level};
use core::fmt;
use oracle::{
    Access, Architecture, Controls, Features, LeafPlace, Leaves, Mismatch, NestedAllowed, NestedOutcome,
    NestedQuery, NestedSeen, Path, Query, RangeControls, Stage2Controls, Stage2Page, Stage2Pages, Stage2Walk,
    check_nested, explain_nested, predict_nested,
};

/// The tables of stage 1: 4K, and a walk from level 2.
pub const STAGE_1: Geometry = Geometry::new(Granule::Size4K, 30, 44, false).expect("sizes of the granule");

/// MemAttr of a leaf of stage 2: Normal Write-Back memory, with SH Inner Shareable (Arm ARM D8.6.6).
const NORMAL: u64 = 0b1111 << 2 | 0b11 << 8;
/// MemAttr of Device-nGnRnE memory.
const DEVICE: u64 = 0;

/// What an access needs of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// The tables of stage 2, and the level of the data's leaf there.
    pub place: Place,
    /// The level of the leaf of stage 1, and the page of its tables that varies.
    pub walked: Walked,
    /// Data, or instructions.
    pub purpose: Purpose,
}

impl Shape {
    /// Returns the shape of a combination.
    #[must_use]
    pub fn of(combination: &Combination) -> Self {
        let purpose = match combination.kind {
            oracle::AccessKind::Fetch => Purpose::Code,
            _ => Purpose::Data,
        };
        Self { place: combination.place, walked: combination.walked, purpose }
    }
}

/// Where an access of one shape goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The address.
    pub address: VirtualAddress,
    /// The output address of the leaf of stage 1, an intermediate physical address.
    pub output: PhysicalAddress,
    /// The walks of stage 2, with leaves that hold their output addresses alone: of the pages of stage 1's tables of
    /// levels 2 and 3, and of the data. The address of each is that of what is read there.
    pub walks: Stage2Pages<Stage2Walk>,
}

/// A machine that can be asked what it does with both stages.
pub trait Machine {
    /// Returns what the PE implements.
    fn features(&self) -> Features;

    /// Returns what the PE can walk.
    fn implemented(&self) -> Implemented;

    /// Tells whether XN of stage 2 is one for each Exception level: FEAT_XNX, ID_AA64MMFR1_EL1.XNX (Arm ARM D24.2.89).
    fn executes_by_level(&self) -> bool;

    /// Returns where an access of this shape goes, or `None` if the machine has no memory for it, or memory of its own
    /// beyond what the tables reach. Always the same for the same shape.
    fn place(&mut self, shape: Shape) -> Option<Placement>;

    /// Sets the controls and the descriptors of `query`, empties the TLB of them, makes the access, and reports all that
    /// changed.
    fn run(&mut self, shape: Shape, query: &NestedQuery) -> NestedOutcome;
}

/// Why a combination is not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dropped {
    /// The product would drop it.
    Product(product::Dropped),
    /// The PE lacks the tables.
    Lacking(Lacking),
    /// XN tells EL0 and EL1 apart, and the PE does not.
    ExecutesAlike,
    /// The machine has no memory at which the access could be made.
    NoMemory,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(dropped) => write!(formatter, "{dropped}"),
            Self::Lacking(lacking) => write!(formatter, "this CPU has {lacking}"),
            Self::ExecutesAlike => formatter.write_str("this CPU has no FEAT_XNX"),
            Self::NoMemory => formatter.write_str("no memory for it on this machine"),
        }
    }
}

/// One combination that was run, with all that a log has to say of it.
#[derive(Clone, Debug)]
pub struct Examination {
    /// What was asked.
    pub query: NestedQuery,
    /// What was allowed.
    pub allowed: NestedAllowed,
    /// What was seen.
    pub outcome: NestedOutcome,
    /// In what it differs, if it is not allowed.
    pub mismatch: Option<Mismatch>,
}

impl fmt::Display for Examination {
    /// Shows lines: the descriptors before, what is allowed, what was seen, in what it differs, which rules the machine
    /// seems not to know.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Query { access, paths, .. } = &self.query.stage_1;
        let path = &paths[LeafPlace::FIRST];
        write!(formatter, "{} at {}, leaf {}", access.kind.name(), access.address, path.leaf())?;
        let is_read = |page: &Stage2Page| match page {
            Stage2Page::Table(level) => (STAGE_1.start_level()..=path.leaf_level).contains(level),
            Stage2Page::Data => true,
        };
        for page in Stage2Page::ALL.into_iter().filter(is_read) {
            write!(formatter, ", stage 2 of the {page} {:#018x}", self.query.walks[page].path.leaf().0)?;
        }
        for (place, alternative) in self.allowed.alternatives().iter().enumerate() {
            write!(formatter, "\n{}: {alternative}", if place == 0 { "allowed" } else { "     or" })?;
        }
        write!(formatter, "\n   seen: {}", NestedSeen { query: &self.query, outcome: &self.outcome })?;
        let Some(mismatch) = self.mismatch else { return Ok(()) };
        write!(formatter, "\ndiffers: {}", mismatch.aspect)?;
        for clause in explain_nested(&self.query, &self.outcome).take(4) {
            write!(formatter, "\nas if it did not know: {clause}")?;
        }
        Ok(())
    }
}

/// Holds what a machine does against the oracle.
#[derive(Debug)]
pub struct Judge<'a, M> {
    machine: &'a mut M,
    features: Features,
    implemented: Implemented,
    executes_by_level: bool,
}

impl<'a, M: Machine> Judge<'a, M> {
    /// Asks the machine once for what does not change.
    pub fn new(machine: &'a mut M) -> Self {
        let (features, implemented) = (machine.features(), machine.implemented());
        let executes_by_level = machine.executes_by_level();
        Self { machine, features, implemented, executes_by_level }
    }

    /// Returns what the combination asks.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn query(&mut self, combination: &Combination) -> Result<NestedQuery, Dropped> {
        if let Some(dropped) = product::filter(&combination.of_product(), &self.features) {
            return Err(Dropped::Product(dropped));
        }
        if let Some(lacking) = combination.place.lacking(&self.implemented) {
            return Err(Dropped::Lacking(lacking));
        }
        let direct = combination.permissions.register().is_none();
        if let Some(lacking) = self.implemented.lacks_indirect_stage_2().filter(|_| !direct) {
            return Err(Dropped::Lacking(lacking));
        }
        if direct && combination.data.executes_by_level() && !self.executes_by_level {
            return Err(Dropped::ExecutesAlike);
        }
        let placement = self.machine.place(Shape::of(combination)).ok_or(Dropped::NoMemory)?;
        let geometry = combination.place.geometry(&self.implemented);
        Ok(query(combination, &placement, geometry, self.features))
    }

    /// Runs one combination.
    ///
    /// # Errors
    ///
    /// The reason why it is dropped.
    pub fn examine(&mut self, combination: &Combination) -> Result<Examination, Dropped> {
        let query = self.query(combination)?;
        let outcome = self.machine.run(Shape::of(combination), &query);
        let allowed = predict_nested(Architecture, &query);
        let mismatch = check_nested(&query, &allowed, &outcome).err();
        Ok(Examination { query, allowed, outcome, mismatch })
    }

    /// Runs one combination, and counts it; returns it where it fails, after it was noted.
    pub fn judge(
        &mut self,
        combination: &Combination,
        tally: &mut Tally<Dropped>,
        kinds: &mut Kinds,
    ) -> Option<Examination> {
        let seen = match self.examine(combination) {
            Ok(seen) => seen,
            Err(dropped) => {
                tally.drop_for(dropped);
                return None;
            }
        };
        tally.run += 1;
        let mismatch = seen.mismatch?;
        tally.failed += 1;
        let representative = combination.of_product();
        let mut region = Region::NONE;
        region.extend(&representative);
        let clause = explain_nested(&seen.query, &seen.outcome).next_back();
        let kind = Kind { signature: Signature::of(&seen.allowed, mismatch), clause, region };
        kinds.add(&Failures { kind, count: 1, representative });
        Some(seen)
    }
}

fn query(
    combination: &Combination,
    placement: &Placement,
    geometry: Geometry,
    features: Features,
) -> NestedQuery {
    let Combination { walked, memory, controls, .. } = *combination;
    let leaf_level = walked.leaf_level();
    let mut path = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level };
    let attributes = LeafAttributes {
        accessed: false,
        privileged_execute_never: false,
        user_execute_never: false,
        ..LeafAttributes::KERNEL_DATA
    };
    let table = placement.walks[Stage2Page::Table(Level::L3)].address.align_down(STAGE_1.page_size());
    if leaf_level == Level::L3 {
        *path.at(Level::L2) = Descriptor::table(STAGE_1, table, TableAttributes::NONE);
    }
    *path.at(leaf_level) = Descriptor::leaf(STAGE_1, leaf_level, placement.output, attributes)
        .without(Descriptor::VALID)
        .with(combination.leaf.bits());
    let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level };
    let mut walks = placement.walks;
    let of_tables = if memory == TableMemory::ProtectedDevice { DEVICE } else { NORMAL };
    for page in Stage2Page::ALL {
        let bits = match page {
            Stage2Page::Data => combination.data.bits() | NORMAL,
            Stage2Page::Table(level) if level == walked.table_level() => combination.table.bits() | of_tables,
            Stage2Page::Table(_) => super::TableLeaf::OPEN.bits() | NORMAL,
        };
        let path = &mut walks[page].path;
        let level = path.leaf_level;
        let leaf = path.at(level);
        *leaf = leaf.with(bits);
    }
    NestedQuery {
        stage_1: Query {
            controls: Controls {
                hardware_access_flag: controls.stage_1_access_flag,
                hardware_dirty_state: controls.stage_1_dirty_state,
                range: RangeControls { geometry: STAGE_1, ..RangeControls::default() },
                ..Controls::default()
            },
            features,
            access: Access {
                kind: combination.kind,
                level: combination.exception_level,
                address: placement.address,
            },
            paths: Leaves::stage_1(path, nothing),
            tlb: combination.before,
        },
        controls: Stage2Controls {
            hardware_access_flag: controls.stage_2_access_flag,
            hardware_dirty_state: controls.stage_2_dirty_state,
            protected_walk: memory != TableMemory::Normal,
            indirect: combination.permissions.register(),
            geometry,
        },
        walks,
    }
}
