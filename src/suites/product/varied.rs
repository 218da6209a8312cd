//! Combinations that are varied: in bits that the product leaves alone, in the byte that is accessed, and over the CPUs.

use super::{Conclusion, Context, Trouble, tell};
use crate::machine::controls::Settings;
use crate::machine::cpus::{self, identification};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::watchdog;
use crate::support::context::Answer;
use crate::support::product::machine::{ThisCpu, output_bits};
use crate::support::product::site::CpuSites;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use cases::product::{Combination, Dropped, Examination, Judge, Kinds, Variant, Variation, Varied};
use core::fmt;
use record::report::TestOutcome;

/// The most failures of one place that are told in full.
const TOLD: usize = 4;

/// Where combinations are made.
#[derive(Clone, Copy)]
struct Place {
    cpu: CpuIndex,
    /// The entry of each table that leads there, where one is asked for.
    entry: Option<u64>,
    variants: &'static [Variant],
}

impl Place {
    /// On the first CPU, as the product has it.
    const FIRST: Self = Self { cpu: CpuIndex(0), entry: None, variants: &[Variant::PLAIN] };
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.cpu)?;
        self.entry.map_or(Ok(()), |entry| write!(formatter, ", entry {entry} of each table"))
    }
}

/// What became of varied combinations on one CPU.
#[derive(Default)]
struct Examined {
    run: usize,
    dropped: Option<Dropped>,
    failed: Vec<(Varied, Examination)>,
}

/// Makes combinations in every variation.
///
/// # Errors
///
/// [`Trouble`] for want of memory, or where an exception ended the work.
pub fn run_varied(
    combinations: &[Combination],
    variation: Variation,
    context: &mut Context<'_>,
) -> Conclusion {
    let places: Vec<Place> = match variation {
        Variation::Cpus => {
            (0..cpus::online()).map(CpuIndex).map(|cpu| Place { cpu, ..Place::FIRST }).collect()
        }
        Variation::Entries(entries) => {
            entries.iter().map(|entry| Place { entry: Some(*entry), ..Place::FIRST }).collect()
        }
        Variation::Queries(variants) => Vec::from([Place { variants, ..Place::FIRST }]),
    };
    let mut kinds = Box::<Kinds>::default();
    let (mut run, mut dropped, mut reasons) = (0, None, Vec::new());
    for place in places {
        let examined = examine(&place, combinations, context)?;
        run += examined.run;
        dropped = dropped.or(examined.dropped);
        for (number, (varied, examination)) in examined.failed.iter().enumerate() {
            if number >= TOLD {
                kinds.note(&varied.combination, examination);
                continue;
            }
            context.say(format_args!("{place}:"));
            let answer = tell::examined(context, varied, examination, &mut kinds)?;
            if let (0, TestOutcome::Fail, Some(reason)) = (number, answer.outcome, answer.reason) {
                let (failed, label) = (examined.failed.len(), varied.variant.label);
                reasons.push(format!("{place}: {failed} of {} fail, first {label}: {reason}", examined.run));
            }
        }
    }
    context.tell_kinds(&kinds);
    match dropped {
        Some(dropped) if run == 0 => Answer::skip(dropped),
        _ => Answer::of_failures(&reasons),
    }
}

/// Makes combinations in one place, with sites of its own.
fn examine(place: &Place, combinations: &[Combination], context: &Context<'_>) -> Result<Examined, Trouble> {
    let Place { cpu, entry, variants } = *place;
    let sites = CpuSites::through(context.memory, output_bits(&identification(cpu)), entry)
        .ok_or_else(|| Trouble::Other(format!("no memory for the tables of {cpu}")))?;
    let result = Lock::new(None);
    let work = || {
        let mut machine = ThisCpu::new(&sites, identification(cpu));
        let mut judge = Judge::new(&mut machine);
        let mut examined = Examined::default();
        let all = variants.iter().flat_map(|variant| {
            combinations.iter().map(|combination| Varied { combination: *combination, variant: *variant })
        });
        for varied in all {
            if watchdog::expired() {
                return;
            }
            match judge.examine_varied(&varied) {
                Err(dropped) => examined.dropped = Some(dropped),
                Ok(examination) => {
                    examined.run += 1;
                    if examination.mismatch.is_some() {
                        examined.failed.push((varied, examination));
                    }
                }
            }
        }
        *result.lock() = Some(examined);
    };
    cpus::on(cpu, Settings::PLAIN, &work).map_err(|_| Trouble::Abandoned(cpu))?;
    let examined = result.lock().take();
    examined.ok_or(Trouble::TimedOut)
}
