//! The machines of the table: what each CPU manages by hardware.

use super::manager::Manager;
use super::stop::Stop;
use super::thread::Thread;
use crate::machine::controls::{Management, Settings};
use crate::machine::cpus::{self, Placement, Work};
use crate::machine::per_cpu::CpuIndex;
use crate::suites::{Context, Trouble};
use alloc::vec::Vec;
use cases::swapping::CpuManagement;
use core::fmt;

/// A machine of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SwapMachine(pub CpuManagement);

impl SwapMachine {
    /// What a CPU of it manages: of a mixed machine the first nothing, the second all, the third the Access flag
    /// alone, and so on.
    #[must_use]
    pub const fn management(self, cpu: usize) -> Management {
        match (self.0, cpu % 3) {
            (CpuManagement::None, _) | (CpuManagement::Mixed, 0) => Management::NONE,
            (CpuManagement::AccessFlag, _) | (CpuManagement::Mixed, 2) => Management::ACCESS_FLAG,
            (CpuManagement::Full, _) | (CpuManagement::Mixed, _) => Management::FULL,
        }
    }

    /// Returns the reason to skip a case on this machine, if any.
    pub fn lacks(self, context: &Context<'_>) -> Option<alloc::string::String> {
        match self.0 {
            CpuManagement::None => None,
            CpuManagement::AccessFlag => context.lacks_management(1),
            CpuManagement::Full => context.lacks_management(2),
            CpuManagement::Mixed => context.lacks_management(2).or_else(|| context.lacks_cpus(2)),
        }
    }

    fn settings(self, cpu: usize, manager: &Manager) -> Settings {
        Settings { management: self.management(cpu), user: Some(manager.memory.user()), ..Settings::PLAIN }
    }

    /// Runs one thread on each of `cpus`, and waits for all; `job` gets the thread and the CPU.
    ///
    /// # Errors
    ///
    /// [`Trouble::Abandoned`] after an exception. What else ended a thread is the manager's finding.
    pub fn run(
        self,
        manager: &Manager,
        cpus: &[usize],
        seed: u64,
        job: &(dyn Fn(&mut Thread<'_>, usize) -> Result<(), Stop> + Sync),
    ) -> Result<(), Trouble> {
        let works: Vec<_> = cpus
            .iter()
            .map(|cpu| {
                move || {
                    let mut thread = Thread::new(manager, *cpu, seed);
                    let ended = job(&mut thread, *cpu);
                    manager.finish(&thread.worker, ended);
                }
            })
            .collect();
        let placements: Vec<_> = cpus
            .iter()
            .zip(&works)
            .map(|(cpu, work)| Placement {
                cpu: CpuIndex(*cpu),
                settings: self.settings(*cpu, manager),
                work: work as Work<'_>,
            })
            .collect();
        for (ended, cpu) in cpus::on_each(&placements).into_iter().zip(cpus) {
            ended.map_err(|_| Trouble::Abandoned(CpuIndex(*cpu)))?;
        }
        Ok(())
    }
}

impl fmt::Display for SwapMachine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self.0 {
            CpuManagement::None => "HA=0 HD=0",
            CpuManagement::AccessFlag => "HA=1 HD=0",
            CpuManagement::Full => "HA=1 HD=1",
            CpuManagement::Mixed => "one of each",
        })
    }
}
