//! One TLBI with what it is to invalidate, from which its operand follows.

use super::{Form, Instruction, Operand, RangeSize};
use crate::address::{Asid, VirtualAddress};
use crate::geometry::{Geometry, Level};

/// A TLBI and what is to be invalidated by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// The instruction.
    pub instruction: Instruction,
    /// The shape of the tables.
    pub geometry: Geometry,
    /// The address, or the first one of a range.
    pub address: VirtualAddress,
    /// How far a range reaches.
    pub size: RangeSize,
    /// The address space, where the instruction takes one.
    pub asid: Asid,
    /// The level of the leaf, for a PE with FEAT_TTL.
    pub leaf: Option<Level>,
}

impl Request {
    /// Returns what stands in the register, or `None` where the range would be UNPREDICTABLE ([`Operand::of_range`]).
    #[must_use]
    pub const fn operand(&self) -> Option<Operand> {
        let Self { instruction, geometry, address, size, leaf, .. } = *self;
        let asid = if instruction.is_for_every_asid() { Asid(0) } else { self.asid };
        match instruction.form() {
            Form::None => Some(Operand(0)),
            Form::Asid => Some(Operand::of_asid(asid)),
            Form::Address => Some(Operand::of_address(geometry, address, asid, leaf)),
            Form::Range => Operand::of_range(geometry, address, size, asid, leaf),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asid, Geometry, Instruction, Level, Operand, RangeSize, Request, VirtualAddress};

    #[test]
    fn an_operand_has_what_the_instruction_takes() {
        let operand = |name| {
            let request = Request {
                instruction: Instruction::by_name(name).expect("an instruction"),
                geometry: Geometry::SIZE_4K,
                address: VirtualAddress(0x5000),
                size: RangeSize::SHORTEST,
                asid: Asid(3),
                leaf: Some(Level::L3),
            };
            request.operand()
        };
        assert_eq!(operand("VMALLE1"), Some(Operand(0)));
        assert_eq!(operand("ASIDE1IS"), Some(Operand(0x0003_0000_0000_0000)));
        assert_eq!(operand("VALE1OS"), Some(Operand(0x0003_7000_0000_0005)));
        assert_eq!(operand("VAAE1"), Some(Operand(0x0000_7000_0000_0005)));
        assert_eq!(operand("RVAE1"), Some(Operand(0x0003_4060_0000_0005)));
        assert_eq!(operand("RVAALE1"), Some(Operand(0x0000_4060_0000_0005)));
    }
}
