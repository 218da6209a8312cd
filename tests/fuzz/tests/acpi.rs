//! ACPI's tables: any memory is described, or refused in words that name what is wrong with it.

use afdbm_fuzz::{cases, inputs};
use platform::acpi::{PhysicalMemory, find_console, parse};
use platform::device_tree::{MAXIMUM_CPUS, PhysicalRanges};
use proptest::prelude::{prop_assert, proptest};
use proptest::test_runner::TestCaseError;
use std::fs;

/// Where the memory of the fixtures begins, with its RSDP.
const BASE: u64 = 0x4000_0000;

struct Memory<'a>(&'a [u8]);

impl<'a> PhysicalMemory<'a> for Memory<'a> {
    fn read(&mut self, address: u64, bytes: usize) -> Option<&'a [u8]> {
        let start = usize::try_from(address.checked_sub(BASE)?).ok()?;
        self.0.get(start..start.checked_add(bytes)?)
    }
}

/// The tables of the platform's own tests.
fn originals() -> Vec<Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/platform/src/acpi/fixtures");
    let files = fs::read_dir(directory).expect("the fixtures").flatten().map(|entry| entry.path());
    let all: Vec<_> = files.map(|path| fs::read(path).expect("a fixture")).collect();
    assert!(all.len() >= 2, "{} machines", all.len());
    assert!(all.iter().all(|one| parse(BASE, &mut Memory(one), PhysicalRanges::default()).is_ok()));
    all
}

/// Makes every table add up, wherever its signature stands, so that more than its sum is looked at.
fn added_up(mut memory: Vec<u8>) -> Vec<u8> {
    let sum = |bytes: &[u8]| bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    if memory.len() >= 36 {
        memory[8] = memory[8].wrapping_sub(sum(&memory[..20]));
        memory[32] = memory[32].wrapping_sub(sum(&memory[..36]));
    }
    for start in 0..memory.len().saturating_sub(36) {
        if [b"XSDT", b"APIC", b"GTDT", b"FACP", b"SPCR"]
            .iter()
            .all(|name| !memory[start..].starts_with(*name))
        {
            continue;
        }
        let length = memory[start + 4..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)) as usize;
        if let Some(table) = start.checked_add(length).and_then(|end| memory.get_mut(start..end))
            && table.len() >= 36
        {
            table[9] = table[9].wrapping_sub(sum(table));
        }
    }
    memory
}

fn check(memory: &[u8]) -> Result<(), TestCaseError> {
    match parse(BASE, &mut Memory(memory), PhysicalRanges::default()) {
        Ok(platform) => {
            let cpus = platform.cpus.iter().count();
            prop_assert!((1..=MAXIMUM_CPUS).contains(&cpus), "{cpus} CPUs");
            prop_assert!(platform.console.is_none_or(|console| !console.registers.is_empty()));
        }
        Err(error) => {
            let message = error.to_string();
            prop_assert!(message.starts_with("ACPI: ") && message.len() > 10, "{message}");
        }
    }
    if let Err(error) = find_console(BASE, &mut Memory(memory)) {
        prop_assert!(error.to_string().starts_with("ACPI: "));
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn tables_are_described_or_refused_by_name(memory in inputs(originals())) {
        check(&memory)?;
        check(&added_up(memory))?;
    }
}
