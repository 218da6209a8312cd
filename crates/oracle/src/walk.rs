//! The translation table walk (pseudocode `AArch64.S1Walk`), up to the Access flag.

use super::{Clause, Rules};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Decoded, Descriptor, LeafAttributes, Level, TableAttributes};
use afdbm::fault::FaultStatus;
use afdbm::geometry::Geometry;

/// The descriptors that a walk meets, as they stand in memory before the access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Path {
    /// The descriptor of each level, by [`Level::position`]; those above the start of the walk and below `leaf_level`
    /// are not looked at.
    pub descriptors: [Descriptor; Level::ALL.len()],
    /// The level of the last descriptor: Table descriptors above, the leaf here, valid or not.
    pub leaf_level: Level,
}

impl Path {
    /// Returns the Table descriptors of a walk that starts at `start`, the widest level first.
    #[must_use]
    pub fn tables(&self, start: Level) -> &[Descriptor] {
        &self.descriptors[start.position()..self.leaf_level.position()]
    }

    /// Returns the descriptor of `level`, to be changed.
    pub const fn at(&mut self, level: Level) -> &mut Descriptor {
        &mut self.descriptors[level.position()]
    }

    /// Returns the leaf.
    #[must_use]
    pub const fn leaf(&self) -> Descriptor {
        self.descriptors[self.leaf_level.position()]
    }
}

/// What a walk finds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    /// The leaf as the walk took it.
    pub(super) descriptor: Descriptor,
    pub(super) attributes: LeafAttributes,
    /// The restrictions of all tables on the path together.
    pub(super) tables: TableAttributes,
    /// The output for the address itself.
    pub(super) output: PhysicalAddress,
    /// What a contiguous group that is too large may be taken for (row F07): too large for the input addresses, for the
    /// output addresses.
    pub(super) misprogrammed: [Option<Other>; 2],
}

/// Why a walk finds nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
    /// The level of the descriptor that stops it.
    pub(super) level: Level,
    /// The stop is at the leaf, not at a table.
    pub(super) at_leaf: bool,
    /// The fault that may be taken instead.
    pub(super) other: Option<Other>,
}

/// A fault that a walk may end in, or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
}

/// Reads an entry as a PE does that does not know one of the clauses about validity.
fn entry<R: Rules>(rules: R, descriptor: Descriptor, at_leaf: bool) -> Descriptor {
    let mut entry = descriptor;
    if !rules.holds(if at_leaf { Clause::InvalidLeaf } else { Clause::InvalidTable }) {
        entry = entry.with(Descriptor::VALID);
    }
    if !rules.holds(Clause::ReservedIsInvalid) {
        entry = entry.with(Descriptor::TABLE_OR_PAGE);
    }
    entry
}

/// Returns the bytes of the contiguous group of a leaf, if input or output addresses are too small for it: it is
/// misprogrammed (row F07).
fn excessive_group(geometry: Geometry, level: Level, leaf: Descriptor) -> Option<u64> {
    if !leaf.has(Descriptor::CONTIGUOUS) {
        return None;
    }
    let size = geometry.size(level) * geometry.contiguous_entries(level)? as u64;
    let limit = geometry.input_bits().min(geometry.output_bits());
    (size >> limit > 1).then_some(size)
}

/// How far a walk comes by Table descriptors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    /// The level at which it goes on: that of the leaf, or of what is no table.
    level: Level,
    /// The restrictions of all tables on the path together.
    attributes: TableAttributes,
}

/// Walks from the regime's first level through the tables.
pub(super) fn tables<R: Rules>(rules: R, geometry: Geometry, path: &Path) -> Result<Tables, Stop> {
    // The attributes of every table, where a descriptor has them.
    let mut restrictions = 0;
    let mut level = geometry.start_level();
    while level != path.leaf_level {
        let seen = entry(rules, path.descriptors[level.position()], false);
        let (Decoded::Table { next: table }, Some(next)) = (seen.decode(geometry, level), level.next())
        else {
            break;
        };
        if geometry.is_oversized(table) && rules.holds(Clause::TableAddressSize) {
            return Err(Stop {
                status: FaultStatus::AddressSize(level),
                clause: Clause::TableAddressSize,
                level,
                at_leaf: false,
                other: None,
            });
        }
        restrictions |= seen.0;
        level = next;
    }
    Ok(Tables { level, attributes: TableAttributes::from_descriptor(Descriptor(restrictions)) })
}

/// Ends a walk at the descriptor to which its tables lead.
pub(super) fn leaf<R: Rules>(
    rules: R,
    geometry: Geometry,
    path: &Path,
    address: VirtualAddress,
    tables: &Tables,
) -> Result<Leaf, Stop> {
    let level = tables.level;
    let at_leaf = level == path.leaf_level;
    let in_memory = path.descriptors[level.position()];
    let seen = if at_leaf && level != Level::L3 {
        // Bit 1 makes a Table of a Block, which is another path.
        entry(rules, in_memory, at_leaf).without(Descriptor::TABLE_OR_PAGE)
    } else {
        entry(rules, in_memory, at_leaf)
    };
    let stop = |status, clause| Err(Stop { status, clause, level, at_leaf, other: None });
    let (output, misprogrammed) = match seen.decode(geometry, level) {
        Decoded::Leaf { output } => match excessive_group(geometry, level, seen) {
            Some(size) => misprogrammed_group(rules, geometry, level, size, output, address),
            None => (output, [None; 2]),
        },
        Decoded::Table { .. } => return stop(FaultStatus::Translation(level), Clause::InvalidTable),
        Decoded::Invalid => {
            let clause = match (in_memory.is_valid(), at_leaf) {
                (true, _) => Clause::ReservedIsInvalid,
                (false, true) => Clause::InvalidLeaf,
                (false, false) => Clause::InvalidTable,
            };
            return stop(FaultStatus::Translation(level), clause);
        }
    };
    if geometry.is_oversized(output) && rules.holds(Clause::LeafAddressSize) {
        let (status, clause) = (FaultStatus::AddressSize(level), Clause::LeafAddressSize);
        return Err(Stop { status, clause, level, at_leaf, other: misprogrammed[0] });
    }
    Ok(Leaf {
        descriptor: seen,
        attributes: LeafAttributes::from_descriptor(seen),
        tables: tables.attributes,
        output: output.offset(geometry.offset(level, address.0)),
        misprogrammed,
    })
}

/// Returns the output address of a leaf in a group of `size` bytes that is misprogrammed, and the faults that the access may
/// take for it.
fn misprogrammed_group<R: Rules>(
    rules: R,
    geometry: Geometry,
    level: Level,
    size: u64,
    output: PhysicalAddress,
    address: VirtualAddress,
) -> (PhysicalAddress, [Option<Other>; 2]) {
    let mut output = output;
    let mut misprogrammed = [None; 2];
    if size >> geometry.input_bits() > 1 && rules.holds(Clause::GroupMayExceedInput) {
        let (status, clause) = (FaultStatus::Translation(level), Clause::GroupMayExceedInput);
        misprogrammed[0] = Some(Other { status, clause });
    }
    let in_group = output.0 & !(size - 1) | address.0 & (size - 1);
    let in_group = PhysicalAddress(in_group).align_down(geometry.size(level));
    if geometry.is_oversized(output) != geometry.is_oversized(in_group)
        && rules.holds(Clause::GroupMayTakeAddress)
    {
        let (status, clause) = (FaultStatus::AddressSize(level), Clause::GroupMayTakeAddress);
        misprogrammed[1] = Some(Other { status, clause });
        if geometry.is_oversized(output) {
            output = in_group;
        }
    }
    (output, misprogrammed)
}
