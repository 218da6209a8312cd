//! Device trees that are wrong: each is refused, and the machine goes off.

use crate::{
    booted::{OFF, boot_with, entered_with},
    kernel,
    ran::Ran,
};
use dtoolkit::{
    fdt::Fdt,
    model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty},
};
use std::{fs, path::Path};

/// What a run is asked for that may come to it.
const ONE_CASE: [&str; 4] = ["--case", "d01-store-marks-dirty", "--timeout", "20"];

/// Returns the tree that the emulator makes of its default machine, in a file of this name.
pub(crate) fn tree(name: &str) -> Vec<u8> {
    tree_of(name, &ONE_CASE)
}

/// The same with other options, of the machine and of the run: they are in the tree.
fn tree_of(name: &str, options: &[&str]) -> Vec<u8> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.dtb"));
    boot_with(kernel::path(), options, &format!("-machine dumpdtb={}", path.display()));
    fs::read(path).unwrap()
}

/// Puts `planted` in the place of the first `found`.
fn plant(tree: &mut [u8], found: &[u8], planted: &[u8]) {
    let place = tree.windows(found.len()).position(|window| window == found).expect("it is there");
    tree[place..place + planted.len()].copy_from_slice(planted);
}

/// Boots with a tree that the emulator has no hand in.
pub(crate) fn boot_tree(name: &str, tree: &[u8]) -> Ran {
    boot_tree_with(name, tree, &ONE_CASE)
}

/// The same with options.
fn boot_tree_with(name: &str, tree: &[u8], options: &[&str]) -> Ran {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.dtb"));
    fs::write(&path, tree).unwrap();
    // MOVZ X20, #0x4800, LSL #16.
    let words = format!("-device loader,addr=0x48000000,force-raw=on,file={}", path.display());
    boot_with(&entered_with(name, 0xd2a9_0014), options, &words)
}

/// Changes a tree by its nodes.
fn edited(blob: &[u8], edit: impl FnOnce(&mut DeviceTreeNode)) -> Vec<u8> {
    let mut tree = DeviceTree::from_fdt(&Fdt::new(blob).unwrap());
    edit(&mut tree.root);
    tree.to_dtb()
}

fn property(name: &str, value: &[u8]) -> DeviceTreeProperty {
    DeviceTreeProperty::new_unchecked(name, value)
}

/// Cells as a device tree has them.
fn cells(cells: &[u32]) -> Vec<u8> {
    cells.iter().flat_map(|cell| cell.to_be_bytes()).collect()
}

const DISTRIBUTOR: [u32; 4] = [0, 0x800_0000, 0, 0x1_0000];
const CPU_INTERFACE: [u32; 4] = [0, 0x801_0000, 0, 0x1_0000];

/// Where the machine has neither memory nor a device.
const NOTHING: u32 = 0xb00_0000;

const CONSOLE: [u32; 4] = [0, 0x900_0000, 0, 0x1000];
const MEMORY: [u32; 4] = [0, 0x4000_0000, 0, 256 << 20];

/// The virtual timer's interrupt: PPI 11.
const VIRTUAL_TIMER: [u32; 2] = [1, 11];

#[test]
fn a_device_tree_that_is_wrong_is_refused_and_the_machine_goes_off() {
    let bytes = tree("tree");
    let cases: [(&str, &[u32], &[u32], &str); 10] = [
        (
            "distributor-of-nobody",
            &DISTRIBUTOR,
            &[0, NOTHING],
            "the firmware describes what does not answer at 0x000000000b00",
        ),
        ("console-askew", &CONSOLE, &[0, 0x900_0002], "expected registers at a multiple of 4"),
        ("memory-at-the-end", &MEMORY, &[u32::MAX, 0xffff_f800, 0, 0x400], "is out of reach, which ends at"),
        ("memory-beyond", &MEMORY, &[0x1_0000, 0], "is out of reach, which ends at"),
        (
            "memory-too-little",
            &MEMORY,
            &[0, 0x4000_0000, 0, 1 << 20],
            "1 MiB of memory, 64 MiB or more expected",
        ),
        (
            "memory-more-than-there-is",
            &MEMORY,
            &[0, 0x4000_0000, 0, 1 << 30],
            "the firmware describes memory at 0x0000000048100000..0x0000000080000000, which does not answer at 0x0000000050d00000",
        ),
        (
            "registers-at-the-end",
            &DISTRIBUTOR,
            &[u32::MAX, 0xffff_f000, 0, 0xfff],
            "output 0xfffffffffffff000 is no address",
        ),
        (
            "cpu-interface-elsewhere",
            &CPU_INTERFACE,
            &[0, 0x4f00_0000],
            "CPU 0: a software-generated interrupt of CPU 0 does not arrive",
        ),
        (
            "timer-of-nobody",
            &VIRTUAL_TIMER,
            &[1, 5],
            "CPU 0: the virtual timer's interrupt, INTID 21, does not arrive",
        ),
        (
            "timer-beyond-gicv2",
            &VIRTUAL_TIMER,
            &[3, 5],
            "INTID 1061 as the timer's: GICv2 has INTID 16 to 31",
        ),
    ];
    for (name, found, planted, told) in cases {
        let mut changed = bytes.clone();
        plant(&mut changed, &cells(found), &cells(planted));
        let ran = boot_tree(name, &changed);
        ran.assert(2, "error, the kernel refuses");
        assert!(ran.says(told) && ran.says(OFF), "{name}: {:?}", ran.lines);
    }
    // The control: the tree is as good as the emulator's own.
    boot_tree("as-it-was", &bytes).assert(0, "pass");
}

#[test]
fn memory_that_is_described_twice_is_memory_once() {
    let bytes = tree("tree-for-twice");
    let changed = edited(&bytes, |root| {
        let mut again = DeviceTreeNode::new_unchecked("memory@48000000");
        again.add_property(property("device_type", b"memory\0"));
        again.add_property(property("reg", &cells(&[0, 0x4800_0000, 0, 128 << 20])));
        root.add_child(again);
    });
    let ran = boot_tree("memory-twice", &changed);
    ran.assert(0, "pass");
    assert!(ran.says("memory=256MiB"), "{:?}", ran.lines);
    // The control: a second node beyond the memory adds to it, and is found out.
    let changed = edited(&changed, |root| {
        let reg = cells(&[0, 0x4800_0000, 0, 129 << 20]);
        root.child_mut("memory@48000000").unwrap().add_property(property("reg", &reg));
    });
    let ran = boot_tree("memory-beyond-twice", &changed);
    ran.assert(2, "error, the kernel refuses");
    assert!(ran.says("which does not answer at 0x0000000050") && ran.says(OFF), "{:?}", ran.lines);
}

#[test]
fn a_device_tree_without_console_timer_or_interrupt_controller_is_refused() {
    let bytes = tree("tree-for-mute");
    let cases: [(&str, &[u8], &[u8], &str); 3] = [
        (
            "mute",
            b"arm,pl011\0",
            b"arm,pl012\0",
            "the firmware names no UART that is driven, and no console of virtio",
        ),
        (
            "without-timer",
            b"arm,armv8-timer\0arm,armv7-timer\0",
            b"arm,armv0-timer\0arm,armv0-timer\0",
            "the firmware describes no GIC, or no timer that interrupts through it",
        ),
        (
            "without-gic",
            b"arm,cortex-a15-gic\0",
            b"arm,cortex-a15-xyz\0",
            "the firmware describes no GIC, or no timer that interrupts through it",
        ),
    ];
    for (name, found, planted, told) in cases {
        let mut changed = bytes.clone();
        plant(&mut changed, found, planted);
        let ran = boot_tree(name, &changed);
        ran.assert(2, "error, the kernel refuses");
        assert!(ran.says(told) && ran.says(OFF), "{name}: {:?}", ran.lines);
    }
}

#[test]
fn a_clock_frequency_that_no_counter_has_is_refused() {
    const BEGIN: u32 = 1;
    const PROPERTY: u32 = 3;
    let bytes = tree("tree-for-clock");
    let word = |place: usize| u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
    let (structure, strings) = (word(8), word(12));
    let name = {
        let strings = &bytes[strings as usize..];
        let place = strings.windows(16).position(|window| window == b"clock-frequency\0").unwrap();
        u32::try_from(place).unwrap()
    };
    assert!(structure < strings);
    let begin = [&cells(&[BEGIN])[..], b"timer\0\0\0"].concat();
    let node = bytes.windows(begin.len()).position(|window| window == begin).unwrap() + begin.len();
    for (hertz, refused) in [(1, true), (100, true), (62_500_000, false)] {
        let mut changed = bytes.clone();
        // Total size, place of the strings, size of the structure (Devicetree Specification, 5.2).
        for (place, value) in [(4, word(4)), (12, strings), (36, word(36))] {
            changed[place..place + 4].copy_from_slice(&(value + 16).to_be_bytes());
        }
        changed.splice(node..node, cells(&[PROPERTY, 4, name, hertz]));
        let ran = boot_tree(&format!("clock-{hertz}"), &changed);
        let told = format!("a clock-frequency of {hertz} Hz; 1000000 Hz or more expected");
        ran.assert(if refused { 2 } else { 0 }, if refused { "error, the kernel refuses" } else { "pass" });
        assert!(ran.says(&told) == refused && ran.says(OFF), "{:?}", ran.lines);
    }
}

#[test]
fn a_cpu_that_cannot_be_set_up_is_missing_and_the_others_run() {
    let options = [&ONE_CASE[..], &["--smp", "3", "--machine", "gic-version=3"]].concat();
    let bytes = tree_of("tree-for-gicv3", &options);
    // The redistributor of the second of three CPUs is in no region.
    let regions = [0, 0x800_0000, 0, 0x1_0000, 0, 0x80a_0000, 0, 0x2_0000, 0, 0x80e_0000, 0, 0x2_0000];
    let changed = edited(&bytes, |root| {
        let controller = root.child_mut("intc@8000000").unwrap();
        controller.add_property(property("reg", &cells(&regions)));
        controller.add_property(property("#redistributor-regions", &cells(&[2])));
    });
    let ran = boot_tree_with("no-redistributor", &changed, &options);
    assert!(ran.says("CPU 0.0.0.1 does not run: no GIC redistributor for CPU 0.0.0.1"), "{:?}", ran.lines);
    assert!(ran.says("cpus=2") && ran.says("passed 1 failed 0 errors 0") && ran.says(OFF), "{:?}", ran.lines);
}

#[test]
fn on_silicon_no_leaf_reaches_beyond_memory_and_hazards_are_asked_for() {
    const CASES: [&str; 6] =
        ["--suite", "table-memory,dirty-state,software", "--memory", "3G", "--timeout", "120"];
    let own = |name: &str, options: &[&str]| tree_of(name, &[&CASES[..], options].concat());
    let board =
        |bytes: &[u8]| edited(bytes, |root| root.add_property(property("compatible", b"example,board\0")));
    let boots = |name: &str, tree: &[u8], options: &[&str]| {
        let ran = boot_tree_with(name, tree, &[&CASES[..], options].concat());
        ran.assert(0, "pass");
        ran
    };
    let skipped = "ok 1 g02-non-shareable-tables # SKIP on silicon";
    let ran = boots("board", &board(&own("tree-for-board", &[])), &[]);
    assert!(ran.says("made by silicon") && ran.says(skipped), "{:?}", ran.lines);
    // The controls: asked for, or on the emulator's own tree, they run.
    let ran = boots("board-asked", &board(&own("tree-for-asked", &["--hazards"])), &["--hazards"]);
    assert!(ran.says("made by silicon") && !ran.says(skipped), "{:?}", ran.lines);
    let ran = boots("no-board", &own("tree-for-no-board", &[]), &[]);
    assert!(ran.says("the firmware says: linux,dummy-virt") && !ran.says(skipped), "{:?}", ran.lines);
}
