//! Corrections: some schools and county items that are laid over what was reported before.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    checks::{FactsRow, ItemRow},
    code::SchoolCode,
    element::Element,
    facts::{CountyItem, SchoolFacts},
};

/// What a correction says of one school.
#[derive(Debug, Clone)]
pub struct SchoolCorrection {
    /// What it sets; elements that are missing here keep their values.
    pub row: FactsRow,
    /// What it makes missing.
    pub cleared: Vec<Element>,
}

/// Correction (更正) of a month. What it does not name stays as it was.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// Schools, element by element; one that was not reported is added.
    pub schools: Vec<SchoolCorrection>,
    /// County items, each as a whole: a value keeps no evidence of another one. One that was not reported is added.
    pub items: Vec<ItemRow>,
    /// Schools that go missing.
    pub removed_schools: BTreeSet<SchoolCode>,
    /// County items that go missing, by item and operand.
    pub removed_items: BTreeSet<(String, String)>,
}

impl Correction {
    /// Lays the correction over a month.
    ///
    /// Schools come by code and items by item and operand. What the correction names stands where the correction has it, the rest
    /// at `schools[2121000001]` and `items[G7.special_education_pupils]`. A school or item that the correction names twice stands
    /// twice, for the checks to find.
    #[must_use]
    pub fn lay_over(&self, schools: Vec<SchoolFacts>, items: Vec<CountyItem>) -> (Vec<FactsRow>, Vec<ItemRow>) {
        let mut facts: BTreeMap<SchoolCode, Vec<FactsRow>> = BTreeMap::new();
        for row in schools.into_iter().filter(|row| !self.removed_schools.contains(&row.school)) {
            facts.insert(row.school.clone(), vec![school_row(row)]);
        }
        let mut named = BTreeSet::new();
        for SchoolCorrection { row, cleared } in &self.schools {
            let rows = facts.entry(row.facts.school.clone()).or_default();
            if !named.insert(&row.facts.school) || rows.is_empty() {
                rows.push(row.clone());
                continue;
            }
            for before in rows {
                before.path.clone_from(&row.path);
                for element in Element::all() {
                    let value = row.facts.get(element);
                    if value.is_some() || cleared.contains(&element) {
                        before.facts.set(element, value);
                    }
                }
            }
        }
        let key = |item: &CountyItem| (item.item.clone(), item.operand.clone());
        let mut whole: BTreeMap<(String, String), Vec<ItemRow>> = BTreeMap::new();
        for item in items.into_iter().filter(|item| !self.removed_items.contains(&key(item))) {
            whole.insert(key(&item), vec![item_row(item)]);
        }
        let mut named = BTreeSet::new();
        for row in &self.items {
            let rows = whole.entry(key(&row.item)).or_default();
            if named.insert(key(&row.item)) {
                rows.clear();
            }
            rows.push(row.clone());
        }
        (facts.into_values().flatten().collect(), whole.into_values().flatten().collect())
    }
}

/// What a school reported, at the place of its code.
#[must_use]
pub fn school_row(facts: SchoolFacts) -> FactsRow {
    FactsRow { path: format!("schools[{}]", facts.school), facts }
}

/// A county item, at the place of its item and operand.
#[must_use]
pub fn item_row(item: CountyItem) -> ItemRow {
    ItemRow { path: format!("items[{}.{}]", item.item, item.operand), item }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{facts::ItemValue, quantity::Quantity};

    fn school(code: u32, values: &[(Element, i64)]) -> SchoolFacts {
        let mut facts = SchoolFacts::missing(format!("{code:010}").parse().unwrap());
        for (element, value) in values {
            facts.set(*element, Quantity::whole(*value));
        }
        facts
    }

    fn item(operand: &str, value: i64) -> CountyItem {
        CountyItem {
            item: "G7".into(),
            operand: operand.into(),
            value: ItemValue::Quantity(Quantity::whole(value).unwrap()),
            declared_on: None,
            declared_by: String::new(),
            evidence: String::new(),
        }
    }

    fn element(id: &str) -> Element {
        Element::find(id).unwrap()
    }

    #[test]
    fn what_is_set_overrides_what_is_cleared_goes_and_the_rest_stays() {
        let (books, computers, rooms) = (element("books"), element("computers"), element("multimedia_rooms"));
        let before = vec![school(1, &[(books, 10), (computers, 5), (rooms, 3)]), school(2, &[(books, 7)])];
        let row = FactsRow { path: "schools[0]".into(), facts: school(1, &[(books, 0)]) };
        let correction =
            Correction { schools: vec![SchoolCorrection { row, cleared: vec![computers] }], ..Correction::default() };

        let (schools, _) = correction.lay_over(before, vec![]);

        assert_eq!(schools[0].facts, school(1, &[(books, 0), (rooms, 3)]));
        assert_eq!(schools[1].facts, school(2, &[(books, 7)]));
        assert_eq!(
            schools.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(),
            ["schools[0]", "schools[0000000002]"]
        );
    }

    #[test]
    fn a_school_and_an_item_that_are_named_twice_stand_twice() {
        let row = |path: &str| FactsRow { path: path.into(), facts: school(1, &[]) };
        let named = |path: &str| SchoolCorrection { row: row(path), cleared: vec![] };
        let items = |path: &str| ItemRow { path: path.into(), item: item("a", 2) };
        let correction = Correction {
            schools: vec![named("schools[0]"), named("schools[1]")],
            items: vec![items("items[0]"), items("items[1]")],
            ..Correction::default()
        };

        for (before, reported) in [(vec![], vec![]), (vec![school(1, &[])], vec![item("a", 1)])] {
            let (schools, items) = correction.lay_over(before, reported);

            assert_eq!(schools.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["schools[0]", "schools[1]"]);
            assert_eq!(items.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["items[0]", "items[1]"]);
        }
    }

    /// A month: each of a few schools with some elements, and a few items.
    fn month() -> impl Strategy<Value = (Vec<SchoolFacts>, Vec<CountyItem>)> {
        let values = proptest::collection::btree_map(0..Element::COUNT, 0..4_i64, 0..6);
        let schools = proptest::collection::btree_map(0..5_u32, values, 0..5);
        let items = proptest::collection::btree_map("[a-d]", 0..4_i64, 0..4);
        (schools, items).prop_map(|(schools, items)| {
            let all: Vec<Element> = Element::all().collect();
            let schools = schools.into_iter().map(|(code, values)| {
                school(code, &values.into_iter().map(|(index, value)| (all[index], value)).collect::<Vec<_>>())
            });
            (schools.collect(), items.iter().map(|(operand, value)| item(operand, *value)).collect())
        })
    }

    /// The correction that makes one month of another, and names nothing that stays.
    fn difference(
        before: &(Vec<SchoolFacts>, Vec<CountyItem>),
        after: &(Vec<SchoolFacts>, Vec<CountyItem>),
    ) -> Correction {
        let mut correction = Correction::default();
        for target in &after.0 {
            let old = before.0.iter().find(|old| old.school == target.school);
            let mut row = school_row(SchoolFacts::missing(target.school.clone()));
            let mut cleared = vec![];
            for element in Element::all() {
                let (old, new) = (old.and_then(|old| old.get(element)), target.get(element));
                if new.is_some() && new != old {
                    row.facts.set(element, new);
                } else if old.is_some() && new.is_none() {
                    cleared.push(element);
                }
            }
            correction.schools.push(SchoolCorrection { row, cleared });
        }
        correction.items = after.1.iter().filter(|new| !before.1.contains(new)).cloned().map(item_row).collect();
        let codes: BTreeSet<_> = after.0.iter().map(|row| row.school.clone()).collect();
        correction.removed_schools =
            before.0.iter().map(|row| row.school.clone()).filter(|code| !codes.contains(code)).collect();
        let key = |item: &CountyItem| (item.item.clone(), item.operand.clone());
        let kept: BTreeSet<_> = after.1.iter().map(key).collect();
        correction.removed_items = before.1.iter().map(key).filter(|key| !kept.contains(key)).collect();
        correction
    }

    proptest! {
        #[test]
        fn a_difference_laid_over_the_one_month_is_the_other(before in month(), after in month()) {
            let correction = difference(&before, &after);

            let (schools, items) = correction.lay_over(before.0, before.1);

            prop_assert_eq!(schools.into_iter().map(|row| row.facts).collect::<Vec<_>>(), after.0);
            prop_assert_eq!(items.into_iter().map(|row| row.item).collect::<Vec<_>>(), after.1);
        }
    }
}
