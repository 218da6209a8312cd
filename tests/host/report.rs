//! Reports of runs: every format, made of a run as it ends or of its log, and what is no run.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, SKIPS, Step, log},
    ran::Ran,
};
use record::report::TestOutcome;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

/// One case of each kind that ends: known, new, skipped.
const MIXED: [Step; 3] = [
    ("access-flag", "b07-every-load-sets-access-flag", TestOutcome::Fail, "AF is left <0> & \"quoted\""),
    ("access-flag", "b08-every-atomic-sets-access-flag", TestOutcome::Skip, "not observed"),
    ("dirty-state", "d15-every-atomic-marks-dirty", TestOutcome::Fail, "RO is left"),
];

fn xtask(bench: &Bench, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(words).current_dir(bench.path(".")).env_remove("GITHUB_STEP_SUMMARY");
    Ran::of(&command.output().unwrap())
}

/// A log of another host, which tells what it was asked for in its last line alone.
fn foreign(log: &str) -> String {
    log.replace("\n# rerun: scripts/run\n", "\n# rerun: scripts/run --case '???-every-*'\n")
}

/// A bench on which `d15` is known to fail.
fn bench(name: &str) -> Bench {
    let bench = Bench::new(name);
    let file = format!(
        "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n\
         dirty-state/d15-* always D15 R_NSXRD leaves RO\n    kind  {KNOWN}\n"
    );
    bench.write("expectations/qemu.txt", file.as_bytes());
    bench
}

const FORMATS: [&str; 12] = [
    "--json", "run.json", "--junit", "run.xml", "--tap", "run.tap", "--ktap", "run.ktap", "--lava",
    "run.lava", "--html", "run.html",
];

fn read(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.path(name)).unwrap()
}

/// How many cases of a run in JSON have each status.
fn statuses(json: &str) -> BTreeMap<String, usize> {
    let run: Value = serde_json::from_str(json).unwrap();
    let mut counts = BTreeMap::new();
    for suite in run["suites"].as_array().unwrap() {
        for case in suite["cases"].as_array().unwrap() {
            *counts.entry(case["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    counts
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn every_format_counts_alike() {
    let bench = bench("formats");
    bench.boot_says(logs::with_kinds(&MIXED, &[KNOWN]), "");
    let ran = bench.boot(&[&FORMATS[..], &["--log", "run.log", "--github"]].concat());
    ran.assert(1, "fail, 1 new failure, 1 known deviation");
    let json = read(&bench, "run.json");
    let expected = [("known-deviation", 1), ("new-failure", 1), ("permitted-not-seen", 1)];
    assert_eq!(statuses(&json), expected.map(|(status, count)| (status.to_owned(), count)).into());
    let run: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&run["format"], &run["version"]), (&"afdbm-run".into(), &1.into()));
    for (key, number) in
        [("planned", 3), ("passed", 0), ("failed", 2), ("known", 1), ("skipped", 1), ("lost", 0)]
    {
        assert_eq!(run["result"][key], number, "{key}");
    }
    assert_eq!(run["origin"]["emulator"], "QEMU 10.0.2");

    let junit = read(&bench, "run.xml");
    assert_eq!(
        (count(&junit, "<testcase "), count(&junit, "<failure"), count(&junit, "<skipped")),
        (3, 1, 2)
    );
    assert!(
        junit.contains("known deviation: D15, R_NSXRD: leaves RO") && junit.contains("&lt;0&gt; &amp; "),
        "{junit}"
    );

    let tap = read(&bench, "run.tap");
    assert_eq!(tap.lines().nth(1), Some("1..2"));
    assert_eq!((count(&tap, "\n    not ok "), count(&tap, " # TODO known deviation: leaves RO\n")), (2, 1));
    assert!(tap.contains("\nnot ok 1 access-flag\n") && tap.contains("\nok 2 dirty-state\n"), "{tap}");

    let ktap = read(&bench, "run.ktap");
    assert!(ktap.starts_with("KTAP version 1\n1..2\n") && !ktap.contains("TODO"));
    assert_eq!(
        (count(&ktap, "\n    not ok "), count(&ktap, "\nnot ok "), count(&ktap, " # SKIP ")),
        (2, 2, 1)
    );

    let lava = read(&bench, "run.lava");
    assert!(lava.contains("\nRESULT dirty-state.d15-every-atomic-marks-dirty skip\n"));
    assert_eq!((count(&lava, " fail\n"), count(&lava, " skip\n")), (2, 2), "{lava}");
    for marker in ["afdbm results begin", "afdbm results end"] {
        assert_eq!(count(&lava, marker), 1);
    }

    assert!(ran.errors.contains("::error title=fails%3A access-flag/b07-"), "{}", ran.errors);
    assert!(ran.errors.contains("::notice title=deviates%2C known%3A dirty-state/d15-"), "{}", ran.errors);
}

/// What `prove` makes of the host's form agrees with the exit status; of the kernel's own it cannot.
#[test]
fn prove_agrees_with_the_exit_status() {
    let bench = bench("prove");
    for (steps, status) in [(&FAILS, 0), (&MIXED, 1), (&PASSES, 0)] {
        bench.boot_says(logs::with_kinds(steps, &[KNOWN]), "");
        assert_eq!(bench.boot(&["--tap", "run.tap"]).status, status);
        let output = Command::new("prove").args(["-e", "cat"]).arg(bench.path("run.tap")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(status), "{text}");
        assert!(text.contains("Tests=2"), "{text}");
    }
}

#[test]
fn a_log_gives_the_same_reports_as_the_run_itself() {
    let bench = bench("from-log");
    bench.boot_says(logs::with_kinds(&MIXED, &[KNOWN]), "");
    assert_eq!(bench.boot(&["--json", "live.json", "--log", "run.log"]).status, 1);
    let ran = xtask(&bench, &["report", "run.log", "--expectations", "expectations", "--json", "read.json"]);
    assert_eq!(ran.status, 1, "{}", ran.errors);
    assert_eq!(read(&bench, "live.json"), read(&bench, "read.json"));
    let ran = xtask(&bench, &["report", "live.json", "--junit", "again.xml"]);
    assert!(ran.status == 1 && bench.path("again.xml").exists(), "{}", ran.errors);
    // Without what the host knows of the emulator, nothing is known.
    bench.write("foreign.log", foreign(&logs::with_kinds(&MIXED, &[KNOWN])).as_bytes());
    let ran = xtask(&bench, &["report", "foreign.log"]);
    assert!(ran.status == 1 && ran.says("fail, 2 new failures"), "{:?}", ran.lines);
}

#[test]
fn the_summary_of_a_step_is_appended() {
    let bench = bench("summary");
    bench.boot_says(log(&PASSES), "");
    bench.write("summary.md", b"before\n");
    let output: Output =
        bench.command(&["--github"]).env("GITHUB_STEP_SUMMARY", bench.path("summary.md")).output().unwrap();
    Ran::of(&output).assert(0, "pass");
    let summary = read(&bench, "summary.md");
    assert!(summary.starts_with("before\n### QEMU 10.0.2, max, EL1, 4 CPUs\n\n**pass"), "{summary}");
    assert!(summary.contains("| 3 | 2 | 0 | 0 | 0 | 1 | 0 |"), "{summary}");
}

#[test]
fn what_is_lost_is_named_and_counted() {
    let bench = bench("lost");
    let text =
        logs::lost(&PASSES[..2], "CPU 1 lost in dirty-state/d15-every-atomic-marks-dirty, 1 case not run");
    bench.boot_says(text, "");
    assert_eq!(bench.boot(&["--json", "run.json", "--junit", "run.xml", "--tap", "run.tap"]).status, 1);
    let run: Value = serde_json::from_str(&read(&bench, "run.json")).unwrap();
    assert_eq!((&run["result"]["planned"], &run["result"]["lost"]), (&3.into(), &1.into()));
    assert_eq!(statuses(&read(&bench, "run.json"))["lost"], 1);
    assert!(
        read(&bench, "run.xml").contains("<error") && read(&bench, "run.tap").contains("not ok 1 d15-every")
    );
}

#[test]
fn a_page_needs_nothing_beside_it_and_has_no_blank_cell() {
    let bench = bench("page");
    for (name, steps, level) in
        [("one", &FAILS, "1"), ("two", &PASSES, "1"), ("three", &SKIPS, "1"), ("four", &FAILS, "2")]
    {
        let told = "\n# translation: ETS=1 BBM=1 granules=4K,64K\n1..2\n";
        let text = logs::with_kinds(steps, &[KNOWN]).replacen("\n1..2\n", told, 1);
        bench.boot_says(text.replace("el=1", &format!("el={level}")), "");
        bench.boot(&["--el", level, "--log", &format!("{name}.log")]);
    }
    let words = ["report", "one.log", "two.log", "three.log", "four.log", "--html", "page.html"];
    let ran = xtask(&bench, &[&words[..], &["--expectations", "expectations"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.errors);
    let page = read(&bench, "page.html");
    for outside in ["http:", "https:", "<script", "src=", "@import", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(!page.contains("<td></td>") && !page.contains("\"></td>"), "a blank cell");
    // Where it is known what translation has, a card and the table say so; where logs tell the same, it is told once.
    assert!(
        page.contains("no enhanced synchronization") && page.contains("4K, 64K") && page.contains("level 1")
    );
    assert!(page.contains("; QEMU 10.0.2, max, EL2, 4 CPUs: deviates, known"), "{page}");
    for words in
        ["deviates, known", "conforms", "permitted, not seen", "not tested", "leaves RO", "show-differences"]
    {
        assert!(page.contains(words), "{words}");
    }
    // What a log says is text, and no part of the page.
    bench.boot_says(logs::with_kinds(&MIXED, &[KNOWN]).replace("RO is left", "<b>RO</b>"), "");
    bench.boot(&["--html", "page.html"]);
    assert!(read(&bench, "page.html").contains("&lt;b&gt;RO&lt;/b&gt;"));
}

#[test]
fn what_is_no_run_has_its_own_message() {
    let bench = bench("no-run");
    let whole = foreign(&log(&PASSES));
    bench.write("whole.log", whole.as_bytes());
    bench.write("twice.log", whole.as_bytes());
    bench.write("cut.log", whole.split("# verdict").next().unwrap().as_bytes());
    bench.write("firmware.log", b"U-Boot 2023.01\n");
    bench.write("other.json", b"{\"format\":\"something\"}");
    bench.write("later.json", b"{\"format\":\"afdbm-run\",\"version\":2}");
    bench.write("broken.json", b"{\"format\"");
    fs::create_dir_all(bench.path("empty")).unwrap();
    for (paths, status, message) in [
        (&["firmware.log"][..], 2, "is no log of this project: no line is \"TAP version 13\""),
        (&["absent.log"], 2, "absent.log: "),
        (&["empty"], 2, "is a folder without a log"),
        (&["other.json"], 2, "is no run: its \"format\" is \"something\""),
        (&["later.json"], 2, "is version 2 of afdbm-run; this program reads 1"),
        (&["broken.json"], 2, "broken.json: "),
        (&["whole.log", "twice.log"], 2, "whole.log and twice.log are the same run"),
        (&[], 2, "a log, a file of --json, or a folder of them has to be named"),
        (&["whole.log", "--json", "no/such/folder/run.json"], 2, "no/such/folder/run.json"),
        (&["cut.log"], 125, "error, the log ends without a verdict"),
        (&["whole.log"], 0, "pass"),
    ] {
        let ran = xtask(&bench, &[&["report"], paths].concat());
        let said = ran.errors.clone() + &ran.lines.join("\n");
        assert!(ran.status == status && said.contains(message), "{paths:?}: {} {said}", ran.status);
    }
    // A file that cannot be written is known before anything boots.
    bench.boot_does("echo booted");
    let ran = bench.boot(&["--html", "no/such/folder/run.html"]);
    assert!(ran.status == 2 && ran.errors.contains("no/such/folder/run.html") && !ran.says("booted"));
}

#[test]
fn a_comparison_tells_what_became_of_each_case() {
    let bench = bench("compare");
    let choice = |log: String, words: &str| {
        log.replacen("    ok 1 b07", &format!("    # permitted and seen: {words}\n    ok 1 b07"), 1)
    };
    bench.write("passes.log", choice(foreign(&log(&PASSES)), "AF left 0").as_bytes());
    bench.write("chooses.log", choice(foreign(&log(&PASSES)), "AF set").as_bytes());
    bench.write("fails.log", choice(foreign(&log(&FAILS)), "AF left 0").as_bytes());
    bench.write("skips.log", foreign(&log(&SKIPS)).as_bytes());
    let compare = |paths: &[&str]| xtask(&bench, &[&["compare"], paths].concat());
    let ran = compare(&["passes.log", "fails.log"]);
    assert!(
        ran.status == 1 && ran.says("new failure or error (1):") && ran.says("  dirty-state/d15-"),
        "{:?}",
        ran.lines
    );
    let ran = compare(&["fails.log", "passes.log"]);
    assert!(ran.status == 0 && ran.says("fails no longer (1):"), "{:?}", ran.lines);
    let ran = compare(&["passes.log", "chooses.log"]);
    assert!(
        ran.status == 0 && ran.says("another permitted choice (1):") && ran.says("conforms: AF set"),
        "{:?}",
        ran.lines
    );
    let ran = compare(&["passes.log", "skips.log"]);
    assert!(ran.status == 1 && ran.says("not run any more (3):"), "{:?}", ran.lines);
    let ran = compare(&["passes.log", "passes.log"]);
    assert!(ran.status == 0 && ran.says("nothing differs"), "{:?}", ran.lines);
    let ran = compare(&["passes.log", "chooses.log", "fails.log", "--html", "page.html"]);
    assert!(ran.status == 1 && ran.says("    since "), "{:?}", ran.lines);
    assert!(read(&bench, "page.html").contains("What differs"));
    assert!(compare(&["passes.log"]).errors.contains("takes two runs or more"));
}

#[test]
fn a_matrix_shows_every_machine_and_does_not_pass_where_one_is_missing() {
    let bench = bench("matrix");
    bench.boot_says(log(&PASSES), "");
    bench.write("board.log", foreign(&log(&SKIPS)).as_bytes());
    let emulator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/support/emulator");
    let emulator = emulator.to_str().unwrap();
    let matrix = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["matrix", "--kernel"]).arg(bench.path("kernel")).args(["--folder", "logs"]);
        command.args(["--expectations", "expectations", "--case", "???-every-*", "--smp", "4"]).args(words);
        command.env("STAND_IN_BOOT", bench.path("boot")).current_dir(bench.path("."));
        Ran::of(&command.output().unwrap())
    };
    let one = ["--emulator", emulator, "--model", "max", "--level", "1"];
    let ran = matrix(&[&one[..], &["board.log", "--html", "page.html"]].concat());
    assert_eq!(ran.status, 0, "{:?} {}", ran.lines, ran.errors);
    assert!(ran.says("# matrix: 2 machines, 1 pass, 1 do not, 0 missing"), "{:?}", ran.lines);
    assert!(read(&bench, "page.html").contains("QEMU 10.0.2, max, EL1, 4 CPUs"));
    assert!(ran.errors.contains("# 1 of 1: ") && bench.path("logs").read_dir().unwrap().count() == 1);

    let ran = matrix(&[&one[..], &["--emulator", "/no/such/qemu"]].concat());
    assert_eq!(ran.status, 1, "{:?}", ran.lines);
    assert!(ran.says("missing: qemu /no/such/qemu") && ran.says("is not there"), "{:?}", ran.lines);
    assert!(ran.says("2 machines, 1 pass, 0 do not, 1 missing"), "{:?}", ran.lines);

    bench.write(
        "matrix.toml",
        format!("emulators = [{emulator:?}]\nmodels = [\"max\", \"cortex-a57\"]\nlevels = [1]\n").as_bytes(),
    );
    let ran = matrix(&["matrix.toml"]);
    // The stand-in answers as max, whatever it is asked for.
    assert_eq!(ran.status, 125, "{:?}", ran.lines);
    assert!(ran.says("not the machine that was asked for"), "{:?}", ran.lines);
    bench.write("matrix.toml", b"emulators = []\ncolours = [1]\n");
    let ran = matrix(&["matrix.toml"]);
    assert!(
        ran.status == 2 && ran.errors.contains("matrix.toml:2: unknown field `colours`"),
        "{}",
        ran.errors
    );
}
