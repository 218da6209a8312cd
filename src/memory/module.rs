//! What the boot loader has loaded beside the kernel.

use super::linear;
use crate::machine::layout::PAGE_SIZE;
use afdbm::address::PhysicalAddress;
use platform::device_tree::PhysicalRange;

/// Returns the bytes of the module that the device tree names; `None` where they are not all in the linear map.
#[must_use]
pub fn bytes(module: PhysicalRange) -> Option<&'static [u8]> {
    let first = PhysicalAddress(module.start).align_down(PAGE_SIZE);
    let pages = (0..(module.end - first.0).div_ceil(PAGE_SIZE)).map(|page| first.offset(page * PAGE_SIZE));
    if !{ pages }.all(linear::holds) {
        return None;
    }
    let start = linear::pointer(PhysicalAddress(module.start));
    // SAFETY: every page of it is RAM in the linear map; `initialize` has kept the range that the device tree names out of
    // the frames, so that nothing ever writes there.
    Some(unsafe { core::slice::from_raw_parts(start, usize::try_from(module.size()).ok()?) })
}
