//! How a descriptor reads in a log: the flags that this project is about, by name.

use super::Descriptor;
use crate::stage::Stage;
use core::fmt;

/// Named bits in the order in which the log lists them: the state first (`W·D·AF·RO`), then the rest.
const NAMES: [(u64, &str); 9] = [
    (Descriptor::DBM, "W"),
    (Descriptor::SOFTWARE_DIRTY, "D"),
    (Descriptor::AF, "AF"),
    (Stage::One.dirty_bit().mask(), "RO"),
    (Descriptor::AP1, "user"),
    (Descriptor::NG, "nG"),
    (Descriptor::CONTIGUOUS, "contiguous"),
    (Descriptor::PXN, "PXN"),
    (Descriptor::UXN, "UXN"),
];

fn write_names(formatter: &mut fmt::Formatter<'_>, bits: u64) -> fmt::Result {
    let mut rest = bits;
    let mut separator = "";
    for (mask, name) in NAMES {
        if bits & mask != 0 {
            write!(formatter, "{separator}{name}")?;
            separator = "·";
            rest &= !mask;
        }
    }
    while rest != 0 {
        let bit = rest.trailing_zeros();
        match bit {
            0 => write!(formatter, "{separator}valid")?,
            _ => write!(formatter, "{separator}bit{bit}")?,
        }
        separator = "·";
        rest &= rest - 1;
    }
    if separator.is_empty() { write!(formatter, "none") } else { Ok(()) }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Shows the raw word and its named flags: `0x0008000044001443 (W·AF·user)`; `invalid` where bit 0 is clear.
impl fmt::Display for Descriptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().fold(0, |mask, (bit, _)| mask | bit);
        let valid = if self.is_valid() { "" } else { "invalid " };
        write!(formatter, "{:#018x} ({valid}", self.0)?;
        write_names(formatter, self.0 & named)?;
        write!(formatter, ")")
    }
}

/// The bits in which two descriptors differ, shown as `+AF -RO`, or `equal`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The earlier, or the expected, descriptor.
    pub from: Descriptor,
    /// The later, or the observed, descriptor.
    pub to: Descriptor,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.to.0 & !self.from.0;
        let cleared = self.from.0 & !self.to.0;
        match (set, cleared) {
            (0, 0) => write!(formatter, "equal"),
            (_, 0) => {
                write!(formatter, "+")?;
                write_names(formatter, set)
            }
            (0, _) => {
                write!(formatter, "-")?;
                write_names(formatter, cleared)
            }
            (_, _) => {
                write!(formatter, "+")?;
                write_names(formatter, set)?;
                write!(formatter, " -")?;
                write_names(formatter, cleared)
            }
        }
    }
}
