//! The console: a PL011, as the firmware or the emulator has left it.
//!
//! Its baud rate is not touched: the clock behind it is the board's own. It is enabled where nobody did.

use super::lock::{LastWord, Lock, Locked};
use super::relax::relax;
use arm_pl011_uart::{PL011Registers, Uart, UniqueMmioPointer};
use core::fmt;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use safe_mmio::fields::ReadPureWrite;

/// How often a full FIFO is looked at before a byte is dropped: well above a second, where a byte takes less
/// than a millisecond at 9600 baud.
const PATIENCE: u32 = 10_000_000;

/// Where UARTCR stands (PL011 specification, DDI 0183, 3.3.8).
const CONTROL_OFFSET: usize = 0x30;
/// UARTCR.UARTEN and TXE: the UART is enabled, and sends.
const CONTROL_SEND: u32 = 1 << 0 | 1 << 8;

/// The UART; `None` until [`init`], or for good on a machine without one.
static UART: Lock<Option<Uart<'static>>> = Lock::new(None);

/// Set once there is a UART.
static INITIALIZED: AtomicBool = AtomicBool::new(false);

/// The console, held by one CPU with its interrupts masked.
///
/// Without a UART what is written is dropped.
#[derive(Debug)]
pub struct Console(Held);

/// The lock that a [`Console`] holds.
struct Held(Locked<'static, Option<Uart<'static>>>);

impl fmt::Debug for Held {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", if self.0.is_some() { "a PL011" } else { "none" })
    }
}

/// Makes the PL011 at `registers` the console.
///
/// # Safety
///
/// `registers` is the mapping of a PL011's 4 KiB of registers as Device memory; it stays, and nothing else
/// uses them; it is a multiple of 4.
pub unsafe fn init(registers: NonNull<u8>) {
    // SAFETY: UARTCR lies within the registers, and the driver's pointer to all of them comes later.
    let mut control =
        unsafe { UniqueMmioPointer::<ReadPureWrite<u32>>::new(registers.add(CONTROL_OFFSET).cast()) };
    // An enabled UART may be sending, and is not to be written to meanwhile (DDI 0183, 3.3.8).
    if control.read() & CONTROL_SEND != CONTROL_SEND {
        control.modify(|value| value | CONTROL_SEND);
    }
    // SAFETY: the caller gives the only mapping in use, for good; no register is wider than 4 bytes.
    let registers = unsafe { UniqueMmioPointer::<PL011Registers>::new(registers.cast()) };
    *UART.lock() = Some(Uart::new(registers));
    INITIALIZED.store(true, Relaxed);
}

/// Tells whether there is a console.
#[must_use]
pub fn is_initialized() -> bool {
    INITIALIZED.load(Relaxed)
}

/// Waits for the console and takes it.
#[must_use]
pub fn lock() -> Console {
    Console(Held(UART.lock()))
}

/// Takes the console away from whoever has it, for a last report.
///
/// # Safety
///
/// The run is over: a line that another CPU is writing may be torn. There is no more harm in it than that,
/// since a UART's driver keeps nothing but the address.
#[must_use]
pub unsafe fn seize() -> Console {
    // SAFETY: the caller accepts a torn line, and the value behind the lock never changes after `init`.
    Console(Held(unsafe { UART.force() }))
}

/// Frees the console from a holder that will not come back.
pub fn release(word: &LastWord) {
    drop(UART.seize(word));
}

impl fmt::Write for Console {
    /// Writes the bytes as they are; a newline is a newline.
    ///
    /// # Errors
    ///
    /// An error if the UART takes nothing any more; the rest is dropped.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let Some(uart) = self.0.0.as_mut() else { return Ok(()) };
        for byte in text.bytes() {
            let mut patience = PATIENCE;
            while uart.is_tx_fifo_full() {
                patience = patience.checked_sub(1).ok_or(fmt::Error)?;
                relax();
            }
            uart.write_word(byte);
        }
        Ok(())
    }
}
