//! The device tree: what the machine is, as far as this project asks.
//!
//! The blob is read in place by the crate `dtoolkit`; this module knows the bindings. Nothing here trusts the
//! blob: a broken one gives an error that names node, property and value, in time linear in its size.

mod cpus;
mod error;
mod interrupts;
mod memory;
mod module;
mod place;
mod property;
mod range;
#[cfg(test)]
mod tests;

pub use cpus::{Affinity, Conduit, Cpu, Cpus, EnableMethod, MAXIMUM_CPUS, Psci, PsciRevision};
pub use error::{DeviceTreeError, PropertyValue};
pub use interrupts::{InterruptController, InterruptId, MAXIMUM_REDISTRIBUTOR_REGIONS, Timer};
pub use range::{MAXIMUM_RANGES, PhysicalRange, PhysicalRanges, TooManyRanges};

use dtoolkit::fdt::Fdt;
use place::{Place, walk};
use property::{Found, is_compatible, is_usable};

/// The bytes of a device tree's header (Devicetree Specification, 5.2).
pub const HEADER_SIZE: usize = 40;

/// The largest blob that a boot loader may pass, in bytes (Linux, Documentation/arch/arm64/booting.rst).
pub const MAXIMUM_SIZE: usize = 2 << 20;

/// The first word of a device tree.
const MAGIC: u32 = 0xd00d_feed;

/// The `compatible` string of the only console that is driven.
const PL011: &str = "arm,pl011";

/// A machine, as its device tree describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Platform<'a> {
    /// The size of the blob in bytes, for its reader to keep.
    pub blob_size: usize,
    /// The boot arguments; empty if there are none.
    pub boot_arguments: &'a str,
    /// What the boot loader has loaded beside the kernel, if anything: the initial RAM disk of `/chosen`. It is still in
    /// the memory.
    pub module: Option<PhysicalRange>,
    /// The console, if the machine has one that can be driven.
    pub console: Option<Console>,
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

/// A PL011 to print on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Console {
    /// Its registers.
    pub registers: PhysicalRange,
    /// Why it was taken.
    pub choice: ConsoleChoice,
}

/// Why a device is the console.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConsoleChoice {
    /// `stdout-path` of `/chosen` names it.
    StandardOutput,
    /// It is the first usable one: `stdout-path` is absent or names something else.
    First,
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
            boot_arguments: boot_arguments.unwrap_or_default(),
            module: chosen.map_or(Ok(None), module::read)?,
            console: Console::find_in(tree)?,
            memory: memory::usable(tree)?,
            cpus: Cpus::read(tree)?,
            psci,
            interrupt_controller: controller,
            timer,
        })
    }
}

impl Console {
    /// Finds the console and nothing else, so that a tree that [`Platform::parse`] refuses can be reported.
    ///
    /// # Errors
    ///
    /// A [`DeviceTreeError`] if the blob is broken or the console's node does not follow its binding.
    pub fn find(blob: &[u8]) -> Result<Option<Self>, DeviceTreeError<'_>> {
        Self::find_in(open(blob)?)
    }

    fn read<'a>(place: &Place<'a>, choice: ConsoleChoice) -> Result<Self, DeviceTreeError<'a>> {
        let registers = place.registers(0)?;
        if registers.start.is_multiple_of(4) {
            return Ok(Self { registers, choice });
        }
        Err(Found::require(place.node, "reg")?.wrong("registers at a multiple of 4"))
    }

    fn find_in(tree: Fdt<'_>) -> Result<Option<Self>, DeviceTreeError<'_>> {
        if let Some(place) = standard_output(tree)?.filter(|place| is_pl011(place)) {
            return Self::read(&place, ConsoleChoice::StandardOutput).map(Some);
        }
        let mut first = None;
        walk(tree, |place| {
            if first.is_none() && is_pl011(place) {
                first = Some(Self::read(place, ConsoleChoice::First)?);
            }
            Ok(())
        })?;
        Ok(first)
    }
}

/// Tells whether a PL011 is there and usable.
fn is_pl011(place: &Place<'_>) -> bool {
    is_usable(place.node) && is_compatible(place.node, &[PL011])
}

/// Finds the node that `stdout-path` names: a path or an alias, and options behind a colon
/// (Devicetree Specification, 3.6).
fn standard_output(tree: Fdt<'_>) -> Result<Option<Place<'_>>, DeviceTreeError<'_>> {
    let Some(chosen) = tree.find_node("/chosen") else { return Ok(None) };
    let Some(value) = Found::find(chosen, "stdout-path") else { return Ok(None) };
    let value = value.text()?;
    let name = value.split_once(':').map_or(value, |(name, _)| name);
    if name.starts_with('/') {
        return Ok(Place::at_path(tree, name));
    }
    let Some(aliases) = tree.find_node("/aliases") else { return Ok(None) };
    let alias = dtoolkit::Node::property(&aliases, name);
    let path = alias.and_then(|alias| dtoolkit::Property::value_as::<&str>(&alias).ok());
    Ok(path.and_then(|path| Place::at_path(tree, path)))
}

/// Checks the blob's structure from end to end.
fn open(blob: &[u8]) -> Result<Fdt<'_>, DeviceTreeError<'_>> {
    let expected = blob_size(blob)?;
    let bytes = blob.get(..expected).ok_or(DeviceTreeError::Truncated { bytes: blob.len(), expected })?;
    Ok(Fdt::new(bytes)?)
}
