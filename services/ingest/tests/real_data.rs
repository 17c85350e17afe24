//! Real and constructed counties stay free of the warnings that screen what is unlikely: limits that cry wolf are not read.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use std::{fs, path::Path};

use junheng_domain::{
    checks::{Limits, Previous, Registry, check_plausibility, check_school_rows},
    code::Month,
    finding::Finding,
    standard::Standard,
};
use junheng_ingest::file::{Schools, read_schools};

fn county(folder: &str) -> Schools {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(folder).join("schools.csv");
    read_schools("schools.csv", &fs::read(file).unwrap())
}

fn screen(folder: &str, month: &str, previous: Option<&str>) -> Vec<Finding> {
    let county = county(folder);
    let schools = check_school_rows(&county.registry).0.into_iter().map(|school| (school.code.clone(), school));
    let registry = Registry { schools: schools.collect(), ..Registry::default() };
    let facts = || county.facts.iter().map(|row| row.facts.clone()).collect();
    let before = previous.map(|month| Previous { month: month.parse().unwrap(), facts: facts() });
    let month: Month = month.parse().unwrap();
    check_plausibility(
        &county.facts,
        &registry,
        month,
        before.as_ref(),
        Standard::national().unwrap(),
        &Limits::default(),
    )
}

#[test]
fn a_whole_county_gives_no_false_alarm() {
    assert_eq!(screen("zhangwu-2024", "2024-12", None), []);
}

#[test]
fn the_county_at_the_edges_gives_no_false_alarm() {
    assert_eq!(screen("edge-county", "2024-12", None), []);
}

#[test]
fn a_whole_county_that_repeats_its_month_is_told() {
    let findings = screen("zhangwu-2024", "2024-12", Some("2024-11"));

    let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["month_repeated"]);
}
