//! The forms of the image, and where it is loaded.

use crate::{
    booted::{boot, boot_image, changed, load_headers, number},
    kernel,
};
use std::fs;

#[test]
fn the_image_boots_in_both_forms_and_wherever_it_is_loaded() {
    boot(&["--image", "raw"]).passes();
    let elsewhere = changed("elsewhere", |bytes| {
        const FURTHER: u64 = 38 << 20;
        let headers = load_headers(bytes);
        let (first_virtual, first) = (number(bytes, headers[0] + 16), number(bytes, headers[0] + 24));
        for header in headers {
            let moved = number(bytes, header + 24) + FURTHER;
            bytes[header + 24..header + 32].copy_from_slice(&moved.to_le_bytes());
        }
        let entry = number(bytes, 24);
        if entry.wrapping_sub(first) < entry.wrapping_sub(first_virtual) {
            bytes[24..32].copy_from_slice(&(entry + FURTHER).to_le_bytes());
        }
    });
    boot_image(&elsewhere, &[]).passes();
    boot_image(&elsewhere, &["--el", "2", "--memory", "64M"]).passes();
    // A raw image is loaded at the offset that its header asks for.
    let raw_elsewhere = changed("raw-elsewhere", |bytes| {
        let start = usize::try_from(number(bytes, load_headers(bytes)[0] + 8)).unwrap();
        bytes[start + 8..start + 16].copy_from_slice(&(6u64 << 20).to_le_bytes());
    });
    boot_image(&raw_elsewhere, &["--image", "raw"]).passes();
}

#[test]
fn the_raw_image_is_an_application_of_uefi_too() {
    boot(&["--image", "raw"]).passes();
    let image = fs::read(kernel::path().with_extension("img")).unwrap();
    let half = |at: usize| u16::from_le_bytes([image[at], image[at + 1]]);
    let word = |at: usize| u32::from(half(at)) | u32::from(half(at + 2)) << 16;
    let pe = word(0x3c) as usize;
    assert_eq!((&image[..2], &image[pe..pe + 4], half(pe + 4)), (&b"MZ"[..], &b"PE\0\0"[..], 0xaa64));
    let (sections, optional) = (usize::from(half(pe + 6)), pe + 24);
    assert_eq!((half(optional), half(optional + 68), half(optional + 70)), (0x20b, 10, 0x100));
    let (entry, whole) = (word(optional + 16), word(optional + 56));
    let table = optional + usize::from(half(pe + 20));
    let mut place = word(optional + 60);
    let (mut holds_entry, write, execute) = (false, 1 << 31, 1 << 29);
    for section in (0..sections).map(|index| table + 40 * index) {
        let (size, start, in_file, offset) =
            (word(section + 8), word(section + 12), word(section + 16), word(section + 20));
        let flags = word(section + 36);
        assert_eq!((start, offset, in_file % 512), (place, place, 0), "as far in the file as in memory");
        assert!(flags & (write | execute) != write | execute && in_file <= size);
        assert!((offset + in_file) as usize <= image.len());
        holds_entry |= (start..start + in_file).contains(&entry) && flags & execute != 0;
        place = start + size;
    }
    assert!(holds_entry && place == whole, "{place:#x} of {whole:#x}");
}
