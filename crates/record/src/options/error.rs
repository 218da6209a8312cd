//! What can be wrong with an option.

use super::Size;
use core::fmt;

/// An option that is not understood: which, and what was expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error<'a> {
    /// A word where an option was expected.
    NoOption {
        /// The word.
        word: &'a str,
    },
    /// No option of this name.
    Unknown {
        /// The name as given.
        option: &'a str,
    },
    /// The option stands there twice.
    Repeated {
        /// Its name.
        option: &'a str,
    },
    /// The option needs a value and has none.
    Missing {
        /// Its name.
        option: &'a str,
        /// What it takes.
        expected: Expected,
    },
    /// The option takes no value and has one.
    Superfluous {
        /// Its name.
        option: &'a str,
        /// The value.
        value: &'a str,
    },
    /// The value is none that the option takes.
    Invalid {
        /// Its name.
        option: &'a str,
        /// The value.
        value: &'a str,
        /// What it takes.
        expected: Expected,
    },
    /// An option that the kernel's command line has before its marker.
    BeforeMarker {
        /// Its name.
        option: &'a str,
    },
    /// A single quote that does not enclose a whole word.
    Quote {
        /// The text from the quote on.
        rest: &'a str,
    },
}

/// What an option takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expected {
    /// A decimal number.
    Number {
        /// The least.
        minimum: u32,
        /// The greatest.
        maximum: u32,
    },
    /// A size of memory.
    Size {
        /// The least.
        minimum: Size,
    },
    /// Something that one phrase describes.
    Phrase(&'static str),
    /// One of the names in these lists.
    OneOf(&'static [&'static [&'static str]]),
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOption { word } => write!(formatter, "{word:?} is no option: options begin with \"--\""),
            Self::Unknown { option } => write!(formatter, "there is no option {option}"),
            Self::Repeated { option } => write!(formatter, "{option} is given twice"),
            Self::Missing { option, expected } => write!(formatter, "{option} needs a value: {expected}"),
            Self::Superfluous { option, value } => {
                write!(formatter, "{option} takes no value, got {value:?}")
            }
            Self::Invalid { option, value, expected } => {
                write!(formatter, "{option} takes {expected}, got {value:?}")
            }
            Self::BeforeMarker { option } => {
                write!(formatter, "{option} stands before the word \"--\", behind which options are read")
            }
            Self::Quote { rest } => write!(formatter, "a single quote encloses no whole word: {rest}"),
        }
    }
}

impl core::error::Error for Error<'_> {}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { minimum, maximum } => write!(formatter, "a number from {minimum} to {maximum}"),
            Self::Size { minimum } => write!(formatter, "a size such as 256M or 1G, at least {minimum}"),
            Self::Phrase(phrase) => formatter.write_str(phrase),
            Self::OneOf(lists) => {
                formatter.write_str("one of")?;
                lists.iter().copied().flatten().try_for_each(|name| write!(formatter, " {name}"))
            }
        }
    }
}
