//! The covering set of both stages, on all CPUs that are like the first.

use super::{Context, Findings, Trouble, on_this_cpu};
use crate::machine::calls::Abandoned;
use crate::machine::controls::Settings;
use crate::machine::cpus::{self, Placement, identification};
use crate::machine::lock::Lock;
use crate::machine::per_cpu::{CpuIndex, this_index};
use crate::machine::watchdog;
use alloc::vec::Vec;
use cases::nested::Selection;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Runs the settings of the covering set, each on the CPU that is free for it.
pub fn run(context: &Context<'_>, selection: &Selection) -> Result<Findings, Trouble> {
    let first = identification(CpuIndex(0));
    let members: Vec<CpuIndex> =
        (0..cpus::online()).map(CpuIndex).filter(|cpu| identification(*cpu).is_like(&first)).collect();
    let memory = context.memory;
    let settings: Vec<_> = selection.settings().collect();
    let next = AtomicUsize::new(0);
    let found = Lock::new((Findings::default(), None));
    let work = || {
        let mut findings = Findings { cpus: 1, ..Findings::default() };
        let ended = on_this_cpu(memory, this_index(), |judge| {
            while let Some(setting) = settings.get(next.fetch_add(1, Relaxed)) {
                for combination in setting.combinations() {
                    if watchdog::expired() {
                        return;
                    }
                    findings.judge(judge, &combination);
                }
            }
        });
        let mut found = found.lock();
        found.0.merge(findings);
        found.1 = ended.err().or(found.1.take());
    };
    let placements: Vec<Placement<'_>> =
        members.iter().map(|cpu| Placement { cpu: *cpu, settings: Settings::PLAIN, work: &work }).collect();
    let ended = cpus::on_each(&placements);
    if let Some(place) = ended.iter().position(|ended| *ended == Err(Abandoned)) {
        return Err(Trouble::Abandoned(members[place]));
    }
    let (findings, trouble) = core::mem::take(&mut *found.lock());
    trouble.map_or(Ok(findings), Err)
}
