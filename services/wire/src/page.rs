//! Paging: `page_size` and `page_token`. A token is the key of the last row of the page before.

use crate::violations::{UNKNOWN_TOKEN, Violations};

/// Reads a page size: 0 is `default`, and at most `most`.
pub fn size(page_size: i32, default: u32, most: u32, violations: &mut Violations) -> u32 {
    match u32::try_from(page_size) {
        Ok(0) => default,
        Ok(size) => size.min(most),
        Err(_) => {
            violations.add("page_size", ("is negative", "是负数"));
            default
        }
    }
}

/// Reads a page token by `read`; an empty one asks for the first page.
pub fn token<T>(page_token: &str, violations: &mut Violations, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if page_token.is_empty() {
        return None;
    }
    let key = read(page_token);
    if key.is_none() {
        violations.add("page_token", UNKNOWN_TOKEN);
    }
    key
}

/// Cuts a page of `size` out of rows that were read with one more than that, and gives the token of the next page.
pub fn cut<T>(rows: &mut Vec<T>, size: u32, token: impl FnOnce(&T) -> String) -> String {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if rows.len() <= size {
        return String::new();
    }
    rows.truncate(size);
    rows.last().map(token).unwrap_or_default()
}
