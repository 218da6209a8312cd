//! What can be wrong with a request to change tables.

use crate::address::{PhysicalAddress, VirtualAddress};
use crate::descriptor::{Descriptor, TableAttributes};
use crate::geometry::Level;
use crate::tables::Reason;
use core::fmt;

/// A request that the tables refuse; nothing was changed but, possibly, tables added that map nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TableError {
    /// The range does not hold this address.
    OutOfRange(VirtualAddress),
    /// This address is not a multiple of what an entry of the level spans.
    MisalignedInput(VirtualAddress, Level),
    /// This output address is not a multiple of what an entry of the level spans, or too large for a descriptor.
    MisalignedOutput(PhysicalAddress, Level),
    /// The level has no leaf, or lies above the one at which the walk starts.
    NoLeafAt(Level),
    /// Something is mapped here already, at this level.
    AlreadyMapped(VirtualAddress, Level, Descriptor),
    /// Nothing is mapped here; the walk ends at this level.
    NotMapped(VirtualAddress, Level, Descriptor),
    /// A table on the path exists, with other attributes.
    OtherTableAttributes(VirtualAddress, Level, TableAttributes),
    /// The memory has no more frames.
    OutOfFrames,
    /// A Table descriptor points to what is no table of this memory.
    ForeignTable(PhysicalAddress),
    /// The change needs a break before the make.
    NeedsBreak(VirtualAddress, Reason),
}

impl fmt::Display for TableError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange(address) => write!(formatter, "{address} is outside of the input range"),
            Self::MisalignedInput(address, level) => {
                write!(formatter, "{address} is not aligned to what an entry of level {level} spans")
            }
            Self::MisalignedOutput(address, level) => {
                write!(formatter, "output {address} is no address for a leaf of level {level}")
            }
            Self::NoLeafAt(level) => write!(formatter, "no leaf is possible at level {level}"),
            Self::AlreadyMapped(address, level, found) => {
                write!(formatter, "{address} is already mapped at level {level}: {found}")
            }
            Self::NotMapped(address, level, found) => {
                write!(formatter, "{address} is not mapped; the walk ends at level {level}: {found}")
            }
            Self::OtherTableAttributes(address, level, found) => {
                write!(formatter, "the table of {address} at level {level} has other attributes: {found:?}")
            }
            Self::OutOfFrames => write!(formatter, "no frame is left for a table"),
            Self::ForeignTable(address) => write!(formatter, "{address} is no table of this memory"),
            Self::NeedsBreak(address, reason) => {
                write!(formatter, "the change at {address} needs break-before-make: {reason}")
            }
        }
    }
}

impl core::error::Error for TableError {}
