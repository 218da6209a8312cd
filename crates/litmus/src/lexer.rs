//! Words and signs of the initial state and of the condition, with their places.

use crate::problem::{Expected, Place, Problem};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A number.
    Number(u64),
    /// A text in double quotes.
    Quoted(String),
    /// `/\`.
    And,
    /// `\/`.
    Or,
    /// `<>` or `!=`.
    Differs,
    /// `=>`.
    Implies,
    /// Any other character.
    Sign(char),
}

impl Token {
    /// Shows the token as it was written, nearly.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Word(word) | Self::Quoted(word) => word.clone(),
            Self::Number(number) => number.to_string(),
            Self::And => "/\\".into(),
            Self::Or => "\\/".into(),
            Self::Differs => "<>".into(),
            Self::Implies => "=>".into(),
            Self::Sign(sign) => sign.to_string(),
        }
    }
}

/// The characters of a file, comments made blank, with the place of each.
pub(crate) struct Text {
    characters: Vec<(char, Place)>,
}

impl Text {
    /// Takes a file, and makes its comments, which nest, blank.
    pub(crate) fn new(text: &str) -> Result<Self, Problem> {
        let mut characters = Vec::with_capacity(text.len());
        let (mut line, mut column) = (1, 1);
        for character in text.chars() {
            characters.push((character, Place { line, column }));
            (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        let mut opened: Vec<Place> = Vec::new();
        let mut index = 0;
        while index < characters.len() {
            let pair = (characters[index].0, characters.get(index + 1).map(|(next, _)| *next));
            let width = match pair {
                ('(', Some('*')) => {
                    opened.push(characters[index].1);
                    2
                }
                ('*', Some(')')) if !opened.is_empty() => {
                    let width = 2;
                    blank(&mut characters[index..index + width]);
                    opened.pop();
                    index += width;
                    continue;
                }
                _ => 1,
            };
            if !opened.is_empty() {
                blank(&mut characters[index..index + width]);
            }
            index += width;
        }
        match opened.first() {
            None => Ok(Self { characters }),
            Some(place) => {
                let (expected, found) = (Expected::CommentEnd, "(*".into());
                Err(Problem::Syntax { place: *place, expected, found })
            }
        }
    }

    pub(crate) fn characters(&self) -> &[(char, Place)] {
        &self.characters
    }
}

fn blank(characters: &mut [(char, Place)]) {
    for (character, _) in characters.iter_mut().filter(|(character, _)| *character != '\n') {
        *character = ' ';
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$')
}

/// Splits characters into tokens.
pub(crate) fn tokens(characters: &[(char, Place)]) -> Vec<(Token, Place)> {
    let mut found = Vec::new();
    let mut index = 0;
    while let Some((character, place)) = characters.get(index).copied() {
        let next = characters.get(index + 1).map(|(next, _)| *next);
        let run = |test: &dyn Fn(char) -> bool, from: usize| {
            characters[from..]
                .iter()
                .map(|(character, _)| *character)
                .take_while(|c| test(*c))
                .collect::<String>()
        };
        let (token, width) = match (character, next) {
            (' ' | '\t' | '\n' | '\r', _) => {
                index += 1;
                continue;
            }
            ('/', Some('\\')) => (Token::And, 2),
            ('\\', Some('/')) => (Token::Or, 2),
            ('<', Some('>')) | ('!', Some('=')) => (Token::Differs, 2),
            ('=', Some('>')) => (Token::Implies, 2),
            ('=', Some('=')) => (Token::Sign('='), 2),
            ('"', _) => {
                let quoted = run(&|c| c != '"' && c != '\n', index + 1);
                let width = quoted.chars().count() + 2;
                (Token::Quoted(quoted), width)
            }
            (first, _) if is_name(first) => {
                let word = run(&is_name, index);
                let width = word.len();
                (number(&word).map_or_else(|| Token::Word(word), Token::Number), width)
            }
            (sign, _) => (Token::Sign(sign), 1),
        };
        found.push((token, place));
        index += width;
    }
    found
}

/// Reads a number: decimal, or hexadecimal behind 0x.
pub(crate) fn number(word: &str) -> Option<u64> {
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok())?,
    }
}
