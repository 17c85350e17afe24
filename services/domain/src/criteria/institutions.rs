//! Every institution by itself: room counts, sizes, classes, budgets.

use std::borrow::Cow;

use super::{InstitutionDetail, InstitutionsDetail, TestDetail, element_values, missing_elements};
use crate::{
    bounds::Reported,
    code::SchoolCode,
    element::Element,
    formula::Sum,
    interval::Interval,
    quantity::{Quantity, exact_millionths, rounded},
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
            rounding_sensitive |= self.rounding_sensitive(reported, verdict, waived);
            if verdict == Verdict::Met {
                met += 1;
                continue;
            }
            if verdict == Verdict::Undetermined {
                missing.extend(missing_elements(reported, self.elements(reported, standard).into_iter()));
            }
            others.push(self.detail(reported, verdict, waived));
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
    pub(crate) fn judge_in_scope(
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
        let bounds = |sum: &Sum<Element>| reported.sum(sum);
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

    /// The amount that is nearest to failing, and what it is divided by; `None` when either is missing or the divisor is nothing.
    fn compared(&self, reported: Reported<'_>) -> Option<(i64, i64)> {
        let amounts: Option<Vec<i64>> = self.amounts.iter().map(|sum| reported.sum(sum).value()).collect();
        let amounts = amounts?.into_iter();
        let amount = if self.at_most() { amounts.max() } else { amounts.min() }?;
        let divisor = match &self.divisor {
            None => Quantity::ONE.as_millionths(),
            Some(sum) => reported.sum(sum).value().filter(|divisor| *divisor != 0)?,
        };
        Some((amount, divisor))
    }

    const fn at_most(&self) -> bool {
        matches!(self.limit, Limit::AtMost(_))
    }

    /// Whether a share as it is printed, a percentage with two decimals, would decide otherwise.
    fn rounding_sensitive(&self, reported: Reported<'_>, verdict: Verdict, waived: &[WaivedLimit<'_>]) -> bool {
        if verdict == Verdict::Undetermined {
            return false;
        }
        let limit = self.limit(&reported.school.code, waived);
        let (Some(_), Limit::AtLeast(limit) | Limit::AtMost(limit)) = (&self.divisor, &*limit) else {
            return false;
        };
        self.compared(reported).is_some_and(|(amount, divisor)| {
            // Printing moves a share by half a ten-thousandth at most.
            let (least, most) = (limit.as_millionths() - 51, limit.as_millionths() + 51);
            let beside = |millionths: i64| i128::from(millionths) * i128::from(divisor);
            let amount_beside = i128::from(amount) * i128::from(Quantity::ONE.as_millionths());
            if amount_beside < beside(least) || amount_beside > beside(most) {
                return false;
            }
            let printed = rounded(&(exact_millionths(amount) / exact_millionths(divisor)), 4);
            let holds = if self.at_most() { printed <= limit.exact() } else { printed >= limit.exact() };
            Verdict::of(holds) != verdict
        })
    }

    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "printed, never decides")]
    fn detail(&self, reported: Reported<'_>, verdict: Verdict, waived: &[WaivedLimit<'_>]) -> InstitutionDetail {
        let one = i128::from(Quantity::ONE.as_millionths());
        let compared = self.compared(reported);
        let limit = required(&self.limit(&reported.school.code, waived), reported).value();
        let gap = limit.zip(compared).map(|(limit, (amount, divisor))| {
            let required = i128::from(limit) * i128::from(divisor);
            let amount = i128::from(amount) * one;
            if self.at_most() { amount - required } else { required - amount }
        });
        InstitutionDetail {
            school: reported.school.code.clone(),
            verdict,
            value: compared.map(|(amount, divisor)| amount as f64 / divisor as f64),
            limit: limit.map(|limit| limit as f64 / one as f64),
            gap: gap.filter(|gap| *gap > 0).map(|gap| gap as f64 / (one * one) as f64),
            operands: element_values(reported, self.tested().copied()),
        }
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
            let sum = reported.sum(of);
            Interval { low: whole(sum.low), high: whole(sum.high) }
        }
    }
}
