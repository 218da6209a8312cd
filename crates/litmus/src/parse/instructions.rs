//! Which instructions a test may execute: those that change nothing but its own registers, pages and translations.

use crate::problem::{Expected, Problem, Unsupported};
use crate::test::{Extensions, Line, Thread};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Instructions by name, those of [`FAMILIES`] left out.
const NAMES: &str = "
    ldr ldrb ldrh ldrsb ldrsh ldrsw ldur ldp ldar ldarb ldarh ldapr ldaprb ldaprh ldapur ldxr ldxrb ldxrh ldaxr ldaxrb
    ldaxrh ldtr str strb strh stur stp stlr stlrb stlrh stlur stxr stxrb stxrh stlxr stlxrb stlxrh sttr prfm
    dmb dsb isb nop yield tlbi udf adr b cbz cbnz tbz tbnz
    mov movz movk movn mvn neg add adds sub subs and ands orr orn eor eon bic bics lsl lsr asr ror cmp cmn tst ccmp
    csel cset csetm csinc csinv csneg cinc uxtb uxth uxtw sxtw ubfx sbfx bfi bfxil mul madd msub udiv sdiv
    dc ic at mrs msr eret";

/// Beginnings of the names of atomic instructions.
const FAMILIES: [&str; 14] = [
    "swp", "cas", "ldadd", "ldset", "ldclr", "ldeor", "ldsmax", "ldsmin", "ldumax", "ldumin", "stadd",
    "stset", "stclr", "steor",
];

/// Instructions that EL0 may not execute.
const PRIVILEGED: [&str; 5] = ["tlbi", "at", "mrs", "msr", "eret"];

/// What DC does to the page that it names and to nothing else.
const MAINTENANCE: [&str; 6] = ["civac", "cvac", "cvau", "cvap", "zva", "ivau"];

/// Registers that MRS may read.
const READABLE: [&str; 6] = ["elr_el1", "esr_el1", "far_el1", "spsr_el1", "par_el1", "currentel"];

/// Splits an instruction into its words, in lower case, signs left out.
fn words(text: &str) -> Vec<String> {
    let separator =
        |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$'));
    text.split(separator).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// Refuses what no test may execute, and branches to no label.
pub(super) fn check(threads: &[Thread]) -> Result<(), Problem> {
    for thread in threads {
        thread.code.iter().try_for_each(|line| instruction(thread, line, false))?;
        thread.handler.iter().flatten().try_for_each(|line| instruction(thread, line, true))?;
    }
    Ok(())
}

fn lines(threads: &[Thread]) -> impl Iterator<Item = &Line> {
    threads.iter().flat_map(|thread| thread.code.iter().chain(thread.handler.iter().flatten()))
}

/// Tells whether an instruction may reach beyond the first word of a variable: by an offset, by more than a register, as a
/// block, or by an address that was computed with a number.
pub(crate) fn reach_further(threads: &[Thread]) -> bool {
    { lines(threads) }.any(|line| {
        let (before, address) = line.text.split_once('[').unwrap_or((&line.text, ""));
        let (inside, behind) = address.split_once(']').unwrap_or((address, ""));
        let name = before.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let amount = || line.text.split_once('#').map(|(_, amount)| crate::lexer::number(amount.trim()));
        match name.as_str() {
            "dc" | "ldp" | "stp" => true,
            _ if name.starts_with("casp") => true,
            "add" | "adds" | "sub" | "subs" | "orr" | "eor" if address.is_empty() => {
                amount().is_some_and(|amount| amount.is_none_or(|amount| amount >= 8))
            }
            _ => inside.contains(',') || !behind.trim().is_empty(),
        }
    })
}

/// Returns what the instructions of the threads need.
pub(crate) fn extensions(threads: &[Thread]) -> Extensions {
    let mut needed = Extensions::default();
    for line in lines(threads) {
        let words = words(&line.text);
        let name = words.first().map_or("", String::as_str);
        needed.atomics |= FAMILIES.iter().any(|family| name.starts_with(family));
        needed.release_consistency |= name.starts_with("ldapr");
    }
    needed
}

fn instruction(thread: &Thread, line: &Line, in_handler: bool) -> Result<(), Problem> {
    let unsupported = |construct| {
        let text = line.text.clone();
        Err(Problem::Unsupported { place: line.place, construct, text })
    };
    let words = words(&line.text);
    let Some((name, operands)) = words.split_first() else { return unsupported(Unsupported::Instruction) };
    let base = name.split_once('.').map_or(name.as_str(), |(base, _)| base);
    let known = NAMES.split_whitespace().any(|known| known == base)
        || FAMILIES.iter().any(|family| base.starts_with(family));
    let first = operands.first().map_or("", String::as_str);
    let last = operands.last().map_or("", String::as_str);
    let allowed = match base {
        "msr" => in_handler && first == "elr_el1",
        "mrs" => READABLE.contains(&last) && (in_handler || matches!(last, "par_el1" | "currentel")),
        "eret" => in_handler,
        "dc" | "ic" => MAINTENANCE.contains(&first),
        _ => true,
    };
    // A literal would stand where the code ends.
    if !known || !allowed || line.text.contains('=') || thread.at_el0 && PRIVILEGED.contains(&base) {
        return unsupported(Unsupported::Instruction);
    }
    if operands.iter().any(|operand| matches!(operand.as_str(), "sp" | "wsp" | "x30" | "w30" | "lr")) {
        return unsupported(Unsupported::Register);
    }
    if matches!(base, "b" | "cbz" | "cbnz" | "tbz" | "tbnz" | "adr") {
        let target = line.text.rsplit([' ', ',']).next().unwrap_or_default();
        if thread.label(target).is_none() {
            let found = target.to_string();
            return Err(Problem::Syntax { place: line.place, expected: Expected::Label, found });
        }
    }
    Ok(())
}
