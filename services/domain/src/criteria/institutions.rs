//! Every institution by itself: room counts, sizes, classes, budgets.

use std::borrow::Cow;

use super::{InstitutionDetail, InstitutionsDetail, TestDetail, element_values, missing_elements};
use crate::{
    bounds::Reported,
    code::SchoolCode,
    element::Element,
    formula::Sum,
    interval::Interval,
    quantity::{Exact, Quantity, exact_millionths, float, rounded},
    school::{SchoolType, Stage},
    standard::{Standard, UnitRule},
    verdict::Verdict,
};

/// What every institution in scope must satisfy.
///
/// In scope is every institution with compulsory pupils whose type the standard judges; one with fewer pupils than its type
/// needs to be a unit (教学点) is in only where the test says so.
#[derive(Debug, Clone)]
pub struct Institutions {
    /// The amounts, each of which must keep the limit.
    pub amounts: Vec<Sum<Element>>,
    /// What the limit is multiplied with; `None`: one.
    pub divisor: Option<Sum<Element>>,
    /// The limit.
    pub limit: Limit,
    /// Only these types; empty: all that the standard judges.
    pub school_types: Vec<SchoolType>,
    /// Only institutions with pupils of this stage.
    pub stage: Option<Stage>,
    /// Also institutions with fewer pupils than their type needs to be a unit.
    pub below_min_pupils: bool,
}

/// What an amount is held against.
#[derive(Debug, Clone)]
pub enum Limit {
    /// At least this.
    AtLeast(Quantity),
    /// At most this.
    AtMost(Quantity),
    /// At least a sum divided by a number, rounded up to a whole number.
    AtLeastCeiling {
        /// The sum.
        of: Sum<Element>,
        /// The number.
        per: Quantity,
    },
}

/// A limit that holds for one school instead of the test's own, and is more lenient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaivedLimit<'a> {
    /// The school.
    pub school: &'a SchoolCode,
    /// The limit.
    pub limit: Quantity,
}

impl Institutions {
    /// Judges every institution in scope; `waived` are the limits that hold for some instead.
    #[must_use]
    pub fn judge(&self, institutions: &[Reported<'_>], standard: &Standard, waived: &[WaivedLimit<'_>]) -> Verdict {
        Verdict::all(institutions.iter().filter_map(|reported| self.judge_in_scope(*reported, standard, waived)))
    }

    /// How many were tested, and those that are not met or open.
    #[must_use]
    pub fn explain(
        &self,
        institutions: &[Reported<'_>],
        standard: &Standard,
        waived: &[WaivedLimit<'_>],
    ) -> TestDetail {
        let (mut count, mut met) = (0, 0);
        let (mut others, mut missing) = (vec![], vec![]);
        let mut rounding_sensitive = false;
        for reported in institutions.iter().copied() {
            let Some(verdict) = self.judge_in_scope(reported, standard, waived) else { continue };
            count += 1;
            let (detail, sensitive) = self.detail(reported, verdict, waived);
            rounding_sensitive |= sensitive;
            match verdict {
                Verdict::Met => met += 1,
                Verdict::NotMet => others.push(detail),
                Verdict::Undetermined => {
                    missing.extend(missing_elements(reported, self.elements(reported, standard).into_iter()));
                    others.push(detail);
                }
            }
        }
        let verdict = Verdict::all(others.iter().map(|other| other.verdict));
        if verdict != Verdict::Undetermined {
            missing.clear();
        }
        let limit = match &self.limit {
            Limit::AtLeast(limit) | Limit::AtMost(limit) => Some(limit.to_f64()),
            Limit::AtLeastCeiling { .. } => None,
        };
        TestDetail {
            verdict,
            value: None,
            limit,
            gap: None,
            operands: vec![],
            institutions: Some(InstitutionsDetail { count, met, others }),
            missing,
            rounding_sensitive,
        }
    }

    /// The verdict on one institution; `None` when it is out of scope. While its scope is open, it cannot fail.
    fn judge_in_scope(
        &self,
        reported: Reported<'_>,
        standard: &Standard,
        waived: &[WaivedLimit<'_>],
    ) -> Option<Verdict> {
        match self.scope(reported, standard) {
            Verdict::NotMet => None,
            Verdict::Met => Some(self.judge_one(reported, waived)),
            Verdict::Undetermined => {
                let met = self.judge_one(reported, waived) == Verdict::Met;
                Some(if met { Verdict::Met } else { Verdict::Undetermined })
            }
        }
    }

    /// What the standard says of a type whose schools may be in scope; `None`: none of them is.
    pub(crate) fn takes<'a>(&self, school_type: SchoolType, standard: &'a Standard) -> Option<&'a UnitRule> {
        let taken = self.school_types.is_empty() || self.school_types.contains(&school_type);
        standard.unit_rule(school_type).filter(|_| taken)
    }

    /// The limit that holds for a school: of several that were waived the most lenient.
    fn limit(&self, school: &SchoolCode, waived: &[WaivedLimit<'_>]) -> Cow<'_, Limit> {
        let waived = waived.iter().filter(|waived| waived.school == school).map(|waived| waived.limit);
        match &self.limit {
            Limit::AtMost(_) => waived.max().map(Limit::AtMost),
            Limit::AtLeast(_) => waived.min().map(Limit::AtLeast),
            Limit::AtLeastCeiling { .. } => None,
        }
        .map_or(Cow::Borrowed(&self.limit), Cow::Owned)
    }

    /// Whether an institution is in scope; undetermined while the pupils that decide it are missing.
    fn scope(&self, reported: Reported<'_>, standard: &Standard) -> Verdict {
        let Some(rule) = self.takes(reported.school.school_type, standard) else { return Verdict::NotMet };
        let bounds = |stage: Stage| reported.bounds(Element::pupils(stage));
        let pupils = match self.stage {
            Some(stage) => bounds(stage),
            None => bounds(Stage::Primary).plus(&bounds(Stage::Junior)),
        };
        let least = rule.min_pupils.filter(|_| !self.below_min_pupils).unwrap_or(Quantity::ONE);
        pupils.at_least(least)
    }

    fn judge_one(&self, reported: Reported<'_>, waived: &[WaivedLimit<'_>]) -> Verdict {
        let limit = self.limit(&reported.school.code, waived);
        let bounds = |sum: &Sum<Element>| sum.bounds(|element| reported.bounds(*element));
        Verdict::all(self.amounts.iter().map(|amount| {
            let amount = bounds(amount);
            match &*limit {
                Limit::AtLeastCeiling { .. } => amount.at_least_share(Quantity::ONE, &required(&limit, reported)),
                Limit::AtLeast(of) | Limit::AtMost(of) => {
                    let whole = self.divisor.as_ref().map_or(Interval::known(Quantity::ONE), bounds);
                    match self.limit {
                        Limit::AtMost(_) => amount.at_most_share(*of, &whole),
                        _ => amount.at_least_share(*of, &whole),
                    }
                }
            }
        }))
    }

    fn detail(
        &self,
        reported: Reported<'_>,
        verdict: Verdict,
        waived: &[WaivedLimit<'_>],
    ) -> (InstitutionDetail, bool) {
        let known = |sum: &Sum<Element>| sum.bounds(|element| reported.bounds(*element)).value().map(exact_millionths);
        let nothing = Exact::from_integer(0.into());
        let divisor = match &self.divisor {
            None => Some(Quantity::ONE.exact()),
            Some(sum) => known(sum).filter(|divisor| *divisor != nothing),
        };
        let limit = self.limit(&reported.school.code, waived);
        let limit = required(&limit, reported).value().map(exact_millionths);
        let amounts: Option<Vec<Exact>> = self.amounts.iter().map(known).collect();
        let amount = amounts.and_then(|amounts| {
            let amounts = amounts.into_iter();
            if matches!(self.limit, Limit::AtMost(_)) { amounts.max() } else { amounts.min() }
        });
        let value = amount.as_ref().zip(divisor.as_ref()).map(|(amount, divisor)| amount / divisor);
        let at_most = matches!(self.limit, Limit::AtMost(_));
        let sensitive = self.divisor.is_some()
            && value.as_ref().zip(limit.as_ref()).is_some_and(|(value, limit)| {
                let printed = rounded(value, 4);
                Verdict::of(if at_most { printed <= *limit } else { printed >= *limit }) != verdict
            });
        let required = limit.as_ref().zip(divisor).map(|(limit, divisor)| limit * divisor);
        let gap =
            required.zip(amount).map(|(required, amount)| if at_most { amount - required } else { required - amount });
        let detail = InstitutionDetail {
            school: reported.school.code.clone(),
            verdict,
            value: value.as_ref().map(float),
            limit: limit.as_ref().map(float),
            gap: gap.filter(|gap| *gap > nothing).as_ref().map(float),
            operands: element_values(reported, self.tested().copied()),
        };
        (detail, sensitive)
    }

    /// The elements that the test takes.
    pub(crate) fn tested(&self) -> impl Iterator<Item = &Element> {
        let of = match &self.limit {
            Limit::AtLeastCeiling { of, .. } => Some(of),
            Limit::AtLeast(_) | Limit::AtMost(_) => None,
        };
        self.amounts.iter().chain(self.divisor.as_ref()).chain(of).flat_map(Sum::operands)
    }

    /// The elements that an undetermined institution waits for: those tested, and the pupils that decide its scope.
    pub(crate) fn elements(&self, reported: Reported<'_>, standard: &Standard) -> Vec<Element> {
        let mut elements: Vec<_> = self.tested().copied().collect();
        if self.scope(reported, standard) == Verdict::Undetermined {
            let stages = Stage::COMPULSORY.into_iter().filter(|stage| self.stage.is_none_or(|only| only == *stage));
            elements.extend(stages.map(Element::pupils));
        }
        elements.sort_unstable();
        elements.dedup();
        elements
    }
}

/// What the amounts are held against where nothing multiplies it.
fn required(limit: &Limit, reported: Reported<'_>) -> Interval {
    match limit {
        Limit::AtLeast(limit) | Limit::AtMost(limit) => Interval::known(*limit),
        Limit::AtLeastCeiling { of, per } => {
            let one = Quantity::ONE.as_millionths();
            let ceiling =
                |sum: i64| sum.div_euclid(per.as_millionths()) + i64::from(sum.rem_euclid(per.as_millionths()) != 0);
            let whole = |end: Option<i64>| end.and_then(|sum| ceiling(sum).checked_mul(one));
            let sum = of.bounds(|element| reported.bounds(*element));
            Interval { low: whole(sum.low), high: whole(sum.high) }
        }
    }
}
