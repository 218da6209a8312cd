//! The races and the versions of set_access_flags, on the emulator: on several numbers of CPUs, in one thread and in
//! several, with each kind of atomics, with a wrong version in the place of ours, and repeated to the byte.
//!
//! `AFDBM_KERNEL` names the kernel, else it is built; `AFDBM_QEMU` names the emulator, else it is the one on the path.

#[path = "support/kernel.rs"]
mod kernel;
#[path = "support/ran.rs"]
mod ran;

use history::Substitute;
use ran::Ran;
use record::report::{Entry, Line, Mark};
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

fn boot(options: &str) -> Ran {
    boot_image(kernel::path(), options)
}

fn boot_image(image: &Path, options: &str) -> Ran {
    let mut command = Command::new(XTASK);
    command.arg("boot").arg(image).args(options.split(' ')).stdin(Stdio::null());
    if let Some(qemu) = env::var_os("AFDBM_QEMU") {
        command.arg("--qemu").arg(qemu);
    }
    Ran::of(&command.output().unwrap())
}

/// Returns the cases that passed, by name.
fn passed(ran: &Ran) -> BTreeSet<&str> {
    let results = ran.lines.iter().filter_map(|line| match Entry::parse(line) {
        Entry { depth: 1, line: Line::Result { name, mark: Mark::Ok, .. } } => Some(name),
        _ => None,
    });
    results.collect()
}

/// Returns the cases that failed, by name.
fn failed(ran: &Ran) -> BTreeSet<&str> {
    let results = ran.lines.iter().filter_map(|line| match Entry::parse(line) {
        Entry { depth: 1, line: Line::Result { name, mark: Mark::NotOk, .. } } => Some(name),
        _ => None,
    });
    results.collect()
}

#[test]
fn none_of_ours_is_convicted_and_every_wrong_version_is() {
    for (cpus, seed) in [("2", "1"), ("4", "2"), ("8", "3")] {
        for threads in ["tcg,thread=multi", "tcg,thread=single"] {
            let options =
                format!("--suite races,set-access-flags --smp {cpus} --seed {seed} --accel {threads}");
            let ran = boot(&options);
            ran.assert(0, "pass");
            let passed = passed(&ran);
            for case in [
                "i03-v0-loses-store",
                "i03-v1-loses-store",
                "i03-v2-loses-store",
                "i09-v4-without-lock-convicted",
                "i12-age-by-store-convicted",
                "i17-c0-convicted",
                "page-out-plain-store-convicted",
                "saf-v0-convicted",
                "saf-v1-convicted",
                "saf-v2-convicted",
                "saf-v4m-convicted",
                "saf-c0-convicted",
                "saf-ours-from-every-state",
                "i03-read-fault-against-store",
                "crowd-of-unlike-agents",
            ] {
                assert!(passed.contains(case), "{case} with {options}");
            }
        }
    }
}

#[test]
fn a_wrong_version_in_the_place_of_ours_fails_the_run() {
    for (variant, case) in [
        ("v0", "saf-ours-from-every-state"),
        ("v1", "seed-sequence-ends-with-v4"),
        ("v2", "i03-read-fault-against-store"),
        ("v4m", "saf-ours-mends-what-modify-left"),
        ("c0", "saf-ours-for-contiguous"),
        ("write-protect-drops-dirty", "i10-write-protect-keeps-store"),
        ("clean-leaves-writable", "clean-leaves-nothing-dirty"),
        ("dirty-leaves-read-only", "dirty-lets-write-pass"),
        ("modify-leaves-read-only", "modify-keeps-page-writable"),
        ("writable-dirties", "writable-stays-clean"),
        ("old-by-store", "i12-age-keeps-store"),
    ] {
        let ran = boot(&format!("--suite seed,set-access-flags,races --smp 2 --variant {variant}"));
        ran.assert(1, "fail");
        let failed = failed(&ran);
        assert!(failed.contains(case), "{variant}: {failed:?}");
        assert!(!failed.iter().any(|name| name.ends_with("convicted")), "{variant}: {failed:?}");
    }
    for variant in ["v4", "lock-free", "c1"] {
        boot(&format!("--suite seed,set-access-flags,races --smp 2 --variant {variant}")).assert(0, "pass");
    }
}

#[test]
fn every_version_is_one_that_the_tests_know() {
    let known = Substitute::NAMES.iter().copied().flatten().count();
    // v3, which is right from legal states and has its own cases, is the one that no test above puts in our place.
    assert_eq!(known, 11 + 3 + 1 + WRONG_INVALIDATIONS.len());
}

/// The wrong invalidations, each with what its cases have in common that must fail, by beginning and end of the name. With
/// 4K granules, and an emulator that takes no level, two of them do no harm: tests of the crate `history` have the operands.
const WRONG_INVALIDATIONS: [(&str, &[(&str, &str)]); 7] = [
    ("tlbi-left-out", &[("k01-", ""), ("k02-", ""), ("k03-", ""), ("k14-", "")]),
    ("tlbi-of-this-cpu-only", &[("k02-", ""), ("k03-", "-on-another-cpu")]),
    ("tlbi-address-unshifted", &[("k01-va", ""), ("k02-va", "")]),
    ("tlbi-longest-range-masked", &[("k03-", "")]),
    ("tlbi-of-another-asid", &[]),
    ("tlbi-address-shifted-by-page", &[]),
    ("tlbi-level-from-address", &[]),
];

#[test]
fn wrong_invalidations_are_convicted_of_their_own_rows() {
    let right = boot("--suite invalidations --smp 2");
    let right = passed(&right);
    assert!(right.len() > 60, "{right:?}");
    for (variant, broken) in WRONG_INVALIDATIONS {
        let ran = boot(&format!("--suite invalidations --smp 2 --variant {variant}"));
        let failed = failed(&ran);
        for case in &right {
            let convicts = |(first, last): &(&str, &str)| case.starts_with(first) && case.ends_with(last);
            if broken.iter().any(convicts) {
                assert!(failed.contains(case), "{variant}: {case} passes");
            }
        }
    }
}

#[test]
fn an_unknown_version_is_refused_with_those_that_are_known() {
    let ran = boot("--suite races --variant v5");
    assert_eq!(ran.status, 2);
    assert!(
        ran.errors.contains("--variant takes one of v0 v1 v2 v3 v4 v4m lock-free c0 c1 "),
        "{}",
        ran.errors
    );
    assert!(ran.lines.is_empty());
}

#[test]
fn a_replay_gives_the_same_log_to_the_byte() {
    let log = |name: &str, seed: &str| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let options =
            format!("--suite races,sweep,set-access-flags --replay --seed {seed} --log {}", path.display());
        boot(&options).assert(0, "pass");
        let text = fs::read_to_string(path).unwrap();
        // The first line is the emulator's command.
        text.split_once('\n').unwrap().1.to_owned()
    };
    let first = log("replay-1", "7");
    assert_eq!(first, log("replay-2", "7"));
    assert_eq!(first, log("replay-3", "7"));
    assert_ne!(first, log("replay-4", "8"));
    assert!(first.contains("ok 21 saf-instruction-count\n"), "{first}");
}

#[test]
fn a_sweep_finds_the_outcomes_and_one_seed_gives_its_own_again() {
    let sweep = |options: &str| boot(&format!("--suite sweep {options}"));
    let ran = sweep("--sweep 64 --seed 1");
    ran.assert(0, "pass");
    assert!(ran.says("64 schedules, 4 distinct outcomes"));
    let line = ran.lines.iter().find(|line| line.contains("FORBIDDEN by invalid-stays")).unwrap();
    let seed = line.split("--seed ").nth(1).unwrap().split(' ').next().unwrap();
    let again = sweep(&format!("--sweep 1 --seed {seed}"));
    again.assert(0, "pass");
    assert!(again.says("FORBIDDEN by invalid-stays"), "{seed}");
    // Without either option a seed is no schedule.
    let ran = sweep("--seed 1");
    assert_eq!(ran.status, 77);
}

#[test]
fn both_kinds_of_atomics_pass_and_are_told_apart() {
    let output =
        Command::new(XTASK).args(["build", "--atomics", "lse"]).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success());
    let lse = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    for threads in ["tcg,thread=multi", "tcg,thread=single"] {
        let ran =
            boot_image(&lse, &format!("--suite races,set-access-flags --atomics lse --accel {threads}"));
        ran.assert(0, "pass");
        assert!(ran.says(" atomics=lse"));
    }
    let count = |image: &Path, atomics: &str| {
        let ran = boot_image(image, &format!("--case saf-instruction-count --replay --atomics {atomics}"));
        ran.assert(0, "pass");
        assert!(ran.says(&format!(
            "the contract of v4 requires {}, {atomics}",
            if atomics == "lse" { 18 } else { 20 }
        )));
    };
    count(&lse, "lse");
    count(kernel::path(), "llsc");
    let ran = boot_image(&lse, "--atomics llsc");
    ran.assert(
        2,
        "error, the kernel refuses the command line: --atomics llsc: this image was built with lse",
    );
}
