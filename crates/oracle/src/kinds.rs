//! The table of instructions: what the architecture says of each, and its encoding.

use super::declaration::{
    Declaration, Family, Misaligned, Operation, Requirement, Returns, Stores, atomic, block,
    data_maintenance, kind, named, prefetch, read, translation, write,
};

macro_rules! kinds {
    (
        product { $($(#[$documentation:meta])* $name:ident = $declaration:expr;)* }
        others { $($other:ident $mnemonic:literal $code:literal: $of_other:expr;)* }
    ) => {
        /// An instruction that makes, or may make, a stage 1 translation.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u16)]
        pub enum AccessKind {
            $($(#[$documentation])* $name,)*
            $(#[doc = concat!("`", $mnemonic, "`.")] $other,)*
        }

        impl AccessKind {
            /// The kinds that the product varies with all else, in the order of the table: the first ones.
            pub const PRODUCT: [Self; [$(Self::$name,)*].len()] = [$(Self::$name,)*];

            /// Every kind, in the order of the table.
            pub const ALL: [Self; Self::PRODUCT.len() + [$(Self::$other,)*].len()] =
                [$(Self::$name,)* $(Self::$other,)*];
        }

        pub(super) const DECLARATIONS: [Declaration; AccessKind::ALL.len()] = [
            $($declaration,)*
            $(Declaration { name: $mnemonic, code: $code, ..$of_other },)*
        ];
    };
}

kinds! {
    // Those of the product: a new one is a line here, and one in the kernel's table of stubs.
    product {
    /// LDR of 8 bytes.
    Load = named("load", read(8));
    /// STR of 8 bytes.
    Store = named("store", write(8));
    /// LDP of two 8-byte registers.
    LoadPair = named("load-pair", read(8)).pair();
    /// STP of two 8-byte registers.
    StorePair = named("store-pair", write(8)).pair();
    /// LDTR of 8 bytes.
    LoadUnprivileged = named("load-unprivileged", read(8)).unprivileged();
    /// STTR of 8 bytes.
    StoreUnprivileged = named("store-unprivileged", write(8)).unprivileged();
    /// LDAR of 8 bytes.
    LoadAcquire = named("load-acquire", read(8)).misaligned(Misaligned::Refused);
    /// STLR of 8 bytes.
    StoreRelease = named("store-release", write(8)).misaligned(Misaligned::Refused);
    /// LDR of a 16-byte SIMD and floating-point register.
    LoadVector = named("load-vector", read(16)).vector();
    /// STR of a 16-byte SIMD and floating-point register.
    StoreVector = named("store-vector", write(16)).vector();
    /// LD1 of two 8-byte elements.
    LoadStructure = named("load-structure", read(16)).aligned(8).vector();
    /// LDXR of 8 bytes.
    LoadExclusive = named("load-exclusive", read(8)).exclusive();
    /// LDXR, then STXR, again until it passes, but not forever.
    StoreExclusivePass = named("store-exclusive", write(8)).exclusive().returning(Returns::Status);
    /// CLREX, then STXR, which cannot pass.
    StoreExclusiveFail =
        named("store-exclusive-failing", write(8)).exclusive().failing_status();
    /// CAS of 8 bytes whose comparison matches; the new value differs.
    CompareAndSwap = named("cas", atomic(8)).matching_compare();
    /// CAS of 8 bytes whose comparison fails.
    CompareAndSwapMismatch = named("cas-mismatch", atomic(8)).failing_compare();
    /// CASP of 16 bytes whose comparison matches; the new value differs.
    CompareAndSwapPair = named("casp", atomic(8)).pair().whole().matching_compare();
    /// CASP of 16 bytes whose comparison fails.
    CompareAndSwapPairMismatch = named("casp-mismatch", atomic(8)).pair().whole().failing_compare();
    /// SWP of 8 bytes.
    Swap = named("swp", atomic(8));
    /// LDADD of 8 bytes, of a value other than 0.
    FetchAdd = named("ldadd", atomic(8)).computing(Operation::Add);
    /// LDADD of 0.
    FetchAddZero = named("ldadd-zero", atomic(8)).storing(Stores::Nothing);
    /// STADD of 8 bytes, of a value other than 0.
    StoreAdd = named("stadd", atomic(8)).computing(Operation::Add).returning(Returns::Nothing);
    /// RCWCAS of 8 bytes whose comparison fails.
    ReadCheckWriteMismatch = named("rcwcas-mismatch", atomic(8))
        .failing_compare()
        .misaligned(Misaligned::RefusedAlways)
        .requiring(Requirement::ReadCheckWrite);
    /// An instruction fetch: a branch to the address.
    Fetch = named("fetch", kind(Family::Fetch, 4)).returning(Returns::Execution);
    /// DC ZVA.
    ZeroBlock = named("dc-zva", block()).requiring(Requirement::Zeroing);
    /// DC GZVA.
    TagZeroBlock = named("dc-gzva", block()).requiring(Requirement::Tags);
    /// DC GVA, to memory that is not Tagged.
    TagBlock = named("dc-gva", block()).requiring(Requirement::Tags).tags_only();
    /// DC CVAC.
    Clean = named("dc-cvac", data_maintenance());
    /// DC CIVAC.
    CleanInvalidate = named("dc-civac", data_maintenance());
    /// DC IVAC; UNDEFINED at EL0.
    Invalidate = named("dc-ivac", data_maintenance()).invalidating();
    /// IC IVAU.
    InvalidateInstruction = named("ic-ivau", kind(Family::InstructionMaintenance, 1));
    /// PRFM PLDL1KEEP.
    PrefetchLoad = named("prfm-load", prefetch());
    /// PRFM PSTL1KEEP.
    PrefetchStore = named("prfm-store", prefetch()).for_write();
    /// AT S1E1R; UNDEFINED at EL0, as are the other AT instructions.
    TranslateRead = named("at-s1e1r", translation());
    /// AT S1E1W.
    TranslateWrite = named("at-s1e1w", translation()).for_write();
    /// AT S1E0R.
    TranslateUserRead = named("at-s1e0r", translation()).unprivileged();
    /// AT S1E0W.
    TranslateUserWrite = named("at-s1e0w", translation()).unprivileged().for_write();
    /// AT S1E1RP (FEAT_PAN2).
    TranslateReadPan = named("at-s1e1rp", translation()).requiring(Requirement::Pan2);
    /// AT S1E1WP (FEAT_PAN2).
    TranslateWritePan = named("at-s1e1wp", translation()).requiring(Requirement::Pan2).for_write();
    /// LDR of 8 bytes that lie in two pages.
    LoadCrossing = named("load-crossing", read(8)).crossing();
    /// STR of 8 bytes that lie in two pages.
    StoreCrossing = named("store-crossing", write(8)).crossing();
    /// STP of two 8-byte registers that lie in two pages.
    StorePairCrossing = named("store-pair-crossing", write(8)).pair().crossing();
    }
    // The others, each with its encoding: a new one is a line here. X0 holds the address; X1 is stored, or X4 and X5, V0 and V1;
    // X2 and X3 are what is compared, and what is loaded; W6 is the status.
    others {
        LoadByte "ldrb" 0x39400002: read(1);
        LoadHalfword "ldrh" 0x79400002: read(2);
        LoadWord "ldr-w" 0xb9400002: read(4);
        LoadSignedByte "ldrsb-x" 0x39800002: read(1).sign_extending(8);
        LoadSignedByteToWord "ldrsb-w" 0x39c00002: read(1).sign_extending(4);
        LoadSignedHalfword "ldrsh-x" 0x79800002: read(2).sign_extending(8);
        LoadSignedHalfwordToWord "ldrsh-w" 0x79c00002: read(2).sign_extending(4);
        LoadSignedWord "ldrsw" 0xb9800002: read(4).sign_extending(8);
        LoadUnscaled "ldur" 0xf8400002: read(8);
        LoadRegisterOffset "ldr-register-offset" 0xf87f6802: read(8);
        LoadBytePostIndexed "ldrb-post-indexed" 0x38410402: read(1);
        LoadBytePreIndexed "ldrb-pre-indexed" 0x38410c02: read(1).pre_indexed();
        LoadDoublewordPostIndexed "ldr-post-indexed" 0xf8410402: read(8);
        LoadDoublewordPreIndexed "ldr-pre-indexed" 0xf8410c02: read(8).pre_indexed();
        LoadUnprivilegedByte "ldtrb" 0x38400802: read(1).unprivileged();
        LoadUnprivilegedHalfword "ldtrh" 0x78400802: read(2).unprivileged();
        LoadUnprivilegedWord "ldtr-w" 0xb8400802: read(4).unprivileged();
        LoadUnprivilegedSignedByte "ldtrsb" 0x38800802: read(1).sign_extending(8).unprivileged();
        LoadUnprivilegedSignedHalfword "ldtrsh" 0x78800802: read(2).sign_extending(8).unprivileged();
        LoadUnprivilegedSignedWord "ldtrsw" 0xb8800802: read(4).sign_extending(8).unprivileged();
        StoreByte "strb" 0x39000001: write(1);
        StoreHalfword "strh" 0x79000001: write(2);
        StoreWord "str-w" 0xb9000001: write(4);
        StoreUnscaled "stur" 0xf8000001: write(8);
        StoreRegisterOffset "str-register-offset" 0xf83f6801: write(8);
        StoreBytePostIndexed "strb-post-indexed" 0x38010401: write(1);
        StoreBytePreIndexed "strb-pre-indexed" 0x38010c01: write(1).pre_indexed();
        StoreDoublewordPostIndexed "str-post-indexed" 0xf8010401: write(8);
        StoreDoublewordPreIndexed "str-pre-indexed" 0xf8010c01: write(8).pre_indexed();
        StoreUnprivilegedByte "sttrb" 0x38000801: write(1).unprivileged();
        StoreUnprivilegedHalfword "sttrh" 0x78000801: write(2).unprivileged();
        StoreUnprivilegedWord "sttr-w" 0xb8000801: write(4).unprivileged();
        LoadPairWord "ldp-w" 0x29400c02: read(4).pair();
        LoadPairSignedWord "ldpsw" 0x69400c02: read(4).sign_extending(8).pair();
        LoadPairPostIndexed "ldp-post-indexed" 0xa8c10c02: read(8).pair();
        LoadPairPreIndexed "ldp-pre-indexed" 0xa9c10c02: read(8).pair().pre_indexed();
        LoadPairNonTemporalWord "ldnp-w" 0x28400c02: read(4).pair();
        LoadPairNonTemporal "ldnp" 0xa8400c02: read(8).pair();
        StorePairWord "stp-w" 0x29001404: write(4).pair();
        StorePairPostIndexed "stp-post-indexed" 0xa8811404: write(8).pair();
        StorePairPreIndexed "stp-pre-indexed" 0xa9811404: write(8).pair().pre_indexed();
        StorePairNonTemporalWord "stnp-w" 0x28001404: write(4).pair();
        StorePairNonTemporal "stnp" 0xa8001404: write(8).pair();
        LoadVectorB "ldr-b" 0x3d400000: read(1).vector();
        StoreVectorB "str-b" 0x3d000000: write(1).vector();
        LoadVectorH "ldr-h" 0x7d400000: read(2).vector();
        StoreVectorH "str-h" 0x7d000000: write(2).vector();
        LoadVectorS "ldr-s" 0xbd400000: read(4).vector();
        StoreVectorS "str-s" 0xbd000000: write(4).vector();
        LoadVectorD "ldr-d" 0xfd400000: read(8).vector();
        StoreVectorD "str-d" 0xfd000000: write(8).vector();
        LoadVectorPairS "ldp-s" 0x2d400400: read(4).vector().pair();
        StoreVectorPairS "stp-s" 0x2d000400: write(4).vector().pair();
        LoadVectorPairNonTemporalS "ldnp-s" 0x2c400400: read(4).vector().pair();
        StoreVectorPairNonTemporalS "stnp-s" 0x2c000400: write(4).vector().pair();
        LoadVectorPairD "ldp-d" 0x6d400400: read(8).vector().pair();
        StoreVectorPairD "stp-d" 0x6d000400: write(8).vector().pair();
        LoadVectorPairNonTemporalD "ldnp-d" 0x6c400400: read(8).vector().pair();
        StoreVectorPairNonTemporalD "stnp-d" 0x6c000400: write(8).vector().pair();
        LoadVectorPairQ "ldp-q" 0xad400400: read(16).vector().pair();
        StoreVectorPairQ "stp-q" 0xad000400: write(16).vector().pair();
        LoadVectorPairNonTemporalQ "ldnp-q" 0xac400400: read(16).vector().pair();
        StoreVectorPairNonTemporalQ "stnp-q" 0xac000400: write(16).vector().pair();
        LoadStructureBytes "ld1-16b" 0x4c407000: read(16).aligned(1).vector();
        StoreStructureBytes "st1-16b" 0x4c007000: write(16).aligned(1).vector();
        StoreStructure "st1-2d" 0x4c007c00: write(16).aligned(8).vector();
        LoadAcquireByte "ldarb" 0x08dffc02: read(1).ordered();
        LoadAcquireHalfword "ldarh" 0x48dffc02: read(2).ordered();
        LoadAcquireWord "ldar-w" 0x88dffc02: read(4).ordered();
        StoreReleaseByte "stlrb" 0x089ffc01: write(1).ordered();
        StoreReleaseHalfword "stlrh" 0x489ffc01: write(2).ordered();
        StoreReleaseWord "stlr-w" 0x889ffc01: write(4).ordered();
        LoadLimitedAcquireByte "ldlarb" 0x08df7c02: read(1).ordered().requiring(Requirement::LimitedOrdering);
        LoadLimitedAcquireHalfword "ldlarh" 0x48df7c02: read(2).ordered().requiring(Requirement::LimitedOrdering);
        LoadLimitedAcquireWord "ldlar-w" 0x88df7c02: read(4).ordered().requiring(Requirement::LimitedOrdering);
        LoadLimitedAcquireDoubleword "ldlar" 0xc8df7c02: read(8).ordered().requiring(Requirement::LimitedOrdering);
        StoreLimitedReleaseByte "stllrb" 0x089f7c01: write(1).ordered().requiring(Requirement::LimitedOrdering);
        StoreLimitedReleaseHalfword "stllrh" 0x489f7c01: write(2).ordered().requiring(Requirement::LimitedOrdering);
        StoreLimitedReleaseWord "stllr-w" 0x889f7c01: write(4).ordered().requiring(Requirement::LimitedOrdering);
        StoreLimitedReleaseDoubleword "stllr" 0xc89f7c01: write(8).ordered().requiring(Requirement::LimitedOrdering);
        LoadAcquirePcByte "ldaprb" 0x38bfc002: read(1).ordered().requiring(Requirement::AcquirePc);
        LoadAcquirePcHalfword "ldaprh" 0x78bfc002: read(2).ordered().requiring(Requirement::AcquirePc);
        LoadAcquirePcWord "ldapr-w" 0xb8bfc002: read(4).ordered().requiring(Requirement::AcquirePc);
        LoadAcquirePcDoubleword "ldapr" 0xf8bfc002: read(8).ordered().requiring(Requirement::AcquirePc);
        LoadAcquirePcUnscaledByte "ldapurb" 0x19400002: read(1).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcUnscaledHalfword "ldapurh" 0x59400002: read(2).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcUnscaledWord "ldapur-w" 0x99400002: read(4).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcUnscaledDoubleword "ldapur" 0xd9400002: read(8).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcSignedByte "ldapursb" 0x19800002: read(1).sign_extending(8).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcSignedHalfword "ldapursh" 0x59800002: read(2).sign_extending(8).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcSignedWord "ldapursw" 0x99800002: read(4).sign_extending(8).ordered().requiring(Requirement::AcquirePc2);
        StoreReleaseUnscaledByte "stlurb" 0x19000001: write(1).ordered().requiring(Requirement::AcquirePc2);
        StoreReleaseUnscaledHalfword "stlurh" 0x59000001: write(2).ordered().requiring(Requirement::AcquirePc2);
        StoreReleaseUnscaledWord "stlur-w" 0x99000001: write(4).ordered().requiring(Requirement::AcquirePc2);
        StoreReleaseUnscaledDoubleword "stlur" 0xd9000001: write(8).ordered().requiring(Requirement::AcquirePc2);
        LoadAcquirePcPair "ldiapp" 0xd9431802: read(8).pair().ordered().requiring(Requirement::AcquirePc3);
        StoreReleasePair "stilp" 0xd9051804: write(8).pair().ordered().requiring(Requirement::AcquirePc3);
        LoadExclusiveByte "ldxrb" 0x085f7c02: read(1).exclusive();
        LoadExclusiveHalfword "ldxrh" 0x485f7c02: read(2).exclusive();
        LoadExclusiveWord "ldxr-w" 0x885f7c02: read(4).exclusive();
        LoadExclusivePairWord "ldxp-w" 0x887f0c02: read(4).pair().whole().exclusive();
        LoadExclusivePairDoubleword "ldxp" 0xc87f0c02: read(8).pair().whole().exclusive();
        LoadExclusiveAcquireByte "ldaxrb" 0x085ffc02: read(1).exclusive();
        LoadExclusiveAcquireHalfword "ldaxrh" 0x485ffc02: read(2).exclusive();
        LoadExclusiveAcquireWord "ldaxr-w" 0x885ffc02: read(4).exclusive();
        LoadExclusiveAcquireDoubleword "ldaxr" 0xc85ffc02: read(8).exclusive();
        LoadExclusivePairAcquireWord "ldaxp-w" 0x887f8c02: read(4).pair().whole().exclusive();
        LoadExclusivePairAcquireDoubleword "ldaxp" 0xc87f8c02: read(8).pair().whole().exclusive();
        StoreExclusiveByte "stxrb" 0x08067c01: write(1).exclusive().returning(Returns::Status);
        StoreExclusiveByteFailing "stxrb-failing" 0x08067c01: write(1).exclusive().failing_status();
        StoreExclusiveHalfword "stxrh" 0x48067c01: write(2).exclusive().returning(Returns::Status);
        StoreExclusiveHalfwordFailing "stxrh-failing" 0x48067c01: write(2).exclusive().failing_status();
        StoreExclusiveWord "stxr-w" 0x88067c01: write(4).exclusive().returning(Returns::Status);
        StoreExclusiveWordFailing "stxr-w-failing" 0x88067c01: write(4).exclusive().failing_status();
        StoreExclusivePairWord "stxp-w" 0x88261404: write(4).pair().whole().exclusive().returning(Returns::Status);
        StoreExclusivePairWordFailing "stxp-w-failing" 0x88261404: write(4).pair().whole().exclusive().failing_status();
        StoreExclusivePairDoubleword "stxp" 0xc8261404: write(8).pair().whole().exclusive().returning(Returns::Status);
        StoreExclusivePairDoublewordFailing "stxp-failing" 0xc8261404: write(8).pair().whole().exclusive().failing_status();
        StoreExclusiveReleaseByte "stlxrb" 0x0806fc01: write(1).exclusive().returning(Returns::Status);
        StoreExclusiveReleaseByteFailing "stlxrb-failing" 0x0806fc01: write(1).exclusive().failing_status();
        StoreExclusiveReleaseHalfword "stlxrh" 0x4806fc01: write(2).exclusive().returning(Returns::Status);
        StoreExclusiveReleaseHalfwordFailing "stlxrh-failing" 0x4806fc01: write(2).exclusive().failing_status();
        StoreExclusiveReleaseWord "stlxr-w" 0x8806fc01: write(4).exclusive().returning(Returns::Status);
        StoreExclusiveReleaseWordFailing "stlxr-w-failing" 0x8806fc01: write(4).exclusive().failing_status();
        StoreExclusiveReleaseDoubleword "stlxr" 0xc806fc01: write(8).exclusive().returning(Returns::Status);
        StoreExclusiveReleaseDoublewordFailing "stlxr-failing" 0xc806fc01: write(8).exclusive().failing_status();
        StoreExclusivePairReleaseWord "stlxp-w" 0x88269404: write(4).pair().whole().exclusive().returning(Returns::Status);
        StoreExclusivePairReleaseWordFailing "stlxp-w-failing" 0x88269404: write(4).pair().whole().exclusive().failing_status();
        StoreExclusivePairReleaseDoubleword "stlxp" 0xc8269404: write(8).pair().whole().exclusive().returning(Returns::Status);
        StoreExclusivePairReleaseDoublewordFailing "stlxp-failing" 0xc8269404: write(8).pair().whole().exclusive().failing_status();
        FetchAddByte "ldaddb" 0x38210002: atomic(1).computing(Operation::Add);
        FetchAddHalfword "ldaddh" 0x78210002: atomic(2).computing(Operation::Add);
        FetchAddWord "ldadd-w" 0xb8210002: atomic(4).computing(Operation::Add);
        FetchAddAcquireRelease "ldaddal" 0xf8e10002: atomic(8).computing(Operation::Add);
        FetchClearByte "ldclrb" 0x38211002: atomic(1).computing(Operation::Clear);
        FetchClearHalfword "ldclrh" 0x78211002: atomic(2).computing(Operation::Clear);
        FetchClearWord "ldclr-w" 0xb8211002: atomic(4).computing(Operation::Clear);
        FetchClearDoubleword "ldclr" 0xf8211002: atomic(8).computing(Operation::Clear);
        FetchClearAcquireRelease "ldclral" 0xf8e11002: atomic(8).computing(Operation::Clear);
        StoreClear "stclr" 0xf821101f: atomic(8).computing(Operation::Clear).returning(Returns::Nothing);
        FetchExclusiveOrByte "ldeorb" 0x38212002: atomic(1).computing(Operation::ExclusiveOr);
        FetchExclusiveOrHalfword "ldeorh" 0x78212002: atomic(2).computing(Operation::ExclusiveOr);
        FetchExclusiveOrWord "ldeor-w" 0xb8212002: atomic(4).computing(Operation::ExclusiveOr);
        FetchExclusiveOrDoubleword "ldeor" 0xf8212002: atomic(8).computing(Operation::ExclusiveOr);
        FetchExclusiveOrAcquireRelease "ldeoral" 0xf8e12002: atomic(8).computing(Operation::ExclusiveOr);
        StoreExclusiveOr "steor" 0xf821201f: atomic(8).computing(Operation::ExclusiveOr).returning(Returns::Nothing);
        FetchSetByte "ldsetb" 0x38213002: atomic(1).computing(Operation::Set);
        FetchSetHalfword "ldseth" 0x78213002: atomic(2).computing(Operation::Set);
        FetchSetWord "ldset-w" 0xb8213002: atomic(4).computing(Operation::Set);
        FetchSetDoubleword "ldset" 0xf8213002: atomic(8).computing(Operation::Set);
        FetchSetAcquireRelease "ldsetal" 0xf8e13002: atomic(8).computing(Operation::Set);
        StoreSet "stset" 0xf821301f: atomic(8).computing(Operation::Set).returning(Returns::Nothing);
        FetchSignedMaximumByte "ldsmaxb" 0x38214002: atomic(1).computing(Operation::SignedMaximum);
        FetchSignedMaximumHalfword "ldsmaxh" 0x78214002: atomic(2).computing(Operation::SignedMaximum);
        FetchSignedMaximumWord "ldsmax-w" 0xb8214002: atomic(4).computing(Operation::SignedMaximum);
        FetchSignedMaximumDoubleword "ldsmax" 0xf8214002: atomic(8).computing(Operation::SignedMaximum);
        FetchSignedMaximumAcquireRelease "ldsmaxal" 0xf8e14002: atomic(8).computing(Operation::SignedMaximum);
        StoreSignedMaximum "stsmax" 0xf821401f: atomic(8).computing(Operation::SignedMaximum).returning(Returns::Nothing);
        FetchSignedMinimumByte "ldsminb" 0x38215002: atomic(1).computing(Operation::SignedMinimum);
        FetchSignedMinimumHalfword "ldsminh" 0x78215002: atomic(2).computing(Operation::SignedMinimum);
        FetchSignedMinimumWord "ldsmin-w" 0xb8215002: atomic(4).computing(Operation::SignedMinimum);
        FetchSignedMinimumDoubleword "ldsmin" 0xf8215002: atomic(8).computing(Operation::SignedMinimum);
        FetchSignedMinimumAcquireRelease "ldsminal" 0xf8e15002: atomic(8).computing(Operation::SignedMinimum);
        StoreSignedMinimum "stsmin" 0xf821501f: atomic(8).computing(Operation::SignedMinimum).returning(Returns::Nothing);
        FetchUnsignedMaximumByte "ldumaxb" 0x38216002: atomic(1).computing(Operation::UnsignedMaximum);
        FetchUnsignedMaximumHalfword "ldumaxh" 0x78216002: atomic(2).computing(Operation::UnsignedMaximum);
        FetchUnsignedMaximumWord "ldumax-w" 0xb8216002: atomic(4).computing(Operation::UnsignedMaximum);
        FetchUnsignedMaximumDoubleword "ldumax" 0xf8216002: atomic(8).computing(Operation::UnsignedMaximum);
        FetchUnsignedMaximumAcquireRelease "ldumaxal" 0xf8e16002: atomic(8).computing(Operation::UnsignedMaximum);
        StoreUnsignedMaximum "stumax" 0xf821601f: atomic(8).computing(Operation::UnsignedMaximum).returning(Returns::Nothing);
        FetchUnsignedMinimumByte "lduminb" 0x38217002: atomic(1).computing(Operation::UnsignedMinimum);
        FetchUnsignedMinimumHalfword "lduminh" 0x78217002: atomic(2).computing(Operation::UnsignedMinimum);
        FetchUnsignedMinimumWord "ldumin-w" 0xb8217002: atomic(4).computing(Operation::UnsignedMinimum);
        FetchUnsignedMinimumDoubleword "ldumin" 0xf8217002: atomic(8).computing(Operation::UnsignedMinimum);
        FetchUnsignedMinimumAcquireRelease "lduminal" 0xf8e17002: atomic(8).computing(Operation::UnsignedMinimum);
        StoreUnsignedMinimum "stumin" 0xf821701f: atomic(8).computing(Operation::UnsignedMinimum).returning(Returns::Nothing);
        SwapByte "swpb" 0x38218002: atomic(1);
        SwapHalfword "swph" 0x78218002: atomic(2);
        SwapWord "swp-w" 0xb8218002: atomic(4);
        SwapAcquire "swpa" 0xf8a18002: atomic(8);
        SwapRelease "swpl" 0xf8618002: atomic(8);
        SwapAcquireRelease "swpal" 0xf8e18002: atomic(8);
        CompareAndSwapByte "casb" 0x08a27c01: atomic(1).matching_compare();
        CompareAndSwapByteMismatch "casb-mismatch" 0x08a27c01: atomic(1).failing_compare();
        CompareAndSwapHalfword "cash" 0x48a27c01: atomic(2).matching_compare();
        CompareAndSwapHalfwordMismatch "cash-mismatch" 0x48a27c01: atomic(2).failing_compare();
        CompareAndSwapWord "cas-w" 0x88a27c01: atomic(4).matching_compare();
        CompareAndSwapWordMismatch "cas-w-mismatch" 0x88a27c01: atomic(4).failing_compare();
        CompareAndSwapPairWord "casp-w" 0x08227c04: atomic(4).pair().whole().matching_compare();
        CompareAndSwapPairWordMismatch "casp-w-mismatch" 0x08227c04: atomic(4).pair().whole().failing_compare();
        CompareAndSwapAcquireReleaseByte "casalb" 0x08e2fc01: atomic(1).matching_compare();
        CompareAndSwapAcquireReleaseByteMismatch "casalb-mismatch" 0x08e2fc01: atomic(1).failing_compare();
        CompareAndSwapAcquireReleaseHalfword "casalh" 0x48e2fc01: atomic(2).matching_compare();
        CompareAndSwapAcquireReleaseHalfwordMismatch "casalh-mismatch" 0x48e2fc01: atomic(2).failing_compare();
        CompareAndSwapAcquireReleaseWord "casal-w" 0x88e2fc01: atomic(4).matching_compare();
        CompareAndSwapAcquireReleaseWordMismatch "casal-w-mismatch" 0x88e2fc01: atomic(4).failing_compare();
        CompareAndSwapAcquireReleaseDoubleword "casal" 0xc8e2fc01: atomic(8).matching_compare();
        CompareAndSwapAcquireReleaseDoublewordMismatch "casal-mismatch" 0xc8e2fc01: atomic(8).failing_compare();
        CompareAndSwapPairAcquireReleaseWord "caspal-w" 0x0862fc04: atomic(4).pair().whole().matching_compare();
        CompareAndSwapPairAcquireReleaseWordMismatch "caspal-w-mismatch" 0x0862fc04: atomic(4).pair().whole().failing_compare();
        CompareAndSwapPairAcquireReleaseDoubleword "caspal" 0x4862fc04: atomic(8).pair().whole().matching_compare();
        CompareAndSwapPairAcquireReleaseDoublewordMismatch "caspal-mismatch" 0x4862fc04: atomic(8).pair().whole().failing_compare();
        ClearPair "ldclrp" 0x19231002: atomic(8).pair().whole().computing(Operation::Clear).operands_in_results().requiring(Requirement::Atomics128);
        SetPair "ldsetp" 0x19233002: atomic(8).pair().whole().computing(Operation::Set).operands_in_results().requiring(Requirement::Atomics128);
        SwapPair "swpp" 0x19238002: atomic(8).pair().whole().computing(Operation::Replace).operands_in_results().requiring(Requirement::Atomics128);
        ReadCheckWriteSoftwareMismatch "rcwscas-mismatch" 0x59220801: atomic(8).failing_compare().misaligned(Misaligned::RefusedAlways).requiring(Requirement::ReadCheckWrite);
        ReadCheckWritePairMismatch "rcwcasp-mismatch" 0x19220c04: atomic(8).pair().whole().failing_compare().misaligned(Misaligned::RefusedAlways).requiring(Requirement::ReadCheckWrite);
        ReadCheckWriteSoftwarePairMismatch "rcwscasp-mismatch" 0x59220c04: atomic(8).pair().whole().failing_compare().misaligned(Misaligned::RefusedAlways).requiring(Requirement::ReadCheckWrite);
        StoreTag "stg" 0xd9200800: write(16).tags_only().misaligned(Misaligned::RefusedAlways).requiring(Requirement::TagInstructions);
        StoreTwoTags "st2g" 0xd9a00800: write(16).tags_only().misaligned(Misaligned::RefusedAlways).requiring(Requirement::TagInstructions);
        StoreTagZero "stzg" 0xd9600800: write(16).storing(Stores::Zeros).misaligned(Misaligned::RefusedAlways).requiring(Requirement::TagInstructions);
        StoreTagPair "stgp" 0x69001404: write(8).pair().whole().misaligned(Misaligned::RefusedAlways).requiring(Requirement::TagInstructions);
        LoadTag "ldg" 0xd9600002: read(16).returning(Returns::Nothing).aligned(1).requiring(Requirement::TagInstructions);
        PrefetchLoadL1Stream "prfm-pldl1strm" 0xf9800001: prefetch();
        PrefetchLoadL2 "prfm-pldl2keep" 0xf9800002: prefetch();
        PrefetchLoadL3 "prfm-pldl3keep" 0xf9800004: prefetch();
        PrefetchInstructionL1 "prfm-plil1keep" 0xf9800008: prefetch();
        PrefetchInstructionL2 "prfm-plil2keep" 0xf980000a: prefetch();
        PrefetchInstructionL3 "prfm-plil3keep" 0xf980000c: prefetch();
        PrefetchStoreL1Stream "prfm-pstl1strm" 0xf9800011: prefetch().for_write();
        PrefetchStoreL2 "prfm-pstl2keep" 0xf9800012: prefetch().for_write();
        PrefetchStoreL3 "prfm-pstl3keep" 0xf9800014: prefetch().for_write();
        PrefetchUnscaled "prfum-pldl1keep" 0xf8800000: prefetch();
        CleanToUnification "dc-cvau" 0xd50b7b20: data_maintenance().to_unification();
        CleanToPersistence "dc-cvap" 0xd50b7c20: data_maintenance().requiring(Requirement::Persistence);
        CleanToDeepPersistence "dc-cvadp" 0xd50b7d20: data_maintenance().requiring(Requirement::DeepPersistence);
        CleanTags "dc-cgvac" 0xd50b7a60: data_maintenance().requiring(Requirement::TagInstructions);
        CleanTagsAndData "dc-cgdvac" 0xd50b7aa0: data_maintenance().requiring(Requirement::TagInstructions);
        CleanInvalidateTags "dc-cigvac" 0xd50b7e60: data_maintenance().requiring(Requirement::TagInstructions);
        CleanInvalidateTagsAndData "dc-cigdvac" 0xd50b7ea0: data_maintenance().requiring(Requirement::TagInstructions);
        InvalidateTags "dc-igvac" 0xd5087660: data_maintenance().invalidating().requiring(Requirement::TagInstructions);
        InvalidateTagsAndData "dc-igdvac" 0xd50876a0: data_maintenance().invalidating().requiring(Requirement::TagInstructions);
        TranslateAny "at-s1e1a" 0xd5087940: translation().for_any_access().requiring(Requirement::TranslateAny);
        TranslateBothRead "at-s12e1r" 0xd50c7880: translation().of_both_stages();
        TranslateBothWrite "at-s12e1w" 0xd50c78a0: translation().of_both_stages().for_write();
        TranslateBothUserRead "at-s12e0r" 0xd50c78c0: translation().of_both_stages().unprivileged();
        TranslateBothUserWrite "at-s12e0w" 0xd50c78e0: translation().of_both_stages().unprivileged().for_write();
    }
}
