//! Reports as other programs read them: each that is installed counts as the run itself does.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, SKIPS, Step},
};
use record::report::TestOutcome;
use serde_json::Value;
use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

/// One case that fails and is not known, one that is skipped, one that is known.
const MIXED: [Step; 3] = [
    ("access-flag", "b07-every-load-sets-access-flag", TestOutcome::Fail, "AF is left"),
    PASSES[1],
    FAILS[2],
];

/// What a run came to.
#[derive(PartialEq, Eq, Debug)]
struct Counts {
    cases: usize,
    failed: usize,
    /// Known deviations, and what was not tested.
    left_out: usize,
}

/// Boots with each format written, and returns the exit status and what the JSON counts.
fn run(bench: &Bench, steps: &[Step]) -> (i32, Counts) {
    bench.boot_says(logs::with_kinds(steps, &[KNOWN]), "");
    let ran = bench.boot(&["--json", "run.json", "--junit", "run.xml", "--tap", "run.tap"]);
    let run: Value = serde_json::from_str(&fs::read_to_string(bench.path("run.json")).unwrap()).unwrap();
    let count = |key: &str| usize::try_from(run["result"][key].as_u64().unwrap()).unwrap();
    let counts = Counts {
        cases: count("planned"),
        failed: count("failed") - count("known"),
        left_out: count("known") + count("skipped"),
    };
    (ran.status, counts)
}

/// Runs a reader of a file of the bench; `None`, and a word on it, where it is not installed.
fn read(bench: &Bench, program: &str, words: &[&str], file: &str) -> Option<(i32, String)> {
    let input = File::open(bench.path(file)).unwrap();
    let mut command = Command::new(program);
    command.args(words).current_dir(bench.path("")).stdin(input).stderr(Stdio::piped());
    let Ok(output) = command.output() else {
        eprintln!("skipped: {program} is not installed");
        return None;
    };
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned()))
}

/// Every kind of run: with its exit status.
const RUNS: [(&[Step], i32); 4] = [(&MIXED, 1), (&FAILS, 0), (&PASSES, 0), (&SKIPS, 77)];

fn bench(name: &str) -> Bench {
    let bench = Bench::new(name);
    let file = format!(
        "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n\
         dirty-state/d15-* always D15 R_NSXRD leaves RO\n    kind  {KNOWN}\n"
    );
    bench.write("expectations/qemu.txt", file.as_bytes());
    bench
}

/// Python's reader, by the name `tappy`: it takes suites for tests.
#[test]
fn tappy_agrees_with_the_exit_status() {
    let bench = bench("tappy");
    for (steps, expected) in RUNS {
        let (status, _) = run(&bench, steps);
        assert_eq!(status, expected);
        let Some((read, text)) = read(&bench, "tappy", &["run.tap"], "run.tap") else { return };
        assert_eq!((read, text.contains("Ran 2 tests")), (i32::from(status == 1), true), "{text}");
    }
}

/// Node's reader, which tells the cases with their suites.
#[test]
fn tap_parser_counts_the_cases() {
    let bench = bench("tap-parser");
    for (steps, _) in RUNS {
        let (status, counts) = run(&bench, steps);
        let Some((read, text)) = read(&bench, "tap-parser", &["-f", "-t"], "run.tap") else { return };
        let cases: Vec<&str> = text.lines().filter(|line| line.contains(" > ")).collect();
        let of = |holds: fn(&str) -> bool| cases.iter().filter(|line| holds(line)).count();
        let found = Counts {
            cases: cases.len(),
            failed: of(|line| line.starts_with("not ok ") && !line.contains(" # TODO ")),
            left_out: of(|line| line.contains(" # TODO ") || line.contains(" # SKIP ")),
        };
        assert_eq!(found, counts, "{text}");
        assert_eq!(read, i32::from(status == 1), "{text}");
    }
}

#[test]
fn junitparser_counts_the_cases() {
    let bench = bench("junitparser");
    let script = "import sys\n\
                  try: import junitparser\n\
                  except ImportError: sys.exit(3)\n\
                  run = junitparser.JUnitXml.fromfile('run.xml')\n\
                  run.update_statistics()\n\
                  print(run.tests, run.failures + run.errors, run.skipped)";
    for (steps, _) in RUNS {
        let (_, counts) = run(&bench, steps);
        let Some((read, text)) = read(&bench, "python3", &["-c", script], "run.xml") else { return };
        if read == 3 {
            eprintln!("skipped: junitparser is not installed");
            return;
        }
        let expected = format!("{} {} {}", counts.cases, counts.failed, counts.left_out);
        assert_eq!(text.trim(), expected);
    }
}
