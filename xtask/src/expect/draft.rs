//! A file of known deviations, edited line by line: what it does not concern stays as a person has written it.

use crate::{
    emulator::Version,
    expectations::{KIND, MISSING, Subject, is_comment},
    failure::Failure,
    log::Record,
    report::subject,
};
use std::{
    collections::BTreeSet,
    fmt::{self, Write},
    path::Path,
};

/// The lines of a file, each as it is written, with its ending.
pub(super) struct Draft {
    lines: Vec<Line>,
}

struct Line {
    text: String,
    /// What comes before it from now on.
    above: Option<String>,
    removed: bool,
}

/// What a mark begins with.
const MARK: &str = "# No longer:";

impl Draft {
    /// Takes the text of a file.
    pub(super) fn new(text: &str) -> Self {
        let line = |text: &str| Line { text: text.to_owned(), above: None, removed: false };
        Self { lines: text.split_inclusive('\n').map(line).collect() }
    }

    /// Adds versions of emulators to the line `measured`, where it does not name them.
    pub(super) fn measured(&mut self, versions: impl Iterator<Item = Version>) {
        let Some(line) = self.lines.iter_mut().find(|line| header(&line.text, "measured").is_some()) else {
            return;
        };
        for version in versions.map(|version| version.to_string()) {
            let measured = header(&line.text, "measured").unwrap_or_default();
            if !measured.split(',').any(|known| known.trim() == version) {
                line.text = line.text.replacen(measured, &format!("{measured}, {version}"), 1);
            }
        }
    }

    /// Removes or marks what no longer shows, and adds what is new; returns what there is to say of it. What is gone comes
    /// as the number of its line, whether that is certain for the machines that were run, and what was seen instead.
    pub(super) fn apply(
        &mut self,
        gone: impl Iterator<Item = (usize, bool, String)>,
        added: impl Iterator<Item = Vec<String>>,
    ) -> String {
        let mut told = String::new();
        let is_of_one_machine = self.is_of_one_machine();
        for (number, is_whole, seen) in gone {
            let first = number - 1;
            let text = self.lines[first].text.trim().to_owned();
            if is_whole && is_of_one_machine {
                self.remove(first);
                let _ = writeln!(told, "removed: {text}\n  {seen}");
            } else {
                let mark = format!("{MARK} {seen}\n");
                if first.checked_sub(1).is_none_or(|above| self.lines[above].text != mark) {
                    self.lines[first].above = Some(mark);
                    let _ = writeln!(told, "marked: {text}\n  {seen}");
                }
            }
        }
        for lines in added {
            let heading = lines.iter().find(|line| !is_comment(line)).cloned().unwrap_or_default();
            let _ = writeln!(told, "added: {heading}");
            self.append(lines);
        }
        told
    }

    /// Names the lines of the file that a person has to finish.
    pub(super) fn left(&self, file: &Path) -> String {
        let mut left = String::new();
        for (index, line) in self.to_string().lines().enumerate() {
            if let Some(place) = line.find(MISSING).filter(|_| !is_comment(line)) {
                let _ = writeln!(left, "to finish: {}:{}: {}", file.display(), index + 1, &line[place..]);
            }
        }
        left
    }

    /// Removes a deviation with its kinds; comments stay, since they may be of others, too.
    fn remove(&mut self, first: usize) {
        self.lines[first].removed = true;
        for line in &mut self.lines[first + 1..] {
            let word = line.text.split_whitespace().next();
            if word == Some(KIND) {
                line.removed = true;
            } else if !is_comment(&line.text) {
                break;
            }
        }
    }

    fn append(&mut self, lines: Vec<String>) {
        if let Some(last) = self.lines.last_mut().filter(|last| !last.text.ends_with('\n')) {
            last.text.push('\n');
        }
        let line = |text: String| Line { text: text + "\n", above: None, removed: false };
        self.lines.extend(lines.into_iter().map(line));
    }

    /// Tells whether all that the file is for is one model in one release series, or one machine.
    fn is_of_one_machine(&self) -> bool {
        let value = |key| self.lines.iter().find_map(|line| header(&line.text, key));
        let one_series = value("versions").is_none_or(|range| {
            let series =
                |text: &str| Version::parse(text.trim()).map(|version| (version.major, version.minor));
            range.split_once('-').is_some_and(|(first, last)| series(first) == series(last))
        });
        let patterns = ["accelerator", "cpu", "midr", "hypervisor"].into_iter().filter_map(value);
        one_series && !patterns.into_iter().any(|pattern| pattern.contains(['*', '?']))
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines.iter().filter(|line| !line.removed) {
            formatter.write_str(line.above.as_deref().unwrap_or_default())?;
            formatter.write_str(&line.text)?;
        }
        Ok(())
    }
}

/// Returns the value of this line of a header.
fn header<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let (word, value) = line.trim().split_once(char::is_whitespace)?;
    (word == key).then(|| value.trim())
}

/// Writes the header of a file for the machines of these logs.
///
/// # Errors
///
/// Where no file can be for all of them.
pub(super) fn header_of<'r>(records: impl Iterator<Item = &'r Record>) -> Result<String, Failure> {
    let (mut versions, mut accelerators, mut models, mut machines) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for record in records {
        match subject(record) {
            Subject::Emulated(emulated) => {
                versions.insert(emulated.version);
                accelerators.insert(emulated.accelerator);
                models.insert(emulated.cpu.split(',').next().unwrap_or_default());
            }
            Subject::Machine { midr, hypervisor } => {
                machines.insert((midr, hypervisor));
            }
        }
    }
    let accelerator = accelerators.first().filter(|_| accelerators.len() == 1);
    let model = models.first().filter(|_| models.len() == 1);
    let measured: Vec<String> = versions.iter().map(Version::to_string).collect();
    match (versions.first().zip(versions.last()), machines.first()) {
        (Some((first, last)), None) => Ok(format!(
            "# {TITLE}\n\n\
             emulator    qemu\nversions    {}.{}-{}.{}\nmeasured    {}\naccelerator {}\ncpu         {}\n\n",
            first.major,
            first.minor,
            last.major,
            last.minor,
            measured.join(", "),
            accelerator.ok_or_else(|| several("accelerators"))?,
            model.unwrap_or(&"*"),
        )),
        (None, Some((midr, hypervisor))) if machines.len() == 1 => Ok(format!(
            "# {TITLE}\n\n\
             midr        {midr:#010x}\nhypervisor  {hypervisor}\nmeasured    {MISSING}: where it was seen\n\n"
        )),
        _ => Err(several("machines")),
    }
}

/// What a new file begins with.
const TITLE: &str = "Known deviations, as cargo xtask expect has found them.";

fn several(what: &str) -> Failure {
    Failure::Usage { message: format!("the logs are of several {what}, and one file can be for one alone") }
}

#[cfg(test)]
mod tests {
    use super::Draft;
    use crate::emulator::Version;
    use std::path::Path;

    const TEXT: &str = "# Why.\nemulator qemu\nversions\t10.0-10.0\nmeasured    10.0.2 \naccelerator tcg\n\
                        cpu max\n\n# Of both.\ns/a always D01 R_X n\n  # of a kind\n   kind  one\n\tkind two\n\
                        # Of the second.\ns/b always D02 R_X n\n kind three";

    fn nothing() -> impl Iterator<Item = (usize, bool, String)> {
        std::iter::empty()
    }

    #[test]
    fn what_is_not_concerned_stays_to_the_byte() {
        let crlf = TEXT.replace('\n', "\r\n");
        for text in [TEXT, &crlf] {
            let mut draft = Draft::new(text);
            draft.measured(Version::parse("10.0.2").into_iter());
            assert_eq!(draft.apply(nothing(), std::iter::empty()), "");
            assert_eq!(draft.to_string(), text);
        }
        let mut draft = Draft::new(TEXT);
        draft.measured(["10.0.2", "10.0.13"].into_iter().filter_map(Version::parse));
        draft.apply(nothing(), [vec!["s/c always D03 R_X FILL-IN: what".to_owned()]].into_iter());
        let expected =
            TEXT.replace("10.0.2 \n", "10.0.2, 10.0.13 \n") + "\ns/c always D03 R_X FILL-IN: what\n";
        assert_eq!(draft.to_string(), expected);
        assert_eq!(draft.left(Path::new("q.txt")), "to finish: q.txt:16: FILL-IN: what\n");
    }

    #[test]
    fn what_is_gone_goes_with_its_kinds_and_leaves_the_comments() {
        let mut draft = Draft::new(TEXT);
        let told = draft.apply([(9, true, "s/a passed".to_owned())].into_iter(), std::iter::empty());
        assert_eq!(told, "removed: s/a always D01 R_X n\n  s/a passed\n");
        let expected = TEXT.replace("s/a always D01 R_X n\n", "").replace("   kind  one\n\tkind two\n", "");
        assert_eq!(draft.to_string(), expected);
    }

    #[test]
    fn what_may_show_on_another_machine_is_marked_once() {
        let seen = || "s/a passed: QEMU 10.0.2, max".to_owned();
        for (text, is_whole) in [
            (TEXT.to_owned(), false),
            (TEXT.replace("10.0-10.0", "7.2-10.0"), true),
            (TEXT.replace("cpu max", "cpu *"), true),
        ] {
            let mut draft = Draft::new(&text);
            let told = draft.apply([(9, is_whole, seen())].into_iter(), std::iter::empty());
            assert!(told.starts_with("marked: s/a "), "{told}");
            let marked = text.replace("s/a always", &format!("# No longer: {}\ns/a always", seen()));
            assert_eq!(draft.to_string(), marked);
            let mut again = Draft::new(&marked);
            assert_eq!(again.apply([(10, is_whole, seen())].into_iter(), std::iter::empty()), "");
            assert_eq!(again.to_string(), marked);
        }
    }
}
