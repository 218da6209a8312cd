//! The MADT: CPUs and interrupt controller (ACPI 5.2.12).

use super::error::{AcpiError, Signature};
use super::fields::Fields;
use crate::device_tree::{
    Affinity, Cpu, Cpus, EnableMethod, InterruptController, MAXIMUM_REDISTRIBUTOR_REGIONS, PhysicalRange,
};
use arrayvec::ArrayVec;

/// Where the structures begin.
const STRUCTURES: usize = 44;
/// The types of structures that are read.
const CPU_INTERFACE: u8 = 0x0b;
const DISTRIBUTOR: u8 = 0x0c;
const REDISTRIBUTORS: u8 = 0x0e;
/// GICC flags: enabled, and such that it can be added later.
const ENABLED: u32 = 1 << 0;
const ONLINE_CAPABLE: u32 = 1 << 3;
/// Bytes of the registers GICD of a GICv2 and of a GICv3, of GICC, and of GICR as far as they are used.
const DISTRIBUTOR_V2: u64 = 0x1000;
const DISTRIBUTOR_V3: u64 = 0x1_0000;
const INTERFACE: u64 = 0x2000;
const REDISTRIBUTOR: u64 = 0x2_0000;

/// What the MADT says.
pub(super) struct Description<'a> {
    pub(super) cpus: Cpus<'a>,
    pub(super) interrupt_controller: Option<InterruptController>,
}

/// Regions of redistributors.
type Regions = ArrayVec<PhysicalRange, MAXIMUM_REDISTRIBUTOR_REGIONS>;

/// Reads the table. `psci` tells whether CPUs are started by PSCI.
pub(super) fn read<'a>(table: Option<Fields<'_>>, psci: bool) -> Result<Description<'a>, AcpiError> {
    let table = table.ok_or(AcpiError::Missing(Signature::MADT))?;
    let mut cpus = Cpus::default();
    let mut distributor = None;
    let mut interface = 0;
    let (mut regions, mut own) = (Regions::new(), Regions::new());
    for structure in table.structures(STRUCTURES) {
        let (kind, fields) = structure?;
        match kind {
            CPU_INTERFACE => {
                let Some(cpu) = read_cpu(fields, psci, &cpus)? else { continue };
                cpus.add(cpu);
                let redistributor = fields.long(60)?;
                if interface == 0 {
                    interface = fields.long(32)?;
                }
                // Where no structure of its own tells of the redistributors, each CPU tells of its own.
                if redistributor != 0 && !own.is_full() {
                    add(&mut own, range(fields, "GICR base address", redistributor, REDISTRIBUTOR)?)?;
                }
            }
            DISTRIBUTOR if distributor.is_none() => distributor = Some(fields),
            REDISTRIBUTORS => {
                let (start, bytes) = (fields.long(4)?, fields.word(12)?);
                if u64::from(bytes) < REDISTRIBUTOR {
                    return Err(fields.wrong("discovery range length", bytes.into(), "0x20000 or more"));
                }
                add(&mut regions, range(fields, "discovery range base", start, bytes.into())?)?;
            }
            _ => {}
        }
    }
    if !cpus.iter().any(|cpu| cpu.usable) {
        return Err(AcpiError::NoCpu);
    }
    let redistributors = if regions.is_empty() { own } else { regions };
    let controller = distributor.map(|fields| controller(fields, interface, redistributors)).transpose()?;
    Ok(Description { cpus, interrupt_controller: controller })
}

/// Reads one CPU; `None` if the table says that it is none.
fn read_cpu<'a>(fields: Fields<'_>, psci: bool, others: &Cpus<'_>) -> Result<Option<Cpu<'a>>, AcpiError> {
    let flags = fields.word(12)?;
    if flags & (ENABLED | ONLINE_CAPABLE) == 0 {
        return Ok(None);
    }
    let mpidr = fields.long(68)?;
    let affinity = Affinity::from_mpidr(mpidr);
    if affinity.bits() != mpidr {
        return Err(fields.wrong("MPIDR", mpidr, "affinity fields alone"));
    }
    if others.iter().any(|other| other.affinity == affinity) {
        return Err(fields.wrong("MPIDR", mpidr, "another than that of a CPU before"));
    }
    let enable_method = if psci { EnableMethod::Psci } else { EnableMethod::Other("parking protocol") };
    Ok(Some(Cpu { affinity, enable_method, usable: flags & ENABLED != 0 }))
}

/// Reads which interrupt controller it is.
fn controller(
    fields: Fields<'_>,
    interface: u64,
    redistributors: Regions,
) -> Result<InterruptController, AcpiError> {
    let start = fields.long(8)?;
    let is_v2 = match fields.byte(20)? {
        0 => redistributors.is_empty(),
        1 | 2 => true,
        3 | 4 => false,
        other => return Err(fields.wrong("GIC version", other.into(), "0 to 4")),
    };
    if is_v2 {
        return Ok(InterruptController::V2 {
            distributor: range(fields, "physical base address", start, DISTRIBUTOR_V2)?,
            cpu_interface: range(fields, "the CPUs' physical base address", interface, INTERFACE)?,
        });
    }
    if redistributors.is_empty() {
        return Err(fields.wrong("GIC version", fields.byte(20)?.into(), "2 or less without redistributors"));
    }
    let distributor = range(fields, "physical base address", start, DISTRIBUTOR_V3)?;
    Ok(InterruptController::V3 { distributor, redistributors, stride: None })
}

/// Returns a range of registers that can be true.
fn range(
    fields: Fields<'_>,
    field: &'static str,
    start: u64,
    bytes: u64,
) -> Result<PhysicalRange, AcpiError> {
    let possible = start != 0 && start.is_multiple_of(0x1000);
    let range = PhysicalRange::new(start, bytes).filter(|_| possible);
    range.ok_or_else(|| fields.wrong(field, start, "a page's address other than 0, and room behind it"))
}

fn add(regions: &mut Regions, region: PhysicalRange) -> Result<(), AcpiError> {
    regions.try_push(region).map_err(|_| AcpiError::TooMany {
        table: Signature::MADT,
        what: "regions of redistributors",
        limit: MAXIMUM_REDISTRIBUTOR_REGIONS,
    })
}
