//! The window in which one CPU's handler finds what another's has mapped, opened on purpose.
//!
//! Both CPUs fault on a page that is not mapped. The first one's handler waits until the second has faulted too; the
//! second one's is held back until the first CPU's work is done: before it looks at the descriptor, or between its
//! look and the routine. Left to chance this is rare.

use super::stop::Stop;
use crate::support::batch::wait_until;
use afdbm::fault::Fault;
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};

/// Where the second CPU's handler is held back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// Before it looks at the descriptor.
    BeforeSnapshot,
    /// Between its look at the mapped descriptor and the routine, with the page-table lock where it is used.
    AfterSnapshot,
}

/// The window on one page.
#[derive(Debug)]
pub struct Window {
    page: u32,
    first: u8,
    held: Held,
    second_faulted: AtomicBool,
    mapped: AtomicBool,
    looked: AtomicBool,
    first_done: AtomicBool,
}

fn wait_for(flag: &AtomicBool) -> Result<(), Stop> {
    wait_until(|| flag.load(Acquire)).map_err(|_| Stop::TimedOut)
}

impl Window {
    /// A window on `page` that has not been open; the handler of CPU `first` goes first.
    pub const fn new(page: u32, first: u8, held: Held) -> Self {
        Self {
            page,
            first,
            held,
            second_faulted: AtomicBool::new(false),
            mapped: AtomicBool::new(false),
            looked: AtomicBool::new(false),
            first_done: AtomicBool::new(false),
        }
    }

    /// Holds a handler back, where the fault is one of the two.
    ///
    /// # Errors
    ///
    /// [`Stop::Unmanaged`] for the first CPU's store, which hardware is to record: the second CPU holds the lock that a
    /// handler needs. [`Stop::TimedOut`] if the other CPU does not come.
    pub fn at_fault(&self, cpu: u8, page: u32, fault: &Fault) -> Result<(), Stop> {
        if page != self.page {
            return Ok(());
        }
        if cpu == self.first {
            if self.looked.load(Acquire) {
                return Err(Stop::Unmanaged { page, fault: *fault });
            }
            return wait_for(&self.second_faulted);
        }
        self.second_faulted.store(true, Release);
        wait_for(match self.held {
            Held::BeforeSnapshot => &self.first_done,
            Held::AfterSnapshot => &self.mapped,
        })
    }

    /// Holds the second handler back, once it has looked.
    ///
    /// # Errors
    ///
    /// As [`Window::at_fault`].
    pub fn after_snapshot(&self, cpu: u8, page: u32) -> Result<(), Stop> {
        if page != self.page || cpu == self.first {
            return Ok(());
        }
        self.looked.store(true, Release);
        wait_for(&self.first_done)
    }

    /// Says on the first CPU that the page is mapped, and waits until the second handler has looked.
    ///
    /// # Errors
    ///
    /// As [`Window::at_fault`].
    pub fn wait_for_look(&self) -> Result<(), Stop> {
        self.mapped.store(true, Release);
        wait_for(&self.looked)
    }

    /// Says that the first CPU's work is done.
    pub fn close(&self) {
        self.mapped.store(true, Release);
        self.first_done.store(true, Release);
    }
}
