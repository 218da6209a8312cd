//! What happens after a vector: a probe's result, an interrupt, or an exception that nobody expected.

use super::frame::{Frame, Vector};
use super::per_cpu::{PerCpu, this_cpu};
use super::probe_state::{Ending, ExceptionLevel};
use super::unexpected::Unexpected;
use super::{calls, fatal, interrupts, registers, watchdog};
use afdbm::address::VirtualAddress;
use afdbm::fault::ExceptionClass;
use core::fmt;
use core::sync::atomic::Ordering::Relaxed;

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
        cpu.probe.take(fault, frame);
    }
}

fn handle_interrupt(cpu: &PerCpu, vector: Vector, frame: &mut Frame) {
    fatal::park_if_ending();
    let Some(interrupt) = interrupts::acknowledge() else { return };
    if interrupts::is_timer(interrupt) {
        cpu.ticks.fetch_add(1, Relaxed);
        let level = if vector == Vector::UserInterrupt { ExceptionLevel::El0 } else { ExceptionLevel::El1 };
        if watchdog::tick() {
            if cpu.probe.owns(level, frame.return_address) {
                cpu.probe.end(Ending::TimedOut, frame);
            } else if cpu.thread.owns(level, frame.return_address) {
                cpu.thread.time_out(frame);
            }
        }
    } else {
        cpu.wakes.fetch_add(1, Relaxed);
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
    if calls::abandon(frame) {
        return;
    }
    if fatal::is_booting() && report.is_external() {
        let told = Absent(report);
        fatal::refuse(format_args!("{told}"));
    } else {
        fatal::end(format_args!("{}: unexpected {}", cpu.index(), report.kind()), format_args!("{report}"));
    }
}

/// What boot has found no memory or device behind, though the firmware describes one.
struct Absent(Unexpected);

impl fmt::Display for Absent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the firmware describes what does not answer")?;
        if let (false, Some(place)) = (self.0.is_error, registers::translate(self.0.fault.address)) {
            write!(formatter, " at {place}")?;
        }
        write!(formatter, ": {}, {}", self.0.kind(), self.0)
    }
}

fn handle_double(cpu: &PerCpu, frame: &Frame) {
    let fault = registers::read_fault();
    fatal::end(
        format_args!("{}: second fault in an exception handler", cpu.index()),
        format_args!(
            "ESR {}, FAR {}, ELR {}",
            fault.syndrome,
            fault.address,
            VirtualAddress(frame.return_address)
        ),
    );
}
