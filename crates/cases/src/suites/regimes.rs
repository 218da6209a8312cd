//! The regimes of EL2: what the EL1&0 regime shows, again at EL2, and at EL2 with EL0.

use super::combine::{
    APTABLE_1, CLEAN, DBM, DIRTY, OLD_CLEAN, READ_ONLY, USER, UXN, VALID, YOUNG, access, at, at_el0, data,
    dirty_alone, flag_only, pan, software, under, wxn,
};
use crate::{Case, Needs, Suite};
use afdbm::descriptor::Level;
use afdbm::regime::Regime;
use core::time::Duration;
use oracle::AccessKind::*;

const EL2: Option<Regime> = Some(Regime::El2);
const EL20: Option<Regime> = Some(Regime::El20);
/// The covering set of a regime takes minutes where each access is a call of EL2.
const FOR_A_COVERING_SET: Duration = Duration::from_secs(7200);

pub(super) const SUITE: Suite = Suite {
    name: "regimes",
    about: "the regimes of EL2, by the part of the kernel that stays there, against the oracle",
    hidden: false,
    cases: &[
        Case::function("el2-bug-is-told", "a fault of the part at EL2 is told like any other bug")
            .in_regime(EL2),
        Case::combinations(
            "a11-el2-sets-the-flag",
            "with TCR_EL2.HA=1 accesses at EL2 set AF",
            &[
                data(Load, VALID),
                data(Store, VALID),
                data(CompareAndSwap, VALID),
                data(LoadUnprivileged, VALID),
                at(Level::L2, data(Load, VALID)),
                at(Level::L1, data(Store, VALID | DBM)),
                access(Fetch, VALID | READ_ONLY),
            ],
        )
        .needing(Needs::ACCESS_FLAG.in_regime(EL2)),
        Case::combinations(
            "a11-el2-marks-dirty",
            "with TCR_EL2.HA=HD=1 stores at EL2 alone make a clean page dirty",
            &[
                data(Store, CLEAN),
                data(Store, OLD_CLEAN),
                data(Store, CLEAN | USER),
                data(FetchAdd, CLEAN),
                data(CompareAndSwap, OLD_CLEAN),
                at(Level::L2, data(Store, CLEAN)),
                data(Load, OLD_CLEAN),
                data(CompareAndSwapMismatch, CLEAN),
                data(TranslateWrite, CLEAN),
                data(Clean, CLEAN),
                under(APTABLE_1, data(Store, CLEAN)),
            ],
        )
        .needing(Needs::DIRTY_STATE.in_regime(EL2)),
        Case::combinations(
            "a11-el2-obeys-its-controls",
            "with TCR_EL2.HA=0 or HD=0 accesses at EL2 fault as software manages it",
            &[
                software(data(Load, VALID)),
                software(data(Store, CLEAN)),
                dirty_alone(data(Store, CLEAN)),
                dirty_alone(data(Load, VALID)),
                flag_only(data(Store, CLEAN)),
                flag_only(data(Store, OLD_CLEAN)),
                software(data(Store, YOUNG | READ_ONLY)),
            ],
        )
        .needing(Needs::DIRTY_STATE.in_regime(EL2)),
        Case::combinations(
            "a11-el2-has-one-privilege",
            "PAN, AP[1] and the execute-never bit of EL1 have no effect in the EL2 regime",
            &[
                pan(data(Load, DIRTY | USER)),
                pan(data(Store, CLEAN | USER)),
                access(Fetch, YOUNG | READ_ONLY | UXN),
                access(Fetch, DIRTY | USER),
                wxn(access(Fetch, CLEAN)),
            ],
        )
        .needing(Needs::DIRTY_STATE.in_regime(EL2)),
        Case::combinations(
            "a12-el2-and-0-sets-the-flag",
            "with TCR_EL2.HA=1 accesses at EL2 and EL0 of EL2&0 set AF",
            &[
                data(Load, VALID),
                data(Store, VALID),
                at_el0(data(Load, VALID | USER)),
                at_el0(data(Store, VALID | USER)),
                at_el0(access(Fetch, VALID | READ_ONLY | USER)),
                data(LoadUnprivileged, VALID | USER),
                at(Level::L2, at_el0(data(Load, VALID | USER))),
            ],
        )
        .needing(Needs::ACCESS_FLAG.in_regime(EL20)),
        Case::combinations(
            "a12-el2-and-0-marks-dirty",
            "with TCR_EL2.HA=HD=1 stores in EL2&0 alone make a clean page dirty",
            &[
                data(Store, CLEAN),
                data(Store, OLD_CLEAN),
                at_el0(data(Store, CLEAN | USER)),
                at_el0(data(CompareAndSwap, OLD_CLEAN | USER)),
                at_el0(data(Load, OLD_CLEAN | USER)),
                data(StoreUnprivileged, CLEAN | USER),
                data(TranslateWrite, CLEAN),
            ],
        )
        .needing(Needs::DIRTY_STATE.in_regime(EL20)),
        Case::combinations(
            "a12-el2-and-0-obeys-its-controls",
            "in EL2&0 accesses fault that TCR_EL2.HA, HD or permissions leave to software",
            &[
                software(data(Load, VALID)),
                dirty_alone(at_el0(data(Store, CLEAN | USER))),
                flag_only(data(Store, CLEAN)),
                at_el0(data(Store, CLEAN)),
                pan(data(Load, DIRTY | USER)),
                access(Fetch, CLEAN | USER),
            ],
        )
        .needing(Needs::DIRTY_STATE.in_regime(EL20)),
        Case::function("sampled-el2", "a sample of the product does at EL2 what the oracle says")
            .showing(&["A11"])
            .in_regime(EL2),
        Case::function(
            "sampled-el2-and-0",
            "a sample of the product does at EL2 and EL0 of EL2&0 what the oracle says",
        )
        .showing(&["A12"])
        .in_regime(EL20),
        Case::function("covering-el2", "the covering set of the product does at EL2 what the oracle says")
            .showing(&["A11"])
            .in_regime(EL2)
            .hidden()
            .within(FOR_A_COVERING_SET),
        Case::function(
            "covering-el2-and-0",
            "the covering set of the product does at EL2 and EL0 of EL2&0 what the oracle says",
        )
        .showing(&["A12"])
        .in_regime(EL20)
        .hidden()
        .within(FOR_A_COVERING_SET),
    ],
};
