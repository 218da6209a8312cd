//! The translation table walk (pseudocode `AArch64.S1Walk`), up to the Access flag.

use super::{Clause, Controls, Rules};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use afdbm::descriptor::{Decoded, Descriptor, LeafAttributes, Level, TableAttributes};
use afdbm::fault::FaultStatus;

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
}

/// Why a walk finds nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) status: FaultStatus,
    pub(super) clause: Clause,
    /// The stop is at the leaf, not at a table.
    pub(super) at_leaf: bool,
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

/// How far a walk comes by Table descriptors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    /// The level at which it goes on: that of the leaf, or of what is no table.
    level: Level,
    /// The restrictions of all tables on the path together.
    attributes: TableAttributes,
}

/// Walks from the regime's first level through the tables.
pub(super) fn tables<R: Rules>(rules: R, controls: &Controls, path: &Path) -> Result<Tables, Stop> {
    // The attributes of every table, where a descriptor has them.
    let mut restrictions = 0;
    let geometry = controls.range.geometry;
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
                at_leaf: false,
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
    controls: &Controls,
    path: &Path,
    address: VirtualAddress,
    tables: &Tables,
) -> Result<Leaf, Stop> {
    let geometry = controls.range.geometry;
    let level = tables.level;
    let at_leaf = level == path.leaf_level;
    let in_memory = path.descriptors[level.position()];
    let seen = if at_leaf && level != Level::L3 {
        // Bit 1 makes a Table of a Block, which is another path.
        entry(rules, in_memory, at_leaf).without(Descriptor::TABLE_OR_PAGE)
    } else {
        entry(rules, in_memory, at_leaf)
    };
    let (status, clause) = match seen.decode(geometry, level) {
        Decoded::Leaf { output } if geometry.is_oversized(output) && rules.holds(Clause::LeafAddressSize) => {
            (FaultStatus::AddressSize(level), Clause::LeafAddressSize)
        }
        Decoded::Leaf { output } => {
            return Ok(Leaf {
                descriptor: seen,
                attributes: LeafAttributes::from_descriptor(seen),
                tables: tables.attributes,
                output: output.offset(geometry.offset(level, address.0)),
            });
        }
        Decoded::Table { .. } => (FaultStatus::Translation(level), Clause::InvalidTable),
        Decoded::Invalid => {
            let clause = match (in_memory.is_valid(), at_leaf) {
                (true, _) => Clause::ReservedIsInvalid,
                (false, true) => Clause::InvalidLeaf,
                (false, false) => Clause::InvalidTable,
            };
            (FaultStatus::Translation(level), clause)
        }
    };
    Err(Stop { status, clause, at_leaf })
}
