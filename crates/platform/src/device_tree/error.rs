//! Why a device tree could not be used, with the node, the property and the value that stood in the way.

use core::fmt;
use dtoolkit::error::FdtParseError;

/// The value of a property, as it stands in the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PropertyValue<'a>(pub &'a [u8]);

/// A defect of a device tree, or a limit of this reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceTreeError<'a> {
    /// Fewer bytes than the header needs, or than the header announces.
    Truncated {
        /// The bytes at hand.
        bytes: usize,
        /// The bytes that were expected.
        expected: usize,
    },
    /// The first word is not 0xd00dfeed (Devicetree Specification, 5.2).
    Magic(u32),
    /// The header announces a size that no arm64 boot loader may pass: under 40 bytes, or above 2 MiB.
    TotalSize(u32),
    /// The structure of the blob is broken.
    Malformed(FdtParseError),
    /// The same, beyond names that are merely spelled otherwise than the specification has them.
    Structure {
        /// Where, in bytes from the beginning.
        offset: usize,
        /// What stands there in a good one.
        expected: &'static str,
    },
    /// A property has a value that its binding does not allow.
    Property {
        /// The node's name, with its unit address.
        node: &'a str,
        /// The property's name.
        property: &'static str,
        /// The value found.
        value: PropertyValue<'a>,
        /// What the binding asks for.
        expected: &'static str,
    },
    /// A node lacks a property that its binding requires.
    MissingProperty {
        /// The node's name, with its unit address.
        node: &'a str,
        /// The property's name.
        property: &'static str,
    },
    /// The tree has no node of a kind that every machine must have.
    MissingNode(&'static str),
    /// `/memreserve/` and `/reserved-memory` leave nothing of the memory.
    AllReserved {
        /// The memory that there would be, in bytes.
        bytes: u64,
    },
    /// The tree has more of a thing than this reader holds.
    TooMany {
        /// The node at which the limit was reached, with its unit address.
        node: &'a str,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for DeviceTreeError<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "device tree: ")?;
        match self {
            Self::Truncated { bytes, expected } => {
                write!(formatter, "{bytes} bytes at hand, {expected} expected")
            }
            Self::Magic(word) => write!(formatter, "starts with {word:#010x}, expected 0xd00dfeed"),
            Self::TotalSize(bytes) => {
                write!(formatter, "header announces {bytes} bytes, expected 40 bytes to 2 MiB")
            }
            Self::Structure { offset, expected } => {
                write!(formatter, "broken in front of offset {offset:#x}: expected {expected}")
            }
            Self::Malformed(error) => write!(formatter, "{error}"),
            Self::Property { node, property, value, expected } => {
                write!(formatter, "node {node}: {property} = {value}, expected {expected}")
            }
            Self::MissingProperty { node, property } => write!(formatter, "node {node} has no {property}"),
            Self::MissingNode(kind) => write!(formatter, "no {kind}"),
            Self::AllReserved { bytes } => write!(formatter, "all {bytes:#x} bytes of memory are reserved"),
            Self::TooMany { node, what, limit } => {
                write!(formatter, "node {node}: more than {limit} {what}")
            }
        }
    }
}

impl core::error::Error for DeviceTreeError<'_> {}

impl From<FdtParseError> for DeviceTreeError<'_> {
    fn from(error: FdtParseError) -> Self {
        Self::Malformed(error)
    }
}

/// How many bytes of a value a message shows.
const SHOWN_BYTES: usize = 64;

/// Shows a value as device tree source does: strings in quotes, else cells, else bytes.
impl fmt::Display for PropertyValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN_BYTES)];
        let cut = if shown.len() < self.0.len() { " ..." } else { "" };
        if let Some(text) = self.as_text() {
            for (index, string) in text.split('\0').enumerate() {
                write!(formatter, "{}\"{string}\"", if index == 0 { "" } else { ", " })?;
            }
            return Ok(());
        }
        let (cells, rest) = shown.as_chunks::<4>();
        if rest.is_empty() {
            write!(formatter, "<")?;
            for (index, cell) in cells.iter().enumerate() {
                let separator = if index == 0 { "" } else { " " };
                write!(formatter, "{separator}{:#x}", u32::from_be_bytes(*cell))?;
            }
            return write!(formatter, "{cut}>");
        }
        write!(formatter, "[")?;
        for byte in shown {
            write!(formatter, "{byte:02x}")?;
        }
        write!(formatter, "{cut}]")
    }
}

impl fmt::Debug for PropertyValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<'a> PropertyValue<'a> {
    /// Returns the strings of a value that holds nothing but printable, non-empty strings.
    fn as_text(self) -> Option<&'a str> {
        let text = core::str::from_utf8(self.0.strip_suffix(&[0])?).ok()?;
        let printable = |string: &str| {
            !string.is_empty() && string.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        };
        text.split('\0').all(printable).then_some(text)
    }
}
