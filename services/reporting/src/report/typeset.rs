//! Punctuation as Chinese print wants it: full width beside Chinese characters, whatever the source of the text used.

use super::document::{Block, Document, Table};

/// Sets the punctuation of every text of a document.
pub(super) fn document(document: &mut Document) {
    for text in texts(document) {
        *text = self::text(text);
    }
}

fn texts(document: &mut Document) -> Vec<&mut String> {
    let mut texts = vec![&mut document.subtitle, &mut document.note];
    texts.extend(&mut document.title);
    texts.extend(document.facts.iter_mut().map(|(_, fact)| fact));
    if let Some(conclusion) = &mut document.conclusion {
        texts.push(&mut conclusion.sentence);
        texts.extend(conclusion.parts.iter_mut().flat_map(|part| [&mut part.title, &mut part.reasons]));
    }
    for block in &mut document.blocks {
        match block {
            Block::Section(text) | Block::Subsection(text) | Block::Paragraph(text) => texts.push(text),
            Block::Annexes(lines) | Block::Signature(lines) => texts.extend(lines),
            Block::Annex(lead, text) | Block::Led(lead, text) => texts.extend([lead, text]),
            Block::Table(table) => texts.extend(table_texts(table)),
            Block::Chart(chart) => {
                texts.extend(chart.drawing.texts_mut());
                texts.extend(chart.table.iter_mut().flat_map(table_texts));
            }
        }
    }
    texts
}

fn table_texts(table: &mut Table) -> impl Iterator<Item = &mut String> {
    let columns = table.columns.iter_mut().map(|column| &mut column.title);
    let cells = table.groups.iter_mut().flatten().flatten().map(|cell| &mut cell.text);
    [&mut table.caption].into_iter().chain(columns).chain(cells).chain(&mut table.limits).chain(&mut table.notes)
}

/// Widens `, ; : ? !` and parentheses that stand beside a Chinese character; what stands between Latin letters or digits stays.
pub(crate) fn text(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut open_widened = Vec::new();
    let mut set = String::with_capacity(text.len());
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index)).copied();
        let after = characters.get(index + 1).copied();
        let beside = before.is_some_and(chinese) || after.is_some_and(chinese);
        set.push(match character {
            '(' => {
                open_widened.push(beside);
                if beside { '（' } else { '(' }
            }
            ')' if open_widened.pop().unwrap_or(beside) => '）',
            ',' if beside => '，',
            ';' if beside => '；',
            ':' if beside => '：',
            '?' if beside => '？',
            '!' if beside => '！',
            other => other,
        });
    }
    set
}

fn chinese(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '〔' | '〕' | '《' | '》' | '“' | '”' | '。' | '、')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_beside_chinese_is_full_width() {
        assert_eq!(text("\u{603b}\u{5219}:a"), "\u{603b}\u{5219}\u{ff1a}a");
        assert_eq!(text("占85.71%,其中"), "占85.71%\u{ff0c}其中");
        assert_eq!(text("指标(L4)高"), "指标\u{ff08}L4\u{ff09}高");
    }

    #[test]
    fn punctuation_between_latin_letters_and_digits_stays() {
        assert_eq!(text("10:23 (published), 1,000"), "10:23 (published), 1,000");
    }
}
