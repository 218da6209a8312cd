//! Reading one file of known deviations.

use super::{Condition, Deviation, Emulated, Subject};
use crate::{emulator::Version, failure::Failure};
use cases::product::Kind;
use record::options::{ByNumber, Pattern};
use std::path::Path;

/// What the line of a kind begins with.
pub(crate) const KIND: &str = "kind";

/// What stands where `cargo xtask expect` cannot know what belongs there.
pub(crate) const MISSING: &str = "FILL-IN";

/// Tells whether a line says nothing.
pub(crate) fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// Refuses a file in which something is still missing: nobody would know why its failures are expected.
pub(super) fn refuse_unfinished(path: &Path, text: &str) -> Result<(), Failure> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !is_comment(line));
    let unfinished = lines.find_map(|(index, line)| Some((index + 1, &line[line.find(MISSING)?..])));
    match unfinished {
        Some((line, left)) => Err(Failure::Content {
            path: path.to_owned(),
            line: Some(line),
            problem: format!("unfinished: something has to take the place of {left:?}"),
        }),
        None => Ok(()),
    }
}

/// What chooses a file.
#[derive(Default)]
struct Header<'t> {
    emulator: Option<&'t str>,
    versions: Option<(Version, Version)>,
    /// The same as it is written.
    range: &'t str,
    measured: Option<&'t str>,
    accelerator: Option<&'t str>,
    cpu: Option<&'t str>,
    midr: Option<&'t str>,
    hypervisor: Option<&'t str>,
}

/// Reads a file: whether it is for the subject, and its deviations.
pub(crate) fn parse(
    path: &Path,
    text: &str,
    subject: Subject<'_>,
) -> Result<(bool, Vec<Deviation>), Failure> {
    let wrong =
        |line: usize, problem: String| Failure::Content { path: path.to_owned(), line: Some(line), problem };
    let mut header = Header::default();
    let mut deviations = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if is_comment(line) {
            continue;
        }
        let (number, line) = (index + 1, line.trim());
        if let Some(kind) = line.strip_prefix(KIND).filter(|rest| rest.starts_with(char::is_whitespace)) {
            let deviation = deviations.last_mut();
            let deviation: &mut Deviation =
                deviation.ok_or_else(|| wrong(number, "a kind before any deviation".into()))?;
            deviation.kinds.push(Kind::parse(kind.trim()).map_err(|error| wrong(number, error.to_string()))?);
        } else if line.split_whitespace().next().is_some_and(|word| word.contains('/')) {
            header.check().map_err(|key| wrong(number, format!("a deviation before the line {key:?}")))?;
            let deviation = Deviation::parse(path, number, line, &header);
            deviations.push(deviation.map_err(|problem| wrong(number, problem))?);
        } else {
            header.take(line).map_err(|problem| wrong(number, problem))?;
        }
    }
    header.check().map_err(|key| wrong(text.lines().count(), format!("there is no line {key:?}")))?;
    match deviations.iter().find(|deviation| deviation.kinds.is_empty() && deviation.is_of_product()) {
        Some(deviation) => Err(wrong(
            deviation.line,
            "no kind below a deviation of the product: it would hide every other failure".into(),
        )),
        None => Ok((header.chooses(subject), deviations)),
    }
}

impl<'t> Header<'t> {
    fn take(&mut self, line: &'t str) -> Result<(), String> {
        let (key, value) =
            line.split_once(char::is_whitespace).ok_or_else(|| format!("{line:?} has no value"))?;
        let value = value.trim();
        let repeated = match key {
            "emulator" => self.emulator.replace(value).is_some(),
            "measured" => self.measured.replace(value).is_some(),
            "accelerator" => self.accelerator.replace(value).is_some(),
            "cpu" => self.cpu.replace(value).is_some(),
            "midr" => self.midr.replace(value).is_some(),
            "hypervisor" => self.hypervisor.replace(value).is_some(),
            "versions" => {
                let range = value.split_once('-').and_then(|(first, last)| {
                    Some((Version::parse(first.trim())?, Version::parse(last.trim())?))
                });
                let range = range.filter(|(first, last)| first <= last);
                let range =
                    range.ok_or_else(|| format!("{value:?} is no range of versions, such as 7.2-10.0"))?;
                self.range = value;
                self.versions.replace(range).is_some()
            }
            _ => return Err(format!("{key:?} is neither a line of the header nor suite/case")),
        };
        let pattern =
            matches!(key, "accelerator" | "cpu" | "midr" | "hypervisor").then(|| Pattern::new(value));
        if pattern == Some(None) {
            return Err(format!("{value:?} can name no {key}"));
        }
        if self.midr.or(self.hypervisor).is_some() && self.emulator.or(self.accelerator).is_some() {
            return Err("an emulator's machine has no lines \"midr\" and \"hypervisor\"".into());
        }
        if repeated { Err(format!("{key:?} is there twice")) } else { Ok(()) }
    }

    /// Names the first line that is missing.
    fn check(&self) -> Result<(), &'static str> {
        if self.midr.or(self.hypervisor).is_some() && self.emulator.is_none() {
            self.midr.ok_or("midr")?;
            self.hypervisor.ok_or("hypervisor")?;
            return self.measured.ok_or("measured").map(drop);
        }
        self.emulator.ok_or("emulator")?;
        self.versions.ok_or("versions")?;
        self.measured.ok_or("measured")?;
        self.accelerator.ok_or("accelerator")?;
        self.cpu.ok_or("cpu")?;
        Ok(())
    }

    fn chooses(&self, subject: Subject<'_>) -> bool {
        let matches = |pattern: &str, text: &str| {
            Pattern::new(pattern).is_some_and(|pattern| pattern.matches("", text))
        };
        match subject {
            Subject::Emulated(emulated) => self.chooses_emulated(emulated, matches),
            Subject::Machine { midr, hypervisor } => {
                self.midr.is_some_and(|pattern| matches(pattern, &format!("{midr:#010x}")))
                    && self.hypervisor.is_some_and(|pattern| matches(pattern, hypervisor))
            }
        }
    }

    fn chooses_emulated(&self, subject: Emulated<'_>, matches: impl Fn(&str, &str) -> bool) -> bool {
        let series = |version: Version| (version.major, version.minor);
        let version = series(subject.version);
        self.emulator == Some("qemu")
            && self.versions.is_some_and(|(first, last)| series(first) <= version && version <= series(last))
            && self.accelerator.is_some_and(|accelerator| matches(accelerator, subject.accelerator))
            && self.cpu.is_some_and(|cpu| matches(cpu, subject.cpu.split(',').next().unwrap_or_default()))
    }
}

impl Deviation {
    fn parse(path: &Path, number: usize, line: &str, header: &Header<'_>) -> Result<Self, String> {
        let mut rest = line;
        let mut word = |what: &str| {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            rest = after.trim_start();
            if word.is_empty() {
                Err(format!("no {what}: suite/case condition row rule note"))
            } else {
                Ok(word)
            }
        };
        let (case, condition) = (word("case")?, word("condition")?);
        let (row, rule) = (word("row")?, word("rule")?);
        if rest.is_empty() {
            return Err("no note: suite/case condition row rule note".into());
        }
        let cases: Vec<String> = case.split(',').map(str::to_owned).collect();
        for case in &cases {
            let pattern = Pattern::new(case).filter(|_| case.contains('/'));
            pattern.ok_or_else(|| format!("{case:?} can name no case"))?;
        }
        let parse = |text: &str| {
            let expected = "always, or cpus, threads, el, HAFDBS or memory with =, !=, >= or <= and a number";
            Condition::parse(text).ok_or_else(|| format!("{text:?} is no condition: {expected}"))
        };
        let conditions = match condition {
            "always" => Vec::new(),
            list => list.split(',').map(parse).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            path: path.to_owned(),
            line: number,
            row: row.to_owned(),
            rule: rule.to_owned(),
            note: rest.to_owned(),
            versions: header.range.to_owned(),
            measured: header.measured.unwrap_or_default().to_owned(),
            cases,
            conditions,
            kinds: Vec::new(),
        })
    }

    /// Tells whether it may name a case of the product.
    fn is_of_product(&self) -> bool {
        let suites = self.cases.iter().filter_map(|case| Pattern::new(case.split('/').next()?));
        suites.into_iter().any(|pattern| pattern.matches("", ByNumber::SUITE))
    }
}
