//! Reading tokens one by one, and what names a variable, a descriptor, a register, a label.

use super::Names;
use crate::lexer::{Token, tokens};
use crate::problem::{Expected, Place, Problem, Unsupported};
use crate::state::Observable;
use crate::test::Thread;
use alloc::string::String;
use alloc::vec::Vec;

/// Tokens, read one by one.
pub(crate) struct Reader {
    tokens: Vec<(Token, Place)>,
    pub(super) next: usize,
    end: Place,
}

impl Reader {
    /// Reads these characters, which end the text.
    pub(crate) fn new(characters: &[(char, Place)]) -> Self {
        let end = characters.last().map_or(Place { line: 1, column: 1 }, |(_, place)| *place);
        Self::after(characters, end)
    }

    /// Reads these characters; what is missing is missing at `end`.
    pub(crate) fn after(characters: &[(char, Place)], end: Place) -> Self {
        Self { tokens: tokens(characters), next: 0, end }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.next == self.tokens.len()
    }

    pub(crate) fn peek(&self) -> Option<&Token> {
        self.peek_at(0)
    }

    /// The token so many further on.
    pub(crate) fn peek_at(&self, distance: usize) -> Option<&Token> {
        self.tokens.get(self.next + distance).map(|(token, _)| token)
    }

    pub(crate) fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += usize::from(token.is_some());
        token
    }

    pub(crate) fn place(&self) -> Place {
        self.tokens.get(self.next).map_or(self.end, |(_, place)| *place)
    }

    /// The next token is not what the grammar has here.
    pub(crate) fn wrong(&self, expected: Expected) -> Problem {
        let found = self.peek().map_or_else(String::new, Token::text);
        Problem::Syntax { place: self.place(), expected, found }
    }

    /// The next token begins something that is not supported.
    pub(crate) fn unsupported(&self, construct: Unsupported) -> Problem {
        let text = self.peek().map_or_else(String::new, Token::text);
        Problem::Unsupported { place: self.place(), construct, text }
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    pub(crate) fn is_word_in(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|token| token.is_one_of(words))
    }

    pub(crate) fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        self.next += usize::from(found);
        found
    }

    pub(crate) fn take_word(&mut self, words: &[&str]) -> bool {
        let found = self.is_word_in(words);
        self.next += usize::from(found);
        found
    }

    pub(crate) fn expect_sign(&mut self, sign: char) -> Result<(), Problem> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.wrong(Expected::Character(sign))) }
    }

    pub(crate) fn word(&mut self, expected: Expected) -> Result<String, Problem> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => Err(self.wrong(expected)),
        }
    }

    /// Reads the name of a variable.
    pub(crate) fn variable(&mut self, names: &mut dyn Names) -> Result<u8, Problem> {
        match self.peek() {
            Some(Token::Word(word)) => match names.variable(word) {
                _ if self.peek_at(1) == Some(&Token::Sign(':')) => {
                    self.next += 2;
                    let labelled = self.is_word_in(&["red", "green", "blue", "yellow"]);
                    self.next -= 2;
                    Err(self.unsupported(if labelled {
                        Unsupported::Tag
                    } else {
                        Unsupported::CodeDescriptor
                    }))
                }
                Some(number) => {
                    self.next += 1;
                    Ok(number)
                }
                None => Err(self.unsupported(Unsupported::Variables)),
            },
            _ => Err(self.wrong(Expected::Name)),
        }
    }

    /// Reads `(x)` or, behind a prefix, the variable that is the rest of the word.
    fn argument(&mut self, names: &mut dyn Names) -> Result<u8, Problem> {
        self.expect_sign('(')?;
        self.refuse_table_descriptor()?;
        let variable = self.variable(names)?;
        self.expect_sign(')')?;
        Ok(variable)
    }

    /// Refuses the descriptor of a page table, `PTE(PTE(x))`, or what is mapped there.
    pub(crate) fn refuse_table_descriptor(&self) -> Result<(), Problem> {
        match self.is_word_in(&["PTE", "TTD"]) && self.peek_at(1) == Some(&Token::Sign('(')) {
            true => Err(self.unsupported(Unsupported::TableDescriptor)),
            false => Ok(()),
        }
    }

    /// Reads what names a descriptor, `PTE(x)`, `TTD(x)` or `pte_x`, if it stands here.
    pub(crate) fn descriptor_name(&mut self, names: &mut dyn Names) -> Result<Option<u8>, Problem> {
        self.prefixed(names, &["PTE", "TTD"], "pte_")
    }

    /// Reads `FUNCTION(x)`, or a word with this prefix whose rest is the variable.
    pub(super) fn prefixed(
        &mut self,
        names: &mut dyn Names,
        functions: &[&str],
        prefix: &str,
    ) -> Result<Option<u8>, Problem> {
        if self.is_word_in(functions) && self.peek_at(1) == Some(&Token::Sign('(')) {
            self.next += 1;
            return self.argument(names).map(Some);
        }
        let Some(Token::Word(word)) = self.peek() else { return Ok(None) };
        let Some(name) = word.strip_prefix(prefix).filter(|name| !name.is_empty()) else { return Ok(None) };
        let number = names.variable(name).ok_or_else(|| self.unsupported(Unsupported::Variables))?;
        self.next += 1;
        Ok(Some(number))
    }

    /// Reads `0` or `P0`, a thread of the file.
    pub(crate) fn thread(&mut self, threads: &[Thread]) -> Result<u8, Problem> {
        let number = match self.peek() {
            Some(Token::Number(number)) => Some(*number),
            Some(Token::Word(word)) => word.strip_prefix('P').and_then(crate::lexer::number),
            _ => None,
        };
        let exists = |number: &u64| *number < threads.len() as u64;
        let number = number.filter(exists).and_then(|number| u8::try_from(number).ok());
        let number = number.ok_or_else(|| self.wrong(Expected::Thread))?;
        self.next += 1;
        Ok(number)
    }

    /// Tells whether a thread and a colon stand here.
    pub(crate) fn is_of_thread(&self) -> bool {
        let thread = match self.peek() {
            Some(Token::Number(_)) => true,
            Some(Token::Word(word)) => word.strip_prefix('P').and_then(crate::lexer::number).is_some(),
            _ => false,
        };
        thread && self.peek_at(1) == Some(&Token::Sign(':'))
    }

    /// Reads a register, X0 to X29 or W0 to W29.
    pub(crate) fn register(&mut self) -> Result<u8, Problem> {
        // Herd chooses a register itself for a name behind a percent sign.
        if self.is_sign('%') || self.is_word_in(&["SP", "X30", "W30"]) {
            return Err(self.unsupported(Unsupported::Register));
        }
        let number = self.register_number().ok_or_else(|| self.wrong(Expected::Register))?;
        self.next += 1;
        Ok(number)
    }

    /// The number of the register that stands here, if one does.
    pub(crate) fn register_number(&self) -> Option<u8> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let number = word.strip_prefix(['X', 'W', 'x', 'w']).and_then(crate::lexer::number);
        number.filter(|number| *number < 30).and_then(|number| u8::try_from(number).ok())
    }

    /// Reads a label of the thread.
    pub(crate) fn label(&mut self, threads: &[Thread], thread: u8) -> Result<u8, Problem> {
        let label = match self.peek() {
            Some(Token::Word(word)) => threads.get(usize::from(thread)).and_then(|thread| thread.label(word)),
            _ => None,
        };
        let label = label.ok_or_else(|| self.wrong(Expected::Label))?;
        self.next += 1;
        Ok(label)
    }

    /// Reads what a state shows: `0:X1`, `x`, `[x]`, `*x`, or a descriptor with or without brackets.
    pub(crate) fn observable(
        &mut self,
        names: &mut dyn Names,
        threads: &[Thread],
    ) -> Result<Observable, Problem> {
        if self.is_of_thread() {
            let thread = self.thread(threads)?;
            self.expect_sign(':')?;
            return Ok(Observable::Register { thread, register: self.register()? });
        }
        self.take_sign('*');
        let bracket = self.take_sign('[');
        if self.is_word_in(&["tag", "TAG"]) && self.peek_at(1) == Some(&Token::Sign('(')) {
            return Err(self.unsupported(Unsupported::Tag));
        }
        let observable = match self.descriptor_name(names)? {
            Some(variable) => Observable::Descriptor(variable),
            None => Observable::Memory(self.variable(names)?),
        };
        if self.is_sign('[') {
            return Err(self.unsupported(Unsupported::Array));
        }
        if bracket {
            self.expect_sign(']')?;
        }
        Ok(observable)
    }
}
