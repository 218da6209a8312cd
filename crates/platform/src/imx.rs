//! How the UART of i.MX sends (NXP, i.MX 8M Plus Applications Processor Reference Manual, UART memory map).
//!
//! Its speed stays as the firmware has set it.

use crate::words::Words;
use tock_registers::{LocalRegisterCopy, register_bitfields};

/// UTXD, the transmitter register.
const TRANSMITTER: usize = 0x40;
/// UCR1, control register 1.
const CONTROL_1: usize = 0x80;
/// UCR2, control register 2.
const CONTROL_2: usize = 0x84;
/// USR2, status register 2.
const STATUS_2: usize = 0x98;
/// UTS, the test register.
const TEST: usize = 0xb4;

register_bitfields![u32,
    Control1 [
        /// The UART is on.
        UARTEN OFFSET(0) NUMBITS(1) []
    ],
    Control2 [
        /// It is not being reset.
        SRST OFFSET(0) NUMBITS(1) [],
        /// The transmitter is on.
        TXEN OFFSET(2) NUMBITS(1) []
    ],
    Status2 [
        /// Every byte has left.
        TXDC OFFSET(3) NUMBITS(1) []
    ],
    Test [
        /// The transmitter's FIFO is full.
        TXFULL OFFSET(4) NUMBITS(1) []
    ]
];

/// A UART of i.MX that sends.
#[derive(Debug)]
pub struct Imx<W>(W);

impl<W: Words> Imx<W> {
    /// Takes the UART over, and turns it on where nobody did.
    pub fn new(mut registers: W) -> Self {
        let mut first = LocalRegisterCopy::<u32, Control1::Register>::new(registers.read(CONTROL_1));
        let mut second = LocalRegisterCopy::<u32, Control2::Register>::new(registers.read(CONTROL_2));
        let on = Control2::TXEN::SET + Control2::SRST::SET;
        if !first.is_set(Control1::UARTEN) || !second.matches_all(on) {
            first.modify(Control1::UARTEN::SET);
            registers.write(CONTROL_1, first.get());
            second.modify(on);
            registers.write(CONTROL_2, second.get());
        }
        Self(registers)
    }

    /// Tells whether it takes a byte.
    pub fn can_send(&mut self) -> bool {
        !LocalRegisterCopy::<u32, Test::Register>::new(self.0.read(TEST)).is_set(Test::TXFULL)
    }

    /// Tells whether every byte has left.
    pub fn is_drained(&mut self) -> bool {
        LocalRegisterCopy::<u32, Status2::Register>::new(self.0.read(STATUS_2)).is_set(Status2::TXDC)
    }

    /// Sends a byte, which is lost unless [`can_send`](Self::can_send).
    pub fn send(&mut self, byte: u8) {
        self.0.write(TRANSMITTER, byte.into());
    }
}

#[cfg(test)]
mod tests {
    use super::Imx;
    use crate::words::fake::Block;

    #[test]
    fn a_uart_that_is_off_is_turned_on_and_one_that_is_on_is_left_alone() {
        // UCR2 has WS (8 bits, 1 << 5) and IRTS (1 << 14) as the firmware left them.
        let mut off = Block::with(&[(0x80, 0), (0x84, 1 << 14 | 1 << 5 | 1)]);
        Imx::new(&mut off);
        assert_eq!(off.written, [(0x80, 1), (0x84, 1 << 14 | 1 << 5 | 1 << 2 | 1)]);
        let mut on = Block::with(&[(0x80, 1), (0x84, 1 << 2 | 1)]);
        Imx::new(&mut on);
        assert!(on.written.is_empty());
    }

    #[test]
    fn it_takes_a_byte_unless_full_and_is_drained_when_all_has_left() {
        for (test, status, takes, drained) in
            [(0, 1 << 3, true, true), (1 << 4, 0, false, false), (1 << 5 | 1 << 6, !(1 << 3), true, false)]
        {
            let mut block = Block::with(&[(0x80, 1), (0x84, 1 << 2 | 1), (0xb4, test), (0x98, status)]);
            let mut uart = Imx::new(&mut block);
            assert_eq!((uart.can_send(), uart.is_drained()), (takes, drained), "{test:#x} {status:#x}");
            uart.send(b'x');
            assert_eq!(block.written, [(0x40, u32::from(b'x'))]);
        }
    }
}
