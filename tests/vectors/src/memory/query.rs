//! A line that lists memory as a question to the oracle.

use super::{MemoryEnding, MemoryLine, MemoryReached, Space};
use crate::{Change, Ending, Reached, query::output_bits};
use afdbm::{
    address::VirtualAddress,
    descriptor::{Descriptor, MemoryType},
    fault::{Fault, Syndrome},
    geometry::{Geometry, Granule, Level},
    regime::Regime,
    stage::Stage,
};
use oracle::{
    Access, Controls, Event, ExceptionLevel, Extensions, Features, HardwareManagement, LeafPlace, Leaves,
    Levels, Outcome, Page, Pages, Par, Path, PermissionScheme, PrivilegedAccessNever, Query, RangeControls,
    Returns, Siblings, TlbState, Value,
};

/// All that is implemented which a line can show.
const FEATURES: Features = Features {
    hardware_management: HardwareManagement::AccessFlagOfTables,
    privileged_access_never: PrivilegedAccessNever::Pan3,
    atomics: true,
    read_check_write: false,
    tags: false,
    misaligned_atomics: true,
    user_access_override: true,
    unprivileged_refusal: true,
    cache_before_coherency: true,
    zeroing: true,
    hierarchy_disables: true,
    extensions: Extensions::NONE,
};

impl MemoryLine {
    const fn regime(&self) -> Regime {
        match self.space {
            Space::El2 => Regime::El2,
            Space::El20 => Regime::El20,
            Space::Granule | Space::TableFlag | Space::Indirect | Space::BothStages => Regime::El10,
        }
    }

    /// Tells whether a bit of TCR_ELx is set: the first for the regimes of two ranges, the second for EL2.
    fn control(&self, two_ranges: u32, one_range: u32) -> bool {
        let bit = if self.space == Space::El2 { one_range } else { two_ranges };
        self.registers[0] >> bit & 1 != 0
    }

    /// Tells whether a bit of TCR2_EL1 is set.
    fn second_control(&self, bit: u32) -> bool {
        let has = matches!(self.space, Space::TableFlag | Space::Indirect);
        has && self.registers[1] >> bit & 1 != 0
    }

    pub(super) fn geometry(&self) -> Geometry {
        let control = self.registers[0];
        let granule = match control >> 14 & 3 {
            1 => Granule::Size64K,
            2 => Granule::Size16K,
            _ => Granule::Size4K,
        };
        let size = control >> if self.space == Space::El2 { 16 } else { 32 } & 7;
        let input_bits = u8::try_from(64 - (control & 0x3f)).expect("the field has six bits");
        Geometry::new(granule, input_bits, output_bits(size), false).expect("sizes of the granule")
    }

    fn controls(&self) -> Controls {
        Controls {
            regime: self.regime(),
            hardware_access_flag: self.control(39, 21),
            hardware_dirty_state: self.control(40, 22),
            table_access_flag: self.second_control(11),
            permissions: if self.second_control(1) {
                PermissionScheme::Indirect { privileged: self.registers[2], unprivileged: self.registers[3] }
            } else {
                PermissionScheme::Direct
            },
            privileged_access_never: self.privileged_access_never,
            range: RangeControls { geometry: self.geometry(), ..RangeControls::default() },
            ..Controls::default()
        }
    }

    /// Returns the descriptor as the oracle takes it, which knows the project's MAIR alone: where MAIR_EL2 is 0, every
    /// memory type is Device-nGnRnE.
    fn as_taken(&self, leaf: Descriptor) -> Descriptor {
        match self.space {
            Space::El2 | Space::El20 => {
                let index = MemoryType::StronglyOrdered as u64;
                leaf.with(index << Descriptor::ATTRIBUTE_INDEX.trailing_zeros())
            }
            Space::Granule | Space::TableFlag | Space::Indirect | Space::BothStages => leaf,
        }
    }

    /// Returns how many of the descriptors are of stage 1.
    pub(super) const fn of_stage_1(&self) -> usize {
        match self.space {
            Space::BothStages => 2,
            _ => self.words.len(),
        }
    }

    /// Returns the walk, which begins at level 2, with 16K and 64K at level 1. A table's place is taken by a Block.
    fn path(&self, words: &[Descriptor]) -> Path {
        let start = self.geometry().start_level();
        let mut descriptors = [Descriptor::INVALID; Level::ALL.len()];
        descriptors[start.position()..start.position() + words.len()].copy_from_slice(words);
        let leaf_level = Level::ALL[start.position() + words.len() - 1];
        let leaf = &mut descriptors[leaf_level.position()];
        *leaf = self.as_taken(*leaf);
        Path { descriptors, leaf_level }
    }

    /// Returns the question.
    pub(super) fn query(&self) -> Query {
        let level = match self.exception_level {
            0 => ExceptionLevel::El0,
            1 => ExceptionLevel::El1,
            _ => ExceptionLevel::El2,
        };
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 };
        Query {
            controls: self.controls(),
            features: FEATURES,
            access: Access { kind: self.kind, level, address: VirtualAddress(self.address) },
            paths: Leaves::stage_1(self.path(&self.words[..self.of_stage_1()]), nothing),
            tlb: TlbState::Cold,
        }
    }

    /// Returns how an access ends that does what the specification reaches.
    pub(super) fn event(&self, ending: MemoryEnding) -> Event {
        match ending {
            MemoryEnding::Fault { syndrome, address, .. } => {
                Event::Faulted(Fault { syndrome: Syndrome(syndrome), address: VirtualAddress(address) })
            }
            MemoryEnding::Output(page) => Event::Reported(Par(page)),
            MemoryEnding::TranslationFault(par) => Event::Reported(Par(par)),
            MemoryEnding::Completed if self.kind.returns() == Returns::Nothing => Event::Completed,
            MemoryEnding::Completed => Event::Returned(Value::Held),
        }
    }

    /// Returns how an access ends that a machine shows so.
    pub(super) const fn ending(&self, event: Event) -> MemoryEnding {
        match event {
            Event::Faulted(fault) => MemoryEnding::Fault {
                exception_level: self.regime().exception_level(),
                syndrome: fault.syndrome.0,
                address: fault.address.0,
                page: None,
            },
            Event::Reported(par) if par.status().is_some() => MemoryEnding::TranslationFault(par.0 & 0x3ff),
            Event::Reported(par) => MemoryEnding::Output(par.0),
            Event::Completed | Event::Returned(_) | Event::Status(_) => MemoryEnding::Completed,
        }
    }

    /// Returns an outcome as the files of leaves tell it: what happened to the leaf alone.
    pub(super) fn leaf_reached(&self, query: &Query, reached: &MemoryReached) -> Reached {
        let ending = match reached.ending {
            MemoryEnding::Fault { syndrome, address, .. } => Ending::Fault { syndrome, address },
            MemoryEnding::Output(page) => Ending::Output(page),
            MemoryEnding::TranslationFault(par) => Ending::TranslationFault(par),
            MemoryEnding::Completed => Ending::Completed,
        };
        let changed =
            query.paths[LeafPlace::FIRST].leaf().0 ^ self.path(&reached.words[..self.of_stage_1()]).leaf().0;
        let change = Change {
            accessed: changed & Descriptor::AF != 0,
            dirtied: changed & Stage::One.dirty_bit().mask() != 0,
        };
        Reached { ending, pages: [Some((change, reached.bytes)), None] }
    }

    /// Returns what a machine shows that ends an access so and leaves memory as it was `reached`.
    pub(super) fn outcome(&self, query: &Query, event: Event, reached: &MemoryReached) -> Outcome {
        let before = &query.paths[LeafPlace::FIRST];
        let after = self.path(&reached.words[..self.of_stage_1()]);
        let mut tables_accessed: Pages<Levels> = Pages::default();
        let mut tables_changed = 0;
        for level in Level::ALL.into_iter().filter(|level| *level < before.leaf_level) {
            let (was, is) = (before.descriptors[level.position()], after.descriptors[level.position()]);
            let accessed = was.with(Descriptor::AF);
            if was != is && is == accessed {
                tables_accessed[Page::First] = tables_accessed[Page::First].with(level);
            } else {
                tables_changed |= was.0 ^ is.0;
            }
        }
        let mut bytes = Pages::default();
        bytes[Page::First] = reached.bytes;
        Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(after.leaf(), query.paths[LeafPlace::SECOND].leaf()),
            siblings: Siblings::default(),
            tables_accessed,
            tables_changed,
            neighbours_changed: 0,
            bytes,
        }
    }
}
