//! Starting the other CPUs, by PSCI.

use super::per_cpu::{CpuIndex, MAX_CPUS};
use super::relax::relax;
use super::stacks::Stacks;
use super::{barriers, cpus, image, power, registers, stacks, timer};
use afdbm::tables::TableError;
use alloc::{format, string::String, vec::Vec};
use core::time::Duration;
use platform::device_tree::{Affinity, Cpu, EnableMethod, Platform};

/// How long a CPU may take from CPU_ON to its mailbox.
const PATIENCE: Duration = Duration::from_secs(10);

unsafe extern "C" {
    safe static secondary_entry: u8;
}

/// What makes the stacks of one CPU.
pub type MakeStacks = fn() -> Result<Stacks, TableError>;

/// A CPU of the device tree that does not run, and why.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Which.
    pub affinity: Affinity,
    /// Why not.
    pub reason: String,
}

/// Starts every CPU of the device tree but this one, and waits for them; returns those that do not run.
///
/// `make_stacks` makes the stacks of one CPU: memory is the caller's.
///
/// The first CPU keeps index 0; the others follow in the tree's order.
pub fn start_all(platform: &Platform<'_>, make_stacks: MakeStacks) -> Vec<Missing> {
    let own = Affinity::from_mpidr(registers::affinity());
    let mut missing = Vec::new();
    let mut started = Vec::new();
    for cpu in platform.cpus.iter().filter(|cpu| cpu.affinity != own) {
        let index = CpuIndex(started.len() + 1);
        match start(cpu, index, make_stacks) {
            Ok(()) => started.push((index, cpu.affinity)),
            Err(reason) => missing.push(Missing { affinity: cpu.affinity, reason }),
        }
    }
    let deadline = timer::now().saturating_add(timer::ticks(PATIENCE));
    let mut running = 1;
    for (index, affinity) in started {
        while !cpus::is_up(index) && timer::now() < deadline {
            relax();
        }
        // Indices have no gaps, so behind one that stays away none counts.
        if cpus::is_up(index) && running == index.0 {
            running += 1;
        } else {
            missing
                .push(Missing { affinity, reason: format!("not up {} s after CPU_ON", PATIENCE.as_secs()) });
        }
    }
    cpus::set_online(running);
    missing
}

fn start(cpu: &Cpu<'_>, index: CpuIndex, make_stacks: MakeStacks) -> Result<(), String> {
    if index.0 >= MAX_CPUS {
        return Err(format!("only {MAX_CPUS} CPUs are used"));
    }
    if !cpu.usable || !matches!(cpu.enable_method, EnableMethod::Psci | EnableMethod::Unstated) {
        return Err(format!("usable: {}, enable-method: {:x?}", cpu.usable, cpu.enable_method));
    }
    let stacks = make_stacks().map_err(|error| format!("{error}"))?;
    let record = stacks::adopt(index, stacks);
    let entry = image::physical(&raw const secondary_entry);
    let context = core::ptr::from_ref(record) as u64;
    // The new CPU reads its record, and runs on stacks whose descriptors are as new.
    barriers::sequence_before_signal();
    power::cpu_on(cpu.affinity, entry, context).map_err(|error| format!("PSCI CPU_ON: {error}"))
}
