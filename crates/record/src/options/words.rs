//! Splitting a text into words, and writing a word so that it is split alike again.

use super::Error;
use core::fmt;

/// The words of a text, each bare or within single quotes, borrowed from it.
pub(super) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Result<&'a str, Error<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.rest.trim_start();
        self.rest = "";
        if text.is_empty() {
            return None;
        }
        if let Some(quoted) = text.strip_prefix('\'') {
            return Some(match quoted.split_once('\'') {
                Some((word, rest)) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
                    self.rest = rest;
                    Ok(word)
                }
                _ => Err(Error::Quote { rest: text }),
            });
        }
        let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
        self.rest = rest;
        Some(match word.find('\'') {
            Some(_) => Err(Error::Quote { rest: word }),
            None => Ok(word),
        })
    }
}

/// Shows a word in single quotes where a shell would otherwise take it apart or expand it. The word itself must
/// not hold a single quote.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./,:=+@%".contains(&byte);
        if !self.0.is_empty() && self.0.bytes().all(plain) {
            formatter.write_str(self.0)
        } else {
            write!(formatter, "'{}'", self.0)
        }
    }
}
