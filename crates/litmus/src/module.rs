//! The module: the tests of a run in one file, as the host hands them to the kernel.
//!
//! All numbers are little-endian words of 32 bits; a text is its length in bytes, then the bytes, then zeros up to a
//! multiple of 4. The file begins with [`MAGIC`], [`VERSION`] and the number of tests. Each test is: its name in the
//! log, the file's path, the file's text, a verdict, the verdict on a machine with FEAT_ETS2 (none: the same), where the
//! verdict comes from, why it counts for nothing and why the test is not run (both empty otherwise), the number of
//! threads, and for each of them the number of instructions and the instructions. A verdict is a kind (0 none, 1 states,
//! 2 a kind), and a text: a state a line, or one word.

use alloc::vec::Vec;
use core::fmt;

/// How a module begins.
pub const MAGIC: [u8; 8] = *b"afdbm-lt";
/// The version of the format.
pub const VERSION: u32 = 1;

/// What is known of the states that the model allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelVerdict<'a> {
    /// Nothing.
    None,
    /// The states, one a line.
    States(&'a str),
    /// Whether the condition may be satisfied, in one word of herd's.
    Kind(&'a str),
}

/// A test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// Its name in the log, unique in the module.
    pub case: &'a str,
    /// The file's path.
    pub path: &'a str,
    /// The file's text.
    pub text: &'a str,
    /// What the model says.
    pub verdict: ModelVerdict<'a>,
    /// The same where the machine has FEAT_ETS2; [`ModelVerdict::None`] if that makes no difference.
    pub enhanced: ModelVerdict<'a>,
    /// Who says so.
    pub source: &'a str,
    /// Why a state that is not allowed does not fail the machine; empty where it does.
    pub waiver: &'a str,
    /// Why it is not to be run; empty where it is.
    pub skip: &'a str,
    /// The instructions of each thread.
    pub code: Vec<Vec<u32>>,
}

/// Why some bytes are no module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleError {
    /// They do not begin as a module does.
    Magic,
    /// Another version.
    Version(u32),
    /// They end too early, here.
    Truncated(usize),
    /// A text is no UTF-8, here.
    Text(usize),
    /// A number that stands for nothing, here.
    Kind(u32, usize),
}

impl fmt::Display for ModuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => formatter.write_str("it is no module of litmus tests"),
            Self::Version(version) => write!(formatter, "its version is {version}, {VERSION} expected"),
            Self::Truncated(offset) => {
                write!(formatter, "it ends at byte {offset}, in the middle of something")
            }
            Self::Text(offset) => write!(formatter, "the text at byte {offset} is no UTF-8"),
            Self::Kind(kind, offset) => {
                write!(formatter, "the kind of verdict at byte {offset} is {kind}, 0 to 2 expected")
            }
        }
    }
}

impl core::error::Error for ModuleError {}

fn put_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len());
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn put_verdict(bytes: &mut Vec<u8>, verdict: ModelVerdict<'_>) {
    let (kind, text) = match verdict {
        ModelVerdict::None => (0, ""),
        ModelVerdict::States(states) => (1, states),
        ModelVerdict::Kind(kind) => (2, kind),
    };
    put_number(bytes, kind);
    put_text(bytes, text);
}

/// Writes a module.
#[must_use]
pub fn write(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::from(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    put_number(&mut bytes, entries.len());
    for entry in entries {
        [entry.case, entry.path, entry.text].into_iter().for_each(|text| put_text(&mut bytes, text));
        put_verdict(&mut bytes, entry.verdict);
        put_verdict(&mut bytes, entry.enhanced);
        [entry.source, entry.waiver, entry.skip].into_iter().for_each(|text| put_text(&mut bytes, text));
        put_number(&mut bytes, entry.code.len());
        for code in &entry.code {
            put_number(&mut bytes, code.len());
            bytes.extend(code.iter().flat_map(|word| word.to_le_bytes()));
        }
    }
    bytes
}

#[derive(Clone, Copy, Debug)]
struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModuleError> {
        let end = self.offset.checked_add(length);
        let found = end.and_then(|end| self.bytes.get(self.offset..end));
        let found = found.ok_or(ModuleError::Truncated(self.bytes.len()))?;
        self.offset += length;
        Ok(found)
    }

    fn word(&mut self) -> Result<u32, ModuleError> {
        let mut word = [0; 4];
        word.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(word))
    }

    /// A number of things that take at least a word each.
    fn count(&mut self) -> Result<usize, ModuleError> {
        let count = self.word()? as usize;
        let fits = count <= self.bytes.len().saturating_sub(self.offset) / 4;
        if fits { Ok(count) } else { Err(ModuleError::Truncated(self.bytes.len())) }
    }

    fn text(&mut self) -> Result<&'a str, ModuleError> {
        let length = self.word()? as usize;
        let start = self.offset;
        let bytes = self.take(length)?;
        self.take(length.next_multiple_of(4) - length)?;
        core::str::from_utf8(bytes).map_err(|_| ModuleError::Text(start))
    }

    fn verdict(&mut self) -> Result<ModelVerdict<'a>, ModuleError> {
        let place = self.offset;
        let kind = self.word()?;
        let text = self.text()?;
        match kind {
            0 => Ok(ModelVerdict::None),
            1 => Ok(ModelVerdict::States(text)),
            2 => Ok(ModelVerdict::Kind(text)),
            kind => Err(ModuleError::Kind(kind, place)),
        }
    }
}

/// The tests of a module, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    cursor: Cursor<'a>,
    left: usize,
}

/// Begins to read a module; bytes behind it are left alone.
///
/// # Errors
///
/// [`ModuleError`] where the bytes are no module.
pub fn read(bytes: &[u8]) -> Result<Entries<'_>, ModuleError> {
    let mut cursor = Cursor { bytes, offset: 0 };
    if cursor.take(MAGIC.len()) != Ok(&MAGIC) {
        return Err(ModuleError::Magic);
    }
    let version = cursor.word()?;
    if version != VERSION {
        return Err(ModuleError::Version(version));
    }
    let left = cursor.count()?;
    Ok(Entries { cursor, left })
}

impl Entries<'_> {
    /// Returns how many tests are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.left
    }

    /// Returns where the next test begins, for [`read_entry`].
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.cursor.offset
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, ModuleError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let read = entry(&mut self.cursor);
        if read.is_err() {
            self.left = 0;
        }
        Some(read)
    }
}

/// Reads the one test of a module that begins at an offset which [`Entries::offset`] has told.
///
/// # Errors
///
/// [`ModuleError`] where no test begins there.
pub fn read_entry(module: &[u8], offset: usize) -> Result<Entry<'_>, ModuleError> {
    entry(&mut Cursor { bytes: module, offset })
}

fn entry<'a>(cursor: &mut Cursor<'a>) -> Result<Entry<'a>, ModuleError> {
    let (case, path, text) = (cursor.text()?, cursor.text()?, cursor.text()?);
    let (verdict, enhanced) = (cursor.verdict()?, cursor.verdict()?);
    let (source, waiver, skip) = (cursor.text()?, cursor.text()?, cursor.text()?);
    let mut code = Vec::new();
    for _ in 0..cursor.count()? {
        let count = cursor.count()?;
        code.push((0..count).map(|_| cursor.word()).collect::<Result<_, _>>()?);
    }
    Ok(Entry { case, path, text, verdict, enhanced, source, waiver, skip, code })
}
