//! How the conditions of a finding read in a log.

use super::{Circumstance, Condition, Region, SecondPage};
use core::fmt;
use oracle::{AccessKind, Family};

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

/// Returns the names that stand for kinds, each with the kinds: groups first.
pub(super) fn named_kinds() -> impl Iterator<Item = (&'static str, u32)> {
    let groups = GROUPS.iter().map(|(name, families)| {
        let members = AccessKind::ALL.iter().filter(|kind| families.contains(&kind.family()));
        (*name, members.fold(0, |mask, kind| mask | 1 << *kind as u8))
    });
    groups.chain(AccessKind::ALL.iter().map(|kind| (kind.name(), 1 << *kind as u8)))
}

/// Shows the values of a condition, each as `show` does.
pub(super) fn show_values(
    formatter: &mut fmt::Formatter<'_>,
    (condition, values): (Condition, u32),
    separator: &str,
    show: fn(&mut fmt::Formatter<'_>, &dyn fmt::Display) -> fmt::Result,
) -> fmt::Result {
    let mut between = "";
    let mut next = |formatter: &mut fmt::Formatter<'_>, value: &dyn fmt::Display| {
        formatter.write_str(core::mem::replace(&mut between, separator))?;
        show(formatter, value)
    };
    if condition == Condition::Kind {
        let mut rest = values;
        for (name, members) in named_kinds() {
            if rest & members == members {
                next(formatter, &name)?;
                rest &= !members;
            }
        }
        return Ok(());
    }
    for value in (0..condition.count()).filter(|value| values >> value & 1 != 0) {
        next(formatter, &Value(condition, value))?;
    }
    Ok(())
}

/// A value of a condition other than the kind of access.
pub(super) struct Value(pub(super) Condition, pub(super) u8);

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(condition, value) = *self;
        let place = usize::from(value);
        match condition {
            Condition::Circumstance => write!(formatter, "{}", Circumstance::ALL[place]),
            Condition::Level => write!(formatter, "{}", value + 1),
            Condition::Tlb => formatter.write_str(["cold", "after a load", "after a store"][place]),
            Condition::TablePlace => {
                formatter.write_str(["APTable[1] in the first", "APTable[1] in the last"][place])
            }
            Condition::Second => {
                write!(formatter, "{}", afdbm::descriptor::Descriptor(SecondPage(value).bits()))
            }
            _ => write!(formatter, "{value}"),
        }
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
            formatter.write_str(condition.label())?;
            match condition {
                Condition::ExceptionLevel => {}
                _ if condition.count() == 2 && condition != Condition::TablePlace => {
                    formatter.write_str("=")?;
                }
                _ => formatter.write_str(" = ")?,
            }
            let values = (condition, self.region.values(condition));
            show_values(formatter, values, " or ", |formatter, value| write!(formatter, "{value}"))?;
        }
        if separator.is_empty() { formatter.write_str("always") } else { Ok(()) }
    }
}
