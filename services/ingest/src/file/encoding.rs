//! The text of a CSV file: UTF-8, or GB 18030 (of which GBK and GB 2312 are parts), as Chinese spreadsheets write it.

use encoding_rs::GB18030;

/// How a file's text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB 18030, GBK or GB 2312.
    Gb18030,
}

impl Encoding {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GBK",
        }
    }
}

/// Decodes a text. What is no UTF-8 is read as GB 18030. A short piece of Chinese in that can be UTF-8 as well, though of letters that
/// no Chinese file has: 学校 in GBK is ѧУ in UTF-8.
///
/// Line ends are made alike, so that lines are counted as an editor shows them.
///
/// # Errors
///
/// The number of the first line that is neither.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), u32> {
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let bytes = marked.unwrap_or(bytes);
    let line = |at: usize| u32::try_from(bytes[..at].split(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX);
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => match (marked.is_none() && garbled(text)).then(|| gb18030(bytes)).flatten() {
            Some(meant) => (meant, Encoding::Gb18030),
            None => (text.to_owned(), Encoding::Utf8),
        },
        Err(error) => {
            // UTF-16, which would pass for GB 18030 here and there, has NUL bytes or a mark.
            let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0);
            let text = gb18030(bytes).filter(|_| !utf16);
            (text.ok_or_else(|| line(error.valid_up_to()))?, Encoding::Gb18030)
        }
    };
    Ok((text.replace("\r\n", "\n").replace('\r', "\n"), encoding))
}

fn gb18030(bytes: &[u8]) -> Option<String> {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// Whether a text has foreign letters (Cyrillic, Greek, Arabic …) and nothing Chinese.
fn garbled(text: &str) -> bool {
    let mut foreign = text.chars().filter(|letter| !letter.is_ascii() && *letter != '²' && *letter != '·').peekable();
    foreign.peek().is_some() && foreign.all(|letter| ('\u{80}'..'\u{800}').contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_as_it_was_meant_and_the_encoding_is_told() {
        let gbk = [0xd1, 0xa7, 0xd0, 0xa3, b'\r', b'\n', b'1'];

        assert_eq!(decode("\u{feff}学校\r\n1".as_bytes()), Ok(("学校\n1".to_owned(), Encoding::Utf8)));
        assert_eq!(decode(&gbk), Ok(("学校\n1".to_owned(), Encoding::Gb18030)));
        assert_eq!(decode("面积m²".as_bytes()), Ok(("面积m²".to_owned(), Encoding::Utf8)));
        assert_eq!(decode("m²".as_bytes()), Ok(("m²".to_owned(), Encoding::Utf8)));
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
    }

    #[test]
    fn what_is_neither_is_told_with_its_line() {
        assert_eq!(decode(b"a\nb\xff\xff\n"), Err(2));
        assert_eq!(decode(b"\xff\xfea\0\n\0"), Err(1));
    }
}
