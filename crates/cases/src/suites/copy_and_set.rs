//! SET and CPY of bytes across pages, stopped by faults and gone on with, against the oracle.

use crate::{Case, Suite};

pub(super) const SUITE: Suite = Suite {
    name: "copy-and-set",
    about: "row D48: SET and CPY across pages, the state that a fault leaves, and how they go on",
    hidden: false,
    cases: &[
        Case::function(
            "d48-set-over-two-pages",
            "SET makes dirty what it writes, and goes on from where a page has stopped it",
        ),
        Case::function(
            "d48-copy-forward-over-two-pages",
            "CPYF makes dirty what it writes alone, and goes on from where a page has stopped it",
        ),
        Case::function(
            "d48-copy-over-two-pages",
            "CPY of buffers that overlap, or do not, loses no byte where a page has stopped it",
        ),
    ],
};
