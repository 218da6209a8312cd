//! The values that options take.

use super::{Error, Expected, Quoted};
use core::fmt;

/// A value that can be read from one word and shows itself as that word again, quoted where needed.
pub(super) trait Value<'a>: Sized + fmt::Display {
    /// What the word has to be.
    const EXPECTED: Expected;

    /// Reads the word; `None` where it is something else.
    fn parse(text: &'a str) -> Option<Self>;
}

/// What gives an option's value.
pub(super) type Next<'n, 'a> = &'n mut dyn FnMut() -> Result<Option<&'a str>, Error<'a>>;

/// The field of an option: a flag, or a value that may be absent.
pub(super) trait Field<'a> {
    /// Whether the option takes no value.
    const FLAG: bool;

    /// Sets the field; `value` gives the option's value, and is not asked for a flag's.
    fn set(&mut self, option: &'a str, value: Next<'_, 'a>) -> Result<(), Error<'a>>;

    /// Shows the option and its value, with a space before them, or nothing where it is not set.
    fn show(&self, option: &str, formatter: &mut fmt::Formatter<'_>, separator: &mut &str) -> fmt::Result;
}

impl<'a> Field<'a> for bool {
    const FLAG: bool = true;

    fn set(&mut self, option: &'a str, _value: Next<'_, 'a>) -> Result<(), Error<'a>> {
        once(option, core::mem::replace(self, true))
    }

    fn show(&self, option: &str, formatter: &mut fmt::Formatter<'_>, separator: &mut &str) -> fmt::Result {
        if !*self {
            return Ok(());
        }
        write!(formatter, "{}{option}", core::mem::replace(separator, " "))
    }
}

/// Returns the value, which has to be there.
fn required<'a>(option: &'a str, value: Next<'_, 'a>, expected: Expected) -> Result<&'a str, Error<'a>> {
    value()?.ok_or(Error::Missing { option, expected })
}

/// Refuses an option that was there before.
fn once(option: &str, before: bool) -> Result<(), Error<'_>> {
    if before { Err(Error::Repeated { option }) } else { Ok(()) }
}

impl<'a, T: Value<'a>> Field<'a> for Option<T> {
    const FLAG: bool = false;

    fn set(&mut self, option: &'a str, value: Next<'_, 'a>) -> Result<(), Error<'a>> {
        let value = required(option, value, T::EXPECTED)?;
        match T::parse(value) {
            None => Err(Error::Invalid { option, value, expected: T::EXPECTED }),
            Some(parsed) => once(option, self.replace(parsed).is_some()),
        }
    }

    fn show(&self, option: &str, formatter: &mut fmt::Formatter<'_>, separator: &mut &str) -> fmt::Result {
        match self {
            Some(value) => write!(formatter, "{}{option} {value}", core::mem::replace(separator, " ")),
            None => Ok(()),
        }
    }
}

/// A decimal number of up to 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Count(u64);

impl Count {
    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Value<'_> for Count {
    const EXPECTED: Expected = Expected::Phrase("a decimal number");

    fn parse(text: &str) -> Option<Self> {
        // `parse` alone would take "+1".
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?.map(Self)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A decimal number from `MINIMUM` to `MAXIMUM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Number<const MINIMUM: u32, const MAXIMUM: u32>(u32);

impl<const MINIMUM: u32, const MAXIMUM: u32> Number<MINIMUM, MAXIMUM> {
    /// Takes a number; `None` where it is out of range.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number >= MINIMUM && number <= MAXIMUM { Some(Self(number)) } else { None }
    }

    /// Returns the number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MINIMUM: u32, const MAXIMUM: u32> Value<'_> for Number<MINIMUM, MAXIMUM> {
    const EXPECTED: Expected = Expected::Number { minimum: MINIMUM, maximum: MAXIMUM };

    fn parse(text: &str) -> Option<Self> {
        // `parse` alone would take "+1".
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?.and_then(Self::new)
    }
}

impl<const MINIMUM: u32, const MAXIMUM: u32> fmt::Display for Number<MINIMUM, MAXIMUM> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The seed of everything random in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seed(pub u64);

impl Default for Seed {
    /// The seed of a run that names none.
    fn default() -> Self {
        Self(0x5eed)
    }
}

impl Value<'_> for Seed {
    const EXPECTED: Expected = Expected::Phrase("a number of up to 64 bits, decimal or with 0x");

    fn parse(text: &str) -> Option<Self> {
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        let signed = digits.starts_with('+');
        u64::from_str_radix(digits, radix).ok().filter(|_| !signed).map(Self)
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#x}", self.0)
    }
}

/// A size of memory in MiB, at least 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Size(u32);

impl Size {
    const MINIMUM: Self = Self(64);

    /// Takes a number of MiB; `None` where it is too small.
    #[must_use]
    pub const fn from_mebibytes(mebibytes: u32) -> Option<Self> {
        if mebibytes >= Self::MINIMUM.0 { Some(Self(mebibytes)) } else { None }
    }

    /// Returns the number of MiB.
    #[must_use]
    pub const fn mebibytes(self) -> u32 {
        self.0
    }
}

impl Value<'_> for Size {
    const EXPECTED: Expected = Expected::Size { minimum: Self::MINIMUM };

    fn parse(text: &str) -> Option<Self> {
        Self::from_mebibytes(parse_mebibytes(text)?)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            whole if whole % 1024 == 0 => write!(formatter, "{}G", whole / 1024),
            mebibytes => write!(formatter, "{mebibytes}M"),
        }
    }
}

/// A size within the machine's memory, in MiB, at least 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Amount(u32);

impl Amount {
    /// Returns the number of MiB.
    #[must_use]
    pub const fn mebibytes(self) -> u32 {
        self.0
    }
}

impl Value<'_> for Amount {
    const EXPECTED: Expected = Expected::Phrase("a size such as 12M or 1G, at least 1M");

    fn parse(text: &str) -> Option<Self> {
        parse_mebibytes(text).filter(|mebibytes| *mebibytes > 0).map(Self)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Size(self.0).fmt(formatter)
    }
}

/// Reads a number of MiB, from a number with M or G.
fn parse_mebibytes(text: &str) -> Option<u32> {
    let (digits, mebibytes) = match (text.strip_suffix('M'), text.strip_suffix('G')) {
        (Some(digits), _) => (digits, 1),
        (_, Some(digits)) => (digits, 1024),
        (None, None) => return None,
    };
    let number: u32 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    number.checked_mul(mebibytes)
}

/// A free text, such as the path of a file: any characters but control characters and single quotes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Text<'a>(pub &'a str);

impl<'a> Value<'a> for Text<'a> {
    const EXPECTED: Expected = Expected::Phrase("a path without single quotes");

    fn parse(text: &'a str) -> Option<Self> {
        let valid = |character: char| character != '\'' && !character.is_control();
        (!text.is_empty() && text.chars().all(valid)).then_some(Self(text))
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.0).fmt(formatter)
    }
}

/// Paths of files or folders, separated by commas.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paths<'a>(&'a str);

impl<'a> Paths<'a> {
    /// Returns the paths.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        self.0.split(',')
    }
}

impl<'a> Value<'a> for Paths<'a> {
    const EXPECTED: Expected = Expected::Phrase("paths without single quotes, separated by commas");

    fn parse(text: &'a str) -> Option<Self> {
        let Text(text) = Text::parse(text)?;
        text.split(',').all(|path| !path.is_empty()).then_some(Self(text))
    }
}

impl fmt::Display for Paths<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.0).fmt(formatter)
    }
}
