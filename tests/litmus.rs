//! Boots with litmus files: our own pass on several machines, those with a wrong verdict fail, and bad input is named.
//!
//! `AFDBM_KERNEL` names the kernel, else it is built; `AFDBM_QEMU` names the emulator, else it is the one on the path.

#[path = "support/kernel.rs"]
mod kernel;
#[path = "support/ran.rs"]
mod ran;

use ran::Ran;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
};

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// The files of the project.
fn files(folder: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests").join(folder).display().to_string()
}

fn boot(paths: &[&str], options: &str) -> Ran {
    Ran::of(&command(paths, options).output().unwrap())
}

/// Boots with a directory before the others of the path.
fn boot_with_path(paths: &[&str], options: &str, first: &Path) -> Ran {
    let before = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([first.to_owned()].into_iter().chain(env::split_paths(&before))).unwrap();
    Ran::of(&command(paths, options).env("PATH", path).output().unwrap())
}

fn command(paths: &[&str], options: &str) -> Command {
    let mut command = Command::new(XTASK);
    command.arg("boot").arg(kernel::path()).arg("--litmus").args(paths).args(options.split(' '));
    if let Some(qemu) = env::var_os("AFDBM_QEMU") {
        command.arg("--qemu").arg(qemu);
    }
    command.stdin(Stdio::null());
    command
}

/// A directory of one test's own, with files in it.
struct Directory(PathBuf);

impl Directory {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let path = env::temp_dir().join(format!("afdbm-litmus-{name}-{}", process::id()));
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn our_own_tests_pass_on_any_number_of_cpus() {
    for options in [
        "--smp 3 --rounds 2000 --seed 1",
        "--smp 8 --rounds 1000 --seed 2",
        "--smp 3 --rounds 1000 --seed 3 --accel tcg,thread=single",
        "--smp 4 --rounds 1000 --seed 4 --el 2",
    ] {
        let ran = boot(&[&files("litmus")], options);
        ran.assert(0, "pass");
        assert!(ran.says(" skipped 0 "), "{options}: {:?}", ran.host());
    }
}

#[test]
fn what_a_machine_cannot_run_is_skipped_with_the_reason() {
    let ran = boot(&[&files("litmus")], "--smp 1 --rounds 500 --cpu cortex-a57");
    ran.assert(0, "pass");
    for reason in [
        "this CPU has no hardware management of the Access flag",
        "this CPU has no hardware management of the dirty state",
        "this CPU has no atomic instructions (FEAT_LSE)",
    ] {
        assert!(ran.says(reason), "{reason}");
    }
    let ran = boot(&[&files("litmus")], "--smp 1 --rounds 500 --case litmus/three-stores");
    ran.assert(77, "nothing could be tested");
    assert!(ran.says("1 CPU runs, 3 expected"));
}

#[test]
fn a_state_that_is_not_allowed_fails_with_its_seed_and_the_command() {
    let ran = boot(&[&files("litmus-wrong")], "--smp 2 --seed 5 --rounds 2000");
    ran.assert(1, "fail, 4 new failures");
    for text in [
        "not ok 1 forbidden-among-allowed",
        "not ok 2 forbidden-state",
        "not ok 3 kind-forbidden",
        "not ok 4 required-and-missed",
        "times: 0:X0=1; [PTE(x)]=(oa:PA(x));",
        "1 states that the model forbids, at seed 0x5",
        "rerun: scripts/run --case litmus/forbidden-state --seed 0x5 --rounds 2000 --litmus ",
    ] {
        assert!(ran.says(text), "{text}\n{}", ran.lines.join("\n"));
    }
}

#[test]
fn a_replay_gives_the_same_log_each_time() {
    let paths = [files("litmus/message-after-dmb-either.litmus"), files("litmus/three-stores.litmus")];
    let run = |seed: &str| {
        let ran = boot(&paths.each_ref().map(String::as_str), &format!("--smp 3 --replay --seed {seed}"));
        ran.assert(0, "pass");
        // The first line has the module's path, which is another one in each run.
        ran.lines[1..].to_vec()
    };
    assert_eq!(run("1"), run("1"));
    assert_ne!(run("1"), run("2"));
}

#[test]
fn a_sweep_names_the_first_seed_of_each_state_which_shows_it_again() {
    let path = files("litmus/message-after-dmb-either.litmus");
    let sweep = |options: &str| {
        let ran = boot(&[&path], &format!("--smp 2 {options}"));
        ran.assert(0, "pass");
        ran
    };
    let ran = sweep("--sweep 16 --seed 1");
    let firsts: Vec<_> = ran.lines.iter().filter_map(|line| line.split_once("first at --seed ")).collect();
    assert!(firsts.len() > 1, "{}", ran.lines.join("\n"));
    for (_, first) in firsts {
        let (seed, state) = first.split_once(": ").unwrap();
        let again = sweep(&format!("--sweep 1 --seed {seed}"));
        assert!(again.says(&format!("first at --seed {seed}: {state}")), "{}", again.lines.join("\n"));
    }
}

#[test]
fn bad_files_are_named_and_the_others_still_run() {
    let good = "AArch64 good\n{ x=1; 0:X1=x; }\nP0 ;\nLDR W0,[X1] ;\nexists 0:X0=1\n";
    let expected = "Test good Allowed\nStates 1\n0:X0=1;\n";
    let directory = Directory::with(
        "bad",
        &[
            ("good.litmus", good),
            ("good.litmus.expected", expected),
            ("syntax.litmus", "AArch64 syntax\n{ x=; }\nP0 ;\n"),
            ("unknown.litmus", "AArch64 unknown\n{}\nP0 ;\n NOP ;\n ADD W0,[X1] ;\n"),
            ("tags.litmus", "AArch64 tags\n{ 0:X1=x:red; }\nP0 ;\nNOP ;\n"),
            ("other.litmus", &good.replace("AArch64 good", "AArch64 other")),
            ("other.litmus.expected", expected),
            ("silent.litmus", &good.replace("AArch64 good", "AArch64 silent")),
        ],
    );
    let (all, missing) = (directory.path(""), directory.path("missing.litmus"));
    let ran = boot(&[&all, &missing], "--smp 1 --rounds 500");
    assert_eq!(ran.status, 2, "{}\n{}", ran.lines.join("\n"), ran.errors);
    assert_eq!(ran.host(), "pass");
    for text in [
        "syntax.litmus:2:5: \";\", expected a number",
        "unknown.litmus:5:2: ",
        "other.litmus.expected: it is of the test \"good\", not of \"other\"",
        "missing.litmus: there is no such file",
    ] {
        assert!(ran.errors.contains(text), "{text}\n{}", ran.errors);
    }
    for text in [
        "ok 1 good",
        "ok 2 silent # SKIP nothing says which states are allowed",
        "ok 3 tags # SKIP line 2 uses a memory tag",
    ] {
        assert!(ran.says(text), "{text}\n{}", ran.lines.join("\n"));
    }
}

/// A stand-in for herd7: it takes the model's variants and a file, and answers for the tests `known` and `wrong` alone.
const HERD7: &str = "#!/bin/sh
[ \"$1 $2\" = \"-variant vmsa,fatal\" ] || exit 9
case $3 in
*/known.litmus) printf 'Test known Allowed\\nStates 1\\n0:X0=1;\\nOk\\n' ;;
*/wrong.litmus) printf 'Test wrong Allowed\\nStates 1\\n0:X0=2;\\nOk\\n' ;;
*) exit 3 ;;
esac
";

#[cfg(unix)]
#[test]
fn herd7_on_the_path_is_asked_where_nobody_else_knows() {
    use std::os::unix::fs::PermissionsExt;
    let test = |name| format!("AArch64 {name}\n{{ x=1; 0:X1=x; }}\nP0 ;\nLDR W0,[X1] ;\nexists 0:X0=1\n");
    let names = ["known", "unknown", "wrong"];
    let texts = names.map(test);
    let files: Vec<(String, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (format!("{name}.litmus"), text.as_str())).collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    files.push(("herd7", HERD7));
    let directory = Directory::with("herd7", &files);
    fs::set_permissions(directory.path("herd7"), fs::Permissions::from_mode(0o755)).unwrap();
    let ran = boot_with_path(&[&directory.path("")], "--smp 1 --rounds 500", &directory.0);
    ran.assert(1, "fail, 1 new failure");
    for text in [
        "ok 1 known",
        "allowed states: herd7",
        "ok 2 unknown # SKIP nothing says which states are allowed",
        "not ok 3 wrong",
    ] {
        assert!(ran.says(text), "{text}\n{}", ran.lines.join("\n"));
    }
    let note = format!("herd7 {}: exit status: 3", directory.path("unknown.litmus"));
    assert!(ran.errors.contains(&note) || ran.says(&note), "{}", ran.errors);
}

#[test]
fn a_run_without_a_file_does_not_boot() {
    let directory = Directory::with("empty", &[("notes.txt", "no test")]);
    for (path, text) in [
        (directory.path(""), "there are no litmus files below it"),
        (directory.path("none"), "there is no such file"),
    ] {
        let ran = boot(&[&path], "--smp 1");
        assert_eq!(ran.status, 2);
        assert!(ran.errors.contains(text) && ran.lines.is_empty(), "{}", ran.errors);
    }
}
