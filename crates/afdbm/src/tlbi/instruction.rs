//! The table of the instructions: name, encoding, operand, and how far each reaches.

use core::fmt;

/// A TLB invalidation instruction that EL1 has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instruction {
    name: &'static str,
    form: Form,
    every_asid: bool,
    last_level: bool,
    domain: Domain,
    excluding_xs: bool,
    m: u32,
    op2: u32,
}

/// What the register of a TLBI holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Form {
    /// Nothing: all of stage 1 is meant.
    None,
    /// An ASID.
    Asid,
    /// An address, with an ASID or for each.
    Address,
    /// The same for a range of addresses.
    Range,
}

/// Whose TLBs a TLBI reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Domain {
    /// Those of the PE that executes it.
    Local,
    /// Those of the Inner Shareable domain.
    Inner,
    /// Those of the Outer Shareable domain, the Inner Shareable one included.
    Outer,
}

/// An extension without which a TLBI, or a field of its operand, does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Feature {
    /// FEAT_TLBIOS: the Outer Shareable forms.
    OuterShareable,
    /// FEAT_TLBIRANGE: the forms by range.
    Range,
    /// FEAT_XS: the qualifier nXS.
    ExcludingXs,
    /// FEAT_TTL: the level of the leaf in the operand.
    Level,
}

impl Feature {
    /// Returns the architecture's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OuterShareable => "FEAT_TLBIOS",
            Self::Range => "FEAT_TLBIRANGE",
            Self::ExcludingXs => "FEAT_XS",
            Self::Level => "FEAT_TTL",
        }
    }
}

/// An instruction that takes its ASID from the register and covers every level, with CRm and op2 (Arm ARM C5.5).
const fn tlbi(name: &'static str, form: Form, domain: Domain, m: u32, op2: u32) -> Instruction {
    let (every_asid, last_level, excluding_xs) = (false, false, false);
    Instruction { name, form, every_asid, last_level, domain, excluding_xs, m, op2 }
}

impl Instruction {
    /// Every instruction, without the qualifier nXS.
    #[rustfmt::skip] // a table: one instruction a line
    pub const ALL: [Self; 30] = [
        tlbi("VMALLE1",   Form::None,    Domain::Local, 7, 0),
        tlbi("VAE1",      Form::Address, Domain::Local, 7, 1),
        tlbi("ASIDE1",    Form::Asid,    Domain::Local, 7, 2),
        tlbi("VAAE1",     Form::Address, Domain::Local, 7, 3).for_every_asid(),
        tlbi("VALE1",     Form::Address, Domain::Local, 7, 5).of_the_last_level(),
        tlbi("VAALE1",    Form::Address, Domain::Local, 7, 7).for_every_asid().of_the_last_level(),
        tlbi("RVAE1",     Form::Range,   Domain::Local, 6, 1),
        tlbi("RVAAE1",    Form::Range,   Domain::Local, 6, 3).for_every_asid(),
        tlbi("RVALE1",    Form::Range,   Domain::Local, 6, 5).of_the_last_level(),
        tlbi("RVAALE1",   Form::Range,   Domain::Local, 6, 7).for_every_asid().of_the_last_level(),
        tlbi("VMALLE1IS", Form::None,    Domain::Inner, 3, 0),
        tlbi("VAE1IS",    Form::Address, Domain::Inner, 3, 1),
        tlbi("ASIDE1IS",  Form::Asid,    Domain::Inner, 3, 2),
        tlbi("VAAE1IS",   Form::Address, Domain::Inner, 3, 3).for_every_asid(),
        tlbi("VALE1IS",   Form::Address, Domain::Inner, 3, 5).of_the_last_level(),
        tlbi("VAALE1IS",  Form::Address, Domain::Inner, 3, 7).for_every_asid().of_the_last_level(),
        tlbi("RVAE1IS",   Form::Range,   Domain::Inner, 2, 1),
        tlbi("RVAAE1IS",  Form::Range,   Domain::Inner, 2, 3).for_every_asid(),
        tlbi("RVALE1IS",  Form::Range,   Domain::Inner, 2, 5).of_the_last_level(),
        tlbi("RVAALE1IS", Form::Range,   Domain::Inner, 2, 7).for_every_asid().of_the_last_level(),
        tlbi("VMALLE1OS", Form::None,    Domain::Outer, 1, 0),
        tlbi("VAE1OS",    Form::Address, Domain::Outer, 1, 1),
        tlbi("ASIDE1OS",  Form::Asid,    Domain::Outer, 1, 2),
        tlbi("VAAE1OS",   Form::Address, Domain::Outer, 1, 3).for_every_asid(),
        tlbi("VALE1OS",   Form::Address, Domain::Outer, 1, 5).of_the_last_level(),
        tlbi("VAALE1OS",  Form::Address, Domain::Outer, 1, 7).for_every_asid().of_the_last_level(),
        tlbi("RVAE1OS",   Form::Range,   Domain::Outer, 5, 1),
        tlbi("RVAAE1OS",  Form::Range,   Domain::Outer, 5, 3).for_every_asid(),
        tlbi("RVALE1OS",  Form::Range,   Domain::Outer, 5, 5).of_the_last_level(),
        tlbi("RVAALE1OS", Form::Range,   Domain::Outer, 5, 7).for_every_asid().of_the_last_level(),
    ];

    const fn for_every_asid(self) -> Self {
        Self { every_asid: true, ..self }
    }

    const fn of_the_last_level(self) -> Self {
        Self { last_level: true, ..self }
    }

    /// Returns the same with the qualifier nXS: complete once the accesses to memory without the XS attribute are.
    #[must_use]
    pub const fn excluding_xs(self) -> Self {
        Self { excluding_xs: true, ..self }
    }

    /// Returns the instruction of this name, without nXS.
    #[must_use]
    pub const fn by_name(name: &str) -> Option<Self> {
        let mut place = 0;
        while place < Self::ALL.len() {
            if equal(Self::ALL[place].name, name) {
                return Some(Self::ALL[place]);
            }
            place += 1;
        }
        None
    }

    /// Returns the instruction that does the same in another domain.
    #[must_use]
    pub fn in_domain(self, domain: Domain) -> Self {
        let alike = |other: &Self| {
            (other.form, other.every_asid, other.last_level) == (self.form, self.every_asid, self.last_level)
        };
        let found = Self::ALL.into_iter().find(|other| other.domain == domain && alike(other));
        let found = found.unwrap_or(self);
        Self { excluding_xs: self.excluding_xs, ..found }
    }

    /// Returns what the register holds.
    #[must_use]
    pub const fn form(self) -> Form {
        self.form
    }

    /// Returns whose TLBs are meant.
    #[must_use]
    pub const fn domain(self) -> Domain {
        self.domain
    }

    /// Tells whether entries of every address space are meant; else those of an ASID, and global ones where an address is
    /// given.
    #[must_use]
    pub const fn is_for_every_asid(self) -> bool {
        self.every_asid || matches!(self.form, Form::None)
    }

    /// Tells whether cached Table descriptors may stay.
    #[must_use]
    pub const fn is_of_the_last_level(self) -> bool {
        self.last_level
    }

    /// Tells whether a PE without `feature` lacks the instruction.
    #[must_use]
    pub const fn needs(self, feature: Feature) -> bool {
        match feature {
            Feature::OuterShareable => matches!(self.domain, Domain::Outer),
            Feature::Range => matches!(self.form, Form::Range),
            Feature::ExcludingXs => self.excluding_xs,
            Feature::Level => false,
        }
    }

    /// Returns the instruction word; its register is X0, or XZR where it takes none (Arm ARM C6.2, SYS).
    #[must_use]
    pub const fn word(self) -> u32 {
        let n = if self.excluding_xs { 9 } else { 8 };
        let register = if matches!(self.form, Form::None) { 31 } else { 0 };
        0xd508_0000 | n << 12 | self.m << 8 | self.op2 << 5 | register
    }
}

const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// Shows the name, such as `RVAE1ISNXS`.
impl fmt::Display for Instruction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.name, if self.excluding_xs { "NXS" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, Feature, Form, Instruction};
    extern crate std;
    use std::collections::BTreeSet;
    use std::string::ToString;

    fn named(name: &str) -> Instruction {
        Instruction::by_name(name).expect("an instruction")
    }

    #[test]
    fn the_words_are_those_of_the_assembler() {
        assert_eq!(named("VMALLE1").word(), 0xd508_871f);
        assert_eq!(named("VAE1IS").word(), 0xd508_8320);
        assert_eq!(named("ASIDE1").word(), 0xd508_8740);
        assert_eq!(named("RVALE1OS").word(), 0xd508_85a0);
        assert_eq!(named("VAAE1OS").excluding_xs().word(), 0xd508_9160);
        let all = Instruction::ALL.into_iter();
        let words: BTreeSet<u32> = all.flat_map(|one| [one.word(), one.excluding_xs().word()]).collect();
        assert_eq!(words.len(), 60);
    }

    #[test]
    fn a_name_says_what_an_instruction_does() {
        for instruction in Instruction::ALL {
            let name = instruction.to_string();
            let domain = match name.split_once("E1") {
                Some((_, "")) => Domain::Local,
                Some((_, "IS")) => Domain::Inner,
                Some((_, "OS")) => Domain::Outer,
                other => panic!("{other:?}"),
            };
            let form = match name.split_once("E1").map(|(kind, _)| kind.trim_end_matches('L')) {
                Some("VMA") => Form::None,
                Some("ASID") => Form::Asid,
                Some("VA" | "VAA") => Form::Address,
                Some("RVA" | "RVAA") => Form::Range,
                other => panic!("{other:?}"),
            };
            assert_eq!((instruction.domain(), instruction.form()), (domain, form), "{name}");
            assert_eq!(instruction.is_for_every_asid(), name.contains("VAA") || form == Form::None, "{name}");
            assert_eq!(instruction.is_of_the_last_level(), name.contains("ALE1"), "{name}");
            assert_eq!(instruction.needs(Feature::OuterShareable), domain == Domain::Outer);
            assert_eq!(instruction.needs(Feature::Range), name.starts_with('R'));
            assert!(
                !instruction.needs(Feature::ExcludingXs)
                    && instruction.excluding_xs().needs(Feature::ExcludingXs)
            );
        }
    }

    #[test]
    fn each_has_its_like_in_every_domain() {
        for instruction in Instruction::ALL {
            for domain in [Domain::Local, Domain::Inner, Domain::Outer] {
                let other = instruction.excluding_xs().in_domain(domain);
                assert_eq!((other.domain(), other.form()), (domain, instruction.form()));
                assert!(other.needs(Feature::ExcludingXs));
                assert_eq!(other.in_domain(instruction.domain()), instruction.excluding_xs());
            }
        }
        assert_eq!(named("RVAALE1OS").in_domain(Domain::Local), named("RVAALE1"));
        assert_eq!(Instruction::by_name("VAE2"), None);
    }
}
