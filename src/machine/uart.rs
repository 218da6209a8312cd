//! The UARTs that the console may be, as the firmware or the hypervisor has left them.
//!
//! No baud rate is touched: the clock behind it is the board's own. A PL011 is enabled where nobody did.

use super::semihosting;
use arm_pl011_uart::{PL011Registers, UniqueMmioPointer};
use core::ptr::NonNull;
use platform::device_tree::{RegisterWidth, Uart};
use platform::ns16550::{Ns16550, Registers};
use safe_mmio::fields::ReadPureWrite;

/// Where UARTCR stands (PL011 specification, DDI 0183, 3.3.8).
const CONTROL_OFFSET: usize = 0x30;
/// UARTCR.UARTEN and TXE: the UART is enabled, and sends.
const CONTROL_SEND: u32 = 1 << 0 | 1 << 8;

/// A UART that is driven.
pub(super) enum Driver {
    /// A PL011, or what its relatives have in common with it.
    Pl011(arm_pl011_uart::Uart<'static>),
    /// A 16550 or one of its relatives.
    Ns16550(Ns16550<Mapped>),
    /// None: an emulator's or a debugger's own console.
    Semihosting,
}

/// The mapped registers of a 16550.
pub(super) struct Mapped {
    start: NonNull<u8>,
    shift: u8,
    width: RegisterWidth,
}

// SAFETY: a mapping of registers is the same on every CPU, and the console's lock lets one at a time use them.
unsafe impl Send for Mapped {}

impl Driver {
    /// Takes over the UART at `registers`.
    ///
    /// # Safety
    ///
    /// `registers` is the mapping of all registers of such a UART as Device memory; it stays, and nothing else uses
    /// them; it is aligned to their width.
    pub(super) unsafe fn new(uart: Uart, registers: NonNull<u8>) -> Self {
        match uart {
            Uart::Pl011 => {
                // SAFETY: UARTCR lies within the registers, and the driver's pointer to all of them comes later.
                let mut control = unsafe {
                    UniqueMmioPointer::<ReadPureWrite<u32>>::new(registers.add(CONTROL_OFFSET).cast())
                };
                // An enabled UART may be sending, and is not to be written to meanwhile (DDI 0183, 3.3.8).
                if control.read() & CONTROL_SEND != CONTROL_SEND {
                    control.modify(|value| value | CONTROL_SEND);
                }
                // SAFETY: the caller gives the only mapping in use, for good.
                Self::Pl011(unsafe { pl011(registers) })
            }
            // SAFETY: as above; data and flags are all that is used.
            Uart::Sbsa => Self::Pl011(unsafe { pl011(registers) }),
            Uart::Ns16550 { shift, width } => {
                Self::Ns16550(Ns16550::new(Mapped { start: registers, shift, width }))
            }
        }
    }

    /// Takes over a PL011 that nothing vouches for, if the registers say that it is one.
    ///
    /// # Safety
    ///
    /// As of [`new`](Self::new), but that the device may be another one: to read it must do no harm.
    pub(super) unsafe fn identified(registers: NonNull<u8>) -> Option<Self> {
        // SAFETY: as the caller says; the identification is read alone.
        let uart = unsafe { pl011(registers) };
        // SAFETY: as the caller says, and it is a PL011.
        uart.read_identification().is_valid().then(|| unsafe { Self::new(Uart::Pl011, registers) })
    }

    /// Tells whether it takes a byte.
    pub(super) fn can_send(&mut self) -> bool {
        match self {
            Self::Pl011(uart) => !uart.is_tx_fifo_full(),
            Self::Ns16550(uart) => uart.can_send(),
            Self::Semihosting => true,
        }
    }

    /// Sends a byte, which is lost unless [`can_send`](Self::can_send).
    pub(super) fn send(&mut self, byte: u8) {
        match self {
            Self::Pl011(uart) => uart.write_word(byte),
            Self::Ns16550(uart) => uart.send(byte),
            // SAFETY: it answered when it became the console.
            Self::Semihosting => unsafe { semihosting::write(byte) },
        }
    }

    /// Tells whether every byte has left.
    pub(super) fn is_drained(&mut self) -> bool {
        match self {
            Self::Pl011(uart) => uart.is_tx_fifo_empty() && !uart.is_busy(),
            Self::Ns16550(uart) => uart.is_drained(),
            Self::Semihosting => true,
        }
    }
}

/// Returns the driver of a PL011's registers.
///
/// # Safety
///
/// `registers` is the only mapping of them in use, as Device memory, for good, at a multiple of 4.
unsafe fn pl011(registers: NonNull<u8>) -> arm_pl011_uart::Uart<'static> {
    // SAFETY: the caller says so; no register is wider than 4 bytes.
    arm_pl011_uart::Uart::new(unsafe { UniqueMmioPointer::<PL011Registers>::new(registers.cast()) })
}

impl Mapped {
    /// Returns where a register stands.
    fn register(&self, number: usize) -> NonNull<u8> {
        // SAFETY: a 16550 has 8 registers, all of them mapped.
        unsafe { self.start.add(number << self.shift) }
    }
}

impl Registers for Mapped {
    fn read(&mut self, number: usize) -> u8 {
        let register = self.register(number);
        // SAFETY: mapped as Device memory, aligned, and used by this driver alone.
        unsafe {
            match self.width {
                RegisterWidth::Byte => UniqueMmioPointer::<ReadPureWrite<u8>>::new(register.cast()).read(),
                RegisterWidth::Word => {
                    UniqueMmioPointer::<ReadPureWrite<u32>>::new(register.cast()).read().to_le_bytes()[0]
                }
            }
        }
    }

    fn write(&mut self, number: usize, value: u8) {
        let register = self.register(number);
        // SAFETY: as above.
        unsafe {
            match self.width {
                RegisterWidth::Byte => {
                    UniqueMmioPointer::<ReadPureWrite<u8>>::new(register.cast()).write(value);
                }
                RegisterWidth::Word => {
                    UniqueMmioPointer::<ReadPureWrite<u32>>::new(register.cast()).write(value.into());
                }
            }
        }
    }
}
