//! The barrier sequences, read back from the image.
//!
//! An emulator hides a missing DSB or ISB. So each function of `src/machine/barriers.rs` says its sequence in its
//! comment, and here the image's own instructions are decoded and compared with it. No other code invalidates a TLB,
//! but for the boot code, which has no function to call.

#[path = "support/kernel.rs"]
mod kernel;

use object::{Object, ObjectSection, ObjectSymbol};
use std::{collections::BTreeMap, fs};

/// The functions and what they say of themselves.
const SOURCE: &str = include_str!("../src/machine/barriers.rs");

/// Returns each function's name with its sequence, as the comments tell it.
fn told() -> BTreeMap<String, Vec<String>> {
    let mut sequences = BTreeMap::new();
    let mut sequence = None;
    for line in SOURCE.lines().map(str::trim) {
        if let Some(told) = line.strip_prefix("/// Sequence: ") {
            let told = told.strip_suffix('.').expect("a sentence");
            sequence = Some(told.split("; ").map(str::to_owned).collect::<Vec<_>>());
        } else if let Some(rest) = line.strip_prefix("sequence_") {
            let name = rest.split('(').next().expect("a name");
            let sequence = sequence.take().unwrap_or_else(|| panic!("sequence_{name} says no sequence"));
            sequences.insert(format!("sequence_{name}"), sequence);
        }
    }
    sequences
}

/// Names a barrier or a maintenance instruction; `None` for any other (Arm ARM C4.1.95, C5.1.3).
fn decode(word: u32) -> Option<String> {
    let domain = |option: u32| match option {
        0b1011 => "ISH",
        0b1010 => "ISHST",
        0b1001 => "ISHLD",
        0b0111 => "NSH",
        0b0110 => "NSHST",
        0b1111 => "SY",
        _ => "another domain",
    };
    let option = word >> 8 & 0xf;
    match word & !0xf00 {
        0xd503_309f => return Some(format!("DSB {}", domain(option))),
        0xd503_30bf => return Some(format!("DMB {}", domain(option))),
        0xd503_30df => return Some("ISB".to_owned()),
        _ => {}
    }
    // SYS: op1 in bits 18:16, CRn in 15:12, CRm in 11:8, op2 in 7:5.
    (word & 0xfff8_0000 == 0xd508_0000).then(|| {
        let (op1, n, m, op2) = (word >> 16 & 7, word >> 12 & 0xf, word >> 8 & 0xf, word >> 5 & 7);
        match (op1, n, m, op2) {
            (0, 8, 3, 0) => "TLBI VMALLE1IS".to_owned(),
            (0, 8, 3, 1) => "TLBI VAE1IS".to_owned(),
            (0, 8, 3, 2) => "TLBI ASIDE1IS".to_owned(),
            (0, 8, 3, 3) => "TLBI VAAE1IS".to_owned(),
            (0, 8, 3, 5) => "TLBI VALE1IS".to_owned(),
            (0, 8, 3, 7) => "TLBI VAALE1IS".to_owned(),
            (0, 8, 7, 0) => "TLBI VMALLE1".to_owned(),
            (0, 8, 7, 1) => "TLBI VAE1".to_owned(),
            (0, 8, 7, 2) => "TLBI ASIDE1".to_owned(),
            (0, 8, 7, 3) => "TLBI VAAE1".to_owned(),
            (0, 8, 7, 5) => "TLBI VALE1".to_owned(),
            (0, 8, 7, 7) => "TLBI VAALE1".to_owned(),
            (_, 8, ..) => format!("TLBI, op1 {op1}, CRm {m}, op2 {op2}"),
            (0, 7, 1, 0) => "IC IALLUIS".to_owned(),
            (0, 7, 5, 0) => "IC IALLU".to_owned(),
            (3, 7, 5, 1) => "IC IVAU".to_owned(),
            (0, 7, 6, 1) => "DC IVAC".to_owned(),
            (3, 7, 10, 1) => "DC CVAC".to_owned(),
            (3, 7, 11, 1) => "DC CVAU".to_owned(),
            (3, 7, 14, 1) => "DC CIVAC".to_owned(),
            _ => format!("SYS #{op1}, C{n}, C{m}, #{op2}"),
        }
    })
}

/// The image's text, and its functions by name, as offsets in the text.
struct Image {
    text: Vec<u8>,
    functions: BTreeMap<String, std::ops::Range<usize>>,
}

impl Image {
    fn read() -> Self {
        let bytes = fs::read(kernel::path()).expect("the kernel");
        let file = object::File::parse(&*bytes).expect("an ELF file");
        let section = file.section_by_name(".text").expect("text");
        let start = section.address();
        let text = section.data().expect("bytes").to_vec();
        let functions = file
            .symbols()
            .filter(|symbol| symbol.size() > 0 && symbol.section_index() == Some(section.index()))
            .filter_map(|symbol| {
                let first = usize::try_from(symbol.address() - start).ok()?;
                let size = usize::try_from(symbol.size()).ok()?;
                Some((symbol.name().ok()?.to_owned(), first..first + size))
            })
            .collect();
        Self { text, functions }
    }

    fn maintenance(&self, range: std::ops::Range<usize>) -> Vec<String> {
        let (words, _) = self.text[range].as_chunks::<4>();
        words.iter().filter_map(|word| decode(u32::from_le_bytes(*word))).collect()
    }
}

#[test]
fn the_image_has_the_sequences_that_the_source_tells() {
    let (image, told) = (Image::read(), told());
    assert!(told.len() >= 10, "{told:?}");
    for (name, sequence) in &told {
        let range =
            image.functions.get(name).unwrap_or_else(|| panic!("{name} is not in the image: unused?"));
        assert_eq!(&image.maintenance(range.clone()), sequence, "{name}");
    }
}

#[test]
fn nothing_else_invalidates_a_tlb() {
    let (image, told) = (Image::read(), told());
    let boot_end = 4096;
    let mut place = boot_end;
    while place < image.text.len() {
        let word = u32::from_le_bytes(image.text[place..place + 4].try_into().expect("four bytes"));
        let name = decode(word).filter(|name| name.starts_with("TLBI"));
        if let Some(instruction) = name {
            let within =
                told.keys().any(|name| image.functions.get(name).is_some_and(|range| range.contains(&place)));
            assert!(within, "{instruction} at {place:#x} of the text, outside of the sequences");
        }
        place += 4;
    }
}

#[test]
fn decodes_what_the_assembler_writes() {
    // DSB ISH; DSB NSHST; ISB; TLBI VALE1, X0; TLBI VMALLE1IS; IC IALLUIS; NOP.
    let words = [0xd503_3b9f, 0xd503_369f, 0xd503_3fdf, 0xd508_87a0, 0xd508_831f, 0xd508_711f, 0xd503_201f];
    let names: Vec<_> = words.into_iter().filter_map(decode).collect();
    assert_eq!(names, ["DSB ISH", "DSB NSHST", "ISB", "TLBI VALE1", "TLBI VMALLE1IS", "IC IALLUIS"]);
}
