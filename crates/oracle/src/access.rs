//! The access: what the instruction is, where it is executed and what it touches.

use super::declaration::{
    Compare, Declaration, Family, Form, Misaligned, Operation, Requirement, Returns, Stores,
};
use super::kinds::{AccessKind, DECLARATIONS};
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
        self.declaration().block
    }

    /// Tells whether the instruction is one of the product's.
    #[must_use]
    pub const fn is_in_product(self) -> bool {
        (self as usize) < Self::PRODUCT.len()
    }

    /// Returns the instruction's encoding, with the registers of the table; 0 for one of the product's.
    #[must_use]
    pub const fn code(self) -> u32 {
        self.declaration().code
    }

    /// Returns what stands around the instruction where it is executed.
    #[must_use]
    pub const fn form(self) -> Form {
        self.declaration().form
    }

    /// Returns the bytes of each register that is loaded, stored, or operated on.
    #[must_use]
    pub const fn element(self) -> usize {
        self.declaration().element as usize
    }

    /// Returns how many registers of a load's or store's there are, 1 or 2.
    #[must_use]
    pub const fn registers(self) -> usize {
        if self.declaration().pair { 2 } else { 1 }
    }

    /// Returns the bytes to which a load extends the sign of what it loads, or 0.
    #[must_use]
    pub const fn sign_extends_to(self) -> usize {
        self.declaration().sign_extends_to as usize
    }

    /// Returns what an atomic instruction makes of what memory held and its operand.
    #[must_use]
    pub const fn operation(self) -> Operation {
        self.declaration().operation
    }

    /// Tells whether the instruction is a load-exclusive and store-exclusive pair that passes.
    #[must_use]
    pub const fn is_passing_exclusive(self) -> bool {
        let Declaration { returns, stores, .. } = *self.declaration();
        matches!(returns, Returns::Status) && !matches!(stores, Stores::Nothing)
    }

    /// Tells whether the instruction is a store-exclusive that fails.
    #[must_use]
    pub const fn is_failing_exclusive(self) -> bool {
        let Declaration { returns, stores, .. } = *self.declaration();
        matches!(returns, Returns::Status) && matches!(stores, Stores::Nothing)
    }

    /// Tells whether the maintenance instruction loses what is in the cache: DC IVAC and its like.
    #[must_use]
    pub const fn invalidates(self) -> bool {
        self.declaration().invalidates
    }

    /// Tells whether the maintenance instruction is to the Point of Unification.
    #[must_use]
    pub const fn is_to_unification(self) -> bool {
        self.declaration().to_unification
    }

    /// Tells whether the address translation instruction translates by both stages: AT S12E1R and its like.
    #[must_use]
    pub const fn translates_by_both_stages(self) -> bool {
        matches!(self.requires(), Requirement::Hypervisor)
    }

    /// Tells whether the address translation instruction reports no Permission fault: AT S1E1A.
    #[must_use]
    pub const fn is_for_any_access(self) -> bool {
        self.declaration().for_any_access
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
        (self.element() * self.registers()) as u64
    }

    /// Tells whether the address translation, or the prefetch, stands for a write.
    #[must_use]
    pub const fn is_for_write(self) -> bool {
        self.declaration().for_write
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
