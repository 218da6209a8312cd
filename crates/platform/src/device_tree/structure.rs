//! The structure of a blob, looked at without regard to how its names are spelled.
//!
//! The Devicetree Specification (2.2.1, 2.2.4) allows names of 31 characters, and the crate `dtoolkit` refuses a tree
//! with a longer one; the trees of many boards have them (`snps,quirk-frame-length-adjustment`), and Linux takes them.

use super::error::DeviceTreeError;

/// The tokens of the structure block (Devicetree Specification, 5.4.1).
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROPERTY: u32 = 3;
const NOP: u32 = 4;
const END: u32 = 9;

/// Where the header has the offsets of the two blocks, and the size of the strings (Devicetree Specification, 5.2).
const OFFSET_OF_STRUCTURE: usize = 8;
const OFFSET_OF_STRINGS: usize = 12;
const SIZE_OF_STRINGS: usize = 32;

/// Checks the structure block of a blob whose header and memory reservations are known to be good: every token, the
/// bounds of every value, every name.
///
/// # Errors
///
/// [`DeviceTreeError::Structure`], where the first thing is wrong.
pub(super) fn check(blob: &[u8]) -> Result<(), DeviceTreeError<'static>> {
    let mut reader = Reader { blob, offset: 0 };
    let strings = reader.header(OFFSET_OF_STRINGS)?;
    let end = strings.saturating_add(reader.header(SIZE_OF_STRINGS)?);
    let strings = blob.get(strings..end).ok_or(reader.wrong("the strings within the blob"))?;
    reader.offset = reader.header(OFFSET_OF_STRUCTURE)?;
    let mut depth = 0u32;
    // Within a node its properties come before the nodes below it.
    let mut properties = false;
    loop {
        match reader.word()? {
            BEGIN_NODE => {
                let name = reader.name()?;
                if name.is_empty() != (depth == 0) {
                    return Err(reader.wrong("a name for every node but the root"));
                }
                depth += 1;
                properties = true;
            }
            PROPERTY if properties => {
                let (bytes, name) = (reader.word()? as usize, reader.word()? as usize);
                let name = strings.get(name..).and_then(text);
                if name.is_none_or(str::is_empty) {
                    return Err(reader.wrong("a property's name among the strings"));
                }
                reader.skip(bytes)?;
            }
            END_NODE if depth > 0 => {
                depth -= 1;
                properties = false;
                if depth == 0 {
                    break;
                }
            }
            NOP if depth > 0 => {}
            _ => {
                return Err(
                    reader.wrong("the beginning or the end of a node, or a property in front of them")
                );
            }
        }
    }
    match reader.word()? {
        END => Ok(()),
        _ => Err(reader.wrong("the end of the structure behind the root")),
    }
}

struct Reader<'b> {
    blob: &'b [u8],
    offset: usize,
}

impl Reader<'_> {
    const fn wrong(&self, expected: &'static str) -> DeviceTreeError<'static> {
        DeviceTreeError::Structure { offset: self.offset, expected }
    }

    fn header(&mut self, offset: usize) -> Result<usize, DeviceTreeError<'static>> {
        self.offset = offset;
        Ok(self.word()? as usize)
    }

    fn word(&mut self) -> Result<u32, DeviceTreeError<'static>> {
        let word = self.blob.get(self.offset..).and_then(|rest| rest.first_chunk::<4>());
        let word = word.ok_or(self.wrong("another word"))?;
        self.offset += 4;
        Ok(u32::from_be_bytes(*word))
    }

    /// Passes over bytes, and what fills their last word.
    fn skip(&mut self, bytes: usize) -> Result<(), DeviceTreeError<'static>> {
        let end = self.offset.checked_add(bytes).filter(|end| *end <= self.blob.len());
        self.offset = end.ok_or(self.wrong("a value within the blob"))?.next_multiple_of(4);
        Ok(())
    }

    fn name(&mut self) -> Result<&str, DeviceTreeError<'static>> {
        let start = self.offset;
        let blob = self.blob;
        let name = blob.get(start..).and_then(text).ok_or(self.wrong("the name of a node"))?;
        self.skip(name.len() + 1)?;
        Ok(name)
    }
}

/// Returns the text up to the first zero.
fn text(bytes: &[u8]) -> Option<&str> {
    core::ffi::CStr::from_bytes_until_nul(bytes).ok()?.to_str().ok()
}
