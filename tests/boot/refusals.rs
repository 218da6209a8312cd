//! What the kernel refuses at boot, and what it passes over: words, an Exception level, a place of the device tree.

use crate::{
    booted::{OFF, boot_with, entered_with},
    kernel,
};

#[test]
fn what_only_the_kernel_can_refuse_it_refuses() {
    let ran = boot_with(kernel::path(), &[], "-append '-- --colour red'");
    ran.assert(2, "error, the kernel refuses the command line: there is no option --colour");
    let ran = boot_with(kernel::path(), &[], "-append 'quiet --strict'");
    ran.assert(2, "error, the kernel refuses the command line: --strict stands before the word \"--\"");
}

#[test]
fn words_of_another_are_listed_and_ignored() {
    let words = "-append 'console=ttyS0 reboot=k panic=1 pci=off -- --case d01-* --cpu max'";
    let ran = boot_with(kernel::path(), &["--case", "d01-*"], words);
    ran.assert(0, "pass");
    assert!(ran.says("ignored, since no \"--\" comes before it: console=ttyS0 reboot=k panic=1 pci=off"));
}

#[test]
fn el3_is_refused_by_one_of_the_cpus_that_arrive_there() {
    let ran = boot_with(kernel::path(), &[], "-machine secure=on -smp 4");
    ran.assert(2, "error, the kernel refuses the command line: entered at EL3, expected EL1 or EL2");
}

#[test]
fn what_the_boot_loader_gets_wrong_is_refused_and_the_machine_goes_off() {
    // MOV X20, X0 of the entry becomes MOVZ X20, #imm, LSL #shift: x0 is then a place without RAM, with RAM that
    // holds no tree, or no physical address at all.
    for (name, instruction, told) in [
        ("nowhere", 0xd2c0_0054_u32, "no device tree can be read at x0 = 0x0000000200000000"),
        ("zeroes", 0xd2a8_8014, "at 0x0000000044000000: device tree: starts with 0x00000000"),
        ("no-address", 0xd2ef_fff4, "mapping memory: output 0x7fff000000000000"),
    ] {
        let image = entered_with(name, instruction);
        for level in ["1", "2"] {
            let ran = boot_with(&image, &["--el", level], "");
            ran.assert(2, "error, the kernel refuses");
            assert!(ran.says(told) && ran.says(OFF), "{name} at EL{level}: {:?}", ran.lines);
        }
    }
}
