//! The suite that swaps, on the emulator: its table, its convictions by name, and sizes that do not fit.
//!
//! `AFDBM_KERNEL` names the kernel, else it is built; `AFDBM_QEMU` names the emulator, else it is the one on the path.

#[path = "support/kernel.rs"]
mod kernel;
#[path = "support/ran.rs"]
mod ran;

use ran::Ran;
use std::{
    env,
    process::{Command, Stdio},
};

fn boot(options: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.arg("boot").arg(kernel::path()).args(options.split(' ')).stdin(Stdio::null());
    if let Some(qemu) = env::var_os("AFDBM_QEMU") {
        command.arg("--qemu").arg(qemu);
    }
    Ran::of(&command.output().unwrap())
}

/// Returns the rows of the table, without the spaces between them.
fn table(ran: &Ran) -> Vec<String> {
    let rows = ran.lines.iter().filter_map(|line| line.trim_start().strip_prefix("# "));
    rows.skip_while(|row| !row.starts_with("version "))
        .skip(1)
        .take(5)
        .map(|row| {
            row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("|")
        })
        .collect()
}

#[test]
fn every_cell_of_the_table_comes_out_with_every_seed() {
    for seed in ["1", "2", "0x5eed"] {
        let ran = boot(&format!("--suite swap --seed {seed}"));
        ran.assert(0, "pass");
        assert_eq!(
            table(&ran),
            [
                "v0|clean|clean|lost write|lost write",
                "v1|fault loop|fault loop|lost write|loop, lost write",
                "v2|clean|clean|lost write|lost write",
                "v4|clean|clean|clean|clean",
                "lock-free|clean|clean|clean|clean",
            ]
        );
        assert!(ran.says("window opened"));
    }
}

#[test]
fn a_machine_without_management_has_one_column() {
    for seed in ["1", "2", "0x5eed"] {
        let ran = boot(&format!("--suite swap --cpu cortex-a57 --smp 2 --seed {seed}"));
        ran.assert(0, "pass");
        let column: Vec<String> =
            table(&ran).iter().map(|row| row.split('|').skip(1).collect::<Vec<_>>().join("|")).collect();
        assert_eq!(column, ["clean|-|-|-", "fault loop|-|-|-", "clean|-|-|-", "clean|-|-|-", "clean|-|-|-"]);
    }
}

#[test]
fn v1_loops_under_the_workload_of_the_report() {
    let ran = boot("--suite swap --case streamed-buffer-survives --variant v1");
    ran.assert(1, "fail");
    assert!(ran.says("page-fault loop: page "));
    for event in ["aged on CPU", "read fault: Access flag on CPU", "write fault: Permission on CPU"] {
        assert!(ran.says(event), "{event}");
    }
    assert!(ran.says(", 10 times: W D AF RO"));
    boot("--suite swap --case streamed-buffer-survives --variant v4").assert(0, "pass");
    boot("--suite swap --case streamed-buffer-survives --variant lock-free").assert(0, "pass");
}

#[test]
fn v2_loses_writes_of_unlike_cpus() {
    let sizes = "--working-set 8M --frames 5M --swap 6M --threads 4";
    let ran = boot(&format!("--case random-accesses-survive --management mixed --variant v2 {sizes}"));
    ran.assert(1, "fail");
    assert!(ran.says("lost write: page "));
    boot(&format!("--case random-accesses-survive --management mixed {sizes}")).assert(0, "pass");
}

#[test]
fn sizes_that_do_not_fit_are_refused_before_the_boot() {
    for (options, told) in [
        ("--working-set 900M", "a working set of 900M does not fit in"),
        ("--swap 900M", "a swap of 900M does not fit in a memory of 256M"),
        ("--frames 900M", "frames for 900M, and the memory has"),
        ("--threads 5", "5 threads on 4 CPUs"),
        ("--threads 0", "--threads takes a number from 1 to 8"),
    ] {
        let ran = boot(&format!("--suite swap {options}"));
        assert_eq!(ran.status, 2, "{options}: {:?}", ran.errors);
        let all = format!("{}\n{}", ran.lines.join("\n"), ran.errors);
        assert!(all.contains(told), "{options}: {all}");
    }
}

#[test]
fn out_of_swap_is_a_clean_end() {
    // Room for every page, and none to spare for what is on its way. One thread, so that nothing is left to chance.
    let ran = boot("--case streamed-buffer-survives --working-set 6M --frames 1M --swap 5M --threads 1");
    ran.assert(1, "error");
    assert!(ran.says("out of swap: all 1280 slots are in use, and no frame is free"));
}
