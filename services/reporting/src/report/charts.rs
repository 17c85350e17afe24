//! The charts of a stage: what the evaluation says, printed as the tables print it.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources, Unit, UnitIndicator},
};

use super::{
    composite::composite_text,
    document::{Align, Cell, Table},
    number::{self, MISSING},
    resources::{COMPOSITE, SENSITIVE_MARK, variation_text},
    units, words,
};
use crate::chart::{
    Below, BelowRow, BelowUnit, Bullet, Bullets, Drawing, Figure, Limit, Lorenz, Share, Strip, StripUnit, Strips,
};

/// The coefficients of a stage against their limits: those with a limit, and where the composite decides all that it is the mean of,
/// too. Nothing where nothing has a limit.
pub(super) fn variations(resources: &StageResources) -> Option<Drawing> {
    let composite = resources.composite_limit.map(|_| composite(resources));
    let wanted = |indicator: &&StageIndicator| composite.is_some() || indicator.variation_limit.is_some();
    let mut bullets: Vec<Bullet> = resources.indicators.iter().filter(wanted).map(variation).collect();
    bullets.extend(composite);
    let title = format!("{}各项指标差异系数与限值", words::stage(resources.stage()));
    // Where nothing is known of any there is nothing to draw; that a coefficient is not below zero is no news.
    let known = |bullet: &Bullet| {
        bullet.value.is_some()
            || bullet.high.is_some()
            || bullet.low.is_some_and(|low| low > 0.0)
            || bullet.verdict != Verdict::Undetermined
    };
    bullets.iter().any(known).then(|| Bullets { title, bullets }.draw())
}

fn variation(indicator: &StageIndicator) -> Bullet {
    Bullet {
        label: format!("{} {}", indicator.id, indicator.title),
        text: variation_text(indicator),
        value: indicator.variation,
        low: indicator.variation_low,
        high: indicator.variation_high,
        limit: indicator.variation_limit.map(limit),
        verdict: indicator.verdict(),
        verdict_text: words::verdict(indicator.verdict()).to_owned(),
    }
}

fn composite(resources: &StageResources) -> Bullet {
    Bullet {
        label: format!("{COMPOSITE}（{}项平均）", resources.indicators.len()),
        text: composite_text(resources),
        value: resources.composite_variation,
        low: resources.composite_low,
        high: resources.composite_high,
        limit: resources.composite_limit.map(limit),
        verdict: resources.composite_verdict(),
        verdict_text: words::verdict(resources.composite_verdict()).to_owned(),
    }
}

fn limit(limit: f64) -> Figure {
    Figure::new(limit, number::limit(limit, 2))
}

/// Values of the units of a stage against thresholds and floors. Nothing where the standard asks nothing of a unit by itself.
pub(super) fn values(resources: &StageResources) -> Option<(Drawing, Table)> {
    let judged = resources.indicators.iter().filter(|rule| rule.threshold.is_some());
    let strips: Vec<Strip> = judged.map(|rule| strip(resources, rule)).collect();
    if strips.iter().flat_map(|strip| &strip.units).all(|unit| unit.value.is_none()) {
        return None;
    }
    let title = format!("{}各评估单元指标值与标准值", words::stage(resources.stage()));
    let table = values_table(&strips);
    Some((Strips { title, strips }.draw(), table))
}

fn strip(resources: &StageResources, rule: &StageIndicator) -> Strip {
    let limit = |name: &str, value: Option<f64>| {
        value.map(|value| Limit { name: name.to_owned(), figure: Figure::new(value, number::plain(value)) })
    };
    Strip {
        label: format!("{} {}", rule.id, rule.title),
        unit: rule.unit.clone(),
        threshold: limit("标准值", rule.threshold),
        floor: limit("单项底线", rule.floor),
        units: of_rule(resources, rule).map(|(unit, indicator)| strip_unit(unit, indicator, rule)).collect(),
    }
}

fn strip_unit(unit: &Unit, indicator: &UnitIndicator, rule: &StageIndicator) -> StripUnit {
    let mark = if indicator.rounding_sensitive { SENSITIVE_MARK } else { "" };
    let figure = |value| Figure::new(value, units::value_beside(value, indicator, Some(rule)) + mark);
    StripUnit {
        name: words::school(&unit.school_name, &unit.school_code),
        value: indicator.value.map(figure),
        verdict: indicator.verdict(),
        below_floor: indicator.floor_verdict() == Verdict::NotMet,
    }
}

/// The units with what they have of an indicator.
fn of_rule<'a>(
    resources: &'a StageResources,
    rule: &'a StageIndicator,
) -> impl Iterator<Item = (&'a Unit, &'a UnitIndicator)> {
    let all = resources.units.iter().flat_map(|unit| unit.indicators.iter().map(move |indicator| (unit, indicator)));
    all.filter(|(_, indicator)| indicator.id == rule.id)
}

fn values_table(strips: &[Strip]) -> Table {
    let columns = [
        ("指标", Align::Left),
        ("标准值", Align::Right),
        ("单项底线", Align::Right),
        ("达到", Align::Right),
        ("未达到", Align::Right),
        ("低于底线", Align::Right),
        ("待定", Align::Right),
        ("最低的单元", Align::Left),
    ];
    let mut table = Table::new("", &columns);
    for strip in strips {
        let text = |limit: &Option<Limit>| {
            limit.as_ref().map_or_else(|| MISSING.to_owned(), |limit| limit.figure.text.clone()).into()
        };
        let with = |verdict| strip.units.iter().filter(|unit| unit.verdict == verdict).count().to_string().into();
        let below_floor = strip.units.iter().filter(|unit| unit.below_floor).count();
        table.row(vec![
            Cell::head(format!("{}（{}）", strip.label, strip.unit)),
            text(&strip.threshold),
            text(&strip.floor),
            with(Verdict::Met),
            with(Verdict::NotMet),
            below_floor.to_string().into(),
            with(Verdict::Undetermined),
            strip
                .lowest()
                .map_or_else(|| MISSING.to_owned(), |(unit, value)| format!("{} {}", unit.name, value.text))
                .into(),
        ]);
    }
    table
}

/// Where the pupils are whose unit is short: for each indicator that any is short of. Nothing where none is.
pub(super) fn below(resources: &StageResources) -> Option<(Drawing, Table)> {
    let rows: Vec<BelowRow> = resources.indicators.iter().filter_map(|rule| below_row(resources, rule)).collect();
    if rows.is_empty() {
        return None;
    }
    let title = format!("{}未达到标准值的评估单元的在校生", words::stage(resources.stage()));
    let pupils = resources.units.iter().filter_map(|unit| unit.pupils).sum();
    let unreported = resources.units.iter().filter(|unit| unit.pupils.is_none()).count();
    let below = Below { title, pupils, unreported, rows };
    let table = below_table(&below);
    Some((below.draw(), table))
}

fn below_row(resources: &StageResources, rule: &StageIndicator) -> Option<BelowRow> {
    let short = of_rule(resources, rule).filter(|(_, indicator)| indicator.verdict() == Verdict::NotMet);
    let units: Vec<BelowUnit> = short
        .map(|(unit, indicator)| BelowUnit {
            name: words::school(&unit.school_name, &unit.school_code),
            pupils: unit.pupils,
            below_floor: indicator.floor_verdict() == Verdict::NotMet,
        })
        .collect();
    (!units.is_empty()).then(|| BelowRow { label: format!("{} {}", rule.id, rule.title), units })
}

fn below_table(below: &Below) -> Table {
    let columns = [
        ("指标", Align::Left),
        ("未达到的单元（个）", Align::Right),
        ("在校生（人）", Align::Right),
        ("占评估单元在校生", Align::Right),
        ("其中低于底线的单元（个）", Align::Right),
    ];
    let mut table = Table::new("", &columns);
    for row in &below.rows {
        let pupils = row.pupils();
        let share = (below.pupils > 0).then(|| number::percent(f64::from(pupils) / f64::from(below.pupils), 2));
        table.row(vec![
            Cell::head(row.label.as_str()),
            row.units.len().to_string().into(),
            pupils.to_string().into(),
            share.unwrap_or_else(|| MISSING.to_owned()).into(),
            row.units.iter().filter(|unit| unit.below_floor).count().to_string().into(),
        ]);
    }
    table.notes.extend(below.excluded());
    table
}

/// How unevenly the indicator is spread whose coefficient is furthest beyond its limit. Nothing where none is beyond it.
pub(super) fn worst_spread(resources: &StageResources) -> Option<(Drawing, Table)> {
    let beyond = |rule: &&StageIndicator| {
        let alone = rule.verdict() == Verdict::NotMet;
        rule.variation.is_some() && (alone || resources.composite_verdict() == Verdict::NotMet)
    };
    // The limit of a stage is one; where only the composite has one, the largest coefficient is the worst.
    let share = |rule: &StageIndicator| rule.variation.unwrap_or_default() / rule.variation_limit.unwrap_or(1.0);
    let worst = resources.indicators.iter().filter(beyond).max_by(|one, other| share(one).total_cmp(&share(other)))?;
    let lorenz = lorenz(resources, worst);
    let mut table = Table::new("", &[("学生（由每生值最低的单元起）", Align::Left), ("占有的资源", Align::Right)]);
    for (pupils, amount) in lorenz.told()? {
        table.row(vec![Cell::head(number::percent(pupils, 0)), number::percent(amount, 2).into()]);
    }
    Some((lorenz.draw(), table))
}

/// How evenly an indicator is spread over the pupils of a stage.
pub(super) fn lorenz(resources: &StageResources, rule: &StageIndicator) -> Lorenz {
    let shares: Vec<Share> = of_rule(resources, rule)
        .filter_map(|(unit, indicator)| {
            let name = words::school(&unit.school_name, &unit.school_code);
            Some(Share { name, pupils: f64::from(unit.pupils?), value: indicator.value? })
        })
        .collect();
    let unknown = of_rule(resources, rule).count() - shares.len();
    let title = format!("{}{}{}在学生中的分布", words::stage(resources.stage()), rule.id, rule.title);
    Lorenz { title, amount: rule.title.clone(), shares, unknown }
}
