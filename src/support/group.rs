//! Groups of contiguous descriptors over frames of their own.

use super::Trouble;
use crate::machine::layout::{CONTIGUOUS_ENTRIES, PAGE_SIZE};
use crate::memory::case_space::{ADDRESS, CasePage, CaseSpace};
use afdbm::descriptor::{Descriptor, Level};
use cases::states::Flags;

/// Maps a group whose members have these flags.
///
/// # Errors
///
/// [`Trouble::Table`] for want of memory.
pub fn map_group(space: &CaseSpace, flags: Flags) -> Result<[CasePage<'_>; CONTIGUOUS_ENTRIES], Trouble> {
    let frames = space.group_frames()?;
    let map = |index: usize| {
        let offset = index as u64 * PAGE_SIZE;
        let flags = flags.0 | Descriptor::CONTIGUOUS;
        space.map(ADDRESS.offset(offset), Level::L3, frames[index], flags)
    };
    let first = map(0)?;
    let mut pages = [first; CONTIGUOUS_ENTRIES];
    for (index, page) in pages.iter_mut().enumerate().skip(1) {
        *page = map(index)?;
    }
    Ok(pages)
}
