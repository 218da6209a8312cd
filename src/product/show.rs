//! How the conditions of a finding read in a log.

use super::{Circumstance, Condition, Region, SecondPage};
use crate::oracle::{AccessKind, Family};
use core::fmt;

/// A region as it reads among the combinations of another: what all of those have in common goes without saying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conditions {
    pub(super) region: Region,
    pub(super) scope: Region,
}

/// A set of kinds that has a name of its own.
const GROUPS: [(&str, &[Family]); 6] = [
    ("any read or write", &[Family::Read, Family::Write, Family::Atomic]),
    ("any write", &[Family::Write, Family::Atomic]),
    ("any read", &[Family::Read]),
    ("any atomic", &[Family::Atomic]),
    ("any AT", &[Family::Translation]),
    ("any DC", &[Family::DataMaintenance]),
];

fn show_kinds(formatter: &mut fmt::Formatter<'_>, values: u32) -> fmt::Result {
    let mut rest = values;
    let mut separator = "";
    for (name, families) in GROUPS {
        let members = AccessKind::ALL
            .iter()
            .filter(|kind| families.contains(&kind.family()))
            .fold(0, |mask, kind| mask | 1_u32 << *kind as u8);
        if rest & members == members {
            write!(formatter, "{separator}{name}")?;
            separator = " or ";
            rest &= !members;
        }
    }
    for kind in AccessKind::ALL {
        if rest >> kind as u8 & 1 != 0 {
            write!(formatter, "{separator}{}", kind.name())?;
            separator = " or ";
        }
    }
    Ok(())
}

fn show_value(formatter: &mut fmt::Formatter<'_>, condition: Condition, value: u8) -> fmt::Result {
    match condition {
        Condition::ExceptionLevel => write!(formatter, "EL{value}"),
        Condition::Circumstance => write!(formatter, "{}", Circumstance::ALL[usize::from(value)]),
        Condition::Level => write!(formatter, "{}", value + 1),
        Condition::Tlb => formatter.write_str(["cold", "after a load", "after a store"][usize::from(value)]),
        Condition::TablePlace => {
            formatter.write_str(["APTable[1] in the first", "APTable[1] in the last"][usize::from(value)])
        }
        Condition::Second => {
            write!(formatter, "{}", crate::descriptor::Descriptor(SecondPage(value).bits()))
        }
        _ => write!(formatter, "{value}"),
    }
}

impl fmt::Display for Conditions {
    /// Shows the conditions that say something: `access = any write, EL1, HD=1, level = 2 or 3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for &condition in Condition::ALL {
            if self.region.is_free(condition, &self.scope) {
                continue;
            }
            formatter.write_str(separator)?;
            separator = ", ";
            let values = self.region.values(condition);
            match condition {
                Condition::ExceptionLevel => {}
                Condition::Kind => {
                    write!(formatter, "access = ")?;
                    show_kinds(formatter, values)?;
                    continue;
                }
                _ if condition.count() == 2 && condition != Condition::TablePlace => {
                    write!(formatter, "{}=", condition.label())?;
                }
                _ => write!(formatter, "{} = ", condition.label())?,
            }
            let mut between = "";
            for value in (0..condition.count()).filter(|value| values >> value & 1 != 0) {
                formatter.write_str(between)?;
                between = " or ";
                show_value(formatter, condition, value)?;
            }
        }
        if separator.is_empty() { formatter.write_str("always") } else { Ok(()) }
    }
}
