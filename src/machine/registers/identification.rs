//! The identification registers: what a CPU says that it has.

use super::fields::{
    CTR_EL0, CacheType, DCZID_EL0, ISAR0_ATOMIC, ISAR0_TLB, ISAR1_DPB, ISAR1_LRCPC, ISAR1_XS,
    InstructionSet2, MMFR1_ETS, MMFR1_LO, MMFR2_TTL, MemoryModel3, MemoryModel4, PFR1_THE, ZeroBlock,
};
use aarch64_cpu::registers::{
    CLIDR_EL1, ID_AA64ISAR0_EL1, ID_AA64ISAR1_EL1, ID_AA64MMFR0_EL1, ID_AA64MMFR1_EL1, ID_AA64MMFR2_EL1,
    ID_AA64PFR0_EL1, ID_AA64PFR1_EL1, MIDR_EL1, MPIDR_EL1, Readable,
};
use afdbm::tlbi::Feature;

/// The identification registers of one CPU, as read on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identification {
    /// MIDR_EL1: implementer, part, revision.
    pub midr: u64,
    /// MPIDR_EL1: affinity.
    pub mpidr: u64,
    /// ID_AA64MMFR0_EL1: physical address range, ASID size.
    pub mmfr0: u64,
    /// ID_AA64MMFR1_EL1: HAFDBS, PAN, hierarchical permission disables.
    pub mmfr1: u64,
    /// ID_AA64MMFR2_EL1: UAO, E0PD.
    pub mmfr2: u64,
    /// ID_AA64MMFR3_EL1: permission indirection, TCR2.
    pub mmfr3: u64,
    /// ID_AA64PFR0_EL1.
    pub pfr0: u64,
    /// ID_AA64PFR1_EL1: MTE, THE.
    pub pfr1: u64,
    /// ID_AA64ISAR0_EL1: atomics.
    pub isar0: u64,
    /// ID_AA64ISAR1_EL1.
    pub isar1: u64,
    /// ID_AA64ISAR2_EL1.
    pub isar2: u64,
    /// CTR_EL0: cache line sizes.
    pub ctr: u64,
    /// DCZID_EL0: the block of DC ZVA.
    pub dczid: u64,
    /// CLIDR_EL1: the levels of cache.
    pub clidr: u64,
}

impl Identification {
    /// Reads the registers of this CPU.
    #[must_use]
    pub fn read() -> Self {
        Self {
            midr: MIDR_EL1.get(),
            mpidr: MPIDR_EL1.get(),
            mmfr0: ID_AA64MMFR0_EL1.get(),
            mmfr1: ID_AA64MMFR1_EL1.get(),
            mmfr2: ID_AA64MMFR2_EL1.get(),
            mmfr3: MemoryModel3.get(),
            pfr0: ID_AA64PFR0_EL1.get(),
            pfr1: ID_AA64PFR1_EL1.get(),
            isar0: ID_AA64ISAR0_EL1.get(),
            isar1: ID_AA64ISAR1_EL1.get(),
            isar2: InstructionSet2.get(),
            ctr: CacheType.get(),
            dczid: ZeroBlock.get(),
            clidr: CLIDR_EL1.get(),
        }
    }

    /// Tells whether a CPU with `other` can stand in for this one: all but the affinity is equal.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        Self { mpidr: 0, ..*self } == Self { mpidr: 0, ..*other }
    }

    /// ID_AA64MMFR1_EL1.HAFDBS, an unsigned number (row A05): 0 none, 1 Access flag, 2 and dirty state, 3 and
    /// the Access flag of Table descriptors, 4 and HDBSS; higher means at least these.
    #[must_use]
    pub fn hafdbs(&self) -> u64 {
        ID_AA64MMFR1_EL1::HAFDBS.read(self.mmfr1)
    }

    /// ID_AA64MMFR1_EL1.PAN: 0 none, 1 FEAT_PAN, 2 FEAT_PAN2, 3 FEAT_PAN3.
    #[must_use]
    pub fn pan(&self) -> u64 {
        ID_AA64MMFR1_EL1::PAN.read(self.mmfr1)
    }

    /// ID_AA64MMFR1_EL1.VH: HCR_EL2.E2H can be 1 (FEAT_VHE).
    #[must_use]
    pub fn vhe(&self) -> bool {
        ID_AA64MMFR1_EL1::VH.read(self.mmfr1) != 0
    }

    /// ID_AA64MMFR4_EL1.E2H0 is not negative: HCR_EL2.E2H can be 0 (FEAT_E2H0).
    #[must_use]
    pub fn clears_host(&self) -> bool {
        MemoryModel4.get() >> 24 & 0b1000 == 0
    }

    /// ID_AA64ISAR0_EL1.Atomic: 2 and above FEAT_LSE.
    #[must_use]
    pub fn lse(&self) -> bool {
        ISAR0_ATOMIC.read(self.isar0) >= 2
    }

    /// ID_AA64MMFR1_EL1.ETS: 2 FEAT_ETS2, 3 FEAT_ETS3.
    #[must_use]
    pub fn ets(&self) -> u64 {
        MMFR1_ETS.read(self.mmfr1)
    }

    /// ID_AA64MMFR2_EL1.BBM: the level of FEAT_BBM.
    #[must_use]
    pub fn bbm(&self) -> u64 {
        ID_AA64MMFR2_EL1::BBM.read(self.mmfr2)
    }

    /// ID_AA64ISAR0_EL1.Atomic: 3 and above FEAT_LSE128.
    #[must_use]
    pub fn lse128(&self) -> bool {
        ISAR0_ATOMIC.read(self.isar0) >= 3
    }

    /// ID_AA64ISAR1_EL1.LRCPC: 1 FEAT_LRCPC, 2 FEAT_LRCPC2, 3 FEAT_LRCPC3.
    #[must_use]
    pub fn acquire_pc(&self) -> u8 {
        ISAR1_LRCPC.read(self.isar1) as u8
    }

    /// ID_AA64ISAR1_EL1.DPB: 1 FEAT_DPB, 2 FEAT_DPB2.
    #[must_use]
    pub fn persistence(&self) -> u8 {
        ISAR1_DPB.read(self.isar1) as u8
    }

    /// ID_AA64MMFR1_EL1.LO (FEAT_LOR).
    #[must_use]
    pub fn limited_ordering(&self) -> bool {
        MMFR1_LO.read(self.mmfr1) >= 1
    }

    /// ID_AA64ISAR2_EL1.ATS1A (FEAT_ATS1A).
    #[must_use]
    pub fn translates_any(&self) -> bool {
        self.isar2 >> 60 >= 1
    }

    /// ID_AA64PFR0_EL1.SVE (FEAT_SVE).
    #[must_use]
    pub fn sve(&self) -> bool {
        ID_AA64PFR0_EL1::SVE.read(self.pfr0) >= 1
    }

    /// ID_AA64ISAR2_EL1.MOPS (FEAT_MOPS).
    #[must_use]
    pub fn mops(&self) -> bool {
        self.isar2 >> 16 & 0xf >= 1
    }

    /// ID_AA64ISAR1_EL1.LRCPC (FEAT_LRCPC).
    #[must_use]
    pub fn lrcpc(&self) -> bool {
        ISAR1_LRCPC.read(self.isar1) >= 1
    }

    /// ID_AA64PFR1_EL1.MTE: 2 and above has allocation tags in memory (FEAT_MTE2).
    #[must_use]
    pub fn mte(&self) -> u64 {
        ID_AA64PFR1_EL1::MTE.read(self.pfr1)
    }

    /// ID_AA64PFR1_EL1.THE: RCW instructions (FEAT_THE).
    #[must_use]
    pub fn the(&self) -> bool {
        PFR1_THE.read(self.pfr1) >= 1
    }

    /// ID_AA64MMFR1_EL1.HPDS: hierarchical permission disables (FEAT_HPDS).
    #[must_use]
    pub fn hpds(&self) -> bool {
        ID_AA64MMFR1_EL1::HPDS.read(self.mmfr1) >= 1
    }

    /// ID_AA64MMFR2_EL1.UAO (FEAT_UAO).
    #[must_use]
    pub fn uao(&self) -> bool {
        ID_AA64MMFR2_EL1::UAO.read(self.mmfr2) >= 1
    }

    /// ID_AA64MMFR2_EL1.AT: misaligned atomics within 16 bytes (FEAT_LSE2).
    #[must_use]
    pub fn lse2(&self) -> bool {
        ID_AA64MMFR2_EL1::AT.read(self.mmfr2) >= 1
    }

    /// ID_AA64MMFR2_EL1.E0PD (FEAT_E0PD).
    #[must_use]
    pub fn e0pd(&self) -> bool {
        ID_AA64MMFR2_EL1::E0PD.read(self.mmfr2) >= 1
    }

    /// Tells whether the CPU has what some TLBIs need (ID_AA64ISAR0_EL1.TLB, ID_AA64ISAR1_EL1.XS, ID_AA64MMFR2_EL1.TTL).
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::OuterShareable => ISAR0_TLB.read(self.isar0) >= 1,
            Feature::Range => ISAR0_TLB.read(self.isar0) >= 2,
            Feature::ExcludingXs => ISAR1_XS.read(self.isar1) >= 1,
            Feature::Level => MMFR2_TTL.read(self.mmfr2) >= 1,
        }
    }

    /// Doublewords of the smallest line of a data cache (CTR_EL0.DminLine, in words of four bytes).
    #[must_use]
    pub fn words_of_line(&self) -> usize {
        match CTR_EL0::DminLine.read(self.ctr) {
            0 => 1,
            logarithm => 1 << (logarithm - 1),
        }
    }

    /// CLIDR_EL1.LoC: levels of cache before the Point of Coherency.
    #[must_use]
    pub fn levels_of_coherency(&self) -> u64 {
        CLIDR_EL1::LoC.read(self.clidr)
    }

    /// Bits of an output address: the lesser of ID_AA64MMFR0_EL1.PARange and the 48 that TCR_EL1.IPS is set to.
    #[must_use]
    pub fn output_bits(&self) -> u8 {
        match ID_AA64MMFR0_EL1::PARange.read(self.mmfr0) {
            0 => 32,
            1 => 36,
            2 => 40,
            3 => 42,
            4 => 44,
            _ => 48,
        }
    }

    /// Bytes that DC ZVA zeroes, or `None` where DCZID_EL0.DZP prohibits it.
    #[must_use]
    pub fn zero_block(&self) -> Option<u64> {
        (!DCZID_EL0::DZP.is_set(self.dczid)).then(|| 4 << DCZID_EL0::BS.read(self.dczid))
    }

    /// Whether ASIDs have 16 bits (ID_AA64MMFR0_EL1.ASIDBits).
    #[must_use]
    pub fn wide_asids(&self) -> bool {
        ID_AA64MMFR0_EL1::ASIDBits.read(self.mmfr0) == 2
    }
}
