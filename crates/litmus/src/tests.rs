//! What files, states and modules come to.

mod assembled;
mod judged;
mod modules;
mod refused;

use crate::{Descriptor, Expression, FaultKind, FinalState, OnFault, Quantifier, Test, Value};

/// A file with most of what the format has.
pub(crate) const WHOLE: &str = r#"AArch64 Whole+of-it
"A cycle (* with a comment *)"
Variant=vmsa,fatal
TTHM=P0:HA P1:HD
(* A comment (* in a comment *)
   over lines *)
{
int x=1; int64_t y; int *p=&y;
[PTE(x)]=(dbm:1, db:0, oa:PA(y));
pte_y=(af:0);
TTD(p) = (oa:phy_p, valid:0);
0:X1=x; (* (* *) 0:X1=y; *) P0:X2=PTE(x); pteval_t 0:X3=(oa:PA(x), af:0);
1:x4=pte_y; 1:W5=0x10; 1:X6=0;
}
 P0           | P1          | P1.F          ;
L0: L1:       | MOV W0,#1   | ADR X9, Lend  ;
 LDR W0,[X1]  | Lagain:     | MSR ELR_EL1,X9;
 CBZ W0,L2    | STR W0,[X4] | ERET          ;
L2:           | Lend:       |               ;
locations [x; 0:X3; fault(P0,x)]
filter 0:X0=0 \/ 0:X0=1
~exists (1:X9=P1:Lend /\ not ([PTE(x)]=(oa:PA(x), el0:0) \/ pte_y=(af:0))
  /\ ~fault(P1:Lagain,y,D-MMU:Permission) /\ [p]=y /\ 0:X0<>1)
"#;

pub(crate) fn parsed(text: &str) -> Test {
    Test::parse(text).unwrap_or_else(|problem| panic!("{}: {problem}", problem.place()))
}

#[test]
fn the_header_says_name_faults_and_management() {
    let test = parsed(WHOLE);
    assert_eq!(test.name, "Whole+of-it");
    assert_eq!((test.on_fault, test.enhanced_translation), (OnFault::End, 0));
    let managed =
        |thread: usize| (test.threads[thread].manages_access_flag, test.threads[thread].manages_dirty_state);
    assert_eq!((managed(0), managed(1)), ((true, false), (true, true)));
    let of_all = parsed("AArch64 A\nTTHM=ha hd\nvariant=imprecise,ets2\nEL0=P0\n{}\nP0 ;\nNOP ;\n");
    assert_eq!((of_all.on_fault, of_all.enhanced_translation), (OnFault::Repeat, 2));
    assert!(of_all.threads[0].manages_dirty_state && of_all.threads[0].at_el0);
    let next = parsed("AArch64 A\nVariant=faultToNext\nTTHM=SW\n{}\nP0 ;\n");
    assert_eq!(next.on_fault, OnFault::Skip);
    assert!(!next.is_managed());
}

#[test]
fn the_initial_state_has_registers_memory_and_descriptors() {
    let test = parsed(WHOLE);
    assert_eq!(test.variables, ["x", "y", "p"]);
    assert_eq!(test.memory, [Value::Number(1), Value::Number(0), Value::Address(1, 0)]);
    let own = Descriptor::of;
    assert_eq!(test.descriptors[0], Descriptor { modifier: true, writable: false, ..own(1) });
    assert_eq!(test.descriptors[1], Descriptor { access_flag: false, ..own(1) });
    assert_eq!(test.descriptors[2], Descriptor { valid: false, ..own(2) });
    let old = Value::Descriptor(Descriptor { access_flag: false, ..own(0) });
    assert_eq!(
        test.threads[0].registers,
        [(1, Value::Address(0, 0)), (2, Value::DescriptorAddress(0)), (3, old)]
    );
    // What is 0 anyway is not listed.
    assert_eq!(test.threads[1].registers, [(4, Value::DescriptorAddress(1)), (5, Value::Number(16))]);
}

#[test]
fn the_code_has_columns_labels_and_a_handler() {
    let test = parsed(WHOLE);
    let texts = |lines: &[crate::Line]| lines.iter().map(|line| line.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&test.threads[0].code), ["LDR W0,[X1]", "CBZ W0,L2"]);
    assert_eq!(test.threads[0].code[0].place.to_string(), "17:2");
    assert_eq!(texts(&test.threads[1].code), ["MOV W0,#1", "STR W0,[X4]"]);
    let handler = test.threads[1].handler.as_ref().unwrap();
    assert_eq!(texts(handler), ["ADR X9, Lend", "MSR ELR_EL1,X9", "ERET"]);
    let labels = |thread: usize| {
        let labels = test.threads[thread].labels.iter();
        labels.map(|label| (label.name.as_str(), label.instruction)).collect::<Vec<_>>()
    };
    assert_eq!(labels(0), [("L0", 0), ("L1", 0), ("L2", 2)]);
    assert_eq!(labels(1), [("Lagain", 1), ("Lend", 2)]);
}

#[test]
fn what_may_reach_beyond_the_first_word_is_known() {
    for (line, expected) in [
        ("LDR W0,[X1]", false),
        ("ADD W0,W0,#1", false),
        ("ADD X0,X0,X2", false),
        ("LSR X9,X3,#12", false),
        ("LDR W0,[X1,#4]", true),
        ("LDR W0,[X1,W2,SXTW]", true),
        ("LDR W0,[X1],#8", true),
        ("LDP X0,X2,[X1]", true),
        ("CASPAL X2,X3,X4,X5,[X1]", true),
        ("DC ZVA,X1", true),
        ("ADD X1,X1,#0x40", true),
        ("ADD X1,X1,#1, LSL #12", true),
    ] {
        let test = parsed(&format!("AArch64 A\n{{}}\nP0 ;\nNOP ;\n{line} ;\n"));
        assert_eq!(test.reaches_further(), expected, "{line}");
    }
}

#[test]
fn the_condition_binds_as_herd_has_it() {
    let test = parsed(WHOLE);
    assert_eq!(test.quantifier, Quantifier::NotExists);
    assert_eq!(
        test.condition.shown(&test).to_string(),
        "1:X9=label:\"P1:Lend\" /\\ not ([PTE(x)]=(oa:PA(x), el0:0) \\/ [PTE(y)]=(oa:PA(y), af:0)) /\\ \
         not (fault(P1:Lagain,y,MMU:Permission)) /\\ [p]=y /\\ not (0:X0=1)"
    );
    let of = |condition| parsed(&format!("AArch64 A\n{{}}\nP0 ;\n{condition}")).condition;
    let (one, two, three) =
        (Expression::Equals(0, Value::Number(1)), Expression::Equals(1, Value::Number(2)), "z=3");
    let both = Expression::All(vec![one, two]);
    let Expression::Any(parts) = of(&format!("exists x=1 /\\ y=2 \\/ {three}")) else { panic!("not any") };
    assert_eq!(parts[0], both);
    let shown = |condition| {
        let test = parsed(&format!("AArch64 A\n{{}}\nP0 ;\nL: NOP ;\n{condition}"));
        test.condition.shown(&test).to_string()
    };
    // An implication binds more than a conjunction, and from the right.
    assert_eq!(
        shown("exists x=1 /\\ y=2 => z=3 => x=4"),
        "[x]=1 /\\ (not ([y]=2) \\/ (not ([z]=3) \\/ [x]=4))"
    );
    assert_eq!(shown("exists x=1 => y=2 /\\ z=3"), "(not ([x]=1) \\/ [y]=2) /\\ [z]=3");
    assert_eq!(shown("final (x==1 /\\ y!=0:L);"), "[x]=1 /\\ not ([y]=label:\"P0:L\")");
    assert_eq!(shown("locations [x int64_t; 0:X1 int*]\nforall y=label:\"0:L\""), "[y]=label:\"P0:L\"");
    // Without a condition every state satisfies it.
    assert_eq!(parsed("AArch64 A\n{}\nP0 ;\n").condition, Expression::Constant(true));
}

#[test]
fn states_are_read_as_they_are_shown() {
    let test = parsed(WHOLE);
    let text = "0:X0=1; 0:X3=(oa:PA(x), af:0); 1:X9=label:\"P1:Lend\"; [x]=1; [p]=y; [PTE(x)]=(oa:PA(y), db:0, \
                dbm:1); [PTE(y)]=(oa:PA(y)); Fault(P1:Lagain,y,MMU:Permission); ~Fault(P0,x);";
    let state = FinalState::parse(&test, text).unwrap();
    assert_eq!(state.shown(&test).to_string(), text);
    assert_eq!(state.faults[0].kind, FaultKind::Permission);
    // Herd names the kind of access, too, and its order may be another.
    let other = "Fault(P1:Lagain,y,D-MMU:Permission); [PTE(y)]=(oa:PA(y)); [p]=y; [x]=1; 0:X0=1; \
                 [PTE(x)]=(oa:PA(y), dbm:1, db:0); 1:X9=label:\"P1:Lend\"; 0:X3=(af:0, oa:PA(x));  ~Fault(P0,x);";
    assert_eq!(FinalState::parse(&test, other), Ok(state));
    for (text, named) in
        [("0:X0=1;", "0:X3"), ("0:X7=1;", "0:X7"), ("[q]=1;", "\"q\""), ("0:X0=1 0:X3=1;", "';'")]
    {
        assert!(FinalState::parse(&test, text).unwrap_err().to_string().contains(named), "{text}");
    }
}
