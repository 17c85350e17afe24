//! The conclusion: the box at the top, and section 七 with what has to be put right.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Part},
};

use super::{
    document::{Badge, Conclusion, PartLine},
    figures, items, number, words,
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
    let short: Vec<String> = [(short, "未达到标准要求"), (vetoes, "已触发")]
        .into_iter()
        .filter(|(parts, _)| !parts.is_empty())
        .map(|(parts, word)| titles(parts.into_iter()) + word)
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
    let problems = problems(evaluation);
    if !problems.is_empty() {
        writer.led("需整改的主要问题。", "下列问题依据已报送数据即可确定，应逐项建立整改台账：");
        writer.list(problems);
    }
}

fn problems(evaluation: &Evaluation) -> Vec<String> {
    let mut problems = Vec::new();
    for resources in &evaluation.resources {
        let stage = words::stage(resources.stage());
        let units: Vec<String> = resources
            .units
            .iter()
            .filter(|unit| unit.verdict() == Verdict::NotMet)
            .map(|unit| words::school(&unit.school_name, &unit.school_code))
            .collect();
        if !units.is_empty() {
            problems.push(format!("{stage}{}个评估单元未综合达标：{}。", units.len(), units.join("、")));
        }
        for indicator in resources.indicators.iter().filter(|indicator| indicator.verdict() == Verdict::NotMet) {
            let variation = super::resources::variation_text(indicator);
            problems.push(format!("{stage}{}{}的差异系数（{variation}）超出限值。", indicator.id, indicator.title));
        }
        if let Some(limit) = resources.composite_limit.filter(|_| resources.composite_verdict() == Verdict::NotMet) {
            let composite = super::composite::composite_text(resources);
            problems.push(format!("{stage}综合差异系数（{composite}）超出限值{}。", number::limit(limit, 2)));
        }
    }
    for item in evaluation.items.iter().filter(|item| item.verdict() == Verdict::NotMet) {
        let mut short: Vec<&str> = item
            .tests
            .iter()
            .flat_map(|test| &test.institutions)
            .filter(|institution| institution.verdict() == Verdict::NotMet)
            .map(|institution| institution.school_code.as_str())
            .collect();
        short.sort_unstable();
        short.dedup();
        let schools =
            if short.is_empty() { String::new() } else { format!("：{}所学校未达到要求", short.len()) };
        let verdict = items::badge(&item.part, Verdict::NotMet).text;
        let told: Vec<String> =
            std::iter::once(verdict.to_owned()).chain(item.tests.iter().filter_map(figures::gap_of_test)).collect();
        problems.push(format!("{}“{}”{}{schools}。", item.id, item.title, told.join("，")));
    }
    problems
}
