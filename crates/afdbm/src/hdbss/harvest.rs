//! Reading the structure.

use crate::geometry::Geometry;
use crate::hdbss::{Dirtied, Entry, EntryError, Producer, WriteFault};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a harvest found out.
#[must_use = "it tells whether something was lost"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Harvest {
    /// The valid entries that were told.
    pub entries: usize,
    /// The structure was full: since then each write to a clean page took a Permission fault with ISS2.HDBSSF, and the
    /// handler that granted it has the page (Arm ARM R_STJMN, R_YHLRY). Nothing is lost by that.
    pub full: bool,
    /// Entries were lost by a fault of a write to the structure.
    pub fault: Option<WriteFault>,
    /// The first valid entry that makes no sense.
    pub malformed: Option<EntryError>,
}

impl Harvest {
    /// Tells whether every page that hardware made dirty was told. If not, the descriptors alone know: make each clean.
    #[inline]
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.fault.is_none() && self.malformed.is_none()
    }
}

/// Tells `mark` of each valid entry of a structure that `producer` says is written; of one whose guest does not run.
///
/// Entries from the index on are not read: the PE may have made them zero (Arm ARM R_HKCCN), and they may be older. Afterwards
/// write [`Producer::EMPTY`] to HDBSSPROD_EL2.
///
/// * **What may run**: nothing that writes to this structure: its PE is out of the guest's context, and has completed a DSB
///   (Arm ARM R_TCJKB, R_CGCHP). Other PEs have structures of their own.
/// * **What it keeps**: an update of a descriptor that is seen has its entry told, unless [`Harvest::is_complete`] says
///   otherwise. The reverse does not hold.
pub fn harvest(
    structure: &[AtomicU64],
    producer: Producer,
    geometry: Geometry,
    mut mark: impl FnMut(Dirtied),
) -> Harvest {
    let full = producer.index() >= structure.len();
    let mut found = Harvest { entries: 0, full, fault: producer.fault(), malformed: None };
    for entry in structure.iter().take(producer.index()) {
        match Entry(entry.load(Relaxed)).decode(geometry) {
            Ok(Some(dirtied)) => {
                found.entries += 1;
                mark(dirtied);
            }
            Ok(None) => {}
            Err(error) => found.malformed = found.malformed.or(Some(error)),
        }
    }
    found
}
