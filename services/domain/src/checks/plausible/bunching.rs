//! Values that bunch just above a threshold.

use std::sync::Arc;

use super::Screened;
use crate::{
    bounds::Reported,
    finding::{Fault, Finding, Parameter, Term},
    quantity::Quantity,
    standard::{Indicator, StageRule, Standard},
    unit::{self, Unit},
};

pub(super) fn check(screened: &Screened<'_>, standards: &[Arc<Standard>]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for standard in standards {
        let reported = screened.rows.iter().map(|(row, school)| Reported { school, facts: Some(&row.facts) });
        let units = reported.flat_map(|reported| unit::units(reported, standard));
        let units: Vec<(Unit<'_>, [i128; 2])> = units.map(reduced).collect();
        for indicator in &standard.resources.indicators {
            for (stage, rule) in &indicator.stages {
                let Some(threshold) = rule.threshold else { continue };
                let of_stage = units.iter().filter(|(unit, _)| unit.stage == *stage);
                let places: Vec<bool> = of_stage
                    .filter_map(|(unit, share)| {
                        within(unit, *share, indicator, rule, threshold, screened.limits.get(BAND))
                    })
                    .collect();
                let count = places.iter().filter(|within| **within).count();
                if !screened.unusual(
                    count,
                    places.len(),
                    Parameter::ThresholdBunchingMinUnits,
                    Parameter::ThresholdBunchingShare,
                ) {
                    continue;
                }
                let fault = Fault::ThresholdBunching {
                    stage: (*stage).into(),
                    indicator: (&indicator.id).into(),
                    title: Term::new(&indicator.title, &indicator.title_en),
                    units: places.len().into(),
                    count: count.into(),
                    threshold: threshold.into(),
                };
                let finding = Finding::of(fault, "schools").found(count.to_string());
                // Standards that share an indicator find the same.
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    findings
}

const BAND: Parameter = Parameter::ThresholdBunchingBand;

/// Whether a unit's value lies on the threshold or within the band above it; `None` where it is not known, or larger than can be said.
fn within(
    unit: &Unit<'_>,
    share: [i128; 2],
    indicator: &Indicator,
    rule: &StageRule,
    threshold: Quantity,
    band: Quantity,
) -> Option<bool> {
    let [numerator, denominator] = match (indicator.split, unit.share.known) {
        (true, false) => return None,
        (true, true) => share,
        (false, _) => [1, 1],
    };
    let amount = rule.amount.value(|element| unit.reported.value(*element).map(Quantity::as_millionths))?;
    let divisor = unit.reported.value(rule.divisor).filter(|divisor| *divisor > Quantity::ZERO)?;
    let product = |factors: [i128; 3]| factors.into_iter().try_fold(1_i128, i128::checked_mul);
    let value = product([amount.into(), indicator.factor.as_millionths().into(), numerator])?;
    let limit = product([threshold.as_millionths().into(), divisor.as_millionths().into(), denominator])?;
    let wide = limit.checked_mul(i128::from(band.as_millionths()) + 1_000_000)?;
    Some(value >= limit && value.checked_mul(1_000_000)? <= wide)
}

/// A unit with its share of split amounts in lowest terms: once a unit, not once an indicator.
fn reduced(unit: Unit<'_>) -> (Unit<'_>, [i128; 2]) {
    let share = unit.share;
    let common = gcd(share.numerator, share.denominator);
    (unit, [share.numerator / common, share.denominator / common])
}

/// The greatest common divisor; 1 where there is none.
fn gcd(one: i128, other: i128) -> i128 {
    let (mut one, mut other) = (one.abs(), other.abs());
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.max(1)
}
