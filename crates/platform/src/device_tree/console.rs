//! The console: a UART that is driven, by `stdout-path` of `/chosen` or else the first of them.

use super::{
    console_device::ConsoleDevice,
    error::DeviceTreeError,
    open,
    place::{Place, walk},
    property::{Found, is_usable},
    range::PhysicalRange,
};
use core::fmt;
use dtoolkit::{Node, Property, fdt::Fdt};

/// A device to print on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Console<'a> {
    /// Its registers.
    pub registers: PhysicalRange,
    /// What it is.
    pub device: ConsoleDevice,
    /// Why it was taken.
    pub choice: ConsoleChoice<'a>,
    /// Whether `stdout-path` states its speed, as for a line with a terminal at its other end.
    pub has_speed: bool,
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

/// Shows `PL011 at 0x0000000009000000, as stdout-path says`.
impl fmt::Display for Console<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {:#x}, ", self.device, self.registers.start)?;
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
        let Some(device) = ConsoleDevice::read(place)?.filter(|_| is_usable(place.node)) else {
            return Ok(None);
        };
        let mut registers = place.registers(0)?;
        if let Some(offset) = Found::find(place.node, "reg-offset") {
            let start = registers.start.checked_add(offset.cell()?.into());
            let start = start.filter(|start| *start < registers.end);
            registers.start = start.ok_or_else(|| offset.wrong("an offset within the registers"))?;
        }
        if registers.start.is_multiple_of(device.alignment()) {
            return Ok(Some(Self { registers, device, choice, has_speed: false }));
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
pub(super) fn standard_output(tree: Fdt<'_>) -> Result<Option<(Place<'_>, bool)>, DeviceTreeError<'_>> {
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
