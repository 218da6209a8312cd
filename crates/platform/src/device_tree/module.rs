//! What the boot loader has loaded beside the kernel (Linux, Documentation/arch/arm64/booting.rst: an initrd).

use super::{error::DeviceTreeError, property::Found, range::PhysicalRange};
use dtoolkit::fdt::FdtNode;

/// Reads `linux,initrd-start` and `linux,initrd-end` of `/chosen`, each of one cell or two; `None` where it has neither,
/// or nothing lies in between.
pub(super) fn read(chosen: FdtNode<'_>) -> Result<Option<PhysicalRange>, DeviceTreeError<'_>> {
    let Some(start) = Found::find(chosen, "linux,initrd-start") else { return Ok(None) };
    let end = Found::require(chosen, "linux,initrd-end")?;
    let (first, past) = (address(start)?, address(end)?);
    let size = past.checked_sub(first).ok_or_else(|| end.wrong("an address behind linux,initrd-start"))?;
    Ok(PhysicalRange::new(first, size).filter(|_| size > 0))
}

fn address(property: Found<'_>) -> Result<u64, DeviceTreeError<'_>> {
    if property.value.len() == 4 { property.cell().map(u64::from) } else { property.two_cells() }
}
