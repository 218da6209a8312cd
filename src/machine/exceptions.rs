//! What happens after a vector: a probe's result, an interrupt, or an exception that nobody expected.

use super::per_cpu::{PerCpu, this_cpu};
use super::probe_state::{Ending, ExceptionLevel};
use super::vectors::{Frame, Vector};
use super::{calls, fatal, interrupts, registers, watchdog};
use afdbm::address::VirtualAddress;
use afdbm::fault::{ExceptionClass, Fault, Syndrome};
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

impl fmt::Display for Unexpected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_error { "SError" } else { "synchronous exception" };
        write!(
            formatter,
            "{kind}: ESR {}, FAR {}, ELR {}, SPSR {:#x}",
            self.fault.syndrome, self.fault.address, self.link, self.saved_state
        )
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

    fn put(&self, report: &Unexpected) {
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

/// Called by the vectors with interrupts masked, on SP_EL1 (or the last stack, for a fault of a handler).
pub extern "C" fn handle_exception(vector: Vector, frame: &mut Frame) {
    let cpu = this_cpu();
    match vector {
        Vector::ThreadSynchronous => handle_synchronous(cpu, ExceptionLevel::El1, frame),
        Vector::UserSynchronous => handle_synchronous(cpu, ExceptionLevel::El0, frame),
        Vector::ThreadInterrupt | Vector::UserInterrupt => handle_interrupt(cpu, vector, frame),
        Vector::ThreadError | Vector::UserError => handle_unexpected(cpu, frame, true),
        Vector::Unused => handle_unexpected(cpu, frame, false),
        Vector::Handler => handle_double(cpu, frame),
    }
}

fn handle_synchronous(cpu: &PerCpu, level: ExceptionLevel, frame: &mut Frame) {
    let fault = registers::read_fault();
    if cpu.thread.owns(level, frame.return_address) {
        cpu.thread.take(fault, level, frame);
    } else if !cpu.probe.owns(level, frame.return_address) {
        handle_unexpected(cpu, frame, false);
    } else if level == ExceptionLevel::El0 && fault.syndrome.class() == ExceptionClass::SupervisorCall {
        cpu.probe.end(Ending::Returned, frame);
    } else {
        cpu.probe.take(fault, level, frame);
    }
}

fn handle_interrupt(cpu: &PerCpu, vector: Vector, frame: &mut Frame) {
    fatal::park_if_ending();
    let Some(interrupt) = interrupts::acknowledge() else { return };
    if interrupts::is_timer(interrupt) {
        let level = if vector == Vector::UserInterrupt { ExceptionLevel::El0 } else { ExceptionLevel::El1 };
        if watchdog::tick() {
            if cpu.probe.owns(level, frame.return_address) {
                cpu.probe.end(Ending::TimedOut, frame);
            } else if cpu.thread.owns(level, frame.return_address) {
                cpu.thread.time_out(frame);
            }
        }
    }
    interrupts::end(interrupt);
}

fn handle_unexpected(cpu: &PerCpu, frame: &mut Frame, is_error: bool) {
    let report = Unexpected {
        fault: registers::read_fault(),
        link: VirtualAddress(frame.return_address),
        saved_state: frame.saved_state,
        is_error,
    };
    cpu.unexpected.put(&report);
    if !calls::abandon(frame) {
        fatal::end(format_args!("{}: unexpected {report}", cpu.index()));
    }
}

fn handle_double(cpu: &PerCpu, frame: &Frame) {
    if cpu.in_emergency.swap(true, Relaxed) {
        fatal::park();
    }
    let fault = registers::read_fault();
    fatal::end(format_args!(
        "{}: second fault in an exception handler: ESR {}, FAR {}, ELR {}",
        cpu.index(),
        fault.syndrome,
        fault.address,
        VirtualAddress(frame.return_address)
    ));
}
