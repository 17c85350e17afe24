//! What a school has of each indicator, by stage, with what it was computed from.

use junheng_domain::{code::Month, quantity::Quantity, school::Stage, standard::Standard};
use junheng_proto::evaluation::v1::{Evaluation, StageResources, Unit, UnitIndicator};

use super::super::{
    county::verdict,
    grid::{Cell, Grid},
    link,
    period::Period,
    place::Place,
    tree::Node,
};
use crate::report::{
    number::{plain, rounded},
    shown,
};

/// One stage of a school.
pub(super) struct StageView {
    pub(super) title: &'static str,
    pub(super) badge: shown::Shown,
    pub(super) pupils: String,
    pub(super) values: Grid,
    pub(super) tree: Vec<Node>,
    pub(super) series: Grid,
}

/// The stages in which the school is a unit in the newest of the months.
pub(super) fn stages(
    months: &[(Month, Evaluation)],
    code: &str,
    place: &Place,
    period: &Period,
    standard: Option<&Standard>,
) -> Vec<StageView> {
    let Some((_, newest)) = months.first() else { return vec![] };
    let stage = |resources: &StageResources| {
        let unit = find(resources, code)?;
        let mut tree = verdict::unit(resources, unit, place, period).children;
        for (node, indicator) in tree.iter_mut().zip(&unit.indicators) {
            let rule = shown::rule(resources, &indicator.id);
            node.source = rule.map(|rule| rule.source.clone()).unwrap_or_default();
            node.formula = standard.and_then(|of| formula(of, resources, &indicator.id)).unwrap_or_default();
        }
        Some(StageView {
            title: shown::stage(resources.stage()),
            badge: shown::verdict(unit.verdict()),
            pupils: shown::pupils_told(unit),
            values: values(resources, unit, standard.and_then(|of| split(of, resources, unit))),
            tree,
            series: series(months, resources, code, place, period),
        })
    };
    newest.resources.iter().filter_map(stage).collect()
}

fn find<'a>(resources: &'a StageResources, code: &str) -> Option<&'a Unit> {
    resources.units.iter().find(|unit| unit.school_code == code)
}

fn formula(standard: &Standard, resources: &StageResources, id: &str) -> Option<String> {
    let indicator = standard.resources.indicators.iter().find(|indicator| indicator.id == id)?;
    let mut stages = indicator.stages.iter();
    let (_, rule) = stages.find(|(stage, _)| stage.title() == shown::stage(resources.stage()))?;
    let [formula, _] = &rule.formula;
    Some(shown::typeset(formula))
}

/// How what a school's stages share is split between them, and with it what is short; nothing where they share nothing.
fn split(standard: &Standard, resources: &StageResources, unit: &Unit) -> Option<String> {
    let share = unit.indicators.iter().find_map(|indicator| indicator.share)?;
    let rule = standard.units.iter().find(|rule| rule.school_type.to_string() == unit.school_type)?;
    let weight = |(stage, weight): (&Stage, &Quantity)| format!("{}{}", stage.title(), plain(weight.to_f64()));
    let weights: Vec<String> = rule.weights.iter().map(weight).collect();
    let of = |indicator: &&UnitIndicator| indicator.share.is_some();
    let ids: Vec<&str> = unit.indicators.iter().filter(of).map(|indicator| indicator.id.as_str()).collect();
    let stage = shown::stage(resources.stage());
    Some(format!(
        "{}所依据的数量由各学段共用，按加权学生数分摊（权数：{}），{stage}的份额为{stage}学生数×权数÷各学段学生数×权数之和＝{}。\
        缺口是全校须增加的数量，增加的部分也按份额分摊：缺口＝标准值×{stage}学生数÷份额－全校现有数量\
        （每百名学生的指标再除以100；人、间等整数向上取整）。",
        ids.join("、"),
        weights.join("、"),
        rounded(share, 6)
    ))
}

fn values(resources: &StageResources, unit: &Unit, shared: Option<String>) -> Grid {
    let columns = [
        ("指标", "l"),
        ("结论", "c"),
        ("实际值", "r"),
        ("标准值", "r"),
        ("缺口", "r"),
        ("占标准值", "r"),
        ("单项底线", "r"),
        ("单位", "l"),
    ];
    let title = shown::stage(resources.stage());
    let id = format!("values-{}", resources.stage);
    let mut grid = Grid::new(id, format!("{title}各项指标"), &columns);
    for indicator in &unit.indicators {
        let rule = shown::rule(resources, &indicator.id);
        let (name, of) = rule.map_or(("", ""), |rule| (rule.title.as_str(), rule.unit.as_str()));
        let threshold = rule.and_then(|rule| rule.threshold);
        let share = indicator.value.zip(threshold).filter(|(_, threshold)| *threshold > 0.0);
        let missing = || shown::MISSING.to_owned();
        grid.rows.push(vec![
            Cell::head(format!("{} {name}", indicator.id), ""),
            Cell::badge(shown::verdict(indicator.verdict())),
            shown::value(indicator, rule).into(),
            shown::threshold(threshold).into(),
            shown::short_of(indicator, rule).unwrap_or_else(missing).into(),
            share.map_or_else(missing, |(value, threshold)| shown::percent_below(value / threshold, 2)).into(),
            shown::threshold(rule.and_then(|rule| rule.floor)).into(),
            of.into(),
        ]);
    }
    grid.notes.extend(shared);
    if unit.indicators.iter().any(|indicator| indicator.rounding_sensitive) {
        grid.notes.push(shown::SENSITIVE_NOTE.to_owned());
    }
    grid
}

fn series(
    months: &[(Month, Evaluation)],
    shown_stage: &StageResources,
    code: &str,
    place: &Place,
    period: &Period,
) -> Grid {
    let titles: Vec<String> =
        shown_stage.indicators.iter().map(|indicator| format!("{} {}", indicator.id, indicator.title)).collect();
    let heads = [("月份", "l"), ("在校生（人）", "r"), ("结论", "c")];
    let columns: Vec<_> = heads.into_iter().chain(titles.iter().map(|title| (title.as_str(), "r"))).collect();
    let title = shown::stage(shown_stage.stage());
    let mut grid = Grid::new(format!("series-{}", shown_stage.stage), format!("{title}各月数值"), &columns);
    for (month, evaluation) in months {
        let of = Period { month: *month, standard: period.standard.clone() };
        let href = link::school(&place.region.code, code, Some(&of));
        let mut row = vec![Cell::head(shown::month(&month.to_string()), href)];
        let resources = evaluation.resources.iter().find(|resources| resources.stage == shown_stage.stage);
        match resources.and_then(|resources| Some((resources, find(resources, code)?))) {
            None => row.extend(columns.iter().skip(1).map(|_| Cell::from(shown::MISSING))),
            Some((resources, unit)) => {
                row.extend([shown::pupils(unit).into(), Cell::badge(shown::verdict(unit.verdict()))]);
                row.extend(shown_stage.indicators.iter().map(|rule| {
                    let indicator = unit.indicators.iter().find(|indicator| indicator.id == rule.id);
                    let value = |indicator| shown::value(indicator, shown::rule(resources, &rule.id));
                    indicator.map_or_else(|| shown::MISSING.to_owned(), value).into()
                }));
            }
        }
        grid.rows.push(row);
    }
    grid
}

/// The county items that the school does not meet or leaves open.
pub(super) fn items(evaluation: &Evaluation, code: &str) -> Option<Grid> {
    let columns = [
        ("项目", "l"),
        ("判定要求", "l"),
        ("实际值", "r"),
        ("要求值", "r"),
        ("差距", "r"),
        ("相关数据", "l"),
        ("结论", "c"),
    ];
    let mut grid = Grid::new("items", "涉及该校的未达标或待定项目", &columns);
    for item in &evaluation.items {
        for test in &item.tests {
            for institution in test.institutions.iter().filter(|institution| institution.school_code == code) {
                let (value, limit) = shown::of_institution(test, institution);
                grid.rows.push(vec![
                    Cell::head(format!("{} {}", item.id, item.title), ""),
                    test.rule.clone().into(),
                    value.into(),
                    limit.into(),
                    shown::gap_of_institution(institution).into(),
                    shown::operands(&institution.operands).into(),
                    Cell::badge(shown::verdict(institution.verdict())),
                ]);
            }
        }
    }
    (!grid.rows.is_empty()).then_some(grid)
}
