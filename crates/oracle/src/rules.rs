//! The clauses of the oracle, each by a name, so that each can be taken out and its weight be seen.
//!
//! A prediction asks `rules.holds(Clause::...)` wherever a clause decides. [`Architecture`] answers yes
//! at compile time and costs nothing; [`Without`] leaves one clause out, for the sensitivity test;
//! [`explain()`](super::explain()) does so to tell which rule a machine behaves as if it did not know.

use core::fmt;

/// Which clauses hold.
pub trait Rules: Copy {
    /// Tells whether the prediction applies `clause`.
    fn holds(self, clause: Clause) -> bool;
}

/// All clauses hold: the architecture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Architecture;

impl Rules for Architecture {
    fn holds(self, _clause: Clause) -> bool {
        true
    }
}

/// All clauses hold but one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Without(pub Clause);

impl Rules for Without {
    #[inline]
    fn holds(self, clause: Clause) -> bool {
        self.0 as u8 != clause as u8
    }
}

macro_rules! clauses {
    ($($name:ident: $row:literal, $rule:literal, $statement:literal;)*) => {
        /// One clause of the oracle.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Clause {
            $(#[doc = concat!("`", $statement, "` (row ", $row, "; Arm ARM ", $rule, ").")] $name,)*
        }

        impl Clause {
            /// Every clause, in the order in which a prediction asks for them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the row of the case table that states the clause, or `-`.
            #[must_use]
            pub const fn row(self) -> &'static str {
                match self { $(Self::$name => $row,)* }
            }

            /// Returns the rule's label, section or pseudocode function in the Arm ARM.
            #[must_use]
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$name => $rule,)* }
            }

            /// Returns what the clause says, as a sentence without its full stop.
            #[must_use]
            pub const fn statement(self) -> &'static str {
                match self { $(Self::$name => $statement,)* }
            }
        }
    };
}

clauses! {
    // What is managed.
    AccessFlagNeedsFeature: "A01", "D24.2.89 HAFDBS", "Without FEAT_HAFDBS the hardware sets no Access flag";
    DirtyStateNeedsFeature: "A01", "D24.2.89 HAFDBS", "Without FEAT_HAFDBS the hardware sets no dirty state";
    AccessFlagNeedsEnable: "B17", "R_HDHQG", "With HA=0 the hardware sets no Access flag";
    DirtyStateNeedsEnable: "D03", "R_XZFQH", "With HD=0 no descriptor is writable-clean";
    DirtyStateNeedsAccessFlag: "A06", "D24.2.194 HD", "With HA=0 the PE behaves as if HD were 0";
    TableFlagNeedsFeature: "A05", "D24.2.89 HAFDBS", "Without FEAT_HAFT the hardware sets no Access flag of a Table descriptor";
    TableFlagNeedsEnable: "C08", "R_YCTVZ", "With HAFT=0 the hardware sets no Access flag of a Table descriptor";
    TableFlagNeedsAccessFlag: "J02", "R_SNVTX", "With HA=0 the PE behaves as if HAFT were 0";
    // Before the walk.
    AlignmentIsChecked: "B26", "R_XCHFJ", "With SCTLR_EL1.A=1 a misaligned access takes an Alignment fault";
    MisalignedOutsideMayFault: "B26", "B2.8.2.1.2", "With FEAT_LSE2 an exclusive or atomic outside 16 aligned bytes takes an Alignment fault or none";
    MisalignedMayFaultByType: "B26", "B2.8.2.1", "With FEAT_LSE2 a misaligned exclusive, atomic, acquire or release of memory that is not Write-Back may take an Alignment fault";
    AtomicsAreAligned: "B26", "R_XCHFJ", "A misaligned exclusive, atomic, acquire or release takes an Alignment fault";
    AlignmentComesFirst: "B26", "R_XCHFJ", "An Alignment fault not due to the memory type is reported first";
    TopByteIsIgnored: "-", "D24.2.194 TBI0", "With TBI0=1 the top byte takes no part in the translation";
    TopByteIsChecked: "-", "D24.2.194 TBI0", "With TBI0=0 a top byte in use takes a level 0 Translation fault";
    UnprivilegedIsRefused: "-", "D24.2.194 E0PD0", "With E0PD0=1 an unprivileged access takes a level 0 Translation fault";
    PrivilegedIsNotRefused: "-", "D24.2.194 E0PD0", "E0PD0 is no matter for a privileged access";
    WalksAreDisabled: "-", "D24.2.194 EPD0", "With EPD0=1 a TLB miss takes a level 0 Translation fault";
    // The walk.
    InvalidTable: "B18", "R_DYNYQ", "An invalid descriptor on the path takes a Translation fault of its level";
    InvalidLeaf: "B18", "R_DYNYQ", "An invalid leaf takes a Translation fault of its level";
    ReservedIsInvalid: "B18", "R_DYNYQ", "A reserved encoding takes a Translation fault of its level";
    TableAddressSize: "B33", "R_XCHFJ", "A table beyond the output size takes an Address size fault";
    LeafAddressSize: "B33", "R_XCHFJ", "An output beyond the output size takes an Address size fault";
    GroupMayExceedInput: "F07", "ContiguousBitFaults", "A contiguous group larger than the input addresses may take a Translation fault";
    GroupMayTakeAddress: "F07", "StageOA", "A contiguous group larger than the output addresses takes an Address size fault by its descriptor, by the address, or none";
    FaultNamesLevel: "C07", "R_CSRQR", "A fault names the level of the descriptor that gives it";
    AccessFlagFault: "B20", "R_SWTYY", "With AF=0 and HA=0 the access takes an Access flag fault";
    AccessFlagFaultFirst: "B24", "R_XCHFJ", "An Access flag fault comes before a Permission fault";
    AccessFlagFaultBeforeMemoryType: "B25", "R_XCHFJ", "An Access flag fault comes before an Alignment fault by memory type";
    MaintenanceMayFaultOnAccessFlag: "B39", "R_TRTWX", "With HA=0 a maintenance instruction takes an Access flag fault or none";
    TranslationReportsAccessFlag: "B41", "D8.15.2", "With HA=0 and AF=0 an AT instruction reports an Access flag fault";
    MemoryTypeAlignment: "B28", "R_XCHFJ", "A misaligned access to Device memory takes an Alignment fault";
    ZeroBlockNeedsNormal: "-", "C5.3.38 DC ZVA", "DC ZVA to Device memory takes an Alignment fault";
    MemoryTypeAlignmentFirst: "B28", "R_XCHFJ", "An Alignment fault by memory type comes before a Permission fault";
    // The permissions.
    CleanGrantsWrite: "D01", "R_NSXRD", "A writable-clean descriptor grants writes";
    ReadOnlyLeaf: "D02", "R_PZFQC", "AP[2]=1 without DBM grants no write";
    PrivilegedLeaf: "B30", "R_QSPMS", "AP[1]=0 grants EL0 nothing";
    TableReadOnly: "D12", "R_YTXKB", "APTable[1]=1 takes write permission from all below";
    TableNoUser: "D13", "R_YTXKB", "APTable[0]=1 takes EL0's access from all below";
    TableUserExecuteNever: "-", "R_YTXKB", "UXNTable=1 takes EL0's execution from all below";
    TablePrivilegedExecuteNever: "-", "R_YTXKB", "PXNTable=1 takes EL1's execution from all below";
    HierarchyDisabled: "D14", "R_PKGJC", "With HPD0=1 the attributes of Table descriptors are ignored";
    UserExecuteNever: "B32", "R_QSPMS", "UXN=1 forbids EL0 to execute";
    PrivilegedExecuteNever: "B32", "R_QSPMS", "PXN=1 forbids EL1 to execute";
    UserWritableIsPrivilegedExecuteNever: "D41", "R_VWLLR", "EL1 does not execute what EL0 may write";
    CleanIsPrivilegedExecuteNever: "D41", "R_NKLQN", "EL1 does not execute what EL0 may write, clean though it is";
    WriteExecuteNever: "D44", "R_FYMXJ", "With WXN=1 what is writable is not executed";
    CleanIsWriteExecuteNever: "D39", "R_TTLCV", "With WXN=1 what is writable-clean is not executed";
    TablesBeforeWriteExecuteNever: "D43", "S1DirectBasePermissions", "What APTable makes read-only is not writable for WXN";
    TablesBeforePrivilegedExecuteNever: "D43", "S1DirectBasePermissions", "What APTable keeps EL0 from writing may be executed at EL1";
    PrivilegedAccessNever: "B31", "R_QSPMS", "With PAN=1 EL1 does not access what EL0 may";
    TablesBeforePrivilegedAccessNever: "-", "S1DirectBasePermissions", "What APTable closes to EL0 is open to EL1 with PAN=1";
    ExecutableAccessNever: "-", "S1DirectBasePermissions", "With EPAN=1 PAN covers what EL0 may only execute";
    PanSparesOthers: "-", "S1DirectBasePermissions", "PAN does not concern fetches, maintenance and AT without P";
    TranslationHonoursPan: "D32", "R_KKHBS", "AT S1E1RP and S1E1WP report what PAN forbids";
    UnprivilegedAccess: "B09", "S1DirectBasePermissions", "LDTR and STTR have EL0's permissions";
    UserAccessOverride: "-", "D24.2 UAO", "With UAO=1 LDTR and STTR at EL1 have EL1's permissions";
    TranslationAsUser: "D28", "S1DirectBasePermissions", "AT S1E0R and S1E0W have EL0's permissions";
    TranslationAsWrite: "D29", "R_RKMHW", "AT S1E1W and S1E0W need write permission";
    AtomicNeedsWrite: "D17", "C3.2.17", "A CAS whose comparison fails needs write permission";
    InvalidateNeedsWrite: "D24", "R_JYWZL", "DC IVAC needs write permission unless it is a NOP";
    UserMaintenanceNeedsRead: "-", "S1CheckPermissions", "DC at EL0 needs read permission";
    PrivilegedMaintenanceNeedsNothing: "B38", "S1CheckPermissions", "DC CVAC, DC CIVAC and IC IVAU at EL1 take no Permission fault";
    SinglePrivilegeHasNoUser: "A11", "S1DirectBasePermissions", "In the EL2 regime AP[1] and APTable[0] say nothing, and nothing has EL0's permissions";
    SinglePrivilegeExecuteNever: "A11", "S1DirectBasePermissions", "In the EL2 regime bits 54 and 60 are XN and XNTable, and bits 53 and 59 say nothing";
    IndirectGrants: "I03", "R_LLZDZ", "With indirect permissions the index selects what PIR and PIRE0 grant, and AP, UXN and PXN grant nothing";
    IndirectWriteExecuteNever: "I05", "R_HJYGR", "The indirect permission 0b0110 grants writes and no execution";
    IndirectUserWritableIsClosed: "-", "S1IndirectBasePermissions", "An indirect permission that lets EL0 write and EL1 execute grants nothing to either";
    IndirectIgnoresWriteExecuteNever: "I05", "D8.4.1.3", "With indirect permissions WXN has no effect";
    IndirectIgnoresTables: "I06", "R_JHSVW", "With indirect permissions the attributes of Table descriptors are ignored";
    IndirectEnhancesAccessNever: "-", "S1IndirectBasePermissions", "With indirect permissions PAN covers what EL0 may only execute";
    IndirectReservedIsClosed: "-", "S1IndirectBasePermissions", "PAN takes a reserved indirect permission of EL0 for an access that EL0 has";
    IndirectHasNoModifier: "I01", "R_QXCRT, R_HFBCN", "With indirect permissions bit 51 is no DBM: nDirty alone makes a descriptor clean";
    IndirectCleanIsReadOnly: "I02", "R_CPTSY", "With indirect permissions and HD=0 a write to a clean page takes a Permission fault";
    IndirectReportsDirtyBit: "I02", "R_PPGMC", "A Permission fault for want of the dirty state alone has ISS2.DirtyBit=1, any other 0";
    // Maintenance that need not translate.
    MaintenanceMayBeNothing: "-", "DCInstNeedsTranslation", "DC translates only where a cache lies before the Point of Coherency";
    MaintenanceTranslates: "-", "DCInstNeedsTranslation", "DC takes a Translation fault where there is such a cache";
    InvalidateMayBeNothing: "D24", "R_JYWZL", "DC IVAC may be a NOP";
    InstructionMaintenanceMayTranslate: "-", "ICInstNeedsTranslation", "IC IVAU may translate, or not";
    FetchFromDeviceMayFault: "-", "Unpredictable_INSTRDEVICE", "A fetch from Device memory may take a Permission fault";
    PrefetchNeverFaults: "B37", "C3.2.16", "PRFM takes no synchronous exception";
    NonFaultingNeverFaults: "B45", "R_GXGPN", "LDNF1 takes no synchronous exception";
    InactiveNeverFaults: "B44", "R_LHQRX", "An access without an active element or a byte takes no synchronous exception";
    FailingExclusiveMayFault: "D20", "ExclusiveMonitorsPass", "A failing STXR may fault";
    FailingExclusiveMayPassBy: "D20", "ExclusiveMonitorsPass", "A failing STXR may return 1 without a translation";
    // The Access flag.
    AccessSetsFlag: "B01", "R_HDTRB", "With HA=1 an access sets the Access flag";
    FailedCompareSetsFlag: "B10", "R_HDTRB", "With HA=1 a CAS whose comparison fails sets the Access flag";
    ExclusiveLoadSetsFlag: "B08", "R_HDTRB", "The LDXR of a pair sets the Access flag though its STXR faults";
    FlagMayFollowPermissionFault: "B29", "R_QSPMS", "A Permission fault leaves the Access flag, or sets it";
    FlagMayFollowAlignmentFault: "B28", "R_QSPMS", "An Alignment fault leaves the Access flag, or sets it";
    FlagMayBeSpeculative: "B14", "R_LLCCB", "The Access flag of a valid descriptor may be set without an access";
    PrefetchMaySetFlag: "B37", "C3.2.16", "PRFM may set the Access flag";
    NonFaultingMaySetFlag: "B45", "R_GXGPN, R_LHQRX", "LDNF1 may set the Access flag, as it may leave elements unread";
    InactiveMaySetFlag: "B44", "R_LHQRX", "An access without an active element or a byte may set the Access flag";
    TranslationMaySetFlag: "B40", "R_XQSMX", "AT may set the Access flag";
    MaintenanceMaySetFlag: "B38", "R_KJBFT", "Cache maintenance may set the Access flag";
    FailingExclusiveMaySetFlag: "B11", "ExclusiveMonitorsPass", "A failing STXR may set the Access flag";
    OtherPageMaySetFlag: "B43", "R_LHQRX", "The page beside a faulting one may have its Access flag set";
    InvalidIsNeverMarked: "B18", "R_DYNYQ", "Nothing changes an invalid descriptor";
    OversizedIsNeverMarked: "B33", "S1Walk", "Nothing changes a descriptor whose output is too large";
    WalkSetsTableFlags: "J01", "R_CGKWB, R_BCWSB", "With HAFT=1 a walk to a valid leaf sets the Access flag of each Table descriptor";
    TranslationSetsTableFlags: "J03", "R_FBZPR", "With HAFT=1 AT sets the Access flag of each Table descriptor on its way to a valid leaf";
    TableFlagMayPrecedeFault: "J05", "S1Walk, R_ZGNSH", "A walk that ends without a leaf may set the Access flag of the Table descriptors";
    TableFlagMayBeSpeculative: "J05", "R_ZGNSH, R_KJBFT", "Speculation, PRFM and cache maintenance may set the Access flag of Table descriptors";
    FaultyTableIsNotMarked: "J07", "R_WLLHL", "The Table descriptor that gives a fault, and what lies below, keep their Access flag";
    // The dirty state.
    WriteMarksDirty: "D01", "R_RNMLQ", "With HD=1 a write makes a writable-clean descriptor dirty";
    AtomicMarksDirty: "D15", "R_RNMLQ", "SWP, LDADD of any value and a CAS that matches make it dirty";
    ReadLeavesClean: "D06", "R_BFDYL", "A read or a fetch leaves it clean";
    PrefetchLeavesClean: "D27", "R_DYCFD", "PRFM leaves it clean";
    InactiveLeavesClean: "B44", "R_DYCFD", "An access without an active element or a byte leaves it clean";
    TranslationLeavesClean: "D28", "R_ZYGHJ", "AT leaves it clean";
    MaintenanceLeavesClean: "D26", "SetDirtyState", "Cache maintenance leaves it clean";
    FaultLeavesClean: "D09", "R_NSXRD", "A Permission fault leaves it clean";
    FailedCompareMayMarkDirty: "D16", "R_TXGHB, R_SMTCW", "A CAS or RCWCAS whose comparison fails may make it dirty";
    IgnoredTagsMayMarkDirty: "D22", "R_BZXVS", "DC GVA to memory that is not Tagged may make it dirty";
    FailingExclusiveMayMarkDirty: "D19", "ExclusiveMonitorsPass", "A failing STXR may make it dirty";
    AlignmentFaultMayMarkDirty: "D37", "R_QSPMS", "An Alignment fault by memory type may make it dirty";
    EarlyAlignmentLeavesClean: "D38", "R_XCHFJ", "An Alignment fault not due to the memory type leaves it clean";
    OtherPageMayMarkDirty: "D33", "R_QDRWL", "The page beside a faulting one may become dirty";
    DirtyNeedsFlag: "B05", "R_DSHLJ", "A descriptor never becomes dirty with AF=0";
    // Stage 2.
    Stage2FlagNeedsEnable: "A14", "R_BDRJG", "Stage 2 sets AF by VTCR_EL2.HA alone";
    Stage2DirtyNeedsEnable: "A14", "R_BDRJG", "Stage 2 manages the dirty state by VTCR_EL2.HD alone";
    Stage2AccessSetsFlag: "H01", "R_VNHWC, R_HDTRB", "With HA=1 an access and a walk set AF of each leaf of stage 2 that they use";
    Stage2AccessFlagFault: "H02", "R_SWTYY", "With AF=0 and HA=0 at stage 2 the access takes an abort to EL2";
    Stage2FaultOfWalk: "H03", "D24.2.45 S1PTW", "A stage 2 fault of a stage 1 walk has S1PTW=1, any other 0";
    Stage2FaultAddress: "H03", "D24.2 HPFAR_EL2", "HPFAR_EL2 holds the page of a walk's fault, and of the data's but for a Permission fault";
    Stage2CleanGrantsWrite: "H04", "R_NSXRD", "A writable-clean leaf of stage 2 grants writes";
    Stage2WriteMarksDirty: "H04", "R_PQJJR, R_RNMLQ", "With HD=1 at stage 2 a write makes a writable-clean leaf dirty";
    Stage2ReadLeavesClean: "H05", "R_BFDYL", "A load or a fetch leaves a leaf of stage 2 clean";
    Stage2ReadOnly: "H06", "R_PZFQC", "S2AP[1]=0 without DBM grants no write";
    Stage2Unreadable: "H07", "S2DirectBasePermissions", "S2AP[0]=0 grants no read, and no walk";
    UnreadableMayMarkDirty: "H07", "R_KTXCF", "An atomic that stage 2 does not let read may make the leaf dirty";
    Stage2ExecuteNever: "-", "S2DirectBasePermissions", "XN[1:0] forbids EL1, EL0 or both to execute";
    Stage2IndirectGrants: "I07", "R_CYQGN, R_CXFCS", "With indirect permissions at stage 2 the index selects what S2PIR_EL2 grants, and S2AP and XN grant nothing";
    Stage2IndirectHasNoModifier: "I07", "R_XXBLY, I_HFBCN", "With indirect permissions at stage 2 bit 51 is no DBM: Dirty alone makes a leaf clean";
    Stage2IndirectNeedsDirty: "I07", "I_ZCPYX", "With indirect permissions at stage 2 and HD=0 a write to a clean page takes a Permission fault";
    Stage2IndirectReadOnly: "H21", "R_CXFCS", "With indirect permissions at stage 2 what is read-only or mostly read only refuses a store";
    Stage2ReportsDirtyBit: "I07", "R_PPGMC", "A stage 2 Permission fault for want of the dirty state alone has ISS2.DirtyBit=1, any other 0";
    MostlyReadOnlyIsUpdated: "H21", "R_WRFCR", "An update by a walk may write a table that stage 2 lets be mostly read only";
    UpdateMarksTableDirty: "H08", "R_BDJJL", "An update of a stage 1 descriptor makes the stage 2 leaf of its table dirty";
    UpdateNeedsWrite: "H09", "D8.15.4, R_BDJJL", "An update in a table that stage 2 does not let be written takes an abort with S1PTW=1";
    WalkNeedsNoWrite: "H11", "MemSwapTableDesc", "A walk with nothing to update needs no write permission for its table at stage 2";
    UnmanagedWalkLeavesTableClean: "H13", "R_JCXVS", "With HA=0 at stage 1 a walk leaves the stage 2 leaf of its table clean";
    WalkMayMarkTableDirty: "H14", "R_JCXVS", "With HA=1 at stage 1 a walk may make the stage 2 leaf of the leaf's table dirty without an update";
    Stage2FlagMayBeSpeculative: "H15", "R_MYQJN, R_LLCCB", "Beside a fault of stage 1 AF of the data's leaf of stage 2 may be set";
    UpdateMayPrecedeStage2Fault: "H16", "R_DYCFD, R_CVNQR", "Where stage 2 refuses the data the update of stage 1 is made or not";
    UpdateFaultMayReplaceFault: "H17", "R_MJLPH", "A fault of stage 1 and the stage 2 fault of its update may come in either order";
    EitherStage2FaultMayReport: "H18", "R_LXCKP", "The stage 2 faults of an update and of the data may come in either order";
    SpeculationIsNotReported: "H12", "R_TZTHF, R_KZMGK", "A prefetch that stage 2 refuses, or its update, reports nothing and leaves AF of stage 1";
    TranslationMayReportUpdate: "H19", "R_XQSMX", "AT that may update a table which stage 2 does not let be written reports the output as if AF were 1, or the fault";
    Stage2TranslationLeavesClean: "H20", "R_ZYGHJ, R_MBXNP", "AT by both stages leaves the leaf of stage 2 clean";
    TranslationReportsStage: "H20", "D24.2 PAR_EL1", "AT by both stages reports a fault of stage 2 with PAR_EL1.S=1, and with PTW=1 where it is of a stage 1 walk";
    ProtectedWalkSparesNormal: "H22", "D8.15.4.1", "HCR_EL2.PTW is no matter for a walk of Normal memory";
    ProtectedWalk: "H22", "D8.15.4.1", "With HCR_EL2.PTW=1 a walk of Device memory takes a stage 2 Permission fault with S1PTW=1";
    // The swap.
    OtherBitsSurvive: "C06", "R_PQJJR", "An update changes AF and AP[2], no other bit";
    TablesSurvive: "C08", "R_YCTVZ", "A Table descriptor is not changed";
    NeighboursSurvive: "C06", "R_LFTXR", "A descriptor that the access does not use is not changed";
    GroupMayShareFlag: "F01", "R_GPHKF", "Other members of a contiguous group may have their Access flag set";
    GroupRecordsFlagHere: "F01", "R_XDPXQ", "The accessed member of a contiguous group has its Access flag set";
    GroupMayRecordElsewhere: "F03", "R_XDPXQ", "A contiguous group may record the dirty state in any member";
    GroupRecordsOnce: "F03", "R_QDCMP", "A write to a contiguous group changes a single member";
    // The report.
    ExceptionComesFrom: "B20", "D24.2.45 EC", "The class tells from where the exception was taken";
    FetchIsInstructionAbort: "B23", "R_LFGXS", "A fetch takes an Instruction Abort";
    StoreReportsWrite: "B21", "D24.2.45 WnR", "A store's abort has WnR=1";
    LoadReportsRead: "B20", "D24.2.45 WnR", "A load's abort has WnR=0";
    AtomicReportsRead: "B22", "D24.2.45 WnR", "An atomic's abort has WnR=0 where a read would have faulted alike";
    AtomicReportsWrite: "D17", "D24.2.45 WnR", "An atomic's abort has WnR=1 where a read would not have faulted";
    MaintenanceReportsItself: "D24", "D24.2.45 CM", "A maintenance instruction's abort has CM=1 and WnR=1";
    SyndromeIsComplete: "B20", "D24.2.45", "IL=1, and ISV, EA, FnV and S1PTW are 0";
    FaultAddress: "B20", "D24.2 FAR_EL1", "FAR_EL1 holds the address, with the tag of a data access";
    FetchAddressHasNoTag: "-", "D8.8", "A branch drops the ignored top byte";
    SecondPageAddress: "B43", "D24.2 FAR_EL1", "A fault of the second page reports its first byte";
    EitherPageMayReport: "D33", "R_QDRWL", "Where both pages fault, either may be reported";
    TranslationReportsOutput: "B40", "R_XQSMX", "PAR_EL1 holds the output address, as if AF were 1";
    TranslationReportsFault: "D29", "D8.15.2", "PAR_EL1 holds the fault that an access would have taken";
    // The data.
    ReadReturnsData: "B01", "B2.3", "A completed read returns what memory held";
    WriteReachesMemory: "D01", "R_RNMLQ", "A completed write is in memory";
    FaultLeavesMemory: "D02", "D1.3", "A faulting access leaves memory as it was";
    OtherPageMayBeWritten: "D33", "R_QDRWL", "The page beside a faulting one may be written";
    WrittenIsDirty: "D01", "R_RNMLQ", "A page that was written is dirty";
    ExclusiveStatus: "D18", "ExclusiveMonitorsPass", "STXR returns 0 exactly when it stored";
}

impl fmt::Display for Clause {
    /// Shows `rule R_YTXKB, row D12: APTable[1]=1 takes write permission from all below`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "rule {}", self.rule())?;
        if self.row() != "-" {
            write!(formatter, ", row {}", self.row())?;
        }
        write!(formatter, ": {}", self.statement())
    }
}
