//! A workbook as a zip archive: held against limits before anything in it is read.

use std::io::{Cursor, Read as _, copy, sink};

use zip::{ZipArchive, result::ZipError};

/// Entries that a workbook may have; a template has about fifteen.
pub(super) const MAX_ENTRIES: usize = 1_000;
/// Bytes that all entries of a workbook may expand to together.
pub(super) const MAX_EXPANDED_BYTES: u64 = 64 << 20;

/// Why a file is not opened as a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// An Excel 97–2003 workbook (.xls), or one with a password: both come as a compound file.
    Old,
    /// Encrypted with a password.
    Encrypted,
    /// No zip archive, or a damaged one.
    Broken,
    /// More than [`MAX_ENTRIES`] entries.
    Entries,
    /// Expands to more than [`MAX_EXPANDED_BYTES`].
    Expansion,
}

/// Looks at an archive before it is read: at what its directory says first, and then at what its entries really expand to, of which
/// never more than the limit is read and nothing is kept.
pub(super) fn inspect(bytes: &[u8]) -> Result<(), Refused> {
    if bytes.starts_with(&COMPOUND_FILE) {
        return Err(if encrypted_package(bytes) { Refused::Encrypted } else { Refused::Old });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| refused(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(Refused::Entries);
    }
    let mut declared = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| refused(&error))?;
        if entry.encrypted() {
            return Err(Refused::Encrypted);
        }
        declared = declared.saturating_add(entry.size());
    }
    if declared > MAX_EXPANDED_BYTES {
        return Err(Refused::Expansion);
    }
    // A directory can lie.
    let mut left = MAX_EXPANDED_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| refused(&error))?;
        let expanded = copy(&mut entry.take(left + 1), &mut sink()).map_err(|_| Refused::Broken)?;
        left = left.checked_sub(expanded).ok_or(Refused::Expansion)?;
    }
    Ok(())
}

/// Whether an archive has parts of a workbook; other documents and archives have none.
pub(super) fn of_workbook(bytes: &[u8]) -> bool {
    let part = |name: &[u8]| name.get(..2).is_some_and(|folder| folder.eq_ignore_ascii_case(b"xl"));
    ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.file_names_raw().any(part))
}

/// The first bytes of a compound file (OLE2).
pub(super) const COMPOUND_FILE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// Whether a compound file holds an encrypted workbook: the name of that stream, in UTF-16, stands in its directory.
fn encrypted_package(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name)
}

fn refused(error: &ZipError) -> Refused {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Encrypted,
        _ => Refused::Broken,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(entries: usize, bytes: usize) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for index in 0..entries {
            writer.start_file(format!("{index}"), SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b' '; bytes]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_within_the_limits_passes() {
        assert_eq!(inspect(&archive(MAX_ENTRIES, 1)), Ok(()));
        assert_eq!(inspect(&archive(1, 64 << 20)), Ok(()));
    }

    #[test]
    fn a_bomb_is_refused_by_what_its_directory_says_and_by_what_it_expands_to() {
        assert_eq!(inspect(&archive(MAX_ENTRIES + 1, 1)), Err(Refused::Entries));
        let mut bomb = archive(2, 33 << 20);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(inspect(&bomb), Err(Refused::Expansion));
        // The same with a directory, and headers, that say one byte each.
        let size = u32::try_from(33 << 20).unwrap().to_le_bytes();
        for at in 0..bomb.len() - 4 {
            if bomb[at..at + 4] == size {
                bomb[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
            }
        }
        assert!(matches!(inspect(&bomb), Err(Refused::Expansion | Refused::Broken)));
    }

    #[test]
    fn what_is_no_archive_is_told_apart() {
        assert_eq!(inspect(b""), Err(Refused::Broken));
        assert_eq!(inspect(b"PK\x03\x04 and nothing more"), Err(Refused::Broken));
        assert_eq!(inspect(&archive(2, 100)[..150]), Err(Refused::Broken));
        let old = [COMPOUND_FILE.as_slice(), &[0; 512]].concat();
        assert_eq!(inspect(&old), Err(Refused::Old));
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(inspect(&[old, name].concat()), Err(Refused::Encrypted));
    }
}
