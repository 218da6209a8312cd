//! Device trees: any blob is described, or refused in words that name what is wrong with it.

use afdbm_fuzz::{cases, inputs};
use platform::device_tree::{Console, DeviceTreeError, MAXIMUM_CPUS, MAXIMUM_RANGES, Platform};
use proptest::prelude::{prop_assert, proptest};
use proptest::test_runner::TestCaseError;
use std::fs;

/// The trees of the platform's own tests.
fn originals() -> Vec<Vec<u8>> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/platform/src/device_tree/fixtures");
    let files = fs::read_dir(directory).expect("the fixtures").flatten().map(|entry| entry.path());
    let blobs: Vec<Vec<u8>> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "dtb"))
        .map(|path| fs::read(path).expect("a fixture"))
        .collect();
    assert!(blobs.len() >= 4, "{} trees", blobs.len());
    blobs
}

/// Makes the header announce the size that the blob has, so that more than the header is looked at.
fn announced(mut blob: Vec<u8>) -> Vec<u8> {
    if let (Ok(size), Some(field)) = (u32::try_from(blob.len()), blob.get_mut(4..8)) {
        field.copy_from_slice(&size.to_be_bytes());
    }
    blob
}

fn check(blob: &[u8]) -> Result<(), TestCaseError> {
    // The reader has no heap: what it holds is bounded by its types.
    match Platform::parse(blob) {
        Ok(platform) => describes(&platform, blob)?,
        Err(error) => names_what_is_wrong(&error)?,
    }
    match Console::find(blob) {
        Ok(Some(console)) => prop_assert!(!console.registers.is_empty()),
        Ok(None) => {}
        Err(error) => names_what_is_wrong(&error)?,
    }
    Ok(())
}

/// Checks that a description can be true: it has memory and CPUs, and its ranges are ordered and apart.
fn describes(platform: &Platform<'_>, blob: &[u8]) -> Result<(), TestCaseError> {
    prop_assert!(platform.blob_size <= blob.len());
    let ranges: Vec<_> = platform.memory.iter().collect();
    prop_assert!(!ranges.is_empty() && ranges.len() <= MAXIMUM_RANGES);
    prop_assert!(ranges.iter().all(|range| range.start < range.end), "{ranges:?}");
    prop_assert!(ranges.is_sorted_by(|one, next| one.end <= next.start), "{ranges:?}");
    let cpus = platform.cpus.iter().count();
    prop_assert!((1..=MAXIMUM_CPUS).contains(&cpus), "{cpus} CPUs");
    Ok(())
}

fn names_what_is_wrong(error: &DeviceTreeError<'_>) -> Result<(), TestCaseError> {
    let message = error.to_string();
    prop_assert!(
        message.starts_with("device tree: ") && message.len() > "device tree: ".len() + 3,
        "{message}"
    );
    match error {
        DeviceTreeError::Property { node, property, .. }
        | DeviceTreeError::MissingProperty { node, property } => {
            prop_assert!(message.contains(node) && message.contains(property), "{message}");
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn a_blob_is_described_or_refused_by_name(blob in inputs(originals())) {
        check(&blob)?;
        check(&announced(blob))?;
    }
}

/// A blob of one structure block.
fn tree(structure: &[u32]) -> Vec<u8> {
    let words = u32::try_from(structure.len()).expect("a small tree");
    // Magic, size, offsets of structure, strings and reservations, versions, boot CPU, sizes of strings and structure.
    let header = [0xd00d_feed, 0, 56, 56 + words * 4, 40, 17, 16, 0, 0, words * 4];
    let reservations = [0; 4];
    let all = header.iter().chain(&reservations).chain(structure);
    announced(all.flat_map(|word| word.to_be_bytes()).collect())
}

#[test]
fn nodes_within_nodes_are_refused_however_deep() {
    const BEGIN: [u32; 2] = [1, 0];
    for depth in [2, 16, 17, 1000, 100_000] {
        let structure = [BEGIN.repeat(depth), vec![2; depth], vec![9]].concat();
        let blob = tree(&structure);
        let error = Platform::parse(&blob).expect_err("a tree without memory").to_string();
        assert!(error.starts_with("device tree: "), "{depth}: {error}");
        // Without their ends, too.
        let open = tree(&BEGIN.repeat(depth));
        assert!(Platform::parse(&open).is_err());
    }
}
