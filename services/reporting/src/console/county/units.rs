//! The units of a county in one table, filtered and sorted by the address alone.

use std::cmp::Ordering;

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, StageResources, Unit},
};

use super::super::{
    grid::{Cell, Column, Grid},
    link,
    page::Choice,
    period::Period,
    place::Place,
    region::Filter,
};
use crate::report::shown;

/// The form that filters the units.
pub(super) struct Form {
    pub(super) action: String,
    /// Where the indicator is chosen.
    pub(super) indicator_action: String,
    pub(super) month: String,
    pub(super) standard: String,
    pub(super) sort: String,
    pub(super) q: String,
    pub(super) stages: Vec<Choice>,
    pub(super) verdicts: Vec<Choice>,
    /// How many there are in all.
    pub(super) all: usize,
}

const STAGES: [(&str, &str, Stage); 2] = [("primary", "小学", Stage::Primary), ("junior", "初中", Stage::Junior)];
const VERDICTS: [(&str, &str, Verdict); 3] =
    [("met", "达标", Verdict::Met), ("short", "不达标", Verdict::NotMet), ("open", "待定", Verdict::Undetermined)];

impl Form {
    pub(super) fn new(place: &Place, period: &Period, filter: &Filter, evaluation: &Evaluation) -> Self {
        let choices = |all: &[(&str, &str)], chosen: &str| {
            let everything = Choice { value: String::new(), text: "全部".to_owned(), chosen: chosen.is_empty() };
            let choice = |(value, text): &(&str, &str)| Choice {
                value: (*value).to_owned(),
                text: (*text).to_owned(),
                chosen: *value == chosen,
            };
            [everything].into_iter().chain(all.iter().map(choice)).collect()
        };
        Self {
            action: link::region(&place.region.code, None) + "#units",
            indicator_action: link::region(&place.region.code, None) + "#indicator",
            month: period.month.to_string(),
            standard: period.standard.clone(),
            sort: filter.sort.clone(),
            q: filter.q.clone(),
            stages: choices(&STAGES.map(|(id, title, _)| (id, title)), &filter.stage),
            verdicts: choices(&VERDICTS.map(|(id, title, _)| (id, title)), &filter.verdict),
            all: evaluation.resources.iter().map(|stage| stage.units.len()).sum(),
        }
    }
}

/// A unit with the rules of its stage.
struct Entry<'a> {
    resources: &'a StageResources,
    unit: &'a Unit,
}

/// The units that the filter lets through, in its order.
pub(super) fn grid(evaluation: &Evaluation, place: &Place, period: &Period, filter: &Filter) -> Grid {
    let mut entries: Vec<Entry<'_>> = evaluation
        .resources
        .iter()
        .flat_map(|resources| resources.units.iter().map(move |unit| Entry { resources, unit }))
        .filter(|entry| wanted(entry, filter))
        .collect();
    let (key, reversed) = match filter.sort.strip_prefix('-') {
        Some(key) => (key, true),
        None => (filter.sort.as_str(), false),
    };
    entries.sort_by(|one, other| compare(one, other, key, reversed));
    let ids = indicators(evaluation);
    let mut grid = Grid::new("unit-table", format!("评估单元（{}个）", entries.len()), &[]);
    grid.columns = columns(&ids, place, period, filter, (key, reversed));
    grid.rows = entries.iter().map(|entry| row(entry, &ids, place, period)).collect();
    if !evaluation.resources.iter().any(shown::judges_units) {
        grid.notes.push("该评估标准不单独判定评估单元，结论和达标项数为“—”，各项数值供参考。".to_owned());
    }
    grid.notes.push("“▼”为未达到标准值；点击学校名称查看各项数据的计算依据和沿革，点击表头排序。".to_owned());
    grid
}

fn wanted(entry: &Entry<'_>, filter: &Filter) -> bool {
    let stage = STAGES.iter().find(|(id, ..)| *id == filter.stage);
    let verdict = VERDICTS.iter().find(|(id, ..)| *id == filter.verdict);
    let q = filter.q.trim();
    stage.is_none_or(|(_, _, stage)| entry.resources.stage() == *stage)
        && verdict.is_none_or(|(_, _, verdict)| entry.unit.verdict() == *verdict)
        && (q.is_empty() || entry.unit.school_name.contains(q) || entry.unit.school_code.contains(q))
}

/// The indicators of all stages, in the standard's order.
fn indicators(evaluation: &Evaluation) -> Vec<(String, String)> {
    let mut ids: Vec<(String, String)> = vec![];
    for indicator in evaluation.resources.iter().flat_map(|stage| &stage.indicators) {
        if ids.iter().all(|(id, _)| *id != indicator.id) {
            ids.push((indicator.id.clone(), indicator.title.clone()));
        }
    }
    ids
}

/// What is missing stands last, whichever way round.
fn compare(one: &Entry<'_>, other: &Entry<'_>, key: &str, reversed: bool) -> Ordering {
    let code = |entry: &Entry<'_>| entry.unit.school_code.clone();
    let turn = |ordering: Ordering| if reversed { ordering.reverse() } else { ordering };
    let by_number = |number: &dyn Fn(&Entry<'_>) -> Option<f64>| match (number(one), number(other)) {
        (Some(one), Some(other)) => turn(one.total_cmp(&other)),
        (one, other) => other.is_some().cmp(&one.is_some()),
    };
    let ordering = match key {
        "name" => turn(one.unit.school_name.cmp(&other.unit.school_name)),
        "verdict" => turn(one.unit.verdict().cmp(&other.unit.verdict())),
        "pupils" => by_number(&|entry| entry.unit.pupils.map(f64::from)),
        "reached" => by_number(&|entry| entry.unit.reached_count.map(f64::from)),
        id => by_number(&|entry| entry.unit.indicators.iter().find(|of| of.id == id)?.value),
    };
    ordering.then_with(|| code(one).cmp(&code(other)))
}

fn columns(
    ids: &[(String, String)],
    place: &Place,
    period: &Period,
    filter: &Filter,
    (sorted, reversed): (&str, bool),
) -> Vec<Column> {
    let month = period.month.to_string();
    let column = |key: &str, title: String, align| {
        let turned = if sorted == key && !reversed { format!("-{key}") } else { key.to_owned() };
        let parameters = [
            ("month", month.as_str()),
            ("standard", &period.standard),
            ("stage", &filter.stage),
            ("verdict", &filter.verdict),
            ("q", filter.q.trim()),
            ("sort", &turned),
        ];
        let href = link::query(&link::region(&place.region.code, None), &parameters) + "#units";
        let sorted = match (sorted == key, reversed) {
            (false, _) => "",
            (true, false) => "ascending",
            (true, true) => "descending",
        };
        Column { title, align, href, sorted }
    };
    let mut columns = vec![
        column("name", "学校".to_owned(), "l"),
        column("verdict", "结论".to_owned(), "c"),
        Column { title: "学段".to_owned(), align: "c", ..Column::default() },
        column("pupils", "在校生（人）".to_owned(), "r"),
        column("reached", "达标项数".to_owned(), "r"),
    ];
    columns.extend(ids.iter().map(|(id, title)| column(id, format!("{id} {title}"), "r")));
    columns
}

fn row(entry: &Entry<'_>, ids: &[(String, String)], place: &Place, period: &Period) -> Vec<Cell> {
    let Entry { resources, unit } = entry;
    let href = link::school(&place.region.code, &unit.school_code, Some(period));
    let reached = unit.reached_count.map_or_else(|| shown::MISSING.to_owned(), |count| count.to_string());
    let mut cells = vec![
        Cell::head(shown::school(&unit.school_name, &unit.school_code), href),
        Cell::badge(shown::verdict(unit.verdict())),
        shown::stage(resources.stage()).into(),
        shown::pupils(unit).into(),
        reached.into(),
    ];
    cells.extend(ids.iter().map(|(id, _)| {
        let Some(indicator) = unit.indicators.iter().find(|of| of.id == *id) else {
            return Cell::from(shown::MISSING);
        };
        let (tone, aside) = match indicator.verdict() {
            Verdict::NotMet => ("low", "▼"),
            Verdict::Undetermined => ("gap", ""),
            _ => ("", ""),
        };
        Cell { tone, aside, ..Cell::from(shown::value(indicator, shown::rule(resources, id))) }
    }));
    cells
}
