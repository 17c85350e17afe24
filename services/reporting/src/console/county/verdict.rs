//! The verdict on a county down to the reported figures.

use junheng_domain::verdict::Verdict as Judged;
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Item, Operand, Part, StageIndicator, StageResources, Test, Unit},
};

use super::super::{
    grid::{Cell, Grid},
    link,
    period::Period,
    place::Place,
    tree::Node,
};
use crate::report::shown;

/// A verdict of the domain as messages have it.
pub(crate) const fn encoded(verdict: Judged) -> Verdict {
    match verdict {
        Judged::Met => Verdict::Met,
        Judged::NotMet => Verdict::NotMet,
        Judged::Undetermined => Verdict::Undetermined,
    }
}

/// The parts of the standard, each with what its verdict follows from.
pub(super) fn tree(evaluation: &Evaluation, place: &Place, period: &Period) -> Vec<Node> {
    let resources = shown::resources_part(evaluation).map(|part| part.id.as_str());
    let part = |part: &Part| {
        let mut node = Node {
            id: format!("part-{}", part.id),
            title: part.title.clone(),
            badge: shown::verdict_in(&part.id, part.verdict()),
            told: shown::reasons(part),
            source: part.source.clone(),
            ..Node::default()
        };
        if resources == Some(&part.id) {
            let stages = evaluation.resources.iter().filter(|stage| !stage.units.is_empty());
            node.children.extend(stages.map(|stage| self::stage(stage, place, period)));
        }
        let items = evaluation.items.iter().filter(|item| item.part == part.id);
        node.children.extend(items.map(|item| self::item(item, place, period)));
        node
    };
    evaluation.parts.iter().map(part).collect()
}

fn stage(resources: &StageResources, place: &Place, period: &Period) -> Node {
    let title = shown::stage(resources.stage());
    let key = title_key(resources);
    let coefficients = Node {
        title: format!("{title}差异系数"),
        grids: vec![indicators(resources, &format!("tree-{key}"), place, period)],
        told: format!("{}项指标", resources.indicators.len()),
        ..Node::default()
    };
    let mut node = Node {
        id: format!("stage-{key}"),
        title: title.to_owned(),
        badge: shown::verdict(resources.verdict()),
        children: vec![coefficients],
        ..Node::default()
    };
    if !shown::judges_units(resources) {
        return node;
    }
    let with = |verdict| resources.units.iter().filter(move |unit| unit.verdict() == verdict);
    for (verdict, word) in [(Verdict::NotMet, "未达标评估单元"), (Verdict::Undetermined, "待定评估单元")] {
        let children: Vec<Node> = with(verdict).map(|unit| self::unit(resources, unit, place, period)).collect();
        if !children.is_empty() {
            let told = format!("{}个", children.len());
            node.children.push(Node { title: format!("{title}{word}"), told, children, ..Node::default() });
        }
    }
    let met = with(Verdict::Met).count();
    let told = format!("{met}个，各项数据见下方评估单元表");
    node.children.push(Node { title: format!("{title}达标评估单元"), told, ..Node::default() });
    node
}

fn title_key(resources: &StageResources) -> &'static str {
    match resources.stage() {
        junheng_proto::common::v1::Stage::Primary => "primary",
        junheng_proto::common::v1::Stage::Junior => "junior",
        junheng_proto::common::v1::Stage::Unspecified => "stage",
    }
}

/// The coefficients of a stage against their limits; each indicator leads to its charts.
pub(super) fn indicators(resources: &StageResources, id: &str, place: &Place, period: &Period) -> Grid {
    let columns = [
        ("指标", "l"),
        ("结论", "c"),
        ("差异系数", "r"),
        ("限值", "r"),
        ("达标单元", "r"),
        ("全县均值", "r"),
        ("标准值", "r"),
        ("单位", "l"),
    ];
    let mut grid = Grid::new(id, format!("{}各项指标", shown::stage(resources.stage())), &columns);
    let count = resources.unit_count.unwrap_or_default();
    for indicator in &resources.indicators {
        let reached = indicator
            .reached_unit_count
            .map_or_else(|| shown::MISSING.to_owned(), |reached| format!("{reached}/{count}"));
        grid.rows.push(vec![
            Cell::head(
                format!("{} {}", indicator.id, indicator.title),
                link::indicator(&place.region.code, period, &indicator.id),
            ),
            Cell::badge(shown::verdict(indicator.verdict())),
            shown::variation(indicator).into(),
            shown::variation_limit(indicator.variation_limit).into(),
            reached.into(),
            shown::mean(indicator).into(),
            shown::threshold(indicator.threshold).into(),
            indicator.unit.as_str().into(),
        ]);
    }
    if resources.composite_limit.is_some() {
        let mut row = vec![Cell::head(shown::COMPOSITE, "")];
        row.push(Cell::badge(shown::verdict(resources.composite_verdict())));
        row.push(shown::composite(resources).into());
        row.push(shown::variation_limit(resources.composite_limit).into());
        row.extend([""; 4].map(Cell::from));
        grid.rows.push(row);
    }
    let alone = |indicator: &StageIndicator| indicator.variation_limit.is_some();
    if resources.composite_limit.is_some() && !resources.indicators.iter().any(alone) {
        grid.notes.push("该评估标准只判定综合差异系数，各项差异系数和均值供参考，没有结论和标准值的为“—”。".to_owned());
    }
    if resources.indicators.iter().any(|indicator| indicator.rounding_sensitive) {
        grid.notes.push(shown::SENSITIVE_NOTE.to_owned());
    }
    grid
}

/// A unit with its indicators and what each was computed from.
pub(crate) fn unit(resources: &StageResources, unit: &Unit, place: &Place, period: &Period) -> Node {
    let indicator = |indicator: &junheng_proto::evaluation::v1::UnitIndicator| {
        let rule = shown::rule(resources, &indicator.id);
        let (title, unit_of) = rule.map_or(("", ""), |rule| (rule.title.as_str(), rule.unit.as_str()));
        let threshold = shown::threshold(rule.and_then(|rule| rule.threshold));
        // What is not known has no unit.
        let unit_of = if indicator.value.is_some() { unit_of } else { "" };
        let short = shown::short_of(indicator, rule).map(|short| format!("，还差{short}")).unwrap_or_default();
        let id = format!("u-{}-{}-{}", title_key(resources), unit.school_code, indicator.id);
        Node {
            title: format!("{} {title}", indicator.id),
            badge: shown::verdict(indicator.verdict()),
            told: format!("{}{unit_of}（标准值{threshold}）{short}", shown::value(indicator, rule)),
            grids: operands(&indicator.operands, &id, "计算依据").into_iter().collect(),
            ..Node::default()
        }
    };
    Node {
        title: shown::school(&unit.school_name, &unit.school_code),
        badge: shown::verdict(unit.verdict()),
        told: shown::pupils_told(unit),
        href: link::school(&place.region.code, &unit.school_code, Some(period)),
        children: unit.indicators.iter().map(indicator).collect(),
        ..Node::default()
    }
}

/// What was reported, and where it comes from; nothing where nothing was.
pub(crate) fn operands(operands: &[Operand], id: &str, caption: &str) -> Option<Grid> {
    if operands.is_empty() {
        return None;
    }
    let mut grid = Grid::new(id, caption, &[("数据", "l"), ("数值", "r"), ("来源", "l")]);
    for operand in operands {
        let (label, value) = shown::figure(operand);
        grid.rows.push(vec![Cell::head(label, ""), value.into(), shown::source(operand).into()]);
    }
    Some(grid)
}

fn item(item: &Item, place: &Place, period: &Period) -> Node {
    Node {
        id: format!("item-{}", item.id),
        title: format!("{} {}", item.id, item.title),
        badge: shown::verdict_in(&item.part, item.verdict()),
        source: item.source.clone(),
        children: (1..).zip(&item.tests).map(|(number, test)| self::test(item, number, test, place, period)).collect(),
        ..Node::default()
    }
}

fn test(item: &Item, number: usize, test: &Test, place: &Place, period: &Period) -> Node {
    let id = format!("item-{}-{number}", item.id);
    let mut grids: Vec<Grid> = operands_of(test, &id).into_iter().collect();
    grids.extend(institutions(test, &id, place, period));
    Node {
        title: test.rule.clone(),
        badge: shown::verdict_in(&item.part, test.verdict()),
        told: shown::compared(test),
        grids,
        ..Node::default()
    }
}

fn operands_of(test: &Test, id: &str) -> Option<Grid> {
    let mut grid = operands(&test.operands, id, "填报数据")?;
    // The figures of a test know its unit.
    for (row, (_, value)) in grid.rows.iter_mut().zip(shown::figures(test)) {
        if let Some(cell) = row.get_mut(1) {
            cell.text = value;
        }
    }
    Some(grid)
}

fn institutions(test: &Test, id: &str, place: &Place, period: &Period) -> Option<Grid> {
    if test.institutions.is_empty() {
        return None;
    }
    let columns = [("学校", "l"), ("实际值", "r"), ("要求值", "r"), ("差距", "r"), ("相关数据", "l"), ("结论", "c")];
    let mut grid = Grid::new(format!("{id}-schools"), "未达标或待定的学校", &columns);
    for institution in &test.institutions {
        let (value, limit) = shown::of_institution(test, institution);
        let href = link::school(&place.region.code, &institution.school_code, Some(period));
        grid.rows.push(vec![
            Cell::head(shown::school(&institution.school_name, &institution.school_code), href),
            value.into(),
            limit.into(),
            shown::gap_of_institution(institution).into(),
            shown::operands(&institution.operands).into(),
            Cell::badge(shown::verdict(institution.verdict())),
        ]);
    }
    Some(grid)
}
