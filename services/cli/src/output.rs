//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use std::io::{Write as _, stderr, stdout};

use jiff::{Timestamp, tz::Offset};

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

/// An instant as commands take it, by the clock of Asia/Shanghai: `2025-01-05T22:31:42.034+08:00`.
pub(crate) fn instant(instant: Timestamp) -> String {
    instant.to_zoned(Offset::constant(8).to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string()
}

/// An instant as people read it, to the second: `2025年1月5日22:31:42（北京时间）`.
pub(crate) fn beijing(instant: Timestamp) -> String {
    let there = Offset::constant(8).to_datetime(instant);
    format!("{}年{}月{}日{}（北京时间）", there.year(), there.month(), there.day(), there.strftime("%H:%M:%S"))
}

/// Replaces what a terminal would obey: what stands in a file must not move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() && char != '\n' { '\u{fffd}' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_commands_take_it() {
        for text in ["2025-01-05T14:31:42.034Z", "2025-01-05T14:31:42Z"] {
            let told = instant(text.parse().unwrap());
            assert_eq!((crate::args::instant(&told), told.len()), (Ok(text.parse().unwrap()), 29), "{told}");
        }
        assert_eq!(instant("2025-01-05T14:31:42.034Z".parse().unwrap()), "2025-01-05T22:31:42.034+08:00");
        assert_eq!(beijing("2025-01-05T14:31:42.034Z".parse().unwrap()), "2025年1月5日22:31:42（北京时间）");
    }
}
