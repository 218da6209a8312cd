//! Where the architecture's text and its pseudocode of 2023-03 differ, by rule and condition.

use crate::{Change, Ending, Reached};
use afdbm::descriptor::{Descriptor, LeafAttributes, MemoryType};
use afdbm::fault::{FaultStatus, Syndrome};
use core::fmt;
use oracle::LeafPlace;
use oracle::{AccessKind, Architecture, Bytes, Family, Query, predict};

/// A named difference between the text, by which the oracle goes, and the executable specification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Exception {
    /// The code may mark a page dirty after an Alignment fault by memory type though the write is not permitted, or AF
    /// is 0; the text forbids it (R_NSXRD, R_TYCNM, R_DSHLJ).
    DirtyAfterAlignmentFault,
    /// The text permits speculation to set AF beside a level 0 Translation fault (R_LLCCB); the code does not speculate.
    SpeculationBesideTranslationFault,
    /// The same beside an Alignment fault that no translation comes before.
    SpeculationBesideAlignmentFault,
    /// The same beside a DC or IC that completes without a translation.
    SpeculationBesideMaintenance,
    /// The text leaves it open whether AT, DC and IC set AF (R_XQSMX, R_KJBFT); the code always does.
    MaintenanceLeavesFlag,
    /// A CAS whose comparison fails may leave the page clean (R_TXGHB); the code marks it.
    FailedCompareStaysClean,
    /// DC IVAC may be a NOP (R_JYWZL).
    InvalidateIsNothing,
    /// STXR without a monitor may return 1 before its alignment is checked (C6.2 STXR).
    FailingExclusivePassesBy,
    /// WnR of an atomic's Alignment fault: the text of WnR names Permission, Translation and Access flag faults only
    /// (D24.2.45).
    AtomicAlignmentSyndrome,
    /// With FEAT_LSE2 a misaligned exclusive or atomic outside 16 aligned bytes may be performed (B2.8.2.1.2); the code
    /// always faults.
    MisalignedIsPerformed,
    /// What happens to the page beside the one that faults, and which of two is reported (R_QDRWL).
    PageBesideFault,
    /// The Access flag of tables on a walk that ends without a leaf may stay clear (row J05; R_ZGNSH); the code sets it
    /// before it reads on.
    TablesBesideFault,
    /// The stage 2 leaf of a table may become dirty without an update at stage 1 (R_JCXVS).
    TableDirtyWithoutUpdate,
    /// Beside a fault of stage 1, or of a walk at stage 2, speculation may set AF of the data's leaf of stage 2 (R_MYQJN).
    SpeculationAtStage2,
    /// Where stage 2 refuses the data, stage 1 may be left as it was (R_DYCFD); the code updates it before.
    UpdateBesideStage2Fault,
    /// An atomic that stage 2 does not let read may make the leaf dirty (R_KTXCF).
    UnreadableMarksDirty,
    /// Of the stage 2 faults of an update and of the data either may be reported (R_LXCKP).
    EitherStage2Fault,
    /// ISV of a stage 2 Data Abort, and what it makes valid (D24.2.45 ISV); the model leaves it 0.
    InstructionSyndrome,
    /// WnR of the stage 2 fault of an atomic's update: the code takes it from the fault of stage 1, the text asks what a
    /// read would have given (D24.2.45 WnR).
    AtomicUpdateSyndrome,
}

impl Exception {
    /// Every exception.
    pub const ALL: [Self; 19] = [
        Self::DirtyAfterAlignmentFault,
        Self::SpeculationBesideTranslationFault,
        Self::SpeculationBesideAlignmentFault,
        Self::SpeculationBesideMaintenance,
        Self::MaintenanceLeavesFlag,
        Self::FailedCompareStaysClean,
        Self::InvalidateIsNothing,
        Self::FailingExclusivePassesBy,
        Self::AtomicAlignmentSyndrome,
        Self::MisalignedIsPerformed,
        Self::PageBesideFault,
        Self::TablesBesideFault,
        Self::TableDirtyWithoutUpdate,
        Self::SpeculationAtStage2,
        Self::UpdateBesideStage2Fault,
        Self::UnreadableMarksDirty,
        Self::EitherStage2Fault,
        Self::InstructionSyndrome,
        Self::AtomicUpdateSyndrome,
    ];

    /// Returns what excuses that the oracle refuses an outcome which the specification reaches.
    pub(crate) fn of_refused(query: &Query, reached: &Reached) -> Option<Self> {
        let (change, _) = reached.pages[0].unwrap_or_default();
        let leaf = query.paths[LeafPlace::FIRST].leaf();
        let stays_old = !leaf.is_young() && !change.accessed;
        let misaligned = status(&reached.ending) == Some(FaultStatus::Alignment);
        (misaligned && change.dirtied && is_device(leaf) && (stays_old || !grants_write(query)))
            .then_some(Self::DirtyAfterAlignmentFault)
    }

    /// Returns what excuses that the oracle leaves WnR open in a fault of this status.
    pub(crate) fn of_open_write(query: &Query, status: FaultStatus) -> Option<Self> {
        if matches!(status, FaultStatus::Permission(_)) && query.access.kind.family() == Family::Atomic {
            return Some(Self::AtomicUpdateSyndrome);
        }
        if status != FaultStatus::Alignment {
            return None;
        }
        match query.access.kind {
            kind if kind.family() == Family::Atomic => Some(Self::AtomicAlignmentSyndrome),
            // Its LDXR may be performed and its STXR fault.
            AccessKind::StoreExclusivePass if may_be_performed(query) => Some(Self::MisalignedIsPerformed),
            _ => None,
        }
    }

    /// Returns what excuses that the oracle allows an outcome which the specification does not reach.
    pub(crate) fn of_unreached(query: &Query, allowed: &Reached, reached: &[Reached]) -> Option<Self> {
        let kind = query.access.kind;
        let family = kind.family();
        let listed = |wanted: &Reached| {
            reached.iter().any(|reached| {
                reached.pages == wanted.pages
                    && core::mem::discriminant(&reached.ending) == core::mem::discriminant(&wanted.ending)
            })
        };
        let with_first = |change: Change| {
            let mut other = *allowed;
            if let Some((first, _)) = &mut other.pages[0] {
                *first = change;
            }
            other
        };
        let (change, _) = allowed.pages[0].unwrap_or_default();
        if kind.is_crossing() && allowed.pages.iter().flatten().any(|(_, bytes)| *bytes != Bytes::Old)
            || kind.is_crossing() && status(&allowed.ending).is_some()
        {
            return Some(Self::PageBesideFault);
        }
        let maintains =
            matches!(family, Family::DataMaintenance | Family::InstructionMaintenance | Family::Translation);
        if maintains && !change.accessed && listed(&with_first(Change { accessed: true, ..change })) {
            return Some(Self::MaintenanceLeavesFlag);
        }
        if maintains && change.accessed && listed(&with_first(Change { accessed: false, ..change })) {
            return Some(Self::SpeculationBesideMaintenance);
        }
        match status(&allowed.ending) {
            Some(FaultStatus::Translation(level)) if level.number() == 0 && change.accessed => {
                return Some(Self::SpeculationBesideTranslationFault);
            }
            Some(FaultStatus::Alignment) if change.accessed => {
                return Some(Self::SpeculationBesideAlignmentFault);
            }
            _ => {}
        }
        match kind {
            AccessKind::CompareAndSwapMismatch | AccessKind::CompareAndSwapPairMismatch
                if listed(&with_first(Change { dirtied: true, ..change })) =>
            {
                Some(Self::FailedCompareStaysClean)
            }
            AccessKind::Invalidate if allowed.ending == Ending::Completed => Some(Self::InvalidateIsNothing),
            AccessKind::StoreExclusiveFail if allowed.ending == Ending::Status(1) => {
                Some(Self::FailingExclusivePassesBy)
            }
            _ if may_be_performed(query) && status(&allowed.ending) != Some(FaultStatus::Alignment) => {
                Some(Self::MisalignedIsPerformed)
            }
            _ => None,
        }
    }
}

fn is_device(leaf: Descriptor) -> bool {
    let memory = LeafAttributes::from_descriptor(leaf).memory;
    !matches!(memory, MemoryType::Normal | MemoryType::NonCacheable | MemoryType::Tagged)
}

/// Tells whether the access is an exclusive or atomic one that FEAT_LSE2 lets be performed, or not.
fn may_be_performed(query: &Query) -> bool {
    let access = &query.access;
    query.features.misaligned_atomics
        && !query.controls.alignment_checked
        && access.kind.is_exclusive_or_atomic()
        && access.is_misaligned()
        && access.address.0 % 16 + access.kind.alignment() > 16
}

/// Tells whether the instruction would be permitted to write if nothing kept it from it by alignment: aligned, in
/// Normal memory (the first attribute of MAIR_EL1).
fn grants_write(query: &Query) -> bool {
    let mut aligned = *query;
    aligned.access.address = query.access.address.align_down(16);
    let leaf = aligned.paths[LeafPlace::FIRST].at(query.paths[LeafPlace::FIRST].leaf_level);
    *leaf = leaf.without(Descriptor::ATTRIBUTE_INDEX);
    let allowed = predict(Architecture, &aligned);
    let first = allowed.alternatives()[0].ending;
    !matches!(first, oracle::Ending::Faults { syndrome, .. } if matches!(syndrome.value.status(), FaultStatus::Permission(_)))
}

fn status(ending: &Ending) -> Option<FaultStatus> {
    match *ending {
        Ending::Fault { syndrome, .. } => Some(Syndrome(syndrome).status()),
        Ending::TranslationFault(par) => oracle::Par(par).status(),
        _ => None,
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DirtyAfterAlignmentFault => {
                "dirty after an Alignment fault though no write is permitted (R_NSXRD)"
            }
            Self::SpeculationBesideTranslationFault => "AF beside a level 0 Translation fault (R_LLCCB)",
            Self::SpeculationBesideAlignmentFault => "AF beside an Alignment fault (R_LLCCB)",
            Self::SpeculationBesideMaintenance => "AF beside DC or IC that makes no translation (R_LLCCB)",
            Self::MaintenanceLeavesFlag => "AT, DC or IC leaves AF alone (R_XQSMX, R_KJBFT)",
            Self::FailedCompareStaysClean => "a failing CAS leaves the page clean (R_TXGHB)",
            Self::InvalidateIsNothing => "DC IVAC is a NOP (R_JYWZL)",
            Self::FailingExclusivePassesBy => {
                "a failing STXR returns 1 before it looks at the address (C6.2 STXR)"
            }
            Self::AtomicAlignmentSyndrome => "WnR of an atomic's Alignment fault (D24.2.45)",
            Self::MisalignedIsPerformed => {
                "a misaligned exclusive or atomic outside 16 bytes is performed (B2.8.2.1.2)"
            }
            Self::PageBesideFault => "the page beside the one that faults (R_QDRWL)",
            Self::TablesBesideFault => "AF of tables beside a fault of the walk (R_ZGNSH)",
            Self::TableDirtyWithoutUpdate => "a table dirty at stage 2 without an update (R_JCXVS)",
            Self::SpeculationAtStage2 => "AF of the data's leaf of stage 2 beside a fault (R_MYQJN)",
            Self::UpdateBesideStage2Fault => "no update of stage 1 beside the data's stage 2 fault (R_DYCFD)",
            Self::UnreadableMarksDirty => "an atomic that may not read is marked dirty at stage 2 (R_KTXCF)",
            Self::EitherStage2Fault => "the data's stage 2 fault in place of the update's (R_LXCKP)",
            Self::InstructionSyndrome => "ISV of a stage 2 Data Abort (D24.2.45)",
            Self::AtomicUpdateSyndrome => "WnR of the stage 2 fault of an atomic's update (D24.2.45)",
        })
    }
}
