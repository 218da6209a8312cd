//! What a case of TLB invalidation does: warm an entry, change the descriptor, invalidate, and look what is used.

use afdbm::tlbi::{Domain, Form, Instruction};
use history::{Substitute, WrongInvalidation};

/// One or more TLBIs, what they are to cover, and for whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invalidating {
    /// What is executed.
    pub instructions: Instructions,
    /// What is changed, and covered by it.
    pub entries: Entries,
    /// Whose TLB must not use what it held.
    pub observer: Observer,
    /// What stands in the place of the right invalidation.
    pub wrong: Option<WrongInvalidation>,
    /// Whether an old entry is a failure.
    pub expected: Coverage,
}

/// Which TLBIs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Instructions {
    /// This one.
    One(Instruction),
    /// Each by range of a domain.
    EachByRange(Domain),
    /// Each of a domain, with the qualifier nXS.
    EachExcludingXs(Domain),
}

/// Which entries are changed, and covered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Entries {
    /// All that the instruction covers: pages and Blocks, with and without their level in the operand, global ones, Table
    /// descriptors, both ranges.
    Every,
    /// The first and the last leaf of ranges of SCALE 0 to 2: of each NUM where the instruction reaches one PE, or `--full`
    /// asks for them; else of a few. For another CPU the last page alone.
    Ends,
    /// The same of SCALE 3.
    FarEnds,
    /// Blocks whose first address is invalidated, and another one loaded from or stored to.
    Blocks,
    /// Blocks whose first address is invalidated, and another one fetched from.
    FetchedBlocks,
    /// Pages of this address space alone.
    Pages,
    /// Pages of the upper range.
    UpperPages,
    /// Pages that are global.
    GlobalPages,
    /// Table descriptors.
    Tables,
    /// The last page of ranges whose NUM is 31.
    LongestRanges,
}

/// Who uses the entries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Observer {
    /// The CPU that executes the TLBI.
    Here,
    /// Another CPU.
    Elsewhere,
}

/// What must come of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// No old entry is used.
    Required,
    /// An old entry may be used: a case that passes where one is, and is skipped where none is.
    NotRequired,
}

impl Invalidating {
    /// Returns what is executed instead where `variant` stands in the place of the right invalidation.
    #[must_use]
    pub const fn wrong(&self, variant: Option<Substitute>) -> Option<WrongInvalidation> {
        match (self.wrong, variant) {
            (None, Some(Substitute::Invalidation(wrong))) => Some(wrong),
            (wrong, _) => wrong,
        }
    }
}

impl Instructions {
    /// Goes through the instructions.
    pub fn iter(self) -> impl Iterator<Item = Instruction> {
        Instruction::ALL.into_iter().filter_map(move |instruction| match self {
            Self::One(one) => (one == instruction).then_some(one),
            Self::EachByRange(domain) => {
                (instruction.domain() == domain && instruction.form() == Form::Range).then_some(instruction)
            }
            Self::EachExcludingXs(domain) => {
                (instruction.domain() == domain).then_some(instruction.excluding_xs())
            }
        })
    }
}
