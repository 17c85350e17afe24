//! Escaping for Markdown, used by every expression of the Markdown template.

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
}
