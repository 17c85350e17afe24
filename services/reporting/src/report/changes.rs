//! 与以往比较: how the county stood a month and a year before, under the same standard, as far as it was evaluated then.

use junheng_proto::{common::v1::Verdict, evaluation::v1::Evaluation};

use super::{
    changed_units,
    document::{Align, Cell, Table},
    items, number,
    number::MISSING,
    resources, words,
    writer::Writer,
};

/// One line of the comparison.
struct Line {
    label: String,
    text: String,
    /// The figure as it is printed, so that the difference agrees with what stands beside it; none where there is no figure.
    printed: Option<Printed>,
}

/// A printed figure.
struct Printed {
    value: f64,
    decimals: usize,
    unit: &'static str,
}

/// Writes the section; nothing where no earlier month was evaluated.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation, earlier: &[Evaluation]) {
    if earlier.is_empty() {
        return;
    }
    writer.section("与以往比较");
    let months: Vec<String> = earlier.iter().map(|before| words::month(&before.month)).collect();
    writer.paragraph(format!(
        "{}与{}按同一评估标准的评估结果比较如下。各月分别依据当月现行的报送版本。",
        words::month(&evaluation.month),
        months.join("、")
    ));
    writer.table(table(evaluation, earlier));
    for before in earlier {
        if let Some(told) = changed_units::told(evaluation, before) {
            writer.paragraph(told);
        }
    }
}

fn table(evaluation: &Evaluation, earlier: &[Evaluation]) -> Table {
    let now = words::month(&evaluation.month);
    let heads: Vec<(String, String)> = earlier
        .iter()
        .map(|before| (words::month(&before.month), format!("比{}", words::month(&before.month))))
        .collect();
    let mut columns = vec![("项目", Align::Left), (now.as_str(), Align::Right)];
    for (month, change) in &heads {
        columns.extend([(month.as_str(), Align::Right), (change.as_str(), Align::Right)]);
    }
    let mut table = Table::new("主要结论和数据与以往比较", &columns);
    let before: Vec<Vec<Line>> = earlier.iter().map(lines).collect();
    for line in lines(evaluation) {
        let known = |line: &Line| line.text != MISSING;
        let mut alike = before.iter().flatten().filter(|before| before.label == line.label);
        // What no month has a figure of is no comparison.
        if !known(&line) && !alike.any(known) {
            continue;
        }
        let mut row = vec![Cell::head(&line.label), line.text.as_str().into()];
        for before in &before {
            let same = before.iter().find(|before| before.label == line.label);
            row.push(same.map_or(MISSING, |before| &before.text).into());
            row.push(same.map_or_else(|| MISSING.to_owned(), |before| change(&line, before)).into());
        }
        table.row(row);
    }
    table
}

/// What of an evaluation is compared.
fn lines(evaluation: &Evaluation) -> Vec<Line> {
    let mut lines = vec![verdict("自查结论", words::verdict(evaluation.verdict()))];
    for part in &evaluation.parts {
        lines.push(verdict(&part.title, items::badge(&part.id, part.verdict()).text));
    }
    for stage in evaluation.resources.iter().filter(|stage| !stage.units.is_empty()) {
        let name = words::stage(stage.stage());
        let count = |label: &str, count: u32| figure(format!("{name}{label}"), count.to_string(), 0, "");
        lines.extend(stage.unit_count.map(|units| count("评估单元（个）", units)));
        if let (Some(met), Some(units @ 1..)) = (stage.met_unit_count, stage.unit_count) {
            lines.push(count("综合达标单元（个）", met));
            let share = number::percent(f64::from(met) / f64::from(units), 2);
            lines.push(figure(format!("{name}综合达标比例"), share, 2, "个百分点"));
        }
        for indicator in &stage.indicators {
            let text = resources::variation_text(indicator);
            lines.push(figure(format!("{name}{}差异系数", indicator.id), text, 3, ""));
        }
    }
    let open = |verdict| evaluation.items.iter().filter(move |item| item.verdict() == verdict).count();
    for (label, verdict) in [("达标的县级项目（项）", Verdict::Met), ("不达标的县级项目（项）", Verdict::NotMet)]
    {
        lines.push(figure(label.to_owned(), open(verdict).to_string(), 0, ""));
    }
    lines
}

fn verdict(label: &str, text: &str) -> Line {
    Line { label: label.to_owned(), text: text.to_owned(), printed: None }
}

fn figure(label: String, text: String, decimals: usize, unit: &'static str) -> Line {
    let digits = text.trim_end_matches(['%', '※']);
    let printed = digits.parse().ok().map(|value| Printed { value, decimals, unit });
    Line { label, text, printed }
}

/// What became of a line.
fn change(now: &Line, before: &Line) -> String {
    let (Some(new), Some(old)) = (&now.printed, &before.printed) else {
        if now.text == MISSING || before.text == MISSING {
            return MISSING.to_owned();
        }
        return if now.text == before.text {
            "不变".to_owned()
        } else {
            format!("由{}变为{}", before.text, now.text)
        };
    };
    let difference = new.value - old.value;
    let amount = number::rounded(difference.abs(), new.decimals);
    if amount.chars().all(|character| matches!(character, '0' | '.')) {
        return "持平".to_owned();
    }
    format!("{}{amount}{}", if difference > 0.0 { "增加" } else { "减少" }, new.unit)
}
