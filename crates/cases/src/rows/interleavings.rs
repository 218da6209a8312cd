//! The interleavings I1 to I24: software's operations against another agent, in the orders that matter.

use afdbm::operations::Invariant as I;

/// An operation of software and what another agent does meanwhile, in an order that some routine did not survive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interleaving {
    /// The id, such as `I3`; rows have two digits.
    pub id: &'static str,
    /// The invariants at stake.
    pub invariants: &'static [I],
    /// What must hold, in one sentence.
    pub sentence: &'static str,
}

const fn interleaving(id: &'static str, invariants: &'static [I], sentence: &'static str) -> Interleaving {
    Interleaving { id, invariants, sentence }
}

/// Every interleaving, in order.
#[rustfmt::skip] // a table: one a line
pub const INTERLEAVINGS: &[Interleaving] = &[
    interleaving("I1", &[I::Progress], "A write to a page that was aged and then read succeeds within two faults, with HA=HD=0"),
    interleaving("I2", &[I::NoLostDirty], "A read fault on an old page that only hardware knows to be dirty keeps it dirty"),
    interleaving("I3", &[I::NoLostDirty, I::Monotone], "A read fault keeps AF and the dirty state that a store records between any two of its steps"),
    interleaving("I4", &[I::NoLostDirty, I::Monotone, I::Encoding], "A read fault keeps both of two hardware updates, of which the first sets AF"),
    interleaving("I5", &[I::NoLostDirty, I::Progress], "A write fault that a CPU with HD=1 has overtaken may return either value, and the page is dirty"),
    interleaving("I6", &[I::ReturnValue], "A descriptor that differs from the entry in RO alone is not taken for one that needs nothing"),
    interleaving("I7", &[I::Monotone], "A fault against aging without a lock leaves AF to the last writer and the rest alone"),
    interleaving("I8", &[I::NoInventedPermission], "A fault gives back a write permission that was withdrawn only where the entry is still authorised"),
    interleaving("I9", &[I::InvalidStays], "A fault never brings back a descriptor that get_and_clear took out"),
    interleaving("I10", &[I::NoLostDirty, I::NoInventedPermission], "After write_protect D is set if and only if a store landed, and W is clear"),
    interleaving("I11", &[I::NoLostDirty], "A store after make_clean and its completed TLBI makes the page dirty again"),
    interleaving("I12", &[I::NoLostDirty, I::Monotone], "Aging by compare-exchange keeps what a store records; aging by a plain store loses it"),
    interleaving("I13", &[I::Encoding], "A plain store may age and clean at once, since it overwrites every bit that hardware may write"),
    interleaving("I14", &[I::NoLostDirty, I::InvalidStays, I::Tlb], "What get_and_clear returns is dirty or the store faults, and nothing is updated afterwards"),
    interleaving("I15", &[I::Tlb], "An old page that is removed needs its TLBI: without it an access may come after the page is free"),
    interleaving("I16", &[I::Progress], "After write access is granted with a local TLBI another CPU takes one more fault at most"),
    interleaving("I17", &[I::Progress, I::ReturnValue], "A dirty sibling in a contiguous group does not make the target look done"),
    interleaving("I18", &[I::NoLostDirty], "Unfolding and refolding a group keep AF and the dirty state of every entry"),
    interleaving("I19", &[I::Encoding, I::Progress], "A dirty page whose access is taken away and given back is never W·D·RO"),
    interleaving("I20", &[I::NoOverDirty], "AF that was just cleared may be set without an access"),
    interleaving("I21", &[I::NoLostDirty], "A CAS of the program whose comparison fails may make the page dirty"),
    interleaving("I22", &[I::Tlb], "A change of HD on one CPU needs ISB and a local TLBI"),
    interleaving("I23", &[I::Monotone, I::Commutes], "A read fault and a write fault without a lock leave what both of them asked for"),
    interleaving("I24", &[I::NoInventedPermission], "A fault with a stale snapshot grants no more than memory allows now, in the lock-free form"),
];
