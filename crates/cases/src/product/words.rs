//! A region as words, to be written by a person and read back: `access=cas,casp HA=1 level=2,3`.
//!
//! The names and values are those of the [conditions in a finding](super::Conditions), with hyphens within a word; a
//! second page is named by its digit. What a region does not restrict is not said; one that restricts nothing is `always`.

use super::{
    Condition, Region, ValueSet,
    dimension::Labels,
    region::every,
    show::{Value, named_kinds, show_values},
};
use core::fmt::{self, Write};
use oracle::AccessKind;

/// The word for a region that restricts nothing.
const ALWAYS: &str = "always";

/// Makes one word of a text.
struct Word<W>(W);

impl<W: Write> Write for Word<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars()
            .filter(|character| *character != ',')
            .try_for_each(|character| self.0.write_char(if character == ' ' { '-' } else { character }))
    }
}

/// What is left of a text while it is compared.
struct Rest<'t>(&'t str);

impl Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Tells whether a value is shown as `text`.
pub(super) fn reads_as(value: impl fmt::Display, text: &str) -> bool {
    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}

/// Tells whether a value is shown as `text`, as one word.
fn is_word(value: impl fmt::Display, text: &str) -> bool {
    let mut rest = Word(Rest(text));
    write!(rest, "{value}").is_ok() && rest.0.0.is_empty()
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for &condition in Condition::ALL {
            let values = self.values(condition);
            let instructions = condition == Condition::Kind && !self.instructions().is_empty();
            let each_level = condition == Condition::ExceptionLevel && self.has_each_level();
            if (values == 0 || values == every(condition) || each_level) && !instructions {
                continue;
            }
            formatter.write_str(core::mem::replace(&mut separator, " "))?;
            write!(Word(&mut *formatter), "{}=", condition.label())?;
            if let Labels::SecondPages = condition.labels() {
                let mut between = "";
                for value in (0..condition.count()).filter(|value| values >> value & 1 != 0) {
                    write!(formatter, "{}{value}", core::mem::replace(&mut between, ","))?;
                }
                continue;
            }
            show_values(formatter, (condition, values), ",", |formatter, value| {
                write!(Word(formatter), "{value}")
            })?;
            if instructions {
                let mut between = if values == 0 { "" } else { "," };
                for kind in self.instructions().iter() {
                    write!(formatter, "{}{}", core::mem::replace(&mut between, ","), kind.name())?;
                }
            }
        }
        if separator.is_empty() { formatter.write_str(ALWAYS) } else { Ok(()) }
    }
}

impl Region {
    /// Reads what [`Display`](fmt::Display) shows.
    ///
    /// # Errors
    ///
    /// The word that is no condition with its values, or is there twice.
    pub fn parse(text: &str) -> Result<Self, &str> {
        let mut region = Self::ALL;
        if text == ALWAYS {
            return Ok(region);
        }
        if text.is_empty() {
            return Err(text);
        }
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let (label, list) = word.split_once('=').ok_or(word)?;
            let mut conditions = Condition::ALL.iter().copied();
            let condition = conditions.find(|condition| is_word(condition.label(), label)).ok_or(word)?;
            if region.values(condition) != every(condition) {
                return Err(word);
            }
            let mut values = 0;
            for one in list.split(',') {
                match values_of(condition, one) {
                    Some(some) => values |= some,
                    None => region = region.with_instruction(instruction(condition, one).ok_or(word)?),
                }
            }
            region = region.with_values(condition, values);
        }
        Ok(region)
    }
}

/// Returns the access, none of the product's, that a word stands for.
fn instruction(condition: Condition, word: &str) -> Option<AccessKind> {
    let others = AccessKind::ALL[AccessKind::PRODUCT.len()..].iter();
    others.copied().find(|kind| condition == Condition::Kind && kind.name() == word)
}

/// Returns the values that a word stands for.
fn values_of(condition: Condition, word: &str) -> Option<ValueSet> {
    if let Labels::Kinds = condition.labels() {
        return named_kinds().find(|(name, _)| is_word(name, word)).map(|(_, members)| members);
    }
    (0..condition.count())
        .find(|&value| match condition.labels() {
            Labels::SecondPages => reads_as(value, word),
            _ => is_word(Value(condition, value), word),
        })
        .map(|value| 1 << value)
}
