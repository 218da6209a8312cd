//! Changing the protection of a page.

use crate::descriptor::Descriptor;
use crate::operations::{Change, Place, Scope, Slot, Step};
use crate::stage::Stage;
use core::sync::atomic::Ordering::Relaxed;

/// Bit 58, for software: the descriptor is invalid because nobody may access its page, which is still there
/// (Linux: `PTE_PROT_NONE`).
pub const NO_ACCESS: u64 = 1 << 58;

/// How a page may be accessed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// Not at all: the descriptor becomes invalid, with [`NO_ACCESS`] set.
    None,
    /// Read.
    ReadOnly,
    /// Read and write; a clean page stays clean until the first write.
    ReadWrite,
}

/// What a change of protection replaces, in a descriptor of stage 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Protection {
    /// Read and write.
    pub access: Access,
    /// EL0 may access the page as well.
    pub user: bool,
    /// EL1 may not execute.
    pub privileged_execute_never: bool,
    /// EL0 may not execute.
    pub user_execute_never: bool,
}

/// The bits that a protection decides, besides the dirty bit.
const PROTECTION: u64 =
    Descriptor::VALID | Descriptor::AP1 | Descriptor::DBM | Descriptor::PXN | Descriptor::UXN | NO_ACCESS;

/// Returns the descriptor with another protection, and as dirty as it was (Linux: `pte_modify`).
///
/// What the hardware recorded as dirty moves to D; RO is clear only where the page is writable and dirty. (Linux
/// left W·D·RO before 3c0696076aad.)
#[inline]
#[must_use]
pub const fn modified(descriptor: Descriptor, protection: Protection) -> Descriptor {
    const fn flag(set: bool, mask: u64) -> u64 {
        if set { mask } else { 0 }
    }
    let (stage, dirty) = (Stage::One, descriptor.is_dirty());
    let access = match protection.access {
        Access::None => NO_ACCESS,
        Access::ReadOnly => Descriptor::VALID,
        Access::ReadWrite => Descriptor::VALID | Descriptor::DBM,
    };
    let others = flag(protection.user, Descriptor::AP1)
        | flag(protection.privileged_execute_never, Descriptor::PXN)
        | flag(protection.user_execute_never, Descriptor::UXN)
        | flag(dirty, Descriptor::SOFTWARE_DIRTY);
    let made = descriptor.without(PROTECTION).with(access | others);
    let read_only = match protection.access {
        Access::None => false,
        Access::ReadOnly => true,
        Access::ReadWrite => !dirty,
    };
    if read_only { stage.with_clean(made) } else { stage.with_dirty(made) }
}

/// Changes the protection of a valid descriptor, or of one that is invalid by [`NO_ACCESS`]
/// (Linux: `ptep_modify_prot_start` and `ptep_modify_prot_commit`, which leave the entry invalid in between; this is
/// one exchange).
///
/// Any other invalid descriptor is left bit-identical, and the outcome is
/// [`Outcome::Stale`](crate::operations::Outcome::Stale).
///
/// * **From memory**: the output address, AF, memory type, the dirty state (in D), and what software keeps.
/// * **Lock**: the caller's, under which it decided on the protection.
/// * **Owed**: [`Scope::AllCpus`], last level, if a valid descriptor changed; nothing if it was invalid, since that
///   is never cached.
#[inline]
pub fn modify<S: Slot + ?Sized>(slot: &S, protection: Protection, place: Place) -> Change {
    let mut found = slot.load(Relaxed, Step::Load);
    loop {
        if !found.is_valid() && !found.has(NO_ACCESS) {
            return Change::stale(found, place);
        }
        let left = modified(found, protection);
        if left == found {
            return Change::unchanged(found, place);
        }
        match slot.compare_exchange_weak(found, left, Relaxed, Relaxed, Step::Exchange) {
            Ok(_) => {
                let scope = if found.is_valid() { Scope::AllCpus } else { Scope::None };
                return Change::changed(found, left, place, scope);
            }
            Err(now) => found = now,
        }
    }
}
