//! How a row's terms read in the log.

use super::{Allowed, Change, Data, Ends, Shot, Update};
use core::fmt;

impl fmt::Display for Ends {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let access = |write: bool| if write { "write" } else { "read" };
        match *self {
            Self::Completes => write!(formatter, "completes"),
            Self::StatusFails => write!(formatter, "completes with status 1"),
            Self::AccessFlagFault { write } => write!(formatter, "Access flag fault, {}", access(write)),
            Self::PermissionFault { write } => write!(formatter, "Permission fault, {}", access(write)),
            Self::TranslationFault { write } => write!(formatter, "Translation fault, {}", access(write)),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |update: Update, must: &'static str, may: &'static str| match update {
            Update::Never => "",
            Update::Always => must,
            Update::Either => may,
        };
        match (part(self.access_flag, "+AF", "AF either"), part(self.dirty, "-RO", "RO either")) {
            ("", "") => write!(formatter, "unchanged"),
            (flag, "") => write!(formatter, "{flag}"),
            ("", dirty) => write!(formatter, "{dirty}"),
            (flag, dirty) => write!(formatter, "{flag} {dirty}"),
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Kept => "kept",
            Self::Stored => "stored",
            Self::Any => "either",
        })
    }
}

/// Shows an allowed outcome: `completes; descriptor +AF; data kept`.
impl fmt::Display for Allowed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ends, page, second, data } = self;
        write!(formatter, "{ends}; descriptor {page}")?;
        if *second != Change::NONE {
            write!(formatter, "; second page {second}")?;
        }
        write!(formatter, "; data {data}")
    }
}

/// Shows a shot in a few words: `LDADD at EL1, HA=0 HD=0`.
impl fmt::Display for Shot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { management, privileged_access_never, level, stub, matches, second, .. } = self;
        write!(formatter, "{stub} at {level}, {management}")?;
        if *privileged_access_never {
            write!(formatter, " PAN=1")?;
        }
        if !matches {
            write!(formatter, ", compare fails")?;
        }
        if second.is_some() {
            write!(formatter, ", across two pages")?;
        }
        Ok(())
    }
}
