//! Inputs that nobody would write, for the parsers that the kernel trusts its boot to: real ones that are changed here and
//! there, and noise. `proptest` chooses and shrinks them; `PROPTEST_CASES` says how many.

use peak_alloc::PeakAlloc;
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::Index,
    test_runner::Config,
};
use std::fs;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One change of an input.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A byte becomes another.
    Set(Index, u8),
    /// A bit flips.
    Flip(Index, u8),
    /// The four bytes there become those of a number, the highest first, as in a device tree.
    Number(Index, u32),
    /// Bytes go.
    Remove(Index, usize),
    /// Bytes come.
    Insert(Index, Vec<u8>),
    /// Bytes stand there many times over.
    Repeat(Index, usize, usize),
    /// Bytes stand somewhere else, too.
    Copy(Index, usize, Index),
    /// The input ends.
    Cut(Index),
}

impl Edit {
    /// Makes the change.
    fn apply(&self, input: &mut Vec<u8>) {
        let length = input.len();
        if length == 0 {
            return;
        }
        let range = |at: &Index, size: usize| {
            let start = at.index(length);
            start..length.min(start + size)
        };
        match self {
            Self::Set(at, byte) => input[at.index(length)] = *byte,
            Self::Flip(at, bit) => input[at.index(length)] ^= 1 << (bit % 8),
            Self::Number(at, number) => {
                let start = at.index(length) / 4 * 4;
                input[start..].iter_mut().zip(number.to_be_bytes()).for_each(|(old, new)| *old = new);
            }
            Self::Remove(at, size) => drop(input.drain(range(at, *size))),
            Self::Insert(at, bytes) => drop(input.splice(range(at, 0), bytes.iter().copied())),
            Self::Repeat(at, size, times) => {
                let copies = input[range(at, *size)].repeat(*times);
                drop(input.splice(range(at, 0), copies));
            }
            Self::Copy(from, size, to) => {
                let copy = input[range(from, *size)].to_vec();
                drop(input.splice(range(to, 0), copy));
            }
            Self::Cut(at) => input.truncate(at.index(length)),
        }
    }
}

/// Numbers that are small, near a power of two, or any.
fn numbers() -> impl Strategy<Value = u32> {
    prop_oneof![0..16_u32, (0..32_u32, 0..3_u32).prop_map(|(bit, more)| (1 << bit) + more - 1), any::<u32>()]
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (any::<Index>(), numbers()).prop_map(|(at, number)| Edit::Number(at, number)),
        (any::<Index>(), 1..64_usize).prop_map(|(at, size)| Edit::Remove(at, size)),
        (any::<Index>(), vec(any::<u8>(), 1..16)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (any::<Index>(), 1..32_usize, prop_oneof![1..8_usize, 1000..2000_usize])
            .prop_map(|(at, size, times)| Edit::Repeat(at, size, times)),
        (any::<Index>(), 1..256_usize, any::<Index>())
            .prop_map(|(from, size, to)| Edit::Copy(from, size, to)),
        any::<Index>().prop_map(Edit::Cut),
    ]
}

/// Inputs that come of the originals by one edit to eight, and one in some that is noise.
///
/// # Panics
///
/// The strategy panics where there are no originals.
pub fn inputs(originals: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let edited = (any::<Index>(), vec(edits(), 1..8)).prop_map(move |(original, edits)| {
        let mut input = original.get(&originals).clone();
        edits.iter().for_each(|edit| edit.apply(&mut input));
        input
    });
    prop_oneof![9 => edited, 1 => vec(any::<u8>(), 0..512)]
}

/// Inputs as [`inputs`], as text: what is no UTF-8 becomes a replacement character.
pub fn texts(originals: Vec<String>) -> impl Strategy<Value = String> {
    let originals = originals.into_iter().map(String::into_bytes).collect();
    inputs(originals).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Lines of words from a list, of anything printable, and of both run together.
pub fn lines(words: Vec<String>) -> impl Strategy<Value = String> {
    let known = any::<Index>().prop_map(move |index| index.get(&words).clone());
    let word =
        prop_oneof![4 => known, 1 => "\\PC{0,12}", 1 => "[0-9]{1,24}[kKMGTx]{0,2}", 1 => Just("'".into())];
    let separators =
        prop_oneof![4 => Just(" "), 2 => Just("="), 1 => Just(""), 1 => Just("\u{a0}"), 1 => Just("\0")];
    vec((word, separators), 0..24)
        .prop_map(|pairs| pairs.into_iter().map(|(word, separator): (String, _)| word + separator).collect())
}

/// So many cases, or as many as `PROPTEST_CASES` says; none is written to a file.
#[must_use]
pub fn cases(number: u32) -> Config {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if asked { Config::default().cases } else { number };
    Config { cases, failure_persistence: None, ..Config::default() }
}

/// Runs a parser; returns what it gives, and the most bytes that the whole program held meanwhile beyond what it had: for a
/// program that does nothing else at the time.
pub fn measured<T>(parse: impl FnOnce() -> T) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let parsed = parse();
    (parsed, MEMORY.peak_usage().saturating_sub(before))
}

/// The litmus files of the project's own tests.
///
/// # Panics
///
/// Panics where they cannot be read.
#[must_use]
pub fn litmus_files() -> Vec<String> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../litmus");
    let files = fs::read_dir(directory).expect("the litmus files").flatten().map(|entry| entry.path());
    let texts: Vec<String> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "litmus"))
        .map(|path| fs::read_to_string(path).expect("a litmus file"))
        .collect();
    assert!(texts.len() > 20, "{} files", texts.len());
    texts
}
