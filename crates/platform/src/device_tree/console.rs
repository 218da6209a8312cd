//! The console: a UART that is driven, by `stdout-path` of `/chosen` or else the first of them.

use super::{
    error::DeviceTreeError,
    open,
    place::{Place, walk},
    property::{Found, is_compatible, is_usable},
    range::PhysicalRange,
};
use core::fmt;
use dtoolkit::{Node, Property, fdt::Fdt};

/// A UART to print on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Console<'a> {
    /// Its registers.
    pub registers: PhysicalRange,
    /// How they are driven.
    pub uart: Uart,
    /// Why it was taken.
    pub choice: ConsoleChoice<'a>,
    /// Whether `stdout-path` states its speed, as for a line with a terminal at its other end.
    pub has_speed: bool,
}

/// The kinds of UART that are driven.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Uart {
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
}

/// How wide a register is accessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegisterWidth {
    /// Byte by byte.
    Byte,
    /// As words of 32 bits.
    Word,
}

/// Why a device is the console.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsoleChoice<'a> {
    /// `stdout-path` of `/chosen` names it.
    StandardOutput,
    /// ACPI's SPCR names it.
    Acpi,
    /// It is the first usable one, since `stdout-path` is absent or leads nowhere.
    First,
    /// It is the first usable one, since `stdout-path` names a device that is not driven.
    Instead {
        /// The name of that device's node.
        of: &'a str,
    },
}

impl Uart {
    /// A PL011, whatever else its node is compatible with (Linux's binding pl011.yaml).
    const PL011: &'static str = "arm,pl011";
    /// The generic UART (Linux's binding arm,sbsa-uart.yaml).
    const SBSA: &'static str = "arm,sbsa-uart";
    /// Those of the 16550's relatives that send alike (Linux's binding 8250.yaml).
    const NS16550: [&'static str; 5] = ["ns16550a", "ns16550", "ns16450", "ns8250", "snps,dw-apb-uart"];
    /// The Raspberry Pi's small UART, whose registers are words (BCM2835 ARM Peripherals, 2.2).
    const BCM2835: &'static str = "brcm,bcm2835-aux-uart";

    /// Reads which UART a node is, if it is one that is driven.
    fn read<'a>(place: &Place<'a>) -> Result<Option<Self>, DeviceTreeError<'a>> {
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
            Self::Pl011 | Self::Sbsa | Self::Ns16550 { width: RegisterWidth::Word, .. } => 4,
        }
    }
}

/// Shows the name as the log has it.
impl fmt::Display for Uart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pl011 => formatter.write_str("PL011"),
            Self::Sbsa => formatter.write_str("SBSA UART"),
            Self::Ns16550 { shift: 0, width: RegisterWidth::Byte } => formatter.write_str("16550"),
            Self::Ns16550 { shift, width } => {
                let bits = if *width == RegisterWidth::Byte { 8 } else { 32 };
                write!(formatter, "16550 with {bits}-bit registers {} bytes apart", 1 << shift)
            }
        }
    }
}

/// Shows `PL011 at 0x0000000009000000, as stdout-path says`.
impl fmt::Display for Console<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {:#x}, ", self.uart, self.registers.start)?;
        match self.choice {
            ConsoleChoice::StandardOutput => formatter.write_str("as stdout-path says"),
            ConsoleChoice::Acpi => formatter.write_str("as ACPI's SPCR says"),
            ConsoleChoice::First => formatter.write_str("the first, as stdout-path names none"),
            ConsoleChoice::Instead { of } => {
                write!(formatter, "the first that is driven: stdout-path names {of}, which is not")
            }
        }
    }
}

impl<'a> Console<'a> {
    /// Finds the console and nothing else, so that a tree that [`Platform::parse`](super::Platform::parse) refuses can
    /// be reported.
    ///
    /// # Errors
    ///
    /// A [`DeviceTreeError`] if the blob is broken or the console's node does not follow its binding.
    pub fn find(blob: &'a [u8]) -> Result<Option<Self>, DeviceTreeError<'a>> {
        Self::find_in(open(blob)?)
    }

    /// Takes the device, if it is usable and a UART that is driven.
    fn read(place: &Place<'a>, choice: ConsoleChoice<'a>) -> Result<Option<Self>, DeviceTreeError<'a>> {
        let Some(uart) = Uart::read(place)?.filter(|_| is_usable(place.node)) else { return Ok(None) };
        let mut registers = place.registers(0)?;
        if let Some(offset) = Found::find(place.node, "reg-offset") {
            let start = registers.start.checked_add(offset.cell()?.into());
            let start = start.filter(|start| *start < registers.end);
            registers.start = start.ok_or_else(|| offset.wrong("an offset within the registers"))?;
        }
        if registers.start.is_multiple_of(uart.alignment()) {
            return Ok(Some(Self { registers, uart, choice, has_speed: false }));
        }
        Err(Found::require(place.node, "reg")?.wrong("registers at a multiple of 4"))
    }

    pub(super) fn find_in(tree: Fdt<'a>) -> Result<Option<Self>, DeviceTreeError<'a>> {
        let mut choice = ConsoleChoice::First;
        if let Some((place, has_speed)) = standard_output(tree)? {
            if let Some(console) = Self::read(&place, ConsoleChoice::StandardOutput)? {
                return Ok(Some(Self { has_speed, ..console }));
            }
            choice = ConsoleChoice::Instead { of: place.node.name() };
        }
        let mut first = None;
        walk(tree, |place| {
            if first.is_none() {
                first = Self::read(place, choice)?;
            }
            Ok(())
        })?;
        Ok(first)
    }
}

/// Finds the node that `stdout-path` names: a path or an alias, and options behind a colon, of which the speed comes
/// first (Devicetree Specification, 3.6).
fn standard_output(tree: Fdt<'_>) -> Result<Option<(Place<'_>, bool)>, DeviceTreeError<'_>> {
    let Some(chosen) = tree.find_node("/chosen") else { return Ok(None) };
    let Some(value) = Found::find(chosen, "stdout-path") else { return Ok(None) };
    let value = value.text()?;
    let (name, options) = value.split_once(':').unwrap_or((value, ""));
    let has_speed = options.starts_with(|first: char| first.is_ascii_digit());
    let path = if name.starts_with('/') {
        Some(name)
    } else {
        let alias = tree.find_node("/aliases").and_then(|aliases| aliases.property(name));
        alias.and_then(|alias| alias.value_as::<&str>().ok())
    };
    Ok(path.and_then(|path| Place::at_path(tree, path)).map(|place| (place, has_speed)))
}
