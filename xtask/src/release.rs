//! What is handed out: the kernel in each form, what is known of machines, and how it is run, in one archive that the
//! same sources and the same compiler give to the byte.

use crate::{
    disk,
    failure::{Exit, Failure},
    image::Image,
    report::digest,
    screen::print,
    toolchain::{root, target_directory},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
};

/// The files of the checkout that go with it.
const DOCUMENTS: [&str; 5] =
    ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "docs/machines.md"];

/// The folder of known deviations, which goes with it as well.
const EXPECTATIONS: &str = "expectations";

/// The date of every file in the archive, in seconds since 1970, unless the environment names another one
/// (reproducible-builds.org, SOURCE_DATE_EPOCH).
const DATE: &str = "0";

/// Where a release is put together, and gone again however it ends.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Packs the kernel as ELF, as arm64 Image and on a disk for a UEFI, the known deviations, the documents and the
/// checksums into an archive, in this folder or else in one of the build's own.
///
/// # Errors
///
/// Where a file cannot be read or written, or there is no GNU tar.
pub(crate) fn release(kernel: &Path, folder: Option<&str>) -> Result<Exit, Failure> {
    let folder = folder.map_or_else(|| target_directory().join("release-archive"), PathBuf::from);
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let name = format!("afdbm-{}", env!("CARGO_PKG_VERSION"));
    let place = Place(target_directory().join(format!("release-{}", process::id())));
    let content = place.0.join(&name);
    gather(kernel, &content)?;
    let packed = place.0.join(format!("{name}.tar.gz"));
    pack(&place.0, &name, &packed)?;
    let archive = folder.join(format!("{name}.tar.gz"));
    fs::copy(&packed, &archive).map_err(Failure::file(&archive))?;
    let sum = format!("{}  {name}.tar.gz\n", digest(&archive)?);
    let beside = folder.join(format!("{name}.tar.gz.sha256"));
    fs::write(&beside, &sum).map_err(Failure::file(&beside))?;
    print(format_args!("{}\n{sum}", archive.display()))?;
    Ok(Exit::Pass)
}

/// Puts everything in a folder, with the checksums.
fn gather(kernel: &Path, content: &Path) -> Result<(), Failure> {
    let image = Image::read(kernel)?.write_raw()?;
    let mut files =
        vec![(kernel.to_owned(), "afdbm-kernel.elf".to_owned()), (image, "afdbm-kernel.Image".to_owned())];
    files.extend(DOCUMENTS.map(|document| (root().join(document), document.to_owned())));
    let known = root().join(EXPECTATIONS);
    for entry in known.read_dir().map_err(Failure::file(&known))?.flatten() {
        files.push((entry.path(), format!("{EXPECTATIONS}/{}", entry.file_name().display())));
    }
    for (from, to) in &files {
        let path = content.join(to);
        let above = path.parent().unwrap_or(content);
        fs::create_dir_all(above).map_err(Failure::file(above))?;
        fs::copy(from, &path).map_err(Failure::file(from))?;
    }
    let disk = "afdbm-disk.img".to_owned();
    disk::write(&content.join(&disk), kernel, &disk::options_line(&[])?)?;
    let mut names: Vec<String> = files.into_iter().map(|(_, to)| to).chain([disk]).collect();
    names.sort();
    let sum = |name: &String| Ok(format!("{}  {name}\n", digest(&content.join(name))?));
    let sums = names.iter().map(sum).collect::<Result<String, Failure>>()?;
    let path = content.join("SHA256SUMS");
    fs::write(&path, sums).map_err(Failure::file(&path))
}

/// Packs a folder: no order, date, owner or mode of this host goes into the archive.
fn pack(place: &Path, name: &str, archive: &Path) -> Result<(), Failure> {
    let date = env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| DATE.into());
    let wrong = |problem: String| Failure::Tool {
        tool: "tar".into(),
        problem,
        hint: "GNU tar and gzip pack the archive; macOS: brew install gnu-tar",
    };
    let mut tar = Command::new("tar");
    tar.args(["--create", "--format=ustar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--mode=u=rwX,go=rX", "--use-compress-program=gzip -n -9"])
        .arg(format!("--mtime=@{date}"))
        .arg("--file")
        .arg(archive)
        .arg("--directory")
        .args([place, Path::new(name)]);
    let status = tar.status().map_err(|error| wrong(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(wrong(status.to_string())) }
}
