//! Holds a standard's document against the catalogue and against itself, and tells every fault.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{
    Attainment, ITEM_VALID_MONTHS_AT_MOST, Indicator, Part, Resources, StageRule, Standard, UnitRule,
    document::{self, Number},
    fault::{Faults, StandardFault, StandardFaults},
    load_item::item,
};
use crate::{
    element::Element,
    formula::Sum,
    quantity::Quantity,
    school::{SchoolType, Stage},
};

pub(super) fn load(text: &str) -> Result<Standard, StandardFaults> {
    let document: document::Document = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(
            || "document".to_owned(),
            |span| {
                let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
                format!("line {line}")
            },
        );
        StandardFaults(vec![StandardFault { place, reason: error.message().to_owned() }])
    })?;
    let faults = &mut Faults::default();
    let id = document.id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        faults.add("id", format_args!("{id:?} is not lower-case letters, digits and hyphens"));
    }
    faults.distinct("parts", document.parts.iter().map(|part| part.id.as_str()));
    faults.distinct("indicators", document.resources.indicators.iter().map(|indicator| indicator.id.as_str()));
    faults.distinct("items", document.items.iter().map(|item| item.id.as_str()));
    faults.distinct("units", document.units.iter().map(|unit| unit.school_type.as_str()));
    let parts: Vec<_> = document
        .parts
        .into_iter()
        .map(|part| {
            faults.cited(&part.id, &part.source);
            Part { id: part.id, title: part.title, title_en: part.title_en, source: part.source }
        })
        .collect();
    let units = document.units.into_iter().filter_map(|unit| unit_rule(unit, faults)).collect();
    let resources = resources(document.resources, &parts, faults);
    let items: Vec<_> = document.items.into_iter().map(|item| self::item(item, &parts, faults)).collect();
    for part in parts.iter().filter(|part| part.id != resources.part) {
        if !items.iter().any(|item| item.part == part.id) {
            faults.add(&part.id, "is a part without items: nothing would be judged and all of it met");
        }
    }
    let issued_on = faults.take("issued_on", document.issued_on.parse());
    let day = |field: &str, text: Option<String>, faults: &mut Faults| -> Option<Date> {
        text.and_then(|text| faults.take(field, text.parse()))
    };
    let valid_from = day("valid_from", document.valid_from, faults);
    let valid_to = day("valid_to", document.valid_to, faults);
    if valid_from.zip(valid_to).is_some_and(|(from, to)| from > to) {
        faults.add("valid_to", "lies before valid_from");
    }
    if document.items_valid_months > ITEM_VALID_MONTHS_AT_MOST {
        faults.add("items_valid_months", format_args!("is more than {ITEM_VALID_MONTHS_AT_MOST}"));
    }
    match issued_on {
        Some(issued_on) if faults.0.is_empty() => Ok(Standard {
            id,
            title: document.title,
            act: document.act,
            issued_on,
            valid_from,
            valid_to,
            items_valid_months: document.items_valid_months,
            weighting: document.weighting,
            parts,
            units,
            resources,
            items,
            document: text.to_owned(),
        }),
        _ => Err(StandardFaults(std::mem::take(&mut faults.0))),
    }
}

fn unit_rule(unit: document::UnitRule, faults: &mut Faults) -> Option<UnitRule> {
    let place = format!("units {}", unit.school_type);
    faults.distinct(&format!("stages of {place}"), unit.stages.iter().map(|stage| stage.id()));
    let school_type: SchoolType = faults.take(&place, unit.school_type.parse())?;
    for stage in &unit.stages {
        if *stage == Stage::Senior || !school_type.stages().contains(stage) {
            faults.add(&place, format_args!("{} is not a compulsory stage that the type teaches", stage.id()));
        }
    }
    if !unit.weights.is_empty()
        && !unit.stages.iter().all(|stage| unit.weights.get(stage).is_some_and(|weight| weight.0 > Quantity::ZERO))
    {
        faults.add(&place, "weights leave out a stage that is judged, or give it none");
    }
    let min_pupils = match unit.min_pupils {
        None => None,
        Some(number) => {
            let pupils = Quantity::whole(number).filter(|pupils| !pupils.negative());
            if pupils.is_none() {
                faults.add(&place, format_args!("min_pupils {number} is no number of pupils"));
            }
            pupils
        }
    };
    let weights = unit.weights.into_iter().map(|(stage, weight)| (stage, weight.0)).collect();
    Some(UnitRule { school_type, stages: unit.stages, min_pupils, weights })
}

fn resources(resources: document::Resources, parts: &[Part], faults: &mut Faults) -> Resources {
    known_part("resources", &resources.part, parts, faults);
    faults.cited("resources", &resources.source);
    let attainment = match (resources.reach_at_least, resources.floor) {
        (None, None) => None,
        (Some(reach_at_least), Some(Number(floor))) => {
            if floor > Quantity::ONE {
                faults.add("resources", "floor is a share of the threshold, at most 1");
            }
            if reach_at_least > resources.indicators.len() {
                faults.add("resources", "reach_at_least is more than the indicators there are");
            }
            Some(Attainment { reach_at_least, floor })
        }
        _ => {
            faults.add("resources", "reach_at_least and floor stand together or not at all");
            None
        }
    };
    let composite_limit = limits(resources.composite_limit);
    let judged = Judged { units: attainment.is_some(), composite: !composite_limit.is_empty() };
    for stage in Stage::COMPULSORY {
        if judged.composite && !composite_limit.contains_key(&stage) {
            faults.add("resources", format_args!("composite_limit is missing for {}", stage.id()));
        }
    }
    Resources {
        part: resources.part,
        attainment,
        composite_limit,
        rule: resources.rule,
        rule_en: resources.rule_en,
        source: resources.source,
        indicators: resources
            .indicators
            .into_iter()
            .map(|indicator| self::indicator(indicator, judged, faults))
            .collect(),
    }
}

/// What besides single coefficients of variation is judged of resources.
#[derive(Clone, Copy)]
struct Judged {
    units: bool,
    composite: bool,
}

fn limits(by_stage: BTreeMap<Stage, Number>) -> BTreeMap<Stage, Quantity> {
    by_stage.into_iter().map(|(stage, number)| (stage, number.0)).collect()
}

fn indicator(indicator: document::Indicator, judged: Judged, faults: &mut Faults) -> Indicator {
    let place = &indicator.id;
    faults.cited(place, &indicator.source);
    if indicator.factor.0 == Quantity::ZERO {
        faults.add(place, "factor is zero");
    }
    let (thresholds, variation_limits) = (limits(indicator.threshold), limits(indicator.variation_limit));
    let stages = Stage::COMPULSORY
        .into_iter()
        .filter_map(|stage| {
            let of_stage = |text: &str| text.replace("{stage}", stage.id());
            let amount = faults.take(place, Sum::parse(&of_stage(&indicator.amount), Element::find));
            let divisor =
                faults.take(place, Element::find(&of_stage(&indicator.divisor)).ok_or("divisor is not an element"));
            let (threshold, variation_limit) = (thresholds.get(&stage).copied(), variation_limits.get(&stage).copied());
            if judged.units && threshold.is_none() {
                faults.add(place, format_args!("threshold is missing for {}", stage.id()));
            }
            if !judged.composite && variation_limit.is_none() {
                faults.add(place, format_args!("variation_limit is missing for {}", stage.id()));
            }
            let rule = StageRule { amount: amount?, divisor: divisor?, threshold, variation_limit };
            Some((stage, rule))
        })
        .collect();
    Indicator {
        stages,
        factor: indicator.factor.0,
        id: indicator.id,
        title: indicator.title,
        title_en: indicator.title_en,
        unit: indicator.unit,
        amount_unit: indicator.amount_unit,
        split: indicator.split,
        source: indicator.source,
    }
}

pub(super) fn known_part(place: &str, part: &str, parts: &[Part], faults: &mut Faults) {
    if !parts.iter().any(|known| known.id == part) {
        faults.add(place, format_args!("{part:?} is not one of the parts"));
    }
}
