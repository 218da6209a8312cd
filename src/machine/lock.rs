//! The one lock of the kernel: a spinning mutex that masks interrupts and is counted per CPU.
//!
//! The count lets the exception handler tell whether what runs may be abandoned: not while it has taken a lock.

use super::per_cpu::this_cpu;
use super::registers::MaskedInterrupts;
use super::relax::Yield;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering::Relaxed;
use spin::mutex::{SpinMutex, SpinMutexGuard};

/// A value that one CPU uses at a time, with interrupts masked.
#[derive(Debug)]
pub struct Lock<T> {
    inner: SpinMutex<T, Yield>,
}

/// Access to a locked value.
#[derive(Debug)]
pub struct Locked<'a, T> {
    // Declared in the order in which they must be released: the value, the count, the interrupts.
    guard: SpinMutexGuard<'a, T, Yield>,
    _pin: Pin,
    _masked: MaskedInterrupts,
}

/// Keeps what this CPU runs from being abandoned; a lock has one from before it is taken until after it is free.
#[derive(Debug)]
pub(super) struct Pin(());

impl Pin {
    pub(super) fn new() -> Self {
        this_cpu().pins.fetch_add(1, Relaxed);
        Self(())
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        this_cpu().pins.fetch_sub(1, Relaxed);
    }
}

/// Proof that this CPU ends the run and that the others had time to park.
#[derive(Debug)]
pub struct LastWord(());

impl LastWord {
    /// Vouches that the end of the run has been claimed.
    ///
    /// # Safety
    ///
    /// No other CPU runs code of the kernel any more, but for one that takes no interrupts.
    pub(super) const unsafe fn new() -> Self {
        Self(())
    }
}

impl<T> Lock<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self { inner: SpinMutex::new(value) }
    }

    /// Waits for the value, and takes it.
    pub fn lock(&self) -> Locked<'_, T> {
        let masked = MaskedInterrupts::new();
        let pin = Pin::new();
        Locked { guard: self.inner.lock(), _pin: pin, _masked: masked }
    }

    /// Takes the value if nobody has it.
    pub fn try_lock(&self) -> Option<Locked<'_, T>> {
        let masked = MaskedInterrupts::new();
        let pin = Pin::new();
        Some(Locked { guard: self.inner.try_lock()?, _pin: pin, _masked: masked })
    }

    /// Breaks the lock for a last report, when its holder will not come back.
    pub fn seize(&self, _word: &LastWord) -> Locked<'_, T> {
        // SAFETY: the word's holder is the only CPU that still runs code of the kernel, but for one that takes
        // no interrupts; should that be within this lock, it has been there for longer than any of its holders
        // stays, so it is stuck.
        unsafe { self.force() }
    }

    /// Breaks the lock.
    ///
    /// # Safety
    ///
    /// The holder, if there is one, does not run any more, or its use of the value may be torn without harm.
    pub unsafe fn force(&self) -> Locked<'_, T> {
        let masked = MaskedInterrupts::new();
        let pin = Pin::new();
        loop {
            if let Some(guard) = self.inner.try_lock() {
                return Locked { guard, _pin: pin, _masked: masked };
            }
            // SAFETY: the caller says that the holder is gone.
            unsafe { self.inner.force_unlock() };
        }
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}
