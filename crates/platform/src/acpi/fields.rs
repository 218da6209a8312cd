//! The fields of a table, or of a structure in it.

use super::error::{AcpiError, Signature};

/// The bytes of a table or of a structure in it.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Which table.
    pub(super) table: Signature,
    /// Where in the table the bytes begin.
    pub(super) offset: usize,
    /// The bytes.
    pub(super) bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads the bytes of a field.
    pub(super) fn array<const N: usize>(self, at: usize) -> Result<[u8; N], AcpiError> {
        let found = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        found.copied().ok_or(AcpiError::Short {
            table: self.table,
            offset: self.offset,
            bytes: self.bytes.len(),
            expected: at.saturating_add(N),
        })
    }

    /// Reads a field of 8 bits.
    pub(super) fn byte(self, at: usize) -> Result<u8, AcpiError> {
        self.array(at).map(u8::from_le_bytes)
    }

    /// Reads a field of 32 bits.
    pub(super) fn word(self, at: usize) -> Result<u32, AcpiError> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// Reads a field of 64 bits.
    pub(super) fn long(self, at: usize) -> Result<u64, AcpiError> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// Returns the structures from byte `at` on, each with its type in its first byte and its length in the second.
    pub(super) fn structures(self, at: usize) -> impl Iterator<Item = Result<(u8, Self), AcpiError>> + 'a {
        let mut offset = at.min(self.bytes.len());
        core::iter::from_fn(move || {
            let rest = &self.bytes[offset..];
            if rest.is_empty() {
                return None;
            }
            let place = Self { table: self.table, offset, bytes: rest };
            let length = match place.byte(1).map(usize::from) {
                // Type and length themselves are two bytes; a structure of none would never end.
                Ok(length) if (2..=rest.len()).contains(&length) => length,
                Ok(length) => {
                    offset = self.bytes.len();
                    return Some(Err(place.wrong("length", length as u64, "2 bytes to the table's end")));
                }
                Err(error) => {
                    offset = self.bytes.len();
                    return Some(Err(error));
                }
            };
            offset += length;
            Some(Ok((rest[0], Self { bytes: &rest[..length], ..place })))
        })
    }

    /// Returns the error of a field's value.
    pub(super) const fn wrong(self, field: &'static str, value: u64, expected: &'static str) -> AcpiError {
        AcpiError::Value { table: self.table, offset: self.offset, field, value, expected }
    }
}
