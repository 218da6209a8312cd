//! Device trees that differ from the one that the emulator makes.

use dtoolkit::{
    fdt::Fdt,
    memreserve::MemoryReservation,
    model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty},
};

/// What is done to a tree.
pub(super) type Edit = fn(&mut DeviceTree);

/// The trees, by name, each with what is done to the emulator's own.
pub(super) const EDITS: [(&str, Edit); 6] = [
    ("tree-reserved-by-header", reserve_by_header),
    ("tree-40-reserved-nodes", reserve_by_nodes),
    ("tree-stdout-elsewhere", name_another_output),
    ("tree-long-names", lengthen_names),
    ("tree-without-uart", remove_uart),
    ("tree-stdout-virtio", name_virtio),
];

/// Where the emulator's memory begins.
const MEMORY: u64 = 0x4000_0000;

/// Changes the emulator's tree, or says why it cannot be.
pub(super) fn edited(blob: &[u8], edit: Edit) -> Result<Vec<u8>, String> {
    let tree = Fdt::new(blob).map_err(|error| error.to_string())?;
    let mut tree = DeviceTree::from_fdt(&tree);
    edit(&mut tree);
    Ok(tree.to_dtb())
}

/// `/memreserve/` of 16 MiB in the middle, and of one page.
fn reserve_by_header(tree: &mut DeviceTree) {
    for (start, size) in [(MEMORY + (32 << 20), 16 << 20), (MEMORY + (60 << 20), 4 << 10)] {
        tree.memory_reservations.push(MemoryReservation::new(start, size));
    }
}

/// 40 nodes in `/reserved-memory`, every second one with `no-map`: more pieces than the kernel keeps.
fn reserve_by_nodes(tree: &mut DeviceTree) {
    let mut reserved = DeviceTreeNode::new_unchecked("reserved-memory");
    reserved.add_property(DeviceTreeProperty::new_unchecked("#address-cells", 2u32));
    reserved.add_property(DeviceTreeProperty::new_unchecked("#size-cells", 2u32));
    reserved.add_property(DeviceTreeProperty::new_unchecked("ranges", &[][..] as &[u8]));
    for index in 0..40u32 {
        let start = MEMORY + (16 << 20) + u64::from(index) * (1 << 20);
        let mut node = DeviceTreeNode::new_unchecked(format!("secure@{start:x}"));
        let cells: [u8; 16] = (u128::from(start) << 64 | 0x1_0000).to_be_bytes();
        node.add_property(DeviceTreeProperty::new_unchecked("reg", cells));
        if index % 2 == 0 {
            node.add_property(DeviceTreeProperty::new_unchecked("no-map", &[][..] as &[u8]));
        }
        reserved.add_child(node);
    }
    tree.root.add_child(reserved);
}

/// A `stdout-path` to a device that is no UART.
fn name_another_output(tree: &mut DeviceTree) {
    if let Some(chosen) = tree.root.child_mut("chosen") {
        chosen.add_property(DeviceTreeProperty::new_unchecked("stdout-path", "/fw-cfg@9020000"));
    }
}

/// No UART, and no `stdout-path`.
fn remove_uart(tree: &mut DeviceTree) {
    tree.root.remove_child("pl011@9000000");
    if let Some(chosen) = tree.root.child_mut("chosen") {
        chosen.remove_property("stdout-path");
    }
}

/// A `stdout-path` to the device of virtio that the emulator puts the first one into.
fn name_virtio(tree: &mut DeviceTree) {
    if let Some(chosen) = tree.root.child_mut("chosen") {
        chosen.add_property(DeviceTreeProperty::new_unchecked("stdout-path", "/virtio_mmio@a003e00"));
    }
}

/// Names longer than the 31 characters of the Devicetree Specification, 2.2, as the trees of boards have them.
fn lengthen_names(tree: &mut DeviceTree) {
    let mut node = DeviceTreeNode::new_unchecked("usb-controller-of-the-second-generation@a000000");
    node.add_property(DeviceTreeProperty::new_unchecked("snps,quirk-frame-length-adjustment", 32u32));
    tree.root.add_child(node);
}

#[cfg(test)]
mod tests {
    use super::{EDITS, edited};
    use platform::device_tree::Platform;

    #[test]
    fn an_edited_tree_differs_and_still_describes_a_machine() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/platform/src/device_tree/fixtures");
        let blob = std::fs::read(format!("{directory}/virt-gicv2-1-cpu.dtb")).unwrap();
        let original = Platform::parse(&blob).unwrap();
        for (name, edit) in EDITS {
            let changed = edited(&blob, edit).unwrap();
            let platform = Platform::parse(&changed).unwrap_or_else(|error| panic!("{name}: {error}"));
            let is_about_memory = name.contains("reserved");
            assert_eq!(platform.memory != original.memory, is_about_memory, "{name}");
            assert_eq!(
                platform.console != original.console,
                name.contains("stdout") || name.contains("uart"),
                "{name}"
            );
            assert_eq!(platform.cpus, original.cpus, "{name}");
        }
        assert!(edited(b"no tree", EDITS[0].1).is_err());
    }
}
