//! The mailboxes: one for each CPU, with at most one piece of work.

use super::controls::Settings;
use super::cpu_index::CpuIndex;
use core::sync::atomic::{AtomicPtr, AtomicU8, Ordering};

/// A piece of work for a CPU; it may run beside the work of others.
pub type Work<'a> = &'a (dyn Fn() + Sync);

/// Where a mailbox stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Phase {
    /// The CPU has not started.
    Off = 0,
    /// The CPU waits for work.
    Idle = 1,
    /// Work is there.
    Posted = 2,
    /// The work has returned.
    Returned = 3,
    /// An exception has ended the work.
    Abandoned = 4,
}

/// One CPU's mailbox: at most one piece of work at a time, posted by the first CPU.
#[derive(Debug)]
pub struct Mailbox {
    state: AtomicU8,
    /// The work, where the state says that it is there.
    pub(super) placement: AtomicPtr<Placement<'static>>,
}

impl Mailbox {
    /// The mailbox of a CPU that has not started.
    pub const fn new() -> Self {
        Self { state: AtomicU8::new(Phase::Off as u8), placement: AtomicPtr::new(core::ptr::null_mut()) }
    }

    /// Reads where it stands, and what was stored before it came there.
    pub(super) fn state(&self) -> Phase {
        match self.state.load(Ordering::Acquire) {
            0 => Phase::Off,
            1 => Phase::Idle,
            2 => Phase::Posted,
            3 => Phase::Returned,
            _ => Phase::Abandoned,
        }
    }

    /// Goes on to another state.
    pub(super) fn set(&self, state: Phase) {
        self.state.store(state as u8, Ordering::Release);
    }
}

/// Work for one CPU, with the controls that it wants there.
#[derive(Clone, Copy)]
pub struct Placement<'a> {
    /// The CPU.
    pub cpu: CpuIndex,
    /// What its regime is set to meanwhile.
    pub settings: Settings,
    /// What it does.
    pub work: Work<'a>,
}
