//! Nodes with the buses above them, so that a register's address can be told in the CPU's terms.

use super::{
    error::DeviceTreeError,
    property::{Found, is_usable},
    range::PhysicalRange,
};
use arrayvec::ArrayVec;
use dtoolkit::{
    Node,
    fdt::{Fdt, FdtNode},
};

/// How deep the tree is searched; real trees have about eight levels.
const MAXIMUM_DEPTH: usize = 16;

/// A node and its ancestors.
#[derive(Clone)]
pub(super) struct Place<'a> {
    /// The node.
    pub(super) node: FdtNode<'a>,
    /// Its ancestors, from the root down.
    ancestors: ArrayVec<FdtNode<'a>, MAXIMUM_DEPTH>,
}

impl<'a> Place<'a> {
    /// Finds the node of an absolute path, whose components may leave out the unit address.
    pub(super) fn at_path(tree: Fdt<'a>, path: &str) -> Option<Self> {
        let mut place = Self { node: tree.root(), ancestors: ArrayVec::new() };
        for component in path.strip_prefix('/')?.split('/').filter(|component| !component.is_empty()) {
            place.ancestors.try_push(place.node).ok()?;
            place.node = place.node.child(component)?;
        }
        Some(place)
    }

    /// Returns the `index`th address range of the node's `reg`, as a CPU sees it.
    pub(super) fn registers(&self, index: usize) -> Result<PhysicalRange, DeviceTreeError<'a>> {
        let property = Found::require(self.node, "reg")?;
        let entry = self
            .node
            .reg()
            .ok()
            .flatten()
            .and_then(|mut entries| entries.nth(index))
            .ok_or_else(|| property.wrong("one more address and size in the parent's cells"))?;
        let (Ok(address), Ok(size)) = (entry.address::<u64>(), entry.size::<u64>()) else {
            return Err(property.wrong("addresses and sizes of up to two cells"));
        };
        let address = self.translate(address, size)?;
        PhysicalRange::new(address, size)
            .filter(|range| !range.is_empty())
            .ok_or_else(|| property.wrong("a range that is not empty and ends within 64 bits"))
    }

    /// Takes an address of the node's bus through the `ranges` of every bus above it.
    fn translate(&self, mut address: u64, size: u64) -> Result<u64, DeviceTreeError<'a>> {
        // The root has no `ranges`: its children's addresses are the CPU's.
        for bus in self.ancestors.iter().skip(1).rev() {
            let property = Found::require(*bus, "ranges")?;
            if property.value.is_empty() {
                continue;
            }
            let mut windows = bus
                .ranges()
                .ok()
                .flatten()
                .ok_or_else(|| property.wrong("windows of whole address and size cells"))?;
            address = windows
                .find_map(|window| {
                    let child = window.child_bus_address::<u64>().ok()?;
                    let parent = window.parent_bus_address::<u64>().ok()?;
                    let length = window.length::<u64>().ok()?;
                    let offset = address.checked_sub(child)?;
                    (size <= length && offset <= length - size).then(|| parent.checked_add(offset))?
                })
                .ok_or_else(|| property.wrong("a window around the registers of a device on that bus"))?;
        }
        Ok(address)
    }
}

/// Shows `visit` every node that is usable and lies on no unusable bus, parents first.
pub(super) fn walk<'a>(
    tree: Fdt<'a>,
    mut visit: impl FnMut(&Place<'a>) -> Result<(), DeviceTreeError<'a>>,
) -> Result<(), DeviceTreeError<'a>> {
    let root = tree.root();
    let mut place = Place { node: root, ancestors: ArrayVec::new() };
    visit(&place)?;
    place.ancestors.push(root);
    let mut open: ArrayVec<_, MAXIMUM_DEPTH> = ArrayVec::new();
    open.push(root.children());
    while let Some(children) = open.last_mut() {
        let Some(node) = children.next() else {
            open.pop();
            place.ancestors.pop();
            continue;
        };
        if !is_usable(node) {
            continue;
        }
        place.node = node;
        visit(&place)?;
        let mut below = node.children().peekable();
        if below.peek().is_some() {
            let too_deep =
                || DeviceTreeError::TooMany { node: node.name(), what: "levels above", limit: MAXIMUM_DEPTH };
            place.ancestors.try_push(node).map_err(|_| too_deep())?;
            open.try_push(node.children()).map_err(|_| too_deep())?;
        }
    }
    Ok(())
}
