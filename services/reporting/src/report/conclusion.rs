//! The conclusion: the box at the top, and section 七.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Part},
};

use super::{
    document::{Badge, Conclusion, PartLine},
    items, words,
    writer::Writer,
};

/// The box at the top.
pub(super) fn boxed(evaluation: &Evaluation, county: &str) -> Conclusion {
    Conclusion {
        sentence: sentence(evaluation, county),
        badge: Badge::of(evaluation.verdict()),
        parts: evaluation
            .parts
            .iter()
            .map(|part| PartLine {
                title: part.title.clone(),
                badge: items::badge(&part.id, part.verdict()),
                reasons: reasons(part),
            })
            .collect(),
    }
}

/// One sentence on the county.
fn sentence(evaluation: &Evaluation, county: &str) -> String {
    let month = words::month(&evaluation.month);
    let act = &evaluation.act;
    let with = |verdict| evaluation.parts.iter().filter(move |part| part.verdict() == verdict);
    let (vetoes, short): (Vec<&Part>, Vec<&Part>) = with(Verdict::NotMet).partition(|part| part.id == items::VETOES);
    let short: Vec<String> = [(short, "未达到标准要求"), (vetoes, "")]
        .into_iter()
        .filter(|(parts, _)| !parts.is_empty())
        .map(|(parts, word)| {
            if word.is_empty() {
                format!("触发{}", titles(parts.into_iter()))
            } else {
                titles(parts.into_iter()) + word
            }
        })
        .collect();
    let (short, open) = (short.join("，"), titles(with(Verdict::Undetermined)));
    let found = match evaluation.verdict() {
        Verdict::Met => "各部分均达到标准要求，自查结论为达标".to_owned(),
        Verdict::NotMet if open.is_empty() => format!("{short}，自查结论为不达标"),
        Verdict::NotMet => format!("{short}，自查结论为不达标；{open}因数据不完整待定"),
        Verdict::Undetermined => format!("{open}因数据不完整尚不能判定，自查结论为待定"),
        Verdict::Unspecified => "尚无自查结论".to_owned(),
    };
    format!("依据{act}，{county}{month}{found}。")
}

fn titles<'a>(parts: impl Iterator<Item = &'a Part>) -> String {
    parts.map(|part| part.title.as_str()).collect::<Vec<_>>().join("、")
}

/// The title and verdict of a part, with its reasons, as one paragraph.
pub(super) fn part_sentence(part: &Part) -> String {
    let verdict = items::badge(&part.id, part.verdict()).text;
    format!("{}部分结论为{verdict}。{}", part.title, reasons(part))
}

fn reasons(part: &Part) -> String {
    part.reasons.iter().map(|reason| words::sentence(reason)).collect()
}

/// Writes the section.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation, county: &str) {
    writer.section("结论");
    writer.paragraph(format!("综上，{}", sentence(evaluation, county)));
}
