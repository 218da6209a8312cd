//! How the UART of Meson sends (Amlogic S905 Datasheet, UART register description).
//!
//! Its speed stays as the firmware has set it.

use crate::words::Words;
use tock_registers::{LocalRegisterCopy, register_bitfields};

/// UART_WFIFO, what is to be sent.
const WRITE: usize = 0x0;
/// UART_CONTROL.
const CONTROL: usize = 0x8;
/// UART_STATUS.
const STATUS: usize = 0xc;

register_bitfields![u32,
    Control [
        /// The transmitter is on.
        TX_ENABLE OFFSET(12) NUMBITS(1) []
    ],
    Status [
        /// The transmitter's FIFO is full.
        TX_FULL OFFSET(21) NUMBITS(1) [],
        /// The transmitter's FIFO is empty.
        TX_EMPTY OFFSET(22) NUMBITS(1) [],
        /// A byte is being sent.
        TX_BUSY OFFSET(25) NUMBITS(1) []
    ]
];

/// A UART of Meson that sends.
#[derive(Debug)]
pub struct Meson<W>(W);

impl<W: Words> Meson<W> {
    /// Takes the UART over, and turns its transmitter on where nobody did.
    pub fn new(mut registers: W) -> Self {
        let mut control = LocalRegisterCopy::<u32, Control::Register>::new(registers.read(CONTROL));
        if !control.is_set(Control::TX_ENABLE) {
            control.modify(Control::TX_ENABLE::SET);
            registers.write(CONTROL, control.get());
        }
        Self(registers)
    }

    fn status(&mut self) -> LocalRegisterCopy<u32, Status::Register> {
        LocalRegisterCopy::new(self.0.read(STATUS))
    }

    /// Tells whether it takes a byte.
    pub fn can_send(&mut self) -> bool {
        !self.status().is_set(Status::TX_FULL)
    }

    /// Tells whether every byte has left.
    pub fn is_drained(&mut self) -> bool {
        let status = self.status();
        status.is_set(Status::TX_EMPTY) && !status.is_set(Status::TX_BUSY)
    }

    /// Sends a byte, which is lost unless [`can_send`](Self::can_send).
    pub fn send(&mut self, byte: u8) {
        self.0.write(WRITE, byte.into());
    }
}

#[cfg(test)]
mod tests {
    use super::Meson;
    use crate::words::fake::Block;

    #[test]
    fn a_transmitter_that_is_off_is_turned_on_and_one_that_is_on_is_left_alone() {
        let mut off = Block::with(&[(0x8, 0x0100_2000)]);
        Meson::new(&mut off);
        assert_eq!(off.written, [(0x8, 0x0100_3000)]);
        let mut on = Block::with(&[(0x8, 0x3000)]);
        Meson::new(&mut on);
        assert!(on.written.is_empty());
    }

    #[test]
    fn it_takes_a_byte_unless_full_and_is_drained_when_empty_and_idle() {
        const FULL: u32 = 1 << 21;
        const EMPTY: u32 = 1 << 22;
        const BUSY: u32 = 1 << 25;
        for (status, takes, drained) in [
            (EMPTY, true, true),
            (EMPTY | BUSY, true, false),
            (BUSY, true, false),
            (FULL | BUSY, false, false),
        ] {
            let mut block = Block::with(&[(0x8, 0x1000), (0xc, status)]);
            let mut uart = Meson::new(&mut block);
            assert_eq!((uart.can_send(), uart.is_drained()), (takes, drained), "{status:#x}");
            uart.send(b'x');
            assert_eq!(block.written, [(0x0, u32::from(b'x'))]);
        }
    }
}
