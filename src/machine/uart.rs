//! The devices that the console may be, as the firmware or the hypervisor has left them.
//!
//! No baud rate is touched: the clock behind it is the board's own. A PL011 is enabled where nobody did.

use super::layout::PAGE_SIZE;
use super::semihosting;
use super::virtio::Virtio;
use arm_pl011_uart::{PL011Registers, UniqueMmioPointer};
use core::ptr::NonNull;
use platform::device_tree::{ConsoleDevice, RegisterWidth};
use platform::imx::Imx;
use platform::meson::Meson;
use platform::ns16550::{Ns16550, Registers};
use platform::words::Words;
use safe_mmio::fields::ReadPureWrite;

/// Where UARTCR stands (PL011 specification, DDI 0183, 3.3.8).
const CONTROL_OFFSET: usize = 0x30;
/// Bytes of a PL011's registers (DDI 0183, 3.2).
const PL011_SIZE: usize = 0x1000;
/// UARTCR.UARTEN and TXE: the UART is enabled, and sends.
const CONTROL_SEND: u32 = 1 << 0 | 1 << 8;

/// A device that is driven.
#[allow(clippy::large_enum_variant, reason = "there is one, and it is there before the heap")]
pub(super) enum Driver {
    /// A PL011, or what its relatives have in common with it.
    Pl011(arm_pl011_uart::Uart<'static>),
    /// A 16550 or one of its relatives.
    Ns16550(Ns16550<Mapped>),
    /// The UART of i.MX.
    Imx(Imx<Block>),
    /// The UART of Meson.
    Meson(Meson<Block>),
    /// A console of virtio.
    Virtio(Virtio),
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

/// The mapped registers of a device, 32 bits each.
pub(super) struct Block(NonNull<u8>);

// SAFETY: as above.
unsafe impl Send for Block {}

impl Driver {
    /// Takes over the device at `registers`, `size` bytes of them; `None` where it is a device of virtio that is no console.
    ///
    /// # Safety
    ///
    /// `registers` is the mapping of all registers of such a device as Device memory; it stays, and nothing else uses
    /// them; it is aligned to their width. What is returned lies in the kernel's image while it is used.
    pub(super) unsafe fn new(device: ConsoleDevice, registers: NonNull<u8>, size: usize) -> Option<Self> {
        Some(match device {
            // SAFETY: as the caller says.
            ConsoleDevice::Virtio => Self::Virtio(unsafe { Virtio::new(registers, size) }?),
            ConsoleDevice::Imx => Self::Imx(Imx::new(Block(registers))),
            ConsoleDevice::Meson => Self::Meson(Meson::new(Block(registers))),
            ConsoleDevice::Pl011 => {
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
            ConsoleDevice::Sbsa => Self::Pl011(unsafe { pl011(registers) }),
            ConsoleDevice::Ns16550 { shift, width } => {
                Self::Ns16550(Ns16550::new(Mapped { start: registers, shift, width }))
            }
        })
    }

    /// Takes over a PL011 that nothing vouches for, if the registers say that it is one.
    ///
    /// # Safety
    ///
    /// As of [`new`](Self::new), but that the device may be another one: to read it must do no harm.
    pub(super) unsafe fn identified(registers: NonNull<u8>) -> Option<Self> {
        // SAFETY: as the caller says; the identification is read alone.
        let uart = unsafe { pl011(registers) };
        let is_one = uart.read_identification().is_valid();
        // SAFETY: as the caller says, and it is a PL011.
        is_one.then(|| unsafe { Self::new(ConsoleDevice::Pl011, registers, PL011_SIZE) })?
    }

    /// Tells whether it takes a byte.
    pub(super) fn can_send(&mut self) -> bool {
        match self {
            Self::Pl011(uart) => !uart.is_tx_fifo_full(),
            Self::Ns16550(uart) => uart.can_send(),
            Self::Imx(uart) => uart.can_send(),
            Self::Meson(uart) => uart.can_send(),
            Self::Virtio(console) => console.can_send(),
            Self::Semihosting => true,
        }
    }

    /// Sends a byte, which is lost unless [`can_send`](Self::can_send).
    pub(super) fn send(&mut self, byte: u8) {
        match self {
            Self::Pl011(uart) => uart.write_word(byte),
            Self::Ns16550(uart) => uart.send(byte),
            Self::Imx(uart) => uart.send(byte),
            Self::Meson(uart) => uart.send(byte),
            Self::Virtio(console) => console.send(byte),
            // SAFETY: it answered when it became the console.
            Self::Semihosting => unsafe { semihosting::write(byte) },
        }
    }

    /// Tells whether every byte has left.
    pub(super) fn is_drained(&mut self) -> bool {
        match self {
            Self::Pl011(uart) => uart.is_tx_fifo_empty() && !uart.is_busy(),
            Self::Ns16550(uart) => uart.is_drained(),
            Self::Imx(uart) => uart.is_drained(),
            Self::Meson(uart) => uart.is_drained(),
            Self::Virtio(console) => console.is_drained(),
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

impl Block {
    /// Returns a register.
    ///
    /// # Panics
    ///
    /// If `offset` lies beyond the page of registers, or is no multiple of 4.
    fn register(&mut self, offset: usize) -> UniqueMmioPointer<'_, ReadPureWrite<u32>> {
        assert!(offset < PAGE_SIZE as usize && offset.is_multiple_of(4), "register at {offset:#x}");
        // SAFETY: mapped as Device memory, a whole page from the first register on or up to its end, and used by this
        // driver alone.
        unsafe { UniqueMmioPointer::new(self.0.add(offset).cast()) }
    }
}

impl Words for Block {
    fn read(&mut self, offset: usize) -> u32 {
        self.register(offset).read()
    }

    fn write(&mut self, offset: usize, value: u32) {
        self.register(offset).write(value);
    }
}
