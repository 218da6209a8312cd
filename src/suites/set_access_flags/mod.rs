//! Every version of set_access_flags from every legal state, one access at a time at EL0.
//!
//! A trial is a state of the page, HA and HD of the CPU, and one or two accesses; the fault handler resolves what
//! faults, with the version under trial. Each access is judged by the invariants. What is right has to pass every
//! trial; each historical version is a negative control, which has to break just the invariants that it is known
//! to break.

mod contiguous;
mod cost;
mod neighbours;
mod trial;

use super::{Case, Suite};
use afdbm::operations::Invariant as I;
use history::{Neighbour, Selection};

/// The suite.
pub const SUITE: Suite = Suite {
    name: "set-access-flags",
    about: "every version of set_access_flags from every legal state, and its neighbours",
    hidden: false,
    cases: &[
        Case::function("saf-ours-from-every-state", "ours (v4) breaks no invariant", |context| {
            let ours = context.ours();
            trial::acquit(context, ours)
        }),
        Case::function("saf-lock-free-from-every-state", "the lock-free form neither", |context| {
            trial::acquit(context, Selection::LockFree)
        }),
        Case::function("saf-v3-from-every-state", "v3 (2017) neither", |context| {
            trial::acquit(context, Selection::V3)
        }),
        Case::function("saf-ours-mends-what-modify-left", "a write to W·D·RO passes (I6, I19)", |context| {
            let ours = context.ours();
            trial::acquit_from_remnant(context, ours)
        }),
        Case::function("saf-v0-convicted", "v0 (4.3) loses the dirty state (I2)", |context| {
            trial::convict(context, Selection::V0, &[I::NoLostDirty, I::Monotone])
        }),
        Case::function(
            "saf-v1-convicted",
            "v1 (4.7-rc1) loops and loses the dirty state (I1, I2)",
            |context| {
                let broken = [I::NoLostDirty, I::Monotone, I::Encoding, I::Progress];
                trial::convict(context, Selection::V1, &broken)
            },
        ),
        Case::function("saf-v2-convicted", "v2 (4.7-rc) loses the dirty state (I2)", |context| {
            trial::convict(context, Selection::V2, &[I::NoLostDirty, I::Monotone])
        }),
        Case::function("saf-v4m-convicted", "a no-op test blind to RO loops (I6, I19)", |context| {
            trial::convict_from_remnant(context, Selection::V4m, &[I::Progress, I::ReturnValue])
        }),
        Case::function(
            "saf-ours-for-contiguous",
            "c1: the target of a group with a dirty sibling",
            |context| {
                let ours = context.our_group();
                contiguous::acquit(context, ours)
            },
        ),
        Case::function("saf-c0-convicted", "c0 (6.9) loops on it (I17)", contiguous::convict_c0),
        Case::function("write-protect-keeps-dirty", "what hardware recorded moves to D", |context| {
            neighbours::acquit(context, Neighbour::WriteProtectDropsDirty)
        }),
        Case::function("write-protect-drops-dirty-convicted", "before ff1712f953e2", |context| {
            neighbours::convict(context, Neighbour::WriteProtectDropsDirty, &[I::NoLostDirty])
        }),
        Case::function(
            "clean-leaves-nothing-dirty",
            "D is clear and RO set; a store dirties again",
            |context| neighbours::acquit(context, Neighbour::CleanLeavesWritable),
        ),
        Case::function("clean-leaving-writable-convicted", "D is clear, RO too: dirty for ever", |context| {
            neighbours::convict(context, Neighbour::CleanLeavesWritable, &[I::NoOverDirty])
        }),
        Case::function("dirty-lets-write-pass", "make_dirty of a writable page clears RO", |context| {
            neighbours::acquit(context, Neighbour::DirtyLeavesReadOnly)
        }),
        Case::function("dirty-leaving-read-only-convicted", "W·D·RO: the write loops", |context| {
            neighbours::convict(context, Neighbour::DirtyLeavesReadOnly, &[I::Encoding, I::Progress])
        }),
        Case::function("modify-keeps-page-writable", "to no access and back, still dirty (I19)", |context| {
            neighbours::acquit(context, Neighbour::ModifyLeavesReadOnly)
        }),
        Case::function(
            "modify-leaving-read-only-convicted",
            "before 3c0696076aad: W·D·RO (I19)",
            |context| neighbours::convict(context, Neighbour::ModifyLeavesReadOnly, &[I::Encoding]),
        ),
        Case::function("writable-stays-clean", "make_writable records no write", |context| {
            neighbours::acquit(context, Neighbour::WritableDirties)
        }),
        Case::function("writable-that-dirties-convicted", "before 143937ca51cc", |context| {
            neighbours::convict(context, Neighbour::WritableDirties, &[I::NoOverDirty])
        }),
        Case::function("saf-instruction-count", "one call without contention, by the PMU", cost::count),
    ],
};
