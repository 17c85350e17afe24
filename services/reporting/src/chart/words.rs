//! How wide text is, and text cut to a width. The drawing does not know the page's font, so widths are those of a wide one.

/// Width of text. Units: of the drawing.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|character| size * em(character)).sum()
}

/// Text that is no wider than this; what does not fit is cut, with an ellipsis.
pub(super) fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let kept = text.chars().take_while(|&character| {
        left -= size * em(character);
        left >= 0.0
    });
    let kept: String = kept.collect();
    if kept.is_empty() { String::new() } else { kept + "…" }
}

/// Width of a character in heights of the type.
fn em(character: char) -> f64 {
    match character {
        'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' => 0.34,
        'W' | 'M' | 'm' | 'w' | '%' | '@' => 0.95,
        'A'..='Z' | '&' => 0.72,
        '\u{20}'..='\u{24f}' => 0.6,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_never_wider_than_its_room() {
        assert_eq!(fit("彰武县", 12.0, 36.0), "彰武县");
        assert_eq!(fit("彰武县实验小学", 12.0, 60.0), "彰武县实…");
        assert_eq!(fit("彰武县实验小学", 12.0, 5.0), "");
        assert!(width(&fit("彰武县第3小学(东校区)", 12.0, 70.0), 12.0) <= 70.0);
    }
}
