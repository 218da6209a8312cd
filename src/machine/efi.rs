//! What a UEFI has said before the kernel left it.

use alloc::string::String;
use core::fmt;
use record::options::BootArguments;

/// Bytes kept for the map of the memory.
pub(super) const MAP_BYTES: usize = 32 << 10;
/// Bytes kept for the options: one more than may be used, so that what is longer is noticed.
pub(super) const OPTION_BYTES: usize = BootArguments::LONGEST_FILE + 1;

unsafe extern "C" {
    safe static efi_handover: [u64; 6];
    safe static efi_map: [u8; MAP_BYTES];
    safe static efi_options: [u16; OPTION_BYTES / 2];
    safe static efi_file: [u8; OPTION_BYTES];
}

/// The map of the memory at the end of the boot services.
#[derive(Clone, Copy, Debug)]
pub struct MemoryMap {
    /// Its descriptors.
    pub bytes: &'static [u8],
    /// Bytes from one to the next.
    pub stride: usize,
}

/// What is said on the firmware's console where the machine is described neither way.
#[unsafe(no_mangle)]
static EFI_NO_DESCRIPTION: [u16; 64] =
    message("afdbm: the firmware has neither a device tree nor ACPI tables");
/// What is said there where nobody would hear the kernel later.
#[unsafe(no_mangle)]
static EFI_NO_CONSOLE: [u16; 64] = message("afdbm: ACPI has no SPCR, or one without a 16550 or PL011");
/// What is said there where the firmware goes on.
#[unsafe(no_mangle)]
static EFI_NOT_LEFT: [u16; 64] = message("afdbm: the boot services cannot be left: map too large?");

/// Returns a text as UEFI prints it: 16-bit characters, a new line, and a 0 behind it.
const fn message(text: &str) -> [u16; 64] {
    let mut units = [0; 64];
    let mut index = 0;
    while index < text.len() {
        units[index] = text.as_bytes()[index] as u16;
        index += 1;
    }
    units[index] = b'\r' as u16;
    units[index + 1] = b'\n' as u16;
    assert!(index + 2 < units.len(), "room for the 0");
    units
}

/// Returns where ACPI's RSDP stands, if a UEFI has started the kernel and has one.
#[must_use]
pub fn acpi_root() -> Option<u64> {
    Some(efi_handover[4]).filter(|root| *root != 0)
}

/// Returns the map, if a UEFI has started the kernel.
#[must_use]
pub fn memory_map() -> Option<MemoryMap> {
    let [bytes, stride, ..] = efi_handover;
    let bytes = efi_map.get(..bytes as usize).filter(|bytes| !bytes.is_empty())?;
    Some(MemoryMap { bytes, stride: stride as usize })
}

/// Options that are longer than what is read of them.
#[derive(Clone, Copy, Debug)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = BootArguments::LONGEST_FILE;
        write!(formatter, "the application's options, or those of its file, have more than {most} bytes")
    }
}

/// Returns the command line: the application's own if it names options, else the file `\afdbm.txt` beside it.
///
/// # Errors
///
/// Where it is [`TooLong`].
pub fn command_line() -> Result<String, TooLong> {
    let [_, _, own, of_file, ..] = efi_handover;
    if own.max(of_file) as usize == OPTION_BYTES {
        return Err(TooLong);
    }
    let units = efi_options.get(..own as usize / 2).unwrap_or_default();
    let text = units.split(|unit| *unit == 0).next().unwrap_or_default();
    let own: String = char::decode_utf16(text.iter().copied()).filter_map(Result::ok).collect();
    if own.split_whitespace().any(|word| word == BootArguments::MARKER) {
        return Ok(own);
    }
    let bytes = efi_file.get(..of_file as usize).unwrap_or_default();
    Ok(String::from_utf8_lossy(bytes).into_owned())
}
