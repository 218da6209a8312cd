//! The workloads at the size that the options ask for.

use super::machines::SwapMachine;
use super::manager::Manager;
use super::pressure::{Load, Spent};
use super::tell;
use crate::machine::layout::PAGE_SIZE;
use crate::machine::{cpus, timer};
use crate::memory::frames;
use crate::suites::{Conclusion, Context, Trouble};
use crate::support::context::Answer;
use alloc::format;
use cases::swapping::CpuManagement;
use history::{Selection, Substitute};
use record::options::{Amount, Number};
use swap::{Defaults, Plan, Request};

/// The sizes of a run that asks for none: over in a fraction of a second.
const DEFAULTS: Defaults = Defaults { pages: 4, frames: 2, slots: 4 };
/// Passes over the buffer where `--rounds` does not say.
const PASSES: u32 = 2;
/// Random accesses for each page and thread.
const ACCESSES: u32 = 2;

/// Returns the version under test: ours, or the one that stands in for it.
fn variant(context: &Context<'_>) -> Result<Selection, &'static str> {
    match context.options.variant {
        None => Ok(Selection::V4),
        Some(Substitute::Single(selection)) => Ok(selection),
        Some(_) => Err("the variant is no routine for single descriptors"),
    }
}

/// Returns the sizes of the run; what does not fit is trouble.
fn plan(context: &mut Context<'_>) -> Result<Plan, Trouble> {
    let options = context.options;
    let cpus = u32::try_from(cpus::online()).expect("few CPUs");
    let available = u32::try_from((frames::available() * PAGE_SIZE) >> 20).expect("fewer than 2^32 MiB");
    let request = Request {
        memory: options.memory.map_or(available, |memory| memory.mebibytes()),
        working_set: options.working_set.map(Amount::mebibytes),
        swap: options.swap.map(Amount::mebibytes),
        frames: options.frames.map(Amount::mebibytes),
        threads: options.threads.map(Number::get).or(Some(cpus.min(4))),
        cpus,
    };
    // What the manager keeps of each page, frame and slot, in KiB for a MiB of them.
    let kept = 20 * request.working_set.unwrap_or(0) + 4 * available + 10 * request.swap.unwrap_or(0);
    let free = available.saturating_sub(kept / 1024 + 2);
    let plan = request.plan(free, DEFAULTS).map_err(|error| Trouble::Other(format!("{error}")))?;
    context.say(format_args!(
        "working set {} MiB, frames {} MiB, swap {} MiB, the kernel and the manager have {} MiB; {} threads",
        plan.pages >> 8,
        plan.frames >> 8,
        plan.slots >> 8,
        request.memory.saturating_sub((plan.frames >> 8) + (plan.slots >> 8)),
        plan.threads,
    ));
    Ok(plan)
}

/// Runs a workload with the version under test.
fn run(context: &mut Context<'_>, work: impl FnOnce(&Load<'_>, u32) -> Result<Spent, Trouble>) -> Conclusion {
    let variant = match variant(context) {
        Ok(variant) => variant,
        Err(reason) => return Answer::skip(reason),
    };
    let machine = SwapMachine(context.options.management.unwrap_or(CpuManagement::None));
    if let Some(reason) = machine.lacks(context) {
        return Answer::skip(reason);
    }
    let plan = plan(context)?;
    let manager = Manager::new(&plan, variant)?;
    let load = Load {
        manager: &manager,
        machine,
        plan,
        seed: context.seed,
        incompressible: context.options.incompressible.map_or(0, Number::get),
    };
    context.say(format_args!("{variant} ({}), {machine}", variant.origin()));
    let passes = context.options.rounds.map_or(PASSES, Number::get);
    let spent = work(&load, passes)?;
    tell::counts(&manager, spent, context);
    match manager.take_finding() {
        None => Ok(Answer::PASS),
        Some(stop) => tell::finding(&manager, stop, context),
    }
}

/// One thread streams writes over the buffer, the others read and write now and then.
pub fn stream(context: &mut Context<'_>) -> Conclusion {
    run(context, |load, passes| load.stream(passes))
}

/// Every thread reads and writes at random.
pub fn mix(context: &mut Context<'_>) -> Conclusion {
    run(context, |load, passes| {
        let accesses = ACCESSES.saturating_mul(load.plan.pages / load.plan.threads);
        load.mix(accesses.saturating_mul(passes) / PASSES)
    })
}

/// The same work on one CPU, managed by software and by hardware.
pub fn compare(context: &mut Context<'_>) -> Conclusion {
    const PLAN: Plan = Plan { pages: 512, frames: 448, slots: 512, threads: 1 };
    let mut sides = [(0, 0); 2];
    for (side, management) in sides.iter_mut().zip([CpuManagement::None, CpuManagement::Full]) {
        let manager = Manager::new(&PLAN, Selection::V4)?;
        let machine = SwapMachine(management);
        let load = Load { manager: &manager, machine, plan: PLAN, seed: context.seed, incompressible: 0 };
        let spent = load.mix(8 * PLAN.pages)?;
        if let Some(stop) = manager.take_finding() {
            return tell::finding(&manager, stop, context);
        }
        let counts = manager.totals();
        let nanoseconds = timer::frequency().microseconds(spent.pressed.saturating_mul(1000));
        *side = (counts.faults(), nanoseconds);
        context.say(format_args!(
            "{machine}: {} faults, {} of them for flags alone; {nanoseconds} ns (instructions, under -icount shift=0)",
            counts.faults(),
            counts.read_faults + counts.write_faults + counts.permission_faults,
        ));
    }
    let [software, hardware] = sides;
    context.say(format_args!(
        "software to hardware: {}.{:02} times the faults, {}.{:02} times the time",
        software.0 / hardware.0.max(1),
        software.0 * 100 / hardware.0.max(1) % 100,
        software.1 / hardware.1.max(1),
        software.1 * 100 / hardware.1.max(1) % 100,
    ));
    if hardware.0 < software.0 {
        Ok(Answer::PASS)
    } else {
        Answer::fail(format_args!("{} faults by software, {} by hardware", software.0, hardware.0))
    }
}
