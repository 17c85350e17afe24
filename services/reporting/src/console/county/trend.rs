//! How a county's units stand over the months, drawn.

use junheng_domain::{code::Month, school::Stage};

use crate::{
    chart::{Drawing, Figure, Line, Series},
    overview::Judged,
    report::number::percent,
};

/// The share of met units over the months, newest first; nothing for a single month.
pub(super) fn draw(months: &[(Month, Judged)]) -> Option<Drawing> {
    let (newest, oldest) = (months.first()?.0.ordinal(), months.last()?.0.ordinal());
    if newest == oldest {
        return None;
    }
    let all: Vec<Month> = (oldest..=newest).filter_map(|ordinal| Month::from_ordinal(ordinal).ok()).collect();
    let share = |stage: Stage, month: &Month| {
        let (_, judged) = months.iter().find(|(of, _)| of == month)?;
        let standing = judged.stage(stage)?;
        let share = f64::from(standing.met?) / f64::from(standing.units);
        share.is_finite().then(|| Figure::new(share * 100.0, percent(share, 2)))
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
