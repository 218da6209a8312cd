//! An access on a path that is not taken.

use super::context::Answer;
use super::single::{Single, expect};
use super::{Conclusion, Context};
use crate::machine::controls::Management;
use crate::probe::{Probe, Stub};
use afdbm::descriptor::Descriptor;
use cases::states::Flags;

const ROUNDS: u32 = 64;
/// Accesses on the path that is taken, before each on the other: they teach a branch predictor.
const TRAINING: u32 = 32;

/// Trains a branch on one page and does not take it on another: what `flips` when it is taken `may` flip then too.
pub fn not_taken(
    context: &mut Context<'_>,
    rule: &str,
    stub: Stub,
    [trained, flags]: [Flags; 2],
    flips: u64,
    may: bool,
) -> Conclusion {
    let single = Single::new(context)?;
    let (training, page) = (single.page(0, trained)?, single.page(1, flags)?);
    let before = page.descriptor();
    let taken = Descriptor(before.0 ^ flips);
    let allowed = [before, taken];
    let allowed = if may { &allowed[..] } else { &allowed[..1] };
    let _controls = single.controls(Management::FULL);
    let mut flipped = 0;
    for _ in 0..ROUNDS {
        for _ in 0..TRAINING {
            let _ = Probe::new(stub, training.address).storing(1).expecting(1).run();
        }
        page.set(before);
        let seen = Probe::new(stub, page.address).storing(1).expecting(0).run();
        if let Some(failure) = expect(context, rule, "the access not taken", &page, seen, allowed) {
            return failure;
        }
        flipped += u32::from(page.descriptor() == taken);
    }
    // The control: the same stub does make its access when it is told to.
    page.set(before);
    let seen = Probe::new(stub, page.address).storing(1).expecting(1).run();
    if let Some(failure) = expect(context, rule, "the access taken", &page, seen, &[taken]) {
        return failure;
    }
    if !may {
        return Ok(Answer::PASS);
    }
    context.say(format_args!("histogram: {flipped} updated (permitted), of {ROUNDS}"));
    if flipped == 0 { Answer::skip("permitted, and not observed") } else { Ok(Answer::PASS) }
}
