//! What holds for whatever is submitted: a bounded number of generated cases, each against a real server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_e2e::{
    County, Database, Suite,
    county::{acknowledgement, quantity},
    on_both_databases,
    suite::instant,
};
use junheng_proto::ingest::v1::{
    Acknowledgement, Finding, GetFactsRequest, GetFactsResponse, SchoolFacts, SubmitMonthRequest, WithdrawMonthRequest,
    submit_month_response::Outcome,
};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use prost::Message as _;

use crate::merging::{key, merge};

on_both_databases!(
    the_order_of_schools_and_items_does_not_matter,
    a_merge_reads_as_the_full_replace,
    a_check_finds_exactly_what_a_submission_finds,
    facts_as_of_an_instant_are_the_same_bytes_for_ever,
);

/// Cases of each property.
const CASES: u32 = 24;

/// Draws the cases, the same in every run.
fn draw<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    (0..CASES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// What is done to a school of the county: a few elements that no rule ties to another, set, missing or at fault.
#[derive(Debug, Clone)]
struct Change {
    school: usize,
    books: Option<u32>,
    computers: Option<u32>,
    area: Option<f64>,
}

fn change() -> impl Strategy<Value = Change> {
    let area =
        prop_oneof![4 => Just(None), 2 => (50_000..60_000_u32).prop_map(|area| Some(f64::from(area) / 100.0 + 5000.0))];
    (0..4_usize, proptest::option::of(0..9_u32), proptest::option::of(0..9_u32), area)
        .prop_map(|(school, books, computers, area)| Change { school, books, computers, area })
}

fn apply(facts: &mut [SchoolFacts], changes: &[Change]) {
    for change in changes {
        if let Some(row) = facts.get_mut(change.school) {
            (row.books, row.computers) = (change.books, change.computers);
            row.sports_ground_area_m2 = change.area.or(row.sports_ground_area_m2);
        }
    }
}

fn acknowledged() -> Vec<Acknowledgement> {
    ["school_left_out", "item_withdrawn"].map(acknowledgement).to_vec()
}

/// An outcome without what only a submission that is written has: its kind, its digest and its findings.
fn told(outcome: Outcome) -> (&'static str, String, Vec<Finding>) {
    match outcome {
        Outcome::Receipt(receipt) => ("receipt", receipt.content_digest, receipt.findings),
        Outcome::Held(held) => ("held", held.content_digest, held.findings),
        Outcome::Refusal(refusal) => ("refusal", String::new(), refusal.findings),
    }
}

async fn submit(suite: &Suite, request: SubmitMonthRequest) -> (&'static str, String, Vec<Finding>) {
    told(suite.submit(request).await.unwrap().outcome.unwrap())
}

fn checked(request: &SubmitMonthRequest) -> SubmitMonthRequest {
    SubmitMonthRequest { validate_only: true, request_id: String::new(), ..request.clone() }
}

/// Puts rows into an order, and tells the old place of each new one.
fn shuffle<T: Clone>(rows: &[T], ranks: &[u16]) -> (Vec<T>, Vec<usize>) {
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| (ranks[place % ranks.len()], *place));
    (places.iter().map(|place| rows[*place].clone()).collect(), places)
}

/// Findings by their texts, each path as it was before the rows were put into another order.
fn unordered(findings: Vec<Finding>, places: &BTreeMap<&str, Vec<usize>>) -> Vec<String> {
    let before = |path: &str| {
        let (field, rest) = path.split_once('[')?;
        let (index, rest) = rest.split_once(']')?;
        let place = places.get(field)?.get(index.parse::<usize>().ok()?)?;
        Some(format!("{field}[{place}]{rest}"))
    };
    let mut told: Vec<String> = findings
        .into_iter()
        .map(|finding| {
            let path = before(&finding.path).unwrap_or(finding.path);
            format!("{} {path} {} {} {}", finding.rule, finding.school_code, finding.element, finding.found)
        })
        .collect();
    told.sort();
    told
}

/// A submission with faults and warnings of several kinds, or none.
fn faulty(county: &County, changes: &[Change], faults: u8, request_id: &str) -> SubmitMonthRequest {
    let mut request = county.submission(request_id);
    apply(&mut request.schools, changes);
    let has = |bit: u8| faults & (1 << bit) != 0;
    if has(0) {
        request.schools.pop();
    }
    if has(1) {
        request.schools[1].teaching_area_m2 = Some(-1.0);
    }
    if has(2) {
        request.items.push(quantity("G99", "nothing", 1.0));
    }
    if has(3) {
        request.items[2].evidence.clear();
    }
    if has(4) {
        request.acknowledgements = acknowledged();
    }
    request
}

async fn the_order_of_schools_and_items_does_not_matter(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let cases =
        draw((proptest::collection::vec(change(), 0..4), 0..32_u8, proptest::collection::vec(any::<u16>(), 64)));

    for (changes, faults, ranks) in cases {
        let request = checked(&faulty(&county, &changes, faults, ""));
        let (schools, of_schools) = shuffle(&request.schools, &ranks);
        let (items, of_items) = shuffle(&request.items, &ranks);
        let turned = SubmitMonthRequest { schools, items, ..request.clone() };

        let (kind, digest, findings) = submit(&suite, request.clone()).await;
        let (turned_kind, turned_digest, turned_findings) = submit(&suite, turned).await;

        assert_eq!((turned_kind, turned_digest), (kind, digest));
        let places = BTreeMap::from([("schools", of_schools), ("items", of_items)]);
        assert_eq!(unordered(turned_findings, &places), unordered(findings, &BTreeMap::new()), "{request:?}");
    }
}

/// What remains of the county, and how it differs from it.
fn correction(county: &County, changes: &[Change], left_out: u8, request_id: &str) -> (County, SubmitMonthRequest) {
    let mut after = county.clone();
    apply(&mut after.facts, changes);
    let mut request = merge(county, request_id);
    for (before, after) in county.facts.iter().zip(&after.facts).filter(|(before, after)| before != after) {
        let mut row = SchoolFacts { school_code: after.school_code.clone(), ..SchoolFacts::default() };
        for (id, before, after, set) in [
            ("books", before.books, after.books, &mut row.books),
            ("computers", before.computers, after.computers, &mut row.computers),
        ] {
            if after.is_none() && before.is_some() {
                row.cleared_elements.push(id.to_owned());
            } else if after != before {
                *set = after;
            }
        }
        if after.sports_ground_area_m2 != before.sports_ground_area_m2 {
            row.sports_ground_area_m2 = after.sports_ground_area_m2;
        }
        request.schools.push(row);
    }
    if left_out & 1 != 0 {
        let gone = after.facts.remove(3);
        request.schools.retain(|row| row.school_code != gone.school_code);
        request.removed_schools.push(gone.school_code);
    }
    if left_out & 2 != 0 {
        let gone = after.items.remove(7);
        request.removed_items.push(key(&gone.item, &gone.operand));
    }
    if left_out & 4 != 0 {
        after.items.last_mut().unwrap().evidence = "另一份文件".to_owned();
        request.items.push(junheng_e2e::county::dated(after.items.last().unwrap(), &county.month));
    }
    request.acknowledgements = acknowledged();
    after.acknowledgements = acknowledged();
    (after, request)
}

async fn facts(suite: &Suite, county: &County, as_of: Option<Timestamp>) -> Option<GetFactsResponse> {
    let (region, month) = (county.region.clone(), county.month.clone());
    let request = GetFactsRequest { region, month, as_of: as_of.map(instant) };
    suite.submissions().get_facts(request).await.map(tonic::Response::into_inner).ok()
}

async fn a_merge_reads_as_the_full_replace(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    for row in &mut county.facts {
        row.books = Some(3);
    }
    let cases = draw((proptest::collection::vec(change(), 0..4), 1..8_u8));

    for (number, (changes, left_out)) in cases.into_iter().enumerate() {
        let (after, request) = correction(&county, &changes, left_out, &format!("merge-{number}"));
        // Each begins with the same month; the items that the case before took out come back.
        suite.accepted(county.submission(&format!("before-{number}"))).await;

        let merged = suite.accepted(request).await;
        let merged_facts = facts(&suite, &county, None).await.unwrap();
        let replaced = suite.accepted(after.submission(&format!("replace-{number}"))).await;
        let replaced_facts = facts(&suite, &county, None).await.unwrap();

        assert_eq!(merged.content_digest, replaced.content_digest);
        assert_eq!((merged_facts.schools, merged_facts.items), (replaced_facts.schools, replaced_facts.items));
        assert_eq!(merged_facts.counting_items, replaced_facts.counting_items);
    }
}

async fn a_check_finds_exactly_what_a_submission_finds(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let cases = draw((proptest::collection::vec(change(), 0..4), 0..32_u8, 0..8_u8, any::<bool>()));
    let mut met = BTreeMap::new();

    for (number, (changes, faults, left_out, merging)) in cases.into_iter().enumerate() {
        let id = format!("case-{number}");
        let request = if merging {
            let mut request = correction(&county, &changes, left_out, &id).1;
            request.schools.push(SchoolFacts {
                school_code: if faults & 1 == 0 { "2121000001" } else { "3199999999" }.to_owned(),
                ..SchoolFacts::default()
            });
            if faults & 16 == 0 {
                request.acknowledgements.clear();
            }
            request
        } else {
            faulty(&county, &changes, faults, &id)
        };

        let (check, submission) = (suite.submit(checked(&request)).await, suite.submit(request.clone()).await);

        match (check, submission) {
            (Ok(check), Ok(submission)) => {
                let (check, submission) = (told(check.outcome.unwrap()), told(submission.outcome.unwrap()));
                assert_eq!(check, submission, "{request:?}");
                *met.entry(submission.0).or_insert(0) += 1;
            }
            (Err(check), Err(submission)) => assert_eq!(check.message(), submission.message()),
            (check, submission) => panic!("{check:#?}\n{submission:#?}"),
        }
        // The next begins with the whole month again.
        suite.accepted(county.submission(&format!("again-{number}"))).await;
    }
    assert!(met.len() == 3, "every kind of outcome is among the cases: {met:?}");
}

async fn facts_as_of_an_instant_are_the_same_bytes_for_ever(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let cases = draw((proptest::collection::vec(change(), 0..4), 0..8_u8, 0..6_u8, 0..3_i64));
    let mut seen = vec![];

    for (number, (changes, left_out, kind, pause)) in cases.into_iter().enumerate() {
        let id = format!("case-{number}");
        let (after, _) = correction(&county, &changes, left_out, &id);
        if kind == 0 {
            let request = WithdrawMonthRequest {
                region: county.region.clone(),
                month: county.month.clone(),
                reason: "误报".to_owned(),
                base_revision: None,
                request_id: id,
            };
            // Nothing to withdraw is nothing done.
            let _withdrawn = suite.submissions().withdraw_month(request).await;
        } else {
            suite.accepted(after.submission(&id)).await;
        }
        let as_of = suite.now();
        seen.push((as_of, facts(&suite, &county, Some(as_of)).await.map(|facts| facts.encode_to_vec())));
        // Without a pause the next write comes at the same instant, and is known after it.
        suite.hands.advance(jiff::SignedDuration::from_millis(pause));
    }

    assert!(seen.iter().any(|(_, facts)| facts.is_none()) && seen.iter().any(|(_, facts)| facts.is_some()));
    for (as_of, then) in seen {
        let now = facts(&suite, &county, Some(as_of)).await.map(|facts| facts.encode_to_vec());
        assert_eq!(now, then, "{as_of}");
    }
}
