//! How a page's contents are kept: as one word where all its words are equal, compressed by LZ4, or as they are.

use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};
use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into};

/// Doublewords of a page.
pub const PAGE_WORDS: usize = 512;
const PAGE_BYTES: usize = PAGE_WORDS * 8;
/// What LZ4 may need for a page that it cannot compress.
const ROOM: usize = 4608;
/// Compressed pages beyond this take a frame of their own, and are kept as they are.
const WORTH: usize = 2048;

/// In which form a page's contents are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoded {
    /// Every word of the page is this one (zram: a same-filled page).
    Same(u64),
    /// The page takes so many bytes, fewer than itself.
    Compressed(u16),
    /// The page as it is.
    Raw,
}

/// Room for one page on its way into the store or out of it: one for each CPU.
pub struct Scratch {
    page: [u8; PAGE_BYTES],
    pub(super) bytes: [u8; ROOM],
    table: CompressTable,
}

/// What the store gave back is no page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what the store kept is no compressed page")
    }
}

impl Scratch {
    /// Makes room.
    #[must_use]
    pub fn new() -> Self {
        Self { page: [0; PAGE_BYTES], bytes: [0; ROOM], table: CompressTable::default() }
    }

    /// Encodes a page that others may be writing: what is encoded is each word at some moment.
    pub fn encode(&mut self, words: &[AtomicU64; PAGE_WORDS]) -> Encoded {
        let first = words[0].load(Relaxed);
        if words.iter().all(|word| word.load(Relaxed) == first) {
            return Encoded::Same(first);
        }
        for (bytes, word) in self.page.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.load(Relaxed).to_le_bytes());
        }
        match compress_into_with_table(&self.page, &mut self.bytes, &mut self.table) {
            Ok(length) if length <= WORTH => Encoded::Compressed(u16::try_from(length).unwrap_or(u16::MAX)),
            _ => {
                self.bytes[..PAGE_BYTES].copy_from_slice(&self.page);
                Encoded::Raw
            }
        }
    }

    /// Writes the contents that were encoded to a page.
    ///
    /// # Errors
    ///
    /// [`Damaged`] where the bytes are no compressed page.
    pub fn decode(&mut self, encoded: Encoded, target: &[AtomicU64; PAGE_WORDS]) -> Result<(), Damaged> {
        let bytes = match encoded {
            Encoded::Same(value) => {
                target.iter().for_each(|word| word.store(value, Relaxed));
                return Ok(());
            }
            Encoded::Compressed(length) => {
                let compressed = self.bytes.get(..usize::from(length)).ok_or(Damaged)?;
                match decompress_into(compressed, &mut self.page) {
                    Ok(PAGE_BYTES) => &self.page,
                    _ => return Err(Damaged),
                }
            }
            Encoded::Raw => &self.bytes[..PAGE_BYTES],
        };
        for (word, bytes) in target.iter().zip(bytes.chunks_exact(8)) {
            let mut value = [0; 8];
            value.copy_from_slice(bytes);
            word.store(u64::from_le_bytes(value), Relaxed);
        }
        Ok(())
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Scratch")
    }
}

impl Encoded {
    /// Bytes that it takes beside the slot's own record.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a page has 4096 bytes")]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Same(_) => 0,
            Self::Compressed(length) => length as u32,
            Self::Raw => 4096,
        }
    }
}
