//! What a UEFI has said before the kernel left it.

use alloc::string::String;

/// Bytes kept for the map of the memory.
pub(super) const MAP_BYTES: usize = 32 << 10;
/// Bytes kept for the options.
pub(super) const OPTION_BYTES: usize = 4 << 10;

unsafe extern "C" {
    safe static efi_handover: [u64; 3];
    safe static efi_map: [u8; MAP_BYTES];
    safe static efi_options: [u16; OPTION_BYTES / 2];
}

/// The map of the memory at the end of the boot services.
#[derive(Clone, Copy, Debug)]
pub struct MemoryMap {
    /// Its descriptors.
    pub bytes: &'static [u8],
    /// Bytes from one to the next.
    pub stride: usize,
}

/// Returns the map, if a UEFI has started the kernel.
#[must_use]
pub fn memory_map() -> Option<MemoryMap> {
    let [bytes, stride, _] = efi_handover;
    let bytes = efi_map.get(..bytes as usize).filter(|bytes| !bytes.is_empty())?;
    Some(MemoryMap { bytes, stride: stride as usize })
}

/// Returns the options that the application was started with, as text; what is no text is left out.
#[must_use]
pub fn options() -> String {
    let [.., bytes] = efi_handover;
    let units = efi_options.get(..bytes as usize / 2).unwrap_or_default();
    let text = units.split(|unit| *unit == 0).next().unwrap_or_default();
    char::decode_utf16(text.iter().copied()).filter_map(Result::ok).filter(|one| !one.is_control()).collect()
}
