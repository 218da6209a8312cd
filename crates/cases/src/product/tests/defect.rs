//! The defects that are planted in the emulator, each with the clause that a finding must name.

use oracle::Clause;

macro_rules! defects {
    ($($(#[$documentation:meta])* $name:ident: $($clause:ident)|+;)*) => {
        /// One thing that the emulator does wrong.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Defect {
            $($(#[$documentation])* $name,)*
        }

        impl Defect {
            /// Every defect.
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The clauses of which a finding has to name one.
            pub(super) const fn clauses(self) -> &'static [Clause] {
                match self { $(Self::$name => &[$(Clause::$clause),+],)* }
            }
        }
    };
}

defects! {
    FlagNeverSet: AccessSetsFlag;
    FlagNotSetByFetch: AccessSetsFlag;
    FlagNotSetByFailedCompare: FailedCompareSetsFlag;
    FlagSetInTableInstead: AccessSetsFlag | TablesSurvive;
    FlagSetInTableToo: TablesSurvive;
    FlagSetWithoutHa: AccessFlagNeedsEnable;
    FlagSetInInvalid: InvalidIsNeverMarked;
    FlagSetInNeighbour: NeighboursSurvive;
    FlagSetInOversized: OversizedIsNeverMarked;
    DirtyByLoad: ReadLeavesClean;
    DirtyByFetch: ReadLeavesClean;
    DirtyByTranslation: TranslationLeavesClean;
    DirtyByPrefetch: PrefetchLeavesClean;
    DirtyByMaintenance: MaintenanceLeavesClean;
    DirtyOnPermissionFault: FaultLeavesClean;
    DirtyOnCheckedAlignment: EarlyAlignmentLeavesClean;
    DirtyMissedByAtomic: AtomicMarksDirty;
    DirtyMissedByAddOfZero: AtomicMarksDirty;
    DirtyMissedByZeroBlock: WriteMarksDirty;
    DirtyMissedByExclusive: WriteMarksDirty;
    DirtyMissedOnTlbHit: WriteMarksDirty;
    DirtyMissedInSecondPage: WriteMarksDirty;
    DirtyMissedInBlocks: WriteMarksDirty;
    DirtyMissedAtEl0: WriteMarksDirty;
    DirtyWithoutFlag: DirtyNeedsFlag;
    HdHonouredWithoutHa: DirtyStateNeedsAccessFlag;
    HdIgnored: DirtyStateNeedsEnable;
    DbmIgnored: CleanGrantsWrite;
    ApTableReadOnlyIgnored: TableReadOnly;
    ApTableNoUserIgnored: TableNoUser;
    UxnTableIgnored: TableUserExecuteNever;
    PxnTableIgnored: TablePrivilegedExecuteNever;
    FirstTableIgnored: TableReadOnly | TableNoUser | TableUserExecuteNever | TablePrivilegedExecuteNever;
    HpdIgnored: HierarchyDisabled;
    PxnIgnored: PrivilegedExecuteNever;
    UxnIgnored: UserExecuteNever;
    WxnIgnored: WriteExecuteNever;
    WxnIgnoresClean: CleanIsWriteExecuteNever;
    WxnBeforeTables: TablesBeforeWriteExecuteNever;
    UserWritableExecutes: UserWritableIsPrivilegedExecuteNever;
    UserCleanExecutes: CleanIsPrivilegedExecuteNever;
    PxnBeforeTables: TablesBeforePrivilegedExecuteNever;
    PanIgnored: PrivilegedAccessNever;
    PanOnFetch: PanSparesOthers;
    PanBeforeTables: TablesBeforePrivilegedAccessNever;
    PanIgnoredByTranslation: TranslationHonoursPan;
    EpanIgnored: ExecutableAccessNever;
    UnprivilegedIsPrivileged: UnprivilegedAccess;
    UaoIgnored: UserAccessOverride;
    E0pdIgnored: UnprivilegedIsRefused;
    E0pdForAll: PrivilegedIsNotRefused;
    TbiIgnored: TopByteIsIgnored;
    TopByteUnchecked: TopByteIsChecked;
    EpdIgnored: WalksAreDisabled;
    LeafSizeUnchecked: LeafAddressSize;
    TableSizeUnchecked: TableAddressSize;
    ReservedAccepted: ReservedIsInvalid;
    AlignmentUnchecked: AlignmentIsChecked;
    AlignmentAfterTranslation: AlignmentComesFirst;
    AtomicsMisaligned: AtomicsAreAligned;
    DeviceMisaligned: MemoryTypeAlignment;
    ZeroBlockToDevice: ZeroBlockNeedsNormal;
    PermissionBeforeFlag: AccessFlagFaultFirst;
    PermissionBeforeMemoryType: MemoryTypeAlignmentFirst;
    PrefetchFaults: PrefetchNeverFaults;
    CompareNeedsNoWrite: AtomicNeedsWrite;
    TranslationFaultsOnOldPage: TranslationReportsOutput;
    TranslationIsPrivileged: TranslationAsUser;
    TranslationIsRead: TranslationAsWrite;
    TranslationOfWrongPage: TranslationReportsOutput;
    CleanNeedsWriteAtEl1: PrivilegedMaintenanceNeedsNothing;
    UserCleanNeedsNothing: UserMaintenanceNeedsRead;
    MaintenanceIsNothing: MaintenanceTranslates | UserMaintenanceNeedsRead;
    MaintenanceReportsRead: MaintenanceReportsItself;
    StoreReportsRead: StoreReportsWrite;
    LoadReportsWrite: LoadReportsRead;
    AtomicAlwaysReportsWrite: AtomicReportsRead;
    AtomicAlwaysReportsRead: AtomicReportsWrite;
    LevelAlwaysThree: FaultNamesLevel;
    ClassAlwaysSame: ExceptionComesFrom;
    FetchReportsData: FetchIsInstructionAbort;
    StageTwoReported: SyndromeIsComplete;
    FaultAddressOfPage: FaultAddress;
    FaultAddressUntagged: FaultAddress;
    SecondPageReportsFirst: SecondPageAddress;
    OutputBitLost: OtherBitsSurvive;
    UpperBitLost: OtherBitsSurvive;
    GroupAllDirty: GroupRecordsOnce;
    GroupFlagElsewhere: GroupRecordsFlagHere;
    GroupFlagWithoutHa: GroupMayShareFlag | AccessFlagNeedsEnable | GroupRecordsOnce;
    StoreLost: WriteReachesMemory;
    StoreDespiteFault: FaultLeavesMemory;
    StoreBesideFaultUnmarked: WrittenIsDirty;
    LoadReturnsOther: ReadReturnsData;
    FailingExclusiveStores: ExclusiveStatus;
}
