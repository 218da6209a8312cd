//! Exceptions that nobody expected, as each CPU keeps its last one.

use super::frame::{STATE_EL2H, STATE_MODE};
use afdbm::address::VirtualAddress;
use afdbm::fault::{Fault, FaultStatus, Syndrome};
use core::fmt;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// An exception that nobody expected, as it was taken.
#[derive(Clone, Copy, Debug)]
pub struct Unexpected {
    /// Syndrome and fault address.
    pub fault: Fault,
    /// ELR_EL1.
    pub link: VirtualAddress,
    /// SPSR_EL1.
    pub saved_state: u64,
    /// SError instead of a synchronous exception.
    pub is_error: bool,
}

impl Unexpected {
    /// Tells whether it was taken from EL2, and handed to EL1 by what stays there.
    pub const fn is_of_el2(&self) -> bool {
        self.saved_state & STATE_MODE == STATE_EL2H
    }

    /// Tells whether it comes from beyond the CPU: from memory or a device that does not answer.
    pub fn is_external(&self) -> bool {
        self.is_error || self.fault.syndrome.status() == FaultStatus::External
    }

    /// Returns what it is, in words.
    pub const fn kind(&self) -> &'static str {
        if self.is_error { "SError" } else { "synchronous exception" }
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "ESR {}, FAR {}, ELR {}, SPSR {:#x}",
            self.fault.syndrome, self.fault.address, self.link, self.saved_state
        )?;
        formatter.write_str(if self.is_of_el2() { ", of the part at EL2" } else { "" })
    }
}

/// The last unexpected exception of a CPU, left by the handler for whoever finds the work abandoned.
#[derive(Debug)]
pub struct UnexpectedSlot {
    present: AtomicBool,
    syndrome: AtomicU64,
    address: AtomicU64,
    link: AtomicU64,
    saved_state: AtomicU64,
    is_error: AtomicBool,
}

impl UnexpectedSlot {
    /// A slot without a report.
    pub const fn new() -> Self {
        Self {
            present: AtomicBool::new(false),
            syndrome: AtomicU64::new(0),
            address: AtomicU64::new(0),
            link: AtomicU64::new(0),
            saved_state: AtomicU64::new(0),
            is_error: AtomicBool::new(false),
        }
    }

    /// Leaves a report.
    pub(super) fn put(&self, report: &Unexpected) {
        self.syndrome.store(report.fault.syndrome.0, Relaxed);
        self.address.store(report.fault.address.0, Relaxed);
        self.link.store(report.link.0, Relaxed);
        self.saved_state.store(report.saved_state, Relaxed);
        self.is_error.store(report.is_error, Relaxed);
        self.present.store(true, Relaxed);
    }

    /// Takes the report out if it is an SError's.
    pub fn take_error(&self) -> Option<Unexpected> {
        if self.is_error.load(Relaxed) { self.take() } else { None }
    }

    /// Takes the report out.
    pub fn take(&self) -> Option<Unexpected> {
        self.present.swap(false, Relaxed).then(|| Unexpected {
            fault: Fault {
                syndrome: Syndrome(self.syndrome.load(Relaxed)),
                address: VirtualAddress(self.address.load(Relaxed)),
            },
            link: VirtualAddress(self.link.load(Relaxed)),
            saved_state: self.saved_state.load(Relaxed),
            is_error: self.is_error.load(Relaxed),
        })
    }
}
