//! What the architecture leaves to an implementation.

macro_rules! choices {
    ($($name:ident: $slug:literal, $row:literal, $question:literal;)*) => {
        /// A choice that the architecture leaves to an implementation (IMPLEMENTATION DEFINED or CONSTRAINED
        /// UNPREDICTABLE), as a question with the answer yes or no.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Choice {
            $(#[doc = concat!($question, "? (row ", $row, ")")] $name,)*
        }

        impl Choice {
            /// Every choice, in the order of the fingerprint.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the choice's name in a log.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// Returns the row of the case table that leaves the choice.
            #[must_use]
            pub const fn row(self) -> &'static str {
                match self { $(Self::$name => $row,)* }
            }

            /// Returns the question, without its mark.
            #[must_use]
            pub const fn question(self) -> &'static str {
                match self { $(Self::$name => $question,)* }
            }
        }

        pub(super) const COUNT: usize = [$(Choice::$name,)*].len();
    };
}

choices! {
    FlagOnReadPermissionFault: "af-on-permission-fault-of-read", "B30", "Does a read's Permission fault set AF";
    FlagOnWritePermissionFault: "af-on-permission-fault-of-write", "B29", "Does a write's Permission fault set AF";
    FlagOnFetchPermissionFault: "af-on-permission-fault-of-fetch", "B32", "Does a fetch's Permission fault set AF";
    FlagOnCheckedAlignment: "af-on-alignment-check", "B27", "Does an Alignment fault by SCTLR_EL1.A or of an atomic set AF";
    FlagOnMemoryTypeAlignment: "af-on-alignment-by-memory-type", "B28", "Does an Alignment fault by memory type set AF";
    FlagOnRefusedAddress: "af-on-refused-address", "B14", "Is AF set though the address was refused";
    FlagOnPrefetchLoad: "af-on-prfm-load", "B37", "Does PRFM PLDL1KEEP set AF";
    FlagOnPrefetchStore: "af-on-prfm-store", "B37", "Does PRFM PSTL1KEEP set AF";
    FlagOnTranslation: "af-on-at", "B40", "Does AT set AF";
    FlagOnDataMaintenance: "af-on-dc", "B38", "Does DC by virtual address set AF";
    FlagOnInstructionMaintenance: "af-on-ic", "B38", "Does IC IVAU set AF";
    FlagOnFailingExclusive: "af-on-failing-stxr", "B11", "Does a failing STXR set AF";
    FlagBesideFault: "af-beside-fault", "B43", "Is AF set in the page beside the one that faults";
    FlagOfGroup: "af-of-contiguous-siblings", "F01", "Is AF set in other members of a contiguous group";
    DirtyOnFailedCompare: "dirty-on-failed-cas", "D16", "Does a CAS whose comparison fails make the page dirty";
    DirtyOnFailedPair: "dirty-on-failed-casp", "D16", "Does a CASP whose comparison fails make the page dirty";
    DirtyOnFailedReadCheckWrite: "dirty-on-failed-rcwcas", "D21", "Does an RCWCAS whose comparison fails make the page dirty";
    DirtyOnIgnoredTags: "dirty-on-dc-gva-to-untagged-memory", "D22", "Does DC GVA to memory that is not Tagged make the page dirty";
    DirtyOnFailingExclusive: "dirty-on-failing-stxr", "D19", "Does a failing STXR make the page dirty";
    DirtyOnAlignment: "dirty-on-alignment-by-memory-type", "D37", "Does an Alignment fault by memory type make the page dirty";
    DirtyBesideFault: "dirty-beside-fault", "D33", "Is the page dirty beside the one that faults";
    DirtyOfGroup: "dirty-of-contiguous-siblings", "F03", "Is the dirty state of a contiguous group recorded in another member";
    WrittenBesideFault: "written-beside-fault", "D33", "Is the page written beside the one that faults";
    SecondPageReports: "second-page-reports", "D33", "Is the second page's fault reported where both fault";
    FailingExclusiveFaults: "failing-stxr-faults", "D20", "Does a failing STXR take the fault of a store";
    DataMaintenanceFaultsOnFlag: "dc-faults-on-af", "B39", "Does DC by virtual address take an Access flag fault with HA=0";
    InstructionMaintenanceFaultsOnFlag: "ic-faults-on-af", "B39", "Does IC IVAU take an Access flag fault with HA=0";
    InvalidateFaults: "dc-ivac-faults", "D24", "Does DC IVAC fault at all, or is it a NOP";
    InstructionMaintenanceTranslates: "ic-ivau-faults", "B39", "Does IC IVAU take other MMU faults";
}
