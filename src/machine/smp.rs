//! Starting the other CPUs, by PSCI or out of a spin table.

use super::arrival::{self, NoInterrupt};
use super::cpus::Unlike;
use super::interrupts::InterruptError;
use super::lock::Lock;
use super::per_cpu::{CpuIndex, MAX_CPUS};
use super::relax::relax;
use super::stacks::Stacks;
use super::{barriers, cpus, image, power, registers, spin_table, stacks, timer};
use afdbm::tables::TableError;
use alloc::{format, string::String, vec::Vec};
use core::fmt;
use core::ptr::NonNull;
use core::time::Duration;
use platform::device_tree::{Affinity, Cpu, EnableMethod, PhysicalRange, Platform};

/// How long a CPU may take from CPU_ON to its mailbox.
const PATIENCE: Duration = Duration::from_secs(10);

unsafe extern "C" {
    safe static secondary_entry: u8;
}

/// What a CPU needs of memory before it starts.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Makes the stacks of one CPU.
    pub make_stacks: fn() -> Result<Stacks, TableError>,
    /// Maps registers, or what is to be accessed like them, for good.
    pub map_device: fn(PhysicalRange) -> Result<NonNull<u8>, TableError>,
}

/// A CPU of the device tree that does not run, and why.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Which.
    pub affinity: Affinity,
    /// Why not.
    pub reason: String,
}

/// Why a CPU that came up is not used.
#[derive(Clone, Debug)]
pub enum NotReady {
    /// It is of another kind than the first.
    Unlike(Unlike),
    /// The interrupt controller does not know it.
    Interrupts(InterruptError),
    /// An interrupt does not arrive.
    NoInterrupt(NoInterrupt),
}

impl fmt::Display for NotReady {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlike(error) => error.fmt(formatter),
            Self::Interrupts(error) => error.fmt(formatter),
            Self::NoInterrupt(error) => error.fmt(formatter),
        }
    }
}

impl From<Unlike> for NotReady {
    fn from(error: Unlike) -> Self {
        Self::Unlike(error)
    }
}

impl From<InterruptError> for NotReady {
    fn from(error: InterruptError) -> Self {
        Self::Interrupts(error)
    }
}

impl From<NoInterrupt> for NotReady {
    fn from(error: NoInterrupt) -> Self {
        Self::NoInterrupt(error)
    }
}

/// What the CPU that was started last has said before it parked.
static NOT_READY: Lock<Option<NotReady>> = Lock::new(None);

/// Tells the first CPU why this one is not used, and parks.
pub fn give_up(reason: NotReady) -> ! {
    *NOT_READY.lock() = Some(reason);
    power::park()
}

/// Starts every CPU of the device tree but this one, one after the other; returns those that do not run.
///
/// The first CPU keeps index 0; the others follow in the tree's order. A CPU that gives up leaves its index to the next one.
pub fn start_all(platform: &Platform<'_>, memory: &Memory) -> Vec<Missing> {
    let own = Affinity::from_mpidr(registers::affinity());
    let mut missing = Vec::new();
    let (mut running, mut late) = (1, None);
    for cpu in platform.cpus.iter().filter(|cpu| cpu.affinity != own) {
        let index = CpuIndex(running);
        let started = match late {
            None => start(cpu, index, memory),
            Some(late) => Err(format!("not started, since CPU {late} may still take its place")),
        };
        match started.and_then(|()| wait(index)) {
            Ok(Up::Ready) => running += 1,
            Ok(Up::Never(reason)) => {
                late = Some(cpu.affinity);
                missing.push(Missing { affinity: cpu.affinity, reason });
            }
            Err(reason) => missing.push(Missing { affinity: cpu.affinity, reason }),
        }
    }
    cpus::set_online(running);
    missing
}

/// What became of a CPU that was started.
enum Up {
    /// It runs.
    Ready,
    /// It does not, or not as it should, for this reason; and it may have its record in use.
    Never(String),
}

/// Waits for a CPU, and for the interrupt that wakes it; an error is what it said before it parked.
fn wait(index: CpuIndex) -> Result<Up, String> {
    let deadline = timer::now().saturating_add(timer::ticks(PATIENCE));
    while !cpus::is_up(index) {
        if let Some(reason) = NOT_READY.lock().take() {
            return Err(format!("{reason}"));
        }
        if timer::now() >= deadline {
            return Ok(Up::Never(format!("not up {} s after it was started", PATIENCE.as_secs())));
        }
        relax();
    }
    Ok(arrival::await_other(index).map_or_else(|reason| Up::Never(format!("{reason}")), |()| Up::Ready))
}

fn start(cpu: &Cpu<'_>, index: CpuIndex, memory: &Memory) -> Result<(), String> {
    if index.0 >= MAX_CPUS {
        return Err(format!("only {MAX_CPUS} CPUs are used"));
    }
    if !cpu.usable || matches!(cpu.enable_method, EnableMethod::Other(_)) {
        return Err(format!("usable: {}, enable-method: {:x?}", cpu.usable, cpu.enable_method));
    }
    let stacks = (memory.make_stacks)().map_err(|error| format!("{error}"))?;
    let record = stacks::adopt(index, stacks);
    let context = core::ptr::from_ref(record) as u64;
    // The new CPU reads its record, and runs on stacks whose descriptors are as new.
    barriers::sequence_before_signal();
    if let EnableMethod::SpinTable(address) = cpu.enable_method {
        let range = spin_table::doubleword(address)
            .ok_or_else(|| format!("cpu-release-addr {address:#x} is no multiple of 8"))?;
        let release = (memory.map_device)(range).map_err(|error| format!("cpu-release-addr: {error}"))?;
        // SAFETY: the device tree says that the CPU polls it, and boot has taken it out of the memory.
        unsafe { spin_table::release(cpu.affinity, release, context) };
        return Ok(());
    }
    let entry = image::physical(&raw const secondary_entry);
    power::cpu_on(cpu.affinity, entry, context).map_err(|error| format!("PSCI CPU_ON: {error}"))
}
