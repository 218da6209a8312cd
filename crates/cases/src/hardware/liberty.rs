//! The liberties that the architecture leaves to the machine.

macro_rules! liberties {
    ($($(#[$documentation:meta])* $name:ident,)*) => {
        /// One thing that a machine may do or not.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Liberty {
            $($(#[$documentation])* $name,)*
        }

        impl Liberty {
            /// Every liberty.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

liberties! {
    /// AF of stage 1 is set before the access (row B14).
    SpontaneousFlag,
    /// AF of the data's leaf of stage 2 is set before the access (row H15).
    SpeculatesData,
    /// An access that stage 1 refuses for its permission sets AF (row B29).
    FlagBesidePermission,
    /// An access that stage 1 refuses for its permission sets AF of the data's leaf of stage 2 (row H15).
    DataBesideFault,
    /// An access that stage 2 refuses for its permission sets AF there.
    Stage2FlagBesidePermission,
    /// A walk that updates nothing makes the leaf of the page of its table dirty (row H14).
    WalkDirtiesTable,
    /// Where stage 2 refuses the data, stage 1 is not updated, and its update's fault not met (rows H16, H18).
    DataBeforeUpdate,
    /// The fault of an update of stage 1 is taken where stage 1 refuses the access (row H17).
    UpdateFaultFirst,
    /// A CAS whose comparison fails makes its page dirty (row D16).
    DirtyByFailedCompare,
    /// An atomic that stage 2 does not let read makes its leaf dirty (row H07).
    UnreadableMarksDirty,
    /// AF and the dirty state are set in two updates, with a walk between (row B04).
    TwoUpdates,
    /// The fault of an atomic's update says that it wrote.
    UpdateReportsWrite,
    /// An abort of the data to EL2 tells of the instruction (D24.2.45 ISV).
    InstructionSyndrome,
    /// HPFAR_EL2 is UNKNOWN for a Permission fault of the data.
    HpfarUnknown,
    /// AT sets AF (row B40).
    FlagByTranslation,
    /// PRFM sets AF, at either stage (rows B37, H12).
    FlagByPrefetch,
    /// The TLB holds what the access before has walked (R_SGJBL).
    KeepsTranslations,
    /// Every member of a contiguous group has its AF set (row F01).
    GroupFlagged,
    /// Another member of a contiguous group records the write (row F03).
    GroupDirtyElsewhere,
    /// A walk that finds no leaf sets AF of the tables on its way (row J05).
    TableFlagBesideFault,
}

impl Liberty {
    /// Tells whether nothing of it is left when the access is over.
    pub(crate) const fn leaves_no_trace(self) -> bool {
        matches!(self, Self::TwoUpdates | Self::KeepsTranslations)
    }
}

/// The liberties that a machine takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Temper(u32);

impl Temper {
    /// It changes nothing that it need not change, and its TLB forgets at once.
    pub(crate) const LAZY: Self = Self(0);
    /// It takes every liberty.
    pub(crate) const EAGER: Self = Self((1 << Liberty::ALL.len()) - 1);

    /// It takes these.
    pub(crate) fn taking(liberties: &[Liberty]) -> Self {
        Self(liberties.iter().fold(0, |taken, liberty| taken | 1 << *liberty as u32))
    }

    pub(crate) const fn takes(self, liberty: Liberty) -> bool {
        self.0 >> liberty as u32 & 1 != 0
    }

    /// The lazy temper, the one that takes every liberty, each of some liberties alone, and each pair of them.
    pub(crate) fn alone_and_in_pairs(
        liberties: &[Liberty],
    ) -> impl Iterator<Item = (Self, [Option<Liberty>; 2])> {
        let alone = liberties.iter().map(|one| [Some(*one), None]);
        let pairs = liberties
            .iter()
            .enumerate()
            .flat_map(|(place, one)| liberties[place + 1..].iter().map(|other| [Some(*one), Some(*other)]));
        let some = alone.chain(pairs).map(|pair| {
            let taken = pair.into_iter().flatten().fold(0, |taken, liberty| taken | 1 << liberty as u32);
            (Self(taken), pair)
        });
        [(Self::LAZY, [None; 2]), (Self::EAGER, [None; 2])].into_iter().chain(some)
    }
}
