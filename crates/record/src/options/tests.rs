use super::{
    Accelerator, Amount, BootArguments, CpuModel, EntryLevel, Error, Expected, GranuleName, Help, Number,
    Options, Pattern, RegimeName, Seed, Size, Text,
};
use crate::report::Atomics;
use cases::SUITES;
use cases::swapping::CpuManagement;
use history::Substitute;
extern crate std;
use std::{format, string::ToString};

#[test]
fn takes_every_option_in_both_spellings() {
    let separate = "--list --suite a,b-2 --case 'd01*' --seed 10 --rounds 5 --regime el20 --granule 16K --variant v1 --working-set 12M --swap 1G --frames 8M --threads 2 --incompressible 0 --management mixed --litmus a,b/c --replay --sweep 3 --atomics lse --cpu max,pauth=off --smp 8 --memory 2048M \
                    --el 2 --machine gic-version=3 --accel tcg,thread=single --qemu '/opt/my qemu' --image raw \
                    --expectations e --timeout 9 --strict --serial /dev/ttyUSB0,9600 --log out --no-install --help";
    let attached = separate.replace(" --", "\n--").replace(' ', "=").replace('\n', " ");
    let attached = attached.replace("='d01*'", "=d01*").replace("='/opt/my=qemu'", "=/opt/my=qemu");
    let options = Options::from_text(separate).unwrap();
    assert!(options.list && options.strict && options.no_install && options.help);
    assert!(options.suites.is_some_and(|suites| suites.contains("b-2") && !suites.contains("b")));
    assert_eq!(options.case, Pattern::new("d01*"));
    assert_eq!(options.seed, Some(Seed(10)));
    assert_eq!(options.rounds.map(Number::get), Some(5));
    assert_eq!(options.regime, Some(RegimeName(cases::Regime::El20)));
    assert_eq!(options.granule, Some(GranuleName(cases::Granule::Size16K)));
    assert_eq!(options.variant, Substitute::by_name("v1"));
    assert_eq!(options.working_set.map(Amount::mebibytes), Some(12));
    assert_eq!(options.swap.map(Amount::mebibytes), Some(1024));
    assert_eq!(options.frames.map(Amount::mebibytes), Some(8));
    assert_eq!(options.threads.map(Number::get), Some(2));
    assert_eq!(options.incompressible.map(Number::get), Some(0));
    assert_eq!(options.management, Some(CpuManagement::Mixed));
    assert!(options.litmus.is_some_and(|paths| paths.iter().eq(["a", "b/c"])));
    assert!(options.replay);
    assert_eq!(options.sweep.map(Number::get), Some(3));
    assert_eq!(options.atomics, Some(Atomics::Lse));
    assert_eq!(options.cpu, Some(CpuModel("max,pauth=off")));
    assert_eq!(options.smp.map(Number::get), Some(8));
    assert_eq!(options.memory.map(Size::mebibytes), Some(2048));
    assert_eq!(options.level, Some(EntryLevel::El2));
    assert_eq!(options.machine.and_then(|machine| machine.get("gic-version")), Some("3"));
    assert_eq!(options.accelerator, Some(Accelerator::TcgSingle));
    assert_eq!(options.qemu, Some(Text("/opt/my qemu")));
    assert_eq!(options.timeout.map(Number::get), Some(9));
    assert_eq!(options.serial.map(|line| (line.device(), line.baud())), Some(("/dev/ttyUSB0", 9600)));
    assert_eq!(options.log, Some(Text("out")));
    let same = Options { qemu: Some(Text("/opt/my=qemu")), ..options };
    assert_eq!(Options::from_text(&attached), Ok(same));
}

#[test]
fn the_normalised_form_is_read_back_and_keeps_what_is_the_hosts_to_itself() {
    let text =
        "--no-install --log x --seed 255 --memory 1024M --case dirty/* --qemu=/usr/bin/qemu --list --strict";
    let normalised = Options::from_text(text).unwrap().to_string();
    assert_eq!(normalised, "--case 'dirty/*' --seed 0xff --memory 1G --qemu /usr/bin/qemu --strict");
    assert_eq!(Options::from_text(&normalised).unwrap().to_string(), normalised);
    assert_eq!(Options::default().to_string(), "");
    assert_eq!(Options::from_text(""), Ok(Options::default()));
}

#[test]
fn words_of_a_shell_are_taken_as_they_are() {
    let options = Options::from_words(["--case", "*", "--qemu", "/my qemu"]).unwrap();
    assert_eq!(options.to_string(), "--case '*' --qemu '/my qemu'");
}

#[test]
fn what_is_not_understood_is_named_with_what_was_expected() {
    let number = Expected::Number { minimum: 1, maximum: 512 };
    let errors = [
        ("quiet", Error::NoOption { word: "quiet" }),
        ("--colour", Error::Unknown { option: "--colour" }),
        ("--smp=2 --smp 2", Error::Repeated { option: "--smp" }),
        ("--strict --strict", Error::Repeated { option: "--strict" }),
        ("--smp", Error::Missing { option: "--smp", expected: number }),
        ("--smp --list", Error::Missing { option: "--smp", expected: number }),
        ("--list=yes", Error::Superfluous { option: "--list", value: "yes" }),
        ("--smp 0", Error::Invalid { option: "--smp", value: "0", expected: number }),
        ("--smp 513", Error::Invalid { option: "--smp", value: "513", expected: number }),
        ("--smp +1", Error::Invalid { option: "--smp", value: "+1", expected: number }),
        ("--smp ''", Error::Invalid { option: "--smp", value: "", expected: number }),
        ("--case 'a", Error::Quote { rest: "'a" }),
        ("--case 'a'b", Error::Quote { rest: "'a'b" }),
        ("--case a'b'", Error::Quote { rest: "a'b'" }),
    ];
    for (text, error) in errors {
        assert_eq!(Options::from_text(text), Err(error), "{text}");
    }
    assert_eq!(errors[7].1.to_string(), "--smp takes a number from 1 to 512, got \"0\"");
}

#[test]
fn an_unknown_variant_is_refused_with_the_known_ones() {
    let error = Options::from_text("--variant v5").unwrap_err().to_string();
    assert!(error.starts_with("--variant takes one of v0 v1 v2 v3 v4 v4m lock-free c0 c1 "), "{error}");
    assert!(error.ends_with(" tlbi-longest-range-masked, got \"v5\""), "{error}");
}

#[test]
fn values_out_of_range_are_refused() {
    let invalid = [
        "--memory 63M",
        "--memory 512",
        "--memory 5T",
        "--memory 4194304G",
        "--seed 0x",
        "--seed -1",
        "--seed 0x+1",
        "--seed 18446744073709551616",
        "--el 3",
        "--accel xen",
        "--accel tcg,thread=none",
        "--suite a,,b",
        "--suite A",
        "--case D01",
        "--cpu 'a b'",
        "--machine secure",
        "--machine a=1,,b=2",
        "--timeout 0",
        "--rounds 0",
        "--variant v5",
        "--threads 0",
        "--threads 9",
        "--swap 0M",
        "--working-set 12",
        "--management half",
        "--sweep 0",
        "--atomics cas",
        "--image pe",
        "--qemu ''",
    ];
    for text in invalid {
        assert!(matches!(Options::from_text(text), Err(Error::Invalid { .. })), "{text}");
    }
    for text in ["--memory 64M", "--memory 1G", "--seed 18446744073709551615", "--smp 512"] {
        assert!(Options::from_text(text).is_ok(), "{text}");
    }
}

#[test]
fn a_pattern_names_cases_alone_or_with_their_suite() {
    let matches = |pattern, suite, case| Pattern::new(pattern).unwrap().matches(suite, case);
    assert!(matches("d01-store", "dirty", "d01-store"));
    assert!(matches("dirty/d01-store", "dirty", "d01-store"));
    assert!(matches("*seed*", "set-access-flags", "v1-seed-loops"));
    assert!(matches("dirty*", "dirty", "a01"));
    assert!(matches("d?1-*", "dirty", "d01-store"));
    assert!(matches("*/d01*e", "dirty", "d01-store"));
    assert!(matches("*a*b*", "s", "aab"));
    assert!(!matches("d01", "dirty", "d01-store"));
    assert!(!matches("other/d01-store", "dirty", "d01-store"));
    assert!(!matches("d?01-store", "dirty", "d01-store"));
    assert!(!matches("*a*b", "s", "abc"));
}

#[test]
fn the_help_lists_every_option_within_a_terminals_width() {
    let help = format!("{Help}");
    for (name, _, text) in Options::ROWS {
        assert!(help.contains(name) && help.contains(text));
    }
    assert!(help.lines().all(|line| line.len() <= 90), "{help}");
}

#[test]
fn a_hidden_suite_runs_only_where_it_is_asked_for() {
    assert!(selects("", "d01-store-marks-dirty"));
    for text in
        ["", "--case *", "--case p*", "--suite dirty-state", "--suite self-check --case hangs-in-rust"]
    {
        assert!(!selects(text, "panics"), "{text}");
    }
    let suite = "--suite self-check";
    for text in [suite, "--case self-check/p*", "--case panics", "--suite self-check,product --case p*"] {
        assert!(selects(text, "panics"), "{text}");
    }
}

#[test]
fn a_hidden_case_runs_only_where_its_name_is_given() {
    for (suite, sample, hidden) in [
        ("product", "sampled-reads", "covering-set"),
        ("granules", "c01-4k-pages", "covering-set-16k"),
        ("extensions", "i01-indirect-writes", "covering-set-of-indirect-permissions"),
        ("stages", "h19-translations-by-stage-1", "covering-set-of-both-stages"),
        ("regimes", "sampled-el2", "covering-el2"),
    ] {
        let (all, some) = (format!("--suite {suite}"), format!("--case {suite}/?*"));
        for text in
            ["", &all, &some, "--case *", "--full", &format!("{all} --case cov*"), &format!("{all} --full")]
        {
            assert!(!selects(text, hidden), "{text}");
        }
        assert!(selects(&all, sample) && selects(&some, sample), "{suite}");
        let (name, qualified) = (format!("--case {hidden}"), format!("--case {suite}/{hidden}"));
        for text in [&name, &qualified, &format!("{all} {name}")] {
            assert!(selects(text, hidden), "{text}");
        }
        assert!(!selects(&format!("--suite dirty-state {name}"), hidden));
    }
}

#[test]
fn full_asks_suite_product_for_every_combination() {
    for text in ["--suite product --full", "--case product/* --full", "--case every-combination"] {
        assert!(selects(text, "every-combination"), "{text}");
    }
    for text in ["--full", "--suite product", "--suite stages --full"] {
        assert!(!selects(text, "every-combination"), "{text}");
    }
}

/// Tells whether options select the case of this name.
fn selects(text: &str, name: &str) -> bool {
    let mut all = SUITES.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)));
    let (suite, case) = all.find(|(_, case)| case.name == name).expect("a case of this name");
    Options::from_text(text).unwrap().selects(suite, case)
}

#[test]
fn the_kernel_reads_its_options_behind_the_marker_alone() {
    let parse = |text| BootArguments::parse(text).map(|read| (read.ignored, read.options.to_string()));
    for (text, ignored, options) in [
        ("", "", ""),
        ("-- --seed 7", "", "--seed 0x7"),
        (
            " console=ttyS0 root=/dev/vda\t--  --case 'd01-*' ",
            "console=ttyS0 root=/dev/vda",
            "--case 'd01-*'",
        ),
        ("reboot=k panic=1 it's 'x", "reboot=k panic=1 it's 'x", ""),
        ("quiet --", "quiet", ""),
        ("--unknown --cases=1 --- -- --strict", "--unknown --cases=1 ---", "--strict"),
    ] {
        assert_eq!(parse(text), Ok((ignored, options.to_string())), "{text}");
    }
    assert_eq!(parse("quiet --seed=3 -- --strict"), Err(Error::BeforeMarker { option: "--seed" }));
    assert_eq!(parse("--strict"), Err(Error::BeforeMarker { option: "--strict" }));
    // A foreign word behind the marker is none of ours, and may be one of ours misspelt.
    assert_eq!(parse("-- quiet"), Err(Error::NoOption { word: "quiet" }));
    assert_eq!(parse("-- --strict -- --seed 1"), Err(Error::Unknown { option: "--" }));
}
