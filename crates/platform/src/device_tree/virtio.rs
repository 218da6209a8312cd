//! The devices of virtio whose registers stand in memory.

use super::{
    console::{Console, ConsoleChoice, standard_output},
    console_device::ConsoleDevice,
    error::DeviceTreeError,
    open,
    place::{Place, walk},
    property::{is_compatible, is_usable},
    range::PhysicalRange,
};
use arrayvec::ArrayVec;
use dtoolkit::{Node, fdt::Fdt};

/// How many are kept; QEMU's `virt` has as many.
pub const MAXIMUM_VIRTIO_DEVICES: usize = 32;

/// Bytes within which their registers are looked at: they stand side by side.
const WINDOW: u64 = 1 << 20;

/// What they are compatible with (Linux's binding virtio/mmio.yaml).
const NAME: &str = "virtio,mmio";

/// The devices of virtio by registers in memory, of which these registers alone tell what they are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VirtioDevices<'a> {
    /// The registers of each, that of `stdout-path` first.
    registers: ArrayVec<PhysicalRange, MAXIMUM_VIRTIO_DEVICES>,
    /// The name of the node that `stdout-path` leads to.
    output: Option<&'a str>,
    /// Whether that is the first of them.
    are_named: bool,
}

impl<'a> VirtioDevices<'a> {
    /// Finds them and nothing else, so that a tree that [`Platform::parse`](super::Platform::parse) refuses can be
    /// reported.
    ///
    /// # Errors
    ///
    /// A [`DeviceTreeError`] if the blob is broken, or the node of one does not follow its binding.
    pub fn find(blob: &'a [u8]) -> Result<Self, DeviceTreeError<'a>> {
        Self::find_in(open(blob)?)
    }

    pub(super) fn find_in(tree: Fdt<'a>) -> Result<Self, DeviceTreeError<'a>> {
        let mut devices = Self::default();
        if let Some((place, _)) = standard_output(tree)? {
            devices.output = Some(place.node.name());
            devices.are_named = is_compatible(place.node, &[NAME]) && is_usable(place.node);
            if devices.are_named {
                devices.add(&place)?;
            }
        }
        walk(tree, |place| if is_compatible(place.node, &[NAME]) { devices.add(place) } else { Ok(()) })?;
        Ok(devices)
    }

    /// Adds the device of a node, unless it is there already; one too many is left out.
    fn add(&mut self, place: &Place<'a>) -> Result<(), DeviceTreeError<'a>> {
        let registers = place.registers(0)?;
        if registers.start.is_multiple_of(ConsoleDevice::Virtio.alignment())
            && !self.registers.contains(&registers)
        {
            let _ = self.registers.try_push(registers);
        }
        Ok(())
    }

    /// Returns the registers of each.
    #[must_use]
    pub fn registers(&self) -> &[PhysicalRange] {
        &self.registers
    }

    /// Returns what is to be mapped of them: from the lowest on, as far as 1 MiB has them whole.
    #[must_use]
    pub fn window(&self) -> Option<PhysicalRange> {
        let start = self.registers.iter().map(|range| range.start).min()?;
        let ends = self.registers.iter().map(|range| range.end);
        let end = ends.filter(|end| *end - start <= WINDOW).max()?;
        Some(PhysicalRange { start, end })
    }

    /// Tells whether `stdout-path` names one of them, so that it goes before a UART.
    #[must_use]
    pub const fn are_named(&self) -> bool {
        self.are_named
    }

    /// Returns the console that the device with these registers is.
    #[must_use]
    pub fn console(&self, registers: PhysicalRange) -> Console<'a> {
        let is_first = self.registers.first() == Some(&registers);
        let choice = match self.output {
            Some(_) if self.are_named && is_first => ConsoleChoice::StandardOutput,
            Some(of) => ConsoleChoice::Instead { of },
            None => ConsoleChoice::First,
        };
        Console { registers, device: ConsoleDevice::Virtio, choice, has_speed: false }
    }
}
