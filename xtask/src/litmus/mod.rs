//! Litmus files: found, read, assembled, and packed into the module that the kernel is booted with.

mod assembler;
mod files;
mod herd;
mod oracle;
mod verdicts;

use crate::{
    failure::Failure,
    toolchain::{Compiler, target_directory},
};
use ::litmus::{
    Problem, Test,
    module::{Entry, ModelVerdict, write},
};
use files::LitmusFile;
use record::options::Paths;
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process,
};
use verdicts::{Judgement, Sources};

/// The module of a run, in a directory of its own that goes with the value.
pub(crate) struct Module {
    directory: PathBuf,
    /// The names of its cases.
    pub(crate) cases: Vec<String>,
    /// What is wrong with the files that it leaves out, a message each.
    pub(crate) problems: Vec<String>,
    /// What was left out of the sources of verdicts, a message each.
    pub(crate) notes: Vec<String>,
}

/// The arguments, with the paths that follow `--litmus` as one word: an option has one value.
pub(crate) fn paths_joined(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut paths = None;
    for word in arguments {
        let is_option = word.to_string_lossy().starts_with("--");
        match paths {
            Some(count) if !is_option => {
                if count == 0 {
                    joined.push(word);
                } else if let Some(last) = joined.last_mut() {
                    last.push(",");
                    last.push(word);
                }
                paths = Some(count + 1);
            }
            _ => {
                paths = (word == "--litmus").then_some(0);
                joined.push(word);
            }
        }
    }
    joined
}

/// A file that was read, with what is known of it.
struct Prepared {
    file: LitmusFile,
    case: String,
    test: Option<Test>,
    skip: String,
    judgement: Judgement,
    code: Vec<Vec<u32>>,
}

impl Module {
    /// Makes the module of these files and folders.
    ///
    /// # Errors
    ///
    /// Where no file can be run, or the module cannot be written.
    pub(crate) fn make(paths: Paths<'_>, compiler: &Compiler) -> Result<Self, Failure> {
        let directory = target_directory().join(format!("litmus-{}", process::id()));
        fs::create_dir_all(&directory).map_err(Failure::file(&directory))?;
        let mut module = Self { directory, cases: Vec::new(), problems: Vec::new(), notes: Vec::new() };
        let files = files::find(paths.iter().map(Path::new), &mut module.problems);
        let mut prepared = module.read(files);
        assembler::assemble(&mut prepared, compiler, &module.directory, &mut module.problems)?;
        if prepared.is_empty() {
            let message = format!("--litmus: no file can be run: {}", module.problems.join("; "));
            return Err(Failure::Usage { message });
        }
        let entries: Vec<Entry<'_>> = prepared.iter().map(Prepared::entry).collect();
        fs::write(module.path(), write(&entries)).map_err(Failure::file(module.path()))?;
        module.cases = prepared.into_iter().map(|prepared| prepared.case).collect();
        Ok(module)
    }

    /// Where the module stands.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join("module")
    }

    /// Reads the files and what is said of them; what is wrong with one leaves it out.
    fn read(&mut self, files: Vec<LitmusFile>) -> Vec<Prepared> {
        let mut sources = Sources::default();
        let mut names = BTreeSet::new();
        let mut prepared = Vec::new();
        for file in files {
            let (test, skip) = match Test::parse(&file.text) {
                Ok(test) => (Some(test), String::new()),
                Err(problem @ Problem::Unsupported { .. }) => (None, problem.to_string()),
                Err(problem) => {
                    self.problems.push(format!("{}:{}: {problem}", file.path.display(), problem.place()));
                    continue;
                }
            };
            let judged = test.as_ref().map(|test| sources.judge(&file, test, &self.directory));
            match judged.unwrap_or_else(|| Ok(Judgement::default())) {
                Ok(judgement) => {
                    let case = unique(&file.path, &mut names);
                    prepared.push(Prepared { file, case, test, skip, judgement, code: Vec::new() });
                }
                Err(problem) => self.problems.push(problem),
            }
        }
        self.problems.append(&mut sources.problems);
        self.notes.append(&mut sources.notes);
        prepared
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // What cannot be removed stands below the build's own directory, and does no harm there.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Prepared {
    fn entry(&self) -> Entry<'_> {
        let Judgement { verdict, enhanced, source, waiver } = &self.judgement;
        Entry {
            case: &self.case,
            path: self.file.shown(),
            text: &self.file.text,
            verdict: verdict.as_entry(),
            enhanced: enhanced.as_entry(),
            source,
            waiver,
            skip: &self.skip,
            code: self.code.clone(),
        }
    }
}

/// What is known of a test's states, owned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum Known {
    /// Nothing.
    #[default]
    Nothing,
    /// The states, one a line.
    States(String),
    /// One word of herd's for the condition.
    Kind(String),
}

impl Known {
    fn as_entry(&self) -> ModelVerdict<'_> {
        match self {
            Self::Nothing => ModelVerdict::None,
            Self::States(states) => ModelVerdict::States(states),
            Self::Kind(kind) => ModelVerdict::Kind(kind),
        }
    }
}

/// Makes the name of a case from a file's: lower-case letters, digits and hyphens, a letter first, unlike all others.
fn unique(path: &Path, names: &mut BTreeSet<String>) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let words =
        stem.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("-");
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name.insert_str(0, "test-");
    }
    let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}-{number}") };
    let free = (1..).map(numbered).find(|candidate| !names.contains(candidate)).unwrap_or_default();
    names.insert(free.clone());
    free
}

#[cfg(test)]
mod tests;
