//! From the text of a file to a test.

mod code;
mod conditions;
mod header;
mod initial;
mod instructions;
mod reader;
mod sections;
mod values;

use crate::problem::{Problem, Unsupported};
use crate::state::{FaultPattern, Observable};
use crate::test::Test;
use crate::value::{Descriptor, Value};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
pub(crate) use instructions::{extensions, reach_further};
pub(crate) use reader::Reader;

/// The most variables of a test.
pub(crate) const MAX_VARIABLES: usize = 16;
/// The most threads of a test.
pub(crate) const MAX_THREADS: usize = 8;

/// How names of variables become numbers.
pub(crate) trait Names {
    /// Returns the number of a variable; `None` if there is none of this name, and none can be.
    fn variable(&mut self, name: &str) -> Option<u8>;
}

/// The variables of a file that is being read: a name that is new is a new variable.
#[derive(Default)]
pub(crate) struct NewNames(pub(crate) Vec<String>);

impl Names for NewNames {
    fn variable(&mut self, name: &str) -> Option<u8> {
        let known = self.0.iter().position(|variable| variable == name);
        if known.is_none() && self.0.len() == MAX_VARIABLES {
            return None;
        }
        let place = known.unwrap_or_else(|| {
            self.0.push(name.to_string());
            self.0.len() - 1
        });
        u8::try_from(place).ok()
    }
}

/// The variables of a test that is complete.
pub(crate) struct TestNames<'a>(pub(crate) &'a Test);

impl Names for TestNames<'_> {
    fn variable(&mut self, name: &str) -> Option<u8> {
        self.0.variable(name)
    }
}

/// What the conditions and the list of locations name.
#[derive(Default)]
pub(crate) struct Named {
    pub(crate) observed: Vec<Observable>,
    pub(crate) faults: Vec<FaultPattern>,
}

impl Test {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Problem`]: it is no litmus file, or uses what is not supported.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = crate::lexer::Text::new(text)?;
        header::name(text.characters())?;
        let sections = sections::Sections::find(text.characters())?;
        let header = header::Header::read(&sections)?;
        let mut threads = code::read(sections.code)?;
        header.apply(&mut threads)?;
        let mut names = NewNames::default();
        let initial = initial::read(&sections, &mut names, &mut threads)?;
        let mut reader = Reader::after(sections.condition, sections.end);
        let conditions = conditions::read(&mut reader, &mut names, &threads)?;
        let variables = names.0;
        let numbers = 0..u8::try_from(variables.len()).unwrap_or(u8::MAX);
        let memory = numbers.clone().map(|number| initial.memory(number)).collect();
        let descriptors: Vec<Descriptor> = numbers.map(|number| initial.descriptor(number)).collect();
        for (thread, row) in threads.iter().zip(sections.rows()) {
            let has_descriptor =
                thread.registers.iter().any(|(_, value)| matches!(value, Value::DescriptorAddress(_)));
            let construct = match thread.at_el0 {
                true if thread.handler.is_some() => Some(Unsupported::UserHandler),
                true if has_descriptor => Some(Unsupported::UserDescriptor),
                _ => None,
            };
            if let Some(construct) = construct {
                return Err(Problem::Unsupported { place: row, construct, text: "EL0".into() });
            }
        }
        instructions::check(&threads)?;
        Ok(Self {
            name: header.name,
            on_fault: header.on_fault,
            enhanced_translation: header.enhanced_translation,
            variables,
            memory,
            descriptors,
            threads,
            filter: conditions.filter,
            quantifier: conditions.quantifier,
            condition: conditions.condition,
            observed: conditions.named.observed,
            faults: conditions.named.faults,
        })
    }
}
