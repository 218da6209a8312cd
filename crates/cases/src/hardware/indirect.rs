//! Indirect permissions of the machine: PIR_EL1 and PIRE0_EL1 (Arm ARM D8.4.1.3).

use super::Defect;
use super::rights::Rights;
use super::run::{Run, Want};
use oracle::PermissionScheme;

const NOTHING: Rights = Rights { read: false, write: false, execute: false };

/// The letters of each field; `-` grants nothing and `?` is reserved. `W` alone in the place of `X` takes execution away.
const FIELDS: [&str; 16] =
    ["-", "r", "x", "rx", "?", "rw", "rwW", "rwx", "r", "r", "rx", "?", "rw", "?", "rwx", "?"];

impl Run<'_> {
    /// What the index of the leaf selects.
    pub(super) fn indirect(&self, leaf: u64, tables: u64, want: Want) -> Rights {
        let PermissionScheme::Indirect { privileged, unprivileged } = self.controls().permissions else {
            return NOTHING;
        };
        let bit = |place: u32, digit: u32| (leaf >> place & 1) << digit;
        let mut index = bit(54, 3) | bit(53, 2) | bit(51, 1) | bit(6, 0);
        if self.is(Defect::IndexWithoutModifier) {
            index &= !0b10;
        }
        if self.is(Defect::IndexReversed) {
            index = bit(54, 0) | bit(53, 1) | bit(51, 2) | bit(6, 3);
        }
        let field = |register: u64| FIELDS[usize::try_from(register >> (4 * index) & 0xf).unwrap_or(0)];
        let users = if self.is(Defect::IndirectUserByPir) { field(privileged) } else { field(unprivileged) };
        let (all, user) = (self.letters(field(privileged)), self.letters(users));
        if user.write && all.execute && !self.is(Defect::IndirectUserWritableExecutes) {
            return NOTHING;
        }
        let mut rights = if want.user { user } else { all };
        let reserved = users == "?";
        let executes = user.execute && !self.is(Defect::IndirectPanNotEnhanced);
        if self.has_pan(want) && (user.read || user.write || executes || reserved) {
            (rights.read, rights.write) = (false, false);
        }
        let own = if want.user { users } else { field(privileged) };
        rights.execute &= own != "rwW" || self.is(Defect::IndirectWriteExecutes);
        let wxn = self.is(Defect::IndirectObeysWxn) && self.controls().write_execute_never;
        rights.execute &= !(wxn && rights.write);
        let tables = if self.is(Defect::IndirectObeysTables) { tables } else { 0 };
        rights.write &= tables >> 62 & 1 == 0;
        if want.user && tables >> 61 & 1 != 0 {
            (rights.read, rights.write) = (false, false);
        }
        rights.execute &= tables >> (if want.user { 60 } else { 59 }) & 1 == 0;
        rights
    }

    fn letters(&self, letters: &str) -> Rights {
        let reserved = letters == "?" && self.is(Defect::ReservedGrants);
        let has = |letter| letters.contains(letter);
        Rights { read: has('r') || reserved, write: has('w'), execute: has('x') || has('W') }
    }
}
