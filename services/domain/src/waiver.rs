//! Waivers (豁免): what a standard allows to be granted to a single school, for some months and on evidence, and what it changes there.
//!
//! A grant counts only where the standard that judges defines and allows its waiver, in the months that it covers, and for what of the
//! school qualifies. One that does not count changes nothing. A waiver never makes a unit or an item harder to reach; the spread between units is that of
//! the amounts with what was granted.
//!
//! Source: domain notes 2.5.

use jiff::civil::Date;

use crate::{
    bounds::Reported,
    code::{Month, SchoolCode},
    criteria::institutions::WaivedLimit,
    facts::CountyFacts,
    interval::Interval,
    quantity::Quantity,
    school::{School, Stage},
    standard::{Item, Standard, WaiverEffect, WaiverRule},
    unit::Unit,
    verdict::Verdict,
};

/// A waiver that was granted to a school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The school.
    pub school: SchoolCode,
    /// Id of the waiver in the standards that define it.
    pub waiver: String,
    /// The stage that an amount is granted to, where the school does not share it between its stages; `None`: the school as a whole.
    pub stage: Option<Stage>,
    /// First month in which it counts.
    pub from: Month,
    /// Last month, inclusive; `None`: until further notice.
    pub to: Option<Month>,
    /// What is granted of the amount that the waiver adds to, in that amount's unit; `None` for a waiver that adds nothing.
    pub quantity: Option<Quantity>,
    /// When it was granted.
    pub granted_on: Date,
    /// Who granted it.
    pub granted_by: String,
    /// On what evidence.
    pub evidence: String,
}

impl Waiver {
    /// Whether it counts in a month.
    #[must_use]
    pub fn covers(&self, month: Month) -> bool {
        self.from <= month && self.to.is_none_or(|to| month <= to)
    }
}

/// A grant that adds to an amount of an evaluation unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted<'a> {
    /// The grant.
    pub grant: &'a Waiver,
    /// The indicator that it adds to.
    pub indicator: &'a str,
    /// What it adds to the school's amount; from nothing on while missing pupils leave open whether the unit qualifies.
    pub amount: Interval,
}

/// A waiver that counts in an evaluation, and what it touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied<'a> {
    /// The grant.
    pub grant: &'a Waiver,
    /// The waiver as the standard defines it.
    pub rule: &'a WaiverRule,
    /// The stage whose unit is granted an amount; `None`: the school as an institution.
    pub stage: Option<Stage>,
    /// The limit that holds instead of the standard's; `None` where no limit is replaced.
    pub limit: Option<Quantity>,
}

/// The grants that a standard allows in a month, by school, each school's in the order of the facts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants<'a>(Vec<(&'a Waiver, &'a WaiverRule)>);

impl<'a> Grants<'a> {
    /// Looks up once what counts at all in a county's month.
    pub(crate) fn of(standard: &'a Standard, facts: &'a CountyFacts) -> Self {
        let allowed = |grant: &'a Waiver| {
            let rule = standard.waiver(&grant.waiver).filter(|rule| rule.allowed)?;
            grant.covers(facts.month).then_some((grant, rule))
        };
        let mut grants: Vec<_> = facts.waivers.iter().filter_map(allowed).collect();
        grants.sort_by(|(one, _), (other, _)| one.school.cmp(&other.school));
        Self(grants)
    }

    /// Whether nothing is granted, so that nothing has to be looked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of_school(&self, school: &SchoolCode) -> &[(&'a Waiver, &'a WaiverRule)] {
        let first = self.0.partition_point(|(grant, _)| grant.school < *school);
        let rest = self.0.get(first..).unwrap_or_default();
        rest.get(..rest.partition_point(|(grant, _)| grant.school == *school)).unwrap_or_default()
    }

    /// What is added to the amounts of a unit.
    pub(crate) fn amounts(&self, unit: &Unit<'_>, standard: &Standard) -> Vec<Granted<'a>> {
        let grants = self.of_school(&unit.reported.school.code).iter();
        grants.filter_map(|(grant, rule)| amount(grant, rule, unit, standard)).collect()
    }

    /// The limits that hold for some schools instead of that of one test of an item.
    pub(crate) fn limits(&self, item: &Item, place: usize) -> Vec<WaivedLimit<'a>> {
        let waived = |(grant, rule): &(&'a Waiver, &'a WaiverRule)| match &rule.effect {
            WaiverEffect::Limit { item: of, limits } if *of == item.id => {
                let waived = limits.iter().find(|waived| waived.test == place)?;
                Some(WaivedLimit { school: &grant.school, limit: waived.limit })
            }
            _ => None,
        };
        self.0.iter().filter_map(waived).collect()
    }

    /// The grants that touch any of these institutions and units, by school.
    pub(crate) fn applied<'u>(
        &self,
        standard: &Standard,
        institutions: &[Reported<'_>],
        units: &(impl Iterator<Item = &'u Unit<'u>> + Clone),
    ) -> Vec<Applied<'a>> {
        let mut applied = vec![];
        for (grant, rule) in self.0.iter().copied() {
            let of_school = |reported: &&Reported<'_>| reported.school.code == grant.school;
            let Some(reported) = institutions.iter().find(of_school) else { continue };
            let touched = Applied { grant, rule, stage: None, limit: None };
            match &rule.effect {
                WaiverEffect::Reported { .. } => applied.push(touched),
                WaiverEffect::Limit { item, limits } => {
                    let limits = limits.iter().filter(|waived| tests(standard, item, waived.test, reported.school));
                    applied.extend(limits.map(|waived| Applied { limit: Some(waived.limit), ..touched }));
                }
                WaiverEffect::Amount { .. } => {
                    let certain =
                        |granted: &Granted<'_>| std::ptr::eq(granted.grant, grant) && granted.amount.value().is_some();
                    let units = units.clone().filter(|unit| unit.granted.iter().any(certain));
                    applied.extend(units.map(|unit| Applied { stage: Some(unit.stage), ..touched }));
                }
            }
        }
        applied
    }
}

/// Whether a test of an item is on schools of this type.
fn tests(standard: &Standard, item: &str, place: usize, school: &School) -> bool {
    let test = standard.item(item).and_then(|item| item.tests.get(place));
    let institutions = test.and_then(|test| test.criterion.institutions());
    institutions.is_some_and(|test| test.takes(school.school_type, standard).is_some())
}

fn amount<'a>(grant: &'a Waiver, rule: &'a WaiverRule, unit: &Unit<'_>, standard: &Standard) -> Option<Granted<'a>> {
    let WaiverEffect::Amount { indicator, min_pupils, max_pupils, urban_rural_codes } = &rule.effect else {
        return None;
    };
    let quantity = grant.quantity.filter(|quantity| *quantity > Quantity::ZERO)?;
    let school = unit.reported.school;
    let code = school.urban_rural_code.as_ref();
    if !urban_rural_codes.is_empty() && !code.is_some_and(|code| urban_rural_codes.contains(code)) {
        return None;
    }
    let split = standard.resources.indicators.iter().find(|known| known.id == *indicator)?.split;
    let compulsory = || school.school_type.stages().iter().filter(|stage| Stage::COMPULSORY.contains(stage)).count();
    let of_unit = match grant.stage {
        // What stages share is the school's, and split like the rest of it.
        None => split || compulsory() == 1,
        Some(stage) => !split && stage == unit.stage,
    };
    let within = |pupils: Quantity| {
        min_pupils.is_none_or(|least| pupils >= least) && max_pupils.is_none_or(|most| pupils <= most)
    };
    let qualifies = match unit.pupils {
        Some(pupils) => Verdict::of(within(pupils)),
        None if min_pupils.is_none() && max_pupils.is_none() => Verdict::Met,
        None => Verdict::Undetermined,
    };
    if !of_unit || qualifies == Verdict::NotMet {
        return None;
    }
    let known = Interval::known(quantity);
    let amount = if qualifies == Verdict::Met { known } else { Interval { low: Some(0), ..known } };
    Some(Granted { grant, indicator, amount })
}
