//! What is no litmus file, and what is not supported, each with its place.

use super::parsed;
use crate::{Problem, Test};

fn problem(text: &str) -> (String, bool) {
    let problem = Test::parse(text).map(|test| panic!("{test:?}")).unwrap_err();
    (format!("{}: {problem}", problem.place()), matches!(problem, Problem::Unsupported { .. }))
}

#[test]
fn what_is_no_litmus_file_is_refused_where_it_goes_wrong() {
    for (text, expected) in [
        ("", "1:1: the file ends, expected \"AArch64\" and a name"),
        ("X86 A\n{}\nP0 ;\n", "1:1: \"X86\", expected \"AArch64\" and a name"),
        ("AArch64\n{}\nP0 ;\n", "1:1: \"AArch64\", expected"),
        ("AArch64 A\n", "1:10: the file ends, expected the initial state"),
        ("AArch64 A\n{ x=1; \n", "2:8: the file ends, expected '}'"),
        ("AArch64 A (* no end\n{}\nP0 ;\n", "1:11: \"(*\", expected the end of the comment"),
        ("AArch64 A\n{ x 1; }\nP0 ;\n", "2:5: \"1\", expected a name"),
        ("AArch64 A\n{ x=1 y=2; }\nP0 ;\n", "2:7: \"y\", expected ';'"),
        ("AArch64 A\n{ x=; }\nP0 ;\n", "2:5: \";\", expected a number"),
        ("AArch64 A\n{ 1:X0=1; }\nP0 ;\n", "2:3: \"1\", expected a thread"),
        ("AArch64 A\n{ 0:X31=1; }\nP0 ;\n", "2:5: \"X31\", expected a register"),
        ("AArch64 A\n{ pte_x=(ab:1); }\nP0 ;\n", "2:10: \"ab\", expected oa"),
        ("AArch64 A\n{ pte_x=(af:2); }\nP0 ;\n", "2:13: \"2\", expected 0 or 1"),
        ("AArch64 A\n{ pte_x=(af:1,af:0); }\nP0 ;\n", "2:15: \"af\", expected a field that is not"),
        ("AArch64 A\n{ 0:X1=(af:1); }\nP0 ;\n", "2:8: \"(\", expected oa"),
        ("AArch64 A\nTTHM=P0:HX\n{}\nP0 ;\n", "2:6: \"P0:HX\", expected HA"),
        ("AArch64 A\nTTHM=P1:HA\n{}\nP0 ;\n", "2:6: \"P1\", expected a thread"),
        ("AArch64 A\n{}\nP1 ;\n", "3:1: \"P1\", expected the row of threads"),
        ("AArch64 A\n{}\nP0 ;\nNOP | NOP ;\n", "4:7: \"NOP\", expected as many columns"),
        ("AArch64 A\n{}\nP0 ;\nL: ;\nL: ;\n", "5:1: \"L\", expected a label that is not"),
        ("AArch64 A\n{}\nP0 ;\nB L ;\n", "4:1: \"L\", expected a label of the thread"),
        ("AArch64 A\n{}\nP0 ;\nexists x=1 /\\\n", "4:14: the file ends, expected a condition"),
        ("AArch64 A\n{}\nP0 ;\nexists (x=1 y=1)", "4:13: \"y\", expected ')'"),
        ("AArch64 A\n{}\nP0 ;\nexists fault(P0:L,x)", "4:17: \"L\", expected a label of the thread"),
        ("AArch64 A\n{}\nP0 ;\nexists x=1 y=2", "4:12: \"y\", expected the end"),
    ] {
        let (found, unsupported) = problem(text);
        assert!(!unsupported && found.starts_with(expected), "{text:?}: {found:?}, not {expected:?}");
    }
}

#[test]
fn what_is_not_supported_is_named_with_its_line() {
    for (text, expected) in [
        ("AArch64 A\nVariant=vmsa,memtag\n{}\nP0 ;\n", "line 2 uses the variant \"memtag\""),
        ("AArch64 A\n{ x[2]={1,2}; }\nP0 ;\n", "line 2 uses an array"),
        ("AArch64 A\n{ 0:X0=x:red; }\nP0 ;\n", "line 2 uses a memory tag"),
        ("AArch64 A\n{\n[tag(x)]=:green; }\nP0 ;\n", "line 3 uses a memory tag"),
        ("AArch64 A\n{ pte_x=(attrs:(Device)); }\nP0 ;\n", "line 2 uses attributes of memory \"Device\""),
        ("AArch64 A\n{ TTD(P0:L)=(af:1); }\nP0 ;\n", "line 2 uses the descriptor or the memory of code"),
        ("AArch64 A\n{ 0:X1=instr:\"NOP\"; }\nP0 ;\n", "line 2 uses the descriptor or the memory of code"),
        ("AArch64 A\n{ 0:X1=PTE(PTE(x)); }\nP0 ;\n", "line 2 uses the descriptor of a page table"),
        ("AArch64 A\n{ pte_x=(oa:PTE(y)); }\nP0 ;\n", "line 2 uses the descriptor of a page table"),
        ("AArch64 A\n{}\nP0 ;\nexists fault(P0,PTE(x))", "line 4 uses the descriptor of a page table"),
        ("AArch64 A\n{ pte_x=0; }\nP0 ;\n", "line 2 uses a descriptor with the value \"0\""),
        ("AArch64 A\n{ 0:%a=1; }\nP0 ;\n", "line 2 uses the register \"%\""),
        ("AArch64 A\n{ 0:X30=1; }\nP0 ;\n", "line 2 uses the register \"X30\""),
        ("AArch64 A\n{}\nP0 ;\nexists 0:X0=0:X1", "line 4 uses a comparison with \"X1\""),
        ("AArch64 A\n{}\nP0 ;\nexists [x]=[y]", "line 4 uses a comparison with \"[\""),
        ("AArch64 A\n{ x=-1; }\nP0 ;\n", "line 2 uses a negative number"),
        (
            "AArch64 A\n{}\nP0 ;\nNOP ;\nMSR TTBR0_EL1,X0 ;\n",
            "line 5 uses the instruction \"MSR TTBR0_EL1,X0\"",
        ),
        ("AArch64 A\n{}\nP0 ;\nERET ;\n", "line 4 uses the instruction"),
        ("AArch64 A\n{}\nP0 ;\nLDR X0,=x ;\n", "line 4 uses the instruction"),
        ("AArch64 A\nEL0=P0\n{}\nP0 ;\nTLBI VMALLE1 ;\n", "line 5 uses the instruction"),
        ("AArch64 A\nEL0=P0\n{}\nP0 | P0.F ;\n", "uses a fault handler of a thread at EL0"),
        ("AArch64 A\nEL0=P0\n{ 0:X0=PTE(x); }\nP0 ;\n", "uses the address of a descriptor at EL0"),
        ("AArch64 A\n{}\nP0 ;\nADD X0,SP,#1 ;\n", "line 4 uses the register"),
        ("AArch64 A\n{}\nP0 ;\nexists 0:X0=parel1_t:(f:1)", "line 4 uses a value of PAR_EL1"),
        ("AArch64 A\n{}\nP0 ;\nexists fault(P0,x,TagCheck)", "line 4 uses the kind of fault"),
        ("AArch64 A\n{ a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;\nq; }\nP0 ;\n", "line 3 uses more than 16 variables"),
    ] {
        let (found, unsupported) = problem(text);
        assert!(unsupported && found.contains(expected), "{found:?}, not {expected:?}");
    }
}

#[test]
fn conditions_within_conditions_are_bounded() {
    let nested = |depth: usize, open: &str, close: &str| {
        format!("AArch64 A\n{{}}\nP0 ;\nexists {}true{}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("(", ")"), ("~", ""), ("not ", ""), ("~(", ")")] {
        let levels = if open == "~(" { 2 } else { 1 };
        parsed(&nested(32 / levels, open, close));
        for depth in [33, 1000, 100_000] {
            let (found, unsupported) = problem(&nested(depth, open, close));
            assert!(!unsupported && found.contains("no more than 32 negations"), "{open}: {found}");
        }
    }
}

#[test]
fn the_attributes_that_every_page_has_are_taken() {
    let test = parsed("AArch64 A\n{ pte_x=(attrs:(Normal), af:0); }\nP0 ;\n");
    assert!(!test.descriptors[0].access_flag);
}
