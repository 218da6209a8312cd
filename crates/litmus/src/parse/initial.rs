//! The initial state: registers, variables, descriptors.

use super::sections::Sections;
use super::{NewNames, Reader};
use crate::lexer::Token;
use crate::problem::{Expected, Problem, Unsupported};
use crate::state::Observable;
use crate::test::Thread;
use crate::value::{Descriptor, Value};
use alloc::vec::Vec;

/// What the initial state says of variables.
#[derive(Default)]
pub(super) struct Initial {
    memory: Vec<(u8, Value)>,
    descriptors: Vec<(u8, Descriptor)>,
}

impl Initial {
    /// What a variable holds at first.
    pub(super) fn memory(&self, variable: u8) -> Value {
        let given = self.memory.iter().rev().find(|(other, _)| *other == variable);
        given.map_or(Value::Number(0), |(_, value)| *value)
    }

    /// How a variable is mapped at first.
    pub(super) fn descriptor(&self, variable: u8) -> Descriptor {
        let given = self.descriptors.iter().rev().find(|(other, _)| *other == variable);
        given.map_or(Descriptor::of(variable), |(_, descriptor)| *descriptor)
    }
}

/// Reads the initial state.
pub(super) fn read(
    sections: &Sections<'_>,
    names: &mut NewNames,
    threads: &mut [Thread],
) -> Result<Initial, Problem> {
    let mut reader = Reader::after(sections.initial, sections.end);
    let mut initial = Initial::default();
    loop {
        while reader.take_sign(';') {}
        if reader.is_at_end() {
            return Ok(initial);
        }
        statement(&mut reader, names, threads, &mut initial)?;
        if !reader.is_at_end() {
            reader.expect_sign(';')?;
        }
    }
}

fn statement(
    reader: &mut Reader,
    names: &mut NewNames,
    threads: &mut [Thread],
    initial: &mut Initial,
) -> Result<(), Problem> {
    take_type(reader);
    if !matches!(reader.peek(), Some(Token::Word(_) | Token::Number(_) | Token::Sign('[' | '*'))) {
        return Err(reader.wrong(Expected::Statement));
    }
    let observable = reader.observable(names, threads)?;
    if !reader.take_sign('=') {
        // A declaration alone: the value is 0, the descriptor the default.
        return match observable {
            Observable::Descriptor(_) => Err(reader.wrong(Expected::Character('='))),
            Observable::Register { .. } | Observable::Memory(_) => Ok(()),
        };
    }
    let start = reader.next;
    let value = reader.value(names, threads, observable.owner())?;
    if reader.is_sign(':') {
        return Err(reader.unsupported(Unsupported::Tag));
    }
    match (observable, value) {
        (Observable::Register { thread, register }, value) => {
            threads[usize::from(thread)].registers.retain(|(other, _)| *other != register);
            if value != Value::Number(0) {
                threads[usize::from(thread)].registers.push((register, value));
            }
        }
        (Observable::Memory(variable), value) => initial.memory.push((variable, value)),
        (Observable::Descriptor(variable), Value::Descriptor(descriptor)) => {
            initial.descriptors.push((variable, descriptor));
        }
        (Observable::Descriptor(_), _) => {
            reader.next = start;
            return Err(reader.unsupported(Unsupported::DescriptorValue));
        }
    }
    Ok(())
}

/// Takes the type that a declaration begins with: a word before what is declared.
fn take_type(reader: &mut Reader) {
    let declares = matches!(
        (reader.peek(), reader.peek_at(1)),
        (Some(Token::Word(_)), Some(Token::Word(_) | Token::Number(_) | Token::Sign('*')))
    );
    if declares {
        reader.next();
    }
}
