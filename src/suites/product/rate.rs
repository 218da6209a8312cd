//! Where the time of a combination goes.

use crate::machine::timer;
use crate::suites::Context;
use crate::support::product::crew::Crew;
use crate::support::product::stages::Clock;
use cases::product::{Judge, Source, Status, Tally, covering};

/// Combinations that are measured in a row.
const ROW: u64 = 512;
/// Rows, over all of the covering set's first slice.
const ROWS: u64 = 64;

/// Runs some combinations and tells what they cost, and what each step of them does.
pub fn tell(context: &mut Context<'_>, crew: &Crew<'_>) {
    let [slice, _] = covering();
    let told = crew.on_first(|machine| {
        let mut statuses = [Status::NOT_RUN; ROW as usize];
        let mut run = |machine: &mut _| {
            let mut tally = Tally::default();
            let started = timer::now();
            for row in 0..ROWS {
                let combinations = Source::Slice(slice.from(slice.len() / ROWS * row));
                Judge::new(machine).judge_all(combinations, &mut statuses, &mut tally, None);
            }
            let took = timer::frequency().duration(timer::now().saturating_sub(started));
            took.as_nanos() / u128::from(tally.run.max(1))
        };
        // Once, for an emulator to translate the code.
        run(machine);
        let whole = run(machine);
        machine.clock = Clock::started();
        run(machine);
        (whole, core::mem::take(&mut machine.clock))
    });
    if let Some((whole, clock)) = told {
        context.say(format_args!("time: {whole} ns a combination on one CPU"));
        context.say(format_args!("time: in ns, with a look at the clock after each step: {clock}"));
    }
}
