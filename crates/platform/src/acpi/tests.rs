//! The reader against two machines' tables, as they are and broken. A fixture is memory from [`BASE`] on, its RSDP first.

use super::{AcpiError, PhysicalMemory, Signature, find_console, parse};
use crate::device_tree::{
    Conduit, ConsoleChoice, ConsoleDevice, EnableMethod, InterruptController, InterruptId, PhysicalRanges,
    Platform, RegisterWidth,
};
extern crate std;
use std::{string::ToString, vec::Vec};

const BASE: u64 = 0x4000_0000;
const V3: &[u8] = include_bytes!("fixtures/gicv3.acpi");
const V2: &[u8] = include_bytes!("fixtures/gicv2.acpi");

struct Memory<'a>(&'a [u8]);

impl<'a> PhysicalMemory<'a> for Memory<'a> {
    fn read(&mut self, address: u64, bytes: usize) -> Option<&'a [u8]> {
        let start = usize::try_from(address.checked_sub(BASE)?).ok()?;
        self.0.get(start..start.checked_add(bytes)?)
    }
}

fn read(bytes: &[u8]) -> Result<Platform<'_>, AcpiError> {
    parse(BASE, &mut Memory(bytes), PhysicalRanges::default())
}

/// Changes bytes of a table, and makes it add up again.
fn with(original: &[u8], table: Signature, at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut all = original.to_vec();
    // The first place behind the list of the tables that begins with the signature.
    let start = (0x200..all.len()).find(|start| all[*start..].starts_with(&table.0)).expect("the table");
    let length = usize::from(all[start + 4]) | usize::from(all[start + 5]) << 8;
    all[start + at..start + at + bytes.len()].copy_from_slice(bytes);
    let sum = all[start..start + length].iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    all[start + 9] = all[start + 9].wrapping_sub(sum);
    all
}

fn message(bytes: &[u8]) -> std::string::String {
    read(bytes).expect_err("broken").to_string()
}

#[test]
fn reads_a_machine_with_redistributors() {
    let platform = read(V3).expect("whole tables");
    let cpus: Vec<_> = platform.cpus.iter().map(|cpu| (cpu.affinity.bits(), cpu.usable)).collect();
    // The third can be added later, the fourth is none.
    assert_eq!(cpus, [(0, true), (1, true), (0x100, false)]);
    assert!(platform.cpus.iter().all(|cpu| cpu.enable_method == EnableMethod::Psci));
    assert_eq!(platform.psci.map(|psci| psci.conduit), Some(Conduit::Smc));
    assert_eq!(platform.timer.map(|timer| timer.virtual_interrupt), Some(InterruptId(27)));
    let Some(InterruptController::V3 { distributor, redistributors, stride }) = platform.interrupt_controller
    else {
        panic!("{:?}", platform.interrupt_controller)
    };
    assert_eq!((distributor.start, distributor.size(), stride), (0x800_0000, 0x1_0000, None));
    assert_eq!((redistributors[0].start, redistributors[0].size()), (0x80a_0000, 0xf6_0000));
    let console = platform.console.expect("a PL011");
    assert_eq!((console.device, console.registers.start), (ConsoleDevice::Pl011, 0x900_0000));
    assert!(console.has_speed && console.choice == ConsoleChoice::Acpi);
}

#[test]
fn reads_a_machine_with_a_16550_and_a_gicv2() {
    let platform = read(V2).expect("whole tables");
    let cpus: Vec<_> = platform.cpus.iter().map(|cpu| cpu.affinity.bits()).collect();
    assert_eq!(cpus, [0x80, 0x181]);
    assert_eq!(platform.psci.map(|psci| psci.conduit), Some(Conduit::Hvc));
    let Some(InterruptController::V2 { distributor, cpu_interface }) = platform.interrupt_controller else {
        panic!("{:?}", platform.interrupt_controller)
    };
    assert_eq!((distributor.start, cpu_interface.start), (0x800_0000, 0x801_0000));
    let console = platform.console.expect("a 16550");
    assert_eq!(console.device, ConsoleDevice::Ns16550 { shift: 2, width: RegisterWidth::Word });
    assert!(!console.has_speed);
}

#[test]
fn a_hypervisor_is_known_by_its_name() {
    let named = with(V3, Signature::FADT, 268, b"QEMU\0\0\0\0");
    assert_eq!(read(&named).map(|platform| platform.maker), Ok(Some("QEMU")));
    assert_eq!(read(&with(V3, Signature::FADT, 268, &[0; 8])).map(|platform| platform.maker), Ok(None));
    let unreadable = with(V3, Signature::FADT, 268, &[0xff; 8]);
    assert_eq!(read(&unreadable).map(|platform| platform.maker), Ok(Some("a hypervisor without a name")));
    assert_eq!(read(V2).map(|platform| platform.maker), Ok(None));
}

#[test]
fn needs_no_console_and_no_psci() {
    let silent = with(V3, Signature::SPCR, 44, &[0; 8]);
    assert_eq!(read(&silent).expect("tables").console, None);
    let platform = read(&with(V3, Signature::FADT, 129, &[0, 0])).map(|platform| platform.psci);
    assert_eq!(platform, Ok(None));
}

#[test]
fn names_the_value_that_is_wrong() {
    let mut flipped = V3.to_vec();
    flipped[0x210] ^= 1;
    let cases: [(Vec<u8>, &str); 12] = [
        (flipped, "FACP at 0x40000200: its bytes add up to 0x"),
        (with(V3, Signature::SPCR, 36, &[7]), "interface type of the structure at byte 0 is 0x7"),
        (with(V3, Signature::SPCR, 40, &[1]), "address space of the structure at byte 0 is 0x1"),
        (with(V3, Signature::SPCR, 44, &[1]), "base address of the structure at byte 0 is 0x9000001"),
        (with(V2, Signature::SPCR, 41, &[24]), "register bit width"),
        (with(V2, Signature::SPCR, 43, &[2]), "access size"),
        (with(V3, Signature::GTDT, 64, &[40]), "virtual EL1 timer GSIV of the structure at byte 0 is 0x28"),
        (with(V3, Signature::MADT, 44 + 20, &[9]), "GIC version of the structure at byte 44 is 0x9"),
        (with(V3, Signature::MADT, 45, &[0]), "length of the structure at byte 44 is 0x0"),
        (with(V3, Signature::MADT, 69, &[76 - 8]), "the structure at byte 68 has 68 bytes, expected 76"),
        (with(V3, Signature::MADT, 68 + 68, &[1]), "MPIDR of the structure at byte 148 is 0x1"),
        (with(V3, Signature::MADT, 68 + 68 + 3, &[0x80]), "MPIDR of the structure at byte 68 is 0x80000000"),
    ];
    for (bytes, expected) in &cases {
        let message = message(bytes);
        assert!(message.starts_with("ACPI: ") && message.contains(expected), "{message}, not {expected}");
    }
}

#[test]
fn refuses_what_leads_nowhere() {
    assert!(matches!(read(&V3[..20]), Err(AcpiError::NotInMemory { table: Signature::RSDP, .. })));
    assert!(matches!(read(&[0; 64]), Err(AcpiError::Signature { .. })));
    assert!(matches!(read(&V3[..0x300]), Err(AcpiError::NotInMemory { .. })));
    let mut root = V3.to_vec();
    root[8] ^= 1;
    assert!(matches!(read(&root), Err(AcpiError::Checksum { table: Signature::RSDP, .. })));
    // The flags of both CPUs that are enabled.
    let one = with(V3, Signature::MADT, 68 + 12, &[0]);
    assert_eq!(read(&with(&one, Signature::MADT, 148 + 12, &[0])), Err(AcpiError::NoCpu));
    let huge = with(V3, Signature::GTDT, 4, &[0, 0, 0, 1]);
    assert_eq!(read(&huge), Err(AcpiError::Length { table: Signature::GTDT, length: 1 << 24 }));
}

#[test]
fn finds_the_console_of_a_broken_machine() {
    let broken = with(V3, Signature::MADT, 45, &[0]);
    assert!(read(&broken).is_err());
    let console = find_console(BASE, &mut Memory(&broken)).expect("the rest is whole");
    assert_eq!(console.map(|console| console.registers.start), Some(0x900_0000));
}
