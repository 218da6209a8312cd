//! Reading tokens one by one, and what initial state, condition and states have in common: values, places, faults.

use super::Names;
use crate::lexer::{Token, tokens};
use crate::problem::{Expected, Place, Problem, Unsupported};
use crate::state::{FaultKind, FaultPattern, Observable};
use crate::test::Thread;
use crate::value::{Descriptor, Value};
use alloc::string::String;
use alloc::vec::Vec;

/// Tokens, read one by one.
pub(crate) struct Reader {
    tokens: Vec<(Token, Place)>,
    next: usize,
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
        let variable = self.variable(names)?;
        self.expect_sign(')')?;
        Ok(variable)
    }

    /// Reads what names a descriptor, `PTE(x)`, `TTD(x)` or `pte_x`, if it stands here.
    pub(crate) fn descriptor_name(&mut self, names: &mut dyn Names) -> Result<Option<u8>, Problem> {
        self.prefixed(names, &["PTE", "TTD"], "pte_")
    }

    fn prefixed(
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
        let Some(Token::Word(word)) = self.peek() else { return Err(self.wrong(Expected::Register)) };
        let number = word.strip_prefix(['X', 'W', 'x', 'w']).and_then(crate::lexer::number);
        let number = number.filter(|number| *number < 30).and_then(|number| u8::try_from(number).ok());
        let number = number.ok_or_else(|| self.wrong(Expected::Register))?;
        self.next += 1;
        Ok(number)
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
        if self.is_word_in(&["tag"]) && self.peek_at(1) == Some(&Token::Sign('(')) {
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

    /// Reads a value; `own` is the variable that a descriptor is of where its output address is left out.
    pub(crate) fn value(
        &mut self,
        names: &mut dyn Names,
        threads: &[Thread],
        own: Option<u8>,
    ) -> Result<Value, Problem> {
        match self.peek() {
            Some(Token::Number(_)) if !self.is_of_thread() => match self.next() {
                Some(Token::Number(number)) => Ok(Value::Number(number)),
                _ => Err(self.wrong(Expected::Value)),
            },
            Some(Token::Sign('-')) => Err(self.unsupported(Unsupported::NegativeNumber)),
            Some(Token::Sign('{')) => Err(self.unsupported(Unsupported::Array)),
            Some(Token::Sign('(')) => self.descriptor(names, own).map(Value::Descriptor),
            Some(Token::Sign(':')) => Err(self.unsupported(Unsupported::Tag)),
            Some(Token::Word(word)) if word == "parel1_t" => {
                Err(self.unsupported(Unsupported::TranslationResult))
            }
            Some(Token::Word(word)) if word == "label" && self.peek_at(1) == Some(&Token::Sign(':')) => {
                self.next += 2;
                self.quoted_label(threads)
            }
            Some(_) if self.is_of_thread() => {
                let thread = self.thread(threads)?;
                self.expect_sign(':')?;
                Ok(Value::Label(thread, self.label(threads, thread)?))
            }
            Some(_) => {
                if let Some(variable) = self.descriptor_name(names)? {
                    return Ok(Value::DescriptorAddress(variable));
                }
                self.take_sign('&');
                if !matches!(self.peek(), Some(Token::Word(_))) {
                    return Err(self.wrong(Expected::Value));
                }
                self.variable(names).map(|variable| Value::Address(variable, 0))
            }
            None => Err(self.wrong(Expected::Value)),
        }
    }

    /// Reads `"P0:L0"`.
    fn quoted_label(&mut self, threads: &[Thread]) -> Result<Value, Problem> {
        let Some(Token::Quoted(text)) = self.peek() else { return Err(self.wrong(Expected::Label)) };
        let label = text.split_once(':').and_then(|(thread, name)| {
            let number = thread.strip_prefix('P').and_then(crate::lexer::number)?;
            let label = threads.get(usize::try_from(number).ok()?)?.label(name)?;
            Some(Value::Label(u8::try_from(number).ok()?, label))
        });
        let label = label.ok_or_else(|| self.wrong(Expected::Label))?;
        self.next += 1;
        Ok(label)
    }

    /// Reads a descriptor, its fields in any order.
    pub(crate) fn descriptor(
        &mut self,
        names: &mut dyn Names,
        own: Option<u8>,
    ) -> Result<Descriptor, Problem> {
        let start = self.next;
        self.expect_sign('(')?;
        let mut descriptor = Descriptor { output: own, ..Descriptor::of(0) };
        let mut seen: Vec<String> = Vec::new();
        while !self.take_sign(')') {
            let place = self.next;
            let field = self.word(Expected::Field)?;
            if seen.contains(&field) {
                self.next = place;
                return Err(self.wrong(Expected::FieldOnce));
            }
            self.expect_sign(':')?;
            match field.as_str() {
                "oa" => descriptor.output = Some(self.output(names)?),
                "attrs" => self.attributes()?,
                "valid" => descriptor.valid = self.bit()?,
                "af" => descriptor.access_flag = self.bit()?,
                "db" => descriptor.writable = self.bit()?,
                "dbm" => descriptor.modifier = self.bit()?,
                "el0" => descriptor.user = self.bit()?,
                _ => {
                    self.next = place;
                    return Err(self.wrong(Expected::Field));
                }
            }
            seen.push(field);
            if !self.take_sign(',') && !self.is_sign(')') {
                return Err(self.wrong(Expected::Character(')')));
            }
        }
        if descriptor.output.is_none() {
            self.next = start;
            return Err(self.wrong(Expected::Field));
        }
        Ok(descriptor)
    }

    /// Reads `PA(x)` or `phy_x`.
    fn output(&mut self, names: &mut dyn Names) -> Result<u8, Problem> {
        let output = self.prefixed(names, &["PA"], "phy_")?;
        output.ok_or_else(|| self.wrong(Expected::Value))
    }

    fn bit(&mut self) -> Result<bool, Problem> {
        match self.peek() {
            Some(Token::Number(bit @ (0 | 1))) => {
                let bit = *bit == 1;
                self.next += 1;
                Ok(bit)
            }
            _ => Err(self.wrong(Expected::Bit)),
        }
    }

    /// Reads `(Normal, ...)`: only what every page of a test has anyway.
    fn attributes(&mut self) -> Result<(), Problem> {
        self.expect_sign('(')?;
        while !self.take_sign(')') {
            let place = self.next;
            let word = self.word(Expected::Name)?;
            // Herd writes inner and outer attributes with a hyphen.
            while self.take_sign('-') {
                self.word(Expected::Name)?;
            }
            if word != "Normal" || self.next != place + 1 {
                self.next = place;
                return Err(self.unsupported(Unsupported::Attributes));
            }
            self.take_sign(',');
        }
        Ok(())
    }

    /// Reads the arguments of `fault`, from the parenthesis on.
    pub(crate) fn fault(
        &mut self,
        names: &mut dyn Names,
        threads: &[Thread],
    ) -> Result<FaultPattern, Problem> {
        self.expect_sign('(')?;
        let thread = self.thread(threads)?;
        let mut pattern = FaultPattern { thread, label: None, variable: None, kind: None };
        if self.take_sign(':') {
            pattern.label = Some(self.label(threads, thread)?);
        }
        while self.take_sign(',') {
            match self.fault_kind()? {
                Some(kind) => pattern.kind = Some(kind),
                None if pattern.variable.is_none() && pattern.kind.is_none() => {
                    pattern.variable = Some(self.variable(names)?);
                }
                None => return Err(self.unsupported(Unsupported::FaultKind)),
            }
        }
        self.expect_sign(')')?;
        Ok(pattern)
    }

    /// Reads the kind of a fault, if one stands here.
    fn fault_kind(&mut self) -> Result<Option<FaultKind>, Problem> {
        let colon = |reader: &Self, distance| reader.peek_at(distance) == Some(&Token::Sign(':'));
        if self.is_word_in(&["UndefinedInstruction"]) {
            self.next += 1;
            return Ok(Some(FaultKind::Undefined));
        }
        let data = self.is_word_in(&["D"]) && self.peek_at(1) == Some(&Token::Sign('-'));
        self.next += if data { 2 } else { 0 };
        if self.is_word_in(&["MMU"]) && colon(self, 1) {
            self.next += 2;
            let kind = match self.peek() {
                Some(Token::Word(name)) => FaultKind::by_name(name),
                _ => None,
            };
            let kind = kind.ok_or_else(|| self.unsupported(Unsupported::FaultKind))?;
            self.next += 1;
            return Ok(Some(kind));
        }
        if data || self.is_word_in(&["I", "TagCheck", "SupervisorCall", "PacCheck", "label"]) {
            return Err(self.unsupported(Unsupported::FaultKind));
        }
        Ok(None)
    }
}
