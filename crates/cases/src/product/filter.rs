//! The filter: what is dropped from the product, and why. Only what cannot be executed, or what a cited rule leaves
//! open altogether; never what merely should not matter.

use super::{Circumstance, Combination};
use core::fmt;
use oracle::{
    ExceptionLevel, Family, Features, HardwareManagement, Misaligned, PrivilegedAccessNever, Requirement,
};

/// Why a combination is dropped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Dropped {
    /// AT and DC IVAC are UNDEFINED at EL0 (Arm ARM C5.3, C5.5).
    UndefinedAtEl0,
    /// The PE has no such instruction or control.
    NotImplemented,
    /// HD=1 on a PE that manages the Access flag only: nothing is specified (row A03).
    FlagManagementOnly,
    /// The kind has no alignment to miss, or would take a PC alignment fault.
    NothingToMisalign,
    /// An exclusive or an atomic to Device memory is IMPLEMENTATION DEFINED (Arm ARM B2.9.2, fault status 0b110101).
    AtomicToDevice,
    /// With FEAT_LSE2 it is CONSTRAINED UNPREDICTABLE whether a misaligned acquire or release of Device memory faults before
    /// it is translated (Arm ARM B2.8.2).
    MisalignedOrderedToDevice,
    /// A store of tags to Device memory is CONSTRAINED UNPREDICTABLE (Arm ARM C5.3.30).
    TagsToDevice,
    /// An access that crosses into another memory type is CONSTRAINED UNPREDICTABLE (Arm ARM K1.2).
    CrossingMemoryTypes,
    /// Which bits of an invalid PC reach FAR_EL1 is IMPLEMENTATION DEFINED (Arm ARM D1.3.6).
    FetchFromInvalidAddress,
    /// The machine has no memory at which the access could be made, or no address that is too large.
    NoMemory,
    /// The regime has no such Exception level, control or instruction, or none that leaves the code that asks in its place.
    NotInRegime,
    /// A hypervisor's stage 2 forces the memory type ([`Calibration`](super::Calibration)).
    AttributesForced,
    /// What TCR_EL1 asks for is there, though no ID register says so ([`Calibration`](super::Calibration)).
    ManagementHidden,
}

impl Dropped {
    /// Every reason, by its discriminant.
    pub const ALL: [Self; 13] = [
        Self::UndefinedAtEl0,
        Self::NotImplemented,
        Self::FlagManagementOnly,
        Self::NothingToMisalign,
        Self::AtomicToDevice,
        Self::MisalignedOrderedToDevice,
        Self::TagsToDevice,
        Self::CrossingMemoryTypes,
        Self::FetchFromInvalidAddress,
        Self::NoMemory,
        Self::NotInRegime,
        Self::AttributesForced,
        Self::ManagementHidden,
    ];
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::UndefinedAtEl0 => "UNDEFINED at EL0",
            Self::NotImplemented => "not implemented on this CPU",
            Self::FlagManagementOnly => "HD=1 where only the Access flag is managed (row A03)",
            Self::NothingToMisalign => "no alignment to miss",
            Self::AtomicToDevice => "exclusive or atomic to Device memory (IMPLEMENTATION DEFINED, B2.9.2)",
            Self::MisalignedOrderedToDevice => {
                "misaligned acquire or release of Device memory (CONSTRAINED UNPREDICTABLE, B2.8.2)"
            }
            Self::TagsToDevice => "tags to Device memory (CONSTRAINED UNPREDICTABLE, C5.3.30)",
            Self::CrossingMemoryTypes => "access across memory types (CONSTRAINED UNPREDICTABLE, K1.2)",
            Self::FetchFromInvalidAddress => {
                "fetch from an invalid address (FAR_EL1 IMPLEMENTATION DEFINED, D1.3.6)"
            }
            Self::NoMemory => "no memory for it on this machine",
            Self::AttributesForced => "stage 2 forces the memory type on this machine",
            Self::ManagementHidden => "hardware management that the ID registers hide",
            Self::NotInRegime => "no such Exception level, control or instruction in the regime",
        })
    }
}

/// Returns why `combination` is dropped on a PE with `features`, or `None` if it is to be run.
#[must_use]
pub fn filter(combination: &Combination, features: &Features) -> Option<Dropped> {
    let kind = combination.kind;
    let family = kind.family();
    let at_el0 = combination.exception_level == ExceptionLevel::El0;
    if at_el0 && kind.is_undefined_at_el0() {
        return Some(Dropped::UndefinedAtEl0);
    }
    let pan = features.privileged_access_never;
    let absent = !features.has(kind.requires())
        || match combination.circumstance {
            Circumstance::UserAccessOverride => !features.user_access_override,
            Circumstance::UnprivilegedRefused => !features.unprivileged_refusal,
            Circumstance::ExecutableAccessNever => pan < PrivilegedAccessNever::Pan3,
            _ => false,
        }
        || combination.privileged_access_never && pan == PrivilegedAccessNever::Absent
        || combination.hierarchy_disabled && !features.hierarchy_disables;
    if absent {
        return Some(Dropped::NotImplemented);
    }
    if combination.hardware_dirty_state && features.hardware_management == HardwareManagement::AccessFlag {
        return Some(Dropped::FlagManagementOnly);
    }
    let reads_or_writes = matches!(family, Family::Read | Family::Write | Family::Atomic);
    if combination.circumstance.is_misaligned() && (!reads_or_writes || kind.is_block()) {
        return Some(Dropped::NothingToMisalign);
    }
    if combination.circumstance.is_device() {
        if kind.writes_tags_only()
            || kind.requires() == Requirement::TagInstructions && family == Family::Write
        {
            return Some(Dropped::TagsToDevice);
        }
        if kind.is_exclusive_or_atomic() {
            return Some(Dropped::AtomicToDevice);
        }
        let ordered = kind.misaligned() == Misaligned::Refused;
        if ordered && combination.circumstance.is_misaligned() && features.misaligned_atomics {
            return Some(Dropped::MisalignedOrderedToDevice);
        }
        if kind.is_crossing() {
            return Some(Dropped::CrossingMemoryTypes);
        }
    }
    if combination.circumstance == Circumstance::TopByteChecked && family == Family::Fetch {
        return Some(Dropped::FetchFromInvalidAddress);
    }
    None
}
