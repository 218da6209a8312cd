//! The kernel on the emulator: each test boots it, or the few images made from it, and reads the log.
//!
//! `AFDBM_KERNEL` names the kernel, else it is built; `AFDBM_QEMU` names the emulator, else it is the one on the path.

#[path = "support/kernel.rs"]
mod kernel;
#[path = "support/ran.rs"]
mod ran;

use ran::Ran;
use record::report::{Entry, Environment, Line, Mark};
use std::{
    env, fs,
    ops::Range,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// A run that has ended.
struct Booted(Ran);

fn boot(options: &[&str]) -> Booted {
    boot_image(kernel::path(), options)
}

fn boot_image(image: &Path, options: &[&str]) -> Booted {
    let mut command = Command::new(XTASK);
    command.arg("boot").arg(image).args(options).stdin(Stdio::null());
    if let (Some(qemu), false) = (env::var_os("AFDBM_QEMU"), options.contains(&"--qemu")) {
        command.arg("--qemu").arg(qemu);
    }
    Booted(Ran::of(&command.output().unwrap()))
}

impl Booted {
    /// Checks that the run passed, but for deviations that are known.
    fn passes(&self) -> &Self {
        self.0.assert(0, "pass");
        assert!(!self.0.says("names no case of this image"));
        assert!(!self.0.host().contains("no longer"), "{}", self.0.host());
        self
    }

    fn environment(&self) -> Environment<'_> {
        let lines = self.0.lines.iter().map(|line| Entry::parse(line).line);
        let mut environments = lines.filter_map(|line| match line {
            Line::Environment(environment) => Some(environment),
            _ => None,
        });
        environments.next().unwrap()
    }

    /// Returns the cases, by name, that the mark fits.
    fn cases(&self, fits: fn(Mark<&str>) -> bool) -> Vec<&str> {
        let results = self.0.lines.iter().filter_map(|line| match Entry::parse(line) {
            Entry { depth: 1, line: Line::Result { name, mark, .. } } if fits(mark) => Some(name),
            _ => None,
        });
        results.collect()
    }

    fn passed(&self) -> Vec<&str> {
        self.cases(|mark| mark == Mark::Ok)
    }

    fn skipped(&self) -> Vec<&str> {
        self.cases(|mark| matches!(mark, Mark::Skip(_)))
    }

    /// Returns the log without what varies: its results.
    fn results(&self) -> Vec<&str> {
        self.0.lines.iter().map(String::as_str).filter(|line| !line.trim_start().starts_with('#')).collect()
    }
}

/// Makes an image that differs from the kernel, and returns its path.
fn changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(kernel::path()).unwrap();
    change(&mut bytes);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn number(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Returns the offsets, within an ELF64 file, of the program headers that load something.
fn load_headers(bytes: &[u8]) -> Vec<usize> {
    let table = usize::try_from(number(bytes, 32)).unwrap();
    let count = usize::from(u16::from_le_bytes([bytes[56], bytes[57]]));
    (0..count)
        .map(|index| table + 56 * index)
        .filter(|header| bytes[*header..*header + 4] == [1, 0, 0, 0])
        .collect()
}

#[test]
fn the_run_of_a_user_without_options_passes_and_tells_the_machine() {
    let booted = boot(&[]);
    booted.passes();
    let Environment { cpu, hafdbs, entry_level, cpus, memory, granule, seed, .. } = booted.environment();
    assert_eq!((cpu, hafdbs, entry_level, cpus), ("max", 2, 1, 4));
    assert_eq!((memory, granule, seed), (256, 4, 0x5eed));
    assert!(booted.passed().contains(&"d01-store-marks-dirty"));
    assert!(booted.0.says("# rerun: scripts/run --seed 0x5eed --cpu max"));
}

#[test]
fn a_cpu_without_the_feature_passes_with_skips() {
    let booted = boot(&["--cpu", "cortex-a57"]);
    booted.passes();
    assert_eq!(booted.environment().hafdbs, 0);
    assert!(booted.passed().contains(&"a01-no-management-without-the-feature"));
    assert!(booted.passed().contains(&"b20-load-takes-access-flag-fault"));
    assert!(booted.skipped().contains(&"d01-store-marks-dirty"));
    assert!(!boot(&[]).skipped().contains(&"d01-store-marks-dirty"));
}

#[test]
fn another_cpu_with_the_feature_passes() {
    let booted = boot(&["--cpu", "cortex-a76"]);
    assert_eq!(booted.passes().environment().hafdbs, 2);
    assert!(booted.passed().contains(&"d01-store-marks-dirty"));
}

#[test]
fn any_number_of_cpus_passes() {
    for cpus in ["1", "2", "8", "16"] {
        let booted = boot(&["--smp", cpus]);
        assert_eq!(booted.passes().environment().cpus.to_string(), cpus);
    }
    let booted = boot(&["--smp", "66", "--case", "d01-store-marks-dirty"]);
    assert_eq!(booted.passes().environment().cpus, 64);
    assert!(booted.0.says("2 further CPUs do not run: only 64 CPUs are used"));
}

#[test]
fn the_exception_level_of_the_entry_matters_to_the_regimes_of_el2_alone() {
    let (from_el2, from_el1) = (boot(&["--el", "2"]), boot(&[]));
    assert_eq!(from_el2.passes().environment().entry_level, 2);
    let regimes = cases::SUITES.iter().find(|suite| suite.name == "regimes").unwrap();
    let names: Vec<&str> = regimes.cases.iter().filter(|case| !case.hidden).map(|case| case.name).collect();
    let is_theirs =
        |line: &&str| line.split_whitespace().any(|word| word == regimes.name || names.contains(&word));
    let others = |booted: &Booted| -> Vec<String> {
        booted.results().into_iter().filter(|line| !is_theirs(line)).map(String::from).collect()
    };
    assert_eq!(others(&from_el2), others(&from_el1));
    let (run, skipped) = (from_el2.skipped(), from_el1.skipped());
    assert!(names.iter().all(|name| skipped.contains(name) && !run.contains(name)), "{run:?}");
}

#[test]
fn every_interrupt_controller_passes() {
    for version in ["2", "3"] {
        boot(&["--machine", &format!("gic-version={version}")]).passes();
        boot(&["--el", "2", "--machine", &format!("gic-version={version}")]).passes();
    }
}

#[test]
fn the_image_boots_in_both_forms_and_wherever_it_is_loaded() {
    boot(&["--image", "raw"]).passes();
    let elsewhere = changed("elsewhere", |bytes| {
        const FURTHER: u64 = 38 << 20;
        let headers = load_headers(bytes);
        let (first_virtual, first) = (number(bytes, headers[0] + 16), number(bytes, headers[0] + 24));
        for header in headers {
            let moved = number(bytes, header + 24) + FURTHER;
            bytes[header + 24..header + 32].copy_from_slice(&moved.to_le_bytes());
        }
        let entry = number(bytes, 24);
        if entry.wrapping_sub(first) < entry.wrapping_sub(first_virtual) {
            bytes[24..32].copy_from_slice(&(entry + FURTHER).to_le_bytes());
        }
    });
    boot_image(&elsewhere, &[]).passes();
    boot_image(&elsewhere, &["--el", "2", "--memory", "64M"]).passes();
    // A raw image is loaded at the offset that its header asks for.
    let raw_elsewhere = changed("raw-elsewhere", |bytes| {
        let start = usize::try_from(number(bytes, load_headers(bytes)[0] + 8)).unwrap();
        bytes[start + 8..start + 16].copy_from_slice(&(6u64 << 20).to_le_bytes());
    });
    boot_image(&raw_elsewhere, &["--image", "raw"]).passes();
}

#[test]
fn any_size_of_memory_passes() {
    for size in ["64M", "1G", "3G"] {
        boot(&["--memory", size]).passes();
    }
}

#[test]
fn a_suite_and_a_case_run_alone() {
    let booted = boot(&["--suite", "dirty-state", "--case", "d0?-*", "--seed", "9"]);
    booted.passes();
    let cases = booted.cases(|_| true);
    assert!(cases.contains(&"d01-store-marks-dirty") && cases.iter().all(|name| name.starts_with("d0")));
    let one = boot(&["--case", "d01-store-marks-dirty"]);
    assert_eq!(one.passes().passed(), ["d01-store-marks-dirty"]);
}

#[test]
fn a_million_rounds_lose_nothing_of_ours() {
    let booted = boot(&["--case", "i03-read-fault-against-store", "--rounds", "1000000", "--timeout", "900"]);
    booted.passes();
    let counts = booted.0.lines.iter().find(|line| line.contains(" rounds, ") && line.contains(" a second"));
    let counts = counts.unwrap().trim_start_matches([' ', '#']);
    let rounds = counts.split(' ').next().unwrap();
    assert!(rounds.parse::<u32>().unwrap() >= 1_000_000, "{counts}");
}

#[test]
fn the_seeds_sequence_convicts_v1_and_not_v4() {
    let booted = boot(&["--case", "*seed*"]);
    assert_eq!(booted.passes().passed().len(), booted.cases(|_| true).len());
    assert!(booted.0.says("# v1 (66dbd6e61a52") && booted.0.says("is convicted: "));
    assert!(!booted.0.lines.iter().any(|line| line.contains("# v4") && line.contains("convicted")));
}

#[test]
fn prove_reads_the_log() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("prove.tap");
    // One CPU, and suites in which no deviation is known then: prove knows of none.
    let suites = "software,seed,access-flag,dirty-state,set-access-flags";
    let booted = boot(&["--smp", "1", "--suite", suites, "--log", path.to_str().unwrap()]);
    booted.passes();
    let output = Command::new("prove").args(["-e", "cat"]).arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("Result: PASS"), "{text}");
}

#[test]
fn defects_of_the_kernel_are_told_and_decide_the_exit_status() {
    for (case, status, told) in [
        ("panics", 1, "error, 1 error"),
        ("panics-on-another-cpu", 1, "error, 1 error"),
        ("cpu-1-manages-nothing", 1, "fail, 1 new failure"),
        ("panics-in-a-panic", 125, ", while a panic was told"),
        ("faults-in-a-panic", 125, "unexpected synchronous exception, while a panic was told"),
        ("faults-in-handler", 125, "the kernel panicked: "),
        ("faults-in-kernel", 1, "error, 1 error"),
        ("faults-on-another-cpu", 1, "error, 1 error"),
        ("faults-with-the-console", 125, "the kernel panicked: CPU 0: unexpected"),
        ("faults-with-a-lock-elsewhere", 125, "the kernel panicked: CPU 1: unexpected"),
        ("panics-with-the-console", 125, "the kernel panicked: CPU 0 at"),
        ("overflows-its-stack", 1, "error, 1 error"),
        ("hangs-in-probe", 1, "error, 1 error"),
        ("hangs-in-user-probe", 1, "error, 1 error"),
        ("overruns-and-returns", 1, "error, 1 error"),
        ("hangs-in-rust", 1, "error, 1 error"),
        ("hangs-with-interrupts-masked", 1, "error, 1 error"),
        ("hangs-on-another-cpu", 1, "error, 1 error"),
    ] {
        let booted = boot(&["--case", case]);
        booted.0.assert(status, if status == 125 { "error, the kernel panicked" } else { told });
        assert!(booted.0.says(told), "{case}");
    }
}

#[test]
fn a_panic_of_a_case_is_told_with_its_place() {
    for (case, cpu) in [("panics", 0), ("panics-on-another-cpu", 1)] {
        let booted = boot(&["--case", case]);
        let told = format!("CPU {cpu}: panicked at src/suites/self_check.rs:");
        assert!(
            booted.0.lines.iter().any(|line| line.contains(&told) && line.ends_with(": on purpose")),
            "{case}"
        );
    }
}

#[test]
fn a_cpu_that_manages_nothing_is_named() {
    let booted = boot(&["--case", "cpu-1-manages-nothing"]);
    assert!(booted.0.says("# failed: CPU 1: ") && !booted.0.says("CPU 0:") && !booted.0.says("CPU 2:"));
    boot(&["--suite", "places", "--smp", "3"]).passes();
}

/// Makes an image that takes ID_AA64MMFR1_EL1 for 2, so that on a CPU without the feature HAFDBS is a lie.
fn lying(name: &str) -> PathBuf {
    changed(name, |bytes| {
        let mut found = 0;
        for word in bytes.chunks_exact_mut(4) {
            let instruction = u32::from_le_bytes(word.try_into().unwrap());
            // MRS Xt, ID_AA64MMFR1_EL1 becomes MOVZ Xt, #2.
            if instruction & !0x1f == 0xd538_0720 {
                word.copy_from_slice(&(0xd280_0040 | instruction & 0x1f).to_le_bytes());
                found += 1;
            }
        }
        assert!(found > 0);
    })
}

#[test]
fn where_nothing_is_managed_the_nearest_rule_comes_first_and_nothing_waits_in_vain() {
    let suites = "access-flag,places,swap";
    let booted = boot_image(&lying("lying"), &["--cpu", "cortex-a57", "--smp", "3", "--suite", suites]);
    booted.0.assert(1, "fail, ");
    let failed = booted.cases(|mark| mark == Mark::NotOk);
    assert_eq!(failed.first(), Some(&"b01-load-sets-access-flag"));
    for name in ["b05-never-dirty-while-old", "every-cpu-updates-alike", "v4-survives-under-management"] {
        assert!(failed.contains(&name), "{name}");
    }
    assert!(!booted.0.says("overrun its budget") && !booted.0.host().contains("error"));
}

#[test]
fn after_an_unexpected_exception_and_a_hang_the_run_goes_on() {
    let booted = boot(&["--suite", "self-check", "--case", "faults-*l", "--timeout", "60"]);
    booted.0.assert(1, "error, 1 error");
    for decoded in ["ESR", "FAR", "ELR"] {
        assert!(booted.0.says(decoded), "{decoded}");
    }
}

#[test]
fn what_follows_an_abandoned_case_runs_as_in_a_fresh_boot() {
    const SUITES: &str = "set-access-flags,access-flag,dirty-state,single-accesses";
    let fresh = boot(&["--case", "finds-a-fresh-kernel"]);
    let alone = boot(&["--suite", SUITES]);
    let after = boot(&["--suite", &format!("abandonment,{SUITES}"), "--timeout", "50"]);
    fresh.passes();
    alone.passes();
    after.0.assert(1, "fail, 6 errors");
    let found =
        |booted: &Booted| booted.0.lines.iter().filter(|line| line.contains(" finds ")).cloned().collect();
    let (expected, found): (Vec<_>, Vec<_>) = (found(&fresh), found(&after));
    assert!(expected.len() == 5 && found == expected, "{expected:#?}\n{found:#?}");
    assert_eq!(after.passed()[0], "finds-a-fresh-kernel");
    assert_eq!(after.passed()[1..], alone.passed());
    assert_eq!(after.skipped(), alone.skipped());
}

/// What is printed once the emulator has ended by itself: the machine is off.
const OFF: &str = "# off";

/// Boots with words added to the emulator's own, which the host's side would refuse or cannot say.
fn boot_with(image: &Path, options: &[&str], words: &str) -> Ran {
    let script =
        image.with_extension(format!("{}-{}", options.concat(), words.replace([' ', '\'', '/'], "")));
    let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join(script.file_name().unwrap());
    fs::write(&script, format!("\"$REAL_QEMU\" \"$@\" {words} && echo '{OFF}'")).unwrap();
    let qemu = env::var("AFDBM_QEMU").unwrap_or_else(|_| "qemu-system-aarch64".into());
    let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/emulator");
    let mut command = Command::new(XTASK);
    command.arg("boot").arg(image).args(options).args(["--qemu", stand_in]);
    command.env("STAND_IN_BOOT", script).env("REAL_QEMU", qemu);
    Ran::of(&command.output().unwrap())
}

#[test]
fn what_only_the_kernel_can_refuse_it_refuses() {
    let ran = boot_with(kernel::path(), &[], "-append '-- --colour red'");
    ran.assert(2, "error, the kernel refuses the command line: there is no option --colour");
    let ran = boot_with(kernel::path(), &[], "-append 'quiet --strict'");
    ran.assert(2, "error, the kernel refuses the command line: --strict stands before the word \"--\"");
}

#[test]
fn words_of_another_are_listed_and_ignored() {
    let words = "-append 'console=ttyS0 reboot=k panic=1 pci=off -- --case d01-* --cpu max'";
    let ran = boot_with(kernel::path(), &["--case", "d01-*"], words);
    ran.assert(0, "pass");
    assert!(ran.says("ignored, since no \"--\" comes before it: console=ttyS0 reboot=k panic=1 pci=off"));
}

#[test]
fn el3_is_refused_by_one_of_the_cpus_that_arrive_there() {
    let ran = boot_with(kernel::path(), &[], "-machine secure=on -smp 4");
    ran.assert(2, "error, the kernel refuses the command line: entered at EL3, expected EL1 or EL2");
}

/// Makes an image whose entry executes another instruction in the place of MOV X20, X0: the device tree's address.
fn entered_with(name: &str, instruction: u32) -> PathBuf {
    changed(name, |bytes| {
        let start = usize::try_from(number(bytes, load_headers(bytes)[0] + 8)).unwrap();
        let mut code = bytes[start..start + 4096].chunks_exact_mut(4);
        let found = code.find(|word| **word == 0xaa00_03f4_u32.to_le_bytes()).expect("MOV X20, X0");
        found.copy_from_slice(&instruction.to_le_bytes());
    })
}

/// What a run is asked for that may come to it.
const ONE_CASE: [&str; 4] = ["--case", "d01-store-marks-dirty", "--timeout", "20"];

/// Returns the tree that the emulator makes of its default machine, in a file of this name.
fn tree(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.dtb"));
    boot_with(kernel::path(), &ONE_CASE, &format!("-machine dumpdtb={}", path.display()));
    fs::read(path).unwrap()
}

/// Puts `planted` in the place of the first `found`.
fn plant(tree: &mut [u8], found: &[u8], planted: &[u8]) {
    let place = tree.windows(found.len()).position(|window| window == found).expect("it is there");
    tree[place..place + planted.len()].copy_from_slice(planted);
}

/// Boots with a tree that the emulator has no hand in.
fn boot_tree(name: &str, tree: &[u8]) -> Ran {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.dtb"));
    fs::write(&path, tree).unwrap();
    // MOVZ X20, #0x4800, LSL #16.
    let words = format!("-device loader,addr=0x48000000,force-raw=on,file={}", path.display());
    boot_with(&entered_with(name, 0xd2a9_0014), &ONE_CASE, &words)
}

/// Cells as a device tree has them.
fn cells(cells: &[u32]) -> Vec<u8> {
    cells.iter().flat_map(|cell| cell.to_be_bytes()).collect()
}

const DISTRIBUTOR: [u32; 4] = [0, 0x800_0000, 0, 0x1_0000];
const CPU_INTERFACE: [u32; 4] = [0, 0x801_0000, 0, 0x1_0000];
const CONSOLE: [u32; 4] = [0, 0x900_0000, 0, 0x1000];
const MEMORY: [u32; 4] = [0, 0x4000_0000, 0, 256 << 20];
/// The virtual timer's interrupt: PPI 11.
const VIRTUAL_TIMER: [u32; 2] = [1, 11];

#[test]
fn a_device_tree_that_is_wrong_is_refused_and_the_machine_goes_off() {
    let bytes = tree("tree");
    let cases: [(&str, &[u32], &[u32], &str); 8] = [
        ("console-askew", &CONSOLE, &[0, 0x900_0002], "expected registers at a multiple of 4"),
        ("memory-at-the-end", &MEMORY, &[u32::MAX, 0xffff_f800, 0, 0x400], "is out of reach, which ends at"),
        ("memory-beyond", &MEMORY, &[0x1_0000, 0], "is out of reach, which ends at"),
        (
            "memory-too-little",
            &MEMORY,
            &[0, 0x4000_0000, 0, 1 << 20],
            "1 MiB of memory, 64 MiB or more expected",
        ),
        (
            "registers-at-the-end",
            &DISTRIBUTOR,
            &[u32::MAX, 0xffff_f000, 0, 0xfff],
            "output 0xfffffffffffff000 is no address",
        ),
        (
            "cpu-interface-elsewhere",
            &CPU_INTERFACE,
            &[0, 0x4f00_0000],
            "CPU 0: a software-generated interrupt of CPU 0 does not arrive",
        ),
        (
            "timer-of-nobody",
            &VIRTUAL_TIMER,
            &[1, 5],
            "CPU 0: the virtual timer's interrupt, INTID 21, does not arrive",
        ),
        (
            "timer-beyond-gicv2",
            &VIRTUAL_TIMER,
            &[3, 5],
            "INTID 1061 as the timer's: GICv2 has INTID 16 to 31",
        ),
    ];
    for (name, found, planted, told) in cases {
        let mut changed = bytes.clone();
        plant(&mut changed, &cells(found), &cells(planted));
        let ran = boot_tree(name, &changed);
        ran.assert(2, "error, the kernel refuses");
        assert!(ran.says(told) && ran.says(OFF), "{name}: {:?}", ran.lines);
    }
    // The control: the tree is as good as the emulator's own.
    boot_tree("as-it-was", &bytes).assert(0, "pass");
}

#[test]
fn a_device_tree_without_a_console_is_refused() {
    let mut changed = tree("tree-for-mute");
    plant(&mut changed, b"arm,pl011\0", b"arm,pl012\0");
    let ran = boot_tree("mute", &changed);
    ran.assert(2, "error, the kernel refuses");
    assert!(ran.says("the firmware names no UART that is driven") && ran.says(OFF), "{:?}", ran.lines);
}

#[test]
fn a_clock_frequency_that_no_counter_has_is_refused() {
    const BEGIN: u32 = 1;
    const PROPERTY: u32 = 3;
    let bytes = tree("tree-for-clock");
    let word = |place: usize| u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
    let (structure, strings) = (word(8), word(12));
    let name = {
        let strings = &bytes[strings as usize..];
        let place = strings.windows(16).position(|window| window == b"clock-frequency\0").unwrap();
        u32::try_from(place).unwrap()
    };
    assert!(structure < strings);
    let begin = [&cells(&[BEGIN])[..], b"timer\0\0\0"].concat();
    let node = bytes.windows(begin.len()).position(|window| window == begin).unwrap() + begin.len();
    for (hertz, refused) in [(1, true), (100, true), (62_500_000, false)] {
        let mut changed = bytes.clone();
        // Total size, place of the strings, size of the structure (Devicetree Specification, 5.2).
        for (place, value) in [(4, word(4)), (12, strings), (36, word(36))] {
            changed[place..place + 4].copy_from_slice(&(value + 16).to_be_bytes());
        }
        changed.splice(node..node, cells(&[PROPERTY, 4, name, hertz]));
        let ran = boot_tree(&format!("clock-{hertz}"), &changed);
        let told = format!("a clock-frequency of {hertz} Hz; 1000000 Hz or more expected");
        ran.assert(if refused { 2 } else { 0 }, if refused { "error, the kernel refuses" } else { "pass" });
        assert!(ran.says(&told) == refused && ran.says(OFF), "{:?}", ran.lines);
    }
}

#[test]
fn what_the_boot_loader_gets_wrong_is_refused_and_the_machine_goes_off() {
    // MOV X20, X0 of the entry becomes MOVZ X20, #imm, LSL #shift: x0 is then a place without RAM, with RAM that
    // holds no tree, or no physical address at all.
    for (name, instruction, told) in [
        ("nowhere", 0xd2c0_0054_u32, "no device tree can be read at x0 = 0x0000000200000000"),
        ("zeroes", 0xd2a8_8014, "at 0x0000000044000000: device tree: starts with 0x00000000"),
        ("no-address", 0xd2ef_fff4, "mapping memory: output 0x7fff000000000000"),
    ] {
        let image = entered_with(name, instruction);
        for level in ["1", "2"] {
            let ran = boot_with(&image, &["--el", level], "");
            ran.assert(2, "error, the kernel refuses");
            assert!(ran.says(told) && ran.says(OFF), "{name} at EL{level}: {:?}", ran.lines);
        }
    }
}

#[test]
fn the_raw_image_is_an_application_of_uefi_too() {
    boot(&["--image", "raw"]).passes();
    let image = fs::read(kernel::path().with_extension("img")).unwrap();
    let half = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
    let word = |at: usize| u32::from(half(at)) | u32::from(half(at + 2)) << 16;
    let pe = word(0x3c) as usize;
    assert_eq!((&image[..2], &image[pe..pe + 4], half(pe + 4)), (&b"MZ"[..], &b"PE\0\0"[..], 0xaa64));
    let (sections, optional) = (usize::from(half(pe + 6)), pe + 24);
    assert_eq!((half(optional), half(optional + 68), half(optional + 70)), (0x20b, 10, 0x100));
    let (entry, whole) = (word(optional + 16), word(optional + 56));
    let table = optional + usize::from(half(pe + 20));
    let mut place = word(optional + 60);
    let (mut holds_entry, write, execute) = (false, 1 << 31, 1 << 29);
    for section in (0..sections).map(|index| table + 40 * index) {
        let (size, start, in_file, offset) =
            (word(section + 8), word(section + 12), word(section + 16), word(section + 20));
        let flags = word(section + 36);
        assert_eq!((start, offset, in_file % 512), (place, place, 0), "as far in the file as in memory");
        assert!(flags & (write | execute) != write | execute && in_file <= size);
        assert!((offset + in_file) as usize <= image.len());
        holds_entry |= (start..start + in_file).contains(&entry) && flags & execute != 0;
        place = start + size;
    }
    assert!(holds_entry && place == whole, "{place:#x} of {whole:#x}");
}

/// Returns where the values of a tree's properties stand.
fn values(tree: &[u8]) -> Vec<Range<usize>> {
    let word = |place: usize| u32::from_be_bytes(tree[place..place + 4].try_into().unwrap()) as usize;
    let (mut place, mut values) = (word(8), Vec::new());
    loop {
        let token = word(place);
        place += 4;
        match token {
            // The beginning of a node, and its name.
            1 => place += tree[place..].iter().position(|byte| *byte == 0).unwrap() + 1,
            // A property: the length of its value, and where its name stands.
            3 => {
                let length = word(place);
                values.push(place + 8..place + 8 + length);
                place += 8 + length;
            }
            9 => return values,
            _ => {}
        }
        place = place.next_multiple_of(4);
    }
}

/// Breaks a tree in one to three places, most of them in a value: a bit, a byte or a cell is another one, or the rest is
/// missing.
fn broken(tree: &[u8], values: &[Range<usize>], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut tree = tree.to_vec();
    let place = |tree: &[u8], random: &mut fastrand::Rng| {
        let value = values[random.usize(..values.len())].clone();
        if value.is_empty() || random.u8(..8) == 0 { random.usize(..tree.len()) } else { random.usize(value) }
    };
    for _ in 0..random.usize(1..=3) {
        let [place, other] = [(); 2].map(|()| place(&tree, &mut random));
        let [cell, other] = [place, other].map(|place| place & !3);
        match random.u8(..16) {
            0..3 => tree[place] ^= 1 << random.u8(..8),
            3..6 => tree[place] = random.u8(..),
            6..9 => tree[cell..cell + 4].copy_from_slice(&random.u32(..).to_be_bytes()),
            9..12 => tree[cell..cell + 4].copy_from_slice(&random.u32(..16).to_be_bytes()),
            12..15 => tree.copy_within(cell..cell + 4, other),
            _ => tree[place..].fill(0),
        }
    }
    tree
}

/// `AFDBM_TREES` says how many, if not 40.
#[test]
fn a_broken_device_tree_is_never_met_with_silence() {
    let number = env::var("AFDBM_TREES").map_or(40, |number| number.parse().expect("a number of trees"));
    let mut bytes = tree("tree-to-break");
    // Behind its two blocks the emulator leaves a mebibyte of zeros.
    let header = |index: usize| u32::from_be_bytes(bytes[4 * index..][..4].try_into().unwrap()) as usize;
    let used = (header(2) + header(9)).max(header(3) + header(8));
    bytes.truncate(used.next_multiple_of(4));
    let values = values(&bytes);
    for seed in 0..number {
        let ran = boot_tree("broken", &broken(&bytes, &values, seed));
        let Ran { status, lines, .. } = &ran;
        // A verdict, a refusal or an error, and the machine goes off: its silence would be the host's time-out.
        let told = [0, 1, 2, 125].contains(status) && !ran.host().is_empty() && ran.says(OFF);
        assert!(told, "tree {seed}: {status}: {}", lines.join("\n"));
    }
}
