//! Changed figures as a table for people, worst first.

use std::cmp::Ordering;

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{ChangedFigure, Difference},
};

use crate::{summary::title, table::Table};

/// Rows that are shown unless all are asked for.
pub(crate) const SHOWN: usize = 40;

/// A part of a figure's difference, with its heading.
pub(crate) type Part<'a> = (&'static str, &'a Difference);

/// Writes the changed figures of a difference, worst first, at most `shown` of them; beside each what each of the parts did to it.
pub(crate) fn lines(difference: &Difference, parts: &[Part<'_>], shown: usize) -> Vec<String> {
    let mut figures: Vec<&ChangedFigure> = difference.figures.iter().collect();
    if figures.is_empty() {
        return vec!["没有变化".to_owned()];
    }
    figures.sort_by(|a, b| worst_first(a, b));
    let header =
        ["指标", "结论", "变化前", "变化后", "差"].into_iter().chain(parts.iter().map(|(heading, _)| *heading));
    let mut table = Table::new(header, &[2, 3, 4, 5, 6, 7, 8]);
    for figure in figures.iter().take(shown) {
        let own = [
            figure.title.clone(),
            verdicts(figure),
            number(figure.value_before),
            number(figure.value_after),
            signed(figure.difference),
        ];
        let of_parts = parts.iter().map(|(_, part)| part_of(part, &figure.path));
        table.row(own.into_iter().chain(of_parts));
    }
    let mut lines = table.lines("  ");
    let more = figures.len().saturating_sub(shown);
    if more > 0 {
        lines.push(format!("  另有{more}项，用 --all 全部列出"));
    }
    lines
}

/// What fell short first, then what became open, what changed while short, what changed otherwise, what is gone, what got better.
/// Within these the greater change first, in proportion to the value before.
fn worst_first(a: &ChangedFigure, b: &ChangedFigure) -> Ordering {
    grade(a).cmp(&grade(b)).then_with(|| proportion(b).total_cmp(&proportion(a)))
}

fn grade(figure: &ChangedFigure) -> u8 {
    match (figure.verdict_before(), figure.verdict_after()) {
        (Verdict::NotMet, Verdict::NotMet) => 2,
        (before, after) if before == after => 3,
        (_, Verdict::NotMet) => 0,
        (Verdict::Met | Verdict::Unspecified, Verdict::Undetermined) => 1,
        (_, Verdict::Unspecified) => 4,
        (_, Verdict::Met | Verdict::Undetermined) => 5,
    }
}

fn proportion(figure: &ChangedFigure) -> f64 {
    match (figure.value_before, figure.difference) {
        (Some(before), Some(difference)) if before != 0.0 => (difference / before).abs(),
        (_, Some(difference)) => difference.abs(),
        _ => 0.0,
    }
}

fn verdicts(figure: &ChangedFigure) -> String {
    let (before, after) = (figure.verdict_before(), figure.verdict_after());
    let word = |verdict| if verdict == Verdict::Unspecified { "无" } else { title(verdict) };
    match (before, after) {
        (Verdict::Unspecified, Verdict::Unspecified) => String::new(),
        _ if before == after => title(after).to_owned(),
        _ => format!("{}→{}", word(before), word(after)),
    }
}

/// What a part did to the figure of a path; empty where it did nothing.
fn part_of(part: &Difference, path: &str) -> String {
    let Some(figure) = part.figures.iter().find(|figure| figure.path == path) else { return String::new() };
    match figure.difference {
        Some(difference) => signed(Some(difference)),
        None => verdicts(figure),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), short)
}

fn signed(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| if value > 0.0 { format!("+{}", short(value)) } else { short(value) })
}

/// At most six decimals, without zeros at the end.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(title: &str, verdicts: [Verdict; 2], values: [f64; 2]) -> ChangedFigure {
        ChangedFigure {
            path: title.into(),
            title: title.into(),
            verdict_before: verdicts[0].into(),
            verdict_after: verdicts[1].into(),
            value_before: Some(values[0]),
            value_after: Some(values[1]),
            difference: Some(values[1] - values[0]),
        }
    }

    fn difference(figures: Vec<ChangedFigure>) -> Difference {
        Difference { figures, ..Difference::default() }
    }

    #[test]
    fn what_fell_short_stands_first_and_the_rest_is_counted() {
        let all = difference(vec![
            figure("better", [Verdict::NotMet, Verdict::Met], [1.0, 2.0]),
            figure("a little", [Verdict::Met, Verdict::Met], [4.0, 3.5]),
            figure("much", [Verdict::Met, Verdict::Met], [4.0, 1.0]),
            figure("short", [Verdict::Met, Verdict::NotMet], [2.0, 1.25]),
        ]);

        let lines = lines(&all, &[], 3);

        assert_eq!(
            lines,
            [
                "  指标      结论         变化前  变化后     差",
                "  short     达标→不达标       2    1.25  -0.75",
                "  much      达标              4       1     -3",
                "  a little  达标              4     3.5   -0.5",
                "  另有1项，用 --all 全部列出",
            ]
        );
    }

    #[test]
    fn a_part_stands_beside_the_figure_that_it_changed() {
        let whole =
            difference(vec![figure("a", [Verdict::Met; 2], [1.0, 4.0]), figure("b", [Verdict::Met; 2], [1.0, 2.0])]);
        let part = difference(vec![figure("a", [Verdict::Met; 2], [1.0, 1.0 + 1.0 / 3.0])]);

        let lines = lines(&whole, &[("数据", &part)], 9);

        assert!(lines[0].ends_with("数据"));
        assert!(lines[1].ends_with("+3  +0.333333"), "{}", lines[1]);
        assert!(lines[2].ends_with("+1"), "{}", lines[2]);
        assert_eq!(super::lines(&Difference::default(), &[], 9), ["没有变化"]);
    }
}
