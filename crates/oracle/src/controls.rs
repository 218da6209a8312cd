//! What governs a translation, as data: the controls of the EL1&0 regime and what the PE implements.

use super::Requirement;
use afdbm::geometry::Geometry;
use afdbm::regime::Regime;
use core::fmt;

/// ID_AA64MMFR1_EL1.HAFDBS: what the hardware manages (Arm ARM D24.2.89; rows A01 to A05).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum HardwareManagement {
    /// 0b0000: nothing; TCR_EL1.HA and HD are RES0.
    #[default]
    Absent,
    /// 0b0001: the Access flag.
    AccessFlag,
    /// 0b0010: the Access flag and the dirty state.
    AccessFlagAndDirtyState,
    /// 0b0011 or more: these, and the Access flag of Table descriptors (FEAT_HAFT).
    AccessFlagOfTables,
}

impl HardwareManagement {
    /// Decodes the ID field, unsigned: a higher value means at least what a lower one means.
    #[must_use]
    pub const fn from_field(field: u8) -> Self {
        match field {
            0 => Self::Absent,
            1 => Self::AccessFlag,
            2 => Self::AccessFlagAndDirtyState,
            _ => Self::AccessFlagOfTables,
        }
    }
}

/// ID_AA64MMFR1_EL1.PAN: how much of Privileged Access Never there is (Arm ARM D24.2.89).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum PrivilegedAccessNever {
    /// 0b0000: none.
    #[default]
    Absent,
    /// 0b0001: FEAT_PAN.
    Pan,
    /// 0b0010: FEAT_PAN2, with AT S1E1RP and AT S1E1WP.
    Pan2,
    /// 0b0011 or more: FEAT_PAN3, with SCTLR_EL1.EPAN.
    Pan3,
}

impl PrivilegedAccessNever {
    /// Decodes the ID field, unsigned.
    #[must_use]
    pub const fn from_field(field: u8) -> Self {
        match field {
            0 => Self::Absent,
            1 => Self::Pan,
            2 => Self::Pan2,
            _ => Self::Pan3,
        }
    }
}

/// What the PE implements, of all that changes a prediction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Features {
    /// FEAT_HAFDBS.
    pub hardware_management: HardwareManagement,
    /// FEAT_PAN, FEAT_PAN2, FEAT_PAN3.
    pub privileged_access_never: PrivilegedAccessNever,
    /// FEAT_LSE: CAS, CASP, SWP, LDADD, STADD.
    pub atomics: bool,
    /// FEAT_THE: RCWCAS.
    pub read_check_write: bool,
    /// FEAT_MTE2: DC GVA, DC GZVA.
    pub tags: bool,
    /// FEAT_LSE2: misaligned exclusives, atomics, acquires and releases inside 16 bytes.
    pub misaligned_atomics: bool,
    /// FEAT_UAO: PSTATE.UAO.
    pub user_access_override: bool,
    /// FEAT_E0PD: TCR_EL1.E0PD0.
    pub unprivileged_refusal: bool,
    /// Data cache maintenance to the Point of Coherency has a cache to act on: CLIDR_EL1.LoC is not 0
    /// (pseudocode `DCInstNeedsTranslation`).
    pub cache_before_coherency: bool,
    /// DC ZVA is permitted: DCZID_EL0.DZP is 0.
    pub zeroing: bool,
    /// FEAT_HPDS: TCR_EL1.HPD0.
    pub hierarchy_disables: bool,
    /// Instructions that few PEs have.
    pub extensions: Extensions,
}

/// The extensions of which instructions are asked for, beside those that change other predictions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extensions {
    /// FEAT_LSE128: LDCLRP, LDSETP, SWPP.
    pub atomics_128: bool,
    /// FEAT_LOR: LDLAR, STLLR.
    pub limited_ordering: bool,
    /// ID_AA64ISAR1_EL1.LRCPC: 1 LDAPR, 2 LDAPUR and STLUR, 3 LDIAPP and STILP.
    pub acquire_pc: u8,
    /// ID_AA64ISAR1_EL1.DPB: 1 DC CVAP, 2 DC CVADP.
    pub persistence: u8,
    /// FEAT_ATS1A: AT S1E1A.
    pub translate_any: bool,
    /// FEAT_SVE.
    pub scalable_vectors: bool,
    /// FEAT_MOPS: CPY, SET.
    pub memory_operations: bool,
    /// EL2 executes AT S12E1R and its like for who asks.
    pub hypervisor: bool,
}

impl Extensions {
    /// None of them.
    pub const NONE: Self = Self {
        atomics_128: false,
        limited_ordering: false,
        acquire_pc: 0,
        persistence: 0,
        translate_any: false,
        scalable_vectors: false,
        memory_operations: false,
        hypervisor: false,
    };
}

impl Features {
    /// Tells whether the PE has what an instruction requires.
    #[must_use]
    pub const fn has(&self, requirement: Requirement) -> bool {
        match requirement {
            Requirement::Nothing => true,
            Requirement::Atomics => self.atomics,
            Requirement::Pan2 => self.privileged_access_never as u8 >= PrivilegedAccessNever::Pan2 as u8,
            Requirement::Zeroing => self.zeroing,
            Requirement::Tags => self.tags && self.zeroing,
            Requirement::ReadCheckWrite => self.read_check_write,
            Requirement::Atomics128 => self.extensions.atomics_128,
            Requirement::LimitedOrdering => self.extensions.limited_ordering,
            Requirement::AcquirePc => self.extensions.acquire_pc >= 1,
            Requirement::AcquirePc2 => self.extensions.acquire_pc >= 2,
            Requirement::AcquirePc3 => self.extensions.acquire_pc >= 3,
            Requirement::TagInstructions => self.tags,
            Requirement::Persistence => self.extensions.persistence >= 1,
            Requirement::DeepPersistence => self.extensions.persistence >= 2,
            Requirement::TranslateAny => self.extensions.translate_any,
            Requirement::ScalableVectors => self.extensions.scalable_vectors,
            Requirement::MemoryOperations => self.extensions.memory_operations,
            Requirement::Hypervisor => self.extensions.hypervisor,
        }
    }
}

/// How the descriptors of a regime say what they grant (Arm ARM D8.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PermissionScheme {
    /// By bits of their own: AP, UXN, PXN.
    #[default]
    Direct,
    /// By an index into registers: TCR2_ELx.PIE is 1 (FEAT_S1PIE).
    Indirect {
        /// PIR_ELx: what each index grants the privileged Exception level.
        privileged: u64,
        /// PIRE0_ELx: what each index grants EL0.
        unprivileged: u64,
    },
}

/// The controls of a regime that an access meets, and those of the range that its address lies in.
///
/// The default is the EL1&0 regime with everything off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Controls {
    /// The regime, whose registers these are.
    pub regime: Regime,
    /// TCR_ELx.HA.
    pub hardware_access_flag: bool,
    /// TCR_ELx.HD.
    pub hardware_dirty_state: bool,
    /// TCR2_ELx.HAFT.
    pub table_access_flag: bool,
    /// How permissions are held.
    pub permissions: PermissionScheme,
    /// SCTLR_ELx.WXN.
    pub write_execute_never: bool,
    /// PSTATE.PAN.
    pub privileged_access_never: bool,
    /// SCTLR_ELx.EPAN.
    pub executable_access_never: bool,
    /// PSTATE.UAO.
    pub user_access_override: bool,
    /// SCTLR_ELx.A.
    pub alignment_checked: bool,
    /// The controls of the range.
    pub range: RangeControls,
}

impl Default for Controls {
    fn default() -> Self {
        Self {
            regime: Regime::El10,
            hardware_access_flag: false,
            hardware_dirty_state: false,
            table_access_flag: false,
            permissions: PermissionScheme::Direct,
            write_execute_never: false,
            privileged_access_never: false,
            executable_access_never: false,
            user_access_override: false,
            alignment_checked: false,
            range: RangeControls::default(),
        }
    }
}

/// The controls of the range of one table base register, TTBRn_ELx.
///
/// The default is everything off, with [`Geometry::SIZE_4K`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeControls {
    /// Granule and sizes of addresses: TCR_ELx.TGn, TnSZ, DS, and the lesser of (I)PS and what the PE implements.
    pub geometry: Geometry,
    /// TCR_ELx.HPDn: the attributes of Table descriptors are ignored.
    pub hierarchy_disabled: bool,
    /// TCR_ELx.E0PDn.
    pub unprivileged_refused: bool,
    /// TCR_ELx.TBIn, with TBIDn = 0.
    pub top_byte_ignored: bool,
    /// TCR_ELx.EPDn.
    pub walks_disabled: bool,
}

impl Default for RangeControls {
    fn default() -> Self {
        Self {
            geometry: Geometry::SIZE_4K,
            hierarchy_disabled: false,
            unprivileged_refused: false,
            top_byte_ignored: false,
            walks_disabled: false,
        }
    }
}

/// What the TLB may hold for the accessed pages when the access is made.
///
/// The TLB was emptied after the descriptors were written and the barriers were executed; a plain aligned
/// access at the same Exception level, with the same controls, may have gone before, one to each page.
/// An entry that it left can only hold what the descriptors say, since nothing changed them but the hardware.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TlbState {
    /// Nothing for these pages.
    #[default]
    Cold,
    /// What a load left, whether it completed or not.
    AfterLoad,
    /// What a store left, whether it completed or not; it stored what was there.
    AfterStore,
}

impl fmt::Display for TlbState {
    /// Shows what went before: `cold` where nothing did.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cold => "cold",
            Self::AfterLoad => "after a load",
            Self::AfterStore => "after a store",
        })
    }
}
