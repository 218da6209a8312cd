//! The smallest sequence of instructions that shows a deviation.

use super::access::Access;
use oracle::AccessKind;
use std::fmt::Write;

/// What each kind of access is in assembly: the address in x0, data in x5 to x8.
const MNEMONICS: [(&str, &str); 43] = [
    ("load", "ldr     x5, [x0]"),
    ("store", "str     x5, [x0]"),
    ("load-pair", "ldp     x5, x6, [x0]"),
    ("store-pair", "stp     x5, x6, [x0]"),
    ("load-unprivileged", "ldtr    x5, [x0]"),
    ("store-unprivileged", "sttr    x5, [x0]"),
    ("load-acquire", "ldar    x5, [x0]"),
    ("store-release", "stlr    x5, [x0]"),
    ("load-vector", "ldr     q0, [x0]"),
    ("store-vector", "str     q0, [x0]"),
    ("load-structure", "ld1     {v0.2d}, [x0]"),
    ("load-exclusive", "ldxr    x5, [x0]"),
    ("store-exclusive", "ldxr    x6, [x0]\nstxr    w7, x5, [x0]      // again until w7 is 0"),
    ("store-exclusive-failing", "clrex\nstxr    w7, x5, [x0]      // cannot pass"),
    ("cas", "cas     x5, x6, [x0]      // x5 holds what memory holds"),
    ("cas-mismatch", "cas     x5, x6, [x0]      // x5 holds something else"),
    ("casp", "casp    x4, x5, x6, x7, [x0]"),
    ("casp-mismatch", "casp    x4, x5, x6, x7, [x0]"),
    ("swp", "swp     x5, x6, [x0]"),
    ("ldadd", "ldadd   x5, x6, [x0]"),
    ("ldadd-zero", "ldadd   xzr, x6, [x0]"),
    ("stadd", "stadd   x5, [x0]"),
    ("rcwcas-mismatch", "rcwcas  x5, x6, [x0]"),
    ("fetch", "blr     x0                // to a RET"),
    ("dc-zva", "dc      zva, x0"),
    ("dc-gzva", "dc      gzva, x0"),
    ("dc-gva", "dc      gva, x0"),
    ("dc-cvac", "dc      cvac, x0"),
    ("dc-civac", "dc      civac, x0"),
    ("dc-ivac", "dc      ivac, x0"),
    ("ic-ivau", "ic      ivau, x0"),
    ("prfm-load", "prfm    pldl1keep, [x0]"),
    ("prfm-store", "prfm    pstl1keep, [x0]"),
    ("at-s1e1r", "at      s1e1r, x0\nisb\nmrs     x5, par_el1"),
    ("at-s1e1w", "at      s1e1w, x0\nisb\nmrs     x5, par_el1"),
    ("at-s1e0r", "at      s1e0r, x0\nisb\nmrs     x5, par_el1"),
    ("at-s1e0w", "at      s1e0w, x0\nisb\nmrs     x5, par_el1"),
    ("at-s1e1rp", "at      s1e1rp, x0\nisb\nmrs     x5, par_el1"),
    ("at-s1e1wp", "at      s1e1wp, x0\nisb\nmrs     x5, par_el1"),
    ("at-s12e1r", "at      s12e1r, x0       // at EL2\nisb\nmrs     x5, par_el1"),
    ("at-s12e1w", "at      s12e1w, x0       // at EL2\nisb\nmrs     x5, par_el1"),
    ("at-s12e0r", "at      s12e0r, x0       // at EL2\nisb\nmrs     x5, par_el1"),
    ("at-s12e0w", "at      s12e0w, x0       // at EL2\nisb\nmrs     x5, par_el1"),
];

/// Returns the instruction of an access in assembly; a crossing access is the same one at another address.
fn mnemonic(kind: &str) -> Option<&'static str> {
    let kind = kind.strip_suffix("-crossing").unwrap_or(kind);
    MNEMONICS.iter().find_map(|(name, text)| (*name == kind).then_some(*text))
}

/// Returns the instruction of an access: in assembly, or by its encoding where it has no stub of its own.
pub(super) fn instruction(name: &str) -> String {
    let kind = AccessKind::ALL.into_iter().find(|kind| kind.name() == name);
    match (mnemonic(name), kind) {
        (Some(text), _) => text.to_owned(),
        (None, Some(kind)) => format!(".inst   {:#010x}        // {name}", kind.code()),
        (None, None) => format!("// {name}"),
    }
}

/// Lists the instructions, with the registers that they need.
pub(super) fn listing(access: &Access<'_>) -> String {
    let mut text = String::from("```asm\n");
    let _ = writeln!(text, "// {}", controls(access));
    if access.control("PIE") == Some("1") {
        let _ = writeln!(
            text,
            "// TCR2_EL1.PIE=1; PIR_EL1 and PIRE0_EL1 grant the descriptor's index what is told above"
        );
    }
    if let Some(stage_2) = access.stage_2() {
        let _ =
            writeln!(text, "// stage 2: {stage_2}\n// at EL2, for each page the address of its leaf in x4:");
        for (page, leaf) in access.leaves_of_stage_2() {
            let _ = writeln!(text, "ldr     x2, ={leaf}   // of the {page}\nstr     x2, [x4]");
        }
        text += "dsb     ishst\ntlbi    vmalls12e1is\ndsb     ish\nisb\n// at EL1:\n";
    }
    let _ = writeln!(
        text,
        "// x0 = {}, translated by the descriptor at [x1]; x3 = the operand of TLBI for it",
        access.address()
    );
    if let Some(before) = access.before() {
        let _ = writeln!(text, "ldr     x2, ={:#018x}   // {}", before.bits, before.names);
    }
    text += "str     x2, [x1]\ndsb     ishst\ntlbi    vaae1is, x3\ndsb     ish\nisb\n";
    if access.is_user() {
        text += "// at EL0:\n";
    }
    if let Some(before) = access.before_it() {
        let _ = writeln!(text, "{}   // fills the TLB", instruction(before));
    }
    let _ = writeln!(text, "{}", instruction(access.kind()));
    text += "dsb     ish\nldr     x2, [x1]";
    if let Some(after) = access.after() {
        let _ = write!(text, "          // {:#018x}: {}", after.bits, after.names);
    }
    text + "\n```\n"
}

/// Returns the controls of stage 1 that the log tells, each with its register.
fn controls(access: &Access<'_>) -> String {
    let told = |register: &str, join: &str, names: &[&str]| {
        let values = names.iter().filter_map(|name| Some(format!("{name}={}", access.control(name)?)));
        let values: Vec<String> = values.collect();
        (!values.is_empty()).then(|| format!("{register}{join}{}", values.join(" ")))
    };
    let registers = [
        told("TCR_EL1", ": ", &["HA", "HD", "HPD0"]),
        told("SCTLR_EL1", ".", &["WXN"]),
        told("PSTATE", ".", &["PAN"]),
    ];
    registers.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
