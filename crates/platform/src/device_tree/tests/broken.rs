//! Trees that are damaged: each is refused with a message, none panics.

use super::{BOARD, GICV2_1_CPU, GICV3_EL2_16_CPUS, LONG_NAMES, message, patch};
use crate::device_tree::{Console, DeviceTreeError, Platform, blob_size};
extern crate std;
use std::{format, string::ToString};

#[test]
fn errors_name_node_property_value_and_expectation() {
    type Patch = (&'static [u8], &'static [u8], &'static str);
    let cases: [Patch; 10] = [
        (b"smc\0", b"sms\0", "node psci: method = \"sms\", expected \"hvc\" or \"smc\""),
        (
            b"\0\0\0\x03\0\0\0\x05\0\0\0\x04\0\0\0\0",
            b"\0\0\0\0\0\0\0\x05\0\0\0\x04\0\0\0\0",
            "node timer: interrupts = <0x1 0xe 0x4 0x0 0x0 0x5 0x4 0x0>, \
             expected an interrupt private to a CPU: 1 and 0 to 15, or 3 and 0 to 63",
        ),
        (b"virt\0", b"vice\0", "node timer: interrupt-names = \"phys\", \"vice\", expected a name \"virt\""),
        (
            b"\0\0\0\0\0\x04\0\0",
            b"\0\0\0\0\0\x01\0\0",
            "node interrupt-controller@10000000: redistributor-stride = <0x0 0x10000>, \
             expected 64 KiB frames, two or more",
        ),
        (
            b"\0\0\0\x02\0\x01\0\0",
            b"\0\0\x02\0\0\x01\0\0",
            "node cpu@200000000: reg = <0x200 0x10000>, \
             expected affinity fields of MPIDR_EL1 in /cpus' address cells",
        ),
        (
            b"\0\0\x20\0\0\0\x10\0\0\0\x80\0",
            b"\0\0\x20\0\0\0\x10\0\0\0\x08\0",
            "node bus@1000: ranges = <0x2000 0x1000 0x800>, \
             expected a window around the registers of a device on that bus",
        ),
        (
            b"\0\0\x20\0\0\0\x10\0\0\0\x80\0",
            b"\0\0\x18\0\0\0\x10\0\0\0\x10\0",
            "node bus@1000: ranges = <0x1800 0x1000 0x1000>, \
             expected a window around the registers of a device on that bus",
        ),
        (
            b"--list\0",
            b"\xff-list\0",
            "node chosen: bootargs = [ff2d6c69737400], expected one string of UTF-8",
        ),
        (b"cpu-release-addr", b"cpu-release-area", "node cpu@101 has no cpu-release-addr"),
        (b"cpus\0", b"cpuz\0", "no CPU node below /cpus"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(message(&patch(BOARD, old, new)), format!("device tree: {expected}"));
    }
}

#[test]
fn a_tree_with_long_names_is_checked_as_any_other() {
    // The name of the last node, its property, its value, and the ends of the node, of the root, of the structure.
    let value = b"\0\0\0\x20\0\0\0\x02\0\0\0\x02\0\0\0\x09";
    let node = b"usb-controller-of-the-second-generation@a000000\0";
    for (old, new, expected) in [
        (&node[..5], &b"\0\0\0\0\0"[..], "a name for every node but the root"),
        (&value[..], b"\0\0\0\x20\0\0\0\x02\0\0\0\x02\0\0\0\x04", "the end of the structure behind the root"),
        (value, b"\0\0\0\x20\0\0\0\x02\0\0\0\x09\0\0\0\x09", "the beginning or the end of a node"),
        (value, b"\0\0\0\x20\0\0\0\x02\0\0\0\x03\0\0\0\x09", "the beginning or the end of a node"),
        (b"snps,quirk-", b"\xffnps,quirk-", "a property's name among the strings"),
    ] {
        let told = message(&patch(LONG_NAMES, old, new));
        assert!(told.contains("broken in front of offset 0x") && told.contains(expected), "{told}");
    }
}

#[test]
fn refuses_what_is_no_device_tree() {
    assert_eq!(blob_size(&[0xd0, 0x0d]), Err(DeviceTreeError::Truncated { bytes: 2, expected: 8 }));
    assert_eq!(blob_size(&[0; 8]), Err(DeviceTreeError::Magic(0)));
    assert_eq!(blob_size(b"\xd0\x0d\xfe\xed\0\0\0\x27"), Err(DeviceTreeError::TotalSize(39)));
    assert_eq!(blob_size(b"\xd0\x0d\xfe\xed\0\x20\0\x01"), Err(DeviceTreeError::TotalSize(0x20_0001)));
    assert_eq!(blob_size(b"\xd0\x0d\xfe\xed\0\x20\0\0"), Ok(2 << 20));
}

#[test]
fn bytes_behind_the_blob_are_ignored() {
    let mut blob = BOARD.to_vec();
    blob.resize(blob.len() + 4096, 0xa5);
    assert_eq!(Platform::parse(&blob).unwrap().blob_size, BOARD.len());
}

#[test]
fn every_truncation_is_an_error() {
    for fixture in [GICV2_1_CPU, BOARD] {
        for length in 0..fixture.len() {
            assert!(Platform::parse(&fixture[..length]).is_err(), "{length} bytes");
            // Also with a header that believes in the cut.
            let mut cut = fixture[..length].to_vec();
            if let (Some(size), Ok(length)) = (cut.get_mut(4..8), u32::try_from(length)) {
                size.copy_from_slice(&length.to_be_bytes());
                assert!(Platform::parse(&cut).is_err(), "{length} bytes, announced");
            }
        }
    }
}

#[test]
fn flipped_bytes_never_panic() {
    // xorshift64, fixed seed: the same trees in every run.
    let mut state = 0x5eed_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..20_000 {
        let fixture = if round % 2 == 0 { BOARD } else { GICV3_EL2_16_CPUS };
        let mut blob = fixture.to_vec();
        for _ in 0..1 + next() % 4 {
            let place = usize::try_from(next()).unwrap() % blob.len();
            blob[place] = next().to_le_bytes()[0];
        }
        match Platform::parse(&blob) {
            Ok(platform) => {
                accepted += 1;
                assert!(!format!("{platform:?}").is_empty());
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
        let _ = Console::find(&blob);
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
}
