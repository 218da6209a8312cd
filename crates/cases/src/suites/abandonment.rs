//! Cases that an exception ends in the worst places, and what the next case finds then. All but the last are errors.

use crate::{Case, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "abandonment",
    about: "cases that an exception ends in the worst places; the last one tells what they left",
    hidden: true,
    cases: &[
        Case::function(
            "leaves-controls",
            "an exception ends a case with every control set and a probe armed",
        ),
        Case::function(
            "leaves-controls-of-cpu-1",
            "an exception ends work on CPU 1 with every control set and a probe armed",
        ),
        Case::function(
            "leaves-no-memory",
            "an exception ends a case that has taken all frames and most of the heap",
        ),
        Case::function(
            "leaves-tables-half-made",
            "the stack ends while a case makes the tables of the product",
        ),
        Case::function("leaves-cpu-0-waiting", "an exception ends work on CPU 1, for which CPU 0 waits"),
        Case::function("leaves-cpu-1-waiting", "an exception ends work on CPU 0, for which CPU 1 waits"),
        Case::function(
            "finds-a-fresh-kernel",
            "a case after abandoned ones finds the kernel as it was after boot",
        ),
    ],
};
