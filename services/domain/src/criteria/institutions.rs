//! Every institution by itself: room counts, sizes, classes, budgets.

use num_traits::Zero;

use super::{InstitutionResult, InstitutionsResult, TestResult, element_values, missing_elements};
use crate::{
    bounds::Reported,
    element::Element,
    formula::Sum,
    interval::Interval,
    quantity::Exact,
    school::{SchoolType, Stage},
    standard::Standard,
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
    AtLeast(Exact),
    /// At most this.
    AtMost(Exact),
    /// At least a sum divided by a number, rounded up to a whole number.
    AtLeastCeiling {
        /// The sum.
        of: Sum<Element>,
        /// The number.
        per: Exact,
    },
}

/// Whether an institution is in the scope of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    In,
    Out,
    /// Pupils that are missing decide it.
    Open,
}

impl Institutions {
    /// Judges every institution in scope.
    #[must_use]
    pub fn judge(&self, institutions: &[Reported<'_>], standard: &Standard) -> TestResult {
        let mut count = 0;
        let mut met = 0;
        let mut others = Vec::new();
        let mut missing = Vec::new();
        let mut rounding_sensitive = false;
        for reported in institutions.iter().copied() {
            let scope = self.scope(reported, standard);
            if scope == Scope::Out {
                continue;
            }
            count += 1;
            let (mut result, sensitive) = self.judge_one(reported);
            if scope == Scope::Open && result.verdict == Verdict::NotMet {
                result.verdict = Verdict::Undetermined;
            }
            rounding_sensitive |= sensitive;
            match result.verdict {
                Verdict::Met => met += 1,
                Verdict::NotMet => others.push(result),
                Verdict::Undetermined => {
                    missing.extend(missing_elements(reported, self.elements(reported, standard).into_iter()));
                    others.push(result);
                }
            }
        }
        let verdict = Verdict::all(others.iter().map(|other| other.verdict));
        if verdict != Verdict::Undetermined {
            missing.clear();
        }
        let limit = match &self.limit {
            Limit::AtLeast(limit) | Limit::AtMost(limit) => Some(limit.clone()),
            Limit::AtLeastCeiling { .. } => None,
        };
        TestResult {
            verdict,
            value: None,
            limit,
            operands: vec![],
            institutions: Some(InstitutionsResult { count, met, others }),
            missing,
            rounding_sensitive,
        }
    }

    fn scope(&self, reported: Reported<'_>, standard: &Standard) -> Scope {
        let school_type = reported.school.school_type;
        let Some(rule) = standard.unit_rule(school_type) else { return Scope::Out };
        if !self.school_types.is_empty() && !self.school_types.contains(&school_type) {
            return Scope::Out;
        }
        let stages = match &self.stage {
            Some(stage) => std::slice::from_ref(stage),
            None => &Stage::COMPULSORY[..],
        };
        let pupils = stages
            .iter()
            .filter_map(|stage| Element::of_stage("pupils", *stage))
            .fold(Interval::known(Exact::zero()), |sum, element| sum.plus(&reported.bounds(element)));
        let least = match rule.min_pupils {
            Some(min_pupils) if !self.below_min_pupils => min_pupils.exact(),
            _ => Exact::from_integer(1.into()),
        };
        match pupils.at_least(&least) {
            Verdict::Met => Scope::In,
            Verdict::NotMet => Scope::Out,
            Verdict::Undetermined => Scope::Open,
        }
    }

    fn judge_one(&self, reported: Reported<'_>) -> (InstitutionResult, bool) {
        let bounds = |element: &Element| reported.bounds(*element);
        let divisor = self.divisor.as_ref().map(|sum| sum.bounds(bounds));
        let required = match &self.limit {
            Limit::AtLeast(limit) | Limit::AtMost(limit) => Interval::known(limit.clone()),
            Limit::AtLeastCeiling { of, per } => {
                let ceiling = |bound: Option<Exact>| bound.map(|value| (value / per).ceil());
                let sum = of.bounds(bounds);
                Interval { low: ceiling(sum.low), high: ceiling(sum.high) }
            }
        };
        let held = |amount: &Interval| {
            let against =
                divisor.as_ref().map_or_else(|| required.clone(), |divisor| divisor.times_interval(&required));
            let minus = Exact::from_integer((-1).into());
            match self.limit {
                Limit::AtMost(_) => against.plus(&amount.times(&minus)).at_least(&Exact::zero()),
                Limit::AtLeast(_) | Limit::AtLeastCeiling { .. } => {
                    amount.plus(&against.times(&minus)).at_least(&Exact::zero())
                }
            }
        };
        let amounts: Vec<_> = self.amounts.iter().map(|sum| sum.bounds(bounds)).collect();
        let verdict = Verdict::all(amounts.iter().map(held));
        let quotient = |amount: &Exact| match &divisor {
            None => Some(amount.clone()),
            Some(divisor) => divisor.value().filter(|divisor| !divisor.is_zero()).map(|divisor| amount / divisor),
        };
        let values: Option<Vec<_>> = amounts.iter().map(|amount| amount.value().and_then(quotient)).collect();
        let value = values.and_then(|values| values.into_iter().min());
        let limit = required.value().cloned();
        let sensitive = self.divisor.is_some()
            && value.as_ref().zip(limit.as_ref()).is_some_and(|(value, limit)| {
                let printed = crate::quantity::rounded(value, 4);
                let holds = if matches!(self.limit, Limit::AtMost(_)) { printed <= *limit } else { printed >= *limit };
                Verdict::of(holds) != verdict
            });
        let operands = element_values(reported, self.tested().copied());
        (InstitutionResult { school: reported.school.code.clone(), verdict, value, limit, operands }, sensitive)
    }

    fn tested(&self) -> impl Iterator<Item = &Element> {
        let of = match &self.limit {
            Limit::AtLeastCeiling { of, .. } => Some(of),
            Limit::AtLeast(_) | Limit::AtMost(_) => None,
        };
        self.amounts.iter().chain(self.divisor.as_ref()).chain(of).flat_map(Sum::operands)
    }

    /// The elements that an undetermined institution waits for: those tested, and the pupils that decide its scope.
    fn elements(&self, reported: Reported<'_>, standard: &Standard) -> Vec<Element> {
        let mut elements: Vec<_> = self.tested().copied().collect();
        if self.scope(reported, standard) == Scope::Open {
            let stages = Stage::COMPULSORY.into_iter().filter(|stage| self.stage.is_none_or(|only| only == *stage));
            elements.extend(stages.filter_map(|stage| Element::of_stage("pupils", stage)));
        }
        elements.sort_unstable();
        elements.dedup();
        elements
    }
}
