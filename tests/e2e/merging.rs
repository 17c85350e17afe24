//! A correction names some schools and items; the server writes the whole month, unless somebody was faster.

use junheng_e2e::{
    County, Database, Suite,
    county::{acknowledgement, quantity},
    on_both_databases,
};
use junheng_proto::ingest::v1::{
    CountyItemKey, GetFactsRequest, GetFactsResponse, SchoolFacts, Severity, SubmissionMode, SubmitMonthRequest,
    submit_month_response::Outcome,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::rules;

on_both_databases!(
    a_merge_changes_what_it_names_and_keeps_the_rest,
    a_merge_takes_out_what_it_says_and_nothing_else,
    a_merge_is_checked_as_the_whole_month_that_it_makes,
    what_a_merge_cannot_take_out_is_found,
    what_goes_missing_is_named_in_a_merge_only,
    a_merge_needs_a_month_to_correct,
    a_merge_that_leaves_nothing_is_no_withdrawal,
    a_revision_that_the_sender_has_not_seen_is_not_overwritten,
    of_two_merges_on_one_revision_one_is_written,
);

/// A correction of the county's month that names nothing yet.
pub(crate) fn merge(county: &County, request_id: &str) -> SubmitMonthRequest {
    let mut request = SubmitMonthRequest { schools: vec![], items: vec![], ..county.submission(request_id) };
    request.set_mode(SubmissionMode::Merge);
    request
}

pub(crate) fn key(item: &str, operand: &str) -> CountyItemKey {
    CountyItemKey { item: item.to_owned(), operand: operand.to_owned() }
}

pub(crate) async fn facts(suite: &Suite, county: &County) -> GetFactsResponse {
    let request = GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: None };
    suite.submissions().get_facts(request).await.unwrap().into_inner()
}

/// The digest that the whole month would have.
async fn digest(suite: &Suite, request: SubmitMonthRequest) -> String {
    let request = SubmitMonthRequest { validate_only: true, ..request };
    match suite.submit(request).await.unwrap().outcome.unwrap() {
        Outcome::Receipt(receipt) => receipt.content_digest,
        Outcome::Held(held) => held.content_digest,
        Outcome::Refusal(refusal) => panic!("{refusal:#?}"),
    }
}

pub(crate) fn conflict(status: &Status) -> (Code, String, String) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    let current = info.metadata.get("current_revision").cloned().unwrap_or_default();
    (status.code(), info.reason.clone(), current)
}

async fn a_merge_changes_what_it_names_and_keeps_the_rest(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    county.school_mut("2121000001").computers = Some(80);
    suite.accepted(county.submission("first")).await;
    let mut correction = merge(&county, "second");
    correction.schools = vec![SchoolFacts {
        school_code: "2121000001".to_owned(),
        books: Some(0),
        teaching_area_m2: Some(4600.25),
        cleared_elements: vec!["computers".to_owned()],
        ..SchoolFacts::default()
    }];
    correction.items = vec![quantity("G7", "special_education_pupils", 11.0)];
    let mut whole = county.clone();
    let school = whole.school_mut("2121000001");
    (school.books, school.teaching_area_m2, school.computers) = (Some(0), Some(4600.25), None);
    *whole.item_mut("G7", "special_education_pupils") = correction.items[0].clone();

    let receipt = suite.accepted(correction).await;

    assert_eq!(receipt.revision, Some(2));
    assert_eq!((receipt.school_count, receipt.item_count), (Some(4), u32::try_from(county.items.len()).ok()));
    assert_eq!(receipt.content_digest, digest(&suite, whole.submission("whole")).await);
    let kept = facts(&suite, &county).await;
    let mut wanted = whole.submission("whole").schools;
    wanted.sort_by(|a, b| a.school_code.cmp(&b.school_code));
    assert_eq!(kept.schools, wanted);
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    assert_eq!(evaluation.basis.unwrap().content_digest, receipt.content_digest);
}

async fn a_merge_takes_out_what_it_says_and_nothing_else(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut first = county.clone();
    let added = first.facts.pop().unwrap();
    suite.accepted(first.clone().acknowledging(&["school_left_out"]).submission("first")).await;
    let mut correction = merge(&county, "second");
    correction.schools = vec![added];
    correction.removed_schools = vec!["2121000002".to_owned()];
    correction.removed_items = vec![key("G6", "small_schools"), key("V1", "found")];
    correction.acknowledgements = vec![acknowledgement("school_left_out")];

    let receipt = suite.accepted(correction).await;

    let kept = facts(&suite, &county).await;
    let codes: Vec<_> = kept.schools.iter().map(|row| row.school_code.as_str()).collect();
    assert_eq!(codes, ["2121000001", "3121000003", "3121000004"]);
    assert_eq!(kept.items.len(), county.items.len() - 2);
    assert!(kept.items.iter().all(|item| item.operand != "small_schools" && item.item != "V1"));
    // What was taken out by name is no surprise; that the school is still registered is.
    assert_eq!(rules(&receipt.findings, Severity::Warning), ["school_left_out"]);
}

async fn a_merge_is_checked_as_the_whole_month_that_it_makes(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let mut correction = merge(&county, "second");
    // Alone it breaks no rule; with what was reported before it does.
    correction.schools = vec![SchoolFacts {
        school_code: "2121000002".to_owned(),
        backbone_teachers_primary: Some(26),
        ..SchoolFacts::default()
    }];
    correction.schools.push(SchoolFacts { school_code: "3199999999".to_owned(), ..SchoolFacts::default() });
    correction.items = vec![quantity("G12", "teachers", 100.0)];

    let refusal = suite.refused(correction).await;

    let at = |rule: &str| {
        let found = refusal.findings.iter().filter(|finding| finding.rule == rule);
        found.map(|finding| finding.path.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        at("part_within_whole"),
        [
            "schools[0].backbone_teachers_primary",
            // What the correction does not name stands at its key.
            "items[G12.teachers_certified].value"
        ]
    );
    assert_eq!(at("school_registered"), ["schools[1].school_code"]);
    assert_eq!(facts(&suite, &county).await.revision, Some(1));
}

async fn what_a_merge_cannot_take_out_is_found(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let mut correction = merge(&county, "second");
    correction.schools = vec![SchoolFacts {
        school_code: "2121000001".to_owned(),
        cleared_elements: vec!["computer".to_owned(), "books".to_owned()],
        ..SchoolFacts::default()
    }];
    correction.removed_schools = vec!["2121000009".to_owned()];
    correction.removed_items = vec![key("G7", "nothing")];

    let refusal = suite.refused(correction).await;

    let found: Vec<_> = refusal
        .findings
        .iter()
        .map(|finding| (finding.rule.as_str(), finding.path.as_str(), &*finding.found))
        .collect();
    assert_eq!(
        found,
        [
            ("element_known", "schools[0].cleared_elements", "computer"),
            ("removed_reported", "removed_schools", "2121000009"),
            ("removed_reported", "removed_items", "G7.nothing"),
        ]
    );
}

async fn what_goes_missing_is_named_in_a_merge_only(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut request = county.submission("first");
    request.schools[1].cleared_elements = vec!["books".to_owned()];
    request.removed_schools = vec!["2121000009".to_owned()];
    request.removed_items = vec![key("G7", "nothing")];
    let fields = |status: &Status| {
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        violations.iter().map(|violation| violation.field.clone()).collect::<Vec<_>>()
    };

    let status = suite.submit(request.clone()).await.unwrap_err();
    let mut both = request;
    both.set_mode(SubmissionMode::Merge);
    both.schools[1].cleared_elements.push("multimedia_rooms".to_owned());
    both.removed_schools = vec!["2121000001".to_owned(), "21".to_owned()];
    both.removed_items = vec![key("G7", "special_education_pupils")];
    let contradicting = suite.submit(both).await.unwrap_err();
    let unknown = suite.submit(SubmitMonthRequest { mode: 9, ..county.submission("mode") }).await.unwrap_err();

    assert_eq!(fields(&status), ["schools[1].cleared_elements", "removed_schools[0]", "removed_items[0]"]);
    assert_eq!(
        fields(&contradicting),
        ["schools[1].cleared_elements", "removed_schools[0]", "removed_schools[1]", "removed_items[0]"]
    );
    assert_eq!(fields(&unknown), ["mode"]);
}

async fn a_merge_needs_a_month_to_correct(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut correction = merge(&county, "first");
    correction.schools = county.facts.clone();

    for validate_only in [true, false] {
        let request = SubmitMonthRequest { validate_only, ..correction.clone() };
        let status = suite.submit(request).await.unwrap_err();
        assert_eq!((status.code(), conflict(&status).1.as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
    }
}

async fn a_merge_that_leaves_nothing_is_no_withdrawal(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let mut correction = merge(&county, "second");
    correction.removed_schools = county.facts.iter().map(|row| row.school_code.clone()).collect();
    correction.removed_items = county.items.iter().map(|item| key(&item.item, &item.operand)).collect();

    let status = suite.submit(correction).await.unwrap_err();

    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("removed_schools"), "{status:?}");
}

async fn a_revision_that_the_sender_has_not_seen_is_not_overwritten(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let based = |id: &str, base| SubmitMonthRequest { base_revision: Some(base), ..county.submission(id) };

    let too_new = suite.submit(based("zero", 1)).await.unwrap_err();
    let first = suite.accepted(based("first", 0)).await;
    let blind = suite.submit(based("blind", 0)).await.unwrap_err();
    let checked = suite.submit(SubmitMonthRequest { validate_only: true, ..based("", 0) }).await.unwrap_err();
    let second = suite.accepted(based("second", 1)).await;
    let again = suite.accepted(based("first", 0)).await;

    assert_eq!(conflict(&too_new), (Code::Aborted, "REVISION_CONFLICT".to_owned(), "0".to_owned()));
    for status in [blind, checked] {
        assert_eq!(conflict(&status), (Code::Aborted, "REVISION_CONFLICT".to_owned(), "1".to_owned()));
    }
    assert_eq!((first.revision, second.revision), (Some(1), Some(2)));
    assert_eq!(again, first, "what was answered is answered again");
    let other = SubmitMonthRequest { base_revision: None, ..based("first", 0) };
    assert_eq!(conflict(&suite.submit(other).await.unwrap_err()).1, "REQUEST_ID_REUSED");
}

async fn of_two_merges_on_one_revision_one_is_written(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let correction = |books: u32| {
        let mut request = merge(&county, &format!("books-{books}"));
        request.schools =
            vec![SchoolFacts { school_code: "2121000001".to_owned(), books: Some(books), ..SchoolFacts::default() }];
        request.base_revision = Some(1);
        let mut client = suite.submissions();
        tokio::spawn(async move { client.submit_month(request).await })
    };

    let both = [correction(1), correction(2)];

    let mut answers = vec![];
    for answer in both {
        answers.push(answer.await.unwrap());
    }
    let lost: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
    assert_eq!(lost.len(), 1, "{answers:?}");
    assert_eq!(conflict(lost[0]), (Code::Aborted, "REVISION_CONFLICT".to_owned(), "2".to_owned()));
    let won = u32::from(answers[0].is_err()) + 1;
    let kept = facts(&suite, &county).await;
    assert_eq!((kept.revision, kept.schools[0].books), (Some(2), Some(won)));
}
