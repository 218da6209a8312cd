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
        assert!(!kind.is_in_product() || !text.starts_with(".inst"), "{text}");
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
        ("at-s1e1w", Some("1"), "0x00000d00401e5800")
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

#[test]
fn an_access_below_stage_2_has_the_leaves_of_both_stages() {
    let lines = [
        "combination 7: at-s12e1w EL1 level 2, HA=1 HD=1, stage 2 16K T0SZ=24 level 3 HA=1 HD=0, leaf 0x0068000000000481 (W·AF·RO), its table valid AF S2AP=01, data invalid S2AP=11, after a store",
        "at-s12e1w at 0x0000000000200800, leaf 0x00680000401e5783 (W·AF·RO), stage 2 of the table of level 2 0x00400000401e47fd, stage 2 of the data 0x00000000401e57fc",
        "   seen: reported PAR_EL1 0x0000000000000b1f",
    ];
    let lines: Vec<String> = lines.map(str::to_owned).to_vec();
    let accesses = access::of_lines(&lines);
    let listing = instructions::listing(&accesses[0]);
    for line in [
        "// TCR_EL1: HA=1 HD=1\n",
        "// stage 2: 16K T0SZ=24 level 3 HA=1 HD=0\n",
        "ldr     x2, =0x00400000401e47fd   // of the table of level 2\nstr     x2, [x4]\n",
        "ldr     x2, =0x00000000401e57fc   // of the data\nstr     x2, [x4]\n",
        "// x0 = 0x0000000000200800, translated",
        "ldr     x2, =0x00680000401e5783   // W·AF·RO\n",
        "str     x5, [x0]   // fills the TLB\nat      s12e1w, x0       // at EL2\nisb\nmrs     x5, par_el1\n",
    ] {
        assert!(listing.contains(line), "{line} is not in {listing}");
    }
}
