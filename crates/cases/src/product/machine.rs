//! The seam to a machine: the kernel's probes, or a machine of the host's that lies.

use super::{Circumstance, Combination};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Descriptor, MemoryType, Shareability};
use afdbm::geometry::{Geometry, Level};
use afdbm::regime::Regime;
use oracle::{
    Access, AccessKind, Controls, Features, LeafPlace, Leaves, Outcome, Path, PermissionScheme, Query,
    RangeControls,
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
pub trait Machine {
    /// Returns what the PE implements. The same for every PE that takes part.
    fn features(&self) -> Features;

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

/// The top byte of a tagged address. Bit 55 is 0: the range stays that of TTBR0_EL1.
const TAG: u64 = 0x5a << 56;
/// The shape of the product's tables: T0SZ = 16, walks start at level 0.
pub const GEOMETRY: Geometry = Geometry::SIZE_4K;

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

    /// Returns what an access has to meet here for a `combination` that can be run here.
    #[must_use]
    pub fn query(&self, combination: &Combination, features: Features) -> Query {
        let circumstance = combination.circumstance;
        let too_large = match circumstance {
            Circumstance::OutputTooLarge | Circumstance::TableTooLarge => {
                GEOMETRY.encode_address(PhysicalAddress(1 << self.geometry.output_bits()))
            }
            _ => 0,
        };
        let start = GEOMETRY.start_level().position();
        let depth = combination.level.position() - start;
        let table_bits = combination.place.distribute(depth, combination.table);
        let mut address = self.address;
        if combination.kind.is_crossing() {
            // Half of it lies in each page: so a pair of registers is aligned.
            address = VirtualAddress(address.0 + 4 - combination.kind.size() / 2);
        } else if circumstance.is_misaligned() {
            address = address.offset(1);
        }
        if circumstance.has_top_byte() {
            address = VirtualAddress(address.0 | TAG);
        }
        let nothing = |leaf_level| Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level };
        let mut query = Query {
            controls: self.controls(combination),
            features,
            access: Access { kind: combination.kind, level: combination.exception_level, address },
            paths: Leaves::stage_1(nothing(combination.level), nothing(Level::L3)),
            tlb: combination.tlb,
        };
        let descriptors = &mut query.paths[LeafPlace::FIRST].descriptors[start..];
        for (level, (place, next)) in descriptors.iter_mut().zip(self.tables).take(depth).enumerate() {
            *place = table_word(next, table_bits[level]);
        }
        let mut leaf = leaf_word(combination.level, self.output, combination.leaf.bits());
        match circumstance {
            Circumstance::OutputTooLarge => leaf = leaf.with(too_large),
            Circumstance::TableTooLarge => descriptors[depth - 1] = descriptors[depth - 1].with(too_large),
            Circumstance::TableInvalid => {
                descriptors[depth - 1] = descriptors[depth - 1].without(Descriptor::VALID);
            }
            Circumstance::Reserved if combination.level == Level::L3 => {
                leaf = leaf.without(Descriptor::TABLE_OR_PAGE);
            }
            Circumstance::Reserved => descriptors[0] = descriptors[0].without(Descriptor::TABLE_OR_PAGE),
            Circumstance::Device | Circumstance::DeviceMisaligned => {
                leaf = leaf.with((MemoryType::Device as u64) << Descriptor::ATTRIBUTE_INDEX.trailing_zeros());
            }
            _ => {}
        }
        descriptors[depth] = leaf;
        if combination.kind.is_crossing() {
            let (second_output, second_tables) = self.second;
            let second = &mut query.paths[LeafPlace::SECOND];
            for (place, next) in second.descriptors[start..].iter_mut().zip(second_tables) {
                *place = table_word(next, 0);
            }
            *second.at(Level::L3) = leaf_word(Level::L3, second_output, combination.second.bits());
        }
        query
    }

    fn controls(&self, combination: &Combination) -> Controls {
        let is = |circumstance| combination.circumstance == circumstance;
        Controls {
            regime: Regime::El10,
            hardware_access_flag: combination.hardware_access_flag,
            hardware_dirty_state: combination.hardware_dirty_state,
            table_access_flag: false,
            permissions: PermissionScheme::Direct,
            write_execute_never: combination.write_execute_never,
            privileged_access_never: combination.privileged_access_never,
            executable_access_never: is(Circumstance::ExecutableAccessNever),
            user_access_override: is(Circumstance::UserAccessOverride),
            alignment_checked: is(Circumstance::AlignmentChecked),
            range: RangeControls {
                geometry: self.geometry,
                hierarchy_disabled: combination.hierarchy_disabled,
                unprivileged_refused: is(Circumstance::UnprivilegedRefused),
                top_byte_ignored: is(Circumstance::TopByteIgnored),
                walks_disabled: is(Circumstance::WalksDisabled),
            },
        }
    }
}

/// Makes the word of a table: the address of the next one, and `bits`.
fn table_word(next: PhysicalAddress, bits: u64) -> Descriptor {
    Descriptor(GEOMETRY.encode_address(next) | bits | Descriptor::TABLE_OR_PAGE | Descriptor::VALID)
}

/// Makes the word of a leaf: Normal memory, Inner Shareable, global, and `bits`.
fn leaf_word(level: Level, output: PhysicalAddress, bits: u64) -> Descriptor {
    let page = if level == Level::L3 { Descriptor::TABLE_OR_PAGE } else { 0 };
    let shareability = (Shareability::Inner as u64) << Descriptor::SHAREABILITY.trailing_zeros();
    let address = GEOMETRY.encode_address(output.align_down(GEOMETRY.size(level)));
    Descriptor(address | shareability | page | bits)
}
