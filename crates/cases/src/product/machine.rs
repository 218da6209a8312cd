//! The seam to a machine: the kernel's probes, or a machine of the host's that lies.

use super::{Calibration, Circumstance, Combination, SecondPage, dimension::EFFECTS};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, Shareability, TableAttributes};
use afdbm::geometry::{Geometry, Level};
use afdbm::regime::Regime;
use oracle::{
    Access, AccessKind, Controls, Features, LeafPlace, Leaves, Outcome, Path, Query, RangeControls, TlbState,
};

/// What memory an access needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// The level of the leaf.
    pub level: Level,
    /// The leaf is one of a contiguous group, all alike but for their output addresses.
    pub contiguous: bool,
    /// What is done there.
    pub purpose: Purpose,
}

/// What is done with memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purpose {
    /// Loads, stores, maintenance.
    Data,
    /// Fetches: the memory holds instructions that return.
    Code,
    /// An access that begins in the last bytes of the leaf (the last of its group) and ends in the page that follows,
    /// under tables of its own.
    Crossing,
}

/// Where an access goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement {
    /// The address of the access: a multiple of 64 in the range of TTBR0_EL1, without a top byte; for a crossing
    /// access the last multiple of 4 before the second page, from which a longer one begins as far before as it ends behind. The DC ZVA block around it is the case's.
    pub address: VirtualAddress,
    /// The output address of the leaf.
    pub output: PhysicalAddress,
    /// The tables to which the Table descriptors of levels 0, 1 and 2 on the path point; those from the leaf's level on
    /// are not used.
    pub tables: [PhysicalAddress; 3],
    /// The output address of the second page, and its tables; without meaning where there is none.
    pub second: (PhysicalAddress, [PhysicalAddress; 3]),
    /// [`GEOMETRY`] with the bits of output address that TCR_EL1.IPS leaves.
    pub geometry: Geometry,
}

/// A machine that can be asked what it does.
pub trait ProductMachine {
    /// Returns what the PE implements. The same for every PE that takes part.
    fn features(&self) -> Features;

    /// Returns the regime in which the accesses are made, always the same.
    fn regime(&self) -> Regime {
        Regime::El10
    }

    /// Returns what the machine does that its ID registers do not say, always the same.
    fn calibration(&self) -> Calibration {
        Calibration::default()
    }

    /// Returns where an access of this shape goes, or `None` if the machine has no memory for it. Always the same for
    /// the same shape.
    fn place(&self, shape: Shape) -> Option<Placement>;

    /// Sets the controls and the descriptors of `query`, empties the TLB of them, makes the access that is to go before,
    /// makes the access, and reports all that changed.
    ///
    /// What the oracle takes for granted: EL0 may execute DC, IC and DC ZVA (SCTLR_EL1.UCI and DZE are 1, CMOW is 0);
    /// TBID0 is 0; neighbours of the accessed leaf are invalid or have AF=1, since any other may be marked without an
    /// access (row B14); the access before stores what is there, and its faults are passed over; the accessed bytes are
    /// clean in the caches, since DC IVAC may lose them; descriptors are read after a DSB (row E07). The other members
    /// of a contiguous group are like the leaf but for their output addresses.
    ///
    /// `combination` is that of which `query` was made; a machine may look at it to see what is already set.
    fn run(&mut self, combination: &Combination, query: &Query) -> Outcome;
}

/// The shape of the product's tables: T0SZ = 16, walks start at level 0.
pub const GEOMETRY: Geometry = Geometry::SIZE_4K;
/// The level of the first table.
pub(super) const FIRST_LEVEL: Level = GEOMETRY.start_level();

impl Shape {
    /// Returns the shape that a combination needs.
    #[must_use]
    pub fn of(combination: &Combination) -> Self {
        let purpose = match combination.kind {
            AccessKind::Fetch => Purpose::Code,
            kind if kind.is_crossing() => Purpose::Crossing,
            _ => Purpose::Data,
        };
        Self { level: combination.level, contiguous: combination.leaf.is_contiguous(), purpose }
    }
}

impl Placement {
    /// Tells whether the combination can be run here: not where no output address can be too large, if it asks for one,
    /// nor where that would be within a contiguous group, whose bits of the address are those of the access (row F07).
    #[must_use]
    pub fn serves(&self, combination: &Combination) -> bool {
        let bits = self.geometry.output_bits();
        let group = || {
            let entries = GEOMETRY.contiguous_entries(combination.level).unwrap_or(1);
            GEOMETRY.size(combination.level) * entries as u64
        };
        match combination.circumstance {
            Circumstance::OutputTooLarge if combination.leaf.is_contiguous() && group() >> bits > 1 => false,
            Circumstance::OutputTooLarge | Circumstance::TableTooLarge => bits < GEOMETRY.output_bits(),
            _ => true,
        }
    }

    /// Returns what an access has to meet here for a `combination` that can be run here: what each dimension's value makes
    /// of it, fastest first, since a circumstance changes what level, tables and leaf say.
    #[must_use]
    pub fn query(&self, combination: &Combination, features: Features) -> Query {
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 };
        let range = RangeControls { geometry: self.geometry, ..RangeControls::default() };
        let mut query = Query {
            controls: Controls { range, ..Controls::default() },
            features,
            access: Access {
                kind: combination.kind,
                level: combination.exception_level,
                address: self.address,
            },
            paths: Leaves::stage_1(nothing, nothing),
            tlb: TlbState::Cold,
        };
        for effect in EFFECTS.iter().rev() {
            effect(&mut query, self, combination);
        }
        query
    }

    /// Makes the path of the (first) page lead through tables without attributes to a leaf at `level` without [`LeafBits`].
    ///
    /// [`LeafBits`]: super::LeafBits
    pub(super) fn lead_to(&self, level: Level, query: &mut Query) {
        let path = &mut query.paths[LeafPlace::FIRST];
        path.leaf_level = level;
        let tables = FIRST_LEVEL.position()..level.position();
        for (descriptor, next) in path.descriptors[tables].iter_mut().zip(self.tables) {
            *descriptor = descriptor.with(table_word(next).0);
        }
        *path.at(level) = path.leaf().with(leaf_word(level, self.output).0);
    }

    /// Makes the query that of an access that ends in the page that follows, whose leaf has the bits of `second`.
    pub(super) fn cross(&self, second: SecondPage, query: &mut Query) {
        // Half of it lies in each page: so a pair of registers is aligned.
        query.access.address = VirtualAddress(query.access.address.0 + 4 - query.access.kind.size() / 2);
        let (output, tables) = self.second;
        let path = &mut query.paths[LeafPlace::SECOND];
        for (descriptor, next) in path.descriptors[FIRST_LEVEL.position()..].iter_mut().zip(tables) {
            *descriptor = table_word(next);
        }
        *path.at(Level::L3) = leaf_word(Level::L3, output).with(second.bits());
    }
}

/// Makes the word of a table without attributes.
fn table_word(next: PhysicalAddress) -> Descriptor {
    Descriptor::table(GEOMETRY, next, TableAttributes::NONE)
}

/// Makes the word of a leaf: Normal memory, Inner Shareable, global, without any of the bits that the product varies.
fn leaf_word(level: Level, output: PhysicalAddress) -> Descriptor {
    let page = if level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
    let shareability = (Shareability::Inner as u64) << Descriptor::SHAREABILITY.trailing_zeros();
    let address = GEOMETRY.encode_address(output.align_down(GEOMETRY.size(level)));
    Descriptor(address | shareability | page)
}
