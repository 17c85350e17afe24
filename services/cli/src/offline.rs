//! A county's month from files alone: the schools of the file are the registry.

use std::{collections::BTreeMap, sync::Arc};

use junheng_domain::{
    checks::{self, FactsRow, Registry, SchoolRow},
    code::Month,
    facts::{CountyFacts, DatedItem},
    finding::Finding,
    school::School,
    standard::Standard,
};
use junheng_ingest::file::{self, NamedFile, Reading};

use crate::files::File;

/// A school type that no standard judges. A row whose attributes are faulty is checked as if it had this one, so that the faults
/// of its figures are told with them.
const UNJUDGED_TYPE: &str = "514";

/// Reads a county's month and finds every fault of it. With an error among the findings the facts are not to be judged.
pub(crate) fn read(files: &[File], month: Month, standards: &[Arc<Standard>]) -> (CountyFacts, Vec<Finding>) {
    let names: Vec<String> = files.iter().map(File::name).collect();
    let contents: Vec<_> = names.iter().zip(files).map(|(name, file)| NamedFile { name, bytes: &file.bytes }).collect();
    let Reading { registry, facts, items, mut findings, places, .. } = file::read(&contents);
    let (registered, faults) = checks::check_school_rows(&registry);
    let mut of_checks = faults;
    of_checks.extend(
        checks::check_facts(&facts, &registry_of(&registered, &registry), month)
            .into_iter()
            // `check_school_rows` told of the same rows.
            .filter(|finding| finding.rule != "school_once"),
    );
    of_checks.extend(checks::check_items(&items, standards, month));
    places.locate(&mut of_checks);
    findings.extend(of_checks);
    let facts = CountyFacts {
        month,
        schools: registered,
        school_facts: facts.into_iter().map(|FactsRow { facts, .. }| facts).collect(),
        items: items.into_iter().map(|row| DatedItem { item: row.item, month }).collect(),
        waivers: vec![],
    };
    (facts, findings)
}

pub(crate) fn registry_of(schools: &[School], rows: &[SchoolRow]) -> Registry {
    let faulty = rows.iter().filter_map(|row| {
        let code = row.code.parse().ok()?;
        Some(School {
            code,
            name: row.name.clone(),
            school_type: UNJUDGED_TYPE.parse().ok()?,
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        })
    });
    let mut all: BTreeMap<_, _> = faulty.map(|school| (school.code.clone(), school)).collect();
    all.extend(schools.iter().map(|school| (school.code.clone(), school.clone())));
    Registry { schools: all, ..Registry::default() }
}
