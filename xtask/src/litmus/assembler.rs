//! The assembler: the compiler's own, so that nothing else has to be installed.
//!
//! All threads of all files are one piece of assembly in a crate without a core library, each thread a section. A file
//! that the assembler refuses is left out, with its message, and the rest is assembled again.

use super::Prepared;
use crate::{failure::Failure, toolchain::Compiler};
use ::litmus::{
    Place,
    assembly::{ARCHITECTURE, AssemblyLine, Layout, section, write},
};
use object::{Object, ObjectSection};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, process::Stdio};

/// The crate around the assembly.
const CRATE: &str = r#"#![feature(no_core, rustc_attrs)]
#![no_core]
#![allow(internal_features)]
#[rustc_builtin_macro]
macro_rules! global_asm { () => {}; }
#[rustc_builtin_macro]
macro_rules! include_str { () => {}; }
global_asm!(include_str!("threads.s"), options(raw));
"#;

/// Where a line of the assembly comes from.
struct Origin {
    file: usize,
    place: Option<Place>,
}

/// What the assembler makes of the files.
enum Assembled {
    /// The object.
    Object(Vec<u8>),
    /// The files that it refuses, by their place in the list, each with a line of the assembly, if one is to blame, and
    /// the message.
    Refused(Vec<(Option<u64>, String)>),
}

/// Assembles the threads of the files. Those that cannot be assembled are taken out, and named among the problems.
pub(super) fn assemble(
    prepared: &mut Vec<Prepared>,
    compiler: &Compiler,
    directory: &Path,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    loop {
        let (text, origins) = assembly(prepared);
        match run(&text, compiler, directory)? {
            Assembled::Object(object) => return extract(prepared, &object, problems),
            Assembled::Refused(messages) => {
                let mut refused: BTreeMap<usize, String> = BTreeMap::new();
                for (line, message) in messages {
                    let line = line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
                    let Some(Origin { file, place }) = line.and_then(|line| origins.get(line)) else {
                        return Err(unusable(compiler, message));
                    };
                    let path = prepared[*file].file.shown();
                    let place = place.map_or_else(String::new, |place| format!("{place}: "));
                    refused.entry(*file).or_insert(format!("{path}:{place}{message}"));
                }
                if refused.is_empty() {
                    return Err(unusable(compiler, "it fails without a message".into()));
                }
                for (file, message) in refused.into_iter().rev() {
                    prepared.remove(file);
                    problems.push(message);
                }
            }
        }
    }
}

fn unusable(compiler: &Compiler, problem: String) -> Failure {
    Failure::Tool { tool: format!("the assembler of {compiler}"), problem, hint: "see --help" }
}

/// Writes the assembly of all files, and where each line comes from.
fn assembly(prepared: &[Prepared]) -> (String, Vec<Origin>) {
    let mut text = format!("{ARCHITECTURE}\n");
    let mut origins = vec![Origin { file: usize::MAX, place: None }];
    for (file, prepared) in prepared.iter().enumerate() {
        for AssemblyLine { text: line, place } in prepared.test.iter().flat_map(|test| write(test, file)) {
            text.push_str(&line);
            text.push('\n');
            origins.push(Origin { file, place });
        }
    }
    (text, origins)
}

fn run(text: &str, compiler: &Compiler, directory: &Path) -> Result<Assembled, Failure> {
    let (source, object) = (directory.join("threads.rs"), directory.join("threads.o"));
    let assembly = directory.join("threads.s");
    fs::write(&source, CRATE).map_err(Failure::file(&source))?;
    fs::write(&assembly, text).map_err(Failure::file(&assembly))?;
    let mut command = compiler.assembler();
    command.arg("-o").arg(&object).arg(&source);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| unusable(compiler, error.to_string()))?;
    if output.status.success() {
        return fs::read(&object).map(Assembled::Object).map_err(Failure::file(&object));
    }
    let lines = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Assembled::Refused(lines.lines().filter_map(refusal).collect()))
}

/// Reads an error message of the compiler: the line of the assembly that it is about, and its text.
fn refusal(line: &str) -> Option<(Option<u64>, String)> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message.get("level")?.as_str()? != "error" {
        return None;
    }
    let text = message.get("message")?.as_str()?.trim().to_owned();
    let children = message.get("children").and_then(Value::as_array).into_iter().flatten();
    let spans = children.chain([&message]).filter_map(|part| part.get("spans")?.as_array()).flatten();
    let assembly = spans.filter(|span| {
        span.get("file_name").and_then(Value::as_str).is_some_and(|name| name.contains("inline asm"))
    });
    let place = assembly.filter_map(|span| span.get("line_start")?.as_u64()).next();
    // The last message only counts the others.
    (place.is_some() || !text.starts_with("aborting")).then_some((place, text))
}

/// Takes each thread's instructions from the object.
fn extract(prepared: &mut Vec<Prepared>, object: &[u8], problems: &mut Vec<String>) -> Result<(), Failure> {
    let wrong = |problem: String| Failure::Usage { message: format!("the assembler's object: {problem}") };
    let file = object::File::parse(object).map_err(|error| wrong(error.to_string()))?;
    let mut refused = Vec::new();
    for (number, prepared) in prepared.iter_mut().enumerate() {
        let Some(test) = &prepared.test else { continue };
        for (index, thread) in test.threads.iter().enumerate() {
            let section = file.section_by_name(&section(number, index));
            let section =
                section.ok_or_else(|| wrong(format!("it lacks thread {index} of {}", test.name)))?;
            let data = section.data().map_err(|error| wrong(error.to_string()))?;
            // What is left for a linker, and what is more than one instruction, does not run as it is written.
            if section.relocations().next().is_some() || data.len() != Layout::of(thread).size {
                let path = prepared.file.shown();
                problems.push(format!("{path}: thread {index} has a line that is not one instruction"));
                refused.push(number);
                break;
            }
            let (words, _) = data.as_chunks::<4>();
            prepared.code.push(words.iter().map(|word| u32::from_le_bytes(*word)).collect());
        }
    }
    for number in refused.into_iter().rev() {
        prepared.remove(number);
    }
    Ok(())
}
