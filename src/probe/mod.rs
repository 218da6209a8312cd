//! One access that may fault, as a value; and threads at EL0.

mod bulk;
mod user;

pub use crate::machine::frame::Frame;
use crate::machine::layout::PAGE_SIZE;
pub use crate::machine::probe_state::{Ending, ExceptionLevel, FaultHandler, Resolution};
use crate::machine::probing::{self, Call};
pub use crate::machine::stubs::{Entry, Stub};
use afdbm::address::VirtualAddress;
use afdbm::fault::Fault;
pub use bulk::{BulkProbe, Interrupted};
pub use user::UserThread;

/// The fault cap, one number for all suites: two faults an access (Access flag, then permission) and a spurious
/// bound of eight. Whoever faults more often on one access is in a fault loop.
pub const FAULT_CAP: u32 = 2 + 8;

/// What a page holds for [`Stub::Fetch`] to execute: MOV X2, #1; RET.
pub const FETCHED_CODE: u64 = 0xd65f_03c0_d280_0022;

/// An access to be made by this CPU.
#[derive(Clone, Copy)]
pub struct Probe<'a> {
    /// The Exception level that makes it.
    pub level: ExceptionLevel,
    /// The instruction.
    pub stub: Stub,
    /// Where.
    pub address: VirtualAddress,
    /// What it stores, adds or swaps in.
    pub value: u64,
    /// What a compare expects, of both words where there are two.
    pub expected: u64,
    /// Who resolves its faults.
    pub handler: Option<&'a dyn FaultHandler>,
}

/// What became of a probe.
#[derive(Clone, Copy, Debug)]
pub struct ProbeReport {
    /// Why it is over.
    pub ending: Ending,
    /// Its last fault.
    pub fault: Option<Fault>,
    /// How many faults it took.
    pub faults: u32,
    /// What it read, where it reads.
    pub read: u64,
    /// The status of an exclusive store: 0 is success; or what a store that depends on a load has loaded.
    pub status: u64,
}

impl<'a> Probe<'a> {
    /// An access at EL1 to `address`, that stores 0 and expects 0, with nobody to resolve its fault.
    #[must_use]
    pub const fn new(stub: Stub, address: VirtualAddress) -> Self {
        Self { level: ExceptionLevel::El1, stub, address, value: 0, expected: 0, handler: None }
    }

    /// The same, made at `level`.
    #[must_use]
    pub const fn at(self, level: ExceptionLevel) -> Self {
        Self { level, ..self }
    }

    /// The same, storing `value`.
    #[must_use]
    pub const fn storing(self, value: u64) -> Self {
        Self { value, ..self }
    }

    /// The same, expecting `expected` in memory.
    #[must_use]
    pub const fn expecting(self, expected: u64) -> Self {
        Self { expected, ..self }
    }

    /// The same, with its faults resolved by `handler`.
    #[must_use]
    pub const fn resolved_by(self, handler: &'a dyn FaultHandler) -> Self {
        Self { handler: Some(handler), ..self }
    }

    /// Makes the access.
    ///
    /// # Panics
    ///
    /// If the address is not in the case's range.
    #[must_use]
    pub fn run(&self) -> ProbeReport {
        let (value, expected) = (self.value, self.expected);
        let page = self.address.align_down(PAGE_SIZE);
        let (record, registers) = probing::execute(&Call {
            level: self.level,
            stub: self.stub,
            registers: [self.address.0, value, expected, expected, value, value, 0, 0],
            // An access may cross into the page that follows.
            target: (page, page.offset(2 * PAGE_SIZE)),
            cap: FAULT_CAP,
            handler: self.handler,
        });
        ProbeReport {
            ending: record.ending,
            fault: record.fault,
            faults: record.faults,
            read: registers[2],
            status: registers[6],
        }
    }
}
