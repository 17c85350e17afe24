//! The charts of a county's page: what the tables beside them say, drawn.

use junheng_domain::{code::Month, school::Stage};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources, Unit},
};

use crate::{
    chart::{self, Drawing, Figure, Limit, Line, Series, Strip, StripUnit, Strips},
    overview::Judged,
    report::{number::percent, shown},
};

/// The values of the units of a stage against thresholds and floors; nothing where the standard has no thresholds.
pub(super) fn values(resources: &StageResources) -> Option<Drawing> {
    let strips: Vec<Strip> = resources
        .indicators
        .iter()
        .filter(|rule| rule.threshold.is_some())
        .map(|rule| Strip {
            label: format!("{} {}", rule.id, rule.title),
            unit: rule.unit.clone(),
            threshold: limit("标准值", rule.threshold),
            floor: limit("单项底线", rule.floor),
            units: resources.units.iter().filter_map(|unit| self::unit(unit, rule)).collect(),
        })
        .collect();
    let title = format!("{}各评估单元指标值", shown::stage(resources.stage()));
    (!strips.is_empty()).then(|| Strips { title, strips }.draw())
}

fn limit(name: &str, limit: Option<f64>) -> Option<Limit> {
    limit.map(|value| Limit { name: name.to_owned(), figure: Figure::new(value, shown::threshold(Some(value))) })
}

fn unit(unit: &Unit, rule: &StageIndicator) -> Option<StripUnit> {
    let indicator = unit.indicators.iter().find(|indicator| indicator.id == rule.id)?;
    Some(StripUnit {
        name: shown::school(&unit.school_name, &unit.school_code),
        value: indicator.value.map(|value| Figure::new(value, shown::value(indicator, Some(rule)))),
        verdict: indicator.verdict(),
        below_floor: indicator.floor_verdict() == Verdict::NotMet,
    })
}

/// The share of met units over the months, newest first; nothing for a single month.
pub(super) fn months(months: &[(Month, Judged)]) -> Option<Drawing> {
    let (newest, oldest) = (months.first()?.0.ordinal(), months.last()?.0.ordinal());
    if newest == oldest {
        return None;
    }
    let all: Vec<Month> = (oldest..=newest).filter_map(|ordinal| Month::from_ordinal(ordinal).ok()).collect();
    let share = |stage: Stage, month: &Month| {
        let (_, judged) = months.iter().find(|(of, _)| of == month)?;
        let standing = judged.stage(stage)?;
        let share = f64::from(standing.met?) / f64::from(standing.units);
        share.is_finite().then(|| chart::Figure::new(share * 100.0, percent(share, 2)))
    };
    let line = |stage: Stage| Line {
        name: stage.title().to_owned(),
        figures: all.iter().map(|month| share(stage, month)).collect(),
    };
    let series = Series {
        title: "各月评估单元达标率（%）".to_owned(),
        months: all.iter().map(ToString::to_string).collect(),
        lines: Stage::COMPULSORY.map(line).into(),
        limits: vec![],
    };
    Some(series.draw())
}
