//! How the conditions of a finding read in a log.

use super::{
    Condition, Region, SecondPage, ValueSet,
    dimension::{CONDITIONS, Labels},
};
use core::fmt;
use oracle::{AccessKind, Family};

/// A region as it reads among the combinations of another: what all of those have in common goes without saying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conditions {
    pub(super) region: Region,
    pub(super) scope: Region,
}

impl Condition {
    /// Every condition, in the order in which a finding lists them: the access first.
    pub const ALL: &'static [Self] = &READING;
}

const READING: [Condition; CONDITIONS] = [
    Condition::Kind,
    Condition::ExceptionLevel,
    Condition::HardwareAccessFlag,
    Condition::HardwareDirtyState,
    Condition::Circumstance,
    Condition::Hierarchy,
    Condition::WriteExecuteNever,
    Condition::PrivilegedAccessNever,
    Condition::Valid,
    Condition::AccessFlag,
    Condition::User,
    Condition::ReadOnly,
    Condition::DirtyBitModifier,
    Condition::UserExecuteNever,
    Condition::PrivilegedExecuteNever,
    Condition::Contiguous,
    Condition::TableReadOnly,
    Condition::TableNoUser,
    Condition::TableUserExecuteNever,
    Condition::TablePrivilegedExecuteNever,
    Condition::TablePlace,
    Condition::Level,
    Condition::Tlb,
    Condition::Second,
];

const _: () = assert!(is_permutation(&READING), "a condition is missing");

/// Tells whether each condition is there once.
pub(super) const fn is_permutation(order: &[Condition; CONDITIONS]) -> bool {
    let mut seen = [false; CONDITIONS];
    let mut place = 0;
    while place < CONDITIONS {
        if seen[order[place] as usize] {
            return false;
        }
        seen[order[place] as usize] = true;
        place += 1;
    }
    true
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
pub(super) fn named_kinds() -> impl Iterator<Item = (&'static str, ValueSet)> {
    let groups = GROUPS.iter().map(|(name, families)| {
        let members = AccessKind::PRODUCT.iter().filter(|kind| families.contains(&kind.family()));
        (*name, members.fold(0, |mask, kind| mask | one(*kind)))
    });
    groups.chain(AccessKind::PRODUCT.iter().map(|kind| (kind.name(), one(*kind))))
}

const fn one(kind: AccessKind) -> ValueSet {
    1 << kind as u16
}

/// Shows the values of a condition, each as `show` does.
pub(super) fn show_values(
    formatter: &mut fmt::Formatter<'_>,
    (condition, values): (Condition, ValueSet),
    separator: &str,
    show: fn(&mut fmt::Formatter<'_>, &dyn fmt::Display) -> fmt::Result,
) -> fmt::Result {
    let mut between = "";
    let mut next = |formatter: &mut fmt::Formatter<'_>, value: &dyn fmt::Display| {
        formatter.write_str(core::mem::replace(&mut between, separator))?;
        show(formatter, value)
    };
    if let Labels::Kinds = condition.labels() {
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

/// A value of a condition.
pub(super) struct Value(pub(super) Condition, pub(super) u8);

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(condition, value) = *self;
        match condition.labels() {
            Labels::Words(words) => formatter.write_str(words[usize::from(value)]),
            Labels::From(first) => write!(formatter, "{}", first + value),
            Labels::Suffix => write!(formatter, "{value}"),
            Labels::SecondPages => {
                write!(formatter, "{}", afdbm::descriptor::Descriptor(SecondPage(value).bits()))
            }
            Labels::Kinds => formatter.write_str(AccessKind::PRODUCT[usize::from(value)].name()),
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
            formatter.write_str(match condition.labels() {
                Labels::Suffix => "",
                Labels::From(_) if condition.count() == 2 => "=",
                _ => " = ",
            })?;
            let values = (condition, self.region.values(condition));
            show_values(formatter, values, " or ", |formatter, value| write!(formatter, "{value}"))?;
        }
        if separator.is_empty() { formatter.write_str("always") } else { Ok(()) }
    }
}
