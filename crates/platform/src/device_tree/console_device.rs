//! The kinds of device that are driven as a console, and how a node says which it is.

use super::{
    error::DeviceTreeError,
    place::Place,
    property::{Found, is_compatible},
};
use core::fmt;

/// The devices that are driven as a console.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsoleDevice {
    /// Arm's PL011.
    Pl011,
    /// What a PL011 has in common with all its relatives: data and flags, on since ever (Server Base System
    /// Architecture, generic UART).
    Sbsa,
    /// A 16550 or one of its relatives.
    Ns16550 {
        /// How far the number of a register is shifted to the left for its offset.
        shift: u8,
        /// How a register is accessed.
        width: RegisterWidth,
    },
    /// The UART of NXP's i.MX.
    Imx,
    /// The UART of Amlogic's Meson.
    Meson,
    /// A console of virtio, by registers in memory.
    Virtio,
}

/// How wide a register is accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterWidth {
    /// Byte by byte.
    Byte,
    /// As words of 32 bits.
    Word,
}

impl ConsoleDevice {
    /// A PL011, whatever else its node is compatible with (Linux's binding pl011.yaml).
    const PL011: &'static str = "arm,pl011";
    /// The generic UART (Linux's binding arm,sbsa-uart.yaml).
    const SBSA: &'static str = "arm,sbsa-uart";
    /// Those of the 16550's relatives that send alike (Linux's binding 8250.yaml).
    const NS16550: [&'static str; 5] = ["ns16550a", "ns16550", "ns16450", "ns8250", "snps,dw-apb-uart"];
    /// The Raspberry Pi's small UART, whose registers are words (BCM2835 ARM Peripherals, 2.2).
    const BCM2835: &'static str = "brcm,bcm2835-aux-uart";

    /// That of i.MX since the i.MX6, which the later ones are compatible with (Linux's binding fsl-imx-uart.yaml).
    const IMX: &'static str = "fsl,imx6q-uart";
    /// That of Meson, always on or not (Linux's binding amlogic,meson-uart.yaml).
    const MESON: [&'static str; 2] = ["amlogic,meson-gx-uart", "amlogic,meson-ao-uart"];

    /// Reads which UART a node is, if it is one that is driven.
    pub(super) fn read<'a>(place: &Place<'a>) -> Result<Option<Self>, DeviceTreeError<'a>> {
        let node = place.node;
        if is_compatible(node, &[Self::PL011]) {
            return Ok(Some(Self::Pl011));
        }
        if is_compatible(node, &[Self::SBSA]) {
            return Ok(Some(Self::Sbsa));
        }
        if is_compatible(node, &[Self::BCM2835]) {
            return Ok(Some(Self::Ns16550 { shift: 2, width: RegisterWidth::Word }));
        }
        if is_compatible(node, &[Self::IMX]) {
            return Ok(Some(Self::Imx));
        }
        if is_compatible(node, &Self::MESON) {
            return Ok(Some(Self::Meson));
        }
        if !is_compatible(node, &Self::NS16550) {
            return Ok(None);
        }
        let shift = match Found::find(node, "reg-shift") {
            None => 0,
            Some(property) => match property.cell()? {
                shift @ 0..=4 => shift.to_le_bytes()[0],
                _ => return Err(property.wrong("0 to 4")),
            },
        };
        let width = match Found::find(node, "reg-io-width") {
            None => RegisterWidth::Byte,
            Some(property) => match property.cell()? {
                1 => RegisterWidth::Byte,
                4 if shift >= 2 => RegisterWidth::Word,
                _ => return Err(property.wrong("1, or 4 where reg-shift is 2 or more")),
            },
        };
        Ok(Some(Self::Ns16550 { shift, width }))
    }

    /// Returns the alignment that its registers need, in bytes.
    pub(crate) const fn alignment(self) -> u64 {
        match self {
            Self::Ns16550 { width: RegisterWidth::Byte, .. } => 1,
            _ => 4,
        }
    }
}

/// Shows the name as the log has it.
impl fmt::Display for ConsoleDevice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pl011 => formatter.write_str("PL011"),
            Self::Sbsa => formatter.write_str("SBSA UART"),
            Self::Imx => formatter.write_str("i.MX UART"),
            Self::Meson => formatter.write_str("Meson UART"),
            Self::Virtio => formatter.write_str("virtio console"),
            Self::Ns16550 { shift: 0, width: RegisterWidth::Byte } => formatter.write_str("16550"),
            Self::Ns16550 { shift, width } => {
                let bits = if *width == RegisterWidth::Byte { 8 } else { 32 };
                write!(formatter, "16550 with {bits}-bit registers {} bytes apart", 1 << shift)
            }
        }
    }
}
