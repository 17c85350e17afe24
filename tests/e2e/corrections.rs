//! A correction is a new revision; what was known before it can be asked for ever.

use jiff::SignedDuration;
use junheng_e2e::{County, Database, Setup, Suite, on_both_databases, suite::timestamp};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::EvaluateCountyRequest,
    ingest::v1::{GetSubmissionRequest, ImportSchoolsRequest, Receipt},
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::part;

on_both_databases!(
    a_correction_is_the_next_revision_and_is_evaluated,
    a_question_as_of_an_instant_has_one_answer_for_ever,
    the_registry_is_asked_as_of_the_same_instant,
    what_lies_in_the_future_cannot_be_asked,
    an_instant_that_a_receipt_names_can_be_asked_at_once,
    a_month_that_was_not_reported_is_not_found,
    a_standard_that_is_not_known_is_not_found,
    a_correction_that_drops_items_says_which,
    a_late_month_marks_a_later_one_that_was_not_evaluated_yet,
);

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

/// The county with one primary school short of everything.
fn worse(county: &County) -> County {
    let mut worse = county.clone();
    worse.facts[0].teaching_area_m2 = Some(1.0);
    worse.facts[0].multimedia_rooms = Some(0);
    worse
}

async fn a_correction_is_the_next_revision_and_is_evaluated(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(worse(&county).submission("first")).await;
    let before = suite.stored(&county.region, &county.month, &first).await;

    let second = suite.accepted(county.submission("second")).await;

    assert_eq!((first.revision, second.revision), (Some(1), Some(2)));
    assert!(timestamp(&second.known_at.unwrap()) > timestamp(&first.known_at.unwrap()));
    let after = suite.stored(&county.region, &county.month, &second).await;
    assert_eq!((before.verdict(), after.verdict()), (Verdict::NotMet, Verdict::Met));
    let request = GetSubmissionRequest { name: first.submission };
    let kept = suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap();
    assert_eq!(kept.schools, worse(&county).facts, "an accepted revision never changes");
}

async fn a_question_as_of_an_instant_has_one_answer_for_ever(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.tick();
    let none = suite.now();
    suite.tick();
    let correct = async |county: &County, id: &str| -> Receipt {
        suite.tick();
        suite.accepted(county.submission(id)).await
    };
    let first = correct(&worse(&county), "first").await;
    let first_at = timestamp(&first.known_at.unwrap());
    let ask = async |at| suite.evaluate(&county.region, &county.month, Some(at)).await;
    let answer = ask(first_at).await.unwrap().encode_to_vec();

    assert_eq!(ask(first_at).await.unwrap().encode_to_vec(), answer);
    let second = correct(&county, "second").await;
    let third = correct(&worse(&county), "third").await;
    suite.tick();

    assert_eq!(ask(first_at).await.unwrap().encode_to_vec(), answer);
    let between = first_at.checked_add(SignedDuration::from_millis(500)).unwrap();
    assert_eq!(ask(between).await.unwrap().encode_to_vec(), answer);
    let as_of_second = ask(timestamp(&second.known_at.unwrap())).await.unwrap();
    assert_eq!((as_of_second.basis.unwrap().revision, as_of_second.parts.len()), (Some(2), 6));
    let latest = suite.evaluate(&county.region, &county.month, None).await.unwrap();
    assert_eq!(latest.basis.clone().unwrap().submission, third.submission);
    assert_eq!(ask(suite.now()).await.unwrap(), latest);
    assert_eq!(reason(&ask(none).await.unwrap_err()), "MONTH_NOT_REPORTED");
}

async fn the_registry_is_asked_as_of_the_same_instant(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.tick();
    suite.accepted(county.submission("first")).await;
    let before = suite.now();
    let answer = suite.evaluate(&county.region, &county.month, Some(before)).await.unwrap();
    suite.tick();
    let mut renamed = county.schools[0].clone();
    renamed.display_name = "改名小学".to_owned();
    renamed.closed_on = "2020-01-01".to_owned();

    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: vec![renamed],
        request_id: "renaming".to_owned(),
        ..ImportSchoolsRequest::default()
    };
    suite.registry().import_schools(request).await.unwrap();

    assert_eq!(suite.evaluate(&county.region, &county.month, Some(before)).await.unwrap(), answer);
    let now = suite.evaluate(&county.region, &county.month, None).await.unwrap();
    assert_ne!(now, answer);
    assert_eq!(part(&answer, "resources"), Verdict::Met);
}

async fn what_lies_in_the_future_cannot_be_asked(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let first = suite.accepted(county.submission("first")).await;
    suite.tick();
    let future = suite.now().checked_add(SignedDuration::from_millis(1)).unwrap();

    let status = suite.evaluate(&county.region, &county.month, Some(future)).await.unwrap_err();

    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "as_of");
    let present = suite.evaluate(&county.region, &county.month, Some(suite.now())).await.unwrap();
    assert_eq!(present.basis.unwrap().submission, first.submission);
}

async fn an_instant_that_a_receipt_names_can_be_asked_at_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    // The clock stands still, as a replica's may lag behind another's: `known_at` grows all the same.
    let receipt = suite.accepted(county.submission("first")).await;

    let known_at = timestamp(&receipt.known_at.unwrap());
    assert!(known_at > suite.now());
    let evaluation = suite.evaluate(&county.region, &county.month, Some(known_at)).await.unwrap();
    assert_eq!(evaluation.basis.unwrap().submission, receipt.submission);
}

async fn a_month_that_was_not_reported_is_not_found(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;

    let status = suite.evaluate(&county.region, "2024-11", None).await.unwrap_err();

    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
}

async fn a_standard_that_is_not_known_is_not_found(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let ask = async |standard: &str| {
        let request = EvaluateCountyRequest {
            region: county.region.clone(),
            month: county.month.clone(),
            standard: standard.to_owned(),
            as_of: None,
        };
        suite.evaluations().evaluate_county(request).await
    };

    let status = ask("standards/martian-2030").await.unwrap_err();

    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "STANDARD_MISSING"));
    let named = ask("standards/national-quality-2017").await.unwrap().into_inner().evaluations;
    assert_eq!(named, [suite.evaluate(&county.region, &county.month, None).await.unwrap()]);
}

async fn a_correction_that_drops_items_says_which(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let mut fewer = county.clone().acknowledging(&["item_withdrawn"]);
    fewer.items.retain(|item| item.item != "V1");

    let receipt = suite.accepted(fewer.submission("second")).await;

    let warning = receipt.findings.iter().find(|finding| finding.rule == "item_withdrawn").unwrap();
    assert!(warning.message.contains("V1.found") && !warning.message.contains("V2"), "{warning:?}");
    let after = suite.stored(&county.region, &county.month, &receipt).await;
    assert_eq!(part(&after, "vetoes"), Verdict::Undetermined);
}

async fn a_late_month_marks_a_later_one_that_was_not_evaluated_yet(database: Database) {
    let idle = Setup { working: false, ..Setup::default() };
    let suite = Suite::start_with(database, idle.clone()).await;
    let county = County::met();
    suite.register(&county).await;
    let mut later = county.clone();
    later.items.clear();
    suite.accepted(later.submission_for("2024-12", "december")).await;

    suite.accepted(county.submission_for("2024-11", "november")).await;

    let suite = suite.restart_with(Setup::default()).await;
    let december = suite.stored_where(&county.region, "2024-12", |_| true).await;
    assert_eq!(december.verdict(), Verdict::Met);
}
