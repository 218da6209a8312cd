//! Where a leaf stands: a setting of the tables, and a level of it.

use super::Tables;
use afdbm::geometry::Level;

/// A setting of the tables with a level that has leaves there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The setting.
    pub tables: Tables,
    /// The level of the leaf.
    pub level: Level,
}

/// Goes through the places, and fills in as many as there is room for; returns how many there are, too.
const fn places<const ROOM: usize>(mut filled: [Place; ROOM]) -> ([Place; ROOM], usize) {
    let (mut count, mut setting) = (0, 0);
    while setting < Tables::ALL.len() {
        let tables = Tables::ALL[setting];
        let geometry = tables.widest();
        let mut at = geometry.start_level().position();
        while at < Level::ALL.len() {
            let level = Level::ALL[at];
            if geometry.has_leaf(level) {
                if count < ROOM {
                    filled[count] = Place { tables, level };
                }
                count += 1;
            }
            at += 1;
        }
        setting += 1;
    }
    (filled, count)
}

const COUNT: usize = places([]).1;

impl Place {
    /// Every place: setting by setting, the widest level first.
    pub const ALL: [Self; COUNT] = places([Self { tables: Tables::ALL[0], level: Level::L3 }; COUNT]).0;

    /// Tells whether a leaf here can be one of a contiguous group: the level has such groups, and the table one of them whole.
    #[must_use]
    pub const fn has_group(self) -> bool {
        let geometry = self.tables.widest();
        match geometry.contiguous_entries(self.level) {
            Some(entries) => geometry.size(self.level) * entries as u64 <= 1 << self.tables.input_bits,
            None => false,
        }
    }
}
