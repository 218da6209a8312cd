//! Rows K: what each TLBI removes, from whose TLB, and what it need not remove.

use crate::invalidating::{Coverage, Entries, Instructions, Invalidating, Observer};
use crate::{Case, Suite};
use afdbm::tlbi::{Domain, Form, Instruction};
use history::WrongInvalidation;

/// The case of one instruction, or of several.
const fn covering(
    name: &'static str,
    claim: &'static str,
    instructions: Instructions,
    entries: Entries,
    observer: Observer,
) -> Case {
    let (wrong, expected) = (None, Coverage::Required);
    Case::invalidating(name, claim, Invalidating { instructions, entries, observer, wrong, expected })
}

/// The instruction of this name.
const fn tlbi(name: &str) -> Instruction {
    Instruction::by_name(name).expect("an instruction of the table")
}

/// The rows of a TLBI by address or range, of one for the last level, of one of everything, and of one by ASID.
type RowsByForm = [&'static [&'static str]; 4];
const HERE_ROWS: RowsByForm = [
    &["K01", "K04", "K05", "K06", "K07"],
    &["K01", "K04", "K05", "K07"],
    &["K01", "K05", "K06", "K07"],
    &["K01", "K06", "K07"],
];
const ELSEWHERE_ROWS: RowsByForm = [
    &["K02", "K04", "K05", "K06", "K07"],
    &["K02", "K04", "K05", "K07"],
    &["K02", "K05", "K06", "K07"],
    &["K02", "K06", "K07"],
];

/// Returns which of the rows an instruction shows, with all that it covers.
const fn shown(
    instruction: Instruction,
    [any, last, everything, asid]: &RowsByForm,
) -> &'static [&'static str] {
    match (instruction.form(), instruction.is_of_the_last_level()) {
        (Form::None, _) => everything,
        (Form::Asid, _) => asid,
        (Form::Address | Form::Range, false) => any,
        (Form::Address | Form::Range, true) => last,
    }
}

macro_rules! for_this_cpu {
    ($($name:literal $tlbi:literal)+) => {
        [$(covering(
            concat!("k01-", $name),
            concat!("the CPU that executes TLBI ", $tlbi, " uses nothing old that the instruction covers"),
            Instructions::One(tlbi($tlbi)),
            Entries::Every,
            Observer::Here,
        ).showing(shown(tlbi($tlbi), &HERE_ROWS))),+]
    };
}

macro_rules! for_another_cpu {
    ($($name:literal $tlbi:literal)+) => {
        [$(covering(
            concat!("k02-", $name),
            concat!("TLBI ", $tlbi, " reaches what another CPU holds"),
            Instructions::One(tlbi($tlbi)),
            Entries::Every,
            Observer::Elsewhere,
        ).showing(shown(tlbi($tlbi), &ELSEWHERE_ROWS))),+]
    };
}

macro_rules! to_the_ends {
    ($($name:literal $tlbi:literal)+) => {
        [$(covering(
            concat!("k03-", $name),
            concat!("TLBI ", $tlbi, " reaches the first and the last leaf of ranges of SCALE 0 to 2"),
            Instructions::One(tlbi($tlbi)),
            Entries::Ends,
            Observer::Here,
        )),+]
    };
}

macro_rules! to_the_ends_for_another_cpu {
    ($($name:literal $tlbi:literal)+) => {
        [$(covering(
            concat!("k03-", $name, "-on-another-cpu"),
            concat!("TLBI ", $tlbi, " reaches the last page of ranges of SCALE 0 to 2 on another CPU"),
            Instructions::One(tlbi($tlbi)),
            Entries::Ends,
            Observer::Elsewhere,
        )),+]
    };
}

const HERE: [Case; 30] = for_this_cpu!(
    "vmalle1" "VMALLE1" "vae1" "VAE1" "aside1" "ASIDE1" "vaae1" "VAAE1" "vale1" "VALE1" "vaale1" "VAALE1"
    "rvae1" "RVAE1" "rvaae1" "RVAAE1" "rvale1" "RVALE1" "rvaale1" "RVAALE1"
    "vmalle1is" "VMALLE1IS" "vae1is" "VAE1IS" "aside1is" "ASIDE1IS" "vaae1is" "VAAE1IS" "vale1is" "VALE1IS"
    "vaale1is" "VAALE1IS" "rvae1is" "RVAE1IS" "rvaae1is" "RVAAE1IS" "rvale1is" "RVALE1IS" "rvaale1is" "RVAALE1IS"
    "vmalle1os" "VMALLE1OS" "vae1os" "VAE1OS" "aside1os" "ASIDE1OS" "vaae1os" "VAAE1OS" "vale1os" "VALE1OS"
    "vaale1os" "VAALE1OS" "rvae1os" "RVAE1OS" "rvaae1os" "RVAAE1OS" "rvale1os" "RVALE1OS" "rvaale1os" "RVAALE1OS"
);

const ELSEWHERE: [Case; 20] = for_another_cpu!(
    "vmalle1is" "VMALLE1IS" "vae1is" "VAE1IS" "aside1is" "ASIDE1IS" "vaae1is" "VAAE1IS" "vale1is" "VALE1IS"
    "vaale1is" "VAALE1IS" "rvae1is" "RVAE1IS" "rvaae1is" "RVAAE1IS" "rvale1is" "RVALE1IS" "rvaale1is" "RVAALE1IS"
    "vmalle1os" "VMALLE1OS" "vae1os" "VAE1OS" "aside1os" "ASIDE1OS" "vaae1os" "VAAE1OS" "vale1os" "VALE1OS"
    "vaale1os" "VAALE1OS" "rvae1os" "RVAE1OS" "rvaae1os" "RVAAE1OS" "rvale1os" "RVALE1OS" "rvaale1os" "RVAALE1OS"
);

const ENDS: [Case; 12] = to_the_ends!(
    "rvae1" "RVAE1" "rvaae1" "RVAAE1" "rvale1" "RVALE1" "rvaale1" "RVAALE1"
    "rvae1is" "RVAE1IS" "rvaae1is" "RVAAE1IS" "rvale1is" "RVALE1IS" "rvaale1is" "RVAALE1IS"
    "rvae1os" "RVAE1OS" "rvaae1os" "RVAAE1OS" "rvale1os" "RVALE1OS" "rvaale1os" "RVAALE1OS"
);

const ENDS_ELSEWHERE: [Case; 8] = to_the_ends_for_another_cpu!(
    "rvae1is" "RVAE1IS" "rvaae1is" "RVAAE1IS" "rvale1is" "RVALE1IS" "rvaale1is" "RVAALE1IS"
    "rvae1os" "RVAE1OS" "rvaae1os" "RVAAE1OS" "rvale1os" "RVALE1OS" "rvaale1os" "RVAALE1OS"
);

/// A case of every TLBI by range of a domain, with SCALE 3.
const fn far(name: &'static str, claim: &'static str, domain: Domain, observer: Observer) -> Case {
    covering(name, claim, Instructions::EachByRange(domain), Entries::FarEnds, observer)
}

const FAR_ENDS: [Case; 5] = [
    far(
        "k15-local-ranges",
        "a TLBI by range of this CPU reaches both ends of ranges of SCALE 3",
        Domain::Local,
        Observer::Here,
    ),
    far(
        "k15-inner-shareable-ranges",
        "an Inner Shareable TLBI by range reaches both ends of ranges of SCALE 3",
        Domain::Inner,
        Observer::Here,
    ),
    far(
        "k15-outer-shareable-ranges",
        "an Outer Shareable TLBI by range reaches both ends of ranges of SCALE 3",
        Domain::Outer,
        Observer::Here,
    ),
    far(
        "k15-inner-shareable-ranges-on-another-cpu",
        "an Inner Shareable TLBI by range reaches the last page of SCALE 3 on another CPU",
        Domain::Inner,
        Observer::Elsewhere,
    ),
    far(
        "k15-outer-shareable-ranges-on-another-cpu",
        "an Outer Shareable TLBI by range reaches the last page of SCALE 3 on another CPU",
        Domain::Outer,
        Observer::Elsewhere,
    ),
];

const BLOCKS: [Case; 4] = [
    covering(
        "k14-block-by-its-beginning",
        "after a TLBI of a Block's first address nothing old of the Block is loaded from or stored to",
        Instructions::One(tlbi("VAE1")),
        Entries::Blocks,
        Observer::Here,
    ),
    covering(
        "k14-block-by-its-beginning-on-another-cpu",
        "after a TLBI of a Block's first address another CPU uses nothing old of the Block for data",
        Instructions::One(tlbi("VAE1IS")),
        Entries::Blocks,
        Observer::Elsewhere,
    ),
    covering(
        "k16-fetch-from-block",
        "after a TLBI of a Block's first address nothing is fetched by an old entry of the Block",
        Instructions::One(tlbi("VAE1")),
        Entries::FetchedBlocks,
        Observer::Here,
    ),
    covering(
        "k16-fetch-from-block-on-another-cpu",
        "after a TLBI of a Block's first address another CPU fetches by no old entry of the Block",
        Instructions::One(tlbi("VAE1IS")),
        Entries::FetchedBlocks,
        Observer::Elsewhere,
    ),
];

const EXCLUDING_XS: [Case; 5] = [
    covering(
        "k08-local-nxs",
        "the CPU that executes a TLBI with nXS uses nothing old that the instruction covers",
        Instructions::EachExcludingXs(Domain::Local),
        Entries::Every,
        Observer::Here,
    ),
    covering(
        "k08-inner-shareable-nxs",
        "the CPU that executes an Inner Shareable TLBI with nXS uses nothing old",
        Instructions::EachExcludingXs(Domain::Inner),
        Entries::Every,
        Observer::Here,
    ),
    covering(
        "k08-outer-shareable-nxs",
        "the CPU that executes an Outer Shareable TLBI with nXS uses nothing old",
        Instructions::EachExcludingXs(Domain::Outer),
        Entries::Every,
        Observer::Here,
    ),
    covering(
        "k08-inner-shareable-nxs-on-another-cpu",
        "an Inner Shareable TLBI with nXS reaches what another CPU holds",
        Instructions::EachExcludingXs(Domain::Inner),
        Entries::Every,
        Observer::Elsewhere,
    ),
    covering(
        "k08-outer-shareable-nxs-on-another-cpu",
        "an Outer Shareable TLBI with nXS reaches what another CPU holds",
        Instructions::EachExcludingXs(Domain::Outer),
        Entries::Every,
        Observer::Elsewhere,
    ),
];

/// A case of what need not be removed, or is missed by a wrong invalidation.
const fn missing(
    name: &'static str,
    claim: &'static str,
    (instruction, wrong): (&'static str, Option<WrongInvalidation>),
    entries: Entries,
    observer: Observer,
) -> Case {
    let instructions = Instructions::One(tlbi(instruction));
    let expected = Coverage::NotRequired;
    Case::invalidating(name, claim, Invalidating { instructions, entries, observer, wrong, expected })
}

use WrongInvalidation::{LeftOut, LevelFromAddress, LongestRangeMasked, ThisCpuOnly, Unshifted};

/// Negative controls too: where one of them sees an old entry, the cases with the right invalidation would have.
const NOT_COVERED: [Case; 11] = [
    missing(
        "k09-left-out",
        "a CPU may use an old entry that no TLBI has covered",
        ("VMALLE1", Some(LeftOut)),
        Entries::Every,
        Observer::Here,
    ),
    missing(
        "k09-left-out-for-another-cpu",
        "another CPU may use an old entry that no TLBI has covered",
        ("VMALLE1IS", Some(LeftOut)),
        Entries::Every,
        Observer::Elsewhere,
    ),
    missing(
        "k09-upper-range-left-out",
        "a CPU may use an old entry of the upper range that no TLBI has covered",
        ("VMALLE1", Some(LeftOut)),
        Entries::UpperPages,
        Observer::Here,
    ),
    missing(
        "k10-local-tlbi",
        "another CPU may use an old entry after a TLBI of this CPU alone",
        ("VAE1", None),
        Entries::Pages,
        Observer::Elsewhere,
    ),
    missing(
        "k10-local-tlbi-of-everything",
        "a TLBI of everything that this CPU alone holds need not reach another CPU",
        ("VMALLE1IS", Some(ThisCpuOnly)),
        Entries::Pages,
        Observer::Elsewhere,
    ),
    missing(
        "k11-last-level-tlbi",
        "an old Table descriptor may be used after a TLBI of the last level",
        ("VALE1", None),
        Entries::Tables,
        Observer::Here,
    ),
    missing(
        "k12-tlbi-by-asid",
        "an old global entry may be used after a TLBI by ASID",
        ("ASIDE1", None),
        Entries::GlobalPages,
        Observer::Here,
    ),
    missing(
        "k12-tlbi-of-another-asid",
        "an old entry of this address space may be used after a TLBI by another ASID",
        ("ASIDE1", Some(WrongInvalidation::AnotherAsid)),
        Entries::Pages,
        Observer::Here,
    ),
    missing(
        "k13-unshifted-address",
        "an old entry may be used after a TLBI whose operand is the address itself (Unikraft 1149)",
        ("VAE1", Some(Unshifted)),
        Entries::Pages,
        Observer::Here,
    ),
    missing(
        "k13-level-from-address",
        "an old entry may be used after a TLBI with address bits in its level (Little Kernel 386)",
        ("VAE1", Some(LevelFromAddress)),
        Entries::UpperPages,
        Observer::Here,
    ),
    missing(
        "k13-longest-range-masked",
        "an old entry may be used after the longest range was taken for none (e3ba51ab24fd)",
        ("RVAE1", Some(LongestRangeMasked)),
        Entries::LongestRanges,
        Observer::Here,
    ),
];

const LISTS: [&[Case]; 8] =
    [&HERE, &ELSEWHERE, &ENDS, &ENDS_ELSEWHERE, &FAR_ENDS, &BLOCKS, &EXCLUDING_XS, &NOT_COVERED];

const COUNT: usize = {
    let (mut list, mut count) = (0, 0);
    while list < LISTS.len() {
        (list, count) = (list + 1, count + LISTS[list].len());
    }
    count
};

/// All of them, one list after the other.
const CASES: [Case; COUNT] = {
    let mut cases = [HERE[0]; COUNT];
    let (mut list, mut filled) = (0, 0);
    while list < LISTS.len() {
        let mut place = 0;
        while place < LISTS[list].len() {
            cases[filled] = LISTS[list][place];
            (place, filled) = (place + 1, filled + 1);
        }
        list += 1;
    }
    cases
};

pub(super) const SUITE: Suite = Suite {
    name: "invalidations",
    about: "rows K: what each TLBI removes from whose TLB, and what it need not remove",
    hidden: false,
    cases: &CASES,
};
