//! The fuzz targets over their corpus, and over changes of it that are the same in every run.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    path::PathBuf,
};

use junheng_ingest::fuzz;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus")).join(target);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "{target} has {}", files.len());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Some bytes changed, removed, repeated, or taken from another of the corpus.
fn changed(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    const SIGNIFICANT: [&[u8]; 12] =
        [b"\0", b"\xff", b",", b"\"", b"<", b">", b"&", b"999999999999999999999", b"-1", b"NaN", b"1e309", b"\xd6\xd0"];
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(20)).min(bytes.len());
        match dice.below(5) {
            0 => _ = bytes.drain(at..end),
            1 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again.repeat(dice.below(20)));
            }
            2 => _ = bytes.splice(at..end, SIGNIFICANT[dice.below(SIGNIFICANT.len())].iter().copied()),
            3 => {
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(200)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            _ => {}
        }
    }
    bytes
}

/// Throws the corpus and so many changes of it at a target.
fn throw(corpus: &[Vec<u8>], changes: usize, seed: u64, target: impl Fn(&[u8])) {
    let mut dice = Dice(seed);
    for bytes in corpus {
        target(bytes);
    }
    for _ in 0..changes {
        let (bytes, other) = (&corpus[dice.below(corpus.len())], &corpus[dice.below(corpus.len())]);
        target(&changed(bytes, other, &mut dice));
    }
}

#[test]
fn no_bytes_of_a_message_upset_the_service() {
    throw(&corpus("submission"), 3_000, 0x5eed_0001, fuzz::submission);
}

#[test]
fn no_bytes_of_a_table_upset_its_reader() {
    throw(&corpus("csv"), 60, 0x5eed_0002, fuzz::csv);
}

#[test]
fn no_bytes_of_a_workbook_upset_its_reader() {
    throw(&corpus("workbook"), 60, 0x5eed_0003, fuzz::workbook);
}

#[test]
fn no_part_of_a_workbook_upsets_its_reader() {
    let workbooks: Vec<_> = corpus("workbook").into_iter().filter_map(|bytes| parts(&bytes)).collect();
    assert!(!workbooks.is_empty());
    let mut dice = Dice(0x5eed_0004);
    for _ in 0..40 {
        let mut parts = workbooks[dice.below(workbooks.len())].clone();
        let at = dice.below(parts.len());
        let (part, other) = (parts[at].1.clone(), parts[dice.below(parts.len())].1.clone());
        parts[at].1 = changed(&part, &other, &mut dice);
        fuzz::workbook(&packed(&parts));
    }
}

/// The parts of a workbook; `None` where it cannot be unpacked.
fn parts(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).ok()?;
        let mut part = Vec::new();
        entry.read_to_end(&mut part).ok()?;
        parts.push((entry.name().ok()?.into_owned(), part));
    }
    Some(parts).filter(|parts| parts.len() > 5)
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    for (name, part) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(part).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
