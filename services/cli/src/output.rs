//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use std::io::{Write as _, stderr, stdout};

use crate::failure::Failure;

/// Writes a result, and a line end, to stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Writes a result to stdout as it is.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Writes a message, and a line end, to stderr. Where nobody listens, nothing is lost that could be told elsewhere.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(stderr().lock(), "{}", printable(text));
}

/// Replaces what a terminal would obey: what stands in a file must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && char != '\n' { '\u{fffd}' } else { char }).collect()
}
