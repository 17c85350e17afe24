//! Escaping for Markdown and for XML, used by every expression of their templates.

use std::fmt::{self, Write};

/// Escapes text so that a name cannot become markup or break out of a table cell.
#[derive(Clone, Copy)]
pub(super) struct Markdown;

impl askama::filters::Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        for character in string.chars() {
            match character {
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => {
                    dest.write_char('\\')?;
                    dest.write_char(character)?;
                }
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '&' => dest.write_str("&amp;")?,
                character if character.is_control() => dest.write_char(' ')?,
                character => dest.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// Escapes text for XML 1.0, in elements and in attributes; what XML cannot hold becomes a blank.
#[derive(Clone, Copy)]
pub(crate) struct Xml;

impl askama::filters::Escaper for Xml {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        for character in string.chars() {
            match character {
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '&' => dest.write_str("&amp;")?,
                '"' => dest.write_str("&quot;")?,
                '\'' => dest.write_str("&apos;")?,
                '\u{fffe}' | '\u{ffff}' => dest.write_char(' ')?,
                character if character.is_control() => dest.write_char(' ')?,
                character => dest.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use askama::filters::Escaper as _;

    use super::*;

    #[test]
    fn markup_and_cell_borders_are_escaped() {
        let mut text = String::new();

        Markdown.write_escaped_str(&mut text, "a|b*c_<d>\n`e`").unwrap();

        assert_eq!(text, r"a\|b\*c\_&lt;d&gt; \`e\`");
    }

    #[test]
    fn what_xml_cannot_hold_becomes_a_blank() {
        let mut text = String::new();

        Xml.write_escaped_str(&mut text, "<a b=\"c\">&\0\u{b}'").unwrap();

        assert_eq!(text, "&lt;a b=&quot;c&quot;&gt;&amp;  &apos;");
    }
}
