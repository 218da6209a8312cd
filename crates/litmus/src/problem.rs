//! Why a file is not run: it is no litmus file, or it uses what is not supported.

use alloc::string::String;
use core::fmt;

/// A place in a file; both numbers count from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// What the grammar has at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// The first line: the architecture and a name.
    Architecture,
    /// The end of a comment.
    CommentEnd,
    /// The initial state between braces.
    InitialState,
    /// A statement of the initial state.
    Statement,
    /// A value.
    Value,
    /// A field of a descriptor.
    Field,
    /// A field of a descriptor that has not been given before.
    FieldOnce,
    /// 0 or 1.
    Bit,
    /// A name.
    Name,
    /// A register from X0 to X30, or W0 to W30.
    Register,
    /// A thread of the file.
    Thread,
    /// The row of threads: P0, P1 and so on, in this order.
    ThreadRow,
    /// As many columns as there are threads.
    Columns,
    /// A label that its thread has not had before.
    LabelOnce,
    /// A label of the thread.
    Label,
    /// An atom of a condition.
    Atom,
    /// No further condition within this one: there are too many already.
    Shallower,
    /// The end of the condition.
    End,
    /// A word of the option TTHM: HA, HD or SW, or one of them behind a thread.
    Management,
    /// This character.
    Character(char),
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Architecture => "\"AArch64\" and a name",
            Self::CommentEnd => "the end of the comment, \"*)\"",
            Self::InitialState => "the initial state, \"{ ... }\"",
            Self::Statement => "a register, a variable or a descriptor",
            Self::Value => "a number, a name or a descriptor",
            Self::Field => "oa, valid, af, db, dbm, el0 or attrs",
            Self::FieldOnce => "a field that is not there yet",
            Self::Bit => "0 or 1",
            Self::Name => "a name",
            Self::Register => "a register, X0 to X29 or W0 to W29",
            Self::Thread => "a thread of the file",
            Self::ThreadRow => "the row of threads, P0, P1 and so on",
            Self::Columns => "as many columns as there are in the row of threads",
            Self::LabelOnce => "a label that is not there yet",
            Self::Label => "a label of the thread",
            Self::Atom => "a condition",
            Self::Shallower => "no more than 32 negations and parentheses within each other",
            Self::End => "the end of the condition",
            Self::Management => "HA, HD or SW, or P<thread>: and one of them",
            Self::Character(character) => return write!(formatter, "{character:?}"),
        })
    }
}

/// What herd knows and this project does not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unsupported {
    /// An array in memory.
    Array,
    /// Memory tags.
    Tag,
    /// Attributes of memory other than Normal, Write-Back, Inner Shareable.
    Attributes,
    /// The descriptor or the memory of code.
    CodeDescriptor,
    /// The descriptor of a page table.
    TableDescriptor,
    /// A descriptor whose first value is no descriptor.
    DescriptorValue,
    /// A condition that two places hold the same.
    Comparison,
    /// A value of PAR_EL1.
    TranslationResult,
    /// A number below 0.
    NegativeNumber,
    /// A variant that changes the meaning of the test.
    Variant,
    /// A fault of another kind than a data abort of the MMU or an undefined instruction.
    FaultKind,
    /// An instruction that this project lets no test execute.
    Instruction,
    /// A register that the runtime needs.
    Register,
    /// More threads than labels and tables have room for.
    Threads,
    /// More variables than an instance has pages for.
    Variables,
    /// A fault handler of a thread at EL0.
    UserHandler,
    /// A descriptor whose address a thread at EL0 has.
    UserDescriptor,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Array => "an array",
            Self::Tag => "a memory tag",
            Self::Attributes => "attributes of memory",
            Self::CodeDescriptor => "the descriptor or the memory of code",
            Self::TableDescriptor => "the descriptor of a page table",
            Self::DescriptorValue => "a descriptor with the value",
            Self::Comparison => "a comparison with",
            Self::TranslationResult => "a value of PAR_EL1",
            Self::NegativeNumber => "a negative number",
            Self::Variant => "the variant",
            Self::FaultKind => "the kind of fault",
            Self::Instruction => "the instruction",
            Self::Register => "the register",
            Self::Threads => "more than 8 threads",
            Self::Variables => "more than 16 variables",
            Self::UserHandler => "a fault handler of a thread at EL0",
            Self::UserDescriptor => "the address of a descriptor at EL0",
        })
    }
}

/// Why a file is not run, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    /// It is no litmus file.
    Syntax {
        /// Where.
        place: Place,
        /// What the grammar has there.
        expected: Expected,
        /// What stands there; empty at the end of the file.
        found: String,
    },
    /// It asks for something that is not supported.
    Unsupported {
        /// Where.
        place: Place,
        /// What.
        construct: Unsupported,
        /// As it is written.
        text: String,
    },
}

impl Problem {
    /// Returns where it is.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Syntax { place, .. } | Self::Unsupported { place, .. } => *place,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { expected, found, .. } if found.is_empty() => {
                write!(formatter, "the file ends, expected {expected}")
            }
            Self::Syntax { expected, found, .. } => write!(formatter, "{found:?}, expected {expected}"),
            Self::Unsupported { place, construct, text } => {
                write!(formatter, "line {} uses {construct} {text:?}, which is not supported", place.line)
            }
        }
    }
}

impl core::error::Error for Problem {}
