//! The words in which the table of kinds declares an instruction.

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

/// What a PE must implement, or permit, for an instruction to be executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Every PE has it.
    Nothing,
    /// FEAT_LSE.
    Atomics,
    /// FEAT_PAN2.
    Pan2,
    /// DCZID_EL0.DZP is 0.
    Zeroing,
    /// FEAT_MTE2, and DCZID_EL0.DZP is 0, which is for DC GVA and DC GZVA too (Arm ARM D24.2 DCZID_EL0).
    Tags,
    /// FEAT_THE.
    ReadCheckWrite,
}

/// What an instruction leaves in its registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// What memory held, one doubleword of it.
    Word,
    /// What memory held, two doublewords.
    Pair,
    /// Whether the instructions at the address were executed.
    Execution,
    /// The status of an exclusive store.
    Status,
    /// PAR_EL1.
    Report,
}

/// What an instruction stores where it completes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stores {
    /// Nothing, or what was there.
    Nothing,
    /// A doubleword.
    Word,
    /// Two doublewords.
    Pair,
    /// What was there and a doubleword, added.
    Sum,
    /// Zeros, all over the block of DC ZVA.
    Zeros,
}

/// What an instruction that compares memory with a register finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// It compares nothing.
    Nothing,
    /// Both are equal: it stores.
    Matches,
    /// They differ: it does not store.
    Fails,
}

/// When an access that is not aligned faults whatever SCTLR_EL1.A says (pseudocode `AArch64.UnalignedAccessFaults`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misaligned {
    /// Never.
    Allowed,
    /// Unless it lies within 16 aligned bytes and FEAT_LSE2 is implemented: exclusives and atomics, and with
    /// SCTLR_EL1.nAA=0 LDAR and STLR.
    Refused,
    /// Always: RCW instructions.
    RefusedAlways,
}

/// All that is declared of a kind: one line of the table below.
#[derive(Clone, Copy)]
pub(super) struct Declaration {
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) alignment: u8,
    pub(super) misaligned: Misaligned,
    pub(super) returns: Returns,
    pub(super) stores: Stores,
    pub(super) requires: Requirement,
    pub(super) exclusive: bool,
    pub(super) crossing: bool,
    pub(super) unprivileged: bool,
    pub(super) undefined_at_el0: bool,
    pub(super) compare: Compare,
    pub(super) translates_write: bool,
    pub(super) tags_only: bool,
}

pub(super) const fn kind(name: &'static str, family: Family, alignment: u8) -> Declaration {
    Declaration {
        name,
        family,
        alignment,
        misaligned: Misaligned::Allowed,
        returns: Returns::Nothing,
        stores: Stores::Nothing,
        requires: Requirement::Nothing,
        exclusive: false,
        crossing: false,
        unprivileged: false,
        undefined_at_el0: false,
        compare: Compare::Nothing,
        translates_write: false,
        tags_only: false,
    }
}

/// A load of `alignment` bytes, or of elements of so many.
pub(super) const fn read(name: &'static str, alignment: u8) -> Declaration {
    kind(name, Family::Read, alignment).returning(Returns::Word)
}

pub(super) const fn write(name: &'static str, alignment: u8) -> Declaration {
    kind(name, Family::Write, alignment).storing(Stores::Word)
}

pub(super) const fn atomic(name: &'static str, alignment: u8) -> Declaration {
    kind(name, Family::Atomic, alignment)
        .returning(Returns::Word)
        .storing(Stores::Word)
        .misaligned(Misaligned::Refused)
        .requiring(Requirement::Atomics)
}

/// An instruction that writes the whole block of DC ZVA around the address.
pub(super) const fn block(name: &'static str) -> Declaration {
    kind(name, Family::Write, 1).storing(Stores::Zeros)
}

pub(super) const fn translation(name: &'static str) -> Declaration {
    kind(name, Family::Translation, 1).returning(Returns::Report).undefined_at_el0()
}

impl Declaration {
    pub(super) const fn returning(self, returns: Returns) -> Self {
        Self { returns, ..self }
    }

    pub(super) const fn storing(self, stores: Stores) -> Self {
        Self { stores, ..self }
    }

    pub(super) const fn misaligned(self, misaligned: Misaligned) -> Self {
        Self { misaligned, ..self }
    }

    pub(super) const fn requiring(self, requires: Requirement) -> Self {
        Self { requires, ..self }
    }

    pub(super) const fn exclusive(self) -> Self {
        Self { exclusive: true, ..self.misaligned(Misaligned::Refused) }
    }

    pub(super) const fn crossing(self) -> Self {
        Self { crossing: true, ..self }
    }

    pub(super) const fn unprivileged(self) -> Self {
        Self { unprivileged: true, ..self }
    }

    pub(super) const fn undefined_at_el0(self) -> Self {
        Self { undefined_at_el0: true, ..self }
    }

    pub(super) const fn matching_compare(self) -> Self {
        Self { compare: Compare::Matches, ..self }
    }

    pub(super) const fn failing_compare(self) -> Self {
        Self { compare: Compare::Fails, ..self.storing(Stores::Nothing) }
    }

    pub(super) const fn translating_write(self) -> Self {
        Self { translates_write: true, ..self }
    }

    pub(super) const fn tags_only(self) -> Self {
        Self { tags_only: true, ..self.storing(Stores::Nothing) }
    }
}
