//! Names, files and verdicts, without an assembler.

use super::{
    Known, files,
    herd::judgement,
    paths_joined, unique,
    verdicts::{Sources, checked},
};
use ::litmus::Test;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const FILE: &str = "AArch64 One\n{}\nP0 ;\nL: LDR W0,[X1] ;\nexists (0:X0=1 /\\ fault(P0:L,x))\n";
const STATES: [&str; 2] = ["0:X0=0; Fault(P0:L,x,D-MMU:Translation);", "0:X0=1;  ~Fault(P0:L,x);"];

/// A directory of one test's own.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("afdbm-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn test() -> Test {
    Test::parse(FILE).unwrap()
}

#[test]
fn a_case_has_a_name_that_is_its_own() {
    let mut names = BTreeSet::new();
    let mut name = |path| unique(Path::new(path), &mut names);
    assert_eq!(name("a/2+2W+dmb.st.litmus"), "test-2-2w-dmb-st");
    assert_eq!(name("b/2+2W-dmb+st.litmus"), "test-2-2w-dmb-st-2");
    assert_eq!(name("MP_af0.litmus"), "mp-af0");
}

#[test]
fn a_path_is_a_file_a_folder_or_a_list() {
    let directory = Directory::new("files");
    let paths = ["a.litmus", "sub/b.litmus", "sub/deep/c.litmus"];
    for path in paths {
        directory.write(path, FILE);
    }
    directory.write("sub/@all", "b.litmus # the first\n\ndeep/@all\n");
    directory.write("sub/deep/@all", "c.litmus\nmissing.litmus\n");
    directory.write("notes.txt", "no test");
    let found = |path: &str| {
        let mut problems = Vec::new();
        let files = files::find([directory.0.join(path).as_path()].into_iter(), &mut problems);
        let files =
            files.iter().map(|file| file.path.strip_prefix(&directory.0).unwrap().display().to_string());
        (files.collect::<Vec<_>>(), problems)
    };
    assert_eq!(found(""), (paths.map(str::to_owned).to_vec(), vec![]));
    assert_eq!(found("a.litmus"), (vec!["a.litmus".to_owned()], vec![]));
    let (files, problems) = found("sub/@all");
    assert_eq!(files, [paths[1], "sub/deep/c.litmus"]);
    assert!(problems.len() == 1 && problems[0].ends_with("missing.litmus: there is no such file"));
    assert!(found("none").1[0].ends_with("there is no such file"));
    directory.write("empty/notes.txt", "");
    assert!(found("empty").1[0].ends_with("there are no litmus files below it"));
    directory.write("circle/@all", "@all\n");
    assert!(found("circle/@all").1[0].contains("lists name each other"));
}

#[test]
fn output_of_herd_is_read_for_its_own_test() {
    let text = format!(
        "Test One Allowed\nStates 2\n{}\nNo\nWitnesses\nFlag Warning-BBM-expected\n",
        STATES.join("\n")
    );
    let judged = judgement(&test(), &text, "one.expected").unwrap();
    assert_eq!(judged.verdict, Known::States(STATES.join("\n")));
    assert!(judged.waiver.contains("break-before-make"));
    for (old, new, named) in [
        ("Test One", "Test Two", "\"Two\", not of \"One\""),
        ("States 2", "States 20", "5 states of 20"),
        ("States 2", "States", "no line has the number of states"),
        ("Test ", "", "no line begins with \"Test\""),
        ("0:X0=1", "0:X5=1", "0:X5"),
    ] {
        let problem = judgement(&test(), &text.replacen(old, new, 1), "one.expected").unwrap_err();
        assert!(problem.starts_with("one.expected: ") && problem.contains(named), "{problem}");
    }
}

#[test]
fn the_first_source_that_knows_the_states_is_believed() {
    let directory = Directory::new("sources");
    let path = directory.write("sub/one.litmus", FILE);
    let judged = || {
        let files = files::find([path.as_path()].into_iter(), &mut Vec::new());
        Sources::default().judge(&files[0], &test(), &directory.0)
    };
    assert_eq!(judged().unwrap().verdict, Known::Nothing);
    let kinds = directory.write("kinds.txt", "# Kinds\nTwo Allowed\nThreeAllowed\nOne   Forbidden # so\n");
    let kind = judged().unwrap();
    assert_eq!((kind.verdict, kind.source), (Known::Kind("Forbidden".into()), kinds.display().to_string()));
    let state = STATES[0];
    let oracle = format!(
        r#"{{"tests": [{{"path": "sub/one.litmus", "states": ["{state}"], "flags": ["Warning-BBM-expected"],
            "ets2": {{"states": ["{}"]}}}}]}}"#,
        STATES[1]
    );
    directory.write("oracle.json", &oracle);
    let found = judged().unwrap();
    assert_eq!(found.verdict, Known::States(state.into()));
    assert_eq!(found.enhanced, Known::States(STATES[1].into()));
    assert!(!found.waiver.is_empty());
    assert_eq!(found.source, format!("{}, {}", kinds.display(), directory.0.join("oracle.json").display()));
    // What the earlier source forbids is forbidden: this state does not satisfy the condition.
    directory.write("kinds.txt", "One Required\n");
    assert_eq!(judged().unwrap().verdict, Known::States(String::new()));
    directory.write("kinds.txt", "One Allowed\n");
    assert_eq!(judged().unwrap().verdict, Known::States(state.into()));
    directory
        .write("sub/one.litmus.expected", &format!("Test One Allowed\nStates 2\n{}\n", STATES.join("\n")));
    assert_eq!(judged().unwrap().verdict, checked(&test(), &STATES.map(str::to_owned), "").unwrap());
}

#[test]
fn a_source_that_cannot_be_read_is_named() {
    let directory = Directory::new("broken");
    let path = directory.write("one.litmus", FILE);
    let problem = || {
        let files = files::find([path.as_path()].into_iter(), &mut Vec::new());
        let mut sources = Sources::default();
        let judged = sources.judge(&files[0], &test(), &directory.0);
        // A source of many tests is named once, and they are judged without it.
        judged.err().or_else(|| sources.problems.pop()).unwrap_or_default()
    };
    for (text, named) in [
        ("[", "EOF"),
        ("{}", "no list \"tests\""),
        (r#"{"tests": [{}]}"#, "test 0 has no \"path\""),
        (r#"{"tests": [{"path": "one.litmus", "states": ["0:X9=1;"]}]}"#, "another test than One"),
    ] {
        directory.write("oracle.json", text);
        assert!(problem().contains("oracle.json: ") && problem().contains(named), "{}", problem());
    }
}

#[test]
fn a_line_that_is_no_kind_is_noted_and_left_out() {
    let directory = Directory::new("kinds");
    let path = directory.write("one.litmus", FILE);
    directory.write("kinds.txt", "# Kinds\nTwo Maybe\nOne Allowed\n");
    let files = files::find([path.as_path()].into_iter(), &mut Vec::new());
    let mut sources = Sources::default();
    let judged = sources.judge(&files[0], &test(), &directory.0).unwrap();
    assert_eq!(judged.verdict, Known::Kind("Allowed".into()));
    assert!(sources.notes.len() == 1 && sources.notes[0].contains("kinds.txt:2: no name and kind"));
}

#[test]
fn paths_that_follow_each_other_are_one_value() {
    let joined = |text: &str| {
        let words = paths_joined(text.split(' ').map(Into::into));
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(joined("run --litmus a b/c --smp 2"), "run --litmus a,b/c --smp 2");
    assert_eq!(joined("boot kernel --smp 2 --litmus a,b c"), "boot kernel --smp 2 --litmus a,b,c");
    assert_eq!(joined("run --litmus --smp 2"), "run --litmus --smp 2");
    assert_eq!(joined("run --litmus=a --smp 2"), "run --litmus=a --smp 2");
}
