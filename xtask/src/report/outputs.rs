//! The files that a command line asks reports to be written to.

use super::{github, html, junit, matrix::Missing, run::Run, tap};
use crate::failure::Failure;
use record::options::Options;
use std::{
    env,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// How one run is written.
type Writer = fn(&Run) -> String;

/// The files, created before anything runs: one that cannot be written is known then.
pub(crate) struct Outputs {
    /// Of one run each.
    files: Vec<(PathBuf, File, Writer)>,
    html: Option<(PathBuf, File)>,
    github: bool,
}

impl Outputs {
    /// Creates the files.
    ///
    /// # Errors
    ///
    /// Where one cannot be written.
    pub(crate) fn open(options: &Options<'_>) -> Result<Self, Failure> {
        let create = |path: &str| {
            let path = Path::new(path).to_owned();
            let file = File::create(&path).map_err(Failure::file(&path))?;
            Ok((path, file))
        };
        let asked: [(_, Writer); 5] = [
            (options.json, Run::to_json),
            (options.junit, junit::junit),
            (options.tap, tap::host),
            (options.ktap, tap::ktap),
            (options.lava, tap::lava),
        ];
        let mut files = Vec::new();
        for (path, writer) in asked {
            if let Some(path) = path {
                let (path, file) = create(path.0)?;
                files.push((path, file, writer));
            }
        }
        let html = options.html.map(|path| create(path.0)).transpose()?;
        Ok(Self { files, html, github: options.github })
    }

    /// Writes the reports.
    ///
    /// # Errors
    ///
    /// Where a file takes no more, or a format of one run is asked for and there are several.
    pub(crate) fn write(self, runs: &[Run]) -> Result<(), Failure> {
        self.write_matrix(runs, &[])
    }

    /// Writes the reports of a matrix, of which machines are missing.
    ///
    /// # Errors
    ///
    /// As of [`write`](Self::write).
    pub(crate) fn write_matrix(self, runs: &[Run], missing: &[Missing]) -> Result<(), Failure> {
        for (path, mut file, writer) in self.files {
            let [run] = runs else {
                let message = format!("{} can hold one run, and there are {}", path.display(), runs.len());
                return Err(Failure::Usage { message });
            };
            file.write_all(writer(run).as_bytes()).map_err(Failure::file(path))?;
        }
        if let Some((path, mut file)) = self.html {
            file.write_all(html::page(runs, missing).as_bytes()).map_err(Failure::file(path))?;
        }
        if self.github {
            runs.iter().try_for_each(tell_github)?;
        }
        Ok(())
    }
}

/// Writes annotations, which GitHub reads on either stream, and the summary where GitHub wants it.
fn tell_github(run: &Run) -> Result<(), Failure> {
    eprint!("{}", github::annotations(run));
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from) else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(github::summary(run).as_bytes()));
    written.map_err(Failure::file(path))
}
