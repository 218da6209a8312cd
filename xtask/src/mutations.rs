//! Logs that were changed at random: whatever happens to a log, it is judged no better than it deserves.
//!
//! `AFDBM_MUTATIONS` says how many changed logs are judged.

#[path = "../../tests/host/logs.rs"]
mod logs;

use crate::{
    emulator::Version,
    expectations::{Emulated, Expectations, Subject},
    failure::Exit,
    follow::End,
    judge::judge,
    lines,
    log::Record,
    machine::VirtualMachine,
    terminal,
};
use fastrand::Rng;
use logs::{FAILS, PASSES, SKIPS};
use record::options::Options;
use std::{
    collections::BTreeSet, env, fs, os::unix::process::ExitStatusExt, path::Path, process::ExitStatus,
};

/// Changed logs of a run that says nothing else: some seconds.
const MUTATIONS: u64 = 20_000;

/// The cases that the logs are of.
const SELECTED: [(&str, &str); 3] = [
    ("access-flag", "b07-every-load-sets-access-flag"),
    ("access-flag", "b08-every-atomic-sets-access-flag"),
    ("dirty-state", "d15-every-atomic-marks-dirty"),
];

const KNOWN: &str =
    "wrong syndrome where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";
const NEW: &str =
    "missing fault where Permission fault is expected | A store's abort has WnR=1 | access=store,swp EL=1";

/// What is spliced into logs: what would be believed if it stood in the right place.
const SPOOFS: [&[u8]; 12] = [
    b"# verdict: pass | passed 2 failed 0 errors 0 skipped 1 | boot 0.040 s, suites 2.900 s\n",
    b"# verdict: pass | passed 3 failed 0 errors 0 skipped 0 | boot 0.040 s, suites 2.900 s\n",
    b"# verdict: fail | passed 1 failed 1 errors 0 skipped 1 | boot 0.040 s, suites 2.900 s\n",
    b"# verdict: pass",
    b"    ok 1 d15-every-atomic-marks-dirty\n",
    b"ok 2 dirty-state\n",
    b"ok 2 dirty-state # SKIP none\n",
    b"TAP version 13\n",
    b"1..2\n",
    b"    # kinds: 1 with 7 failures\n",
    b"\0\0\0",
    b"\xff\xfe\xc3\x28\r",
];

/// What the host makes of the bytes of a serial line.
fn judged(bytes: &[u8], expectations: &Expectations) -> Exit {
    let options = Options::from_text("").expect("no option is a command line");
    let machine = VirtualMachine::new(&options).expect("the machine of no option");
    let mut record = Record::default();
    lines::cut(bytes, |line| {
        record.take(&line);
        true
    });
    if record.verdict.is_some() {
        record.compare(&SELECTED, &machine);
    }
    judge(&record, &End::Ended(ExitStatus::from_raw(0)), expectations, false).exit
}

/// What a log says that decides, without what varies from one run to the next: read by other eyes than the host's.
fn gist(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).replace('\r', "");
    let begin = text
        .lines()
        .position(|line| terminal::behind_controls(line) == "TAP version 13")
        .unwrap_or(usize::MAX);
    let mut gist = Vec::new();
    for line in text.lines().skip(begin) {
        let (words, shift) = (line.trim_start_matches(' '), line.len() - line.trim_start_matches(' ').len());
        let kept = match words.trim_start_matches(['#', ' ']) {
            comment if comment.starts_with("verdict: ") => {
                comment.split(" | boot").next().unwrap_or_default()
            }
            // The rest of it nothing asks for.
            comment if comment.starts_with("afdbm ") => {
                let from_level = comment.split_once("el=").unwrap_or_default().1;
                let (machine, rest) = from_level.split_once(" granule=").unwrap_or_default();
                gist.push(machine.to_owned());
                rest.split_once(" | ").unwrap_or_default().1
            }
            comment if comment.starts_with("failed: ") => "failed",
            comment if comment.starts_with("error: ") => "error",
            comment if comment.starts_with("Subtest: ") || comment.starts_with("kind") => comment,
            comment if comment.starts_with("panic: ") || comment.starts_with("usage: ") => comment,
            _ if words.starts_with("ok ") || words.starts_with("not ok ") => {
                words.split(" # SKIP").next().unwrap_or_default()
            }
            _ if words.starts_with("1..") || ["TAP version 13", "KTAP version 1"].contains(&words) => words,
            _ => continue,
        };
        gist.push(format!("{shift} {kept}"));
    }
    gist
}

/// A place in the log, or its end.
fn place(rng: &mut Rng, bytes: &[u8]) -> usize {
    rng.usize(..=bytes.len())
}

/// Where a line begins.
fn line_start(rng: &mut Rng, bytes: &[u8]) -> usize {
    let at = place(rng, bytes);
    bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |before| before + 1)
}

/// A whole line, with its ending.
fn line(rng: &mut Rng, bytes: &[u8]) -> std::ops::Range<usize> {
    let start = line_start(rng, bytes);
    let length =
        bytes[start..].iter().position(|byte| *byte == b'\n').map_or(bytes.len() - start, |end| end + 1);
    start..start + length
}

/// Makes one change.
fn change(rng: &mut Rng, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
    match rng.u8(..14) {
        0 => drop(bytes.drain(line(rng, bytes))),
        1 => {
            let copy = bytes[line(rng, bytes)].to_vec();
            let at = line_start(rng, bytes);
            drop(bytes.splice(at..at, copy));
        }
        2 => {
            let moved: Vec<u8> = bytes.drain(line(rng, bytes)).collect();
            let at = line_start(rng, bytes);
            drop(bytes.splice(at..at, moved));
        }
        3 if !bytes.is_empty() => {
            let at = rng.usize(..bytes.len());
            bytes[at] ^= 1 << rng.u8(..8);
        }
        4 if !bytes.is_empty() => {
            let at = rng.usize(..bytes.len());
            bytes[at] = b'0' + rng.u8(..10);
        }
        5 => bytes.truncate(place(rng, bytes)),
        6 => drop(bytes.drain(..place(rng, bytes))),
        7 => {
            let spoof = SPOOFS[rng.usize(..SPOOFS.len())];
            let at = if rng.bool() { line_start(rng, bytes) } else { place(rng, bytes) };
            drop(bytes.splice(at..at, spoof.iter().copied()));
        }
        // The beginning of this run, and the end of another one.
        8 => {
            let other = &others[rng.usize(..others.len())];
            bytes.truncate(line_start(rng, bytes));
            bytes.extend(&other[line_start(rng, other)..]);
        }
        9 => {
            let other = &others[rng.usize(..others.len())];
            let piece = other[line(rng, other)].to_vec();
            let at = line_start(rng, bytes);
            drop(bytes.splice(at..at, piece));
        }
        10 => {
            let at = place(rng, bytes);
            let length = 1 << rng.u8(..18);
            drop(bytes.splice(at..at, std::iter::repeat_n(b'x', length)));
        }
        11 => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let (from, to) = [("not ok", "ok"), ("fail", "pass"), ("failed: ", ""), ("7 times", "6 times")]
                [rng.usize(..4)];
            *bytes = text.replacen(from, to, rng.usize(1..3)).into_bytes();
        }
        // NUL, what is no UTF-8, and what looks like the end of a line.
        12 => {
            let at = place(rng, bytes);
            let noise: Vec<u8> = (0..rng.u8(1..40))
                .map(|_| [b'\0', b'\r', b'\x1b', 0x80 | rng.u8(..128), rng.u8(..)][rng.usize(..5)])
                .collect();
            drop(bytes.splice(at..at, noise));
        }
        _ => {
            let end = place(rng, bytes);
            let start = rng.usize(..=end);
            drop(bytes.drain(start..end));
        }
    }
}

#[test]
fn a_changed_log_is_judged_no_better_than_it_deserves() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../target")
        .join(format!("mutations-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a directory for expectations");
    let file = format!(
        "emulator qemu\nversions 7.2-10.0\nmeasured 10.0.2\naccelerator tcg\ncpu *\n\
         dirty-state/d15-* always D15 R_NSXRD leaves RO\n    kind  {KNOWN}\n"
    );
    fs::write(directory.join("qemu.txt"), file).expect("expectations");
    let version = Version { major: 10, minor: 0, patch: 2 };
    let subject =
        Subject::Emulated(Emulated { version, accelerator: "tcg", single_threaded: false, cpu: "max" });
    let expectations = Expectations::read(&directory, subject).expect("expectations");
    fs::remove_dir_all(&directory).expect("the directory is ours");

    let originals: Vec<Vec<u8>> = [
        logs::log(&PASSES),
        logs::with_kinds(&FAILS, &[KNOWN]),
        logs::with_kinds(&FAILS, &[KNOWN, NEW]),
        logs::with_kinds(&FAILS, &[NEW]),
        logs::log(&FAILS),
        logs::log(&SKIPS),
        logs::lost(&PASSES[..2], "CPU 1 lost in dirty-state/d15-every-atomic-marks-dirty, 1 case not run"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    let exits: Vec<Exit> = originals.iter().map(|log| judged(log, &expectations)).collect();
    let (pass, fail) = (Exit::Pass, Exit::Fail);
    assert_eq!(exits, [pass, pass, fail, fail, fail, Exit::Nothing, fail]);
    // What a log has to say, in the end, for what the host makes of it.
    let of = |exit: Exit| -> BTreeSet<Vec<String>> {
        let logs = originals.iter().zip(&exits).filter(|(_, of)| **of == exit);
        logs.map(|(log, _)| gist(log)).collect()
    };
    let (passing, nothing) = (of(Exit::Pass), of(Exit::Nothing));

    let count = env::var("AFDBM_MUTATIONS").map_or(MUTATIONS, |text| text.parse().expect("a number"));
    let (mut found, mut undeserved) = (std::collections::BTreeMap::new(), Vec::new());
    for seed in 0..count {
        let mut rng = Rng::with_seed(seed);
        let mut bytes = originals[rng.usize(..originals.len())].clone();
        (0..rng.u8(1..4)).for_each(|_| change(&mut rng, &mut bytes, &originals));
        let exit = judged(&bytes, &expectations);
        let deserved = match exit {
            Exit::Pass => passing.contains(&gist(&bytes)),
            Exit::Nothing => nothing.contains(&gist(&bytes)),
            _ => true,
        };
        if !deserved {
            undeserved.push(format!("seed {seed} is {exit:?}: {:#?}", gist(&bytes)));
        }
        *found.entry(exit as u8).or_insert(0_u64) += 1;
    }
    assert!(undeserved.is_empty(), "{} are judged too well:\n{}", undeserved.len(), undeserved.join("\n"));
    println!("{count} changed logs, by exit status: {found:?}");
    assert!(count < MUTATIONS || found.contains_key(&(Exit::Pass as u8)) && found.len() >= 4, "{found:?}");
}

#[test]
fn a_line_of_any_length_takes_bounded_memory() {
    use std::io::Read;
    let endless = std::io::repeat(b'x');
    let mut longest = 0;
    let whole = lines::cut(endless.take(lines::LARGEST), |line| {
        longest = longest.max(line.len());
        true
    });
    assert!(whole && longest == 1 << 14);
    assert!(!lines::cut(std::io::repeat(b'\n'), |line| line.is_empty()));
    // A line of 100 MB, after which the log says that all is well, is never read to its end.
    let log = logs::log(&PASSES);
    let large = log.as_bytes().chain(std::io::repeat(b'\0').take(100_000_000)).chain(log.as_bytes());
    let (mut longest, mut verdicts) = (0, 0);
    let whole = lines::cut(large, |line| {
        longest = longest.max(line.len());
        verdicts += usize::from(line.starts_with("# verdict"));
        true
    });
    assert!(!whole && longest <= 1 << 14 && verdicts == 1, "{longest} bytes, {verdicts} verdicts");
}
