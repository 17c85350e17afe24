//! Digests of rows, in their order.

use sha2::{Digest as _, Sha256};

use crate::{Hash, encode::Encoding};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Null,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// The digest of rows as they come: none may be missing, doubled, altered or in another place.
#[derive(Debug, Clone, Default)]
pub struct RowDigest {
    count: u64,
    hash: Sha256,
}

impl RowDigest {
    /// Takes the next row.
    pub fn add(&mut self, cells: &[Cell]) {
        let mut encoding = Encoding::of("junheng.row.1").number(i64::try_from(cells.len()).unwrap_or(i64::MAX));
        for cell in cells {
            encoding = match cell {
                Cell::Null => encoding.text("null"),
                Cell::Number(number) => encoding.text("number").number(*number),
                Cell::Text(text) => encoding.text("text").text(text),
            };
        }
        self.hash.update(encoding.hash());
        self.count += 1;
    }

    /// How many rows it took.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// How many rows it took, and their digest.
    #[must_use]
    pub fn finish(self) -> (u64, Hash) {
        (self.count, self.hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_its_place_and_its_columns_count() {
        let digest = |rows: &[&[Cell]]| {
            let mut digest = RowDigest::default();
            for row in rows {
                digest.add(row);
            }
            digest.finish()
        };
        let text = |text: &str| Cell::Text(text.into());
        let (one, other) = ([text("a"), Cell::Null], [text("b"), Cell::Number(1)]);

        let whole = digest(&[&one, &other]);

        assert_eq!(whole, digest(&[&one, &other]));
        for changed in [
            digest(&[&other, &one]),
            digest(&[&one]),
            digest(&[&one, &other, &other]),
            digest(&[&[text("a"), text("")], &other]),
            digest(&[&[text("a")], &[Cell::Null, text("b"), Cell::Number(1)]]),
        ] {
            assert_ne!(whole, changed);
        }
    }
}
