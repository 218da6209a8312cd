//! The liberties that the architecture leaves to a machine: what an emulator of a right-but-odd temper does, and what
//! would be a step too far. What shows between CPUs alone, such as an update that another one sees after a DSB at the
//! earliest, is left to the model checker and to the litmus tests.

use oracle::Clause;

macro_rules! liberties {
    ($($(#[$documentation:meta])* $name:ident, too far: $($clause:ident)|*;)*) => {
        /// One thing that a machine may do or not.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Liberty {
            $($(#[$documentation])* $name,)*
        }

        impl Liberty {
            /// Every liberty.
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The clauses of which one is broken by the step too far; none where no single one is.
            pub(super) const fn clauses(self) -> &'static [Clause] {
                match self { $(Self::$name => &[$(Clause::$clause),*],)* }
            }
        }
    };
}

liberties! {
    /// AF is set anywhere before the access (row B14). Too far: with HA=0.
    SpontaneousFlag, too far: AccessFlagNeedsEnable;
    /// An access that is refused for its permission sets AF (rows B29 to B32). Too far: one that finds no valid leaf.
    FlagOnPermissionFault, too far: InvalidIsNeverMarked;
    /// An access that is refused for its alignment sets AF (rows B27, B28). Too far: in an invalid leaf.
    FlagOnAlignmentFault, too far: InvalidIsNeverMarked;
    /// A store that is refused by the memory type makes the page dirty (row D37). Too far: one that SCTLR_EL1.A refuses.
    DirtyOnAlignmentFault, too far: EarlyAlignmentLeavesClean;
    /// AT sets AF (row B40). Too far: AT for a write makes the page dirty.
    FlagByTranslation, too far: TranslationLeavesClean;
    /// PRFM sets AF (row B37). Too far: PRFM for a store makes the page dirty.
    FlagByPrefetch, too far: PrefetchLeavesClean;
    /// DC and IC set AF (row B38). Too far: they make the page dirty.
    FlagByMaintenance, too far: MaintenanceLeavesClean;
    /// DC and IC take an Access flag fault (row B39). Too far: with HA=1.
    FlagFaultByMaintenance, too far: ;
    /// DC IVAC and IC IVAU translate, and take the faults of it (rows B39, D24). Too far: IC needs to write.
    MaintenanceTranslates, too far: PrivilegedMaintenanceNeedsNothing;
    /// A fetch from Device memory takes a Permission fault (`Unpredictable_INSTRDEVICE`). Too far: any fetch does.
    FaultByDeviceFetch, too far: ;
    /// A CAS, CASP or RCWCAS whose comparison fails makes the page dirty (rows D16, D21). Too far: a page that it may not
    /// write.
    DirtyByFailedCompare, too far: FaultLeavesClean;
    /// DC GVA to memory that is not Tagged makes the page dirty (row D22). Too far: a page that it may not write.
    DirtyByIgnoredTags, too far: FaultLeavesClean;
    /// A failing STXR translates, and takes the faults of it (rows B11, D20). Too far: it says that it stored.
    FailingExclusiveTranslates, too far: ExclusiveStatus;
    /// A failing STXR makes the page dirty (row D19). Too far: with AF=0.
    DirtyByFailingExclusive, too far: DirtyNeedsFlag;
    /// STXR fails again and again before it passes. Too far: it says so where it stored.
    ExclusiveFailsOften, too far: ExclusiveStatus;
    /// AF and the dirty state are set in two updates, with a walk between (row B04, R_PRHKD). Too far: dirty first, and AF
    /// not at all.
    TwoUpdates, too far: ;
    /// AF is set in other members of a group, and in the page beside the one that faults (rows B43, F01). Too far: in a
    /// neighbour that no access is near to.
    NeighbourFlag, too far: NeighboursSurvive;
    /// Another member of a group records the write (row F03). Too far: all of them do.
    GroupRecordsElsewhere, too far: GroupRecordsOnce;
    /// Where both pages of an access fault, the second reports (row D33). Too far: as if it were the first.
    SecondPageReports, too far: SecondPageAddress;
    /// A store writes the page beside the one that faults (row D33). Too far: without making it dirty.
    WrittenBesideFault, too far: WrittenIsDirty;
    /// A store makes the page beside the one that faults dirty, and writes nothing (row D33). Too far: a load does.
    DirtyBesideFault, too far: ;
    /// The TLB holds what the access before has walked, and an access to that walks no more (R_SGJBL). Too far: a write
    /// through a clean entry is not recorded.
    KeepsTranslations, too far: ;
}

impl Liberty {
    /// Tells whether nothing of it is left when the access is over: only its step too far can be seen.
    pub(super) const fn leaves_no_trace(self) -> bool {
        matches!(self, Self::ExclusiveFailsOften | Self::TwoUpdates | Self::KeepsTranslations)
    }
}

/// The liberties that an emulator takes, and those with which it goes a step too far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Temper {
    taken: u32,
    overdone: u32,
}

impl Temper {
    /// It changes nothing that it need not change, and its TLB forgets at once.
    pub(super) const LAZY: Self = Self { taken: 0, overdone: 0 };
    /// It takes every liberty.
    pub(super) const EAGER: Self = Self { taken: (1 << Liberty::ALL.len()) - 1, overdone: 0 };

    /// It takes these.
    pub(super) fn taking(liberties: &[Liberty]) -> Self {
        let taken = liberties.iter().fold(0, |taken, liberty| taken | 1 << *liberty as u32);
        Self { taken, overdone: 0 }
    }

    /// It takes this one, and goes a step too far.
    pub(super) fn overdoing(liberty: Liberty) -> Self {
        Self { overdone: 1 << liberty as u32, ..Self::taking(&[liberty]) }
    }

    pub(super) const fn takes(self, liberty: Liberty) -> bool {
        self.taken >> liberty as u32 & 1 != 0
    }

    pub(super) const fn overdoes(self, liberty: Liberty) -> bool {
        self.overdone >> liberty as u32 & 1 != 0
    }
}
