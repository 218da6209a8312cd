//! Defects on purpose: each case breaks the kernel in one way, to see it noticed. None of them passes.

use crate::{Case, Suite};
use core::time::Duration;

const SHORT: Duration = Duration::from_millis(500);

pub(super) const SUITE: Suite = Suite {
    name: "self-check",
    about: "defects on purpose, to see them noticed; every case fails",
    hidden: true,
    cases: &[
        Case::function("panics", "a panic on CPU 0 is an error of the case, and the run goes on"),
        Case::function(
            "panics-on-another-cpu",
            "a panic on CPU 1 is an error of the case, and the run goes on",
        ),
        Case::function("cpu-1-manages-nothing", "a CPU 1 that sets no Access flag is named by a failure"),
        Case::function(
            "panics-in-a-panic",
            "a panic while a panic is told ends the run with the place of both",
        ),
        Case::function(
            "faults-in-a-panic",
            "a fault while a panic is told ends the run with the places of both",
        ),
        Case::function(
            "faults-in-kernel",
            "a load from nowhere on CPU 0 is an error of the case, and the run goes on",
        ),
        Case::function(
            "faults-on-another-cpu",
            "a load from nowhere on CPU 1 is an error of the case, and the run goes on",
        ),
        Case::function("faults-in-handler", "a second fault in an exception handler is noticed"),
        Case::function("faults-with-the-console", "a fault on CPU 0 under a lock ends the run"),
        Case::function("faults-with-a-lock-elsewhere", "a fault on CPU 1 under a lock ends the run"),
        Case::function("panics-with-the-console", "a panic under a lock ends the run"),
        Case::function("overflows-its-stack", "a stack that is used up is an error of the case"),
        Case::function("hangs-in-probe", "a probe at EL1 that never returns is ended").within(SHORT),
        Case::function("hangs-in-user-probe", "a probe at EL0 that never returns is ended").within(SHORT),
        Case::function("overruns-and-returns", "a case that takes too long and then returns is an error")
            .within(SHORT),
        Case::function("hangs-in-rust", "a hang on CPU 0 ends the run, which tells that CPU 0 is lost")
            .within(SHORT),
        Case::function(
            "hangs-with-interrupts-masked",
            "a hang on CPU 0 with interrupts masked ends the run, which CPU 1 tells",
        )
        .within(SHORT),
        Case::function(
            "hangs-on-another-cpu",
            "a hang on CPU 1 ends the run, which tells that CPU 1 is lost",
        )
        .within(SHORT),
    ],
};
