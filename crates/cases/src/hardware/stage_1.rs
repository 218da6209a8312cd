//! Stage 1 of the machine.

use super::run::{Abort, Run, Want};
use super::stage_2::Wish;
use super::tables::{Last, level};
use super::{Defect, Liberty};
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use oracle::{Family, HardwareManagement, PermissionScheme};

pub(super) const AF: u64 = 1 << 10;
/// AP[2], or nDirty: a write clears it.
pub(super) const READ_ONLY: u64 = 1 << 7;
pub(super) const DBM: u64 = 1 << 51;
pub(super) const CONTIGUOUS: u64 = 1 << 52;

impl Run<'_> {
    /// Whether stage 1 manages the Access flag, and the dirty state.
    pub(super) fn manages(&self) -> (bool, bool) {
        let (first, has) = (self.controls(), self.query.features.hardware_management);
        let second =
            self.stage_2.map(|controls| (controls.hardware_access_flag, controls.hardware_dirty_state));
        let second = second.unwrap_or_default();
        let ha = match self.hardware.defect {
            Some(Defect::Stage1FlagByStage2) => first.hardware_access_flag || second.0,
            Some(Defect::FlagWithoutEnable) => true,
            _ => first.hardware_access_flag,
        };
        let hd = match self.hardware.defect {
            Some(Defect::Stage1DirtyByStage2) => first.hardware_dirty_state || second.1,
            Some(Defect::DirtyWithoutEnable) => true,
            _ => first.hardware_dirty_state,
        };
        (
            ha && has >= HardwareManagement::AccessFlag,
            ha && hd && has >= HardwareManagement::AccessFlagAndDirtyState,
        )
    }

    pub(super) fn is_indirect(&self) -> bool {
        self.controls().permissions != PermissionScheme::Direct && !self.is(Defect::IndirectIgnored)
    }

    /// Translates an address for an access to memory; returns the physical address.
    pub(super) fn translate(&mut self, address: u64, want: Want, wish: Wish) -> Result<u64, Abort> {
        let output = self.stage_1(address, want, Some(wish))?;
        self.stage_2(output, wish)
    }

    /// Translates an address at stage 1; `data` is what is wanted of stage 2 then.
    pub(super) fn stage_1(&mut self, address: u64, want: Want, data: Option<Wish>) -> Result<u64, Abort> {
        let format = self.format(Stage::One);
        let last = self.descend(Stage::One, address)?;
        let leaf = self.held.unwrap_or(last.descriptor);
        let at = level(last.level);
        let (ha, hd) = self.manages();
        if !self.is_leaf(&format, last.level, leaf) || self.overlooks_block(&last) {
            if self.is(Defect::InvalidMarked) && ha && want.flags {
                self.memory.write(last.place, last.descriptor | AF);
            }
            return Err(Abort::new(FaultStatus::Translation(at)));
        }
        let size = 1_u64 << format.shift(last.level);
        let mut output = self.leaf_address(&format, leaf) & !(size - 1);
        let checked = match self.hardware.defect {
            Some(Defect::LeafSizeUnchecked) => 0,
            Some(Defect::LeafSizeCheckedTo48) => output & ((1 << 48) - 1),
            _ => output,
        };
        if checked >> format.output != 0 {
            if self.is(Defect::OversizedMarked) && ha && want.flags {
                self.memory.write(last.place, last.descriptor | AF);
            }
            return Err(Abort::new(FaultStatus::AddressSize(at)));
        }
        output |=
            address & (if self.is(Defect::BlockIsPage) { 1 << format.page } else { size }).wrapping_sub(1);
        if leaf & AF == 0 && !ha && !self.is(Defect::FlagFaultMissing) {
            return Err(Abort::new(FaultStatus::AccessFlag(at)));
        }
        let modifier = leaf & DBM != 0 || self.is_indirect() && !self.is(Defect::IndirectDirtyNeedsModifier);
        let clean = leaf & READ_ONLY != 0 && modifier && hd;
        if let Some(denial) = self.denies(leaf, last.tables, clean, want) {
            self.refused(&last, ha && want.flags, clean && want.write, (output, data))?;
            return Err(Abort {
                readable: denial.readable,
                for_dirty_state: denial.for_dirty_state,
                ..Abort::new(FaultStatus::Permission(at))
            });
        }
        let flag = ha && want.flags && !self.forgets_flag(want);
        let dirty = clean && self.dirties(want);
        let flagged = self.memory.read(last.place) & AF != 0 || !flag;
        if flagged && !dirty {
            self.walk_alone(&last);
            return Ok(output);
        }
        if let Some(wish) = data.filter(|_| self.takes(Liberty::DataBeforeUpdate)) {
            self.stage_2(output, Wish { marks: false, ..wish })?;
        }
        if dirty && !flagged && self.takes(Liberty::TwoUpdates) {
            self.update(&last, true, false)?;
            self.held = None;
            return self.stage_1(address, want, data);
        }
        self.update(&last, flag, dirty)?;
        Ok(output)
    }

    /// Writes the leaf, if stage 2 lets it be written.
    fn update(&mut self, last: &Last, flag: bool, dirty: bool) -> Result<(), Abort> {
        match self.stage_2(last.cell, Wish::UPDATE) {
            Ok(_) => {}
            Err(_) if self.is(Defect::UpdateFaultDropped) => return Ok(()),
            Err(abort) => {
                if self.is(Defect::UpdateDespiteFault) {
                    self.mark(last, flag, dirty);
                }
                return Err(abort);
            }
        }
        self.mark(last, flag, dirty);
        Ok(())
    }

    /// Does what a walk may do that has nothing to update (row H14).
    fn walk_alone(&mut self, last: &Last) {
        let (ha, _) = self.manages();
        if ha && self.takes(Liberty::WalkDirtiesTable) {
            let _ = self.stage_2(last.cell, Wish::UPDATE);
        }
    }

    /// Does what an access that stage 1 refuses may do on its way.
    fn refused(
        &mut self,
        last: &Last,
        manages: bool,
        clean: bool,
        (output, data): (u64, Option<Wish>),
    ) -> Result<(), Abort> {
        let old = self.memory.read(last.place) & AF == 0;
        if manages && old && self.takes(Liberty::UpdateFaultFirst) {
            self.update(last, true, false)?;
        } else if manages && old && self.takes(Liberty::FlagBesidePermission) {
            let _ = self.update(last, true, false);
        } else {
            self.walk_alone(last);
        }
        if clean && self.is(Defect::DirtyBesidePermission) {
            self.mark(last, manages, true);
        }
        let Some(wish) = data else { return Ok(()) };
        if self.takes(Liberty::DataBesideFault) {
            let _ = self.stage_2(output, Wish { read: false, write: false, execute: None, ..wish });
        }
        if self.is(Defect::DataDirtyBesideFault) {
            let _ =
                self.stage_2(output, Wish { execute: None, read: false, write: true, dirties: true, ..wish });
        }
        Ok(())
    }

    /// What an access wants of stage 2.
    pub(super) fn wish(&self, want: Want) -> Wish {
        Wish {
            read: want.read,
            write: want.write,
            execute: want.execute.then_some(want.user),
            walk: false,
            dirties: want.dirties,
            marks: true,
        }
    }

    /// Tells whether a Block is passed over.
    fn overlooks_block(&self, last: &Last) -> bool {
        last.level == 1 && self.format(Stage::One).page != 12 && self.is(Defect::LargeBlocksUnknown)
            || last.level == 0 && self.is(Defect::LargestBlocksUnknown)
    }

    /// Tells whether an access to a clean page makes it dirty.
    fn dirties(&self, want: Want) -> bool {
        let family = self.query.access.kind.family();
        let page = self.format(Stage::One).page;
        let missed = self.is(Defect::DirtyMissedWithLargeGranules) && page != 12
            || self.is(Defect::DirtyMissed)
            || self.is(Defect::DirtyMissedOnTlbHit) && self.held.is_some()
            || self.is(Defect::DirtyMissedByAtomic) && family == Family::Atomic;
        let also = family == Family::Read && self.is(Defect::DirtyByLoad)
            || family == Family::Fetch && self.is(Defect::DirtyByFetch)
            || family == Family::Translation && want.write && self.is(Defect::DirtyByTranslation);
        want.write && want.dirties && !missed || also
    }

    fn forgets_flag(&self, want: Want) -> bool {
        let page = self.format(Stage::One).page;
        self.is(Defect::FlagNeverSet)
            || want.execute && self.is(Defect::FlagNotSetByFetch)
            || page == 16 && self.is(Defect::FlagNotSetWith64K)
    }
}
