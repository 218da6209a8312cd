//! The access: what the instruction is, where it is executed and what it touches.

use afdbm::address::VirtualAddress;
use afdbm::geometry::Geometry;

/// The Exception level that executes the access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum ExceptionLevel {
    /// EL0, unprivileged.
    El0,
    /// EL1.
    El1,
}

/// An instruction that makes, or may make, a stage 1 translation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum AccessKind {
    /// LDR of 8 bytes.
    Load,
    /// STR of 8 bytes.
    Store,
    /// LDP of two 8-byte registers.
    LoadPair,
    /// STP of two 8-byte registers.
    StorePair,
    /// LDTR of 8 bytes.
    LoadUnprivileged,
    /// STTR of 8 bytes.
    StoreUnprivileged,
    /// LDXR of 8 bytes.
    LoadExclusive,
    /// LDXR, then STXR, again until it passes, a thousand times at most.
    StoreExclusivePass,
    /// CLREX, then STXR, which cannot pass.
    StoreExclusiveFail,
    /// CAS of 8 bytes whose comparison matches; the new value differs.
    CompareAndSwap,
    /// CAS of 8 bytes whose comparison fails.
    CompareAndSwapMismatch,
    /// CASP of 16 bytes whose comparison matches; the new value differs.
    CompareAndSwapPair,
    /// CASP of 16 bytes whose comparison fails.
    CompareAndSwapPairMismatch,
    /// SWP of 8 bytes.
    Swap,
    /// LDADD of 8 bytes, of a value other than 0.
    FetchAdd,
    /// LDADD of 0.
    FetchAddZero,
    /// An instruction fetch: a branch to the address.
    Fetch,
    /// DC ZVA.
    ZeroBlock,
    /// DC CVAC.
    Clean,
    /// DC CIVAC.
    CleanInvalidate,
    /// DC IVAC; UNDEFINED at EL0.
    Invalidate,
    /// IC IVAU.
    InvalidateInstruction,
    /// PRFM PLDL1KEEP.
    PrefetchLoad,
    /// PRFM PSTL1KEEP.
    PrefetchStore,
    /// AT S1E1R; UNDEFINED at EL0, as are the other AT instructions.
    TranslateRead,
    /// AT S1E1W.
    TranslateWrite,
    /// AT S1E0R.
    TranslateUserRead,
    /// AT S1E0W.
    TranslateUserWrite,
    /// AT S1E1RP (FEAT_PAN2).
    TranslateReadPan,
    /// AT S1E1WP (FEAT_PAN2).
    TranslateWritePan,
    /// LDR of 8 bytes that lie in two pages.
    LoadCrossing,
    /// STR of 8 bytes that lie in two pages.
    StoreCrossing,
}

/// What a kind does to memory, as far as rules tell kinds apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// Reads only: LDR, LDP, LDTR, LDXR.
    Read,
    /// Writes only: STR, STP, STTR, STXR, DC ZVA.
    Write,
    /// Reads and writes in one access: CAS, CASP, SWP, LDADD.
    Atomic,
    /// An instruction fetch.
    Fetch,
    /// DC by virtual address to the Point of Coherency.
    DataMaintenance,
    /// IC by virtual address.
    InstructionMaintenance,
    /// PRFM.
    Prefetch,
    /// AT.
    Translation,
}

impl AccessKind {
    /// Every kind, in the order of the product (version 1).
    pub const ALL: [Self; 32] = [
        Self::Load,
        Self::Store,
        Self::LoadPair,
        Self::StorePair,
        Self::LoadUnprivileged,
        Self::StoreUnprivileged,
        Self::LoadExclusive,
        Self::StoreExclusivePass,
        Self::StoreExclusiveFail,
        Self::CompareAndSwap,
        Self::CompareAndSwapMismatch,
        Self::CompareAndSwapPair,
        Self::CompareAndSwapPairMismatch,
        Self::Swap,
        Self::FetchAdd,
        Self::FetchAddZero,
        Self::Fetch,
        Self::ZeroBlock,
        Self::Clean,
        Self::CleanInvalidate,
        Self::Invalidate,
        Self::InvalidateInstruction,
        Self::PrefetchLoad,
        Self::PrefetchStore,
        Self::TranslateRead,
        Self::TranslateWrite,
        Self::TranslateUserRead,
        Self::TranslateUserWrite,
        Self::TranslateReadPan,
        Self::TranslateWritePan,
        Self::LoadCrossing,
        Self::StoreCrossing,
    ];

    /// Returns the kind's family.
    #[must_use]
    pub const fn family(self) -> Family {
        /// A table, since the families are asked for at every turn.
        const FAMILIES: [Family; AccessKind::ALL.len()] = {
            let mut families = [Family::Read; AccessKind::ALL.len()];
            let mut place = 0;
            while place < families.len() {
                families[AccessKind::ALL[place] as usize] = AccessKind::ALL[place].own_family();
                place += 1;
            }
            families
        };
        FAMILIES[self as usize]
    }

    const fn own_family(self) -> Family {
        match self {
            Self::Load
            | Self::LoadPair
            | Self::LoadUnprivileged
            | Self::LoadExclusive
            | Self::LoadCrossing => Family::Read,
            Self::Store
            | Self::StorePair
            | Self::StoreUnprivileged
            | Self::StoreExclusivePass
            | Self::StoreExclusiveFail
            | Self::ZeroBlock
            | Self::StoreCrossing => Family::Write,
            Self::CompareAndSwap
            | Self::CompareAndSwapMismatch
            | Self::CompareAndSwapPair
            | Self::CompareAndSwapPairMismatch
            | Self::Swap
            | Self::FetchAdd
            | Self::FetchAddZero => Family::Atomic,
            Self::Fetch => Family::Fetch,
            Self::Clean | Self::CleanInvalidate | Self::Invalidate => Family::DataMaintenance,
            Self::InvalidateInstruction => Family::InstructionMaintenance,
            Self::PrefetchLoad | Self::PrefetchStore => Family::Prefetch,
            _ => Family::Translation,
        }
    }

    /// Returns the kind's name in a log, such as `cas-mismatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Store => "store",
            Self::LoadPair => "load-pair",
            Self::StorePair => "store-pair",
            Self::LoadUnprivileged => "load-unprivileged",
            Self::StoreUnprivileged => "store-unprivileged",
            Self::LoadExclusive => "load-exclusive",
            Self::StoreExclusivePass => "store-exclusive",
            Self::StoreExclusiveFail => "store-exclusive-failing",
            Self::CompareAndSwap => "cas",
            Self::CompareAndSwapMismatch => "cas-mismatch",
            Self::CompareAndSwapPair => "casp",
            Self::CompareAndSwapPairMismatch => "casp-mismatch",
            Self::Swap => "swp",
            Self::FetchAdd => "ldadd",
            Self::FetchAddZero => "ldadd-zero",
            Self::Fetch => "fetch",
            Self::ZeroBlock => "dc-zva",
            Self::Clean => "dc-cvac",
            Self::CleanInvalidate => "dc-civac",
            Self::Invalidate => "dc-ivac",
            Self::InvalidateInstruction => "ic-ivau",
            Self::PrefetchLoad => "prfm-load",
            Self::PrefetchStore => "prfm-store",
            Self::TranslateRead => "at-s1e1r",
            Self::TranslateWrite => "at-s1e1w",
            Self::TranslateUserRead => "at-s1e0r",
            Self::TranslateUserWrite => "at-s1e0w",
            Self::TranslateReadPan => "at-s1e1rp",
            Self::TranslateWritePan => "at-s1e1wp",
            Self::LoadCrossing => "load-crossing",
            Self::StoreCrossing => "store-crossing",
        }
    }

    /// Tells whether the access touches two pages.
    #[must_use]
    pub const fn is_crossing(self) -> bool {
        matches!(self, Self::LoadCrossing | Self::StoreCrossing)
    }

    /// Tells whether the instruction is LDTR or STTR.
    #[must_use]
    pub const fn is_unprivileged(self) -> bool {
        matches!(self, Self::LoadUnprivileged | Self::StoreUnprivileged)
    }

    /// Tells whether the access must be aligned to its size whatever SCTLR_EL1.A says.
    #[must_use]
    pub const fn is_exclusive_or_atomic(self) -> bool {
        matches!(self.family(), Family::Atomic)
            || matches!(self, Self::LoadExclusive | Self::StoreExclusivePass | Self::StoreExclusiveFail)
    }

    /// Returns the bytes to which an access is aligned, or 1 where the kind has no alignment.
    #[must_use]
    pub const fn alignment(self) -> u64 {
        match self.family() {
            Family::Read | Family::Write if !matches!(self, Self::ZeroBlock) => 8,
            Family::Atomic => match self {
                Self::CompareAndSwapPair | Self::CompareAndSwapPairMismatch => 16,
                _ => 8,
            },
            Family::Fetch => 4,
            _ => 1,
        }
    }

    /// Returns the kind of the access that a prediction of the address translation instruction stands for:
    /// whether it is a write.
    #[must_use]
    pub const fn translates_write(self) -> bool {
        matches!(self, Self::TranslateWrite | Self::TranslateUserWrite | Self::TranslateWritePan)
    }
}

/// One access, as the instruction makes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access {
    /// The instruction.
    pub kind: AccessKind,
    /// Where it is executed.
    pub level: ExceptionLevel,
    /// The address in its register, with its top byte.
    pub address: VirtualAddress,
}

impl Access {
    /// Returns the first address of the second page of a crossing access.
    #[must_use]
    pub const fn second_page(&self, geometry: Geometry) -> VirtualAddress {
        let size = geometry.page_size();
        self.address.align_down(size).offset(size)
    }

    /// Tells whether the address is not a multiple of what the kind is aligned to.
    #[must_use]
    pub const fn is_misaligned(&self) -> bool {
        !self.address.is_aligned(self.kind.alignment())
    }
}
