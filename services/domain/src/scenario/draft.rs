//! The county's facts while they are being changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    checks::{FactsRow, ItemRow, Registry, check_facts, check_items},
    code::{Month, SchoolCode},
    element::Element,
    facts::{CountyFacts, CountyItem, DatedItem, ItemValue, SchoolFacts},
    finding::{Fault, Finding, Severity},
    quantity::Quantity,
    school::School,
    standard::Standard,
    waiver::Waiver,
};

/// Id of an operand: of its item, and its own.
pub(super) type OperandId = (String, String);

/// What one change does when it has no fault.
#[derive(Debug, Default)]
pub(super) struct Edits {
    pub(super) leaving: Vec<SchoolCode>,
    /// New schools, and schools whose attributes change.
    pub(super) arriving: Vec<School>,
    pub(super) values: BTreeMap<(SchoolCode, Element), Option<Quantity>>,
    pub(super) items: Vec<(OperandId, Option<ItemValue>)>,
}

/// The county's facts while they are being changed.
#[derive(Debug)]
pub(super) struct Draft {
    month: Month,
    schools: BTreeMap<SchoolCode, School>,
    facts: BTreeMap<SchoolCode, SchoolFacts>,
    items: BTreeMap<OperandId, DatedItem>,
    waivers: Vec<Waiver>,
    /// Schools and operands that were changed, with the path of the last change.
    touched: BTreeMap<SchoolCode, String>,
    touched_items: BTreeMap<OperandId, String>,
    /// Schools that a change named which was left out.
    unsound: BTreeSet<SchoolCode>,
    /// Of them those that it would have created.
    promised: BTreeSet<SchoolCode>,
    findings: Vec<Finding>,
}

impl Draft {
    pub(super) fn of(facts: &CountyFacts) -> Self {
        let operand = |dated: &DatedItem| (dated.item.item.clone(), dated.item.operand.clone());
        Self {
            month: facts.month,
            schools: facts.schools.iter().map(|school| (school.code.clone(), school.clone())).collect(),
            facts: facts.school_facts.iter().map(|facts| (facts.school.clone(), facts.clone())).collect(),
            items: facts.items.iter().map(|dated| (operand(dated), dated.clone())).collect(),
            waivers: facts.waivers.clone(),
            touched: BTreeMap::new(),
            touched_items: BTreeMap::new(),
            unsound: BTreeSet::new(),
            promised: BTreeSet::new(),
            findings: vec![],
        }
    }

    pub(super) fn school(&self, code: &SchoolCode) -> Option<&School> {
        self.schools.get(code)
    }

    pub(super) fn unsound(&self, code: &SchoolCode) -> bool {
        self.unsound.contains(code)
    }

    pub(super) fn promised(&self, code: &SchoolCode) -> bool {
        self.promised.contains(code)
    }

    /// What a school reported of an element.
    pub(super) fn value(&self, code: &SchoolCode, element: Element) -> Option<Quantity> {
        self.facts.get(code).and_then(|facts| facts.get(element))
    }

    /// Takes the edits of a change.
    pub(super) fn commit(&mut self, edits: Edits, path: &str) {
        for code in edits.leaving {
            self.schools.remove(&code);
            self.facts.remove(&code);
            self.touched.remove(&code);
        }
        for school in edits.arriving {
            self.touched.insert(school.code.clone(), path.to_owned());
            self.schools.insert(school.code.clone(), school);
        }
        for ((code, element), value) in edits.values {
            self.touched.insert(code.clone(), path.to_owned());
            let facts = self.facts.entry(code);
            facts.or_insert_with_key(|code| SchoolFacts::missing(code.clone())).set(element, value);
        }
        for (id, value) in edits.items {
            match value {
                None => self.items.remove(&id),
                Some(value) => self.items.insert(id.clone(), declared(&id, value, self.month)),
            };
            self.touched_items.insert(id, path.to_owned());
        }
    }

    /// Leaves out a faulty change.
    pub(super) fn leave_out(&mut self, schools: Vec<SchoolCode>, created: Vec<SchoolCode>, faults: Vec<Finding>) {
        self.promised.extend(created);
        self.unsound.extend(schools);
        self.findings.extend(faults);
    }

    /// Holds what was changed against the plain checks, and gives the facts.
    pub(super) fn finish(mut self, standards: &[Arc<Standard>]) -> Result<CountyFacts, Vec<Finding>> {
        self.check_schools();
        self.check_items(standards);
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        Ok(CountyFacts {
            month: self.month,
            schools: self.schools.into_values().collect(),
            school_facts: self.facts.into_values().collect(),
            items: self.items.into_values().collect(),
            waivers: self.waivers,
        })
    }

    fn check_schools(&mut self) {
        let sound = |code: &&SchoolCode| !self.unsound.contains(*code);
        let touched: Vec<_> = self.touched.keys().filter(sound).collect();
        let schools = touched.iter().filter_map(|code| Some(((*code).clone(), self.schools.get(*code)?.clone())));
        let registry = Registry { schools: schools.collect(), ..Registry::default() };
        let rows: Vec<_> = touched
            .iter()
            .filter_map(|code| {
                let path = self.touched.get(*code)?.clone();
                let nothing = || SchoolFacts::missing((*code).clone());
                Some(FactsRow { path, facts: self.facts.get(*code).cloned().unwrap_or_else(nothing) })
            })
            .collect();
        self.findings.extend(errors(check_facts(&rows, &registry, self.month)));
    }

    /// Operands are held against others of the same item: all of an item that was touched are looked at.
    fn check_items(&mut self, standards: &[Arc<Standard>]) {
        let path_of = |id: &OperandId| {
            let of_item = || self.touched_items.iter().find(|((item, _), _)| *item == id.0).map(|(_, path)| path);
            self.touched_items.get(id).or_else(of_item).cloned()
        };
        let rows: Vec<_> = self
            .items
            .iter()
            .filter_map(|(id, dated)| Some(ItemRow { path: path_of(id)?, item: dated.item.clone() }))
            .collect();
        // What is made missing may not be known, either.
        let gone = self.touched_items.iter().filter(|(id, _)| !self.items.contains_key(*id));
        let unknown = gone.filter_map(|(id, path)| {
            let known =
                standards.iter().filter_map(|standard| standard.item(&id.0)).any(|rule| rule.operand(&id.1).is_some());
            let fault = || Fault::OperandKnownUnheardOf { item: (&id.0).into(), operand: (&id.1).into() };
            let finding = || Finding::of(fault(), format!("{path}.operand"));
            (!known).then(|| finding().of_element(&format!("{}.{}", id.0, id.1)).found(&id.1))
        });
        let unknown: Vec<_> = unknown.collect();
        self.findings.extend(errors(check_items(&rows, standards, self.month)));
        self.findings.extend(unknown);
    }
}

fn errors(findings: Vec<Finding>) -> impl Iterator<Item = Finding> {
    findings.into_iter().filter(|finding| finding.severity == Severity::Error)
}

fn declared((item, operand): &OperandId, value: ItemValue, month: Month) -> DatedItem {
    let item = CountyItem {
        item: item.clone(),
        operand: operand.clone(),
        value,
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    };
    DatedItem { item, month }
}
