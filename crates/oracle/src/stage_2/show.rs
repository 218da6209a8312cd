//! How predictions and observations of both stages read in a log.

use super::{NestedOutcome, NestedQuery, Stage2Abort, Stage2Effect, Stage2Page};
use crate::{Alternative, Seen, Update};
use afdbm::descriptor::Difference;
use core::fmt;

impl fmt::Display for Stage2Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(level) => write!(formatter, "table of level {level}"),
            Self::Data => formatter.write_str("data"),
        }
    }
}

impl fmt::Display for Alternative<Stage2Effect> {
    /// Shows what stage 1 does, who takes an abort, and each page that stage 2 may mark.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.of_stage_1())?;
        match self.stage_2.abort {
            None => {}
            Some(Stage2Abort::At(page)) => write!(formatter, "; at EL2, HPFAR_EL2 {page}")?,
            Some(Stage2Abort::Anywhere) => formatter.write_str("; at EL2")?,
        }
        for page in Stage2Page::ALL {
            let update = self.stage_2.updates[page];
            if update != Update::default() {
                write!(formatter, " | stage 2 of the {page}: {update}")?;
            }
        }
        Ok(())
    }
}

/// What was seen of a query of both stages, in the words of the prediction.
#[derive(Clone, Copy, Debug)]
pub struct NestedSeen<'a> {
    /// What was asked.
    pub query: &'a NestedQuery,
    /// What was seen.
    pub outcome: &'a NestedOutcome,
}

impl fmt::Display for NestedSeen<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { query, outcome } = self;
        write!(formatter, "{}", Seen { query: &query.stage_1, outcome: &outcome.stage_1 })?;
        if let Some(page) = outcome.stage_2.abort {
            write!(formatter, "; at EL2, HPFAR_EL2 {page}")?;
        }
        for page in Stage2Page::ALL {
            let (from, to) = (query.walks[page].path.leaf(), outcome.stage_2.leaves[page]);
            if from != to {
                write!(formatter, " | stage 2 of the {page}: {}", Difference { from, to })?;
            }
        }
        Ok(())
    }
}
