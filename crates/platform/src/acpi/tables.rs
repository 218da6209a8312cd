//! The way from the root to a table (ACPI 5.2.5 to 5.2.8).

use super::error::{AcpiError, Signature};
use super::fields::Fields;

/// The largest table that is read, in bytes.
pub const MAXIMUM_TABLE: usize = 256 << 10;
/// How many tables the XSDT may list.
pub const MAXIMUM_TABLES: usize = 256;

/// Bytes of a table's header.
const HEADER: usize = 36;
/// Bytes of the RSDP from revision 2 on, and of the part that its first checksum covers.
const ROOT: usize = 36;
const OLD_ROOT: usize = 20;

/// Memory that tables stand in, by physical address.
pub trait PhysicalMemory<'a> {
    /// Returns `bytes` of it; `None` where it is no memory.
    fn read(&mut self, address: u64, bytes: usize) -> Option<&'a [u8]>;
}

/// The tables of a machine.
pub(super) struct Tables<'a, 'm, M> {
    memory: &'m mut M,
    /// The addresses of the tables, eight bytes each.
    list: &'a [u8],
}

impl<'a, 'm, M: PhysicalMemory<'a>> Tables<'a, 'm, M> {
    /// Takes the list of the tables.
    pub(super) fn open(root: u64, memory: &'m mut M) -> Result<Self, AcpiError> {
        let table = Signature::RSDP;
        let bytes = read(memory, table, root, ROOT)?;
        let fields = Fields { table, offset: 0, bytes };
        if fields.array(0)? != *b"RSD PTR " {
            let found = Signature(fields.array(0)?);
            return Err(AcpiError::Signature { expected: table, address: root, found });
        }
        add_up(table, root, &bytes[..OLD_ROOT])?;
        match fields.byte(15)? {
            2.. => {}
            revision => return Err(AcpiError::Revision { table, revision, least: 2 }),
        }
        match fields.word(20)? {
            length if length as usize >= ROOT && length as usize <= MAXIMUM_TABLE => {
                add_up(table, root, read(memory, table, root, length as usize)?)?;
            }
            length => return Err(AcpiError::Length { table, length }),
        }
        let list = take(memory, Signature::XSDT, fields.long(24)?)?;
        let list = &list.bytes[HEADER..];
        if list.len() / 8 > MAXIMUM_TABLES {
            return Err(AcpiError::TooMany { table: Signature::XSDT, what: "tables", limit: MAXIMUM_TABLES });
        }
        Ok(Self { memory, list })
    }

    /// Finds the first table that begins with `signature`, and checks it.
    pub(super) fn find(&mut self, signature: Signature) -> Result<Option<Fields<'a>>, AcpiError> {
        for entry in self.list.as_chunks::<8>().0 {
            let address = u64::from_le_bytes(*entry);
            if read(self.memory, signature, address, HEADER)?.starts_with(&signature.0) {
                return take(self.memory, signature, address).map(Some);
            }
        }
        Ok(None)
    }
}

fn read<'a>(
    memory: &mut impl PhysicalMemory<'a>,
    table: Signature,
    address: u64,
    bytes: usize,
) -> Result<&'a [u8], AcpiError> {
    let found = memory.read(address, bytes).filter(|found| found.len() == bytes);
    found.ok_or(AcpiError::NotInMemory { table, address, bytes })
}

/// Reads the whole of the table at `address`, with its header.
fn take<'a>(
    memory: &mut impl PhysicalMemory<'a>,
    table: Signature,
    address: u64,
) -> Result<Fields<'a>, AcpiError> {
    let header = Fields { table, offset: 0, bytes: read(memory, table, address, HEADER)? };
    let found = Signature(header.array(0)?);
    if found != table {
        return Err(AcpiError::Signature { expected: table, address, found });
    }
    let length = header.word(4)?;
    if !(HEADER..=MAXIMUM_TABLE).contains(&(length as usize)) {
        return Err(AcpiError::Length { table, length });
    }
    let bytes = read(memory, table, address, length as usize)?;
    add_up(table, address, bytes)?;
    Ok(Fields { table, offset: 0, bytes })
}

/// Checks that the bytes add up to 0.
fn add_up(table: Signature, address: u64, bytes: &[u8]) -> Result<(), AcpiError> {
    match bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) {
        0 => Ok(()),
        sum => Err(AcpiError::Checksum { table, address, sum }),
    }
}
