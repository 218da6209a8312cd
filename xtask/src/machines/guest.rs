//! Debian's Linux for arm64 as a host, and in it QEMU with KVM, which runs the kernel as a guest.
//!
//! Everything that the host needs stands in its initial file system: a shell, QEMU with its libraries, and the kernel.

use super::{
    packages,
    parts::{LINUX, Missing},
};
use crate::{failure::Failure, image::write_whole};
use object::{
    LittleEndian,
    elf::FileHeader64,
    read::elf::{Dyn, ElfFile},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The part of a machine that is this host with its guest.
pub(super) const PART: &str = "{guest-of-qemu}";

/// What files of `expectations/` call the accelerator for what shows in the guest alone.
pub(super) const ACCELERATOR: &str = "kvm-on-tcg";

/// The emulator in its package.
const QEMU: &str = "usr/bin/qemu-system-aarch64";

/// What starts the programs of the packages.
const INTERPRETER: &str = "ld-linux-aarch64.so.1";

/// Where the packages have their libraries.
const LIBRARIES: [&str; 3] =
    ["lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib/aarch64-linux-gnu/pulseaudio"];

/// What the host does: runs the guest, and goes off. `ARGUMENTS` stands for the guest's command line.
const INIT: &str = "\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs devices /dev
/bin/busybox mount -t proc processes /proc
LD_LIBRARY_PATH=/lib /bin/qemu -nographic -no-reboot -nic none -M virt,gic-version=3 -accel kvm -cpu host -smp 2 \\
    -m 256M -kernel /afdbm.img -append 'ARGUMENTS' </dev/null
/bin/busybox poweroff -f
";

/// Returns the words that boot the host, which boots the guest.
///
/// # Errors
///
/// Where a package cannot be had, or a file of it is not where it is expected.
pub(super) fn words(folder: &Path, image: &Path, line: &str) -> Result<Vec<String>, Missing> {
    let linux = packages::unpacked(folder, LINUX)?.join("boot");
    let entries = fs::read_dir(&linux).map_err(Failure::file(&linux))?.flatten().map(|entry| entry.path());
    let named =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-"));
    let missing = |what: &str| Missing::Part(format!("Debian's packages have no {what}"));
    let linux = entries.into_iter().find(named).ok_or_else(|| missing("vmlinuz"))?;
    let qemu = packages::unpacked(folder, "qemu-system-arm")?;
    let shell = packages::unpacked(folder, "busybox-static")?.join("bin/busybox");

    let read = |path: &Path| fs::read(path).map_err(Failure::file(path));
    let mut files = BTreeMap::from([
        ("init".to_owned(), INIT.replace("ARGUMENTS", line).into_bytes()),
        ("bin/busybox".to_owned(), read(&shell)?),
        ("bin/qemu".to_owned(), read(&qemu.join(QEMU))?),
        ("afdbm.img".to_owned(), read(image)?),
    ]);
    let mut wanted = vec![INTERPRETER.to_owned()];
    wanted.extend(needed(&files["bin/qemu"]).ok_or_else(|| missing("QEMU"))?);
    while let Some(library) = wanted.pop() {
        let name = format!("lib/{library}");
        if files.contains_key(&name) {
            continue;
        }
        let places = LIBRARIES.iter().map(|place| qemu.join(place).join(&library));
        let place = places.into_iter().find(|place| place.is_file()).ok_or_else(|| missing(&library))?;
        let bytes = read(&place)?;
        wanted.extend(needed(&bytes).ok_or_else(|| missing(&library))?);
        files.insert(name, bytes);
    }
    let path = folder.join("guest-of-qemu.cpio");
    write_whole(&path, &archive(&files))?;
    let words = ["-kernel", &linux.display().to_string(), "-initrd", &path.display().to_string(), "-append"];
    let host = "console=ttyAMA0 quiet panic=-1";
    Ok(words.into_iter().chain([host]).map(str::to_owned).collect())
}

/// Returns the libraries that a program names, or `None` where it is none.
fn needed(bytes: &[u8]) -> Option<Vec<String>> {
    let order = LittleEndian;
    let file = ElfFile::<FileHeader64<LittleEndian>>::parse(bytes).ok()?;
    let sections = file.elf_section_table();
    let Some((entries, strings)) = sections.dynamic(order, bytes).ok()? else { return Some(Vec::new()) };
    let strings = sections.strings(order, bytes, strings).ok()?;
    let libraries = entries.iter().filter(|entry| entry.tag32(order) == Some(object::elf::DT_NEEDED));
    libraries
        .map(|entry| {
            let name = strings.get(entry.val32(order)?).ok()?;
            Some(String::from_utf8_lossy(name).into_owned())
        })
        .collect()
}

/// Packs files, and the folders that they and the host need, as Linux unpacks an initial file system (newc format;
/// Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
fn archive(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    const FOLDER: u32 = 0o40755;
    const PROGRAM: u32 = 0o100_755;
    let mut archive = Vec::new();
    for folder in ["bin", "lib", "dev", "proc"] {
        pack(&mut archive, folder, FOLDER, &[]);
    }
    files.iter().for_each(|(name, bytes)| pack(&mut archive, name, PROGRAM, bytes));
    pack(&mut archive, "TRAILER!!!", 0, &[]);
    archive
}

fn pack(archive: &mut Vec<u8>, name: &str, mode: u32, bytes: &[u8]) {
    let (number, size) = (archive.len(), bytes.len());
    let header = format!(
        "070701{number:08x}{mode:08x}{:08x}{:08x}{:08x}{:08x}{size:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
        0,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        name.len() + 1,
        0
    );
    archive.extend(header.bytes().chain(name.bytes()).chain([0]));
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(bytes);
    archive.resize(archive.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::{archive, needed};
    use std::collections::BTreeMap;

    #[test]
    fn files_are_packed_with_their_folders() {
        let files = BTreeMap::from([("bin/x".to_owned(), b"content".to_vec())]);
        let bytes = archive(&files);
        let place = |name: &str| bytes.windows(name.len()).position(|window| window == name.as_bytes());
        let entry = place("bin/x\0").unwrap();
        // A header has 110 characters; its second field is the mode, its seventh the size, its twelfth the name's.
        let header = std::str::from_utf8(&bytes[entry - 110..entry]).unwrap();
        assert_eq!(
            (&header[..6], &header[14..22], &header[54..62], &header[94..102]),
            ("070701", "000081ed", "00000007", "00000006")
        );
        assert_eq!(&bytes[entry + 6..entry + 13], b"content");
        assert!(place("bin\0").unwrap() < entry && place("TRAILER!!!\0").unwrap() > entry);
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn what_is_no_program_needs_nothing() {
        assert_eq!(needed(b"no program"), None);
        let own = std::env::current_exe().unwrap();
        let needed = needed(&std::fs::read(own).unwrap()).unwrap();
        assert!(needed.iter().any(|library| library.starts_with("libc.")), "{needed:?}");
    }
}
