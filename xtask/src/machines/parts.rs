//! What the machines are made of: firmware, disks, device trees, a hypervisor.

use super::{guest, packages, trees};
use crate::{
    disk::{self, LOADER},
    emulator::Emulator,
    failure::Failure,
    image::{Image, write_whole},
    process::{Running, Waited},
};
use record::options::BootArguments;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

/// The names of the parts, as they stand in braces.
#[cfg(test)]
pub(super) const PARTS: [&str; 17] = [
    "edk2",
    "u-boot",
    "kernel",
    "disk",
    "disk-nvme",
    "disk-syslinux",
    "disk-grub-chainloader",
    "disk-grub-linux",
    "tree-reserved-by-header",
    "tree-40-reserved-nodes",
    "tree-stdout-elsewhere",
    "tree-long-names",
    "tree-without-uart",
    "tree-stdout-virtio",
    "tree-of-raspberry-pi-4",
    "tree-of-imx8mp-evk",
    "guest-of-qemu",
];

const EDK2: (&str, &str) = ("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "qemu-efi-aarch64");
const U_BOOT: (&str, &str) = ("/usr/lib/u-boot/qemu_arm64/u-boot.bin", "u-boot-qemu");

/// Debian's package of Linux, for its boards' device trees and for what runs guests.
pub(super) const LINUX: &str = "linux-image-arm64";

/// How long the emulator may take to write its device tree down.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a part is not there.
pub(super) enum Missing {
    /// It is not here, for this reason; the machine is left out.
    Part(String),
    /// It should have been made, and was not.
    Failure(Failure),
}

impl From<Failure> for Missing {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Where the parts come from.
pub(super) struct Parts<'a> {
    folder: &'a Path,
    image: PathBuf,
    /// The kernel's command line.
    line: String,
}

impl<'a> Parts<'a> {
    /// Prepares the parts for a kernel, in a folder.
    ///
    /// # Errors
    ///
    /// Where the kernel is none.
    pub(super) fn new(kernel: &Path, folder: &'a Path) -> Result<Self, Failure> {
        let image = Image::read(kernel)?.write_raw()?;
        Ok(Self { folder, image, line: String::new() })
    }

    /// Lets the kernel be asked for this.
    pub(super) fn ask(&mut self, options: &str) {
        self.line = format!("{} {options}", BootArguments::MARKER);
    }

    /// Returns the folder in which parts and logs are.
    pub(super) const fn folder(&self) -> &Path {
        self.folder
    }

    /// Returns the words that a word of the table stands for.
    ///
    /// # Errors
    ///
    /// A [`Missing`].
    pub(super) fn words(&self, word: &str, emulator: &Emulator) -> Result<Vec<String>, Missing> {
        let Some(part) = word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) else {
            return Ok(vec![word.to_owned()]);
        };
        let shown = |path: PathBuf| path.display().to_string();
        Ok(match part {
            "edk2" => vec![installed(EDK2)?],
            "u-boot" => vec![installed(U_BOOT)?],
            "kernel" => self.kernel(),
            "disk" => disk_words(&self.disk(part, &[])?, "virtio-blk-pci"),
            "disk-nvme" => disk_words(&self.disk(part, &[])?, "nvme,serial=afdbm"),
            "disk-syslinux" => {
                let text = format!("label afdbm\nkernel /{LOADER}\nappend {}\n", self.line);
                disk_words(
                    &self.disk(part, &[("extlinux/extlinux.conf", text.as_bytes())])?,
                    "virtio-blk-pci",
                )
            }
            "disk-grub-chainloader" => self.grub(part, "chainloader")?,
            "disk-grub-linux" => self.grub(part, "linux")?,
            "tree-of-raspberry-pi-4" => vec!["-dtb".into(), shown(self.tree_of("broadcom/bcm2711-rpi-4-b")?)],
            "tree-of-imx8mp-evk" => vec!["-dtb".into(), shown(self.tree_of("freescale/imx8mp-evk")?)],
            "guest-of-qemu" => guest::words(self.folder, &self.image, &self.line)?,
            name => vec!["-dtb".into(), shown(self.tree(name, emulator)?)],
        })
    }

    /// Returns the words that load the kernel without any firmware.
    fn kernel(&self) -> Vec<String> {
        ["-kernel", &self.image.display().to_string(), "-append", &self.line].map(str::to_owned).to_vec()
    }

    /// Makes a disk with the kernel as the loader, unless another is among these files, and its options.
    fn disk(&self, name: &str, more: &[(&str, &[u8])]) -> Result<PathBuf, Failure> {
        let kernel = fs::read(&self.image).map_err(Failure::file(&self.image))?;
        let mut files: Vec<(&str, &[u8])> = vec![(disk::OPTIONS, self.line.as_bytes())];
        if !more.iter().any(|(path, _)| *path == LOADER) {
            files.push((LOADER, &kernel));
        }
        files.extend(more);
        let path = self.folder.join(name).with_extension("img");
        write_whole(&path, &disk::content(&files).map_err(Failure::file(&path))?)?;
        Ok(path)
    }

    /// Makes a disk whose loader is Debian's GRUB, which loads the kernel by this command.
    fn grub(&self, name: &str, command: &str) -> Result<Vec<String>, Missing> {
        let root = packages::unpacked(self.folder, "grub-efi-arm64-bin")?;
        let path = root.join("usr/lib/grub/arm64-efi/monolithic/grubaa64.efi");
        let grub = fs::read(&path).map_err(Failure::file(&path))?;
        let kernel = fs::read(&self.image).map_err(Failure::file(&self.image))?;
        // Quoted, or GRUB would look for files where options have a `*`.
        let line: Vec<String> = self.line.split(' ').map(|word| format!("'{word}'")).collect();

        let text =
            format!("search --file --set=root /afdbm.efi\n{command} /afdbm.efi {}\nboot\n", line.join(" "));
        let files: [(&str, &[u8]); 3] =
            [(LOADER, &grub), ("EFI/debian/grub.cfg", text.as_bytes()), ("afdbm.efi", &kernel)];
        Ok(disk_words(&self.disk(name, &files)?, "virtio-blk-pci"))
    }

    /// Returns the tree that Linux has for a board.
    fn tree_of(&self, board: &str) -> Result<PathBuf, Missing> {
        let root = packages::unpacked(self.folder, LINUX)?.join("usr/lib");
        let versions = fs::read_dir(&root).map_err(Failure::file(&root))?.flatten();
        let tree =
            versions.map(|entry| entry.path().join(board).with_extension("dtb")).find(|path| path.is_file());
        tree.ok_or_else(|| Missing::Part(format!("{LINUX} has no {board}.dtb")))
    }

    /// Makes a tree that differs from the emulator's own.
    fn tree(&self, name: &str, emulator: &Emulator) -> Result<PathBuf, Missing> {
        let missing = || Missing::Part(format!("no part is called {name}"));
        let (_, edit) = trees::EDITS.iter().find(|(known, _)| *known == name).ok_or_else(missing)?;
        let own = self.folder.join("own.dtb");
        let words =
            format!("-M virt,dumpdtb={} -cpu max -smp 2 -m 1G -nodefaults -display none", own.display());
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let mut command = emulator.command(&words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match Running::start(&mut command)?.wait_until(Instant::now() + PATIENCE) {
            Waited::Ended(_) => {}
            Waited::TimedOut => return Err(Missing::Part("the emulator writes no device tree".into())),
            Waited::Interrupted => return Err(Failure::Interrupted.into()),
        }
        let blob = fs::read(&own).map_err(Failure::file(&own))?;
        let path = self.folder.join(name).with_extension("dtb");
        write_whole(&path, &trees::edited(&blob, *edit).map_err(Missing::Part)?)?;
        Ok(path)
    }
}

/// Returns a file of a package that is installed.
fn installed((path, package): (&str, &str)) -> Result<String, Missing> {
    match Path::new(path).is_file() {
        true => Ok(path.to_owned()),
        false => Err(Missing::Part(format!("{path} is not there: Debian's {package}"))),
    }
}

fn disk_words(path: &Path, device: &str) -> Vec<String> {
    let drive = format!("if=none,id=disk,format=raw,file={}", path.display());
    ["-drive".into(), drive, "-device".into(), format!("{device},drive=disk")].to_vec()
}
