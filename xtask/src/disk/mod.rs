//! A disk image that a UEFI boots the kernel from, as a cloud VM does.

mod content;

use crate::{
    catalogue,
    failure::{Exit, Failure},
    image::Image,
    screen::print,
};
pub(crate) use content::content;
use record::options::{BootArguments, Options};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

/// Where a UEFI looks for a loader on a disk that it was told nothing of (UEFI Specification 2.10, 3.5.1.1).
pub(crate) const LOADER: &str = "EFI/BOOT/BOOTAA64.EFI";

/// The file from which the kernel reads its options.
pub(crate) const OPTIONS: &str = "afdbm.txt";

/// The line of [`OPTIONS`] for the words behind `--`, if it is the line that the kernel would understand.
///
/// # Errors
///
/// Where a word is no option of the kernel's, no case is named, or the line is longer than the kernel reads.
pub(crate) fn options_line(words: &[&str]) -> Result<String, Failure> {
    let usage = |message| Failure::Usage { message };
    let options = Options::from_words(words.iter().copied())
        .map_err(|error| usage(format!("{error}; --help lists the options")))?;
    let line = format!("{} {options}", BootArguments::MARKER).trim_end().to_owned() + "\n";
    if BootArguments::parse(&line).map(|read| read.options) != Ok(options) {
        return Err(usage("behind -- stand the kernel's options; the host's stand before it".into()));
    }
    if options.litmus.is_some() {
        let message = "--litmus needs files beside the kernel, which a UEFI does not load";
        return Err(usage(message.into()));
    }
    catalogue::select(&options)?;
    match line.len() {
        length if length <= BootArguments::LONGEST_FILE => Ok(line),
        length => Err(usage(format!(
            "the options have {length} characters together, more than the {} that the kernel reads of a file",
            BootArguments::LONGEST_FILE
        ))),
    }
}

/// Refuses a file that is there already: it may be a disk.
///
/// # Errors
///
/// Where it is there.
pub(crate) fn refuse_existing(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(Failure::Usage { message: format!("{} is there already, and is kept", path.display()) }),
        Err(_) => Ok(()),
    }
}

/// Writes the disk image of a kernel and the line of its options.
///
/// # Errors
///
/// Where the file is there already, or cannot be written whole.
pub(crate) fn disk(path: &Path, kernel: &Path, options: &str) -> Result<Exit, Failure> {
    write(path, kernel, options)?;
    print(format_args!("{}: {} bytes, options: {options}", path.display(), content::BYTES))?;
    Ok(Exit::Pass)
}

/// Writes the same, and says nothing of it.
///
/// # Errors
///
/// As of [`disk`].
pub(crate) fn write(path: &Path, kernel: &Path, options: &str) -> Result<(), Failure> {
    let application = Image::read(kernel)?.write_raw()?;
    let application = fs::read(&application).map_err(Failure::file(&application))?;
    let content = content(&[(LOADER, &application), (OPTIONS, options.as_bytes())]);
    write_new(path, &content.map_err(Failure::file(path))?)
}

/// Writes a file that was not there before, whole or not at all.
///
/// # Errors
///
/// Where it is there, or there is no room for it.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    refuse_existing(path)?;
    let mut file = File::create_new(path).map_err(Failure::file(path))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // What was written of it is of no use.
        let _ = fs::remove_file(path);
        Failure::file(path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::options_line;

    #[test]
    fn the_file_has_the_options_as_the_kernel_reads_them() {
        let line = |words: &[&str]| options_line(words).map_err(|failure| failure.to_string());
        assert_eq!(line(&["--case", "d01-*", "--seed", "7"]).unwrap(), "-- --case 'd01-*' --seed 0x7\n");
        assert_eq!(line(&[]).unwrap(), "--\n");
        for (words, told) in [
            (&["--colour"][..], "there is no option --colour"),
            (&["quiet"], "\"quiet\" is no option"),
            (&["--log", "x"], "the host's stand before it"),
            (&["--case", "x*"], "no case is named by --case 'x*'"),
            (&["--litmus", "x"], "--litmus needs files"),
            (&["--qemu", &"q".repeat(1020)], "more than the 1023 that the kernel reads"),
        ] {
            let error = line(words).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
