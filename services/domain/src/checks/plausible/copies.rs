//! One pattern of values in several schools.

use std::collections::BTreeMap;

use super::{Screened, reaches};
use crate::{
    element::Element,
    finding::{Fault, Finding, Parameter, Term},
    quantity::Quantity,
};

pub(super) fn check(screened: &Screened<'_>) -> Vec<Finding> {
    let mut patterns: BTreeMap<Vec<Option<i64>>, Vec<String>> = BTreeMap::new();
    for (row, _) in &screened.rows {
        let values: Vec<_> =
            Element::all().map(|element| row.facts.get(element).map(Quantity::as_millionths)).collect();
        let telling = values.iter().flatten().filter(|value| **value > 0).count();
        if reaches(telling, screened.limits.get(Parameter::CopiedSchoolsMinValues)) {
            patterns.entry(values).or_default().push(row.facts.school.to_string());
        }
    }
    let least =
        screened.limits.get(Parameter::CopiedSchoolsMinSchools).max(Quantity::whole(2).unwrap_or(Quantity::ONE));
    let mut copies: Vec<_> = patterns.into_values().filter(|schools| reaches(schools.len(), least)).collect();
    copies.sort();
    let finding = |schools: Vec<String>| {
        let fault = Fault::CopiedSchools { count: schools.len().into(), schools: Term::list(&schools) };
        Finding::of(fault, "schools")
    };
    copies.into_iter().map(finding).collect()
}
