//! The host's machine with each granule and format.

use crate::geometries::{OneStage, Placement, Shape};
use crate::hardware::{Format, Hardware, alone};
use crate::space::{Implemented, Machine};
use afdbm::address::{PhysicalAddress, VirtualAddress};
use oracle::{Features, Outcome, Query};

/// The bits of the address: those of no two levels are alike.
const ADDRESS: u64 = 0x5a5c_93c6_d2e5_4740;
/// The memory of the case: aligned to the largest Block and group.
const MEMORY: u64 = 1 << 42;
const TABLES: u64 = 0x4000_0000;

impl Machine<OneStage> for Hardware {
    fn features(&self) -> Features {
        self.features
    }

    fn implemented(&self) -> Implemented {
        // 52 bits of physical address and of input, every granule, FEAT_LPA2; FEAT_HAFT and FEAT_S1PIE.
        Implemented { mmfr0: 6 | 1 << 28 | 2 << 20, mmfr1: 3, mmfr2: 1 << 16, mmfr3: 0x101 }
    }

    fn place(&mut self, shape: Shape) -> Option<Placement> {
        let implemented = Machine::<OneStage>::implemented(self);
        let tables = shape.place.tables;
        let format = Format::of(tables.geometry(&implemented, tables.usual_output_bits()));
        let top = 1 << (format.input - 1);
        let address = ADDRESS & (top - 1) | top;
        let number = shape.place.level.number();
        let size = 1 << format.shift(number);
        let group = if shape.contiguous { format.group(number) * size } else { size };
        let output = MEMORY | address & (group - 1) & !(size - 1);
        Some(Placement {
            address: VirtualAddress(address),
            output: PhysicalAddress(output),
            is_narrow: true,
            tables: [0, 1, 2, 3].map(|table| PhysicalAddress(TABLES + (table << 20))),
        })
    }

    fn run(&mut self, _shape: Shape, query: &Query) -> Outcome {
        alone::run(self, query)
    }
}
