//! What is known of a value that was not reported: the bounds that the catalogue and the plain checks leave to it.

use num_traits::Zero;

use crate::{
    element::Element,
    facts::SchoolFacts,
    interval::Interval,
    quantity::{Exact, Quantity},
    school::School,
};

/// One school with what it reported, as judging reads it.
#[derive(Debug, Clone, Copy)]
pub struct Reported<'a> {
    /// The school.
    pub school: &'a School,
    /// What it reported.
    pub facts: &'a SchoolFacts,
}

impl Reported<'_> {
    /// The value of an element. What was not reported of a stage that the school's type does not teach is zero: the plain
    /// checks refuse pupils and classes there, and nothing else of it is judged.
    #[must_use]
    pub fn value(&self, element: Element) -> Option<Quantity> {
        let taught = element.definition().stage.is_none_or(|stage| self.school.school_type.stages().contains(&stage));
        self.facts.get(element).or(if taught { None } else { Some(Quantity::ZERO) })
    }

    /// All the values that an element may have: the reported one, or at least zero, at least any of its reported parts, at
    /// least the mean that the catalogue names, and at most the whole that it is a part of.
    #[must_use]
    pub fn bounds(&self, element: Element) -> Interval {
        if let Some(value) = self.value(element) {
            return Interval::known(value.exact());
        }
        let parts = element.parts().filter_map(|part| self.value(part)).map(Quantity::exact);
        let low = parts.chain(self.mean(element)).fold(Exact::zero(), Ord::max);
        let high = element.whole().and_then(|whole| self.bounds(whole).high);
        Interval { low: Some(low), high }
    }

    fn mean(&self, element: Element) -> Option<Exact> {
        let (total, count) = element.definition().mean_of?;
        let total = self.value(Element::find(total)?)?.exact();
        let count = self.value(Element::find(count)?)?.exact();
        if count.is_zero() { None } else { Some(total / count) }
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

    fn exact(number: i64) -> Exact {
        Exact::from_integer(number.into())
    }

    #[test]
    fn a_missing_part_lies_between_zero_and_its_whole() {
        let school = school("211");
        let mut facts = SchoolFacts::missing(school.code.clone());
        facts.set(Element::find("teachers_primary").unwrap(), Quantity::whole(40));

        let bounds =
            Reported { school: &school, facts: &facts }.bounds(Element::find("backbone_teachers_primary").unwrap());

        assert_eq!(bounds, Interval { low: Some(exact(0)), high: Some(exact(40)) });
    }

    #[test]
    fn a_missing_largest_class_lies_between_the_mean_class_and_all_pupils() {
        let school = school("211");
        let mut facts = SchoolFacts::missing(school.code.clone());
        facts.set(Element::find("pupils_primary").unwrap(), Quantity::whole(92));
        facts.set(Element::find("classes_primary").unwrap(), Quantity::whole(2));

        let bounds =
            Reported { school: &school, facts: &facts }.bounds(Element::find("largest_class_primary").unwrap());

        assert_eq!(bounds.at_most(&exact(45)), Verdict::NotMet);
        assert_eq!(bounds.high, Some(exact(92)));
    }

    #[test]
    fn a_stage_that_the_type_does_not_teach_is_zero_and_any_other_is_missing() {
        let school = school("312");
        let facts = SchoolFacts::missing(school.code.clone());
        let reported = Reported { school: &school, facts: &facts };

        assert_eq!(reported.value(Element::find("pupils_senior").unwrap()), Some(Quantity::ZERO));
        assert_eq!(reported.value(Element::find("pupils_junior").unwrap()), None);
    }
}
