//! What a combination asks of a machine, and what is told of one that was run.

use super::{Combination, Place, TableLeaf, TableMemory, Walked};
use crate::product::{self, Purpose, Signature};
use crate::space::{Dropped, Examined, Judge, Question, Space};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, LeafAttributes, TableAttributes};
use afdbm::geometry::{Geometry, Granule, Level};
use core::fmt;
use oracle::{
    Access, AccessKind, Architecture, Clause, Controls, Features, LeafPlace, Leaves, Mismatch, NestedAllowed,
    NestedOutcome, NestedQuery, NestedSeen, Path, Query, RangeControls, Stage2Controls, Stage2Page,
    Stage2Pages, Stage2Walk, check_nested, explain_nested, predict_nested,
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

/// Accesses that both stages translate.
#[derive(Clone, Copy, Debug)]
pub struct BothStages;

impl Space for BothStages {
    type Shape = Shape;
    type Placement = Placement;
    type Examination = Examination;
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
    /// Shows lines: the descriptors before, what is allowed, what was seen, in what it differs.
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
        write!(formatter, "\ndiffers: {}", mismatch.aspect)
    }
}

impl Examined for Examination {
    type Query = NestedQuery;
    type Outcome = NestedOutcome;

    fn new(query: NestedQuery, outcome: NestedOutcome) -> Self {
        let allowed = predict_nested(Architecture, &query);
        let mismatch = check_nested(&query, &allowed, &outcome).err();
        Self { query, allowed, outcome, mismatch }
    }

    fn outcome(&self) -> &NestedOutcome {
        &self.outcome
    }

    fn mismatch(&self) -> Option<Mismatch> {
        self.mismatch
    }

    fn signature(&self, mismatch: Mismatch) -> Signature {
        Signature::of(&self.allowed, mismatch)
    }

    fn explain(&self) -> impl DoubleEndedIterator<Item = Clause> {
        explain_nested(&self.query, &self.outcome)
    }
}

impl Question for Combination {
    type Space = BothStages;

    fn shape(&self) -> Shape {
        let purpose = if self.kind == AccessKind::Fetch { Purpose::Code } else { Purpose::Data };
        Shape { place: self.place, walked: self.walked, purpose }
    }

    fn index(&self) -> u64 {
        Self::index(self)
    }

    fn of_product(&self) -> product::Combination {
        Self::of_product(self)
    }

    fn query(&self, judge: &mut Judge<'_, BothStages>) -> Result<NestedQuery, Dropped> {
        if let Some(lacking) = self.place.lacking(&judge.implemented) {
            return Err(Dropped::Lacking(lacking));
        }
        if let (true, Some(lacking)) =
            (self.data.executes_by_level(), judge.implemented.lacks_execute_never_by_level())
        {
            return Err(Dropped::Lacking(lacking));
        }
        let placement = judge.place(self.shape())?;
        Ok(query(self, &placement, self.place.geometry(&judge.implemented), judge.features))
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
            Stage2Page::Table(_) => TableLeaf::OPEN.bits() | NORMAL,
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
            geometry,
        },
        walks,
    }
}
