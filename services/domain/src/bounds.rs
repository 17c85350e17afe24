//! What is known of a value that was not reported: the bounds that the catalogue and the plain checks leave to it.
//!
//! A missing element is never zero. It lies at or above zero and any of its reported parts, and at or below the whole that it is a
//! part of; what the catalogue calls the largest of several lies at or above their mean. Nothing else bounds it.

use crate::{
    element::{Element, Kind},
    facts::SchoolFacts,
    formula::Sum,
    interval::Interval,
    quantity::Quantity,
    school::School,
};

/// One school with what it reported, as judging reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported<'a> {
    /// The school.
    pub school: &'a School,
    /// What it reported; `None`: nothing.
    pub facts: Option<&'a SchoolFacts>,
}

impl Reported<'_> {
    /// The value of an element. What was not reported of a stage that the school's type does not teach is zero: the plain
    /// checks refuse pupils and classes there, and nothing else of it is judged.
    #[must_use]
    pub fn value(&self, element: Element) -> Option<Quantity> {
        self.facts.and_then(|facts| facts.get(element)).or_else(|| {
            let taught =
                element.definition().stage.is_none_or(|stage| self.school.school_type.stages().contains(&stage));
            if taught { None } else { Some(Quantity::ZERO) }
        })
    }

    /// All the values that a sum of elements may have.
    #[must_use]
    pub fn sum(&self, sum: &Sum<Element>) -> Interval {
        match sum.value(|element| self.value(*element).map(Quantity::as_millionths)) {
            Some(value) => Interval { low: Some(value), high: Some(value) },
            None => sum.bounds(|element| self.bounds(*element)),
        }
    }

    /// All the values that an element may have.
    #[must_use]
    pub fn bounds(&self, element: Element) -> Interval {
        match self.value(element) {
            Some(value) => Interval::known(value),
            None => self.bounds_of_missing(element),
        }
    }

    fn bounds_of_missing(&self, element: Element) -> Interval {
        let parts = element.parts().filter_map(|part| self.value(part)).map(Quantity::as_millionths);
        let low = parts.chain(self.mean(element)).fold(0, i64::max);
        let high = element.whole().and_then(|whole| self.bounds(whole).high);
        Interval { low: Some(low), high }
    }

    /// The mean that the element cannot lie below, in millionths; of a count rounded up to a whole number.
    fn mean(&self, element: Element) -> Option<i64> {
        let (total, count) = element.definition().mean_of?;
        let total = self.value(Element::find(total)?)?.as_millionths();
        let count = self.value(Element::find(count)?).filter(|count| *count > Quantity::ZERO)?.as_millionths();
        let one = Quantity::ONE.as_millionths();
        match element.definition().kind {
            Kind::Count => Some((total + count - 1) / count * one),
            Kind::Amount => i64::try_from(i128::from(total) * i128::from(one) / i128::from(count)).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    fn school(school_type: &str) -> School {
        School {
            code: "2121000001".parse().unwrap(),
            name: String::new(),
            school_type: school_type.parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        }
    }

    fn whole(number: i64) -> Quantity {
        Quantity::whole(number).unwrap()
    }

    #[test]
    fn a_missing_part_lies_between_zero_and_its_whole() {
        let school = school("211");
        let mut facts = SchoolFacts::missing(school.code.clone());
        facts.set(Element::find("teachers_primary").unwrap(), Quantity::whole(40));

        let bounds = Reported { school: &school, facts: Some(&facts) }
            .bounds(Element::find("backbone_teachers_primary").unwrap());

        assert_eq!(bounds, Interval { low: Some(0), high: Some(40_000_000) });
    }

    #[test]
    fn a_missing_largest_class_lies_between_the_mean_class_and_all_pupils() {
        let school = school("211");
        let mut facts = SchoolFacts::missing(school.code.clone());
        facts.set(Element::find("pupils_primary").unwrap(), Quantity::whole(92));
        facts.set(Element::find("classes_primary").unwrap(), Quantity::whole(2));

        let bounds =
            Reported { school: &school, facts: Some(&facts) }.bounds(Element::find("largest_class_primary").unwrap());

        assert_eq!(bounds.at_least(whole(46)), Verdict::Met);
        assert_eq!(bounds.high, Some(92_000_000));
    }

    #[test]
    fn a_stage_that_the_type_does_not_teach_is_zero_and_any_other_is_missing() {
        let school = school("312");
        let facts = SchoolFacts::missing(school.code.clone());
        let reported = Reported { school: &school, facts: Some(&facts) };

        assert_eq!(reported.value(Element::find("pupils_senior").unwrap()), Some(Quantity::ZERO));
        assert_eq!(reported.value(Element::find("pupils_junior").unwrap()), None);
    }
}
