//! The probes' stubs: pages of code, executed in place at EL1 and through an alias at EL0.
//!
//! Each stub makes one access and returns by x30. In: x0 the address, x1 the value to store, x2 and x3 what a
//! compare expects, x4 and x5 what an instruction that stores two doublewords stores. Out: x2 and x3 what was read, x6 the status of an exclusive
//! store. No stub uses the stack or a register beyond x7, x16, v0 and v1; those of an access that goes before another use
//! x8 to x10 alone.

use super::{access_stubs, layout};
use afdbm::address::VirtualAddress;
use core::arch::global_asm;
use core::fmt;
use oracle::AccessKind;

macro_rules! stubs {
    ($($(#[$documentation:meta])* $variant:ident $label:ident $name:literal [$($kind:ident),*]: $code:literal;)+) => {
        /// An access that a probe can make: one stub each.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Stub {
            $($(#[$documentation])* $variant,)+
        }

        unsafe extern "C" {
            $(safe static $label: u8;)+
        }

        impl Stub {
            /// What the log calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the stub that makes an access of this kind, if the kind is one of the product's.
            #[must_use]
            pub const fn of(kind: AccessKind) -> Option<Self> {
                match kind {
                    $($(AccessKind::$kind => Some(Self::$variant),)*)+
                    _ => None,
                }
            }

            /// Where the stub stands in the kernel's text.
            fn address(self) -> u64 {
                match self {
                    $(Self::$variant => (&raw const $label) as u64,)+
                }
            }
        }

        global_asm!(
            ".section .stubs, \"ax\"",
            ".arch_extension fp",
            ".arch_extension simd",
            ".arch_extension lse",
            $(
                concat!(".global ", stringify!($label)),
                ".balign 16",
                concat!(stringify!($label), ":"),
                $code,
                "ret",
            )+
        );
    };
}

// Each line: the stub, its symbol, its name, the oracle's kinds of access that it makes, and its code.
stubs! {
    /// LDR.
    Load stub_load "LDR" [Load, LoadCrossing]: "ldr x2, [x0]";
    /// LDAR.
    LoadAcquire stub_load_acquire "LDAR" [LoadAcquire]: "ldar x2, [x0]";
    /// LDP of two doublewords.
    LoadPair stub_load_pair "LDP" [LoadPair]: "ldp x2, x3, [x0]";
    /// LDXR, then CLREX.
    LoadExclusive stub_load_exclusive "LDXR" [LoadExclusive]: "ldxr x2, [x0]\nclrex";
    /// LDR of 16 bytes to a vector register.
    LoadVector stub_load_vector "LDR Q" [LoadVector]: "ldr q0, [x0]\nmov x2, v0.d[0]\nmov x3, v0.d[1]";
    /// LD1 of 16 bytes.
    LoadStructure stub_load_structure "LD1" [LoadStructure]: "ld1 {{v0.2d}}, [x0]\nmov x2, v0.d[0]\nmov x3, v0.d[1]";
    /// LDTR, with the permissions of EL0.
    LoadUnprivileged stub_load_unprivileged "LDTR" [LoadUnprivileged]: "ldtr x2, [x0]";
    /// STR.
    Store stub_store "STR" [Store, StoreCrossing]: "str x1, [x0]";
    /// STR of 16 bytes from a vector register, x4 and x5.
    StoreVector stub_store_vector "STR Q" [StoreVector]: "mov v0.d[0], x4\nmov v0.d[1], x5\nstr q0, [x0]";
    /// LDR from x8, then on to x10.
    LoadBefore stub_load_before "LDR before" []: "ldr x9, [x8]\nbr x10";
    /// STR of x9 to x8, then on to x10.
    StoreBefore stub_store_before "STR before" []: "str x9, [x8]\nbr x10";
    /// STLR.
    StoreRelease stub_store_release "STLR" [StoreRelease]: "stlr x1, [x0]";
    /// STP of two doublewords, x4 and x5.
    StorePair stub_store_pair "STP" [StorePair, StorePairCrossing]: "stp x4, x5, [x0]";
    /// STTR, with the permissions of EL0.
    StoreUnprivileged stub_store_unprivileged "STTR" [StoreUnprivileged]: "sttr x1, [x0]";
    /// LDXR and STXR, until the monitor was kept or 64 times: some hosts lose it now and then.
    ExclusivePair stub_exclusive_pair "LDXR+STXR" [StoreExclusivePass]: "mov x7, #64\n1: ldxr x2, [x0]\nstxr w6, x1, [x0]\ncbz w6, 2f\nsubs x7, x7, #1\nb.ne 1b\n2:";
    /// CLREX, then STXR, which has to fail.
    StoreExclusiveAlone stub_store_exclusive_alone "STXR without monitor" [StoreExclusiveFail]: "clrex\nstxr w6, x1, [x0]";
    /// SWP.
    Swap stub_swap "SWP" [Swap]: "swp x1, x2, [x0]";
    /// LDADD.
    LoadAdd stub_load_add "LDADD" [FetchAdd]: "ldadd x1, x2, [x0]";
    /// LDADD of zero: stores what it read.
    LoadAddZero stub_load_add_zero "LDADD of 0" [FetchAddZero]: "ldadd xzr, x2, [x0]";
    /// STADD.
    StoreAdd stub_store_add "STADD" [StoreAdd]: "stadd x1, [x0]";
    /// CAS: compares with x2, stores x1.
    CompareAndSwap stub_compare_and_swap "CAS" [CompareAndSwap, CompareAndSwapMismatch]: "cas x2, x1, [x0]";
    /// CASP: compares with x2 and x3, stores x4 and x5.
    CompareAndSwapPair stub_compare_and_swap_pair "CASP" [CompareAndSwapPair, CompareAndSwapPairMismatch]: "casp x2, x3, x4, x5, [x0]";
    /// RCWCAS: compares with x2, stores x1 if the checks of FEAT_THE let it.
    ReadCheckWrite stub_read_check_write "RCWCAS" [ReadCheckWriteMismatch]: ".inst 0x19220801";
    /// A branch to x0: the target returns by x30.
    Fetch stub_fetch "fetch" [Fetch]: "br x0";
    /// DC CVAC.
    Clean stub_clean "DC CVAC" [Clean]: "dc cvac, x0";
    /// DC CIVAC.
    CleanInvalidate stub_clean_invalidate "DC CIVAC" [CleanInvalidate]: "dc civac, x0";
    /// DC IVAC.
    Invalidate stub_invalidate "DC IVAC" [Invalidate]: "dc ivac, x0";
    /// IC IVAU.
    InvalidateInstruction stub_invalidate_instruction "IC IVAU" [InvalidateInstruction]: "ic ivau, x0";
    /// PRFM PLDL1KEEP.
    PrefetchLoad stub_prefetch_load "PRFM PLDL1KEEP" [PrefetchLoad]: "prfm pldl1keep, [x0]";
    /// PRFM PSTL1KEEP.
    PrefetchStore stub_prefetch_store "PRFM PSTL1KEEP" [PrefetchStore]: "prfm pstl1keep, [x0]";
    /// AT S1E1R; x2 is PAR_EL1, after the ISB that makes it readable (Arm ARM D8.15.2), between barriers without which a
    /// Cortex-A77 may stand still (erratum 1508412: a read of PAR_EL1 beside a Device or Non-cacheable load).
    TranslateRead stub_translate_read "AT S1E1R" [TranslateRead]: "at s1e1r, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E1W.
    TranslateWrite stub_translate_write "AT S1E1W" [TranslateWrite]: "at s1e1w, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E0R.
    TranslateUserRead stub_translate_user_read "AT S1E0R" [TranslateUserRead]: "at s1e0r, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E0W.
    TranslateUserWrite stub_translate_user_write "AT S1E0W" [TranslateUserWrite]: "at s1e0w, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E1RP (FEAT_PAN2).
    TranslateReadPan stub_translate_read_pan "AT S1E1RP" [TranslateReadPan]: "sys #0, c7, c9, #0, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E1WP (FEAT_PAN2).
    TranslateWritePan stub_translate_write_pan "AT S1E1WP" [TranslateWritePan]: "sys #0, c7, c9, #1, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E2R: what AT S1E1R is to EL1&0, for the EL2 regime.
    TranslateReadEl2 stub_translate_read_el2 "AT S1E2R" []: "at s1e2r, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// AT S1E2W.
    TranslateWriteEl2 stub_translate_write_el2 "AT S1E2W" []: "at s1e2w, x0\nisb\ndmb sy\nmrs x2, par_el1\ndmb sy";
    /// DC ZVA.
    ZeroBlock stub_zero_block "DC ZVA" [ZeroBlock]: "dc zva, x0";
    /// DC GVA (FEAT_MTE2).
    TagBlock stub_tag_block "DC GVA" [TagBlock]: "sys #3, c7, c4, #3, x0";
    /// DC GZVA (FEAT_MTE2).
    TagZeroBlock stub_tag_zero_block "DC GZVA" [TagZeroBlock]: "sys #3, c7, c4, #4, x0";
    /// B to itself: the self-check of the watchdog.
    Spin stub_spin "B to itself" []: "1: b 1b";
    /// STR if x2 is not 0, behind a branch whose condition takes a while.
    StoreIfNonZero stub_store_if_non_zero "STR behind a branch" []: "mov x7, #3\nmul x2, x2, x7\nudiv x2, x2, x7\nmul x2, x2, x7\nudiv x2, x2, x7\ncbz x2, 1f\nstr x1, [x0]\n1:";
    /// LDR if x2 is not 0, behind such a branch.
    LoadIfNonZero stub_load_if_non_zero "LDR behind a branch" []: "mov x7, #3\nmul x2, x2, x7\nudiv x2, x2, x7\nmul x2, x2, x7\nudiv x2, x2, x7\ncbz x2, 1f\nldr x3, [x0]\n1:";
    /// LDR of a word at x2 to x6, then STR whose address depends on what it read.
    StoreAfterAddress stub_store_after_address "address" []: "ldr x6, [x2]\neor x7, x6, x6\nstr x1, [x0, x7]";
    /// The same behind a branch that depends on it.
    StoreAfterControl stub_store_after_control "control" []: "ldr x6, [x2]\ncbnz x6, 1f\n1: str x1, [x0]";
    /// The same with a value that depends on it.
    StoreAfterData stub_store_after_data "data" []: "ldr x6, [x2]\neor x7, x6, x6\nadd x7, x7, x1\nstr x7, [x0]";
    /// Fills x1 pages from x0 on, each with one word: its address times x4, exclusive-or x3. Entered again after a
    /// fault, it begins with the page that x0 has come to.
    FillPages stub_fill_pages "fill pages" []: "1: mul x6, x0, x4\neor x6, x6, x3\nadd x7, x0, #4096\nmov x5, x0\n2: stp x6, x6, [x5], #16\ncmp x5, x7\nb.ne 2b\nmov x0, x7\nsubs x1, x1, #1\nb.ne 1b";
    /// The same with words that follow each other as x6 times x4 plus x2: pages that cannot be compressed.
    FillPagesWithNoise stub_fill_noise "fill pages with noise" []: "1: mul x6, x0, x4\neor x6, x6, x3\nadd x7, x0, #4096\nmov x5, x0\n2: str x6, [x5], #8\nmadd x6, x6, x4, x2\ncmp x5, x7\nb.ne 2b\nmov x0, x7\nsubs x1, x1, #1\nb.ne 1b";
    /// Compares x1 pages from x0 on with what `FillPages` left; stops at the first word that differs, with x1 as
    /// it is, the address in x5, the word in x7.
    CheckPages stub_check_pages "check pages" []: "1: mul x6, x0, x4\neor x6, x6, x3\nmov x5, x0\nadd x2, x0, #4096\n2: ldr x7, [x5]\ncmp x7, x6\nb.ne 3f\nadd x5, x5, #8\ncmp x5, x2\nb.ne 2b\nmov x0, x2\nsubs x1, x1, #1\nb.ne 1b\n3:";
    /// The same for `FillPagesWithNoise`.
    CheckPagesOfNoise stub_check_noise "check pages of noise" []: "1: mul x6, x0, x4\neor x6, x6, x3\nmov x5, x0\n2: ldr x7, [x5]\ncmp x7, x6\nb.ne 3f\nmadd x6, x6, x4, x2\nadd x5, x5, #8\ntst x5, #4095\nb.ne 2b\nmov x0, x5\nsubs x1, x1, #1\nb.ne 1b\n3:";
    /// SETP, SETM, SETE of x2 bytes from x0 on, each the low byte of x3.
    SetBytes stub_set_bytes "SET" []: ".inst 0x19c30440\n.inst 0x19c34440\n.inst 0x19c38440";
    /// CPYFP, CPYFM, CPYFE of x2 bytes from x5 on to x0 on.
    CopyBytesForward stub_copy_bytes_forward "CPYF" []: ".inst 0x19050440\n.inst 0x19450440\n.inst 0x19850440";
    /// CPYP, CPYM, CPYE of x2 bytes from x5 on to x0 on.
    CopyBytes stub_copy_bytes "CPY" []: ".inst 0x1d050440\n.inst 0x1d450440\n.inst 0x1d850440";
    /// SVC: the way out of EL0, and nothing else uses SVC.
    Exit stub_exit "SVC" []: "svc #0";
}

impl fmt::Display for Stub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

unsafe extern "C" {
    safe static _stubs_start: u8;
    safe static _stubs_end: u8;
}

impl Stub {
    /// Where EL1 executes the stub.
    #[must_use]
    pub fn at_el1(self) -> VirtualAddress {
        VirtualAddress(self.address())
    }

    /// Where EL0 executes the stub.
    #[must_use]
    pub fn at_el0(self) -> VirtualAddress {
        VirtualAddress(self.address() - (&raw const _stubs_start) as u64 + layout::USER_STUBS)
    }
}

/// A stub where either Exception level executes it, looked up once.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Entry {
    /// The address for EL1.
    pub at_el1: u64,
    /// The address for EL0.
    pub at_el0: u64,
}

impl Entry {
    /// Returns where an access of this kind is made.
    #[must_use]
    pub fn of(kind: AccessKind) -> Self {
        let at_el1 = match Stub::of(kind) {
            Some(stub) => return stub.into(),
            None => access_stubs::address(kind),
        };
        Self { at_el1, at_el0: at_el1 - (&raw const _stubs_start) as u64 + layout::USER_STUBS }
    }
}

impl From<Stub> for Entry {
    fn from(stub: Stub) -> Self {
        Self { at_el1: stub.at_el1().0, at_el0: stub.at_el0().0 }
    }
}

/// The stubs' pages as EL1 executes them, first address and one past the last.
#[must_use]
pub fn range_el1() -> (VirtualAddress, VirtualAddress) {
    (VirtualAddress((&raw const _stubs_start) as u64), VirtualAddress((&raw const _stubs_end) as u64))
}

/// The stubs as EL0 executes them.
#[must_use]
pub fn range_el0() -> (VirtualAddress, VirtualAddress) {
    let length = (&raw const _stubs_end) as u64 - (&raw const _stubs_start) as u64;
    (VirtualAddress(layout::USER_STUBS), VirtualAddress(layout::USER_STUBS + length))
}
