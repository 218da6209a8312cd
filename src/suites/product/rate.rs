//! Where the time of a combination goes.

use super::crew::Crew;
use crate::machine::timer;
use crate::suites::{Context, Trouble};
use afdbm::product::{Combination, Judge, Tally, covering};

/// Combinations that are measured.
const MEASURED: u64 = 4096;

/// Runs some combinations step by step and tells what each step costs.
///
/// # Errors
///
/// None so far; what cannot be measured is not told.
pub fn tell(context: &mut Context<'_>, crew: &Crew) -> Result<(), Trouble> {
    let [slice, _] = covering();
    let step = slice.len() / MEASURED;
    let combinations = || (0..MEASURED).filter_map(|place| slice.combination(place * step + place % 97));
    let line = crew.on_first(|machine| {
        let mut judge = Judge::new(machine);
        let whole = time(|| {
            let mut tally = Tally::default();
            for combination in combinations() {
                let _ = judge.judge(&combination, &mut tally);
            }
        });
        let asked = time(|| {
            for combination in combinations() {
                let _ = core::hint::black_box(judge.query(&combination));
            }
        });
        (whole, asked, combinations().filter(|one: &Combination| judge.query(one).is_ok()).count())
    });
    if let Some((whole, asked, run)) = line {
        context.say(format_args!(
            "time: {whole} ns a combination in any order, {asked} ns of it to choose and to filter; {run} of {MEASURED} run"
        ));
    }
    Ok(())
}

/// Nanoseconds for one of the combinations.
fn time(work: impl FnOnce()) -> u128 {
    let started = timer::now();
    work();
    timer::frequency().duration(timer::now().saturating_sub(started)).as_nanos() / u128::from(MEASURED)
}
