//! What initial state, condition and states have in common: values and faults.

use super::{Names, Reader};
use crate::lexer::Token;
use crate::problem::{Expected, Problem, Unsupported};
use crate::state::{FaultKind, FaultPattern};
use crate::test::Thread;
use crate::value::{Descriptor, Value};
use alloc::string::String;
use alloc::vec::Vec;

impl Reader {
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
            Some(Token::Sign('[' | '*')) => Err(self.unsupported(Unsupported::Comparison)),
            Some(Token::Sign('(')) => self.descriptor(names, own).map(Value::Descriptor),
            Some(Token::Sign(':')) => Err(self.unsupported(Unsupported::Tag)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("parel1_t") => {
                Err(self.unsupported(Unsupported::TranslationResult))
            }
            Some(Token::Word(word)) if word == "label" && self.peek_at(1) == Some(&Token::Sign(':')) => {
                self.next += 2;
                self.quoted_label(threads)
            }
            Some(_) if self.is_of_thread() => {
                let thread = self.thread(threads)?;
                self.expect_sign(':')?;
                match self.label(threads, thread) {
                    Err(_) if self.register_number().is_some() => {
                        Err(self.unsupported(Unsupported::Comparison))
                    }
                    label => label.map(|label| Value::Label(thread, label)),
                }
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

    /// Reads `"P0:L0"`, or `"0:L0"`.
    fn quoted_label(&mut self, threads: &[Thread]) -> Result<Value, Problem> {
        let Some(Token::Quoted(text)) = self.peek() else { return Err(self.wrong(Expected::Label)) };
        let label = text.split_once(':').and_then(|(thread, name)| {
            let number = crate::lexer::number(thread.strip_prefix('P').unwrap_or(thread))?;
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
                "attrs" | "Attrs" => self.attributes()?,
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
        self.refuse_table_descriptor()?;
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
                    self.refuse_table_descriptor()?;
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
