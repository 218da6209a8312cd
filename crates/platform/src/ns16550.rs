//! How a 16550 UART, or one of its relatives, sends (National Semiconductor PC16550D, 8.0).
//!
//! It is left as the firmware has set it up: its speed depends on a clock that is the board's own.

/// The registers of a 16550, by their numbers.
pub trait Registers {
    /// Reads a register.
    fn read(&mut self, number: usize) -> u8;
    /// Writes a register.
    fn write(&mut self, number: usize, value: u8);
}

/// The Transmitter Holding Register.
const TRANSMIT: usize = 0;
/// The Line Control Register.
const LINE_CONTROL: usize = 3;
/// The Line Status Register.
const LINE_STATUS: usize = 5;

/// LCR: registers 0 and 1 are the divisor instead.
const DIVISOR_LATCH: u8 = 1 << 7;
/// LSR.THRE: the transmitter, or its FIFO, takes a byte.
const HOLDING_EMPTY: u8 = 1 << 5;
/// LSR.TEMT: every byte has left.
const TRANSMITTER_EMPTY: u8 = 1 << 6;

/// A 16550 that sends.
#[derive(Debug)]
pub struct Ns16550<R>(R);

impl<R: Registers> Ns16550<R> {
    /// Takes the UART over; a divisor latch that was left open is closed, so that what is sent is no divisor.
    pub fn new(mut registers: R) -> Self {
        let control = registers.read(LINE_CONTROL);
        if control & DIVISOR_LATCH != 0 {
            registers.write(LINE_CONTROL, control & !DIVISOR_LATCH);
        }
        Self(registers)
    }

    /// Tells whether it takes a byte.
    pub fn can_send(&mut self) -> bool {
        self.0.read(LINE_STATUS) & HOLDING_EMPTY != 0
    }

    /// Tells whether every byte has left.
    pub fn is_drained(&mut self) -> bool {
        self.0.read(LINE_STATUS) & TRANSMITTER_EMPTY != 0
    }

    /// Sends a byte, which is lost unless [`can_send`](Self::can_send).
    pub fn send(&mut self, byte: u8) {
        self.0.write(TRANSMIT, byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{Ns16550, Registers};
    extern crate std;
    use std::vec::Vec;

    /// A UART whose transmitter holds one byte and needs some looks at it to send it.
    #[derive(Default)]
    struct Mock {
        line_control: u8,
        slowness: u32,
        busy: u32,
        sent: Vec<u8>,
        divisors: Vec<u8>,
    }

    impl Registers for &mut Mock {
        fn read(&mut self, number: usize) -> u8 {
            match number {
                3 => self.line_control,
                5 => {
                    self.busy = self.busy.saturating_sub(1);
                    // The holding register empties before the shift register does.
                    u8::from(self.busy < 2) << 5 | u8::from(self.busy == 0) << 6
                }
                _ => panic!("register {number} is not read"),
            }
        }

        fn write(&mut self, number: usize, value: u8) {
            match number {
                0 if self.line_control & 0x80 != 0 => self.divisors.push(value),
                0 => {
                    self.sent.push(value);
                    self.busy = self.slowness;
                }
                3 => self.line_control = value,
                _ => panic!("register {number} is not written"),
            }
        }
    }

    #[test]
    fn sends_each_byte_once_there_is_room() {
        let mut mock = Mock { line_control: 0x03, slowness: 5, ..Mock::default() };
        let mut uart = Ns16550::new(&mut mock);
        let mut looks = 0;
        for byte in *b"ok\n" {
            while !uart.can_send() {
                looks += 1;
            }
            uart.send(byte);
        }
        assert!(looks >= 2 * 3);
        assert!(!uart.is_drained());
        while !uart.is_drained() {}
        assert_eq!((mock.sent.as_slice(), mock.line_control), (&b"ok\n"[..], 0x03));
    }

    #[test]
    fn closes_a_divisor_latch_that_was_left_open() {
        let mut mock = Mock { line_control: 0x83, ..Mock::default() };
        Ns16550::new(&mut mock).send(b'x');
        assert_eq!((mock.line_control, mock.sent.as_slice(), mock.divisors.len()), (0x03, &b"x"[..], 0));
    }
}
