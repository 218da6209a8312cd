//! What the machine writes into descriptors of stage 1.

use super::run::Run;
use super::stage_1::{AF, CONTIGUOUS, DBM, READ_ONLY};
use super::tables::Last;
use super::{Defect, Liberty};
use afdbm::stage::Stage;
use core::slice;
use oracle::HardwareManagement;

impl Run<'_> {
    /// Writes the leaf, or what of its contiguous group is chosen.
    pub(super) fn mark(&mut self, last: &Last, flag: bool, dirty: bool) {
        let group = self.format(Stage::One).group(last.level);
        let entries = if self.is(Defect::GroupTooLarge) { 2 * group } else { group };
        let in_group = self.memory.read(last.place) & CONTIGUOUS != 0 && group > 1;
        let first = last.place & !(8 * entries - 1);
        // The member after the accessed one.
        let other = first + (last.place + 8 - first) % (8 * entries);
        let everywhere = self.takes(Liberty::GroupFlagged);
        if flag && in_group && self.is(Defect::GroupFlagElsewhere) {
            self.write_leaf(other, true, false);
        } else if flag {
            self.write_leaf(last.place, true, false);
        }
        if flag && in_group && (everywhere || self.is(Defect::GroupTooLarge)) {
            (0..entries).for_each(|member| self.write_leaf(first + 8 * member, true, false));
        }
        if dirty && in_group && self.is(Defect::GroupAllDirty) {
            (0..entries).for_each(|member| self.write_leaf(first + 8 * member, true, true));
        } else if dirty && in_group && self.takes(Liberty::GroupDirtyElsewhere) {
            self.write_leaf(other, true, true);
        } else if dirty {
            self.write_leaf(last.place, false, true);
        }
        if flag && self.is(Defect::NeighbourMarked) {
            self.memory.write(last.place ^ 0x800, self.memory.read(last.place ^ 0x800) | AF);
        }
    }

    fn write_leaf(&mut self, place: u64, flag: bool, dirty: bool) {
        let before = self.memory.read(place);
        let mut after = before;
        if flag {
            after |= AF;
        }
        if dirty {
            after &= !READ_ONLY;
        }
        if after != before {
            match self.hardware.defect {
                Some(Defect::ModifierLost) => after &= !DBM,
                Some(Defect::OutputBitLost) => after &= !(1 << 30),
                Some(Defect::ShareabilityWritten) => after |= 0b11 << 8,
                Some(Defect::HighBitsWritten) => after |= 1 << 48,
                _ => {}
            }
        }
        self.memory.write(place, after);
    }

    /// Whether the Access flag of tables is managed.
    pub(super) fn manages_tables(&self) -> bool {
        let (ha, _) = self.manages();
        let has = self.query.features.hardware_management >= HardwareManagement::AccessFlagOfTables;
        (has || self.is(Defect::TableFlagWithoutFeature))
            && (self.controls().table_access_flag || self.is(Defect::TableFlagWithoutEnable))
            && (ha || self.is(Defect::TableFlagWithoutHa))
    }

    /// Sets the Access flag of the tables of a walk.
    pub(super) fn flag_tables(&mut self, places: &[u64]) {
        let chosen = match (self.hardware.defect, places) {
            (Some(Defect::TableFlagNeverSet), _) => &[],
            (Some(Defect::TableFlagNotSetByTranslation), _) if self.reports => &[],
            (Some(Defect::TableFlagOfFirstAlone), [first, ..]) => slice::from_ref(first),
            (Some(Defect::TableFlagOfLastAlone), [.., last]) => slice::from_ref(last),
            (_, all) => all,
        };
        for place in chosen {
            let lost = if self.is(Defect::TableBitLost) { 1 << 59 } else { 0 };
            self.memory.write(*place, (self.memory.read(*place) | AF) & !lost);
        }
    }
}
