//! A line as a question to the oracle.

use crate::{Ending, Line, Page, Reached};
use afdbm::{
    address::VirtualAddress,
    descriptor::Descriptor,
    fault::{Fault, Syndrome},
    geometry::{Geometry, Granule, Level},
    regime::Regime,
    stage::Stage,
};
use oracle::{
    Access, Controls, Event, Extensions, Features, HardwareManagement, LeafPlace, Leaves, Outcome, Pages,
    Par, Path, PermissionScheme, PrivilegedAccessNever, Query, RangeControls, Siblings, Value,
};

/// Returns the bits of an output address that TCR_ELx.(I)PS says, as ID_AA64MMFR0_EL1.PARange does (Arm ARM D24.2.194).
pub(crate) const fn output_bits(field: u64) -> u8 {
    match field {
        0 => 32,
        1 => 36,
        2 => 40,
        3 => 42,
        4 => 44,
        _ => 48,
    }
}

impl Line {
    /// Returns the bits of an input address in the range that is accessed.
    fn input_bits(&self) -> u8 {
        let size = self.translation_control >> if self.upper_range { 16 } else { 0 } & 0x3f;
        u8::try_from(64 - size).expect("the field has six bits")
    }

    /// Returns an address as the oracle takes it, which knows the range of TTBR0_EL1 alone: the upper range is the
    /// lower one with all bits above the input address inverted.
    pub(crate) fn in_lower_range(&self, address: u64) -> VirtualAddress {
        let above = !0 << self.input_bits();
        VirtualAddress(if self.upper_range { address ^ above } else { address })
    }

    /// Returns the line with its addresses in the lower range already.
    pub(crate) fn with_lower_range(mut self) -> Self {
        self.upper_range = false;
        self
    }

    fn geometry(&self) -> Geometry {
        let implemented = (self.features >> 16 & 0xff) as u8;
        let output_bits = output_bits(self.translation_control >> 32 & 7).min(implemented);
        Geometry::new(Granule::Size4K, self.input_bits(), output_bits, false)
            .expect("sizes of the 4K granule")
    }

    fn controls(&self) -> Controls {
        let tcr = |bit: u32| self.translation_control >> bit & 1 != 0;
        let of_range = |lower: u32, upper: u32| tcr(if self.upper_range { upper } else { lower });
        let sctlr = |bit: u32| self.system_control >> bit & 1 != 0;
        Controls {
            regime: Regime::El10,
            hardware_access_flag: tcr(39),
            hardware_dirty_state: tcr(40),
            table_access_flag: false,
            permissions: PermissionScheme::Direct,
            write_execute_never: sctlr(19),
            privileged_access_never: self.privileged_access_never,
            executable_access_never: sctlr(57),
            user_access_override: self.user_access_override,
            alignment_checked: sctlr(1),
            range: RangeControls {
                geometry: self.geometry(),
                hierarchy_disabled: of_range(41, 42) && self.has(7),
                unprivileged_refused: of_range(55, 56),
                top_byte_ignored: of_range(37, 38),
                walks_disabled: of_range(7, 23),
            },
        }
    }

    fn has(&self, bit: u32) -> bool {
        self.features >> bit & 1 != 0
    }

    fn features(&self) -> Features {
        let pan = [1, 2, 3].into_iter().filter(|bit| self.has(*bit)).count();
        Features {
            hardware_management: if self.has(0) {
                HardwareManagement::AccessFlagAndDirtyState
            } else {
                HardwareManagement::Absent
            },
            privileged_access_never: PrivilegedAccessNever::from_field(u8::try_from(pan).expect("at most 3")),
            atomics: true,
            read_check_write: false,
            tags: false,
            misaligned_atomics: self.has(4),
            user_access_override: self.has(5),
            unprivileged_refusal: self.has(6),
            cache_before_coherency: self.has(8),
            zeroing: true,
            hierarchy_disables: self.has(7),
            extensions: Extensions::NONE,
        }
    }

    /// Returns the question.
    pub(crate) fn query(&self) -> Query {
        let controls = self.controls();
        let access =
            Access { kind: self.kind, level: self.level, address: self.in_lower_range(self.address) };
        let nothing = Path { descriptors: [Descriptor::INVALID; Level::ALL.len()], leaf_level: Level::L3 };
        Query {
            controls,
            features: self.features(),
            access,
            paths: Leaves::stage_1(path(&self.pages[0]), self.pages.get(1).map_or(nothing, path)),
            tlb: self.before,
        }
    }

    /// Returns what a machine shows that does what the specification reaches.
    pub(crate) fn outcome(&self, query: &Query, reached: &Reached) -> Outcome {
        let event = match reached.ending {
            Ending::Fault { syndrome, address } => {
                Event::Faulted(Fault { syndrome: Syndrome(syndrome), address: self.in_lower_range(address) })
            }
            Ending::Output(page) => Event::Reported(Par(page)),
            Ending::TranslationFault(par) => Event::Reported(Par(par)),
            Ending::Returned => Event::Returned(Value::Held),
            Ending::Status(status) => Event::Status(status),
            Ending::Completed => Event::Completed,
        };
        let changed = |leaf: Descriptor, place: usize| {
            let change = reached.pages[place].map(|(change, _)| change).unwrap_or_default();
            let leaf = if change.accessed { leaf.with(Descriptor::AF) } else { leaf };
            if change.dirtied { Stage::One.with_dirty(leaf) } else { leaf }
        };
        let bytes = |place: usize| reached.pages[place].map(|(_, bytes)| bytes).unwrap_or_default();
        Outcome {
            event,
            exceptions: u8::from(matches!(event, Event::Faulted(_))),
            leaves: Leaves::stage_1(
                changed(query.paths[LeafPlace::FIRST].leaf(), 0),
                changed(query.paths[LeafPlace::SECOND].leaf(), 1),
            ),
            siblings: Siblings::default(),
            tables_accessed: Pages::default(),
            tables_changed: 0,
            neighbours_changed: 0,
            bytes: Pages([bytes(0), bytes(1)]),
        }
    }
}

/// Returns the walk of a page, each descriptor at its level.
fn path(page: &Page) -> Path {
    let leaf_level = [Level::L0, Level::L1, Level::L2, Level::L3][usize::from(page.leaf_level)];
    let first = leaf_level.position() + 1 - page.descriptors.len();
    let mut descriptors = [Descriptor::INVALID; Level::ALL.len()];
    descriptors[first..=leaf_level.position()].copy_from_slice(&page.descriptors);
    Path { descriptors, leaf_level }
}
