//! Stage 2 of the machine.

use super::rights::{Denial, Rights};
use super::run::{Abort, OfStage2, Run};
use super::tables::level;
use super::{Defect, Liberty};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::stage::Stage;
use oracle::HardwareManagement;

const AF: u64 = 1 << 10;
const READ: u64 = 1 << 6;
const WRITE: u64 = 1 << 7;
const DBM: u64 = 1 << 51;

/// What is wanted of stage 2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) read: bool,
    pub(super) write: bool,
    /// A fetch, by EL0 or not.
    pub(super) execute: Option<bool>,
    pub(super) walk: bool,
    /// What is written becomes dirty.
    pub(super) dirties: bool,
    /// Marks what it uses.
    pub(super) marks: bool,
}

impl Wish {
    /// The walk of stage 1 reads a descriptor.
    pub(super) const WALK: Self =
        Self { read: true, write: false, execute: None, walk: true, dirties: false, marks: true };
    /// The walk of stage 1 writes one.
    pub(super) const UPDATE: Self = Self { write: true, dirties: true, ..Self::WALK };
}

impl Run<'_> {
    /// Whether stage 2 manages the Access flag, and the dirty state.
    fn stage_2_manages(&self) -> (bool, bool) {
        let (Some(second), first) = (self.stage_2, self.controls()) else { return (false, false) };
        let has = self.query.features.hardware_management;
        let ha = match self.hardware.defect {
            Some(Defect::Stage2FlagWithoutEnable) => true,
            Some(Defect::Stage2FlagByStage1) => second.hardware_access_flag || first.hardware_access_flag,
            _ => second.hardware_access_flag,
        };
        let hd = match self.hardware.defect {
            Some(Defect::Stage2DirtyWithoutEnable) => true,
            Some(Defect::Stage2DirtyNeverEnabled) => false,
            Some(Defect::Stage2DirtyByStage1) => second.hardware_dirty_state || first.hardware_dirty_state,
            _ => second.hardware_dirty_state,
        };
        let with_flag = ha || self.is(Defect::Stage2DirtyWithoutHa);
        (
            ha && has >= HardwareManagement::AccessFlag,
            hd && with_flag && has >= HardwareManagement::AccessFlagAndDirtyState,
        )
    }

    /// Translates an intermediate physical address.
    pub(super) fn stage_2(&mut self, address: u64, wish: Wish) -> Result<u64, Abort> {
        let Some(controls) = self.stage_2 else { return Ok(address) };
        let format = self.format(Stage::Two);
        let of = OfStage2 { address, on_walk: wish.walk, of_update: wish.walk && wish.write };
        let abort = |status, readable| Abort { readable, of_stage_2: Some(of), ..Abort::new(status) };
        let last = self.descend(Stage::Two, address).map_err(|stop| abort(stop.status, false))?;
        let at = level(last.level);
        let mut leaf = last.descriptor;
        if self.is(Defect::Stage2InvalidAccepted) {
            leaf |= 1;
        }
        let (ha, hd) = self.stage_2_manages();
        if !self.is_leaf(&format, last.level, leaf) {
            if self.is(Defect::Stage2InvalidMarked) && ha {
                self.memory.write(last.place, last.descriptor | AF);
            }
            return Err(abort(FaultStatus::Translation(at), false));
        }
        let register = controls.indirect.filter(|_| !self.is(Defect::Stage2IndirectIgnored));
        let indirect = register.map(|register| self.indirect_of_stage_2(register, leaf, wish));
        let modifier =
            leaf & DBM != 0 || indirect.is_some() && !self.is(Defect::Stage2IndirectDirtyNeedsModifier);
        let clean = leaf & WRITE == 0 && modifier && hd && indirect.is_none_or(|rights| rights.write);
        let old = leaf & AF == 0 && !ha && !self.is(Defect::Stage2FlagFaultMissing);
        let denied = match indirect {
            Some(rights) => self.stage_2_denies_indirect(leaf, clean, wish, rights),
            None => self.stage_2_denies(leaf, clean, wish, controls.protected_walk),
        };
        let permission_first = self.is(Defect::Stage2PermissionFirst) && denied.is_some();
        if old && !permission_first {
            return Err(abort(FaultStatus::AccessFlag(at), false));
        }
        if let Some(Denial { readable, for_dirty_state }) = denied {
            let atomic = wish.read && wish.write && !wish.walk;
            let dirty = atomic && !readable && clean && self.takes(Liberty::UnreadableMarksDirty);
            if ha && wish.marks && (dirty || self.takes(Liberty::Stage2FlagBesidePermission)) {
                self.mark_stage_2(last.place, true, dirty);
            }
            return Err(Abort { for_dirty_state, ..abort(FaultStatus::Permission(at), readable) });
        }
        if wish.marks {
            let flag = ha && !self.forgets_stage_2_flag(wish);
            let dirty = clean && self.dirties_stage_2(wish);
            self.mark_stage_2(last.place, flag, dirty);
        }
        let size = 1 << format.shift(last.level);
        let span = if self.is(Defect::Stage2BlockIsPage) { 1 << format.page } else { size };
        Ok(format.address(leaf) & !(size - 1) | address & (span - 1))
    }

    /// Tells whether a Permission fault is taken where permissions are indirect.
    fn stage_2_denies_indirect(&self, leaf: u64, clean: bool, wish: Wish, rights: Rights) -> Option<Denial> {
        let dirty = leaf & WRITE != 0 || clean || self.is(Defect::Stage2IndirectCleanGrants);
        if wish.read && !rights.read {
            Some(Denial { readable: false, for_dirty_state: false })
        } else if wish.write && !(rights.write && dirty) {
            Some(Denial { readable: true, for_dirty_state: rights.write })
        } else if wish.execute.is_some() && !rights.execute {
            Some(Denial { readable: false, for_dirty_state: false })
        } else {
            None
        }
    }

    /// Tells whether a Permission fault is taken where permissions are direct.
    fn stage_2_denies(&self, leaf: u64, clean: bool, wish: Wish, protected: bool) -> Option<Denial> {
        let (mut read, mut write) = (leaf & READ != 0, leaf & WRITE != 0);
        if self.is(Defect::Stage2PermissionsSwapped) {
            (read, write) = (write, read);
        }
        write |= clean && !self.is(Defect::Stage2DbmIgnored);
        read |= self.is(Defect::Stage2UnreadableIgnored)
            || wish.walk && self.is(Defect::WalkReadsUnreadable)
            || !wish.walk && self.is(Defect::DataReadsUnreadable);
        write |= self.is(Defect::Stage2ReadOnlyIgnored)
            || wish.walk && self.is(Defect::UpdateNeedsNoWrite)
            || !wish.walk && self.is(Defect::DataNeedsNoWrite);
        let device = leaf & 0b11 << 4 == 0 || self.is(Defect::ProtectsNormalMemory);
        let protected = protected && device && !self.is(Defect::ProtectedWalkIgnored);
        // XN[1:0]: 1 EL1 alone may not, 2 nobody may, 3 EL0 alone may not.
        let never = match (leaf >> 53 & 0b11, wish.execute) {
            (_, None) => false,
            _ if self.is(Defect::Stage2ExecuteNeverIgnored) => false,
            (never, Some(_)) if self.is(Defect::Stage2ExecutionForBoth) => never & 0b10 != 0,
            (never, Some(user)) if self.is(Defect::Stage2ExecutionSwapped) => {
                [false, user, true, !user][usize::try_from(never).unwrap_or(0)]
            }
            (never, Some(user)) => [false, !user, true, user][usize::try_from(never).unwrap_or(0)],
        };
        let spare = wish.walk && !wish.write && self.is(Defect::WalkNeedsWrite);
        let manages = self.controls().hardware_access_flag;
        let readable = if wish.walk && protected || wish.read && !read {
            Some(false)
        } else if wish.write && !write || spare && manages && !write {
            Some(true)
        } else {
            never.then_some(false)
        };
        readable.map(|readable| Denial { readable, for_dirty_state: false })
    }

    fn forgets_stage_2_flag(&self, wish: Wish) -> bool {
        self.is(Defect::Stage2FlagNeverSet)
            || wish.walk && self.is(Defect::Stage2FlagNotSetByWalk)
            || !wish.walk && self.is(Defect::Stage2FlagNotSetByData)
            || wish.execute.is_some() && self.is(Defect::Stage2FlagNotSetByFetch)
    }

    /// Tells whether what is done to a clean leaf makes it dirty.
    fn dirties_stage_2(&self, wish: Wish) -> bool {
        let atomic = wish.read && wish.write && !wish.walk;
        let missed = self.is(Defect::Stage2DirtyMissed) && !wish.walk
            || self.is(Defect::Stage2DirtyMissedByAtomic) && atomic
            || self.is(Defect::UpdateLeavesTableClean) && wish.walk;
        let read = wish.read && !wish.write && !wish.walk && self.is(Defect::Stage2DirtyByLoad)
            || wish.execute.is_some() && self.is(Defect::Stage2DirtyByFetch);
        // A walk that has nothing to update (row H14), and what is beyond it.
        let managed = self.controls().hardware_access_flag;
        let walk = wish.walk
            && !wish.write
            && (self.is(Defect::WalkDirtiesTable) || managed && self.is(Defect::WalkDirtiesEveryTable));
        wish.write && wish.dirties && !missed || read || walk
    }

    /// Writes a leaf of stage 2.
    fn mark_stage_2(&mut self, place: u64, flag: bool, dirty: bool) {
        let before = self.memory.read(place);
        let mut after = before;
        if flag && !(dirty && self.is(Defect::Stage2DirtyWithoutFlag)) {
            after |= AF;
        }
        if dirty {
            after |= WRITE;
        }
        if after != before {
            if self.is(Defect::Stage2OutputBitLost) {
                after &= !(1 << 29);
            }
            if self.is(Defect::Stage2ExecuteNeverLost) {
                after &= !(Descriptor::UXN | Descriptor::PXN);
            }
            if self.is(Defect::Stage2ModifierLost) {
                after &= !DBM;
            }
            if self.is(Defect::Stage2NeighbourMarked) {
                let beside = self.memory.read(place ^ 8);
                self.memory.write(place ^ 8, beside | AF);
            }
        }
        self.memory.write(place, after);
    }
}
