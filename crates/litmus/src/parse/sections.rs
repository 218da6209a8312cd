//! The parts of a file: header, initial state, code, condition.

use crate::problem::{Expected, Place, Problem};
use alloc::string::String;

type Characters<'a> = &'a [(char, Place)];

/// The words that begin what follows the code.
const AFTER_CODE: [&str; 6] = ["exists", "~exists", "forall", "final", "locations", "filter"];

/// The parts of a file.
pub(super) struct Sections<'a> {
    pub(super) header: Characters<'a>,
    pub(super) initial: Characters<'a>,
    pub(super) code: Characters<'a>,
    pub(super) condition: Characters<'a>,
    /// The end of the file.
    pub(super) end: Place,
}

impl<'a> Sections<'a> {
    pub(super) fn find(all: Characters<'a>) -> Result<Self, Problem> {
        let end = all.last().map_or(Place { line: 1, column: 1 }, |(_, place)| *place);
        let missing = |expected| Problem::Syntax { place: end, expected, found: String::new() };
        let open = all.iter().position(|(character, _)| *character == '{');
        let open = open.ok_or_else(|| missing(Expected::InitialState))?;
        let close = matching(&all[open..]).ok_or_else(|| missing(Expected::Character('}')))? + open;
        let rest = &all[close + 1..];
        let condition = starts(rest).find(|index| begins_condition(&rest[*index..])).unwrap_or(rest.len());
        Ok(Self {
            header: &all[..open],
            initial: &all[open + 1..close],
            code: &rest[..condition],
            condition: &rest[condition..],
            end,
        })
    }

    /// Where the row of threads stands, for whatever concerns a thread as a whole, again and again.
    pub(super) fn rows(&self) -> impl Iterator<Item = Place> {
        let first = self.code.iter().find(|(character, _)| !character.is_whitespace());
        core::iter::repeat(first.map_or(self.end, |(_, place)| *place))
    }
}

/// Where the brace closes that opens first.
fn matching(characters: Characters<'_>) -> Option<usize> {
    let mut depth = 0usize;
    characters.iter().position(|(character, _)| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Where lines begin, white space left out.
fn starts(characters: Characters<'_>) -> impl Iterator<Item = usize> {
    let mut fresh = true;
    characters.iter().enumerate().filter_map(move |(index, (character, _))| {
        let start = fresh && !character.is_whitespace();
        fresh = *character == '\n' || fresh && !start;
        start.then_some(index)
    })
}

fn begins_condition(characters: Characters<'_>) -> bool {
    let mut word = String::new();
    for (character, _) in characters {
        match character {
            '~' if word.is_empty() => word.push('~'),
            character if character.is_ascii_alphanumeric() || matches!(character, '_' | ':' | '.') => {
                word.push(*character);
            }
            character if word == "~" && character.is_whitespace() => {}
            _ => break,
        }
    }
    AFTER_CODE.contains(&word.as_str())
}
