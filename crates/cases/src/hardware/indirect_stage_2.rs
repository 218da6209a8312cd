//! Indirect permissions of the machine's stage 2: S2PIR_EL2 (Arm ARM D8.4.2.2).

use super::Defect;
use super::rights::Rights;
use super::run::Run;
use super::stage_2::Wish;

/// The letters of each field: `m` lets walks of stage 1 write and nobody else, `p` and `u` execute at EL1 and at EL0; `?` is
/// reserved.
const FIELDS: [&str; 16] =
    ["", "?", "rm", "rm", "w", "?", "rm", "rm", "r", "ru", "rp", "rpu", "rw", "rwu", "rwp", "rwpu"];

impl Run<'_> {
    /// What the index of a leaf grants.
    pub(super) fn indirect_of_stage_2(&self, register: u64, leaf: u64, wish: Wish) -> Rights {
        let bit = |place: u32, digit: u32| (leaf >> place & 1) << digit;
        let index = match self.hardware.defect {
            Some(Defect::Stage2IndexReversed) => bit(54, 0) | bit(53, 1) | bit(51, 2) | bit(6, 3),
            Some(Defect::Stage2IndexWithoutModifier) => bit(54, 3) | bit(53, 2) | bit(6, 0),
            _ => bit(54, 3) | bit(53, 2) | bit(51, 1) | bit(6, 0),
        };
        let field = FIELDS[usize::try_from(register >> (4 * index) & 0xf).unwrap_or(0)];
        let mostly = field.contains('m');
        let update = mostly
            && match wish.walk {
                true => !self.is(Defect::MostlyReadOnlyIsReadOnly),
                false => self.is(Defect::MostlyReadOnlyIsWritten),
            };
        let reserved = field == "?" && self.is(Defect::Stage2ReservedGrants);
        let write_only = field == "w" && self.is(Defect::Stage2WriteOnlyIsRead);
        let executes = match wish.execute {
            None => false,
            Some(true) => field.contains('u'),
            Some(false) => field.contains('p'),
        };
        let executes = executes || wish.execute.is_some() && self.is(Defect::Stage2IndirectExecutesAll);
        Rights {
            read: field.contains('r') || reserved || write_only,
            write: field.contains('w') && !(field == "w" && wish.walk) || update || reserved,
            execute: executes,
        }
    }
}
