//! The table: what each version comes to on each machine.

use super::acts::play;
use super::machines::SwapMachine;
use super::manager::Manager;
use super::pressure::Load;
use super::tell;
use crate::machine::cpus;
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::context::Answer;
use alloc::format;
use alloc::string::String;
use cases::swapping::{CpuManagement, SwapVerdict};
use core::fmt::Write;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use history::Selection;
use swap::Plan;

/// The versions, in the order of the table's rows.
const VARIANTS: [Selection; 5] =
    [Selection::V0, Selection::V1, Selection::V2, Selection::V4, Selection::LockFree];

/// What each version came to on each machine in this run, plus 1; 0 where it has not run.
static SEEN: [[AtomicU8; 4]; 5] = [const { [const { AtomicU8::new(0) }; 4] }; 5];

/// The verdicts, by the number that the table keeps.
const VERDICTS: [SwapVerdict; 4] =
    [SwapVerdict::CLEAN, SwapVerdict::LOOPS, SwapVerdict::LOSES, SwapVerdict::BOTH];

/// Pages of an act, each with a frame.
const ACTS: Plan = Plan { pages: 8, frames: 8, slots: 16, threads: 1 };

/// Fills one cell of the table: what `variant` comes to on `machine` must be `wanted`.
pub fn fill(
    context: &mut Context<'_>,
    variant: Selection,
    machine: CpuManagement,
    wanted: SwapVerdict,
) -> Conclusion {
    let place = (
        VARIANTS.iter().position(|known| *known == variant),
        CpuManagement::ALL.iter().position(|known| *known == machine),
    );
    let (Some(row), Some(column)) = place else {
        return Err(Trouble::Other(format!("the table has no place for {variant}")));
    };
    let machine = SwapMachine(machine);
    let mut manager = Manager::new(&ACTS, variant)?;
    let seed = context.seed;
    let (verdict, unmanaged) = play(&mut manager, machine, seed, context)?;
    if let Some(stop) = unmanaged {
        return Answer::fail(stop);
    }
    let number = VERDICTS.iter().position(|known| *known == verdict).expect("the table has every verdict");
    SEEN[row][column].store(u8::try_from(number + 1).expect("few verdicts"), Relaxed);
    context.say(format_args!("{variant} ({}), {machine}: {verdict}", variant.origin()));
    if verdict != wanted {
        return Answer::fail(format_args!("{variant} at {machine}: {verdict}, {wanted} expected"));
    }
    if variant.is_wrong() { Ok(Answer::PASS) } else { press(variant, machine, context) }
}

/// Runs both workloads at a size that takes no time.
fn press(variant: Selection, machine: SwapMachine, context: &mut Context<'_>) -> Conclusion {
    let threads = u32::try_from(cpus::online()).expect("few CPUs").min(3);
    let plan = Plan { pages: 160, frames: 64, slots: 160, threads };
    for workload in [Workload::Streamed, Workload::Mixed] {
        let manager = Manager::new(&plan, variant)?;
        let load = Load { manager: &manager, machine, plan, seed: context.seed, incompressible: 20 };
        match workload {
            Workload::Streamed => load.stream(2)?,
            Workload::Mixed => load.mix(100)?,
        };
        if let Some(stop) = manager.take_finding() {
            return tell::finding(&manager, stop, context);
        }
    }
    Ok(Answer::PASS)
}

/// The two workloads.
#[derive(Clone, Copy)]
enum Workload {
    Streamed,
    Mixed,
}

/// Prints the table.
pub fn verdicts(context: &mut Context<'_>) -> Conclusion {
    let mut line = String::from("version  ");
    for machine in CpuManagement::ALL.map(SwapMachine) {
        let _ = write!(line, "  {machine:16}");
    }
    context.say(format_args!("{}", line.trim_end()));
    let mut any = false;
    for (variant, row) in VARIANTS.iter().zip(&SEEN) {
        line.clear();
        let _ = write!(line, "{variant:9}");
        for cell in row {
            let seen = usize::from(cell.load(Relaxed)).checked_sub(1).and_then(|seen| VERDICTS.get(seen));
            any |= seen.is_some();
            let _ = match seen {
                Some(verdict) => write!(line, "  {verdict:16}"),
                None => write!(line, "  {:16}", "-"),
            };
        }
        context.say(format_args!("{}", line.trim_end()));
    }
    context.say(format_args!("the second faults met in a window that was opened on purpose"));
    if any { Ok(Answer::PASS) } else { Answer::skip("no cell of the table has run") }
}
