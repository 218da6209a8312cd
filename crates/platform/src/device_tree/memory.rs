//! The memory that an operating system may use.

use super::{
    error::DeviceTreeError,
    property::{Found, is_of_type, is_usable},
    range::{PhysicalRange, PhysicalRanges},
};
use dtoolkit::{
    Node,
    fdt::{Fdt, FdtNode},
};

/// Returns the memory nodes' ranges without those of `/memreserve/` and of `/reserved-memory`.
pub(super) fn usable(tree: Fdt<'_>) -> Result<PhysicalRanges, DeviceTreeError<'_>> {
    let mut memory = PhysicalRanges::default();
    // Devicetree Specification, 3.4: memory nodes are children of the root.
    for node in tree.root().children().filter(|node| is_of_type(*node, "memory") && is_usable(*node)) {
        Found::require(node, "reg")?;
        for_each_range(node, |range| {
            let range = range.ok_or("a range that ends within 64 bits")?;
            memory.add(range);
            Ok(())
        })?;
    }
    if memory.is_empty() {
        return Err(DeviceTreeError::MissingNode("memory node with a range"));
    }
    let bytes = memory.total();
    for reserved in tree.memory_reservations() {
        let range = PhysicalRange::saturating(reserved.address(), reserved.size());
        memory.remove(range);
    }
    if let Some(parent) = tree.find_node("/reserved-memory") {
        // A child with a size and no `reg` is for the operating system to place; this one places none.
        for node in parent.children().filter(|node| is_usable(*node)) {
            for_each_range(node, |range| {
                let range = range.ok_or("a range that ends within 64 bits")?;
                memory.remove(range);
                Ok(())
            })?;
        }
    }
    if memory.is_empty() { Err(DeviceTreeError::AllReserved { bytes }) } else { Ok(memory) }
}

/// Shows `use_range` each range of the node's `reg`, or `None` for one that does not fit into 64 bits.
///
/// What `use_range` returns as an error is what the value was expected to be.
fn for_each_range<'a>(
    node: FdtNode<'a>,
    mut use_range: impl FnMut(Option<PhysicalRange>) -> Result<(), &'static str>,
) -> Result<(), DeviceTreeError<'a>> {
    let Some(property) = Found::find(node, "reg") else { return Ok(()) };
    let entries = node
        .reg()
        .ok()
        .flatten()
        .ok_or_else(|| property.wrong("addresses and sizes in the parent's cells"))?;
    for entry in entries {
        let (Ok(address), Ok(size)) = (entry.address::<u64>(), entry.size::<u64>()) else {
            return Err(property.wrong("addresses and sizes of up to two cells"));
        };
        use_range(PhysicalRange::new(address, size)).map_err(|expected| property.wrong(expected))?;
    }
    Ok(())
}
