//! The access: what the instruction is, where it is executed and what it touches.

use super::declaration::{
    Compare, Declaration, Family, Misaligned, Requirement, Returns, Stores, atomic, block, kind, read,
    translation, write,
};
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
    /// EL2.
    El2,
}

macro_rules! kinds {
    ($($(#[$documentation:meta])* $name:ident = $declaration:expr;)*) => {
        /// An instruction that makes, or may make, a stage 1 translation.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum AccessKind {
            $($(#[$documentation])* $name,)*
        }

        impl AccessKind {
            /// Every kind, in the order of the table.
            pub const ALL: [Self; [$(Self::$name,)*].len()] = [$(Self::$name,)*];
        }

        const DECLARATIONS: [Declaration; AccessKind::ALL.len()] = [$($declaration,)*];
    };
}

// A new instruction is one line here, and one in the kernel's table of stubs.
kinds! {
    /// LDR of 8 bytes.
    Load = read("load", 8);
    /// STR of 8 bytes.
    Store = write("store", 8);
    /// LDP of two 8-byte registers.
    LoadPair = read("load-pair", 8).returning(Returns::Pair);
    /// STP of two 8-byte registers.
    StorePair = write("store-pair", 8).storing(Stores::Pair);
    /// LDTR of 8 bytes.
    LoadUnprivileged = read("load-unprivileged", 8).unprivileged();
    /// STTR of 8 bytes.
    StoreUnprivileged = write("store-unprivileged", 8).unprivileged();
    /// LDAR of 8 bytes.
    LoadAcquire = read("load-acquire", 8).misaligned(Misaligned::Refused);
    /// STLR of 8 bytes.
    StoreRelease = write("store-release", 8).misaligned(Misaligned::Refused);
    /// LDR of a 16-byte SIMD and floating-point register.
    LoadVector = read("load-vector", 16).returning(Returns::Pair);
    /// STR of a 16-byte SIMD and floating-point register.
    StoreVector = write("store-vector", 16).storing(Stores::Pair);
    /// LD1 of two 8-byte elements.
    LoadStructure = read("load-structure", 8).returning(Returns::Pair);
    /// LDXR of 8 bytes.
    LoadExclusive = read("load-exclusive", 8).exclusive();
    /// LDXR, then STXR, again until it passes, but not forever.
    StoreExclusivePass = write("store-exclusive", 8).exclusive().returning(Returns::Status);
    /// CLREX, then STXR, which cannot pass.
    StoreExclusiveFail =
        write("store-exclusive-failing", 8).exclusive().returning(Returns::Status).storing(Stores::Nothing);
    /// CAS of 8 bytes whose comparison matches; the new value differs.
    CompareAndSwap = atomic("cas", 8).matching_compare();
    /// CAS of 8 bytes whose comparison fails.
    CompareAndSwapMismatch = atomic("cas-mismatch", 8).failing_compare();
    /// CASP of 16 bytes whose comparison matches; the new value differs.
    CompareAndSwapPair = atomic("casp", 16).returning(Returns::Pair).storing(Stores::Pair).matching_compare();
    /// CASP of 16 bytes whose comparison fails.
    CompareAndSwapPairMismatch = atomic("casp-mismatch", 16).returning(Returns::Pair).failing_compare();
    /// SWP of 8 bytes.
    Swap = atomic("swp", 8);
    /// LDADD of 8 bytes, of a value other than 0.
    FetchAdd = atomic("ldadd", 8).storing(Stores::Sum);
    /// LDADD of 0.
    FetchAddZero = atomic("ldadd-zero", 8).storing(Stores::Nothing);
    /// STADD of 8 bytes, of a value other than 0.
    StoreAdd = atomic("stadd", 8).storing(Stores::Sum).returning(Returns::Nothing);
    /// RCWCAS of 8 bytes whose comparison fails.
    ReadCheckWriteMismatch = atomic("rcwcas-mismatch", 8)
        .failing_compare()
        .misaligned(Misaligned::RefusedAlways)
        .requiring(Requirement::ReadCheckWrite);
    /// An instruction fetch: a branch to the address.
    Fetch = kind("fetch", Family::Fetch, 4).returning(Returns::Execution);
    /// DC ZVA.
    ZeroBlock = block("dc-zva").requiring(Requirement::Zeroing);
    /// DC GZVA.
    TagZeroBlock = block("dc-gzva").requiring(Requirement::Tags);
    /// DC GVA, to memory that is not Tagged.
    TagBlock = block("dc-gva").requiring(Requirement::Tags).tags_only();
    /// DC CVAC.
    Clean = kind("dc-cvac", Family::DataMaintenance, 1);
    /// DC CIVAC.
    CleanInvalidate = kind("dc-civac", Family::DataMaintenance, 1);
    /// DC IVAC; UNDEFINED at EL0.
    Invalidate = kind("dc-ivac", Family::DataMaintenance, 1).undefined_at_el0();
    /// IC IVAU.
    InvalidateInstruction = kind("ic-ivau", Family::InstructionMaintenance, 1);
    /// PRFM PLDL1KEEP.
    PrefetchLoad = kind("prfm-load", Family::Prefetch, 1);
    /// PRFM PSTL1KEEP.
    PrefetchStore = kind("prfm-store", Family::Prefetch, 1);
    /// AT S1E1R; UNDEFINED at EL0, as are the other AT instructions.
    TranslateRead = translation("at-s1e1r");
    /// AT S1E1W.
    TranslateWrite = translation("at-s1e1w").translating_write();
    /// AT S1E0R.
    TranslateUserRead = translation("at-s1e0r").unprivileged();
    /// AT S1E0W.
    TranslateUserWrite = translation("at-s1e0w").unprivileged().translating_write();
    /// AT S1E1RP (FEAT_PAN2).
    TranslateReadPan = translation("at-s1e1rp").requiring(Requirement::Pan2);
    /// AT S1E1WP (FEAT_PAN2).
    TranslateWritePan = translation("at-s1e1wp").requiring(Requirement::Pan2).translating_write();
    /// LDR of 8 bytes that lie in two pages.
    LoadCrossing = read("load-crossing", 8).crossing();
    /// STR of 8 bytes that lie in two pages.
    StoreCrossing = write("store-crossing", 8).crossing();
    /// STP of two 8-byte registers that lie in two pages.
    StorePairCrossing = write("store-pair-crossing", 8).storing(Stores::Pair).crossing();
}

impl AccessKind {
    const fn declaration(self) -> &'static Declaration {
        &DECLARATIONS[self as usize]
    }

    /// Returns the kind's family.
    #[must_use]
    pub const fn family(self) -> Family {
        self.declaration().family
    }

    /// Returns the kind's name in a log, such as `cas-mismatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.declaration().name
    }

    /// Returns what a PE must have for the instruction not to be UNDEFINED, or trapped.
    #[must_use]
    pub const fn requires(self) -> Requirement {
        self.declaration().requires
    }

    /// Returns what the instruction leaves in its registers.
    #[must_use]
    pub const fn returns(self) -> Returns {
        self.declaration().returns
    }

    /// Returns what the instruction stores where it completes.
    #[must_use]
    pub const fn stores(self) -> Stores {
        self.declaration().stores
    }

    /// Tells whether the instruction is UNDEFINED at EL0 (Arm ARM C5.3, C5.5).
    #[must_use]
    pub const fn is_undefined_at_el0(self) -> bool {
        self.declaration().undefined_at_el0
    }

    /// Tells whether the access touches two pages.
    #[must_use]
    pub const fn is_crossing(self) -> bool {
        self.declaration().crossing
    }

    /// Tells whether the instruction has EL0's permissions wherever it is executed: LDTR, STTR, AT S1E0R, AT S1E0W.
    #[must_use]
    pub const fn is_unprivileged(self) -> bool {
        self.declaration().unprivileged
    }

    /// Returns what the instruction finds where it compares.
    #[must_use]
    pub const fn compare(self) -> Compare {
        self.declaration().compare
    }

    /// Tells whether the instruction compares, and finds that it must not store.
    #[must_use]
    pub const fn compare_fails(self) -> bool {
        matches!(self.compare(), Compare::Fails)
    }

    /// Tells whether the instruction writes the block of DC ZVA around its address, data or tags.
    #[must_use]
    pub const fn is_block(self) -> bool {
        matches!(self, Self::ZeroBlock | Self::TagZeroBlock | Self::TagBlock)
    }

    /// Tells whether the instruction writes Allocation Tags and no data.
    #[must_use]
    pub const fn writes_tags_only(self) -> bool {
        self.declaration().tags_only
    }

    /// Tells whether the instruction is exclusive, or an atomic one.
    #[must_use]
    pub const fn is_exclusive_or_atomic(self) -> bool {
        let Declaration { exclusive, family, .. } = *self.declaration();
        exclusive || matches!(family, Family::Atomic)
    }

    /// Returns when an access that is not aligned faults whatever SCTLR_EL1.A says.
    #[must_use]
    pub const fn misaligned(self) -> Misaligned {
        self.declaration().misaligned
    }

    /// Returns the bytes to which an access is aligned, or 1 where the kind has no alignment.
    #[must_use]
    pub const fn alignment(self) -> u64 {
        self.declaration().alignment as u64
    }

    /// Returns how many bytes an access of general-purpose or SIMD registers covers.
    #[must_use]
    pub const fn size(self) -> u64 {
        let Declaration { returns, stores, .. } = *self.declaration();
        if matches!(returns, Returns::Pair) || matches!(stores, Stores::Pair) { 16 } else { 8 }
    }

    /// Tells whether the address translation instruction stands for a write.
    #[must_use]
    pub const fn translates_write(self) -> bool {
        self.declaration().translates_write
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
