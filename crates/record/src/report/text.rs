//! Free text in a log of lines: whatever a text holds, it can neither end its line nor begin another kind of line.

use core::fmt::{self, Write};

/// Writes free text after a comment's `#`; each line of the text becomes a comment line of its own.
pub(super) struct Comment<'f, 'b> {
    formatter: &'f mut fmt::Formatter<'b>,
    depth: usize,
    /// What has to be written before the next character: nothing, a space, or a new line.
    pending: Pending,
}

#[derive(Clone, Copy)]
enum Pending {
    Nothing,
    Space,
    Lines(usize),
}

impl<'f, 'b> Comment<'f, 'b> {
    /// Opens the comment.
    pub(super) fn new(formatter: &'f mut fmt::Formatter<'b>, depth: usize) -> Result<Self, fmt::Error> {
        formatter.write_char('#')?;
        Ok(Self { formatter, depth, pending: Pending::Space })
    }
}

impl Write for Comment<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if character == '\n' {
                // Not written before more text comes: a text that ends its last line adds no empty comment.
                self.pending = match self.pending {
                    Pending::Lines(lines) => Pending::Lines(lines + 1),
                    Pending::Nothing | Pending::Space => Pending::Lines(1),
                };
                continue;
            }
            match self.pending {
                Pending::Nothing => {}
                Pending::Space => self.formatter.write_char(' ')?,
                Pending::Lines(lines) => {
                    for _ in 0..lines {
                        self.formatter.write_char('\n')?;
                        indent(self.formatter, self.depth)?;
                        self.formatter.write_char('#')?;
                    }
                    self.formatter.write_char(' ')?;
                }
            }
            self.pending = Pending::Nothing;
            write_visible(self.formatter, character)?;
        }
        Ok(())
    }
}

/// Writes free text that has to stay on its line: a new line becomes a space.
pub(super) struct OneLine<'f, 'b>(pub(super) &'f mut fmt::Formatter<'b>);

impl Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            write_visible(self.0, if character == '\n' { ' ' } else { character })?;
        }
        Ok(())
    }
}

/// How far a level of depth is indented: the least that TAP 14 readers take for a subtest.
pub(super) const LEVEL: &str = "    ";

/// Indents by four spaces for each level of depth.
pub(super) fn indent(formatter: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    for _ in 0..depth {
        formatter.write_str(LEVEL)?;
    }
    Ok(())
}

fn write_visible(formatter: &mut fmt::Formatter<'_>, character: char) -> fmt::Result {
    if character.is_control() {
        write!(formatter, "{}", character.escape_default())
    } else {
        formatter.write_char(character)
    }
}
