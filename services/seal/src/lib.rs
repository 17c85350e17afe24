#![doc = include_str!("../README.md")]

pub mod chain;
mod encode;
pub mod head;
pub mod key;
pub mod receipt;
pub mod rows;

use std::fmt::Write as _;

/// A SHA-256.
pub type Hash = [u8; 32];

/// Writes bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
