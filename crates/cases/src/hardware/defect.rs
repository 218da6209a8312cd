//! The defects that are planted in the machine, each with what the judge has to say of it.

use oracle::{Aspect, Clause};

/// What a defect breaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Breaks {
    /// One of these clauses: the judge says that the machine behaves as if it did not know it.
    Rule(&'static [Clause]),
    /// No clause alone: the judge says in what the machine differs. The row is the one that the defect is about.
    Row(&'static str, &'static [Aspect]),
}

macro_rules! breaks {
    (rule $($clause:ident)|+) => { Breaks::Rule(&[$(Clause::$clause),+]) };
    (row $row:literal $($aspect:ident)|+) => { Breaks::Row($row, &[$(Aspect::$aspect),+]) };
}

macro_rules! defects {
    ($($(#[$documentation:meta])* $list:ident { $($name:ident [$($breaks:tt)+])* })*) => {
        /// One thing that the machine does wrong.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Defect {
            $($($name,)*)*
        }

        impl Defect {
            $(
                $(#[$documentation])*
                pub(crate) const $list: &'static [Self] = &[$(Self::$name,)*];
            )*

            /// What it breaks.
            pub(crate) const fn breaks(self) -> Breaks {
                match self { $($(Self::$name => breaks!($($breaks)+),)*)* }
            }
        }
    };
}

defects! {
    /// Of both stages, of prefetches.
    PREFETCHES {
        PrefetchMarksDirty [rule PrefetchLeavesClean]
    }
    /// Of both stages.
    NESTED {
        // What each stage manages.
        Stage2FlagNeverSet [rule Stage2AccessSetsFlag]
        Stage2FlagNotSetByWalk [rule Stage2AccessSetsFlag]
        Stage2FlagNotSetByData [rule Stage2AccessSetsFlag]
        Stage2FlagNotSetByFetch [rule Stage2AccessSetsFlag]
        Stage2FlagWithoutEnable [rule Stage2FlagNeedsEnable]
        Stage2FlagByStage1 [rule Stage2FlagNeedsEnable]
        Stage2DirtyWithoutEnable [rule Stage2DirtyNeedsEnable]
        Stage2DirtyByStage1 [rule Stage2DirtyNeedsEnable]
        Stage2DirtyWithoutHa [rule DirtyStateNeedsAccessFlag]
        Stage2DirtyNeverEnabled [rule Stage2CleanGrantsWrite]
        Stage1FlagByStage2 [rule AccessFlagNeedsEnable]
        Stage1DirtyByStage2 [rule DirtyStateNeedsEnable]
        // The dirty state of the data.
        Stage2DirtyMissed [rule Stage2WriteMarksDirty]
        Stage2DirtyMissedByAtomic [rule Stage2WriteMarksDirty]
        Stage2DirtyByLoad [rule Stage2ReadLeavesClean]
        Stage2DirtyByFetch [rule Stage2ReadLeavesClean]
        Stage2DirtyWithoutFlag [rule DirtyNeedsFlag]
        Stage2DbmIgnored [rule Stage2CleanGrantsWrite]
        DataDirtyBesideFault [row "H15" DirtyUnexpected]
        // The permissions.
        Stage2ReadOnlyIgnored [rule Stage2ReadOnly]
        DataNeedsNoWrite [rule Stage2ReadOnly]
        Stage2UnreadableIgnored [rule Stage2Unreadable]
        WalkReadsUnreadable [rule Stage2Unreadable]
        DataReadsUnreadable [rule Stage2Unreadable]
        Stage2PermissionsSwapped [rule Stage2Unreadable | Stage2ReadOnly]
        Stage2ExecuteNeverIgnored [rule Stage2ExecuteNever]
        Stage2ExecutionForBoth [rule Stage2ExecuteNever]
        Stage2ExecutionSwapped [rule Stage2ExecuteNever]
        ProtectedWalkIgnored [rule ProtectedWalk]
        ProtectsNormalMemory [rule ProtectedWalkSparesNormal]
        // The faults.
        Stage2FlagFaultMissing [rule Stage2AccessFlagFault]
        Stage2PermissionFirst [rule Stage2AccessFlagFault]
        Stage2InvalidAccepted [rule InvalidLeaf]
        Stage2InvalidMarked [rule InvalidIsNeverMarked]
        WalkFaultUnmarked [rule Stage2FaultOfWalk]
        DataFaultMarked [rule Stage2FaultOfWalk]
        HpfarNotWritten [rule Stage2FaultAddress]
        HpfarOfRoot [rule Stage2FaultAddress]
        HpfarOfAddress [rule Stage2FaultAddress]
        HpfarNotWrittenForData [rule Stage2FaultAddress]
        FarIsIntermediate [rule FaultAddress]
        LevelOfStage1 [rule FaultNamesLevel]
        Stage2LevelAlwaysThree [rule FaultNamesLevel]
        ClassOfSameLevel [rule ExceptionComesFrom]
        FetchReportsData [rule FetchIsInstructionAbort]
        StoreReportsRead [rule StoreReportsWrite]
        LoadReportsWrite [rule LoadReportsRead]
        UpdateReportsWrite [rule LoadReportsRead]
        AtomicReportsWrite [rule AtomicReportsRead]
        AtomicReportsRead [rule AtomicReportsWrite]
        AbortTakenToEl1 [row "H02" MissingFault]
        WrittenDespiteFault [rule FaultLeavesMemory]
        WriteLost [rule WriteReachesMemory]
        // Updates of stage 1 in pages of stage 2.
        UpdateLeavesTableClean [rule UpdateMarksTableDirty]
        UpdateNeedsNoWrite [rule UpdateNeedsWrite]
        UpdateFaultDropped [rule AccessSetsFlag]
        UpdateDespiteFault [row "H09" FlagUnexpected | DirtyUnexpected]
        WalkNeedsWrite [rule WalkNeedsNoWrite]
        WalkDirtiesTable [rule UnmanagedWalkLeavesTableClean]
        WalkDirtiesEveryTable [row "H14" DirtyUnexpected]
        // What survives.
        Stage2OutputBitLost [rule OtherBitsSurvive]
        Stage2ExecuteNeverLost [rule OtherBitsSurvive]
        Stage2ModifierLost [rule OtherBitsSurvive]
        Stage2NeighbourMarked [rule NeighboursSurvive]
        Stage2TableMarked [rule NeighboursSurvive]
        ModifierLost [rule OtherBitsSurvive]
        // The walk of stage 2.
        ConcatenationIgnored [row "A14" UnexpectedFault | MissingFault | FaultStatus]
        IndexBitLost [row "A14" UnexpectedFault | MissingFault | FaultStatus]
        IndexOf4K [row "A14" UnexpectedFault | MissingFault | FaultStatus]
        StartsLevelLate [row "A14" UnexpectedFault | MissingFault | FaultStatus]
        Stage2BlockIsPage [rule ReadReturnsData | WriteReachesMemory]
    }
    /// Of granules, formats and levels of stage 1.
    GRANULES {
        FlagNeverSet [rule AccessSetsFlag]
        FlagNotSetWith64K [rule AccessSetsFlag]
        FlagNotSetByFetch [rule AccessSetsFlag]
        FlagWithoutEnable [rule AccessFlagNeedsEnable]
        FlagFaultMissing [rule AccessFlagFault]
        InvalidMarked [rule InvalidIsNeverMarked]
        DirtyMissed [row "D01" DirtyMissing]
        DirtyMissedWithLargeGranules [row "D01" DirtyMissing]
        DirtyMissedByAtomic [row "D15" DirtyMissing]
        DirtyMissedOnTlbHit [row "D01" DirtyMissing]
        DirtyByLoad [rule ReadLeavesClean]
        DirtyByFetch [rule ReadLeavesClean]
        DirtyByTranslation [rule TranslationLeavesClean]
        DirtyWithoutEnable [rule DirtyStateNeedsEnable]
        DirtyBesidePermission [rule FaultLeavesClean]
        CleanGrantsNothing [rule CleanGrantsWrite]
        PanIgnored [rule PrivilegedAccessNever]
        WriteExecutes [rule WriteExecuteNever]
        LevelAlwaysThree [rule FaultNamesLevel]
        LeafSizeUnchecked [rule LeafAddressSize]
        LeafSizeCheckedTo48 [rule LeafAddressSize]
        OversizedMarked [rule OversizedIsNeverMarked]
        HighBitsDropped [rule LeafAddressSize | TranslationReportsOutput]
        HighBitsSwapped [rule TranslationReportsOutput]
        BlockIsPage [rule ReadReturnsData | WriteReachesMemory | TranslationReportsOutput]
        ReportsPageOfGranule [rule TranslationReportsOutput]
        LargeBlocksUnknown [row "C04" UnexpectedFault | MissingFault | FaultStatus]
        LargestBlocksUnknown [row "C02" UnexpectedFault | MissingFault | FaultStatus]
        GroupTooLarge [rule NeighboursSurvive]
        GroupFlagElsewhere [rule GroupRecordsFlagHere]
        GroupAllDirty [rule GroupRecordsOnce]
        ShareabilityWritten [rule OtherBitsSurvive]
        HighBitsWritten [rule OtherBitsSurvive]
        OutputBitLost [rule OtherBitsSurvive]
        NeighbourMarked [rule NeighboursSurvive]
    }
    /// Of indirect permissions.
    INDIRECT {
        IndirectIgnored [rule IndirectGrants]
        IndexReversed [rule IndirectGrants]
        IndexWithoutModifier [rule IndirectGrants]
        IndirectUserByPir [rule IndirectGrants]
        IndirectDirtyNeedsModifier [rule IndirectHasNoModifier]
        IndirectCleanGrants [rule IndirectCleanIsReadOnly]
        IndirectObeysWxn [rule IndirectIgnoresWriteExecuteNever]
        IndirectObeysTables [rule IndirectIgnoresTables]
        IndirectWriteExecutes [rule IndirectWriteExecuteNever]
        IndirectUserWritableExecutes [rule IndirectUserWritableIsClosed]
        IndirectPanNotEnhanced [rule IndirectEnhancesAccessNever]
        ReservedGrants [rule IndirectGrants | AtomicReportsRead]
        DirtyBitNeverReported [rule IndirectReportsDirtyBit]
        DirtyBitAlwaysReported [rule IndirectReportsDirtyBit]
        DirtyBitForWrites [rule IndirectReportsDirtyBit]
    }
    /// Of the Access flag of tables.
    TABLES {
        TableFlagNeverSet [rule WalkSetsTableFlags]
        TableFlagOfFirstAlone [rule WalkSetsTableFlags]
        TableFlagOfLastAlone [rule WalkSetsTableFlags]
        TableFlagWithoutFeature [rule TableFlagNeedsFeature]
        TableFlagWithoutEnable [rule TableFlagNeedsEnable]
        TableFlagWithoutHa [rule TableFlagNeedsAccessFlag]
        TableFlagFaults [row "J06" UnexpectedFault | FaultStatus]
        TableFlagNotSetByTranslation [rule TranslationSetsTableFlags]
        FaultyTableMarked [rule FaultyTableIsNotMarked]
        TableBitLost [rule TablesSurvive]
        TableSizeUnchecked [rule TableAddressSize]
    }
}
