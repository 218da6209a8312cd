//! A thread at EL0: it runs a stub until the stub is over or faults, and goes on from where it was.

use super::{Ending, ExceptionLevel, Stub};
use crate::machine::probing::{self, Call};
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;

/// The registers of a thread, x0 to x7. A stub that faults leaves in them what it needs to go on when it is
/// entered again.
#[derive(Clone, Copy, Debug)]
pub struct UserThread {
    /// The stub that it runs.
    pub stub: Stub,
    /// x0 to x7.
    pub registers: [u64; 8],
}

impl UserThread {
    /// Runs until the stub returns, or an exception is taken: the fault, to be resolved before the next run.
    ///
    /// # Errors
    ///
    /// The fault, or `None` where the case's budget is spent.
    ///
    /// # Panics
    ///
    /// If the target, first address and one past the last, is not in the case's range.
    pub fn run(&mut self, target: (VirtualAddress, VirtualAddress)) -> Result<(), Option<Fault>> {
        let (record, registers) = probing::execute(&Call {
            level: ExceptionLevel::El0,
            stub: self.stub,
            registers: self.registers,
            target,
            cap: 1,
            handler: None,
        });
        self.registers = registers;
        match record.ending {
            Ending::Returned => Ok(()),
            Ending::TimedOut => Err(None),
            Ending::Fault | Ending::FaultLoop => Err(record.fault),
        }
    }
}
