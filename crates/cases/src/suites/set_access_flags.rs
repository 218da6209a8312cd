//! Every version of set_access_flags from every legal state, and the operations beside it.

use crate::race::Form::{Right, Wrong};
use crate::race::Version::{Ours, This};
use crate::{
    Case,
    Expected::{Acquitted, Convicted},
    Starts, Suite,
};
use afdbm::operations::Invariant as I;
use history::{GroupSelection, Neighbour, Selection};

pub(super) const SUITE: Suite = Suite {
    name: "set-access-flags",
    about: "every version of set_access_flags from every legal state, and its neighbours",
    hidden: false,
    cases: &[
        Case::trials(
            "saf-ours-from-every-state",
            "v4, today's routine, breaks no invariant from any legal state",
            (Ours, Starts::Legal),
            Acquitted,
        )
        .showing(&["I1", "I2"]),
        Case::trials(
            "saf-lock-free-from-every-state",
            "the lock-free routine breaks no invariant from any legal state",
            (This(Selection::LockFree), Starts::Legal),
            Acquitted,
        )
        .showing(&["I1", "I2"]),
        Case::trials(
            "saf-v3-from-every-state",
            "v3 (Linux of 2017) breaks no invariant from any legal state",
            (This(Selection::V3), Starts::Legal),
            Acquitted,
        )
        .showing(&["I1", "I2"]),
        Case::trials(
            "saf-ours-mends-what-modify-left",
            "v4 lets a write pass through W·D·RO, which an old modify leaves",
            (Ours, Starts::Remnant),
            Acquitted,
        )
        .showing(&["I6", "I19"]),
        Case::trials(
            "saf-v0-convicted",
            "v0 (Linux 4.3) loses the dirty state that hardware alone recorded",
            (This(Selection::V0), Starts::Legal),
            Convicted(&[I::NoLostDirty, I::Monotone]),
        )
        .showing(&["I2"]),
        Case::trials(
            "saf-v1-convicted",
            "v1 (Linux 4.7-rc1) loops on a write and loses the dirty state",
            (This(Selection::V1), Starts::Legal),
            Convicted(&[I::NoLostDirty, I::Monotone, I::Encoding, I::Progress]),
        )
        .showing(&["I1", "I2"]),
        Case::trials(
            "saf-v2-convicted",
            "v2 (Linux 4.7-rc) loses the dirty state that hardware alone recorded",
            (This(Selection::V2), Starts::Legal),
            Convicted(&[I::NoLostDirty, I::Monotone]),
        )
        .showing(&["I2"]),
        Case::trials(
            "saf-v4m-convicted",
            "v4m, whose no-op test is blind to RO, loops on a write to W·D·RO",
            (This(Selection::V4m), Starts::Remnant),
            Convicted(&[I::Progress, I::ReturnValue]),
        )
        .showing(&["I6", "I19"]),
        Case::group_trials(
            "saf-ours-for-contiguous",
            "c1 resolves a fault on one entry of a group whose sibling is dirty",
            Ours,
            Acquitted,
        )
        .showing(&["F06", "I17"]),
        Case::group_trials(
            "saf-c0-convicted",
            "c0 (Linux 6.9) loops on one entry of a group whose sibling is dirty",
            This(GroupSelection::C0),
            Convicted(&[I::Progress, I::ReturnValue]),
        )
        .showing(&["F06", "I17"]),
        Case::operation(
            "write-protect-keeps-dirty",
            "write_protect moves a dirty state that hardware recorded to D",
            (Neighbour::WriteProtectDropsDirty, Right),
            Acquitted,
        ),
        Case::operation(
            "write-protect-drops-dirty-convicted",
            "write_protect before ff1712f953e2 drops a dirty state that hardware recorded",
            (Neighbour::WriteProtectDropsDirty, Wrong),
            Convicted(&[I::NoLostDirty]),
        ),
        Case::operation(
            "clean-leaves-nothing-dirty",
            "make_clean clears D and sets RO, and the next store makes the page dirty",
            (Neighbour::CleanLeavesWritable, Right),
            Acquitted,
        ),
        Case::operation(
            "clean-leaving-writable-convicted",
            "make_clean that leaves RO clear leaves the page dirty for ever",
            (Neighbour::CleanLeavesWritable, Wrong),
            Convicted(&[I::NoOverDirty]),
        ),
        Case::operation(
            "dirty-lets-write-pass",
            "make_dirty of a writable page clears RO",
            (Neighbour::DirtyLeavesReadOnly, Right),
            Acquitted,
        ),
        Case::operation(
            "dirty-leaving-read-only-convicted",
            "make_dirty that leaves RO set makes W·D·RO, and the write loops",
            (Neighbour::DirtyLeavesReadOnly, Wrong),
            Convicted(&[I::Encoding, I::Progress]),
        ),
        Case::operation(
            "modify-keeps-page-writable",
            "modify to no access and back keeps a dirty page dirty and writable",
            (Neighbour::ModifyLeavesReadOnly, Right),
            Acquitted,
        )
        .showing(&["I19"]),
        Case::operation(
            "modify-leaving-read-only-convicted",
            "modify before 3c0696076aad makes W·D·RO of a dirty page",
            (Neighbour::ModifyLeavesReadOnly, Wrong),
            Convicted(&[I::Encoding]),
        )
        .showing(&["I19"]),
        Case::operation(
            "writable-stays-clean",
            "make_writable leaves a clean page clean",
            (Neighbour::WritableDirties, Right),
            Acquitted,
        ),
        Case::operation(
            "writable-that-dirties-convicted",
            "make_writable before 143937ca51cc makes a clean page dirty",
            (Neighbour::WritableDirties, Wrong),
            Convicted(&[I::NoOverDirty]),
        ),
        Case::function("saf-instruction-count", "v4 takes no more instructions than its contract requires"),
    ],
};
