//! Which entries an instruction has to cover, round by round.

use super::subject::Change;
use afdbm::address::{Asid, VirtualAddress};
use afdbm::geometry::{Geometry, Level};
use afdbm::tlbi::{Domain, Form, Instruction, RangeSize, Request};
use alloc::vec::Vec;
use cases::invalidating::{Entries, Observer};
use core::fmt;
use fastrand::Rng;

/// Entries that are changed at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Leaves of a level, changed in every way.
    Leaves(Level),
    /// Those of them that are loaded from and stored to.
    Data(Level),
    /// The one of them that is fetched from.
    Fetched(Level),
    /// The one of them that a load at EL0 finds invalid.
    Leaf(Level),
    /// A page whose table is taken out.
    Table,
}

impl Group {
    /// Returns the level of the leaves.
    pub const fn level(self) -> Level {
        match self {
            Self::Leaves(level) | Self::Data(level) | Self::Fetched(level) | Self::Leaf(level) => level,
            Self::Table => Level::L3,
        }
    }

    /// Tells whether an entry is changed in a round of the group.
    pub fn has(self, level: Level, change: Change) -> bool {
        if change == Change::TableRemoved || self == Self::Table {
            return change == Change::TableRemoved && self == Self::Table;
        }
        let chosen = match self {
            Self::Leaves(_) | Self::Table => true,
            Self::Data(_) => !change.is_fetch(),
            Self::Fetched(_) => change.is_fetch(),
            // What EL0 uses is displaced by nothing of the kernel, where TLBs are separate or entries few.
            Self::Leaf(_) => change == Change::RemovedFromUser,
        };
        chosen && level == self.level()
    }
}

/// Which end of a range an entry is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The range begins with the entry.
    First,
    /// The range ends with the entry.
    Last,
}

/// One change with its invalidation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round {
    /// What is executed.
    pub instruction: Instruction,
    /// What is changed.
    pub group: Group,
    /// Whether it is accessed, and invalidated, in the upper range.
    pub upper: bool,
    /// Whether the entries are global.
    pub global: bool,
    /// Whether the operand names the level of the leaves.
    pub names_level: bool,
    /// Whether an address is that of the leaf's beginning, not the one that is accessed.
    pub from_beginning: bool,
    /// How far a range reaches, and from where; `None` for one that spans the leaf.
    pub range: Option<(RangeSize, End)>,
}

impl Round {
    const fn new(instruction: Instruction, group: Group) -> Self {
        Self {
            instruction,
            group,
            upper: false,
            global: false,
            names_level: false,
            from_beginning: false,
            range: None,
        }
    }

    const fn in_the_upper_range(self) -> Self {
        Self { upper: true, ..self }
    }

    const fn of_global_entries(self) -> Self {
        Self { global: true, ..self }
    }

    const fn naming_the_level(self) -> Self {
        Self { names_level: true, ..self }
    }

    /// Returns the TLBI that covers the entry at `address`, of the address space `own`.
    pub fn request(&self, geometry: Geometry, address: VirtualAddress, own: Asid) -> Request {
        let level = self.group.level();
        let unit = geometry.size(level);
        let (size, end) = self.range.unwrap_or_else(|| {
            let mut spanning = RangeSize::all().filter(|size| size.bytes(geometry) >= unit);
            (spanning.next().unwrap_or(RangeSize::SHORTEST), End::First)
        });
        let before = match end {
            End::First => 0,
            End::Last => (size.bytes(geometry) - 1) / unit * unit,
        };
        let by_range = self.instruction.form() == Form::Range;
        let first = if by_range || self.from_beginning { address.align_down(unit) } else { address };
        Request {
            instruction: self.instruction,
            geometry,
            address: VirtualAddress(first.0 - before),
            size,
            // Global entries are covered whatever the ASID: by another one.
            asid: if self.global { Asid(own.0 ^ 1) } else { own },
            leaf: self.names_level.then_some(level),
        }
    }
}

/// What a case asks for, and the CPU has.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Which entries.
    pub entries: Entries,
    /// Who uses them.
    pub observer: Observer,
    /// Whether the operand may name a level (FEAT_TTL).
    pub names_levels: bool,
    /// Whether ranges of every size are asked for, whatever they cost.
    pub every_size: bool,
    /// The seed of the run.
    pub seed: u64,
}

impl Plan {
    /// Returns the rounds of an instruction.
    pub fn rounds(&self, instruction: Instruction) -> Vec<Round> {
        let round = |group| Round::new(instruction, group);
        let pages = round(Group::Leaves(Level::L3));
        let from_beginning = |group: fn(Level) -> Group| {
            let blocks = [Level::L2, Level::L1].map(group).map(round);
            blocks.map(|round| Round { from_beginning: true, ..round }).into()
        };
        match self.entries {
            Entries::Every => self.every(instruction),
            Entries::Ends => self.ends(instruction, |size| size.scale() < 3),
            Entries::FarEnds => self.ends(instruction, |size| size.scale() == 3),
            Entries::Blocks => from_beginning(Group::Data),
            Entries::FetchedBlocks => from_beginning(Group::Fetched),
            Entries::Pages => [pages].into(),
            Entries::UpperPages => [pages.in_the_upper_range()].into(),
            Entries::GlobalPages => [pages.of_global_entries()].into(),
            Entries::Tables => [round(Group::Table)].into(),
            Entries::LongestRanges => RangeSize::all()
                .filter(|size| size.number() == 31)
                .map(|size| Round { range: Some((size, End::Last)), ..round(Group::Leaf(Level::L3)) })
                .collect(),
        }
    }

    /// Returns the rounds of all that an instruction covers; for another CPU each of its properties once.
    fn every(&self, instruction: Instruction) -> Vec<Round> {
        let round = |group| Round::new(instruction, group);
        let by_address = matches!(instruction.form(), Form::Address | Form::Range);
        let mut rounds = Vec::new();
        for level in [Level::L3, Level::L2, Level::L1] {
            let leaves = round(Group::Leaves(level));
            rounds.push(leaves);
            if level != Level::L3 && self.observer == Observer::Elsewhere {
                continue;
            }
            if self.names_levels && by_address {
                rounds.push(leaves.naming_the_level());
            }
            if instruction.form() != Form::Asid {
                rounds.push(leaves.of_global_entries());
            }
            // The hole of the upper range has no Block of level 1.
            if level != Level::L1 {
                rounds.push(leaves.in_the_upper_range());
            }
        }
        if !instruction.is_of_the_last_level() {
            rounds.extend([round(Group::Table), round(Group::Table).in_the_upper_range()]);
        }
        rounds
    }

    /// Returns the rounds of ranges that are chosen: pages with every NUM, or with few; those whose level is named, and those
    /// of the upper range, with few; for another CPU the last page of few.
    fn ends(&self, instruction: Instruction, is_chosen: fn(&RangeSize) -> bool) -> Vec<Round> {
        let few = [0, 15, 31, Rng::with_seed(self.seed).u8(1..31)];
        let leaf = |level| Round::new(instruction, Group::Leaf(level));
        let page = leaf(Level::L3);
        let mut shapes: Vec<Round> = [page].into();
        let mut ends: &[End] = &[End::Last];
        // What reaches other CPUs takes them longest: every NUM is for what reaches one.
        let mut every_size = self.every_size || instruction.domain() == Domain::Local;
        if self.observer == Observer::Here {
            shapes.push(page.in_the_upper_range());
            let levels = [Level::L3, Level::L2, Level::L1].map(|level| leaf(level).naming_the_level());
            shapes.extend(levels.into_iter().filter(|_| self.names_levels));
            ends = &[End::First, End::Last];
        }
        let mut rounds = Vec::new();
        for shape in shapes {
            let sizes = RangeSize::all().filter(is_chosen);
            for size in sizes.filter(|size| every_size || few.contains(&size.number())) {
                rounds.extend(ends.iter().map(|end| Round { range: Some((size, *end)), ..shape }));
            }
            every_size = self.every_size;
        }
        rounds
    }
}

/// Shows `TLBI RVAE1IS of level 3, SCALE=3 NUM=31, the last`.
impl fmt::Display for Round {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instruction, group, upper, global, names_level, from_beginning, range } = self;
        write!(formatter, "TLBI {instruction}, an entry of level {}", group.level())?;
        if *names_level {
            formatter.write_str(" that the operand names")?;
        }
        if *global {
            formatter.write_str(", global")?;
        }
        if *upper {
            formatter.write_str(", in the upper range")?;
        }
        if *from_beginning {
            formatter.write_str(", by the address of its beginning")?;
        }
        if let Some((size, end)) = range {
            let end = match end {
                End::First => "first",
                End::Last => "last",
            };
            write!(formatter, ", the {end} of SCALE={} NUM={}", size.scale(), size.number())?;
        }
        Ok(())
    }
}
