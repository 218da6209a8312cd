//! Every access with its encoding and the rows that its cases show: `docs/accesses.md`.

use super::Class;
use core::fmt;
use oracle::{AccessKind, Compare, Family, Reason, Requirement};

/// A table of all accesses, as Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Accesses;

impl fmt::Display for Accesses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| access | encoding | asked by | needs | rows |\n|---|---|---|---|---|")?;
        for kind in AccessKind::ALL {
            write!(formatter, "| `{}` | ", kind.name())?;
            match kind.code() {
                0 => write!(formatter, "its stub | product")?,
                code if kind.translates_by_both_stages() => write!(formatter, "`{code:#010x}` | stages")?,
                code => write!(formatter, "`{code:#010x}` | accesses/{}", Class::of(kind).slug())?,
            }
            writeln!(formatter, " | {} | {} |", needs(kind.requires()), rows(kind))?;
        }
        Ok(())
    }
}

/// What a PE must have.
const fn needs(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Nothing => "",
        Requirement::Atomics => "FEAT_LSE",
        Requirement::Pan2 => "FEAT_PAN2",
        Requirement::Zeroing => "DCZID_EL0.DZP=0",
        Requirement::Tags => "FEAT_MTE2, DCZID_EL0.DZP=0",
        Requirement::ReadCheckWrite => "FEAT_THE",
        Requirement::Atomics128 => "FEAT_LSE128",
        Requirement::LimitedOrdering => "FEAT_LOR",
        Requirement::AcquirePc => "FEAT_LRCPC",
        Requirement::AcquirePc2 => "FEAT_LRCPC2",
        Requirement::AcquirePc3 => "FEAT_LRCPC3",
        Requirement::TagInstructions => "FEAT_MTE2",
        Requirement::Persistence => "FEAT_DPB",
        Requirement::DeepPersistence => "FEAT_DPB2",
        Requirement::TranslateAny => "FEAT_ATS1A",
        Requirement::ScalableVectors => "FEAT_SVE",
        Requirement::MemoryOperations => "FEAT_MOPS",
        Requirement::Hypervisor => "EL2",
    }
}

/// The rows of the case table that say what the access does to the Access flag and to the dirty state.
const fn rows(kind: AccessKind) -> &'static str {
    match kind.family() {
        Family::Read if kind.is_exclusive_or_atomic() => "B07, D06",
        Family::Read if kind.is_unprivileged() => "B09, D06",
        Family::Read if kind.is_crossing() => "B42, B43",
        Family::Read => "B01, B07, D06",
        Family::Write if kind.is_failing_exclusive() => "B11, D19, D20",
        Family::Write if kind.is_passing_exclusive() => "B08, D18",
        Family::Write if kind.is_block() => "B12, D22",
        Family::Write if kind.writes_tags_only() => "D45",
        Family::Write if kind.is_unprivileged() => "B09, D11",
        Family::Write if kind.is_crossing() => "B43, D33, D34, D35",
        Family::Write => "B03, B04, D01, D02",
        Family::Atomic => match (kind.compare(), kind.requires()) {
            (Compare::Fails, Requirement::ReadCheckWrite) => "D21",
            (Compare::Fails, _) => "B10, D16, D17",
            _ => "B08, B22, D15",
        },
        Family::Fetch => "B06, B23, B32",
        Family::DataMaintenance if kind.invalidates() => "D23, D24",
        Family::DataMaintenance | Family::InstructionMaintenance => "B38, B39, D26",
        Family::Optional(reason) => match reason {
            Reason::Hint => "B37, D27",
            Reason::NonFaulting => "B45, D06",
            Reason::Inactive => "B44",
        },
        Family::Translation if kind.translates_by_both_stages() => "H19, H20",
        Family::Translation if kind.is_for_write() => "B40, D28, D29",
        Family::Translation => "B40, B41, D31",
    }
}
