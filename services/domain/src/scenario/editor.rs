//! Makes the edits of one change, and finds its faults.

use std::collections::BTreeMap;

use crate::{
    code::SchoolCode,
    element::Element,
    facts::ItemValue,
    finding::{Fault, Finding, Term},
    quantity::Quantity,
    scenario::draft::{Draft, Edits},
    school::{School, SchoolType, Stage},
};

/// Makes the edits of one change, and finds its faults. Nothing is done to the draft before the change has none.
#[derive(Debug)]
pub(super) struct Editor<'a> {
    draft: &'a Draft,
    path: &'a str,
    edits: Edits,
    faults: Vec<Finding>,
    /// The change rests on one that was left out.
    given_up: bool,
}

impl<'a> Editor<'a> {
    pub(super) const fn new(draft: &'a Draft, path: &'a str) -> Self {
        let edits = Edits { leaving: vec![], arriving: vec![], values: BTreeMap::new(), items: vec![] };
        Self { draft, path, edits, faults: vec![], given_up: false }
    }

    /// The edits, or every fault; no fault at all where the change rests on one that was left out.
    pub(super) fn finish(self) -> Result<Edits, Vec<Finding>> {
        if self.given_up || !self.faults.is_empty() { Err(self.faults) } else { Ok(self.edits) }
    }

    /// Leaves the change out without a fault of its own.
    pub(super) const fn give_up(&mut self) {
        self.given_up = true;
    }

    /// Adds a fault of a field of the change.
    pub(super) fn fault(&mut self, field: &str, fault: Fault) -> &mut Finding {
        self.faults.push(Finding::of(fault, format!("{}.{field}", self.path)));
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// A school that the county has at this point.
    pub(super) fn school(&mut self, code: &SchoolCode, field: &str) -> Option<&'a School> {
        let found = self.draft.school(code);
        if found.is_none() {
            if self.draft.promised(code) {
                self.given_up = true;
            } else {
                let finding = self.fault(field, Fault::SchoolKnown { school: code.into() });
                finding.school = Some(code.to_string());
                code.as_str().clone_into(&mut finding.found);
            }
        }
        found
    }

    /// A school code that the county does not have at this point.
    pub(super) fn vacant(&mut self, code: &SchoolCode, field: &str) {
        if self.draft.unsound(code) {
            self.given_up = true;
        } else if let Some(school) = self.draft.school(code) {
            let fault = Fault::SchoolOnceExists { school: code.into(), name: (&school.name).into() };
            self.fault(field, fault).school = Some(code.to_string());
        }
    }

    /// Two schools of one change must not be the same.
    pub(super) fn differ(&mut self, one: &SchoolCode, other: &SchoolCode, field: &str) {
        if one == other {
            self.fault(field, Fault::SchoolsDiffer { school: one.into() }).school = Some(one.to_string());
        }
    }

    /// A school that must teach a stage.
    pub(super) fn teaches(&mut self, school: &School, stage: Stage, field: &str) {
        if !school.school_type.admits(stage) {
            let (code, name) = ((&school.code).into(), (&school.name).into());
            let kind = school.school_type.into();
            let fault = Fault::StageOfTypeSchool { school: code, name, kind, stage: stage.into() };
            self.fault(field, fault).school = Some(school.code.to_string());
        }
    }

    /// What a school has of an element at this point of the change.
    pub(super) fn value(&self, code: &SchoolCode, element: Element) -> Option<Quantity> {
        let edited = self.edits.values.get(&(code.clone(), element)).copied();
        edited.unwrap_or_else(|| self.draft.value(code, element))
    }

    /// Sets what a school has of an element.
    pub(super) fn set(&mut self, code: &SchoolCode, element: Element, value: Option<Quantity>) {
        self.edits.values.insert((code.clone(), element), value);
    }

    /// Takes the classes from a stage that has no pupils.
    pub(super) fn close_classes_if_empty(&mut self, code: &SchoolCode, stage: Stage) {
        if pupils_of(stage).and_then(|pupils| self.value(code, pupils)) == Some(Quantity::ZERO) {
            for element in ["classes", "largest_class"].into_iter().filter_map(|id| Element::of_stage(id, stage)) {
                self.set(code, element, Some(Quantity::ZERO));
            }
        }
    }

    /// Adds to what a school has; what is missing stays missing.
    pub(super) fn add(&mut self, code: &SchoolCode, element: Element, amount: Quantity, field: &str) {
        if let Some(have) = self.value(code, element) {
            let sum = self.sum(element, [have, amount], field);
            self.set(code, element, sum);
        }
    }

    /// Takes from what a school has, which must suffice; what is missing stays missing.
    pub(super) fn take(&mut self, code: &SchoolCode, element: Element, amount: Quantity, field: &str) {
        let Some(have) = self.value(code, element) else { return };
        if let Some(left) = Quantity::millionths(have.as_millionths() - amount.as_millionths())
            && !left.negative()
        {
            self.set(code, element, Some(left));
            return;
        }
        let definition = element.definition();
        let fault = Fault::MoreThanThereAre {
            school: code.into(),
            element: element.into(),
            have: have.into(),
            unit: Term::new(definition.unit, definition.unit_en),
            amount: amount.into(),
        };
        let finding = self.fault(field, fault);
        finding.school = Some(code.to_string());
        finding.element = Some(element.id().to_owned());
        finding.found = amount.to_string();
    }

    /// Moves an amount from school to school. One that is not known leaves both missing, unless there is nothing to move.
    pub(super) fn transfer(
        &mut self,
        (from, to): (&SchoolCode, &SchoolCode),
        element: Element,
        amount: Option<Quantity>,
        field: &str,
    ) {
        let nothing = || self.value(from, element).filter(|have| *have == Quantity::ZERO);
        if let Some(amount) = amount.or_else(nothing) {
            self.take(from, element, amount, field);
            self.add(to, element, amount, field);
        } else {
            self.set(from, element, None);
            self.set(to, element, None);
        }
    }

    /// The sum of amounts, if a quantity can hold it.
    pub(super) fn sum(
        &mut self,
        element: Element,
        amounts: impl IntoIterator<Item = Quantity>,
        field: &str,
    ) -> Option<Quantity> {
        let total = amounts.into_iter().try_fold(0_i64, |sum, amount| sum.checked_add(amount.as_millionths()));
        let sum = total.and_then(Quantity::millionths);
        if sum.is_none() {
            let definition = element.definition();
            let what = Term::new(format!("{}合计", definition.title), format!("The total of {}", definition.title_en));
            self.fault(field, Fault::NumberRange { what }).element = Some(element.id().to_owned());
        }
        sum
    }

    /// Adds a school, or changes the attributes of one.
    pub(super) fn put(&mut self, school: School) {
        self.edits.arriving.push(school);
    }

    /// Takes a school away with all that it has.
    pub(super) fn remove(&mut self, code: SchoolCode) {
        self.edits.leaving.push(code);
    }

    /// Sets one element and nothing else.
    pub(super) fn set_element(&mut self, code: &SchoolCode, element: Element, value: Option<Quantity>) {
        let Some(school) = self.school(code, "school_code") else { return };
        if let Some(stage) = element.definition().stage.filter(|_| value.is_some_and(|value| value > Quantity::ZERO)) {
            self.teaches(school, stage, "element");
        }
        self.set(code, element, value);
    }

    /// Sets an operand of a county item.
    pub(super) fn set_item(&mut self, item: &str, operand: &str, value: Option<ItemValue>) {
        self.edits.items.push(((item.to_owned(), operand.to_owned()), value));
    }
}

/// The element of a stage's pupils.
pub(super) fn pupils_of(stage: Stage) -> Option<Element> {
    Element::of_stage("pupils", stage)
}

/// Whether an element says something of a school of a type: a stage that it does not teach is not missing.
pub(super) fn applies(element: Element, school_type: SchoolType) -> bool {
    element.definition().stage.is_none_or(|stage| school_type.admits(stage))
}

/// Whether an element is the largest of its parts, and not their sum: the largest class.
pub(super) const fn largest(element: Element) -> bool {
    element.definition().mean_of.is_some()
}
