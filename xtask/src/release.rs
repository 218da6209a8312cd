//! What is handed out: the kernel in both forms, what it is, and how it is run.

use crate::{
    failure::{Exit, Failure},
    image::Image,
    report::digest,
    screen::print,
    toolchain::{root, target_directory},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The files of the checkout that go with it.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Gathers the kernel as ELF and as arm64 Image, the documents and the checksums in a folder, and packs it.
///
/// # Errors
///
/// Where a file cannot be read or written, or there is no tar.
pub(crate) fn release(kernel: &Path) -> Result<Exit, Failure> {
    let name = format!("afdbm-{}", env!("CARGO_PKG_VERSION"));
    let folder = target_directory().join("release-archive").join(&name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let image = Image::read(kernel)?.write_raw()?;
    let mut files: Vec<(PathBuf, String)> =
        vec![(kernel.to_owned(), "afdbm-kernel.elf".into()), (image, "afdbm-kernel.Image".into())];
    files.extend(DOCUMENTS.map(|document| (root().join(document), document.to_owned())));
    let mut sums = String::new();
    for (from, to) in files {
        let path = folder.join(&to);
        fs::copy(&from, &path).map_err(Failure::file(&from))?;
        sums += &format!("{}  {to}\n", digest(&path)?);
    }
    let path = folder.join("SHA256SUMS");
    fs::write(&path, sums).map_err(Failure::file(&path))?;
    let archive = folder.with_file_name(format!("{name}.tar.gz"));
    let missing =
        |problem: String| Failure::Tool { tool: "tar".into(), problem, hint: "it packs the archive" };
    let mut tar = Command::new("tar");
    tar.args(["--create", "--gzip", "--file"])
        .arg(&archive)
        .arg("--directory")
        .arg(folder.with_file_name(""))
        .arg(&name);
    let status = tar.status().map_err(|error| missing(error.to_string()))?;
    if !status.success() {
        return Err(missing(status.to_string()));
    }
    print(format_args!("{}\n{}  {name}.tar.gz\n", archive.display(), digest(&archive)?))?;
    Ok(Exit::Pass)
}
