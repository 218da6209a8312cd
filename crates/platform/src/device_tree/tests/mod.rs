//! Real trees and a board's tree. Each fixture is `dtc -O dtb` of the source beside it.

mod broken;
mod consoles;
mod limits;

use super::{
    Affinity, Conduit, Console, ConsoleChoice, ConsoleDevice, EnableMethod, InterruptController, InterruptId,
    PhysicalRange, Platform, Psci, PsciRevision,
};
extern crate std;
use std::{
    string::{String, ToString},
    vec::Vec,
};

const GICV2_1_CPU: &[u8] = include_bytes!("../fixtures/virt-gicv2-1-cpu.dtb");
const GICV2_SECURE_8_CPUS: &[u8] = include_bytes!("../fixtures/virt-gicv2-secure-8-cpus.dtb");
const GICV3_EL2_16_CPUS: &[u8] = include_bytes!("../fixtures/virt-gicv3-el2-16-cpus.dtb");
const GICV3_18_CPUS: &[u8] = include_bytes!("../fixtures/virt-gicv3-18-cpus.dtb");
const BOARD: &[u8] = include_bytes!("../fixtures/board.dtb");
/// [`GICV2_1_CPU`], and a node and a property with names beyond the 31 characters of the specification.
const LONG_NAMES: &[u8] = include_bytes!("../fixtures/long-names.dtb");
const MODULE: &[u8] = include_bytes!("../fixtures/module.dtb");

fn range(start: u64, size: u64) -> PhysicalRange {
    PhysicalRange::new(start, size).unwrap()
}

/// Puts `new` in the place of the only occurrence of `old`.
fn patch(blob: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let places: Vec<_> = (0..blob.len()).filter(|place| blob[*place..].starts_with(old)).collect();
    let [place] = places[..] else { panic!("{} occurrences", places.len()) };
    let mut patched = blob.to_vec();
    patched[place..place + new.len()].copy_from_slice(new);
    patched
}

fn message(blob: &[u8]) -> String {
    Platform::parse(blob).unwrap_err().to_string()
}

#[test]
fn names_may_be_longer_than_the_specification_has_them() {
    let (plain, long) = (Platform::parse(GICV2_1_CPU).unwrap(), Platform::parse(LONG_NAMES).unwrap());
    assert_eq!(Platform { blob_size: plain.blob_size, ..long }, plain);
    assert_eq!(Console::find(LONG_NAMES).unwrap(), plain.console);
}

#[test]
fn reads_a_machine_with_gicv2_and_one_cpu() {
    let platform = Platform::parse(GICV2_1_CPU).unwrap();
    assert_eq!(platform.blob_size, GICV2_1_CPU.len());
    assert_eq!(platform.boot_arguments, "");
    let console = Console {
        registers: range(0x900_0000, 0x1000),
        device: ConsoleDevice::Pl011,
        choice: ConsoleChoice::StandardOutput,
        has_speed: false,
    };
    assert_eq!(platform.console, Some(console));
    assert_eq!(console.to_string(), "PL011 at 0x9000000, as stdout-path says");
    assert_eq!(platform.memory[..], [range(0x4000_0000, 64 << 20)]);
    assert_eq!(platform.cpus.len(), 1);
    assert_eq!(platform.cpus[0].enable_method, EnableMethod::Unstated);
    assert_eq!(platform.psci, Some(Psci { conduit: Conduit::Hvc, revision: PsciRevision::V1_0 }));
    let distributor = range(0x800_0000, 0x1_0000);
    let cpu_interface = range(0x801_0000, 0x1_0000);
    let expected = InterruptController::V2 { distributor, cpu_interface };
    assert_eq!(platform.interrupt_controller, Some(expected));
    assert_eq!(platform.timer.unwrap().virtual_interrupt, InterruptId(27));
    assert_eq!(platform.timer.unwrap().clock_frequency, None);
}

#[test]
fn a_program_is_known_by_a_name_that_no_board_has() {
    let maker = |blob| Platform::parse(blob).unwrap().maker;
    assert_eq!(maker(GICV2_1_CPU), Some("linux,dummy-virt"));
    assert_eq!(maker(BOARD), None);
}

#[test]
fn a_machine_with_firmware_has_no_psci_and_hides_secure_devices() {
    let platform = Platform::parse(GICV2_SECURE_8_CPUS).unwrap();
    assert_eq!(platform.psci, None);
    assert_eq!(platform.memory[..], [range(0x4000_0000, 1 << 30)]);
    assert_eq!(platform.console.unwrap().registers, range(0x900_0000, 0x1000));
    assert_eq!(platform.cpus.len(), 8);
}

#[test]
fn reads_a_machine_with_gicv3_and_el2() {
    let platform = Platform::parse(GICV3_EL2_16_CPUS).unwrap();
    assert_eq!(platform.psci.unwrap().conduit, Conduit::Smc);
    assert_eq!(platform.cpus.len(), 16);
    assert_eq!(platform.cpus.left_out, 0);
    assert!(platform.cpus.iter().all(|cpu| cpu.usable && cpu.enable_method == EnableMethod::Psci));
    let Some(InterruptController::V3 { distributor, redistributors, stride }) = platform.interrupt_controller
    else {
        panic!()
    };
    assert_eq!(distributor, range(0x800_0000, 0x1_0000));
    assert_eq!(redistributors[..], [range(0x80a_0000, 0xf6_0000)]);
    assert_eq!(stride, None);
}

#[test]
fn reads_boot_arguments_and_a_second_cluster() {
    let platform = Platform::parse(GICV3_18_CPUS).unwrap();
    assert_eq!(platform.boot_arguments, "--suite access-flag --seed 0x5eed");
    assert_eq!(platform.cpus[17].affinity.fields(), [0, 0, 1, 1]);
    assert_eq!(platform.memory.total(), 5 << 30);
}

#[test]
fn translates_addresses_through_buses_and_follows_an_alias() {
    let platform = Platform::parse(BOARD).unwrap();
    assert_eq!(platform.boot_arguments, "--list");
    let console = platform.console.unwrap();
    // 0x2000 on the inner bus is 0x1000 on the outer one, which starts at 0x1_4000_0000.
    assert_eq!(console.registers, range(0x1_4000_1000, 0x1000));
    assert_eq!((console.choice, console.has_speed), (ConsoleChoice::StandardOutput, true));
    let Some(InterruptController::V3 { distributor, redistributors, stride }) = platform.interrupt_controller
    else {
        panic!()
    };
    assert_eq!(distributor, range(0x5000_0000, 0x1_0000));
    assert_eq!(redistributors[..], [range(0x5010_0000, 0x10_0000), range(0x5020_0000, 0x8_0000)]);
    assert_eq!(stride, Some(0x4_0000));
    assert_eq!(platform.timer.unwrap().virtual_interrupt, InterruptId(1056 + 5));
    assert_eq!(platform.timer.unwrap().clock_frequency, Some(24_000_000));
    assert_eq!(platform.psci, Some(Psci { conduit: Conduit::Smc, revision: PsciRevision::V0_2 }));
}

#[test]
fn memory_is_without_reservations_and_without_what_is_unusable() {
    let platform = Platform::parse(BOARD).unwrap();
    let expected = [
        range(0x8001_0000, 0xfff_0000),
        range(0x9100_0000, 0x3f00_0000),
        range(0x8_0000_0000, 0x1_0000_0000),
    ];
    assert_eq!(platform.memory[..], expected);
}

#[test]
fn reads_each_cpus_affinity_method_and_status() {
    let cpus = Platform::parse(BOARD).unwrap().cpus;
    assert_eq!(cpus.len(), 3);
    assert_eq!(cpus[1].affinity.to_string(), "0.0.1.1");
    assert_eq!(cpus[1].enable_method, EnableMethod::SpinTable(0x1_8000_fff8));
    assert_eq!(cpus[2].affinity.fields(), [2, 1, 0, 0]);
    assert_eq!(cpus[2].enable_method, EnableMethod::Other("vendor,magic"));
    assert!(cpus[0].usable && !cpus[2].usable);
}

#[test]
fn an_affinity_leaves_out_the_other_fields_of_mpidr() {
    assert_eq!(Affinity::from_mpidr(0xc100_0203).fields(), [0, 0, 2, 3]);
    assert_eq!(Affinity::from_mpidr(0x04_c103_0201).bits(), 0x04_0003_0201);
}

#[test]
fn the_first_usable_pl011_is_the_console_where_the_standard_output_is_none() {
    let first = |registers, choice| {
        Some(Console { registers, device: ConsoleDevice::Pl011, choice, has_speed: false })
    };
    let is_first = |blob: &[u8], choice| {
        assert_eq!(Platform::parse(blob).unwrap().console, first(range(0x9000, 0x1000), choice));
        assert_eq!(Console::find(blob), Ok(first(range(0x9000, 0x1000), choice)));
    };
    let alias: &[u8] = b"/soc/bus@1000/serial@2000";
    is_first(&patch(BOARD, b"serial1:115200n8", b"serialX:115200n8"), ConsoleChoice::First);
    is_first(&patch(BOARD, alias, b"/soc/bus@1000/serial@3000"), ConsoleChoice::First);
    let of_bus = ConsoleChoice::Instead { of: "bus@1000" };
    is_first(&patch(BOARD, alias, b"/soc/////////////bus@1000"), of_bus);
    // This machine's first PL011 is for Secure software, and disabled.
    let blob = patch(GICV2_SECURE_8_CPUS, b"stdout-path", b"stdout-away");
    assert_eq!(
        Platform::parse(&blob).unwrap().console,
        first(range(0x900_0000, 0x1000), ConsoleChoice::First)
    );
}

#[test]
fn a_module_stands_between_two_addresses_of_chosen() {
    // The first of one cell, the second of two.
    assert_eq!(Platform::parse(MODULE).unwrap().module, Some(range(0x4800_0000, 0x1234)));
    assert_eq!(Platform::parse(BOARD).unwrap().module, None);
    let nothing = patch(MODULE, &[0x48, 0, 0x12, 0x34], &[0x48, 0, 0, 0]);
    assert_eq!(Platform::parse(&nothing).unwrap().module, None);
    let before = patch(MODULE, &[0x48, 0, 0x12, 0x34], &[0x47, 0, 0x12, 0x34]);
    assert!(message(&before).contains("an address behind linux,initrd-start"), "{}", message(&before));
    let alone = patch(MODULE, b"linux,initrd-end\0", b"linux,initrd-and\0");
    assert!(message(&alone).contains("linux,initrd-end"), "{}", message(&alone));
}
