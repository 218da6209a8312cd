//! The pages against the expectations, and the instructions against the oracle's accesses.

use super::{access, instructions, pages};
use crate::{expectations::Expectations, toolchain::root};
use oracle::AccessKind;

#[test]
fn every_known_deviation_has_its_page_and_no_other_has() {
    let deviations = Expectations::every(&root().join("expectations")).expect("the expectations are read");
    let pages = pages::pages(&deviations);
    assert!(pages.len() >= 8, "{}", pages.len());
    for (name, page) in &pages {
        let text = pages::read(name).unwrap_or_default();
        let first = page[0];
        let title = format!("# {}, {}: ", first.row, first.rule);
        let again = "cargo xtask deviations writes the pages";
        assert!(
            text.starts_with(&title),
            "docs/deviations/{name} is not there, or of something else; {again}"
        );
        assert!(
            text.contains(&pages::table(page)),
            "docs/deviations/{name} knows other versions or notes; {again}"
        );
    }
    let there = pages::folder().read_dir().expect("the folder").flatten();
    let there: Vec<String> = there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(there.iter().all(|name| pages.contains_key(name)), "a page without a deviation: {there:?}");
}

#[test]
fn every_access_has_its_instruction() {
    for kind in AccessKind::ALL {
        let text = instructions::instruction(kind.name());
        assert!(!text.starts_with("//") && !text.contains("0x00000000"), "{text}");
        assert_eq!(text.starts_with(".inst"), !kind.is_in_product(), "{text}");
    }
}

#[test]
fn an_access_is_read_and_told_whole() {
    let lines = [
        "combination 7188824187: at-s1e1w EL1 level 3, HA=1 HD=1 HPD0=0 WXN=0 PAN=0, plain, leaf 0x0068000000000481 (W·AF·RO), cold",
        "at-s1e1w at 0x00000d00401e5800, leaf 0x00680000401e5783 (W·AF·RO)",
        "allowed: reports output 0x00000000401e5800; AF either, dirty kept; data old",
        "   seen: reported PAR_EL1 0x00000000401e5b80; leaf 0x00680000401e5703 (W·AF): -RO; data old",
        "differs: dirty state changed",
        "as if it did not know: rule R_ZYGHJ, row D28: AT leaves it clean",
    ];
    let lines: Vec<String> = lines.map(str::to_owned).to_vec();
    let accesses = access::of_lines(&lines);
    let [access] = accesses.as_slice() else { panic!("one access") };
    assert_eq!(
        (access.kind(), access.control("HD"), access.address()),
        ("at-s1e1w", "1", "0x00000d00401e5800")
    );
    let told = access.told();
    assert!(told.contains("| descriptor before | `0x00680000401e5783` (W·AF·RO) |"), "{told}");
    assert!(
        told.contains("rule R_ZYGHJ, row D28") && told.contains("| differs in | dirty state changed |"),
        "{told}"
    );
    let listing = instructions::listing(access);
    for line in [
        "ldr     x2, =0x00680000401e5783",
        "at      s1e1w, x0\nisb\nmrs     x5, par_el1",
        "// 0x00680000401e5703: W·AF",
    ] {
        assert!(listing.contains(line), "{listing}");
    }
}
