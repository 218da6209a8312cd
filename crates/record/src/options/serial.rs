//! The serial line that a machine is listened to on.

use super::{Expected, Quoted, Text, value::Value};
use core::fmt;

/// A serial device of the host and its speed: `/dev/ttyUSB0`, `/dev/ttyUSB0,1500000`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SerialLine<'a> {
    device: &'a str,
    baud: Option<u32>,
}

impl<'a> SerialLine<'a> {
    /// The speed that most boards and machines have.
    const DEFAULT_BAUD: u32 = 115_200;
    /// Faster lines than these no adapter has.
    const MAXIMUM_BAUD: u32 = 20_000_000;

    /// Returns the path of the device.
    #[must_use]
    pub const fn device(self) -> &'a str {
        self.device
    }

    /// Returns the speed in baud.
    #[must_use]
    pub fn baud(self) -> u32 {
        self.baud.unwrap_or(Self::DEFAULT_BAUD)
    }
}

impl<'a> Value<'a> for SerialLine<'a> {
    const EXPECTED: Expected =
        Expected::Phrase("a serial device and, behind a comma, its speed, such as /dev/ttyUSB0,115200");

    fn parse(text: &'a str) -> Option<Self> {
        let Text(text) = Text::parse(text)?;
        let (device, baud) = match text.rsplit_once(',') {
            Some((device, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let baud = digits.parse().ok().filter(|baud| (1..=Self::MAXIMUM_BAUD).contains(baud))?;
                (device, Some(baud))
            }
            _ => (text, None),
        };
        (!device.is_empty()).then_some(Self { device, baud })
    }
}

impl fmt::Display for SerialLine<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.device).fmt(formatter)?;
        self.baud.map_or(Ok(()), |baud| write!(formatter, ",{baud}"))
    }
}
