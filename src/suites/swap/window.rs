//! The window in which one CPU's handler finds what another's has mapped, opened on purpose.
//!
//! Both CPUs fault on a page that is not mapped. The first one's handler waits until the second has faulted too; the
//! second one's waits until the first CPU says that its work is done. Left to chance this is rare.

use super::stop::Stop;
use crate::suites::batch::wait_until;
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};

/// The window on one page.
#[derive(Debug)]
pub struct Window {
    /// The page.
    pub page: u32,
    /// The CPU whose handler goes first.
    pub first: u8,
    second_faulted: AtomicBool,
    first_done: AtomicBool,
}

impl Window {
    /// A window that has not been open.
    pub const fn new(page: u32, first: u8) -> Self {
        Self { page, first, second_faulted: AtomicBool::new(false), first_done: AtomicBool::new(false) }
    }

    /// Holds a handler back, where the fault is one of the two.
    ///
    /// # Errors
    ///
    /// [`Stop::TimedOut`] if the other CPU does not come.
    pub fn at_fault(&self, cpu: u8, page: u32) -> Result<(), Stop> {
        if page != self.page {
            return Ok(());
        }
        let other = if cpu == self.first {
            &self.second_faulted
        } else {
            self.second_faulted.store(true, Release);
            &self.first_done
        };
        wait_until(|| other.load(Acquire)).map_err(|_| Stop::TimedOut)
    }

    /// Says that the first CPU's work is done.
    pub fn close(&self) {
        self.first_done.store(true, Release);
    }
}
