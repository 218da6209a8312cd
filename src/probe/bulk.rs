//! SET and CPY of bytes, which faults interrupt in their midst.

use super::{Ending, ExceptionLevel, FAULT_CAP, FaultHandler, Frame, Stub};
use crate::machine::probing::{self, Call};
use crate::machine::stubs::Entry;
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;
use core::ops::Range;
use oracle::{Bulk, Part, Registers};

/// A prologue, main part and epilogue, made by this CPU.
pub struct BulkProbe<'a> {
    /// The Exception level that makes them.
    pub level: ExceptionLevel,
    /// What is done.
    pub bulk: Bulk,
    /// Xd, Xs and Xn before.
    pub registers: Registers,
    /// What SET stores in each byte.
    pub value: u8,
    /// The addresses of all pages of the operation.
    pub target: Range<VirtualAddress>,
    /// Who resolves the faults.
    pub handler: &'a dyn FaultHandler,
}

impl BulkProbe<'_> {
    /// Executes them; returns why they are over, the last fault, and the registers afterwards.
    ///
    /// # Panics
    ///
    /// If the pages are not in the case's range.
    #[must_use]
    pub fn run(&self) -> (Ending, Option<Fault>, Registers) {
        let Registers { destination, source, size } = self.registers;
        let (record, registers) = probing::execute(&Call {
            level: self.level,
            stub: stub(self.bulk),
            registers: [destination, 0, size, u64::from(self.value), 0, source, 0, 0],
            target: (self.target.start, self.target.end),
            cap: FAULT_CAP,
            handler: Some(self.handler),
        });
        (record.ending, record.fault, operands(&registers))
    }
}

const fn stub(bulk: Bulk) -> Stub {
    match bulk {
        Bulk::Set => Stub::SetBytes,
        Bulk::CopyForward => Stub::CopyBytesForward,
        Bulk::Copy => Stub::CopyBytes,
    }
}

/// The registers that the stubs name as Xd, Xs and Xn.
const fn operands(registers: &[u64; 8]) -> Registers {
    Registers { destination: registers[0], source: registers[5], size: registers[2] }
}

/// What of an operation a fault has interrupted.
#[derive(Clone, Copy, Debug)]
pub struct Interrupted {
    /// The instruction, unless it is none of the stub's.
    pub part: Option<Part>,
    /// Xd, Xs and Xn.
    pub registers: Registers,
    /// PSTATE.{N,Z,C,V}.
    pub flags: u8,
}

impl Interrupted {
    /// Reads it from what the vector has saved.
    #[must_use]
    pub fn of(bulk: Bulk, level: ExceptionLevel, frame: &Frame) -> Self {
        let entry = Entry::from(stub(bulk));
        let first = match level {
            ExceptionLevel::El1 => entry.at_el1,
            ExceptionLevel::El0 => entry.at_el0,
        };
        let part = match frame.return_address.wrapping_sub(first) {
            0 => Some(Part::Prologue),
            4 => Some(Part::Main),
            8 => Some(Part::Epilogue),
            _ => None,
        };
        let registers = core::array::from_fn(|register| frame.registers[register]);
        Self { part, registers: operands(&registers), flags: (frame.saved_state >> 28) as u8 }
    }
}
