//! The threads' code as assembly: one section a thread, position independent, each line one instruction.
//! Before a branch back stands a YIELD.
//!
//! A thread's code ends by itself, or behind a fault that ends it, in [`Layout::end`]: EL1 goes on where the frame says
//! that the kernel has left on the stack, EL0 leaves by SVC. A handler begins at [`Layout::handler`]: it first takes
//! ELR_EL1 and SPSR_EL1 from that frame, so that its ERET works. X30 is the runtime's, and no test's.

use crate::problem::Place;
use crate::test::{Line, Test, Thread};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter;

/// Where in the frame the kernel says where EL1 goes on.
pub const FRAME_RESUME: usize = 8;
/// Where in the frame a handler finds ELR_EL1 and SPSR_EL1.
pub const FRAME_EXCEPTION: usize = 16;

/// What the assembler is to accept: every extension that a test may use.
pub const ARCHITECTURE: &str = ".arch armv9.4-a";

const END_AT_EL1: usize = 2;
const END_AT_EL0: usize = 1;
const HANDLER_ENTRY: usize = 4;

/// Where things stand in a thread's code, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Where the thread goes when it is over.
    pub end: usize,
    /// Where a fault goes on, if the file has a handler.
    pub handler: Option<usize>,
    /// All of it.
    pub size: usize,
}

impl Layout {
    /// Returns the layout of a thread's code.
    #[must_use]
    pub fn of(thread: &Thread) -> Self {
        let end = thread.code.len() + yields(thread, &thread.code, false);
        let rest = end + if thread.at_el0 { END_AT_EL0 } else { END_AT_EL1 };
        let handler = thread.handler.as_ref();
        let handler = handler.map(|lines| (rest, lines.len() + yields(thread, lines, true)));
        let size = handler.map_or(rest, |(start, length)| start + HANDLER_ENTRY + length + 1);
        Self { end: 4 * end, handler: handler.map(|(start, _)| 4 * start), size: 4 * size }
    }

    /// Returns where a label of the thread stands.
    #[must_use]
    pub fn label(&self, thread: &Thread, label: u8) -> Option<usize> {
        let label = thread.labels.get(usize::from(label))?;
        let (start, lines) = match (&thread.handler, self.handler) {
            (Some(lines), Some(handler)) if label.in_handler => (handler + 4 * HANDLER_ENTRY, lines),
            _ => (0, &thread.code),
        };
        let before = yields(thread, lines.get(..label.instruction)?, label.in_handler);
        Some(start + 4 * (label.instruction + before))
    }

    /// Returns the label that stands at an instruction, by its offset.
    #[must_use]
    pub fn label_at(&self, thread: &Thread, offset: usize) -> Option<u8> {
        let numbers = 0..u8::try_from(thread.labels.len()).unwrap_or(u8::MAX);
        numbers.into_iter().find(|number| self.label(thread, *number) == Some(offset))
    }
}

/// Tells whether a line is a branch back, to a label at or before it.
fn is_branch_back(thread: &Thread, line: &Line, index: usize, in_handler: bool) -> bool {
    let name = line.text.split([' ', '.']).next().unwrap_or_default().to_ascii_lowercase();
    let target = line.text.rsplit([' ', ',']).next().unwrap_or_default();
    let label = thread.labels.iter().find(|label| label.name == target);
    matches!(name.as_str(), "b" | "cbz" | "cbnz" | "tbz" | "tbnz")
        && label.is_some_and(|label| label.in_handler == in_handler && label.instruction <= index)
}

/// How many YIELDs stand in a column that begins with these lines: one before each branch back. A thread that waits for another one
/// lets it go first, where both have one thread of the host.
fn yields(thread: &Thread, lines: &[Line], in_handler: bool) -> usize {
    let lines = lines.iter().enumerate();
    lines.filter(|(index, line)| is_branch_back(thread, line, *index, in_handler)).count()
}

/// A line of assembly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssemblyLine {
    /// The line.
    pub text: String,
    /// The instruction of the file that it comes from, if any.
    pub place: Option<Place>,
}

/// Returns the name of the section that holds a thread's code.
#[must_use]
pub fn section(test: usize, thread: usize) -> String {
    format!(".litmus.{test}.{thread}")
}

/// Writes the assembly of a test's threads; `number` tells the test from the others of the same object.
#[must_use]
pub fn write(test: &Test, number: usize) -> Vec<AssemblyLine> {
    let mut lines = Vec::new();
    for (index, thread) in test.threads.iter().enumerate() {
        let symbol = |label: usize| format!(".Ltest{number}_thread{index}_label{label}");
        let end = format!(".Ltest{number}_thread{index}_end");
        let plain = |text: String| AssemblyLine { text, place: None };
        lines.push(plain(format!(".section {},\"ax\",%progbits", section(number, index))));
        lines.push(plain(".balign 4".to_string()));
        column(&mut lines, thread, &thread.code, false, &symbol);
        lines.push(plain(format!("{end}:")));
        if thread.at_el0 {
            lines.push(plain("svc #0".to_string()));
        } else {
            lines.push(plain(format!("ldr x30, [sp, #{FRAME_RESUME}]")));
            lines.push(plain("br x30".to_string()));
        }
        if let Some(handler) = &thread.handler {
            lines.push(plain(format!("ldr x30, [sp, #{FRAME_EXCEPTION}]")));
            lines.push(plain("msr elr_el1, x30".to_string()));
            lines.push(plain(format!("ldr x30, [sp, #{}]", FRAME_EXCEPTION + 8)));
            lines.push(plain("msr spsr_el1, x30".to_string()));
            column(&mut lines, thread, handler, true, &symbol);
            lines.push(plain(format!("b {end}")));
        }
    }
    lines
}

/// Writes a column: its instructions, its labels before them and at its end.
fn column(
    lines: &mut Vec<AssemblyLine>,
    thread: &Thread,
    code: &[Line],
    in_handler: bool,
    symbol: &dyn Fn(usize) -> String,
) {
    let instructions = code.iter().map(Some).chain(iter::once(None));
    for (index, line) in instructions.enumerate() {
        for (number, label) in thread.labels.iter().enumerate() {
            if label.in_handler == in_handler && label.instruction == index {
                lines.push(AssemblyLine { text: format!("{}:", symbol(number)), place: None });
            }
        }
        if let Some(line) = line {
            if is_branch_back(thread, line, index, in_handler) {
                lines.push(AssemblyLine { text: "yield".to_string(), place: None });
            }
            lines.push(AssemblyLine { text: renamed(thread, &line.text, symbol), place: Some(line.place) });
        }
    }
}

/// Puts symbols in the place of labels.
fn renamed(thread: &Thread, text: &str, symbol: &dyn Fn(usize) -> String) -> String {
    let (name, operands) = text.split_once(' ').unwrap_or((text, ""));
    let operands: Vec<String> = operands
        .split(',')
        .map(|operand| match thread.label(operand.trim()) {
            Some(label) => symbol(usize::from(label)),
            None => operand.trim().to_string(),
        })
        .collect();
    format!("{name} {}", operands.join(","))
}
