//! The walk through the tables of a stage, to the descriptor that ends it.

use super::run::{Abort, Run};
use super::stage_2::Wish;
use super::{Defect, Format, Liberty};
use afdbm::descriptor::Descriptor;
use afdbm::fault::FaultStatus;
use afdbm::geometry::Level;
use afdbm::stage::Stage;

/// The descriptor that ends a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) level: i8,
    /// Where it is, as an address of the walk: at stage 1 an intermediate physical one.
    pub(super) cell: u64,
    /// Where it is in memory.
    pub(super) place: u64,
    pub(super) descriptor: u64,
    /// The bits of all tables on the way.
    pub(super) tables: u64,
}

/// The level as the syndrome has it.
pub(super) fn level(number: i8) -> Level {
    Level::from_number(number).expect("a level of a walk")
}

impl Run<'_> {
    /// Walks to the descriptor that is no table.
    pub(super) fn descend(&mut self, stage: Stage, address: u64) -> Result<Last, Abort> {
        let format = self.format(stage);
        let mut base = if stage == Stage::One { self.root } else { self.stage_2_root };
        let mut number = format.start + i8::from(self.is_at(stage, Defect::StartsLevelLate));
        let mut tables = 0;
        let mut old = [0; 5];
        let mut count = 0;
        loop {
            let cell = self.cell(stage, &format, number, base, address);
            let place = match stage {
                Stage::One => self.stage_2(cell, Wish::WALK)?,
                Stage::Two => cell,
            };
            let descriptor = self.memory.read(place);
            if number == 3 || descriptor & 0b11 != 0b11 {
                if self.is_leaf(&format, number, descriptor) || self.takes(Liberty::TableFlagBesideFault) {
                    self.flag_tables(&old[..count]);
                }
                return Ok(Last { level: number, cell, place, descriptor, tables });
            }
            let next = format.address(descriptor);
            if next >> format.output != 0 && !self.is_at(stage, Defect::TableSizeUnchecked) {
                if self.is(Defect::FaultyTableMarked) && self.manages_tables() {
                    self.memory.write(place, descriptor | Descriptor::AF);
                }
                return Err(Abort::new(FaultStatus::AddressSize(level(number))));
            }
            let flagged = descriptor & Descriptor::AF != 0 || self.controls().hardware_access_flag;
            if stage == Stage::One && self.is(Defect::TableFlagFaults) && !flagged {
                return Err(Abort::new(FaultStatus::AccessFlag(level(number))));
            }
            if stage == Stage::One && self.manages_tables() {
                (old[count], count) = (place, count + 1);
            }
            if stage == Stage::Two && self.is(Defect::Stage2TableMarked) {
                self.memory.write(place, descriptor | Descriptor::AF);
            }
            tables |= descriptor;
            base = next;
            number += 1;
        }
    }

    /// The address of an entry.
    fn cell(&self, stage: Stage, format: &Format, number: i8, base: u64, address: u64) -> u64 {
        let first = number == format.start;
        let mut format = *format;
        if self.is_at(stage, Defect::ConcatenationIgnored) && first {
            format.start = -1;
        }
        if self.is_at(stage, Defect::IndexBitLost) && first {
            format.input -= 1;
        }
        let address = match self.is_at(stage, Defect::IndexOf4K) && number == 3 {
            true => address << (format.page - 12),
            false => address,
        };
        format.cell(number, base, address)
    }

    /// Tells whether a descriptor is a leaf.
    pub(super) fn is_leaf(&self, format: &Format, number: i8, descriptor: u64) -> bool {
        match descriptor & 0b11 {
            0b11 => number == 3,
            0b01 if number < 3 => format.has_block(number),
            _ => false,
        }
    }
}
