//! What a run is asked for: one parser for the command line of the host and the bootargs of the kernel.
//!
//! The kernel finds its options behind a marker ([`BootArguments`]). An option is one row of the table in `table.rs`: its field, name, value, help and [`Scope`]. Parser, normalised
//! form and `--help` follow from the row. The normalised form ([`Options`]' `Display`) is what the host hands to
//! the kernel and what a rerun line shows; a POSIX shell and [`Options::from_text`] split it alike.

mod boot_arguments;
mod error;
mod glob;
mod machine;
mod select;
mod serial;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use boot_arguments::BootArguments;
pub use error::{Error, Expected};
pub use glob::Pattern;
pub use machine::{
    Accelerator, CpuModel, EntryLevel, GranuleName, ImageForm, MachineOptions, RegimeName, Suites,
};
pub use select::ByNumber;
pub use serial::SerialLine;
pub use table::{Help, Options, Scope};
use value::Next;
pub use value::{Amount, Count, Number, Paths, Seed, Size, Text};
pub use words::Quoted;

use words::Words;

impl<'a> Options<'a> {
    /// Parses one text, such as bootargs: words separated by white space, each bare or within single quotes.
    ///
    /// # Errors
    ///
    /// Names the word that is not understood, and what was expected.
    pub fn from_text(text: &'a str) -> Result<Self, Error<'a>> {
        let mut options = Self::default();
        let mut words = Words::new(text);
        while let Some(word) = words.next().transpose()? {
            options.take(word, &mut || words.next().transpose())?;
        }
        Ok(options)
    }

    /// Parses words that a shell has already split.
    ///
    /// # Errors
    ///
    /// Names the word that is not understood, and what was expected.
    pub fn from_words(words: impl IntoIterator<Item = &'a str>) -> Result<Self, Error<'a>> {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            options.take(word, &mut || Ok(words.next()))?;
        }
        Ok(options)
    }

    /// Takes one option: `--flag`, `--name=value`, or `--name` with the value from `next`.
    fn take(&mut self, word: &'a str, next: Next<'_, 'a>) -> Result<(), Error<'a>> {
        if !word.starts_with("--") {
            return Err(Error::NoOption { word });
        }
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        // What begins like an option is no value, so that the normalised form reads back.
        self.set(name, &mut || {
            let value = if attached.is_some() { attached } else { next()? };
            Ok(value.filter(|value| !value.starts_with("--")))
        })?;
        match attached {
            Some(value) if Self::is_flag(name) => Err(Error::Superfluous { option: name, value }),
            _ => Ok(()),
        }
    }
}
