//! What must not be taken for a pass, though the log ends with one.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, log},
};

const HEADER: &str = "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n";
const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";
const NEW: &str =
    "missing fault where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

#[test]
fn a_kind_that_is_missing_or_miscounted_is_noticed() {
    let bench = Bench::new("kinds");
    let deviation = format!("{HEADER}dirty-state/d15-* always D15 R_NSXRD leaves RO\n    kind  {KNOWN}\n");
    bench.write("expectations/qemu.txt", deviation.as_bytes());
    bench.boot_says(logs::with_kinds(&FAILS, &[KNOWN]), "");
    bench.boot(&[]).assert(0, "pass, 1 known deviation");
    let whole = logs::with_kinds(&FAILS, &[KNOWN, NEW]);
    bench.boot_says(&whole, "");
    bench.boot(&[]).assert(1, "fail, 1 new failure");
    let new = format!("    # kind: 7 times | {NEW}\n");
    for (from, to, told) in [
        (new.as_str(), "", "announces 2 kinds with 14 failures, and tells 1 with 7"),
        ("    # kinds: 2 with 14 failures\n", "", "announces no kinds, and tells 2 with 14"),
        ("# kinds: 2", "# kinds: 3", "announces 3 kinds"),
        ("# kinds: 2 with 14", "# kinds: 2 with 4", "with 4 failures"),
        ("# kinds: 2", "# kinds: two", "cannot stand where it does"),
        ("# kind: 7", "# kind: 8", "tells 2 with 15"),
    ] {
        assert!(whole.contains(from), "{from}");
        bench.boot_says(whole.replacen(from, to, 1), "");
        let ran = bench.boot(&[]);
        ran.assert(125, "error, the log contradicts itself: ");
        assert!(ran.host().contains(told), "{told}: {}", ran.host());
    }
    let passes = log(&PASSES).replacen("    ok 1 d15", "    # kinds: 1 with 7 failures\n    ok 1 d15", 1);
    bench.boot_says(passes, "");
    bench
        .boot(&[])
        .assert(125, "error, the log contradicts itself: d15-every-atomic-marks-dirty announces 1 kinds");
}

#[test]
fn another_machine_than_the_one_that_was_asked_for_is_no_pass() {
    let bench = Bench::new("machine");
    for (from, to, told) in [
        ("cpus=4", "cpus=1", "cpus=1, where cpus=4"),
        ("memory=256MiB", "memory=128MiB", "memory=128MiB, where memory=256MiB"),
        ("el=1", "el=2", "el=2, where el=1"),
        ("cpu=max", "cpu=cortex-a57", "cpu=cortex-a57, where cpu=max"),
        ("seed=0x5eed", "seed=0x1", "seed=0x1, where seed=0x5eed"),
    ] {
        bench.boot_says(log(&PASSES).replacen(from, to, 1), "");
        let ran = bench.boot(&[]);
        ran.assert(125, "error, not the machine that was asked for: it has ");
        assert!(ran.host().contains(told), "{}", ran.host());
    }
    bench.boot_says(log(&PASSES), "");
    bench
        .boot(&["--atomics", "lse"])
        .assert(125, "error, not the machine that was asked for: it has atomics");
    bench.boot(&["--atomics", "llsc", "--seed", "0x5eed"]).assert(0, "pass");
    // More CPUs than the kernel runs on are named by it and left out.
    bench.boot_says(log(&PASSES).replacen("cpus=4", "cpus=64", 1), "");
    bench.boot(&["--smp", "66"]).assert(0, "pass");
}

#[test]
fn an_emulator_that_goes_wrong_after_the_verdict_is_no_pass() {
    let bench = Bench::new("wrong-end");
    for (after, told) in [("kill -SEGV $$", "signal: 11"), ("exit 1", "exit status: 1")] {
        bench.boot_says(log(&PASSES), after);
        let ran = bench.boot(&[]);
        ran.assert(125, "error, the emulator went wrong after the verdict: ");
        assert!(ran.host().contains(told), "{}", ran.host());
    }
}

#[test]
fn a_second_verdict_whole_or_not_is_no_pass() {
    let bench = Bench::new("verdicts");
    let text = log(&PASSES);
    let verdict = text.lines().find(|line| line.starts_with("# verdict: ")).unwrap();
    let torn = verdict.split_once(" | boot").unwrap().0;
    let failing = verdict.replace("verdict: pass", "verdict: fail");
    for second in [verdict, torn, "# verdict: ", "#verdict: fail", "    # verdict: fail | passed", &failing] {
        for whole in
            [format!("{text}{second}\n"), text.replacen("# verdict", &format!("{second}\n# verdict"), 1)]
        {
            bench.boot_says(whole, "");
            bench.boot(&[]).assert(125, "error, the log contradicts itself: ");
        }
    }
    bench.boot_says(format!("{text}# panic: too late\n"), "");
    bench.boot(&[]).assert(125, "error, the kernel panicked: too late");
}

#[test]
fn only_what_had_to_show_no_longer_deviates() {
    let bench = Bench::new("sample");
    let deviation = "product/sampled-reads,access-flag/b07-* always B07 R_X none";
    bench.write("expectations/qemu.txt", format!("{HEADER}{deviation}\n    kind  {KNOWN}\n").as_bytes());
    bench.boot_says(log(&PASSES), "");
    let ran = bench.boot(&[]);
    ran.assert(0, "pass, 1 no longer deviates");
    assert!(ran.says("# no longer deviates: access-flag/b07-every-load-sets-access-flag"));
    bench.boot_says(log(&[("product", "sampled-reads", record::report::TestOutcome::Pass, "seen")]), "");
    let ran = bench.boot(&["--case", "sampled-reads"]);
    ran.assert(0, "pass");
    assert!(!ran.says("no longer deviates"));
}
