//! The device tree: what the machine is, as far as this project asks.
//!
//! The blob is read in place by the crate `dtoolkit`; this module knows the bindings. Nothing here trusts the
//! blob: a broken one gives an error that names node, property and value, in time linear in its size.

mod console;
mod console_device;
mod cpus;
mod error;
mod interrupts;
mod memory;
mod module;
mod place;
mod property;
mod range;
mod structure;
#[cfg(test)]
mod tests;
mod virtio;

pub use console::{Console, ConsoleChoice};
pub use console_device::{ConsoleDevice, RegisterWidth};
pub use cpus::{Affinity, Conduit, Cpu, Cpus, EnableMethod, MAXIMUM_CPUS, Psci, PsciRevision};
pub use error::{DeviceTreeError, PropertyValue};
pub use interrupts::{InterruptController, InterruptId, MAXIMUM_REDISTRIBUTOR_REGIONS, Timer};
pub use range::{MAXIMUM_RANGES, PhysicalRange, PhysicalRanges};
pub use virtio::{MAXIMUM_VIRTIO_DEVICES, VirtioDevices};

use dtoolkit::{error::FdtErrorKind, fdt::Fdt};
use place::walk;
use property::{Found, is_compatible};

/// The bytes of a device tree's header (Devicetree Specification, 5.2).
pub const HEADER_SIZE: usize = 40;

/// The largest blob that a boot loader may pass, in bytes (Linux, Documentation/arch/arm64/booting.rst).
pub const MAXIMUM_SIZE: usize = 2 << 20;

/// The first word of a device tree.
const MAGIC: u32 = 0xd00d_feed;

/// What the root is compatible with where a program makes the machine: QEMU's `virt`, kvmtool, Firecracker, crosvm and
/// cloud-hypervisor; Xen (Linux's binding arm/xen.txt).
const MAKERS: [&str; 2] = ["linux,dummy-virt", "xen,xenvm"];

/// A machine, as its device tree describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Platform<'a> {
    /// The size of the blob in bytes, for its reader to keep.
    pub blob_size: usize,
    /// What says that a program makes the machine, an emulator or a hypervisor: a name that no board has.
    pub maker: Option<&'a str>,
    /// The boot arguments; empty if there are none.
    pub boot_arguments: &'a str,
    /// What the boot loader has loaded beside the kernel, if anything: the initial RAM disk of `/chosen`. It is still in
    /// the memory.
    pub module: Option<PhysicalRange>,
    /// The console, if the machine has one that can be driven.
    pub console: Option<Console<'a>>,
    /// The devices of virtio, one of which may be the console where there is no UART.
    pub virtio: VirtioDevices<'a>,
    /// The memory that nothing in the tree reserves. The kernel and the blob itself are still in it.
    pub memory: PhysicalRanges,
    /// The CPUs.
    pub cpus: Cpus<'a>,
    /// How CPUs are started and the machine is stopped, if firmware or a hypervisor offers it.
    pub psci: Option<Psci>,
    /// The interrupt controller, if it is a GIC.
    pub interrupt_controller: Option<InterruptController>,
    /// The generic timer, if the tree has it and its interrupt controller.
    pub timer: Option<Timer>,
}

/// Returns the size in bytes that a blob's header announces; `start` is its first bytes, eight or more.
///
/// With it, a boot that knows only where the blob starts learns how much of it to map.
///
/// # Errors
///
/// [`DeviceTreeError::Truncated`] under eight bytes, [`DeviceTreeError::Magic`] where no device tree starts,
/// and [`DeviceTreeError::TotalSize`] for a size beyond [`HEADER_SIZE`] to [`MAXIMUM_SIZE`].
pub fn blob_size(start: &[u8]) -> Result<usize, DeviceTreeError<'static>> {
    let ([magic, size, ..], _) = start.as_chunks::<4>() else {
        return Err(DeviceTreeError::Truncated { bytes: start.len(), expected: 8 });
    };
    let (magic, size) = (u32::from_be_bytes(*magic), u32::from_be_bytes(*size));
    match size as usize {
        _ if magic != MAGIC => Err(DeviceTreeError::Magic(magic)),
        bytes @ HEADER_SIZE..=MAXIMUM_SIZE => Ok(bytes),
        _ => Err(DeviceTreeError::TotalSize(size)),
    }
}

impl<'a> Platform<'a> {
    /// Reads a device tree; bytes of `blob` behind the size in its header are ignored.
    ///
    /// # Errors
    ///
    /// A [`DeviceTreeError`] if the blob is broken, if it has no memory or no CPU, or if a node that is
    /// needed does not follow its binding.
    pub fn parse(blob: &'a [u8]) -> Result<Self, DeviceTreeError<'a>> {
        let tree = open(blob)?;
        let (mut psci, mut controller, mut controller_node, mut timer_node) = (None, None, None, None);
        walk(tree, |place| {
            let node = place.node;
            if psci.is_none() && is_compatible(node, &Psci::NAMES) {
                psci = Some(Psci::read(node)?);
            } else if controller.is_none() && is_compatible(node, &InterruptController::V2_NAMES) {
                controller = Some(InterruptController::read_v2(place)?);
                controller_node = Some(node);
            } else if controller.is_none() && is_compatible(node, &InterruptController::V3_NAMES) {
                controller = Some(InterruptController::read_v3(place)?);
                controller_node = Some(node);
            } else if timer_node.is_none() && is_compatible(node, &Timer::NAMES) {
                timer_node = Some(node);
            }
            Ok(())
        })?;
        let timer = match (timer_node, controller_node) {
            (Some(node), Some(controller)) => Some(Timer::read(node, controller)?),
            _ => None,
        };
        let chosen = tree.find_node("/chosen");
        let boot_arguments =
            chosen.and_then(|node| Found::find(node, "bootargs")).map(Found::text).transpose()?;
        Ok(Self {
            blob_size: tree.data().len(),
            maker: MAKERS.into_iter().find(|maker| is_compatible(tree.root(), &[maker])),
            boot_arguments: boot_arguments.unwrap_or_default(),
            module: chosen.map_or(Ok(None), module::read)?,
            console: Console::find_in(tree)?,
            virtio: VirtioDevices::find_in(tree)?,
            memory: memory::usable(tree)?,
            cpus: Cpus::read(tree)?,
            psci,
            interrupt_controller: controller,
            timer,
        })
    }
}

/// Checks the blob's structure from end to end.
fn open(blob: &[u8]) -> Result<Fdt<'_>, DeviceTreeError<'_>> {
    let expected = blob_size(blob)?;
    let bytes = blob.get(..expected).ok_or(DeviceTreeError::Truncated { bytes: blob.len(), expected })?;
    match Fdt::new(bytes) {
        Err(error)
            if matches!(error.kind, FdtErrorKind::InvalidNodeName | FdtErrorKind::InvalidPropertyName) =>
        {
            structure::check(bytes)?;
            Ok(Fdt::new_unchecked(bytes))
        }
        checked => Ok(checked?),
    }
}
