//! New failures that are run again, on a stand-in that fails each time, now and then, or never again.

use crate::{
    bench::Bench,
    logs::{FAILS, PASSES, Step, log},
    ran::Ran,
};
use std::fs;

const FAILED: &str = "dirty-state/d15-every-atomic-marks-dirty";

/// Writes the log of these steps with the seed that is asked for.
fn said(steps: &[Step]) -> String {
    log(steps).replace("seed=0x5eed", "seed=0x7")
}

/// Boots with `--retry 3`: the first boot fails, and each later one says what its letter stands for.
fn retried(bench: &Bench, later: &str, more: &[&str]) -> Ran {
    bench.write("first", said(&FAILS).as_bytes());
    bench.write("fails", said(&FAILS[2..]).as_bytes());
    bench.write("passes", said(&PASSES[2..]).as_bytes());
    let _ = fs::remove_file(bench.path("asked"));
    bench.boot_does(&format!(
        "cd '{}'\necho \"$*\" >> asked\n\
         letter=$(echo 1{later} | cut -c $(sed -n '$=' asked))\n\
         case $letter in 1) cat first ;; f) cat fails ;; p) cat passes ;; *) echo TAP version 13 ;; esac",
        bench.path("").display()
    ));
    bench.boot(&[&["--retry", "3", "--seed", "7"], more].concat())
}

/// Returns what each boot was asked for.
fn asked(bench: &Bench) -> Vec<String> {
    fs::read_to_string(bench.path("asked")).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_failure_that_stays_is_firm_and_one_that_does_not_is_flaky() {
    let bench = Bench::new("retry");
    for (later, told, counted) in [
        ("fff", "firm: it failed 3 of 3 times more", "run again: 1 firm, 0 flaky"),
        ("pfp", "flaky: it failed 1 of 3 times more", "run again: 0 firm, 1 flaky"),
        ("ppp", "flaky: it failed 0 of 3 times more", "run again: 0 firm, 1 flaky"),
        (
            "fxx",
            "firm: it failed 1 of 3 times more, and had no verdict 2 times",
            "run again: 1 firm, 0 flaky",
        ),
    ] {
        let ran = retried(&bench, later, &["--json", "run.json", "--log", "run.log"]);
        // Neither hides it.
        ran.assert(1, &format!("fail, 1 new failure; {counted}"));
        assert!(ran.says(&format!("# new failure: {FAILED}: RO is left")));
        assert!(ran.says(&format!("# retry: {FAILED} is {told}")), "{}", ran.lines.join("\n"));
        assert!(fs::read_to_string(bench.path("run.json")).unwrap().contains(&format!("\"retry: {told}\"")));
        let asked = asked(&bench);
        assert_eq!(asked.len(), 4, "{asked:?}");
        for line in &asked[1..] {
            assert!(line.contains(&format!("--case {FAILED} --seed 0x7 ")), "{line}");
        }
        // The log is still one of one run.
        let judged = bench.xtask("", &["report", "run.log"]).current_dir(bench.path("")).output().unwrap();
        let judged = Ran::of(&judged);
        assert!(judged.says("fail, 1 new failure"), "{}\n{}", judged.lines.join("\n"), judged.errors);
    }
}

#[test]
fn what_is_known_or_passes_is_not_run_again() {
    let bench = Bench::new("retry-known");
    let header = "emulator qemu\nversions 10.0-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n";
    bench.write(
        "expectations/qemu.txt",
        format!("{header}dirty-state/d15-* always D15 R_RNMLQ leaves RO\n").as_bytes(),
    );
    let ran = retried(&bench, "fff", &[]);
    ran.assert(0, "pass, 1 known deviation");
    assert!(!ran.says("# retry: "));
    assert_eq!(asked(&bench).len(), 1);
}

#[test]
fn a_log_from_elsewhere_cannot_be_run_again() {
    let bench = Bench::new("retry-elsewhere");
    bench.write("log", log(&FAILS).as_bytes());
    let mut command = bench.xtask("", &["judge", "log", "--retry", "2"]);
    let ran = Ran::of(&command.current_dir(bench.path("")).output().unwrap());
    assert_eq!(ran.status, 2);
    assert!(ran.errors.contains("--retry"), "{}", ran.errors);
}
