//! What the firmware says of the machine: by a device tree, or by ACPI where there is none.

use crate::machine::calls::{self, Abandoned};
use crate::machine::unexpected::Unexpected;
use crate::machine::{efi, per_cpu};
use crate::memory::{self, FirmwareTables, StartError};
use afdbm::address::PhysicalAddress;
use core::fmt::{self, Display};
use platform::acpi::{self, AcpiError};
use platform::device_tree::{Console, DeviceTreeError, PhysicalRange, Platform, VirtioDevices};
use platform::efi::{all_memory, free_memory};

/// Why there is no description that can be used.
#[derive(Debug)]
pub enum DescriptionError {
    /// There is no device tree.
    NotFound(StartError),
    /// To read it ended in an exception.
    Unreadable(PhysicalAddress, Option<Unexpected>),
    /// The device tree is broken, or the machine too little.
    DeviceTree(DeviceTreeError<'static>),
    /// The same for ACPI's tables.
    Acpi(AcpiError),
}

impl Display for DescriptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(error) => Display::fmt(error, formatter),
            Self::Unreadable(place, exception) => {
                write!(formatter, "no device tree can be read at x0 = {place}")?;
                exception.as_ref().map_or(Ok(()), |exception| write!(formatter, ": {exception}"))
            }
            Self::DeviceTree(error) => Display::fmt(error, formatter),
            Self::Acpi(error) => Display::fmt(error, formatter),
        }
    }
}

/// The machine, as far as it can be described.
#[derive(Debug)]
pub struct Description {
    /// All of it.
    pub platform: Result<Platform<'static>, DescriptionError>,
    /// The UART that is the console, which may be known where the rest is broken.
    pub console: Option<Console<'static>>,
    /// So may the devices of virtio.
    pub virtio: VirtioDevices<'static>,
    /// Where the device tree stands; empty with ACPI.
    pub tree: PhysicalRange,
}

/// Finds the description and reads it; `tree` is x0 as the boot loader left it, `image` where the image stands.
///
/// A device tree comes first. A boot loader may have made one that has nothing but its own words, so that one without
/// memory or CPUs gives way to ACPI.
///
/// # Errors
///
/// A [`DescriptionError`] if there is none.
pub fn find(tree: PhysicalAddress, image: PhysicalAddress) -> Result<Description, DescriptionError> {
    let acpi = efi::acpi_root();
    if let (Some(root), 0) = (acpi, tree.0) {
        return Ok(by_acpi(root));
    }
    // What x0 holds may be anything, so that reading there may end in an exception.
    let found = calls::guarded(|| memory::find_device_tree(tree, image));
    let found = found
        .map_err(|Abandoned| DescriptionError::Unreadable(tree, per_cpu::this_cpu().unexpected.take()))?;
    let (place, blob) = found.map_err(DescriptionError::NotFound)?;
    let parsed = Platform::parse(blob);
    if let (Some(root), Err(DeviceTreeError::MissingNode(_))) = (acpi, &parsed) {
        return Ok(by_acpi(root));
    }
    Ok(Description {
        console: parsed
            .as_ref()
            .map_or_else(|_| Console::find(blob).ok().flatten(), |platform| platform.console),
        virtio: parsed.as_ref().map_or_else(
            |_| VirtioDevices::find(blob).unwrap_or_default(),
            |platform| platform.virtio.clone(),
        ),
        platform: parsed.map_err(DescriptionError::DeviceTree),
        tree: PhysicalRange::saturating(place.0, blob.len() as u64),
    })
}

fn by_acpi(root: u64) -> Description {
    let (all, free) = efi::memory_map().map_or_else(Default::default, |map| {
        (all_memory(map.bytes, map.stride), free_memory(map.bytes, map.stride))
    });
    let mut tables = FirmwareTables::new(&all);
    let platform = acpi::parse(root, &mut tables, free);
    let console = match &platform {
        Ok(platform) => platform.console,
        Err(_) => acpi::find_console(root, &mut tables).ok().flatten(),
    };
    Description {
        platform: platform.map_err(DescriptionError::Acpi),
        console,
        virtio: VirtioDevices::default(),
        tree: PhysicalRange::saturating(0, 0),
    }
}
