//! Which files a path names: itself, the tests below a folder, or those of a list as herd reads them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A litmus file.
pub(super) struct LitmusFile {
    /// Its path, as it was found.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) text: String,
    shown: String,
}

impl LitmusFile {
    /// The path as text.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }
}

/// How deep lists may name lists.
const DEPTH: usize = 8;

/// Finds and reads the files; each once, in order. What is wrong with a path is added to the problems.
pub(super) fn find<'a>(paths: impl Iterator<Item = &'a Path>, problems: &mut Vec<String>) -> Vec<LitmusFile> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        let counted = problems.len();
        add(path, 0, &mut found, problems);
        if found.len() == before && problems.len() == counted {
            problems.push(format!("{}: there are no litmus files below it", path.display()));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    let mut files = Vec::new();
    for path in found {
        match fs::read(&path).map_err(|error| error.to_string()).and_then(text) {
            Ok(text) => {
                let shown = path.display().to_string();
                files.push(LitmusFile { path, text, shown });
            }
            Err(problem) => problems.push(format!("{}: {problem}", path.display())),
        }
    }
    files
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

fn add(path: &Path, depth: usize, found: &mut Vec<PathBuf>, problems: &mut Vec<String>) {
    let problem = |problem: &dyn std::fmt::Display| format!("{}: {problem}", path.display());
    let is_list = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('@'));
    if path.is_dir() {
        match fs::read_dir(path) {
            Ok(entries) => {
                let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
                paths.sort();
                for path in paths {
                    let is_test = path.extension().is_some_and(|extension| extension == "litmus");
                    if path.is_dir() || is_test {
                        add(&path, depth, found, problems);
                    }
                }
            }
            Err(error) => problems.push(problem(&error)),
        }
    } else if is_list && depth == DEPTH {
        problems.push(problem(&"lists name each other, or stand too deep"));
    } else if is_list {
        match fs::read_to_string(path) {
            Ok(list) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
                for line in lines.filter(|line| !line.is_empty()) {
                    add(&folder.join(line), depth + 1, found, problems);
                }
            }
            Err(error) => problems.push(problem(&error)),
        }
    } else if path.exists() {
        found.push(path.to_owned());
    } else {
        problems.push(problem(&"there is no such file"));
    }
}
