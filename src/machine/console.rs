//! The console: one UART, which whoever writes a line has to himself.

use super::lock::{LastWord, Lock, Locked};
use super::per_cpu::this_cpu;
use super::relax::relax;
use super::uart::Driver;
use super::{calls, semihosting};
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use platform::device_tree::ConsoleDevice;

/// How often a full FIFO is looked at before a byte is dropped: well above a second, where a byte takes less
/// than a millisecond at 9600 baud.
const PATIENCE: u32 = 10_000_000;

/// The UART with what is sent to it.
struct Line {
    driver: Driver,
    /// Whether a carriage return goes before each newline: a terminal needs it, a hypervisor does not.
    for_terminal: bool,
    /// Whether it took nothing any more when it was last waited for. It is not waited for again.
    stuck: bool,
}

/// The UART; `None` until [`init`], or for good on a machine without one.
static LINE: Lock<Option<Line>> = Lock::new(None);

/// Set once there is a UART.
static INITIALIZED: AtomicBool = AtomicBool::new(false);

/// The console, held by one CPU with its interrupts masked.
///
/// Without a UART what is written is dropped.
#[derive(Debug)]
pub struct Console(Held);

/// The lock that a [`Console`] holds.
struct Held(Locked<'static, Option<Line>>);

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", if self.0.is_some() { "a UART" } else { "none" })
    }
}

/// Makes the device at `registers`, `size` bytes of them, the console, for a terminal or not; false where it is a device of
/// virtio that is none.
///
/// # Safety
///
/// `registers` is the mapping of all registers of such a device as Device memory; it stays, and nothing else uses them;
/// it is aligned to their width.
#[must_use]
pub unsafe fn init(device: ConsoleDevice, registers: NonNull<u8>, size: usize, for_terminal: bool) -> bool {
    // SAFETY: the caller gives the only mapping in use, for good; `LINE` lies in the image.
    let Some(driver) = (unsafe { Driver::new(device, registers, size) }) else { return false };
    *LINE.lock() = Some(Line { driver, for_terminal, stuck: false });
    INITIALIZED.store(true, Relaxed);
    true
}

/// Makes the PL011 at `registers` the console, if there is one.
///
/// # Safety
///
/// As of [`init`], but that the device may be another one: to read it must do no harm.
pub unsafe fn init_if_identified(registers: NonNull<u8>) {
    // SAFETY: as the caller says.
    if let Some(driver) = unsafe { Driver::identified(registers) } {
        *LINE.lock() = Some(Line { driver, for_terminal: false, stuck: false });
        INITIALIZED.store(true, Relaxed);
    }
}

/// Makes semihosting the console; false where nobody takes its call.
#[must_use]
pub fn init_semihosting() -> bool {
    // SAFETY: where nobody takes the call it is an exception, which ends here.
    let answers = calls::guarded(|| unsafe { semihosting::write(b'\n') }).is_ok();
    if answers {
        *LINE.lock() = Some(Line { driver: Driver::Semihosting, for_terminal: false, stuck: false });
        INITIALIZED.store(true, Relaxed);
    } else {
        // What ended it is told by that.
        let _ = this_cpu().unexpected.take();
    }
    answers
}

/// Tells whether semihosting is the console.
#[must_use]
pub fn is_semihosting() -> bool {
    matches!(*LINE.lock(), Some(Line { driver: Driver::Semihosting, .. }))
}

/// Tells whether there is a console.
#[must_use]
pub fn is_initialized() -> bool {
    INITIALIZED.load(Relaxed)
}

/// Waits for the console and takes it.
#[must_use]
pub fn lock() -> Console {
    Console(Held(LINE.lock()))
}

/// Takes the console away from whoever has it, for a last report.
///
/// # Safety
///
/// The run is over: a line that another CPU is writing may be torn. There is no more harm in it than that,
/// since a UART's driver keeps nothing but the address, and that of a virtio console indexes that are checked.
#[must_use]
pub unsafe fn seize() -> Console {
    // SAFETY: the caller accepts a torn line, and the value behind the lock never changes after `init`, but for what a
    // line that takes nothing is remembered by.
    Console(Held(unsafe { LINE.force() }))
}

/// Frees the console from a holder that will not come back.
pub fn release(word: &LastWord) {
    drop(LINE.seize(word));
}

impl Console {
    /// Waits until what was written has left the machine, for a bounded time: power-off would take it along.
    pub fn drain(&mut self) {
        if let Some(line) = self.0.0.as_mut() {
            line.wait(Driver::is_drained);
        }
    }
}

impl Line {
    /// Waits for the UART, unless it was waited for in vain before.
    fn wait(&mut self, ready: impl Fn(&mut Driver) -> bool) -> bool {
        let mut patience = if self.stuck { 1 } else { PATIENCE };
        while !ready(&mut self.driver) {
            patience -= 1;
            if patience == 0 {
                self.stuck = true;
                return false;
            }
            relax();
        }
        self.stuck = false;
        true
    }

    fn send(&mut self, byte: u8) -> fmt::Result {
        if !self.wait(Driver::can_send) {
            return Err(fmt::Error);
        }
        self.driver.send(byte);
        Ok(())
    }
}

impl fmt::Write for Console {
    /// Writes the bytes as they are; to a terminal each newline begins with a carriage return.
    ///
    /// # Errors
    ///
    /// An error if the UART takes nothing any more; the rest is dropped.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some(line) = self.0.0.as_mut() else { return Ok(()) };
        for byte in text.bytes() {
            if byte == b'\n' && line.for_terminal {
                line.send(b'\r')?;
            }
            line.send(byte)?;
        }
        Ok(())
    }
}
