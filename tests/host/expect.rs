//! Writing known deviations down from logs: what is new, what is gone, and what nobody can know but a person.

use crate::{
    bench::Bench,
    logs::{self, FAILS, PASSES, log},
    ran::Ran,
};
use std::fs;

const KIND: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

/// The place of a test whose file is `expectations/known.txt`.
struct Place(Bench);

impl Place {
    fn new(name: &str) -> Self {
        Self(Bench::new(name))
    }

    /// Boots a machine that says this, and keeps its log.
    fn run(&self, said: &str, log: &str, version: &str) -> Ran {
        self.0.boot_says(said, "");
        let mut command = self.0.command(&["--log", log]);
        Ran::of(&command.env("STAND_IN_VERSION", version).output().unwrap())
    }

    /// Writes the file anew from these logs.
    fn expect(&self, logs: &[&str]) -> Ran {
        let mut words = vec!["expect", "expectations/known.txt"];
        words.extend(logs);
        words.extend(["--expectations", "expectations"]);
        Ran::of(&self.0.xtask("", &words).current_dir(self.0.path("")).output().unwrap())
    }

    fn file(&self) -> String {
        fs::read_to_string(self.0.path("expectations/known.txt")).unwrap()
    }

    fn write(&self, text: &str) {
        self.0.write("expectations/known.txt", text.as_bytes());
    }
}

#[test]
fn a_new_failure_is_known_once_a_person_has_said_why() {
    let place = Place::new("expect-new");
    let fails = logs::with_kinds(&FAILS, &[KIND]);
    place.run(&fails, "a.log", "10.0.2").assert(1, "fail, 1 new failure");
    let ran = place.expect(&["a.log"]);
    assert_eq!(ran.status, 0, "{}", ran.errors);
    assert!(ran.says("added: dirty-state/d15-*  always  "), "{}", ran.lines.join("\n"));
    let unfinished = place.file();
    let line = 1 + unfinished.lines().position(|line| line.contains("FILL-IN")).unwrap();
    assert!(ran.says(&format!("to finish: expectations/known.txt:{line}: FILL-IN: what the machine does")));
    assert!(unfinished.contains(&format!("    kind  {KIND}\n")), "{unfinished}");
    assert!(unfinished.contains("versions    10.0-10.0\n") && unfinished.contains("cpu         max\n"));

    let refused = place.run(&fails, "b.log", "10.0.2");
    assert_eq!(refused.status, 2);
    let place_of_error = format!("expectations/known.txt:{line}: unfinished: ");
    assert!(refused.errors.contains(&place_of_error), "{}", refused.errors);

    place.write(&unfinished.replace("FILL-IN: what the machine does instead", "WnR is 0"));
    place.run(&fails, "b.log", "10.0.2").assert(0, "pass, 1 known deviation");
    // What is written down covers nothing else.
    let other = logs::with_kinds(&FAILS, &[KIND, &KIND.replace("EL=1", "EL=0")]);
    place.run(&other, "c.log", "10.0.2").assert(1, "fail, 1 new failure");
    let finished = place.file();
    let ran = place.expect(&["b.log"]);
    assert!(ran.says("nothing to change"), "{}\n{}", ran.lines.join("\n"), ran.errors);
    assert_eq!(place.file(), finished);
    // The other kind comes in addition, with a reason of its own; comments and what a person wrote stay.
    place.write(&format!("# By hand.\n{finished}"));
    assert_eq!(place.expect(&["c.log"]).status, 0);
    let both = place.file();
    assert!(both.starts_with(&format!("# By hand.\n{finished}")), "{both}");
    assert_eq!((both.matches("    kind  ").count(), both.matches("FILL-IN").count()), (2, 1), "{both}");
}

#[test]
fn a_failure_of_some_runs_has_a_condition_where_one_tells_them_apart() {
    let place = Place::new("expect-condition");
    place.run(&log(&FAILS), "four.log", "10.0.2");
    place.0.boot_says(log(&PASSES).replace("cpus=4", "cpus=1"), "");
    assert_eq!(place.0.boot(&["--smp", "1", "--log", "one.log"]).status, 0);
    assert_eq!(place.expect(&["four.log", "one.log"]).status, 0);
    let text = place.file();
    assert!(text.contains("\ndirty-state/d15-*  threads>=2  D15  R_RNMLQ  FILL-IN"), "{text}");
    assert!(text.contains("# Not seen: QEMU 10.0.2, max, EL1, 1 CPU\n"), "{text}");
}

#[test]
fn what_no_longer_deviates_is_removed_only_where_the_runs_show_it() {
    let place = Place::new("expect-gone");
    let header = "emulator qemu\nversions 10.0-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu max\n";
    let known = "# Why.\ndirty-state/d15-* always D15 R_RNMLQ leaves RO\n";
    place.write(&format!("{header}{known}"));
    place.run(&log(&FAILS), "fails.log", "10.0.2").assert(0, "pass, 1 known deviation");
    place.run(&log(&PASSES), "passes.log", "10.0.13").assert(0, "pass, 1 no longer deviates");
    // Where it still shows in a run, it stays.
    let ran = place.expect(&["fails.log", "passes.log"]);
    assert!(ran.says("nothing to change"), "{}\n{}", ran.lines.join("\n"), ran.errors);
    assert_eq!(place.file(), format!("{}{known}", header.replace("10.0.2", "10.0.2, 10.0.13")));
    // Where it may show on a machine that was not run, it is marked.
    let wide = header.replace("cpu max", "cpu *");
    place.write(&format!("{wide}{known}"));
    assert!(place.expect(&["passes.log"]).says("marked: dirty-state/d15-* always"));
    assert!(
        place
            .file()
            .contains("# Why.\n# No longer: dirty-state/d15-every-atomic-marks-dirty passed: QEMU 10.0.13")
    );
    place.write(&format!("{header}{known}"));
    assert!(place.expect(&["passes.log"]).says("removed: dirty-state/d15-* always"));
    assert_eq!(place.file(), format!("{}# Why.\n", header.replace("10.0.2", "10.0.2, 10.0.13")));
}

#[test]
fn what_is_no_ground_is_refused_and_the_file_left_alone() {
    let place = Place::new("expect-refused");
    let header = "emulator qemu\nversions 7.2-7.2\nmeasured 7.2.22\naccelerator tcg\ncpu *\n";
    place.run(&log(&FAILS), "fails.log", "10.0.2");
    place.run(log(&FAILS).split("# verdict").next().unwrap(), "cut.log", "10.0.2");
    place.0.write("notes.log", b"hello\n");
    place.0.write("run.json", b"{}");
    for (logs, problem) in [
        (&[][..], "expect needs a log"),
        (&["cut.log"], "cut.log: is no ground for expectations: error, "),
        (&["notes.log"], "notes.log: is no log of this project"),
        (&["run.json"], "run.json: is a run as JSON; expect needs its log"),
        (&["gone.log"], "gone.log: "),
    ] {
        let ran = place.expect(logs);
        assert_eq!(ran.status, 2, "{logs:?}");
        assert!(ran.errors.contains(problem), "{}", ran.errors);
        assert!(!place.0.path("expectations/known.txt").exists());
    }
    place.write(header);
    let ran = place.expect(&["fails.log"]);
    assert!(
        ran.errors
            .contains("fails.log: is of another machine than expectations/known.txt is for: QEMU 10.0.2")
    );
    assert_eq!(place.file(), header);
    // Those of a wrong routine are not the machine's.
    place.0.boot_says(log(&FAILS), "");
    place.0.boot(&["--variant", "v1", "--log", "wrong.log"]);
    place.write(&header.replace("7.2-7.2", "7.2-10.0"));
    let ran = place.expect(&["wrong.log"]);
    assert!(ran.errors.contains("wrong.log: ran --variant v1"), "{}", ran.errors);
}

#[test]
fn an_error_is_told_and_never_expected() {
    let place = Place::new("expect-error");
    let mut steps = FAILS;
    steps[2].2 = record::report::TestOutcome::Error;
    place.run(&log(&steps), "error.log", "10.0.2").assert(1, "error");
    let ran = place.expect(&["error.log"]);
    assert!(ran.says("left out: dirty-state/d15-every-atomic-marks-dirty: an error is never known"));
    assert!(!place.file().contains("dirty-state/"));
}
