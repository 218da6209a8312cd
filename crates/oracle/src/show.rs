//! How predictions and observations read in a log.

use super::{
    Alternative, Bytes, BytesSet, Change, Ending, Event, LeafPlace, Outcome, Page, Par, Query, Update, Value,
};
use afdbm::descriptor::Difference;
use core::fmt;

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completes => write!(formatter, "completes"),
            Self::ReturnsData => write!(formatter, "returns what memory held"),
            Self::ReturnsAnything => write!(formatter, "returns anything"),
            Self::ReturnsStatus(passed) => write!(formatter, "returns status {}", u8::from(!passed)),
            Self::ReturnsAnyStatus => write!(formatter, "returns any status"),
            Self::ReportsOutput(output) => write!(formatter, "reports output {output}"),
            Self::ReportsFault(status) => write!(formatter, "reports {status}"),
            Self::ReportsStage2Fault { report, .. } => write!(formatter, "reports {report}"),
            Self::ReportsAnything => write!(formatter, "reports anything"),
            Self::Faults { syndrome, address, .. } => {
                write!(formatter, "takes {} at {address}", syndrome.value)?;
                match !syndrome.mask & 0xffff_ffff {
                    0 => Ok(()),
                    free => write!(formatter, " (syndrome bits {free:#x} may differ)"),
                }
            }
        }
    }
}

impl fmt::Display for Par {
    /// Shows `PAR_EL1 0x...`, and the fault with its stage.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PAR_EL1 {:#018x}", self.0)?;
        let Some(status) = self.status() else { return Ok(()) };
        write!(formatter, ": {status}")?;
        let has = |field| self.0 & field != 0;
        formatter.write_str(match (has(Self::STAGE_2), has(Self::ON_STAGE_1_WALK)) {
            (false, false) => "",
            (false, true) => ", PTW=1",
            (true, false) => " of stage 2",
            (true, true) => " of stage 2 on a walk of stage 1",
        })
    }
}

impl fmt::Display for Update {
    /// Shows `AF set, dirty either`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |change| match change {
            Change::Never => "kept",
            Change::May => "either",
            Change::Must => "set",
        };
        write!(formatter, "AF {}, dirty {}", word(self.accessed), word(self.dirtied))
    }
}

impl fmt::Display for BytesSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for bytes in [Bytes::Old, Bytes::New, Bytes::Mixed, Bytes::Foreign] {
            if self.contains(bytes) {
                write!(formatter, "{separator}{bytes}")?;
                separator = " or ";
            }
        }
        Ok(())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Old => "old",
            Self::New => "new",
            Self::Mixed => "mixed",
            Self::Foreign => "foreign",
        })
    }
}

impl fmt::Display for Alternative {
    /// Shows `completes; AF set, dirty set; data new`, and the second page after a stroke.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}; {}; data {}",
            self.ending,
            self.updates[LeafPlace::FIRST],
            self.bytes[Page::First]
        )?;
        if self.updates[LeafPlace::SECOND] != Update::default() || self.bytes[Page::Second] != BytesSet::OLD {
            write!(
                formatter,
                " | second page: {}; data {}",
                self.updates[LeafPlace::SECOND],
                self.bytes[Page::Second]
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => write!(formatter, "completed"),
            Self::Returned(Value::Held) => write!(formatter, "returned what memory held"),
            Self::Returned(Value::Other(value)) => {
                write!(formatter, "returned {value:#018x}, not what memory held")
            }
            Self::Status(status) => write!(formatter, "returned status {status}"),
            Self::Reported(par) => write!(formatter, "reported {par}"),
            Self::Faulted(fault) => write!(formatter, "took {fault}"),
        }
    }
}

/// What was seen of a query, in the words of the prediction.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What was asked.
    pub query: &'a Query,
    /// What was seen.
    pub outcome: &'a Outcome,
}

impl fmt::Display for Seen<'_> {
    /// Shows `completed; leaf 0x... (W·AF): +AF; data new`, and what changed elsewhere.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) =
            (self.query.paths[LeafPlace::FIRST].leaf(), self.outcome.leaves[LeafPlace::FIRST]);
        let difference = Difference { from: before, to: after };
        write!(
            formatter,
            "{}; leaf {after}: {difference}; data {}",
            self.outcome.event,
            self.outcome.bytes[Page::First]
        )?;
        if self.outcome.exceptions > 1 {
            write!(formatter, "; {} exceptions", self.outcome.exceptions)?;
        }
        let (before, after) =
            (self.query.paths[LeafPlace::SECOND].leaf(), self.outcome.leaves[LeafPlace::SECOND]);
        if self.query.access.kind.is_crossing() || before != after {
            let difference = Difference { from: before, to: after };
            write!(
                formatter,
                " | second page: leaf {after}: {difference}; data {}",
                self.outcome.bytes[Page::Second]
            )?;
        }
        for (changed, what) in [
            (self.outcome.siblings.changed, "siblings of the group"),
            (self.outcome.tables_changed, "Table descriptors"),
            (self.outcome.neighbours_changed, "neighbours"),
        ] {
            if changed != 0 {
                write!(formatter, "; {what} changed in bits {changed:#018x}")?;
            }
        }
        Ok(())
    }
}
