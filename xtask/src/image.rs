//! The linked file, and the raw image made from it.

use crate::failure::Failure;
use object::{
    LittleEndian,
    elf::{EM_AARCH64, FileHeader64, PT_LOAD},
    read::elf::{ElfFile, FileHeader, ProgramHeader},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The largest raw image that is made; beyond it the addresses are taken to be wrong.
const RAW_LIMIT: u64 = 64 << 20;

/// Where the arm64 Linux header has its magic number (Documentation/arch/arm64/booting.rst).
const MAGIC_OFFSET: usize = 56;
const MAGIC: &[u8] = b"ARM\x64";

/// A linked kernel.
pub(crate) struct Image {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Image {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is no ELF of this target.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(Failure::file(path))?;
        let image = Self { path: path.to_owned(), bytes };
        image.parse()?;
        Ok(image)
    }

    /// Returns the path of the raw image, beside the linked file.
    pub(crate) fn raw_path(&self) -> PathBuf {
        self.path.with_extension("img")
    }

    /// Writes the raw image: what is to be loaded, at its distance from the lowest physical address.
    ///
    /// # Errors
    ///
    /// Where the file is no ELF of this target, or what it loads begins with no arm64 Linux header.
    pub(crate) fn write_raw(&self) -> Result<PathBuf, Failure> {
        let raw = self.flatten()?;
        let path = self.raw_path();
        write_whole(&path, &raw)?;
        Ok(path)
    }

    /// Returns what has to be added to a linked address for the address at which the emulator loads it.
    ///
    /// # Errors
    ///
    /// Where the file is no ELF of this target, or there is nothing to load.
    pub(crate) fn load_offset(&self) -> Result<u64, Failure> {
        let file = self.parse()?;
        let order = LittleEndian;
        let first = file.elf_program_headers().iter().find(|header| header.p_type(order) == PT_LOAD);
        let first = first.ok_or_else(|| self.wrong("there is nothing to load".into()))?;
        Ok(first.p_paddr(order).wrapping_sub(first.p_vaddr(order)))
    }

    fn flatten(&self) -> Result<Vec<u8>, Failure> {
        let file = self.parse()?;
        let order = LittleEndian;
        let mut segments = Vec::new();
        for header in file.elf_program_headers() {
            if header.p_type(order) == PT_LOAD && header.p_filesz(order) != 0 {
                let data = header
                    .data(order, self.bytes.as_slice())
                    .map_err(|()| self.wrong("a segment lies outside the file".into()))?;
                segments.push((header.p_paddr(order), data));
            }
        }
        let start = segments.iter().map(|(address, _)| *address).min();
        let start = start.ok_or_else(|| self.wrong("there is nothing to load".into()))?;
        let mut raw = Vec::new();
        for (address, data) in segments {
            let offset = address - start;
            let end = offset.checked_add(data.len() as u64).filter(|end| *end <= RAW_LIMIT);
            let end = end.ok_or_else(|| self.wrong(format!("a segment at {address:#x} is too far off")))?;
            let (offset, end) = (usize::try_from(offset), usize::try_from(end));
            let (Ok(offset), Ok(end)) = (offset, end) else {
                return Err(self.wrong(format!("a segment at {address:#x} is too far off")));
            };
            if raw.len() < end {
                raw.resize(end, 0);
            }
            raw[offset..end].copy_from_slice(data);
        }
        if raw.get(MAGIC_OFFSET..MAGIC_OFFSET + MAGIC.len()) == Some(MAGIC) {
            Ok(raw)
        } else {
            Err(self.wrong("what is loaded begins with no arm64 Linux header".into()))
        }
    }

    fn parse(&self) -> Result<ElfFile<'_, FileHeader64<LittleEndian>>, Failure> {
        let file = ElfFile::<FileHeader64<LittleEndian>>::parse(self.bytes.as_slice())
            .map_err(|error| self.wrong(error.to_string()))?;
        match file.elf_header().e_machine(LittleEndian) {
            EM_AARCH64 => Ok(file),
            other => Err(self.wrong(format!("is made for machine {other}, not for AArch64"))),
        }
    }

    fn wrong(&self, problem: String) -> Failure {
        Failure::Content { path: self.path.clone(), line: None, problem }
    }
}

/// Writes a file that others may be reading: they find it whole, before or after. One that holds this already stays.
///
/// # Errors
///
/// Where it cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(name);
    let written = fs::write(&fresh, bytes).map_err(Failure::file(&fresh));
    let written = written.and_then(|()| fs::rename(&fresh, path).map_err(Failure::file(path)));
    if written.is_err() {
        // What was written of it is of no use.
        let _ = fs::remove_file(&fresh);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::Image;
    use std::path::PathBuf;

    /// Builds an ELF with one loadable segment for each of (physical address, bytes).
    fn image(segments: &[(u64, &[u8])]) -> Image {
        let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(2u16.to_le_bytes()); // ET_EXEC
        bytes.extend(183u16.to_le_bytes()); // EM_AARCH64
        bytes.extend(1u32.to_le_bytes());
        bytes.extend([0u64, 64, 0].map(u64::to_le_bytes).concat()); // entry, program headers, sections
        bytes.extend(0u32.to_le_bytes());
        let count = u16::try_from(segments.len()).unwrap();
        bytes.extend([64u16, 56, count, 64, 0, 0].map(u16::to_le_bytes).concat());
        let mut offset = 64 + 56 * segments.len() as u64;
        for (address, data) in segments {
            bytes.extend([1u32, 5].map(u32::to_le_bytes).concat()); // PT_LOAD, R+X
            let size = data.len() as u64;
            let high = address | 0xffff_8000_0000_0000;
            bytes.extend([offset, high, *address, size, size, 1].map(u64::to_le_bytes).concat());
            offset += size;
        }
        bytes.extend(segments.iter().flat_map(|(_, data)| data.iter().copied()));
        Image { path: PathBuf::from("kernel"), bytes }
    }

    fn header() -> Vec<u8> {
        let mut header = vec![0xaa; 64];
        header[56..60].copy_from_slice(b"ARM\x64");
        header
    }

    #[test]
    fn segments_stand_at_their_distance_from_the_first() {
        let raw = image(&[(0x4020_0050, &[1, 2]), (0x4020_0000, &header())]).flatten().unwrap();
        assert_eq!(raw.len(), 0x52);
        assert_eq!(raw[..64], header());
        assert_eq!(raw[64..], [&[0; 0x10][..], &[1, 2]].concat());
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        let problem = |image: Image| image.flatten().unwrap_err().to_string();
        assert!(problem(image(&[(0, &[0; 64])])).contains("arm64 Linux header"));
        assert!(problem(image(&[])).contains("nothing to load"));
        assert!(problem(image(&[(0, &header()), (1 << 30, &[1])])).contains("too far off"));
        let mut foreign = image(&[(0, &header())]);
        foreign.bytes[18] = 62;
        assert!(problem(foreign).contains("machine 62"));
        let mut cut = image(&[(0, &header())]);
        cut.bytes.truncate(130);
        assert!(problem(cut).contains("outside the file"));
        let text = Image { path: PathBuf::from("kernel"), bytes: b"#!/bin/sh".to_vec() };
        assert!(problem(text).contains("kernel"));
    }
}
