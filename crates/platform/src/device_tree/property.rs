//! Properties with the node they were found at, so that a wrong value can be reported in full.

use super::error::{DeviceTreeError, PropertyValue};
use dtoolkit::{FromPropertyValue, Node, Property, fdt::FdtNode};

/// A property of a node.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    node: FdtNode<'a>,
    name: &'static str,
    /// Its bytes.
    pub(super) value: &'a [u8],
}

impl<'a> Found<'a> {
    /// Looks for the property `name` of `node`.
    pub(super) fn find(node: FdtNode<'a>, name: &'static str) -> Option<Self> {
        let value = node.property(name)?.value_as::<&'a [u8]>().ok()?;
        Some(Self { node, name, value })
    }

    /// Returns a property that the node's binding requires.
    pub(super) fn require(node: FdtNode<'a>, name: &'static str) -> Result<Self, DeviceTreeError<'a>> {
        Self::find(node, name).ok_or(DeviceTreeError::MissingProperty { node: node.name(), property: name })
    }

    /// Makes the error of a value that the binding does not allow.
    pub(super) fn wrong(self, expected: &'static str) -> DeviceTreeError<'a> {
        let value = PropertyValue(self.value);
        DeviceTreeError::Property { node: self.node.name(), property: self.name, value, expected }
    }

    /// Reads the value as one cell.
    pub(super) fn cell(self) -> Result<u32, DeviceTreeError<'a>> {
        u32::from_property_value(self.value).map_err(|_| self.wrong("one cell"))
    }

    /// Reads the value as one string.
    pub(super) fn text(self) -> Result<&'a str, DeviceTreeError<'a>> {
        <&str>::from_property_value(self.value).map_err(|_| self.wrong("one string of UTF-8"))
    }

    /// Reads the value as two cells, the higher half first.
    pub(super) fn two_cells(self) -> Result<u64, DeviceTreeError<'a>> {
        u64::from_property_value(self.value).map_err(|_| self.wrong("two cells"))
    }
}

/// Tells whether the node's `status` is "okay", its old form "ok", or absent.
pub(super) fn is_usable(node: FdtNode<'_>) -> bool {
    Found::find(node, "status").is_none_or(|status| matches!(status.value, b"okay\0" | b"ok\0"))
}

/// Tells whether the node's `compatible` names one of `names`.
pub(super) fn is_compatible(node: FdtNode<'_>, names: &[&str]) -> bool {
    node.compatible().is_some_and(|mut entries| entries.any(|entry| names.contains(&entry)))
}

/// Tells whether the node's `device_type`, or else its name, is `kind`.
pub(super) fn is_of_type(node: FdtNode<'_>, kind: &str) -> bool {
    let stated = Found::find(node, "device_type").and_then(|found| found.text().ok());
    stated == Some(kind) || node.name_without_address() == kind
}
