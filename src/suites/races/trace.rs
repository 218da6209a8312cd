//! One round of a race as a table: what each CPU did, with the descriptor after each step.

use crate::suites::Context;
use afdbm::descriptor::Descriptor;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Steps that a table has room for; a routine that tries again and again is cut there.
const ROOM: usize = 40;

/// Who made a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// CPU 0.
    Software,
    /// The other CPU.
    Other,
}

/// The steps of one round.
#[derive(Debug, Default)]
pub struct Trace(Vec<(Who, String, Descriptor)>);

impl Trace {
    /// Adds a step, and what the descriptor was then known to be.
    pub fn add(&mut self, who: Who, step: impl fmt::Display, descriptor: Descriptor) {
        if self.0.len() < ROOM {
            self.0.push((who, alloc::format!("{step}"), descriptor));
        }
    }

    /// Says the table, two columns and the descriptor.
    pub fn tell(&self, context: &mut Context<'_>) {
        let width = self.0.iter().map(|(_, step, _)| step.len()).max().unwrap_or(0).max("CPU 0".len());
        context.say(format_args!("  {:width$}  {:width$}  descriptor", "CPU 0", "CPU 1"));
        for (who, step, descriptor) in &self.0 {
            let (left, right) = if *who == Who::Software { (step.as_str(), "") } else { ("", step.as_str()) };
            context.say(format_args!("  {left:width$}  {right:width$}  {descriptor}"));
        }
    }
}
