//! Every barrier and invalidation sequence of the kernel, by name, with the rule that asks for it.
//!
//! An emulator hides a missing DSB or ISB, silicon does not: so the sequences stand here and nowhere else,
//! each a function of its own that is never inlined, and a test on the host disassembles the image and
//! compares each of them with the list at the end of its comment. No function takes a default: the name
//! says the scope (`local`: this PE; `all`: the Inner Shareable domain).

use afdbm::address::Asid;
use afdbm::tlbi::{Instruction, Operand};
use core::arch::asm;

macro_rules! sequence {
    ($(#[$documentation:meta])* $name:ident($($argument:ident: $type:ty => $value:expr)?), $($instruction:literal),+) => {
        $(#[$documentation])*
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub extern "C" fn $name($($argument: $type)?) {
            $(let $argument: u64 = $value;)?
            // SAFETY: barriers and TLB invalidation change no memory that Rust knows of and no register; an
            // invalidation too many costs time only. Without `nomem` the compiler keeps stores before it.
            unsafe { asm!($($instruction),+ $(, $argument = in(reg) $argument)?, options(nostack, preserves_flags)) };
        }
    };
}

sequence! {
    /// Orders a new or changed descriptor before later walks of this PE's Inner Shareable domain
    /// (Arm ARM R_WZCBG, D8.2.6): for an entry that was invalid or had AF=0, and so is in no TLB.
    ///
    /// Sequence: DSB ISHST; ISB.
    sequence_publish_descriptor(), "dsb ishst", "isb"
}

sequence! {
    /// Completes accesses and hardware updates of the descriptors before what follows (rows E07 to E10,
    /// Arm ARM R_MKHJS): only a DSB for loads and stores does.
    ///
    /// Sequence: DSB ISH.
    sequence_complete_updates(), "dsb ish"
}

sequence! {
    /// Invalidates one page's last-level entry on this PE, after a change of a leaf that other PEs may
    /// still hold (Arm ARM R_LXHLD, D8.17).
    ///
    /// Sequence: DSB NSHST; TLBI VALE1; DSB NSH; ISB.
    sequence_invalidate_leaf_local(address: Operand => address.0),
    "dsb nshst", "tlbi vale1, {address}", "dsb nsh", "isb"
}

sequence! {
    /// Invalidates one address's entries of every level on this PE.
    ///
    /// Sequence: DSB NSHST; TLBI VAE1; DSB NSH; ISB.
    sequence_invalidate_address_local(address: Operand => address.0),
    "dsb nshst", "tlbi vae1, {address}", "dsb nsh", "isb"
}

sequence! {
    /// Invalidates one page's last-level entry on every PE.
    ///
    /// Sequence: DSB ISHST; TLBI VALE1IS; DSB ISH; ISB.
    sequence_invalidate_leaf_all(address: Operand => address.0),
    "dsb ishst", "tlbi vale1is, {address}", "dsb ish", "isb"
}

sequence! {
    /// Orders changed descriptors before the invalidations that follow, which are completed together.
    ///
    /// Sequence: DSB ISHST.
    sequence_order_before_invalidation(), "dsb ishst"
}

sequence! {
    /// Begins to invalidate one page's last-level entry on every PE; it is complete after
    /// [`sequence_complete_invalidation`] (Arm ARM R_LXHLD).
    ///
    /// Sequence: TLBI VALE1IS.
    sequence_queue_leaf_all(address: Operand => address.0), "tlbi vale1is, {address}"
}

sequence! {
    /// Completes accesses and hardware updates before what follows, as [`sequence_complete_updates`] does, and begins to
    /// invalidate one address's entries of every level on this PE; the next invalidation's DSB completes it.
    ///
    /// Sequence: DSB ISH; TLBI VAE1.
    sequence_complete_and_queue_address_local(address: Operand => address.0), "dsb ish", "tlbi vae1, {address}"
}

sequence! {
    /// Completes every invalidation that this PE has begun, on every PE.
    ///
    /// Sequence: DSB ISH; ISB.
    sequence_complete_invalidation(), "dsb ish", "isb"
}

sequence! {
    /// The same for changes that PEs of the Outer Shareable domain are to see.
    ///
    /// Sequence: DSB OSHST.
    sequence_order_before_outer_invalidation(), "dsb oshst"
}

sequence! {
    /// Completes every invalidation that this PE has begun in the Outer Shareable domain.
    ///
    /// Sequence: DSB OSH; ISB.
    sequence_complete_outer_invalidation(), "dsb osh", "isb"
}

sequence! {
    /// Orders changed descriptors before the invalidations that follow, which are of this PE alone.
    ///
    /// Sequence: DSB NSHST.
    sequence_order_before_local_invalidation(), "dsb nshst"
}

sequence! {
    /// Completes every invalidation that this PE has begun of its own TLB.
    ///
    /// Sequence: DSB NSH; ISB.
    sequence_complete_local_invalidation(), "dsb nsh", "isb"
}

sequence! {
    /// Invalidates one address's entries of every level on every PE, whatever its ASID.
    ///
    /// Sequence: DSB ISHST; TLBI VAAE1IS; DSB ISH; ISB.
    sequence_invalidate_address_all(address: Operand => address.0),
    "dsb ishst", "tlbi vaae1is, {address}", "dsb ish", "isb"
}

sequence! {
    /// Invalidates every entry of one ASID on every PE (break-before-make of a whole address space).
    ///
    /// Sequence: DSB ISHST; TLBI ASIDE1IS; DSB ISH; ISB.
    sequence_invalidate_asid_all(asid: Asid => Operand::of_asid(asid).0),
    "dsb ishst", "tlbi aside1is, {asid}", "dsb ish", "isb"
}

sequence! {
    /// Invalidates everything on this PE, after a change of a register whose bits may be cached in a TLB:
    /// TCR_EL1.HA and HD among them (row A09, Arm ARM R_VNRFW, D24.2.194).
    ///
    /// Sequence: ISB; DSB NSHST; TLBI VMALLE1; DSB NSH; ISB.
    sequence_invalidate_everything_local(), "isb", "dsb nshst", "tlbi vmalle1", "dsb nsh", "isb"
}

sequence! {
    /// Invalidates everything on every PE.
    ///
    /// Sequence: DSB ISHST; TLBI VMALLE1IS; DSB ISH; ISB.
    sequence_invalidate_everything_all(), "dsb ishst", "tlbi vmalle1is", "dsb ish", "isb"
}

sequence! {
    /// Makes instructions that were written visible to this PE's fetches, after their lines were cleaned to
    /// the Point of Unification (Arm ARM B2.7.4.2).
    ///
    /// Sequence: DSB ISH; IC IALLUIS; DSB ISH; ISB.
    sequence_publish_instructions(), "dsb ish", "ic ialluis", "dsb ish", "isb"
}

sequence! {
    /// Completes loads only: too weak for a hardware update (row E08, Arm ARM R_MKHJS).
    ///
    /// Sequence: DSB ISHLD.
    sequence_complete_loads(), "dsb ishld"
}

sequence! {
    /// Orders the loads before it with what follows: a reader's half of a message (Arm ARM B2.3, rows E09, E10).
    ///
    /// Sequence: DMB ISHLD.
    sequence_order_loads(), "dmb ishld"
}

sequence! {
    /// Completes cache maintenance by address (Arm ARM D7.5.9): only a DSB does.
    ///
    /// Sequence: DSB SY.
    sequence_complete_maintenance(), "dsb sy"
}

sequence! {
    /// Orders memory before an interrupt or a PSCI call makes another CPU look at it.
    ///
    /// Sequence: DSB ISHST.
    sequence_before_signal(), "dsb ishst"
}

sequence! {
    /// Makes a change of context (a system register) take effect for what follows.
    ///
    /// Sequence: ISB.
    sequence_synchronize_context(), "isb"
}

/// The words of every TLBI of EL1: those without nXS, then those with it.
const TLBI: [u32; 2 * Instruction::ALL.len()] = {
    let mut words = [0; 2 * Instruction::ALL.len()];
    let mut place = 0;
    while place < Instruction::ALL.len() {
        words[place] = Instruction::ALL[place].word();
        words[place + Instruction::ALL.len()] = Instruction::ALL[place].excluding_xs().word();
        place += 1;
    }
    words
};

macro_rules! each_tlbi {
    ($($place:literal)+) => {
        const _: () = assert!([$($place),+].len() == TLBI.len(), "an instruction without its place");

        /// Begins the invalidation that `word` encodes, of [`Instruction::word`], with this operand.
        ///
        /// It is for this PE to have the instruction: elsewhere it is UNDEFINED, and ends as such. Whoever calls orders the
        /// change before it and completes it afterwards (Arm ARM R_LXHLD).
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub extern "C" fn sequence_begin_invalidation(word: u32, operand: Operand) {
            $(if word == TLBI[$place] {
                // SAFETY: TLB invalidation changes no memory that Rust knows of and no register; one too many costs time.
                return unsafe {
                    asm!(".inst {word}", word = const TLBI[$place], in("x0") operand.0, options(nostack, preserves_flags));
                };
            })+
            unreachable!("{word:#x} is no TLBI of EL1");
        }
    };
}

each_tlbi!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29
    30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59
);
