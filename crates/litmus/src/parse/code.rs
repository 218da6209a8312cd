//! The code: a column for each thread, and for each fault handler.

use crate::problem::{Expected, Place, Problem, Unsupported};
use crate::test::{Label, Line, Thread};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A column: a thread, or its handler.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Column {
    thread: usize,
    handler: bool,
}

/// A cell of the table: its text, and where it begins.
type Cell = (String, Place);

/// Reads the table.
pub(super) fn read(characters: &[(char, Place)]) -> Result<Vec<Thread>, Problem> {
    let mut rows = characters.split(|(character, _)| *character == ';').map(cells);
    let first = rows.next().unwrap_or_default();
    let columns = first.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut threads: Vec<Thread> = Vec::new();
    for (place, column) in first.iter().map(|(_, place)| *place).zip(&columns) {
        let expected = match (column.handler, threads.len()) {
            (true, count) => column.thread < count && threads[column.thread].handler.is_none(),
            (false, count) => column.thread == count,
        };
        if !expected {
            return Err(wrong_row(place, column));
        }
        if threads.len() == super::MAX_THREADS && !column.handler {
            let text = alloc::format!("P{}", column.thread);
            return Err(Problem::Unsupported { place, construct: Unsupported::Threads, text });
        }
        if column.handler {
            threads[column.thread].handler = Some(Vec::new());
        } else {
            threads.push(Thread::default());
        }
    }
    for row in rows {
        if row.len() == 1 && row[0].0.is_empty() {
            continue;
        }
        if row.len() != columns.len() {
            // A row has at least one cell.
            let (text, place) = row.into_iter().last().unwrap_or_else(|| first[0].clone());
            return Err(Problem::Syntax { place, expected: Expected::Columns, found: text });
        }
        for (cell, column) in row.into_iter().zip(&columns) {
            add(&mut threads[column.thread], column.handler, cell)?;
        }
    }
    Ok(threads)
}

fn wrong_row(place: Place, column: &Column) -> Problem {
    let found = alloc::format!("P{}{}", column.thread, if column.handler { ".F" } else { "" });
    Problem::Syntax { place, expected: Expected::ThreadRow, found }
}

/// Splits a row into its cells, white space at their ends left out.
fn cells(row: &[(char, Place)]) -> Vec<Cell> {
    let first = row.first().map_or(Place { line: 1, column: 1 }, |(_, place)| *place);
    row.split(|(character, _)| *character == '|')
        .map(|cell| {
            let place = cell.iter().find(|(character, _)| !character.is_whitespace()).or(cell.first());
            let text: String = cell.iter().map(|(character, _)| *character).collect();
            (text.trim().to_string(), place.map_or(first, |(_, place)| *place))
        })
        .collect()
}

fn column((text, place): &Cell) -> Result<Column, Problem> {
    let (name, handler) = text.strip_suffix(".F").map_or((text.as_str(), false), |name| (name, true));
    let number = name.strip_prefix('P').and_then(|number| number.parse().ok());
    let wrong = || Problem::Syntax { place: *place, expected: Expected::ThreadRow, found: text.clone() };
    number.map(|thread| Column { thread, handler }).ok_or_else(wrong)
}

/// Adds a cell: labels, then an instruction, each of them or neither.
fn add(thread: &mut Thread, in_handler: bool, (text, place): Cell) -> Result<(), Problem> {
    let mut rest = text.as_str();
    while let Some((name, after)) = label(rest) {
        if thread.label(name).is_some() || thread.labels.len() == usize::from(u8::MAX) {
            return Err(Problem::Syntax { place, expected: Expected::LabelOnce, found: name.to_string() });
        }
        let lines = if in_handler { thread.handler.as_ref() } else { Some(&thread.code) };
        let instruction = lines.map_or(0, Vec::len);
        thread.labels.push(Label { name: name.to_string(), in_handler, instruction });
        rest = after.trim_start();
    }
    if !rest.is_empty() {
        let text = rest.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = if in_handler { thread.handler.get_or_insert_default() } else { &mut thread.code };
        lines.push(Line { text, place });
    }
    Ok(())
}

/// Splits off a label and its colon.
fn label(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let name = name.trim_end();
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    (!name.is_empty() && name.bytes().all(valid)).then_some((name, rest))
}
