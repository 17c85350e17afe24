//! One indicator: its coefficient over the months and how evenly pupils share it, drawn, and the form that chooses the indicator.

use junheng_domain::{code::Month, school::Stage};
use junheng_proto::evaluation::v1::Evaluation;
use junheng_wire::summary::COMPOSITE;

use crate::{
    chart::{Drawing, Figure, Limit, Line, Series},
    console::page::Choice,
    overview::{Judged, Spread},
    report::{number, shown},
};

/// The charts, and the indicators that they can be of.
pub(super) struct Spreads {
    pub(super) choices: Vec<Choice>,
    /// The coefficient over the months; nothing for a single month.
    pub(super) months: Option<Drawing>,
    /// How evenly the pupils of each stage share it; nothing for the composite.
    pub(super) shares: Vec<Drawing>,
}

/// Draws the wanted indicator, else the one that is furthest up to its limit or beyond; nothing without indicators.
pub(super) fn draw(evaluation: &Evaluation, months: &[(Month, Judged)], wanted: &str) -> Option<Spreads> {
    let newest = &months.first()?.1;
    let mut titles: Vec<(&str, &str)> = vec![];
    for indicator in evaluation.resources.iter().flat_map(|stage| &stage.indicators) {
        if titles.iter().all(|(id, _)| *id != indicator.id) {
            titles.push((&indicator.id, &indicator.title));
        }
    }
    if evaluation.resources.iter().any(|stage| stage.composite_limit.is_some()) {
        titles.push((COMPOSITE, shown::COMPOSITE));
    }
    // Of a single month of the composite there is nothing to draw.
    let drawn = |spread: &&Spread| spread.id != COMPOSITE || months.len() > 1;
    let spreads = newest.spreads().filter(|(_, spread)| drawn(spread));
    let worst = spreads.filter_map(|(_, spread)| Some((spread.variation? / spread.limit?, spread)));
    let worst = worst.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, spread)| spread.id.as_str());
    let of = |id: &str| titles.iter().find(|(known, _)| *known == id);
    let (id, title) = *of(wanted).or_else(|| of(worst?)).or(titles.first())?;
    let name = |id: &str, title: &str| if id == COMPOSITE { title.to_owned() } else { format!("{id} {title}") };
    let choice = |(known, title): &(&str, &str)| Choice {
        value: (*known).to_owned(),
        text: name(known, title),
        chosen: *known == id,
    };
    let with_units = evaluation.resources.iter().filter(|stage| !stage.units.is_empty());
    Some(Spreads {
        choices: titles.iter().map(choice).collect(),
        months: over_months(months, id, &name(id, title)),
        shares: with_units.filter_map(|stage| shown::lorenz(stage, id)).collect(),
    })
}

fn over_months(months: &[(Month, Judged)], id: &str, name: &str) -> Option<Drawing> {
    let (newest, oldest) = (months.first()?, months.last()?.0);
    if newest.0 == oldest {
        return None;
    }
    let all: Vec<Month> =
        (oldest.ordinal()..=newest.0.ordinal()).filter_map(|ordinal| Month::from_ordinal(ordinal).ok()).collect();
    let spread = |stage: Stage, month: Month| {
        let (_, judged) = months.iter().find(|(of, _)| *of == month)?;
        judged.spread(stage, id)
    };
    let line = |stage: Stage| Line {
        name: stage.title().to_owned(),
        figures: all.iter().map(|month| spread(stage, *month).and_then(figure)).collect(),
    };
    let caption = if id == COMPOSITE { name.to_owned() } else { format!("{name}差异系数") };
    let series = Series {
        title: format!("各月{caption}"),
        months: all.iter().map(ToString::to_string).collect(),
        lines: Stage::COMPULSORY.map(line).into(),
        limits: limits(&newest.1, id),
    };
    Some(series.draw())
}

fn figure(spread: &Spread) -> Option<Figure> {
    let variation = spread.variation?;
    Some(Figure::new(variation, number::beside(variation, spread.limit, 3, true)))
}

/// The limits of the stages; one line where they are the same.
fn limits(judged: &Judged, id: &str) -> Vec<Limit> {
    let limit = |stage| judged.spread(stage, id).and_then(|spread| spread.limit);
    let drawn = |name: &str, limit: f64| Limit {
        name: name.to_owned(),
        figure: Figure::new(limit, shown::variation_limit(Some(limit))),
    };
    match Stage::COMPULSORY.map(limit) {
        [Some(one), Some(other)] if one.total_cmp(&other).is_eq() => vec![drawn("限值", one)],
        both => Stage::COMPULSORY
            .iter()
            .zip(both)
            .filter_map(|(stage, limit)| Some(drawn(&format!("{}限值", stage.title()), limit?)))
            .collect(),
    }
}
