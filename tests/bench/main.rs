//! `make bench`: what things cost, as ratios against references that are measured in the same run. Nothing here passes or fails.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program ends at its first fault and prints")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use junheng_domain::{
    checks::check_school_rows,
    code::SchoolCode,
    evaluation::evaluate,
    facts::{CountyFacts, SchoolFacts},
    school::School,
    standard::{NATIONAL_DEFAULT, Standard},
};
use junheng_e2e::{County, Database, Setup, Suite};
use junheng_proto::reporting::v1::RenderCountyReportRequest;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// Months that are pushed, one after the other.
const MONTHS: u32 = 120;

#[tokio::main]
async fn main() {
    println!("{:<58}{:>12}   in units of the reference", "median of one", "");
    judging();
    for (name, database) in [("SQLite", Database::sqlite()), ("PostgreSQL, fsync off", Database::postgres())] {
        services(name, database).await;
    }
}

/// A county of 120 schools, judged and explained, against a bare loop that computes only its 14 coefficients.
fn judging() {
    let facts = county_of_120();
    let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
    let columns = columns(&facts);
    let reference = median(200, || drop(black_box(bare_coefficients(&columns))));
    let whole = median(50, || drop(black_box(evaluate(standard, &facts))));
    row("reference: bare loop over 14 coefficients, 120 schools", reference, None);
    row("a whole evaluation with its explanation, 120 schools", whole, Some(reference));
}

/// Four times the schools of Zhangwu.
fn county_of_120() -> CountyFacts {
    let file = include_bytes!("../data/zhangwu-2024/schools.csv");
    let read = junheng_ingest::file::read_schools("schools.csv", file);
    let (registered, findings) = check_school_rows(&read.registry);
    assert!(findings.is_empty() && read.findings.is_empty());
    let (mut schools, mut school_facts) = (vec![], vec![]);
    for copy in 1..=4 {
        let code = |code: &SchoolCode| -> SchoolCode { format!("{copy}{}", &code.as_str()[1..]).parse().unwrap() };
        schools.extend(registered.iter().map(|school| School { code: code(&school.code), ..school.clone() }));
        school_facts.extend(read.facts.iter().map(|row| {
            let mut facts = row.facts.clone();
            facts.school = code(&facts.school);
            facts
        }));
    }
    CountyFacts { month: "2024-12".parse().unwrap(), schools, school_facts, items: vec![], waivers: vec![] }
}

/// Weights and values of 14 indicators; which ones they are does not matter to the reference.
fn columns(facts: &CountyFacts) -> Vec<Vec<(f64, f64)>> {
    let elements: Vec<_> = junheng_domain::element::Element::all().take(14).collect();
    let value =
        |facts: &SchoolFacts, element| facts.get(element).map_or(1.0, junheng_domain::quantity::Quantity::to_f64);
    elements
        .iter()
        .map(|element| facts.school_facts.iter().map(|school| (100.0, value(school, *element) + 1.0)).collect())
        .collect()
}

fn bare_coefficients(columns: &[Vec<(f64, f64)>]) -> Vec<f64> {
    columns
        .iter()
        .map(|units| {
            let weight: f64 = units.iter().map(|(weight, _)| weight).sum();
            let mean = units.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight;
            let variance = units.iter().map(|(weight, value)| weight * (value - mean).powi(2)).sum::<f64>() / weight;
            variance.sqrt() / mean
        })
        .collect()
}

/// One county's month through the services, against an empty call to the same server.
async fn services(name: &str, database: Database) {
    let suite = Suite::start_with(database, Setup::default()).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    let mut health = HealthClient::new(suite.ingest_channel());
    let (mut empty, mut receipts, mut verdicts) = (vec![], vec![], vec![]);
    for _ in 0..500 {
        let start = Instant::now();
        health.check(HealthCheckRequest::default()).await.unwrap();
        empty.push(start.elapsed());
    }
    for index in 0..MONTHS {
        let month = format!("{}-{:02}", 2010 + index / 12, index % 12 + 1);
        let request = county.submission_for(&month, &format!("bench-{index}"));
        let start = Instant::now();
        let receipt = suite.accepted(request).await;
        receipts.push(start.elapsed());
        suite.stored(&county.region, &month, &receipt).await;
        verdicts.push(start.elapsed());
    }
    let mut reports = vec![];
    for _ in 0..20 {
        let evaluation = format!("{}/evaluations/2010-01.national-quality-2017", county.region);
        let start = Instant::now();
        suite.reports().render_county_report(RenderCountyReportRequest { evaluation, format: 0 }).await.unwrap();
        reports.push(start.elapsed());
    }
    let reference = middle(empty);
    row(&format!("reference: an empty call, {name}"), reference, None);
    row("push of 30 schools to receipt", middle(receipts), Some(reference));
    row("push of 30 schools to stored evaluation, worker polling", middle(verdicts), Some(reference));
    row("county report, HTML", middle(reports), Some(reference));
}

fn median(times: u32, mut work: impl FnMut()) -> Duration {
    let one = |()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    middle((0..times).map(|_| ()).map(one).collect())
}

fn middle(mut durations: Vec<Duration>) -> Duration {
    durations.sort();
    durations[durations.len() / 2]
}

fn row(what: &str, duration: Duration, reference: Option<Duration>) {
    let ratio = reference
        .map_or_else(|| "1".to_owned(), |reference| format!("{:.1}", duration.as_secs_f64() / reference.as_secs_f64()));
    println!("{what:<58}{:>9.3} ms   {ratio}", duration.as_secs_f64() * 1000.0);
}
