//! End-to-end tests: what callers are promised, proved by protobuf over real sockets, on both databases.
//!
//! A file is a behaviour. `make tools` installs what the machine needs, `cargo test -p junheng-e2e` runs them.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]
#![expect(clippy::assigning_clones, reason = "what a test changes reads best as an assignment")]

mod abandoned_calls;
mod access;
mod acknowledgements;
mod audit;
mod backup;
mod bad_input;
mod bulletins;
mod carried_items;
mod changes;
mod check_limits;
mod comparison;
mod conformance;
mod console;
mod console_tables;
mod console_words;
mod corrections;
mod crash;
mod database_tls;
mod defects_of_other_systems;
mod demo;
mod duty;
mod edge_county;
mod errors;
mod evaluators;
mod explanations;
mod facts;
mod files;
mod foreign_client;
mod forensic_screens;
mod freshness;
mod inflow;
mod journal;
mod layering;
mod listings;
mod main_path;
mod merging;
mod overlays;
mod overview_tables;
mod overviews;
mod properties;
mod province;
mod province_listing;
mod province_stream;
mod published;
mod pushed_workbooks;
mod recompute;
mod refused_submissions;
mod registry;
mod repeated_requests;
mod replicas;
mod reports;
mod school_history;
mod school_moves;
mod schools_of_a_submission;
mod scopes;
mod series;
mod standards;
mod standards_in_force;
mod start;
mod streams;
mod traces;
mod validate_only;
mod waivers;
mod what_if;
mod withdrawal;
mod wrong_fields;

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, StageResources, Unit},
    ingest::v1::{Finding, Severity},
};

/// The rules that findings name, in order, errors only or warnings only.
fn rules(findings: &[Finding], severity: Severity) -> Vec<&str> {
    findings.iter().filter(|finding| finding.severity() == severity).map(|finding| finding.rule.as_str()).collect()
}

/// The verdict of a part.
fn part(evaluation: &Evaluation, id: &str) -> Verdict {
    evaluation.parts.iter().find(|part| part.id == id).unwrap().verdict()
}

/// The verdict of a county item.
fn item(evaluation: &Evaluation, id: &str) -> Verdict {
    evaluation.items.iter().find(|item| item.id == id).unwrap().verdict()
}

/// The resources of a stage.
fn stage(evaluation: &Evaluation, stage: Stage) -> &StageResources {
    evaluation.resources.iter().find(|resources| resources.stage() == stage).unwrap()
}

/// A unit of a stage.
fn unit<'a>(evaluation: &'a Evaluation, of: Stage, school_code: &str) -> &'a Unit {
    stage(evaluation, of).units.iter().find(|unit| unit.school_code == school_code).unwrap()
}
