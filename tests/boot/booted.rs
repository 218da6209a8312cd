//! Booting the kernel, or an image made from it, and what came of it.

use crate::{kernel, ran::Ran};
use record::report::{Entry, Environment, Line, Mark};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

pub(crate) const XTASK: &str = env!("CARGO_BIN_EXE_xtask");

/// A run that has ended, with what the emulator says of the kernel's mistakes (`-d guest_errors,unimp`).
pub(crate) struct Booted(pub(crate) Ran, String);

/// What QEMU 7.2 says where it takes a reserved encoding at level 0 for a Block of 512 GiB, a known deviation (row B18), and
/// accesses its last bytes: the last doubleword, or from the middle of it on where an access crosses.
const OF_7_2: [&str; 2] = ["Invalid read at addr 0x7FFFFFFFF", "Invalid write at addr 0x7FFFFFFFF"];

impl Booted {
    /// Checks that the run passed, but for deviations that are known.
    pub(crate) fn passes(&self) -> &Self {
        self.0.assert(0, "pass");
        assert!(!self.0.says("names no case of this image"));
        let complaint = self.1.lines().find(|line| !OF_7_2.iter().any(|known| line.starts_with(known)));
        assert_eq!(complaint, None, "the emulator's guest_errors and unimp");
        assert!(!self.0.host().contains("no longer"), "{}", self.0.host());
        self
    }

    pub(crate) fn environment(&self) -> Environment<'_> {
        let lines = self.0.lines.iter().map(|line| Entry::parse(line).line);
        let mut environments = lines.filter_map(|line| match line {
            Line::Environment(environment) => Some(environment),
            _ => None,
        });
        environments.next().unwrap()
    }

    /// Returns the cases, by name, that the mark fits.
    pub(crate) fn cases(&self, fits: fn(Mark<&str>) -> bool) -> Vec<&str> {
        let results = self.0.lines.iter().filter_map(|line| match Entry::parse(line) {
            Entry { depth: 1, line: Line::Result { name, mark, .. } } if fits(mark) => Some(name),
            _ => None,
        });
        results.collect()
    }

    pub(crate) fn passed(&self) -> Vec<&str> {
        self.cases(|mark| mark == Mark::Ok)
    }

    pub(crate) fn skipped(&self) -> Vec<&str> {
        self.cases(|mark| matches!(mark, Mark::Skip(_)))
    }

    /// Returns the log without what varies: its results.
    pub(crate) fn results(&self) -> Vec<&str> {
        self.0.lines.iter().map(String::as_str).filter(|line| !line.trim_start().starts_with('#')).collect()
    }
}

pub(crate) fn boot(options: &[&str]) -> Booted {
    boot_image(kernel::path(), options)
}

pub(crate) fn boot_image(image: &Path, options: &[&str]) -> Booted {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let complaints = format!("complaints-{}", NUMBER.fetch_add(1, Relaxed));
    let complaints = Path::new(env!("CARGO_TARGET_TMPDIR")).join(complaints);
    let _ = fs::remove_file(&complaints);
    let mut command = Command::new(XTASK);
    command.arg("boot").arg(image).args(options).stdin(Stdio::null());
    if let (Some(qemu), false) = (env::var_os("AFDBM_QEMU"), options.contains(&"--qemu")) {
        command.arg("--qemu").arg(qemu);
    }
    command.args(["--", "-d", "guest_errors,unimp", "-D"]).arg(&complaints);
    let ran = Ran::of(&command.output().unwrap());
    Booted(ran, fs::read_to_string(&complaints).unwrap_or_default())
}

/// What is printed once the emulator has ended by itself: the machine is off.
pub(crate) const OFF: &str = "# off";

/// Boots with words added to the emulator's own, which the host's side would refuse or cannot say.
pub(crate) fn boot_with(image: &Path, options: &[&str], words: &str) -> Ran {
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

/// Makes an image that differs from the kernel, and returns its path.
pub(crate) fn changed(name: &str, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(kernel::path()).unwrap();
    change(&mut bytes);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

pub(crate) fn number(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Returns the offsets, within an ELF64 file, of the program headers that load something.
pub(crate) fn load_headers(bytes: &[u8]) -> Vec<usize> {
    let table = usize::try_from(number(bytes, 32)).unwrap();
    let count = usize::from(u16::from_le_bytes([bytes[56], bytes[57]]));
    (0..count)
        .map(|index| table + 56 * index)
        .filter(|header| bytes[*header..*header + 4] == [1, 0, 0, 0])
        .collect()
}

/// Makes an image whose entry executes another instruction in the place of MOV X20, X0: the device tree's address.
pub(crate) fn entered_with(name: &str, instruction: u32) -> PathBuf {
    changed(name, |bytes| {
        let start = usize::try_from(number(bytes, load_headers(bytes)[0] + 8)).unwrap();
        let mut code = bytes[start..start + 8192].chunks_exact_mut(4);
        let found = code.find(|word| **word == 0xaa00_03f4_u32.to_le_bytes()).expect("MOV X20, X0");
        found.copy_from_slice(&instruction.to_le_bytes());
    })
}
