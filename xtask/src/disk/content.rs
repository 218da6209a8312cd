//! What stands on a disk: a partition table (GPT) with one EFI system partition, and files on it (FAT32).

use fatfs::{Dir, FatType, FileSystem, FormatVolumeOptions, FsOptions, format_volume};
use gpt::{GptConfig, GptError, disk::LogicalBlockSize, mbr::ProtectiveMBR, partition_types};
use sha2::{Digest, Sha256};
use std::io::{self, Cursor, Write};
use uuid::{Builder, Uuid};

/// The size of the disk. FAT32 begins at 65,525 clusters (Microsoft's FAT specification), here of a block each.
pub(super) const BYTES: usize = 64 << 20;

const BLOCK: usize = 512;

/// Where the partition begins: at 1 MiB, a boundary of every medium.
const FIRST: usize = 1 << 20;

/// What is left behind the partition, for the table's second copy.
const BEHIND: usize = 1 << 20;

/// Returns the bytes of a disk with these files: the same files give the same bytes.
///
/// # Errors
///
/// Where the files do not fit.
pub(crate) fn content(files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut disk = vec![0; BYTES];
    partition(&mut disk, files).map_err(|error| io::Error::other(error.to_string()))?;
    let mut partition = Cursor::new(&mut disk[FIRST..BYTES - BEHIND]);
    let fat = FormatVolumeOptions::new().fat_type(FatType::Fat32).bytes_per_cluster(512);
    format_volume(&mut partition, fat.volume_label(*b"AFDBM      "))?;
    let volume = FileSystem::new(&mut partition, FsOptions::new())?;
    files.iter().try_for_each(|(path, bytes)| write(volume.root_dir(), path, bytes))?;
    volume.unmount()?;
    Ok(disk)
}

/// Writes the partition table.
fn partition(disk: &mut [u8], files: &[(&str, &[u8])]) -> Result<(), GptError> {
    let blocks = u32::try_from(BYTES / BLOCK - 1).unwrap_or(u32::MAX);
    let mut device = Cursor::new(disk);
    ProtectiveMBR::with_lb_size(blocks)
        .overwrite_lba0(&mut device)
        .map_err(|error| io::Error::other(error.to_string()))?;
    let configuration = GptConfig::new().writable(true).logical_block_size(LogicalBlockSize::Lb512);
    let mut table = configuration.create_from_device(device, None)?;
    let (first, length) = ((FIRST / BLOCK) as u64, ((BYTES - BEHIND - FIRST) / BLOCK) as u64);
    table.add_partition_at("afdbm", 1, first, length, partition_types::EFI, 0)?;
    // The crate names both at random.
    table.update_guid(Some(identifier("disk", files)));
    let mut partitions = table.take_partitions();
    partitions.values_mut().for_each(|one| one.part_guid = identifier("partition", files));
    table.update_partitions(partitions)?;
    table.write().map(drop)
}

/// Names something by what is on the disk.
fn identifier(what: &str, files: &[(&str, &[u8])]) -> Uuid {
    let mut digest = Sha256::new_with_prefix(what);
    for (path, bytes) in files {
        digest.update(path);
        digest.update(bytes);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
    Builder::from_random_bytes(*first).into_uuid()
}

/// Writes a file, and the folders above it.
fn write(root: Dir<'_, &mut Cursor<&mut [u8]>>, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut folder = root;
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        if names.peek().is_some() {
            folder = folder.create_dir(name)?;
        } else {
            let mut file = folder.create_file(name)?;
            file.write_all(bytes)?;
            file.flush()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BEHIND, BLOCK, BYTES, FIRST, content};
    use fatfs::{FatType, FileSystem, FsOptions};
    use gpt::{GptConfig, partition_types};
    use std::io::{Cursor, Read};

    #[test]
    fn the_files_stand_on_the_one_partition() {
        let long = vec![7; 3 << 20];
        let files: [(&str, &[u8]); 3] =
            [("EFI/BOOT/BOOTAA64.EFI", &long), ("EFI/debian/grub.cfg", b"x"), ("afdbm.txt", b"-- \n")];
        let mut disk = content(&files).unwrap();
        assert_eq!((disk.len(), &disk[510..512]), (BYTES, &[0x55, 0xaa][..]));
        let table =
            GptConfig::new().only_valid_headers(true).open_from_device(Cursor::new(&mut disk)).unwrap();
        let partitions: Vec<_> = table.partitions().values().cloned().collect();
        assert_eq!(partitions.len(), 1);
        assert_eq!(partitions[0].part_type_guid, partition_types::EFI);
        let byte = |block: u64| usize::try_from(block).expect("a block of the image") * BLOCK;
        let of = byte(partitions[0].first_lba)..byte(partitions[0].last_lba + 1);
        assert_eq!(of, FIRST..BYTES - BEHIND);
        let volume = FileSystem::new(Cursor::new(&mut disk[of]), FsOptions::new()).unwrap();
        assert_eq!(volume.fat_type(), FatType::Fat32);
        for (path, expected) in files {
            let mut read = Vec::new();
            volume.root_dir().open_file(path).unwrap().read_to_end(&mut read).unwrap();
            assert!(read == expected, "{path}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(content(&[("a", &vec![1; BYTES])]).is_err());
    }
}
