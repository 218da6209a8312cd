//! What each TLBI removes, from whose TLB: an entry is warmed, its descriptor changed, the instruction executed, and the
//! access that follows shows which of the two descriptors it used.
//!
//! A TLB may hold nothing at all, so no old entry is ever required; where the invalidation is left out on purpose, a case
//! tells whether one was used, which is what gives the others their weight.

mod round;
mod site;
mod subject;

use super::{Conclusion, Context, Trouble};
use crate::machine::controls::{Controls, Management};
use crate::machine::cpus;
use crate::machine::per_cpu::CpuIndex;
use crate::machine::registers::Identification;
use crate::support::context::Answer;
use crate::support::rendezvous::{Handover, Member, together};
use afdbm::tlbi::{Feature, Instruction};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use cases::invalidating::{Coverage, Entries, Instructions, Invalidating, Observer};
use round::{Plan, Round};
use site::Site;
use spin::Once;
use subject::{Change, Used};

/// Where the answer to a question tells of the round that has begun, above what it tells of the one that has ended.
const WARMED: u32 = 32;
/// How many failures are told one by one.
const TOLD: usize = 8;

/// Carries out a case of the suite.
pub fn carry_out(context: &mut Context<'_>, case: &Invalidating) -> Conclusion {
    let cpu = context.cpu();
    let instructions: Vec<Instruction> =
        case.instructions.iter().filter(|instruction| lacking(&cpu, *instruction).is_none()).collect();
    if instructions.is_empty() {
        let lacking = case.instructions.iter().find_map(|instruction| lacking(&cpu, instruction));
        return Answer::skip(format_args!("this CPU lacks {}", lacking.map_or("it", Feature::name)));
    }
    let observed = CpuIndex(usize::from(case.observer == Observer::Elsewhere));
    let dirty_state = [CpuIndex(0), observed].iter().all(|cpu| cpus::identification(*cpu).hafdbs() >= 2);
    let plan = Plan {
        entries: case.entries,
        observer: case.observer,
        names_levels: cpu.has(Feature::Level),
        every_size: context.options.full,
        seed: context.seed,
    };
    let rounds: Vec<Round> = instructions.into_iter().flat_map(|one| plan.rounds(one)).collect();
    let findings = run(context, case, &rounds, dirty_state)?;
    match case.expected {
        Coverage::Required => findings.acquit(context, rule(case)),
        Coverage::NotRequired => findings.observe(context),
    }
}

/// Returns the feature for want of which a CPU does not have an instruction, if any.
fn lacking(cpu: &Identification, instruction: Instruction) -> Option<Feature> {
    let features = [Feature::OuterShareable, Feature::Range, Feature::ExcludingXs];
    features.into_iter().find(|feature| instruction.needs(*feature) && !cpu.has(*feature))
}

/// Returns the row and the rule that a failure breaks.
fn rule(case: &Invalidating) -> &'static str {
    match (case.entries, case.instructions, case.observer) {
        (Entries::Ends | Entries::LongestRanges, ..) => "K03 (Arm ARM D8.17.5.2)",
        (Entries::FarEnds, ..) => "K15 (Arm ARM D8.17.5.2)",
        (Entries::Blocks, ..) => "K14 (Arm ARM R_LQLSD)",
        (Entries::FetchedBlocks, ..) => "K16 (Arm ARM R_LQLSD, R_LXHLD)",
        (_, Instructions::EachExcludingXs(_), _) => "K08 (Arm ARM C5.5, TLBI VAE1NXS)",
        (.., Observer::Here) => "K01 (Arm ARM R_LXHLD, D8.17.5.4)",
        (.., Observer::Elsewhere) => "K02 (Arm ARM R_LXHLD, R_FZTHY)",
    }
}

/// Runs the rounds, with the entries used by the CPU that is observed.
fn run(
    context: &Context<'_>,
    case: &Invalidating,
    rounds: &[Round],
    dirty_state: bool,
) -> Result<Findings, Trouble> {
    let space = context.space()?;
    let site = Site::new(&space, dirty_state)?;
    let wrong = case.wrong(context.options.variant);
    let management = if dirty_state { Management::FULL } else { Management::NONE };
    // A question is the number of a round that is to begin: the CPU that is observed judges the one before on the way, since
    // each meeting of CPUs costs more than all the rest.
    let answer = |question: u64| {
        let next = question as usize;
        let judged = next.checked_sub(1).map_or(0, |last| site.judge(&rounds[last]));
        let warmed = rounds.get(next).map_or(0, |round| site.begin(round));
        judged | warmed << WARMED
    };
    let drive = |ask: &dyn Fn(u64) -> Result<u64, Trouble>| -> Result<Findings, Trouble> {
        let mut findings = Findings::default();
        let mut answer = ask(0)?;
        for (next, round) in (1..).zip(rounds) {
            let warmed = answer >> WARMED;
            site.change(round, wrong);
            answer = ask(next)?;
            findings.note(round, site.tell(round, warmed).zip(site.tell(round, answer)));
        }
        Ok(findings)
    };
    match case.observer {
        Observer::Here => {
            let _controls = Controls::apply(&space.settings(management));
            drive(&|question| Ok(answer(question)))
        }
        Observer::Elsewhere => {
            let (handover, found) = (Handover::new(), Once::new());
            let software = || {
                let driven = drive(&|question| handover.ask(question));
                handover.close();
                found.call_once(|| driven);
                Ok(())
            };
            let observe = || handover.serve(answer);
            together(&space, &[Member::new(management, &software), Member::new(management, &observe)])?;
            found.try_into_inner().ok_or_else(|| Trouble::Other("the rounds came to no end".into()))?
        }
    }
}

/// What the accesses after the changes have used.
#[derive(Default)]
struct Findings {
    entries: u32,
    old: Vec<(Change, u32)>,
    neither: u32,
    told: Vec<String>,
}

impl Findings {
    /// Takes in a round: of each entry how it was warmed, and what was used in the end.
    fn note(&mut self, round: &Round, entries: impl Iterator<Item = ((Change, Used), (Change, Used))>) {
        for ((change, warm), (_, used)) in entries {
            self.entries += 1;
            let what = match (warm, used) {
                (Used::New, Used::New) => continue,
                (Used::New, Used::Old) => {
                    match self.old.iter_mut().find(|(known, _)| *known == change) {
                        Some((_, count)) => *count += 1,
                        None => self.old.push((change, 1)),
                    }
                    "the old entry is used"
                }
                (Used::New, Used::Neither) => "the access fits neither descriptor",
                (Used::Old | Used::Neither, _) => "the access before went wrong",
            };
            if used == Used::Neither || warm != Used::New {
                self.neither += 1;
            }
            if self.told.len() < TOLD {
                self.told.push(format!("{round}, {change}: {what}"));
            }
        }
    }

    fn count_old(&self) -> u32 {
        self.old.iter().map(|(_, count)| count).sum()
    }

    /// Fails where anything but the new descriptor was used.
    fn acquit(&self, context: &mut Context<'_>, rule: &str) -> Conclusion {
        let (old, entries) = (self.count_old(), self.entries);
        if old == 0 && self.neither == 0 {
            return Ok(Answer::PASS);
        }
        self.told.iter().for_each(|line| context.say(format_args!("{line}")));
        Answer::fail(format_args!(
            "the TLBI is lost on {old} of {entries} entries, {} accesses fit neither descriptor: {rule}",
            self.neither
        ))
    }

    /// Passes where an old entry was used, which is permitted, and fails where an access fits neither descriptor.
    fn observe(&self, context: &mut Context<'_>) -> Conclusion {
        if self.neither != 0 {
            return self.acquit(context, "K09 (Arm ARM R_GPPYH)");
        }
        for (change, count) in &self.old {
            context.say(format_args!("an entry {change}: used as it was in {count} rounds"));
        }
        if self.old.is_empty() { Answer::skip("permitted, and not observed") } else { Ok(Answer::PASS) }
    }
}
