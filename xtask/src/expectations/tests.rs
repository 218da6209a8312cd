use super::{Emulated, Expectations, Subject, file::parse};
use crate::emulator::Version;
use cases::product::Kind;
use record::report::{Atomics, Environment};
use std::path::Path;

const HEADER: &str =
    "# Known.\nemulator qemu\nversions 7.2-10.0\nmeasured 7.2.22\naccelerator tcg\ncpu *\n\n";

const SUBJECT: Subject<'_> = Subject::Emulated(Emulated {
    version: Version { major: 10, minor: 0, patch: 8 },
    accelerator: "tcg",
    single_threaded: false,
    cpu: "max,pauth=off",
});

fn environment(cpus: usize, entry_level: u8) -> Environment<'static> {
    Environment {
        version: "0",
        cpu: "max",
        midr: 0,
        hafdbs: 2,
        entry_level,
        cpus,
        memory: 256,
        granule: 4,
        seed: 0,
        atomics: Atomics::Lse,
    }
}

fn read(text: &str) -> Result<(bool, Expectations), String> {
    let (chosen, deviations) =
        parse(Path::new("q.txt"), text, SUBJECT).map_err(|failure| failure.to_string())?;
    Ok((chosen, Expectations { deviations, single_threaded: false }))
}

#[test]
fn a_deviation_holds_for_its_case_under_its_condition() {
    let text = format!(
        "{HEADER}dirty/d15-*  cpus=1,el!=2  D15  R_NSXRD  the store is lost\nc*/a01-* always A01 R_X n\n"
    );
    let (chosen, expectations) = read(&text).unwrap();
    assert!(chosen);
    let of = |suite, case, cpus, level| expectations.of(suite, case, &environment(cpus, level)).next();
    let deviation = of("dirty", "d15-any-words", 1, 1).unwrap();
    assert_eq!((deviation.row.as_str(), deviation.rule.as_str(), deviation.line), ("D15", "R_NSXRD", 8));
    assert_eq!((deviation.note.as_str(), deviation.measured.as_str()), ("the store is lost", "7.2.22"));
    assert!(of("dirty", "d15-any-words", 2, 1).is_none());
    assert!(of("dirty", "d15-any-words", 1, 2).is_none());
    assert!(of("clean", "d15-any-words", 1, 1).is_none());
    assert!(of("dirty", "d16-any-words", 1, 1).is_none());
    assert!(of("clean", "a01-x", 4, 2).is_some());
    let strangers: Vec<usize> =
        expectations.strangers(&[("dirty", "d15-x")]).map(|known| known.line).collect();
    assert_eq!(strangers, [9]);
}

#[test]
fn conditions_compare_with_the_environment() {
    for (condition, cpus, holds) in [
        ("cpus>=2", 1, false),
        ("cpus>=2", 2, true),
        ("cpus<=2", 3, false),
        ("cpus<=2", 2, true),
        ("cpus>=2,cpus!=2", 2, false),
        ("HAFDBS=2,memory=256", 1, true),
        ("memory>=257", 1, false),
    ] {
        let (_, expectations) = read(&format!("{HEADER}s/c {condition} D1 R_X note\n")).unwrap();
        assert_eq!(expectations.of("s", "c", &environment(cpus, 1)).next().is_some(), holds, "{condition}");
    }
}

#[test]
fn one_thread_executes_all_cpus_where_the_accelerator_says_so() {
    let holds =
        |expectations: &Expectations, cpus| expectations.of("s", "c", &environment(cpus, 1)).next().is_some();
    let (_, mut expectations) = read(&format!("{HEADER}s/c threads>=2 D1 R_X note\n")).unwrap();
    assert!(holds(&expectations, 2));
    assert!(!holds(&expectations, 1));
    expectations.single_threaded = true;
    assert!(!holds(&expectations, 2));
}

const KIND: &str = "missing fault where Permission fault is expected | no single rule | access=fetch";

#[test]
fn a_failure_is_known_if_each_kind_lies_within_one_that_is_expected() {
    let kind = |text: &str| (1, Kind::parse(text).unwrap());
    let known = |text: String, kinds: &[(u64, Kind)]| {
        let (_, expectations) = read(&format!("{HEADER}{text}")).unwrap();
        let deviations = expectations.of("product", "c", &environment(2, 1)).collect();
        let expected = Expectations::judge(deviations, kinds);
        assert_eq!(expected.known && !kinds.is_empty(), expected.unexpected.is_empty() && !kinds.is_empty());
        expected.known
    };
    let file = || {
        let other = KIND.replace("fetch", "load HA=1");
        format!(
            "product/c,product/d always D1 R_X n\n  kind {KIND}\nproduct/c always D2 R_X n\n kind  {other}\n"
        )
    };
    let [fetch, load] = [kind(KIND), kind(&KIND.replace("fetch", "load EL=0 HA=1"))];
    let both = kind(&KIND.replace("fetch", "load,fetch HA=1"));
    assert!(known(file(), &[fetch]) && known(file(), &[fetch, load]));
    // A box that lies in neither alone is no box of either defect.
    assert!(!known(file(), &[both]) && !known(file(), &[fetch, both]));
    assert!(!known(file(), &[kind(&KIND.replace("fetch", "load HA=0"))]));
    assert!(!known(file(), &[]));
    assert!(!known(String::new(), &[fetch]) && !known(String::new(), &[]));
}

#[test]
fn a_file_is_chosen_by_version_accelerator_and_cpu() {
    for (from, to, chosen) in [
        ("7.2-10.0", "7.2-9.2", false),
        ("7.2-10.0", "10.0-10.0", true),
        ("7.2-10.0", "10.1-11.0", false),
        ("accelerator tcg", "accelerator kvm", false),
        ("cpu *", "cpu max", true),
        ("cpu *", "cpu cortex-*", false),
        ("emulator qemu", "emulator other", false),
    ] {
        assert_eq!(read(&HEADER.replace(from, to)).unwrap().0, chosen, "{to}");
    }
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    for (text, place, problem) in [
        (HEADER.replace("cpu *\n", ""), "q.txt:6:", "there is no line \"cpu\""),
        (HEADER.replace("cpu *", "cpu"), "q.txt:6:", "has no value"),
        (HEADER.replace("cpu *", "cpu [a"), "q.txt:6:", "can name no cpu"),
        (HEADER.replace("cpu *", "cpu *\ncpu *"), "q.txt:7:", "twice"),
        (HEADER.replace("7.2-10.0", "7.2"), "q.txt:3:", "no range of versions"),
        (HEADER.replace("7.2-10.0", "10.0-7.2"), "q.txt:3:", "no range of versions"),
        (format!("{HEADER}colour red\n"), "q.txt:8:", "neither a line of the header"),
        (format!("s/c always D1 R_X n\n{HEADER}"), "q.txt:1:", "before the line \"emulator\""),
        (format!("{HEADER}s/c\n"), "q.txt:8:", "no condition"),
        (format!("{HEADER}s/c always D1 R_X\n"), "q.txt:8:", "no note"),
        (format!("{HEADER}s/C always D1 R_X n\n"), "q.txt:8:", "can name no case"),
        (format!("{HEADER}s/c,d always D1 R_X n\n"), "q.txt:8:", "\"d\" can name no case"),
        (format!("{HEADER}    kind  {KIND}\n"), "q.txt:8:", "a kind before any deviation"),
        (format!("{HEADER}s/c always D1 R_X n\nkind  {KIND} HB=1\n"), "q.txt:9:", "\"HB=1\" is no condition"),
        (format!("{HEADER}s/c always D1 R_X n\nkind  wrong\n"), "q.txt:9:", "a kind is: ASPECT"),
        (format!("{HEADER}product/c always D1 R_X n\n"), "q.txt:8:", "no kind below"),
        (format!("{HEADER}s/c,p*/c always D1 R_X n\n"), "q.txt:8:", "no kind below"),
        (format!("{HEADER}s/c cores=1 D1 R_X n\n"), "q.txt:8:", "no condition"),
        (format!("{HEADER}s/c cpus=x D1 R_X n\n"), "q.txt:8:", "no condition"),
    ] {
        let error = read(&text).unwrap_err();
        assert!(error.starts_with(place) && error.contains(problem), "{error}");
    }
}

#[test]
fn a_machine_is_chosen_by_its_midr_and_what_is_above_it() {
    const OF_MACHINE: &str = "midr 0x410fd0c?\nhypervisor kvm\nmeasured a board, 2026-11\n";
    let chosen = |text: &str, midr, hypervisor| {
        let parsed = parse(Path::new("m.txt"), text, Subject::Machine { midr, hypervisor });
        parsed.map(|(chosen, _)| chosen).map_err(|failure| failure.to_string())
    };
    assert_eq!(chosen(OF_MACHINE, 0x410f_d0c1, "kvm"), Ok(true));
    assert_eq!(chosen(OF_MACHINE, 0x410f_d0d1, "kvm"), Ok(false));
    assert_eq!(chosen(OF_MACHINE, 0x410f_d0c1, "none"), Ok(false));
    // Neither kind of file is for the other kind of machine.
    assert_eq!(chosen(HEADER, 0x000f_0510, "none"), Ok(false));
    assert!(!read(OF_MACHINE).unwrap().0);
    for (text, problem) in [
        (OF_MACHINE.replace("hypervisor kvm\n", ""), "there is no line \"hypervisor\""),
        (OF_MACHINE.replace("midr 0x410fd0c?\n", ""), "there is no line \"midr\""),
        (format!("{OF_MACHINE}emulator qemu\n"), "an emulator's machine has no lines"),
    ] {
        let error = chosen(&text, 0, "none").unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn a_file_that_is_not_finished_is_refused() {
    let refused = |text: &str| {
        super::file::refuse_unfinished(Path::new("q.txt"), text).err().map(|failure| failure.to_string())
    };
    let whole = format!("{HEADER}s/c always D1 R_X n\n# FILL-IN: a comment may say so\n");
    assert_eq!(refused(&whole), None);
    for (from, to) in [
        ("R_X n", "R_X FILL-IN: what the machine does instead"),
        ("R_X", "FILL-IN"),
        ("D1", "FILL-IN"),
        ("measured 7.2.22", "measured FILL-IN: where it was seen"),
    ] {
        let text = whole.replace(from, to);
        let place = if from.starts_with("measured") { "q.txt:4: unfinished" } else { "q.txt:8: unfinished" };
        let error = refused(&text).unwrap();
        assert!(error.starts_with(place) && error.contains("the place of \"FILL-IN"), "{error}");
    }
}

#[test]
fn a_deviation_has_the_kinds_of_its_lines() {
    let text = format!(
        "{HEADER}dirty/d15-* always D15 R_NSXRD the store is lost\n    kind  wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store\n"
    );
    let (_, expectations) = read(&text).unwrap();
    let deviation = &expectations.deviations[0];
    assert!(deviation.has_kind("wrong syndrome", "A store's abort has WnR=1"));
    assert!(!deviation.has_kind("missing fault", "A store's abort has WnR=1"));
    assert!(!deviation.has_kind("wrong syndrome", "AT leaves it clean"));
}
