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
    /// What need not be made, for a reason.
    Optional(Reason),
    /// AT.
    Translation,
}

/// Why an access need not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It is a hint: PRFM.
    Hint,
    /// None of its elements faults, whatever it finds: LDNF1.
    NonFaulting,
    /// It has no active element, or no byte to set or copy.
    Inactive,
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
    /// FEAT_LSE128.
    Atomics128,
    /// FEAT_LOR.
    LimitedOrdering,
    /// FEAT_LRCPC.
    AcquirePc,
    /// FEAT_LRCPC2.
    AcquirePc2,
    /// FEAT_LRCPC3.
    AcquirePc3,
    /// FEAT_MTE2.
    TagInstructions,
    /// FEAT_DPB.
    Persistence,
    /// FEAT_DPB2.
    DeepPersistence,
    /// FEAT_ATS1A.
    TranslateAny,
    /// FEAT_SVE.
    ScalableVectors,
    /// FEAT_MOPS.
    MemoryOperations,
    /// Execution at EL2: the instruction is UNDEFINED below.
    Hypervisor,
}

/// What stands around an instruction where it is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Nothing.
    Plain,
    /// The address in X0 is 16 bytes lower.
    PreIndexed,
    /// What is stored goes to V0 and V1 before; what is loaded comes from them after.
    Vector,
    /// The operands of X4 and X5 go to X2 and X3 before.
    OperandsInResults,
    /// As a vector, 16 bytes long, with the predicate P0, of which these elements are active; Z2 holds the address.
    Scalable(Active),
    /// X2, the number of bytes, is 0; two instructions follow whose encodings are greater by this and by twice this.
    NoBytes(u32),
}

/// The active elements of a predicate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Active {
    /// All.
    All,
    /// The first doubleword.
    First,
    /// None.
    None,
}

/// What an atomic instruction makes of what memory held and its operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// The operand.
    Replace,
    /// Their sum.
    Add,
    /// What memory held, without the bits of the operand.
    Clear,
    /// Their exclusive-or.
    ExclusiveOr,
    /// The bits of both.
    Set,
    /// The greater one, signed.
    SignedMaximum,
    /// The lesser one, signed.
    SignedMinimum,
    /// The greater one, unsigned.
    UnsignedMaximum,
    /// The lesser one, unsigned.
    UnsignedMinimum,
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
    /// What the instruction's operation makes of what was there.
    Computed,
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
    pub(super) for_write: bool,
    pub(super) for_any_access: bool,
    pub(super) tags_only: bool,
    pub(super) block: bool,
    pub(super) invalidates: bool,
    pub(super) to_unification: bool,
    pub(super) code: u32,
    pub(super) form: Form,
    pub(super) element: u8,
    pub(super) pair: bool,
    pub(super) sign_extends_to: u8,
    pub(super) operation: Operation,
}

/// Gives a kind its name.
pub(super) const fn named(name: &'static str, declaration: Declaration) -> Declaration {
    Declaration { name, ..declaration }
}

pub(super) const fn kind(family: Family, alignment: u8) -> Declaration {
    Declaration {
        name: "",
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
        for_write: false,
        for_any_access: false,
        tags_only: false,
        block: false,
        invalidates: false,
        to_unification: false,
        code: 0,
        form: Form::Plain,
        element: alignment,
        pair: false,
        sign_extends_to: 0,
        operation: Operation::Replace,
    }
}

/// A load of `alignment` bytes, or of elements of so many.
pub(super) const fn read(alignment: u8) -> Declaration {
    kind(Family::Read, alignment).returning(Returns::Word)
}

pub(super) const fn write(alignment: u8) -> Declaration {
    kind(Family::Write, alignment).storing(Stores::Word)
}

pub(super) const fn atomic(alignment: u8) -> Declaration {
    kind(Family::Atomic, alignment)
        .returning(Returns::Word)
        .storing(Stores::Word)
        .misaligned(Misaligned::Refused)
        .requiring(Requirement::Atomics)
}

/// An instruction that writes the whole block of DC ZVA around the address.
pub(super) const fn block() -> Declaration {
    Declaration { block: true, ..kind(Family::Write, 1).storing(Stores::Zeros) }
}

pub(super) const fn prefetch() -> Declaration {
    kind(Family::Optional(Reason::Hint), 1)
}

/// A load whose elements never fault.
pub(super) const fn non_faulting() -> Declaration {
    kind(Family::Optional(Reason::NonFaulting), 1)
}

/// An access of which no element is active, or that has no byte to set or copy.
pub(super) const fn inactive() -> Declaration {
    kind(Family::Optional(Reason::Inactive), 1)
}

/// DC by virtual address to the Point of Coherency, unless it is said otherwise.
pub(super) const fn data_maintenance() -> Declaration {
    kind(Family::DataMaintenance, 1)
}

pub(super) const fn translation() -> Declaration {
    kind(Family::Translation, 1).returning(Returns::Report).undefined_at_el0()
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

    /// It stands for a write: AT, PRFM.
    pub(super) const fn for_write(self) -> Self {
        Self { for_write: true, ..self }
    }

    /// AT S1E1A, which looks at no permission.
    pub(super) const fn for_any_access(self) -> Self {
        Self { for_any_access: true, ..self }
    }

    /// AT S12E1R and its like, which EL2 executes for EL1&0.
    pub(super) const fn of_both_stages(self) -> Self {
        self.requiring(Requirement::Hypervisor)
    }

    /// DC IVAC and its like.
    pub(super) const fn invalidating(self) -> Self {
        Self { invalidates: true, ..self.undefined_at_el0() }
    }

    pub(super) const fn to_unification(self) -> Self {
        Self { to_unification: true, ..self }
    }

    /// Acquire or release, neither exclusive nor atomic.
    pub(super) const fn ordered(self) -> Self {
        self.misaligned(Misaligned::Refused)
    }

    /// Aligned to other than the bytes of a register.
    pub(super) const fn aligned(self, alignment: u8) -> Self {
        Self { alignment, ..self }
    }

    /// Two registers.
    pub(super) const fn pair(self) -> Self {
        let pair = Self { pair: true, ..self };
        match (self.family, self.stores) {
            (Family::Read, _) => pair.returning(Returns::Pair),
            (Family::Atomic, Stores::Nothing) => pair.returning(Returns::Pair),
            (Family::Atomic, _) => pair.returning(Returns::Pair).storing(Stores::Pair),
            _ => pair.storing(Stores::Pair),
        }
    }

    /// Aligned to both registers together.
    pub(super) const fn whole(self) -> Self {
        self.aligned(2 * self.element)
    }

    /// Registers of SIMD and floating-point.
    pub(super) const fn vector(self) -> Self {
        let vector = Self { form: Form::Vector, ..self };
        match (self.family, self.element) {
            (Family::Read, 16) => vector.returning(Returns::Pair),
            (_, 16) => vector.storing(Stores::Pair),
            _ => vector,
        }
    }

    /// Registers of SVE, with so many elements active.
    pub(super) const fn scalable(self, active: Active) -> Self {
        Self { form: Form::Scalable(active), ..self.vector() }.requiring(Requirement::ScalableVectors)
    }

    /// A prologue, a main part and an epilogue of FEAT_MOPS, with the step from one's encoding to the next one's.
    pub(super) const fn no_bytes(self, step: u32) -> Self {
        Self { form: Form::NoBytes(step), ..self }.requiring(Requirement::MemoryOperations)
    }

    pub(super) const fn pre_indexed(self) -> Self {
        Self { form: Form::PreIndexed, ..self }
    }

    pub(super) const fn sign_extending(self, sign_extends_to: u8) -> Self {
        Self { sign_extends_to, ..self }
    }

    pub(super) const fn computing(self, operation: Operation) -> Self {
        Self { operation, ..self.storing(Stores::Computed) }
    }

    pub(super) const fn operands_in_results(self) -> Self {
        Self { form: Form::OperandsInResults, ..self }
    }

    /// A store-exclusive that cannot pass.
    pub(super) const fn failing_status(self) -> Self {
        self.returning(Returns::Status).storing(Stores::Nothing)
    }

    pub(super) const fn tags_only(self) -> Self {
        Self { tags_only: true, ..self.storing(Stores::Nothing) }
    }
}
