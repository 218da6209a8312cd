//! ACPI: the machine as a firmware without a device tree describes it (ACPI Specification 6.5).
//!
//! Four tables are read: the MADT for CPUs and interrupt controller, the GTDT for the timer, the FADT for PSCI, the SPCR for
//! the console. They are fixed structures, read here in place and within bounds: the crates that read them take them by
//! pointers that nothing checks. Nothing here trusts a table: a broken one gives an error that names table, field and value.

mod console;
mod error;
mod fields;
mod madt;
mod tables;
#[cfg(test)]
mod tests;

pub use error::{AcpiError, Signature};
pub use tables::{MAXIMUM_TABLE, MAXIMUM_TABLES, PhysicalMemory};

use crate::device_tree::{
    Conduit, Console, InterruptId, PhysicalRanges, Platform, Psci, PsciRevision, Timer, VirtioDevices,
};
use fields::Fields;
use tables::Tables;

/// FADT, `ARM_BOOT_ARCH` (ACPI 5.2.9.4).
const ARM_BOOT_FLAGS: usize = 129;
/// `PSCI_COMPLIANT`: PSCI is there.
const PSCI_COMPLIANT: u16 = 1 << 0;
/// `PSCI_USE_HVC`: it is called by HVC, else by SMC.
const PSCI_USE_HVC: u16 = 1 << 1;
/// FADT, `Hypervisor Vendor Identity`: 8 bytes of text, or zeroes where there is none; tables before ACPI 6.0 end before it.
const HYPERVISOR: usize = 268;
/// GTDT, virtual EL1 timer GSIV (ACPI 5.2.25).
const VIRTUAL_TIMER: usize = 64;

/// Reads the machine from the tables that the RSDP at `root` leads to; `memory` is what nobody else uses of it.
///
/// # Errors
///
/// An [`AcpiError`] if a table is broken, or if there is no CPU.
pub fn parse<'a>(
    root: u64,
    tables: &mut impl PhysicalMemory<'a>,
    memory: PhysicalRanges,
) -> Result<Platform<'a>, AcpiError> {
    let mut tables = Tables::open(root, tables)?;
    let fixed = tables.find(Signature::FADT)?;
    let psci = psci(fixed)?;
    let description = madt::read(tables.find(Signature::MADT)?, psci.is_some())?;
    let timer = timer(tables.find(Signature::GTDT)?)?;
    Ok(Platform {
        blob_size: 0,
        maker: fixed.and_then(hypervisor),
        boot_arguments: "",
        module: None,
        console: tables.find(Signature::SPCR)?.map_or(Ok(None), console::read)?,
        // ACPI names them in code of its own, which is not executed.
        virtio: VirtioDevices::default(),
        memory,
        cpus: description.cpus,
        psci,
        interrupt_controller: description.interrupt_controller,
        timer,
    })
}

/// Finds the console and nothing else, so that tables that [`parse`] refuses can be reported.
///
/// # Errors
///
/// An [`AcpiError`] if the tables that lead to it are broken.
pub fn find_console<'a>(
    root: u64,
    tables: &mut impl PhysicalMemory<'a>,
) -> Result<Option<Console<'a>>, AcpiError> {
    Tables::open(root, tables)?.find(Signature::SPCR)?.map_or(Ok(None), console::read)
}

fn psci(table: Option<Fields<'_>>) -> Result<Option<Psci>, AcpiError> {
    let flags = u16::from_le_bytes(table.ok_or(AcpiError::Missing(Signature::FADT))?.array(ARM_BOOT_FLAGS)?);
    let conduit = if flags & PSCI_USE_HVC == 0 { Conduit::Smc } else { Conduit::Hvc };
    // ACPI asks for function identifiers as of PSCI 0.2.
    let psci = Psci { conduit, revision: PsciRevision::V0_2 };
    Ok((flags & PSCI_COMPLIANT != 0).then_some(psci))
}

/// Returns the name of the hypervisor that the FADT is from, if it names one.
fn hypervisor(table: Fields<'_>) -> Option<&str> {
    let bytes = table.bytes.get(HYPERVISOR..)?.get(..8)?;
    let name = str::from_utf8(bytes).unwrap_or("a hypervisor without a name").trim_end_matches('\0');
    Some(name).filter(|name| !name.is_empty())
}

fn timer(table: Option<Fields<'_>>) -> Result<Option<Timer>, AcpiError> {
    let Some(table) = table else { return Ok(None) };
    match table.word(VIRTUAL_TIMER)? {
        // Private to a CPU: PPIs, and extended ones (GIC architecture specification, 2.2).
        number @ (16..32 | 1056..1120) => {
            Ok(Some(Timer { virtual_interrupt: InterruptId(number), clock_frequency: None }))
        }
        other => Err(table.wrong("virtual EL1 timer GSIV", other.into(), "16 to 31 or 1056 to 1119")),
    }
}
