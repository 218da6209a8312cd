//! The barrier sequences, read back from the image.
//!
//! An emulator hides a missing DSB or ISB. So each function of `src/machine/barriers.rs` says its sequence in its
//! comment, and here the image's own instructions are decoded and compared with it. No other code invalidates a TLB,
//! but for what has no function to call: the boot code, the part that stays at EL2, and the change of the tables' format.

#[path = "support/kernel.rs"]
mod kernel;

use afdbm::tlbi::Instruction;
use object::{Object, ObjectSection, ObjectSymbol};
use std::{collections::BTreeMap, fs};

/// The function that has every TLBI.
const EVERY_TLBI: &str = "sequence_begin_invalidation";

/// How long the code is that changes the format of the kernel's tables, as it says itself.
const CHANGE_OF_FORMAT_SIZE: usize = 128;

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

/// Every TLBI of EL1, as the library's table has them.
fn every_tlbi() -> impl Iterator<Item = Instruction> {
    Instruction::ALL.into_iter().flat_map(|instruction| [instruction, instruction.excluding_xs()])
}

/// Names a barrier or a maintenance instruction; `None` for any other (Arm ARM C4.1.95, C5.1.3).
fn decode(word: u32) -> Option<String> {
    let domain = |option: u32| match option {
        0b0011 => "OSH",
        0b0010 => "OSHST",
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
    if let Some(instruction) = every_tlbi().find(|instruction| instruction.word() & !0x1f == word & !0x1f) {
        return Some(format!("TLBI {instruction}"));
    }
    // SYS: op1 in bits 18:16, CRn in 15:12, CRm in 11:8, op2 in 7:5.
    (word & 0xfff8_0000 == 0xd508_0000).then(|| {
        let (op1, n, m, op2) = (word >> 16 & 7, word >> 12 & 0xf, word >> 8 & 0xf, word >> 5 & 7);
        match (op1, n, m, op2) {
            (_, 8 | 9, ..) => format!("TLBI, op1 {op1}, CRm {m}, op2 {op2}"),
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
    /// Where the part that stays at EL2 is.
    resident: std::ops::Range<usize>,
    /// The end of the boot code.
    boot_end: usize,
    /// The code that changes the format of the kernel's tables: it uses no memory, so no function either.
    change_of_format: std::ops::Range<usize>,
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
        let symbol = |name: &str| {
            let found = file.symbols().find(|symbol| symbol.name() == Ok(name));
            usize::try_from(found.unwrap_or_else(|| panic!("no {name}")).address() - start)
                .expect("in the text")
        };
        let resident = symbol("_resident_start")..symbol("_resident_end");
        let boot_end = symbol("_boot_text_end");
        let change_of_format = symbol("change_format")..symbol("change_format") + CHANGE_OF_FORMAT_SIZE;
        Self { text, functions, resident, boot_end, change_of_format }
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

/// Before DS changes, nothing is left in the TLB of what was read before, and after, nothing of what TTBR0 mapped meanwhile.
#[test]
fn a_change_of_format_empties_the_tlb_before_and_after() {
    let image = Image::read();
    let emptied = ["ISB", "TLBI VMALLE1", "DSB NSH", "ISB"];
    let told: Vec<_> = emptied.into_iter().chain(emptied).chain(["ISB"]).collect();
    assert_eq!(image.maintenance(image.change_of_format.clone()), told);
}

#[test]
fn one_function_has_every_tlbi_once() {
    let image = Image::read();
    let mut found = image.maintenance(image.functions[EVERY_TLBI].clone());
    let mut wanted: Vec<String> = every_tlbi().map(|instruction| format!("TLBI {instruction}")).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

/// TLBI ALLE2, VMALLS12E1, IPAS2E1 and IPAS2E1IS, as [`decode`] tells what is not an instruction of EL1.
const OF_EL2: [&str; 4] = [
    "TLBI, op1 4, CRm 7, op2 0",
    "TLBI, op1 4, CRm 7, op2 6",
    "TLBI, op1 4, CRm 4, op2 1",
    "TLBI, op1 4, CRm 0, op2 1",
];

#[test]
fn nothing_else_invalidates_a_tlb() {
    let (image, mut told) = (Image::read(), told());
    told.insert(EVERY_TLBI.to_owned(), Vec::new());
    let mut place = image.boot_end;
    while place < image.text.len() {
        let word = u32::from_le_bytes(image.text[place..place + 4].try_into().expect("four bytes"));
        let name = decode(word).filter(|name| name.starts_with("TLBI"));
        if let Some(instruction) = name {
            // What stays at EL2 has its own, for the TLB entries of EL2 and of stage 2, which no sequence of EL1's reaches.
            let of_el2 = image.resident.contains(&place) && OF_EL2.contains(&instruction.as_str());
            let within = of_el2
                || image.change_of_format.contains(&place)
                || told
                    .keys()
                    .any(|name| image.functions.get(name).is_some_and(|range| range.contains(&place)));
            assert!(within, "{instruction} at {place:#x} of the text, outside of the sequences");
        }
        place += 4;
    }
}

/// Cortex-A77's erratum 1508412: a read of PAR_EL1 beside a Device or Non-cacheable load may stand still for ever.
#[test]
fn par_el1_is_read_between_two_barriers() {
    const DMB_SY: u32 = 0xd503_3fbf;
    let image = Image::read();
    let (words, _) = image.text.as_chunks::<4>();
    let words: Vec<u32> = words.iter().copied().map(u32::from_le_bytes).collect();
    // MRS of S3_0_C7_C4_0, into any register.
    let reads: Vec<_> = words
        .windows(3)
        .filter(|window| window[1] & !0x1f == 0xd538_7400)
        .map(|window| [window[0], window[2]])
        .collect();
    assert!(reads.len() >= 8, "{} reads of PAR_EL1", reads.len());
    assert!(reads.iter().all(|around| *around == [DMB_SY; 2]), "{reads:x?}");
}

#[test]
fn decodes_what_the_assembler_writes() {
    // DSB ISH; DSB NSHST; ISB; TLBI VALE1, X0; TLBI VMALLE1IS; TLBI RVAE1ISNXS, X3; IC IALLUIS; NOP.
    let words = [
        0xd503_3b9f,
        0xd503_369f,
        0xd503_3fdf,
        0xd508_87a0,
        0xd508_831f,
        0xd508_9223,
        0xd508_711f,
        0xd503_201f,
    ];
    let names: Vec<_> = words.into_iter().filter_map(decode).collect();
    let wanted =
        ["DSB ISH", "DSB NSHST", "ISB", "TLBI VALE1", "TLBI VMALLE1IS", "TLBI RVAE1ISNXS", "IC IALLUIS"];
    assert_eq!(names, wanted);
}
