//! What the log says of the machine, before the plan and under a failure.

use super::{ATOMICS, BootReport};
use crate::machine::layout::PAGE_SIZE;
use crate::machine::per_cpu::{CpuIndex, MAX_CPUS};
use crate::machine::smp::Missing;
use crate::machine::{console, cpus, maker, power};
use crate::memory::frames;
use crate::support::product::machine::implemented;
use afdbm::geometry::Granule;
use cases::{Case, Management};
use core::fmt::Write;
use platform::device_tree::{InterruptController, MAXIMUM_RANGES};
use platform::errata::{Erratum, Touches};
use record::options::Options;
use record::report::{Environment, Line, Reporter, Translation};

/// Begins the log: the environment, and what is unusual about the machine. The seed is among the options.
pub fn tell<W: Write>(
    reporter: &mut Reporter<W>,
    machine: &BootReport<'_>,
    options: &Options<'_>,
    missing: &[Missing],
) {
    let first = cpus::identification(CpuIndex(0));
    reporter.start(&Environment {
        version: env!("CARGO_PKG_VERSION"),
        cpu: options.cpu.map_or("unknown", |cpu| cpu.0),
        midr: low_word(first.midr),
        hafdbs: low_byte(first.hafdbs()),
        entry_level: low_byte(machine.level),
        cpus: cpus::online(),
        memory: machine.bytes >> 20,
        granule: 4,
        seed: options.seed.expect("the seed is chosen").0,
        atomics: ATOMICS,
    });
    reporter.diagnostic(format_args!(
        "pinned: SCTLR_EL1.SPAN=1 EPAN=0; kernel tables Write-Back Inner Shareable; CnP=0"
    ));
    tell_machine(machine, reporter);
    for erratum in errata() {
        reporter.diagnostic(format_args!("{erratum}: {}", erratum.text));
    }
    if let Some(hypervisor) = power::hypervisor() {
        reporter.diagnostic(format_args!("{}{hypervisor}", Line::HYPERVISOR));
    }
    reporter.diagnostic(format_args!("made by {}", maker::Told));
    let semihosting = console::is_semihosting();
    if semihosting {
        reporter.diagnostic(format_args!("console: semihosting, as --semihosting says"));
    } else if options.semihosting {
        reporter.diagnostic(format_args!("--semihosting: nobody takes HLT 0xF000"));
    }
    if let Some(console) = machine.console.filter(|_| !semihosting) {
        reporter.diagnostic(format_args!("console: {console}"));
    }
    match machine.platform.memory.left_out() {
        0 => {}
        bytes => {
            let kibibytes = bytes >> 10;
            reporter.diagnostic(format_args!(
                "{kibibytes} KiB of memory in small pieces are left out: {MAXIMUM_RANGES} pieces are used"
            ));
        }
    }
    if let Some(substitute) = options.variant {
        reporter
            .diagnostic(format_args!("variant: {substitute} stands in the place of ours, to be convicted"));
    }
    for missing in missing {
        reporter.diagnostic(format_args!("CPU {:?} does not run: {}", missing.affinity, missing.reason));
    }
    match machine.platform.cpus.left_out {
        0 => {}
        more => {
            reporter
                .diagnostic(format_args!("{more} further CPUs do not run: only {MAX_CPUS} CPUs are used"));
        }
    }
}

/// What the machine has, beyond what every machine of its model has.
fn tell_machine<W: Write>(machine: &BootReport<'_>, reporter: &mut Reporter<W>) {
    let first = cpus::identification(CpuIndex(0));
    let gic = match machine.platform.interrupt_controller {
        Some(InterruptController::V2 { .. }) => "GICv2",
        Some(InterruptController::V3 { .. }) => "GICv3",
        None => "no GIC",
    };
    let free = (frames::available() * PAGE_SIZE) >> 20;
    let asid = if first.wide_asids() { 16 } else { 8 };
    match power::version() {
        Ok(version) => reporter.diagnostic(format_args!(
            "machine: PSCI {version}, {gic}, {free} MiB free, ASIDs of {asid} bits"
        )),
        Err(error) => {
            reporter
                .diagnostic(format_args!("machine: {error}, {gic}, {free} MiB free, ASIDs of {asid} bits"));
        }
    }
    let tables = implemented(&first);
    let translation = Translation {
        ets: low_byte(first.ets()),
        bbm: low_byte(first.bbm()),
        granules: Granule::ALL.map(|granule| tables.lacks_granule(granule).is_none()),
    };
    reporter.diagnostic(format_args!("{translation}"));
}

/// The errata of the CPUs that run, each once.
fn errata() -> impl Iterator<Item = &'static Erratum> {
    let midr = |index| low_word(cpus::identification(CpuIndex(index)).midr);
    let is_new = move |index: &usize| (0..*index).all(|before| midr(before) != midr(*index));
    (0..cpus::online()).filter(is_new).flat_map(move |index| Erratum::of(midr(index)))
}

/// Names each erratum that may be why a case failed.
pub fn tell_errata<W: Write>(reporter: &mut Reporter<W>, case: &Case) {
    for erratum in errata() {
        let may_explain = match erratum.touches {
            Touches::DirtyState => case.needs.management != Management::Nothing,
            Touches::Invalidation | Touches::InstructionAborts => true,
            Touches::Counter => false,
        };
        if may_explain {
            reporter.diagnostic(format_args!("may be {erratum}: {}", erratum.text));
        }
    }
}

/// Bits 31:0: the ID register has no others.
const fn low_word(register: u64) -> u32 {
    let [a, b, c, d, ..] = register.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Bits 7:0, of a field that is narrower.
const fn low_byte(field: u64) -> u8 {
    field.to_le_bytes()[0]
}
