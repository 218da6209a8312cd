//! Why ACPI's tables could not be used, with the table, the field and the value that stood in the way.

use core::fmt;

/// The four letters that a table begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 4]);

impl Signature {
    /// The root of all, whose own signature is longer.
    pub const RSDP: Self = Self(*b"RSD ");
    /// The list of the tables.
    pub const XSDT: Self = Self(*b"XSDT");
    /// CPUs and interrupt controller.
    pub const MADT: Self = Self(*b"APIC");
    /// The timer.
    pub const GTDT: Self = Self(*b"GTDT");
    /// What the platform has, PSCI among it.
    pub const FADT: Self = Self(*b"FACP");
    /// The console.
    pub const SPCR: Self = Self(*b"SPCR");
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A defect of ACPI's tables, or a limit of this reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcpiError {
    /// A table is said to stand where there is no memory.
    NotInMemory {
        /// Which table.
        table: Signature,
        /// Where it is said to stand.
        address: u64,
        /// Bytes that were asked for.
        bytes: usize,
    },
    /// Another table, or none, stands where one is said to.
    Signature {
        /// Which table was expected.
        expected: Signature,
        /// Where.
        address: u64,
        /// What it begins with.
        found: Signature,
    },
    /// A revision that is not known here, or too old.
    Revision {
        /// Which table.
        table: Signature,
        /// Its revision.
        revision: u8,
        /// The least that is read.
        least: u8,
    },
    /// A table announces a length that it cannot have.
    Length {
        /// Which table.
        table: Signature,
        /// The length.
        length: u32,
    },
    /// The bytes of a table do not add up to 0.
    Checksum {
        /// Which table.
        table: Signature,
        /// Where it stands.
        address: u64,
        /// The lowest 8 bits of their sum.
        sum: u8,
    },
    /// A table or a structure in it ends before a field that is needed.
    Short {
        /// Which table.
        table: Signature,
        /// Where in the table it begins.
        offset: usize,
        /// Its bytes.
        bytes: usize,
        /// How many would do.
        expected: usize,
    },
    /// A table that is needed is not there.
    Missing(Signature),
    /// The MADT has no CPU that is enabled.
    NoCpu,
    /// A field has a value that it cannot have.
    Value {
        /// Which table.
        table: Signature,
        /// Where the field's structure begins in it.
        offset: usize,
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: u64,
        /// What it can have.
        expected: &'static str,
    },
    /// There is more of a thing than this reader holds.
    TooMany {
        /// Which table has it.
        table: Signature,
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for AcpiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ACPI: ")?;
        match self {
            Self::NotInMemory { table, address, bytes } => {
                write!(formatter, "{table} at {address:#x}: no memory, or not as much as {bytes} bytes")
            }
            Self::Signature { expected, address, found } => {
                write!(formatter, "at {address:#x} stands {found}, expected {expected}")
            }
            Self::Revision { table, revision, least } => {
                write!(formatter, "{table} of revision {revision}, expected {least} or later")
            }
            Self::Length { table, length } => write!(formatter, "{table} announces {length} bytes"),
            Self::Checksum { table, address, sum } => {
                write!(formatter, "{table} at {address:#x}: its bytes add up to {sum:#04x}, expected 0")
            }
            Self::Short { table, offset, bytes, expected } => {
                write!(
                    formatter,
                    "{table}: the structure at byte {offset} has {bytes} bytes, expected {expected}"
                )
            }
            Self::Missing(table) => write!(formatter, "no {table}"),
            Self::NoCpu => write!(formatter, "{} has no CPU that is enabled", Signature::MADT),
            Self::Value { table, offset, field, value, expected } => {
                write!(
                    formatter,
                    "{table}: {field} of the structure at byte {offset} is {value:#x}, expected {expected}"
                )
            }
            Self::TooMany { table, what, limit } => write!(formatter, "{table}: more than {limit} {what}"),
        }
    }
}

impl core::error::Error for AcpiError {}
