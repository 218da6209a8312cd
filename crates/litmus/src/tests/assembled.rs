//! The assembly of a test.

use super::{WHOLE, parsed};
use crate::assembly::{Layout, write};

#[test]
fn every_line_of_the_file_is_one_of_the_assembly() {
    let test = parsed(WHOLE);
    let lines = write(&test, 7);
    let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let expected = [
        ".section .litmus.7.0,\"ax\",%progbits",
        ".balign 4",
        ".Ltest7_thread0_label0:",
        ".Ltest7_thread0_label1:",
        "LDR W0,[X1]",
        "CBZ W0,.Ltest7_thread0_label2",
        ".Ltest7_thread0_label2:",
        ".Ltest7_thread0_end:",
        "ldr x30, [sp, #8]",
        "br x30",
    ];
    assert_eq!(texts[..expected.len()], expected);
    let adr = lines.iter().find(|line| line.text.starts_with("ADR")).unwrap();
    assert_eq!(adr.text, "ADR X9,.Ltest7_thread1_label1");
    assert_eq!(adr.place.unwrap().to_string(), "16:31");
}

#[test]
fn the_layout_is_that_of_the_assembly() {
    let test = parsed(WHOLE);
    let instructions = |thread: usize| {
        let lines = write(&test, 0);
        let section = format!(".section .litmus.0.{thread},");
        let lines = lines.iter().skip_while(|line| !line.text.starts_with(&section)).skip(2);
        let lines = lines.take_while(|line| !line.text.starts_with(".section"));
        lines.filter(|line| !line.text.ends_with(':')).count()
    };
    for (number, thread) in test.threads.iter().enumerate() {
        assert_eq!(Layout::of(thread).size, 4 * instructions(number));
    }
    let thread = &test.threads[1];
    let layout = Layout::of(thread);
    assert_eq!((layout.end, layout.handler), (8, Some(16)));
    assert_eq!((layout.label(thread, 0), layout.label(thread, 1)), (Some(4), Some(8)));
    assert_eq!((layout.label_at(thread, 4), layout.label_at(thread, 0)), (Some(0), None));
    let in_handler = parsed("AArch64 A\n{}\nP0 | P0.F ;\nNOP | NOP ;\n | L: ;\n | B L ;\n");
    let thread = &in_handler.threads[0];
    // One instruction, two of the end, four of the entry, one of the handler.
    assert_eq!(Layout::of(thread).label(thread, 0), Some(4 * (1 + 2 + 4 + 1)));
    // A branch back has a YIELD before it, and a label there stands before the YIELD.
    let waits = parsed(
        "AArch64 A\n{}\nP0 ;\nL0: LDR W0,[X1] ;\nL1: CBZ W0,L0 ;\nL2: B.EQ L3 ;\nL3: NOP ;\nB L3 ;\nL4: ;\n",
    );
    let thread = &waits.threads[0];
    let layout = Layout::of(thread);
    let places: Vec<_> = (0..5).map(|label| layout.label(thread, label).unwrap() / 4).collect();
    assert_eq!((places, layout.end / 4), (vec![0, 1, 3, 4, 7], 7));
    let texts: Vec<String> = write(&waits, 0).into_iter().map(|line| line.text).collect();
    assert_eq!(texts.iter().filter(|text| *text == "yield").count(), 2);
    assert_eq!(4 * texts[2..].iter().filter(|text| !text.ends_with(':')).count(), layout.size);
    let at_el0 = parsed("AArch64 A\nEL0=P0\n{}\nP0 ;\nNOP ;\n");
    assert_eq!(Layout::of(&at_el0.threads[0]).size, 8);
}
