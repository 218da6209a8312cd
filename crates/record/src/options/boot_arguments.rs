//! The kernel's command line: words of whoever boots it, and behind a marker the options.

use super::{Error, Options};

/// A command line, taken apart at its marker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BootArguments<'a> {
    /// The words before the marker: a boot loader's, a hypervisor's or another kernel's, such as `console=ttyS0`.
    pub ignored: &'a str,
    /// What the words behind it ask for.
    pub options: Options<'a>,
}

impl<'a> BootArguments<'a> {
    /// The word behind which the options stand. Boot loaders know it as the end of the kernel's own parameters.
    pub const MARKER: &'static str = "--";

    /// Bytes of the file of options that a UEFI reads for the kernel.
    pub const LONGEST_FILE: usize = (1 << 10) - 1;

    /// Reads a command line; without a marker no word of it is an option.
    ///
    /// # Errors
    ///
    /// Names the word behind the marker that is not understood, or the option that stands before it.
    pub fn parse(text: &'a str) -> Result<Self, Error<'a>> {
        let marker = text.split_whitespace().find(|word| *word == Self::MARKER);
        // A word is a part of the text, so that its place in it is the distance of their beginnings.
        let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
        let (ignored, options) = match marker.map(place) {
            Some(place) => (&text[..place], &text[place + Self::MARKER.len()..]),
            None => (text, ""),
        };
        let option = ignored.split_whitespace().find(|word| Options::is_option(name(word)));
        match option {
            Some(word) => Err(Error::BeforeMarker { option: name(word) }),
            None => Ok(Self { ignored: ignored.trim(), options: Options::from_text(options)? }),
        }
    }
}

/// Returns the name of a word that may be an option with its value.
fn name(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}
