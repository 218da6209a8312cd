//! The header: name and options.

use super::sections::Sections;
use crate::problem::{Expected, Place, Problem, Unsupported};
use crate::test::{OnFault, Thread};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What a word of TTHM asks for, of one thread or of all.
struct Management {
    thread: Option<usize>,
    access_flag: bool,
    dirty_state: bool,
    place: Place,
}

/// The header of a file.
pub(super) struct Header {
    pub(super) name: String,
    pub(super) on_fault: OnFault,
    pub(super) enhanced_translation: u8,
    managements: Vec<Management>,
    at_el0: Vec<(usize, Place)>,
}

/// A word, and where it stands.
type Word = (String, Place);

fn trimmed(line: &[(char, Place)]) -> &[(char, Place)] {
    let is_blank = |(character, _): &(char, Place)| character.is_whitespace();
    let start = line.iter().position(|place| !is_blank(place)).unwrap_or(line.len());
    let end = line.iter().rposition(|place| !is_blank(place)).map_or(start, |last| last + 1);
    &line[start..end]
}

fn text(characters: &[(char, Place)]) -> String {
    characters.iter().map(|(character, _)| *character).collect()
}

/// Splits at these characters.
fn words(characters: &[(char, Place)], separators: &[char]) -> Vec<Word> {
    let split = characters.split(|(character, _)| separators.contains(character)).map(trimmed);
    split.filter_map(|word| word.first().map(|(_, place)| (text(word), *place))).collect()
}

/// Reads the name from the first line of the file.
pub(super) fn name(characters: &[(char, Place)]) -> Result<String, Problem> {
    let mut lines = characters.split(|(character, _)| *character == '\n').map(trimmed);
    let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
    let place = first.first().map_or(Place { line: 1, column: 1 }, |(_, place)| *place);
    let line = text(first);
    let name = line.strip_prefix("AArch64").filter(|name| name.starts_with(char::is_whitespace));
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_string).ok_or_else(|| {
        let found = line.split_whitespace().next().unwrap_or_default().to_string();
        Problem::Syntax { place, expected: Expected::Architecture, found }
    })
}

impl Header {
    pub(super) fn read(sections: &Sections<'_>) -> Result<Self, Problem> {
        let name = name(sections.header)?;
        let lines = sections.header.split(|(character, _)| *character == '\n').map(trimmed);
        let mut header = Self {
            name,
            on_fault: OnFault::End,
            enhanced_translation: 0,
            managements: Vec::new(),
            at_el0: Vec::new(),
        };
        // The name may have any sign.
        for line in lines.skip_while(|line| line.is_empty()).skip(1) {
            let Some(equals) = line.iter().position(|(character, _)| *character == '=') else { continue };
            let (key, value) = (text(trimmed(&line[..equals])), &line[equals + 1..]);
            match key.as_str() {
                "Variant" | "variant" => {
                    words(value, &[',', ' ']).into_iter().try_for_each(|word| header.variant(word))?;
                }
                "TTHM" => header.management(value)?,
                "EL0" => {
                    for (word, place) in words(value, &[',', ' ']) {
                        let number = word.strip_prefix('P').and_then(|number| number.parse().ok());
                        let wrong = Problem::Syntax { place, expected: Expected::Thread, found: word };
                        header.at_el0.push((number.ok_or(wrong)?, place));
                    }
                }
                _ => {}
            }
        }
        Ok(header)
    }

    fn variant(&mut self, (word, place): Word) -> Result<(), Problem> {
        match word.to_ascii_lowercase().as_str() {
            "vmsa" | "kvm" | "d128-off" => {}
            "fatal" | "precise" => self.on_fault = OnFault::End,
            "handled" | "imprecise" => self.on_fault = OnFault::Repeat,
            "skip" | "faulttonext" => self.on_fault = OnFault::Skip,
            "ets2" => self.enhanced_translation = 2,
            "ets3" => self.enhanced_translation = 3,
            _ => return Err(Problem::Unsupported { place, construct: Unsupported::Variant, text: word }),
        }
        Ok(())
    }

    fn management(&mut self, value: &[(char, Place)]) -> Result<(), Problem> {
        for (word, place) in words(value, &[' ', ',', '\t']) {
            let (thread, kind) = match word.split_once(':') {
                Some((thread, kind)) => {
                    (Some(thread.strip_prefix(['P', 'p']).unwrap_or(thread).parse().ok()), kind)
                }
                None => (None, word.as_str()),
            };
            let (access_flag, dirty_state) = match (kind.to_ascii_uppercase().as_str(), thread) {
                (_, Some(None)) => (None, false),
                ("HA", _) => (Some(true), false),
                ("HD", _) => (Some(true), true),
                ("SW", _) => (Some(false), false),
                _ => (None, false),
            };
            let wrong = || Problem::Syntax { place, expected: Expected::Management, found: word.clone() };
            let access_flag = access_flag.ok_or_else(wrong)?;
            self.managements.push(Management { thread: thread.flatten(), access_flag, dirty_state, place });
        }
        Ok(())
    }

    /// Gives the threads what the header says of them.
    pub(super) fn apply(&self, threads: &mut [Thread]) -> Result<(), Problem> {
        let unknown = |place, number: usize| {
            let found = alloc::format!("P{number}");
            Problem::Syntax { place, expected: Expected::Thread, found }
        };
        for Management { thread, access_flag, dirty_state, place } in &self.managements {
            let all = 0..threads.len();
            let chosen = thread.map_or(all, |thread| thread..thread + 1);
            for number in chosen {
                let thread = threads.get_mut(number).ok_or_else(|| unknown(*place, number))?;
                thread.manages_access_flag |= access_flag;
                thread.manages_dirty_state |= dirty_state;
            }
        }
        for (number, place) in &self.at_el0 {
            let thread = threads.get_mut(*number).ok_or_else(|| unknown(*place, *number))?;
            thread.at_el0 = true;
        }
        Ok(())
    }
}
