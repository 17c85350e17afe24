//! Warnings that nobody acknowledged hold a submission: it is kept, and nothing is judged on it until somebody says why it stands.

use junheng_e2e::{
    County, Database, Suite,
    county::acknowledgement,
    on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::common::v1::ErrorReason;
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, Acknowledgement, GetFactsRequest, GetSubmissionRequest, Held, ImportSchoolsRequest,
    ListSubmissionsRequest, Receipt, Submission, SubmissionState, SubmitMonthRequest, SubmitMonthsRequest,
    acknowledge_submission_response::Outcome, submit_months_response,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::merging::conflict;

on_both_databases!(
    warnings_that_nobody_acknowledged_hold_a_submission,
    a_held_submission_counts_from_its_acknowledgement_on,
    what_is_acknowledged_in_the_submission_does_not_hold_it,
    a_submission_is_held_until_every_warning_is_acknowledged,
    an_acknowledgement_checks_anew,
    a_held_submission_gives_way_to_one_that_came_since,
    only_what_is_held_can_be_acknowledged,
    an_acknowledgement_says_a_rule_and_a_reason,
    an_acknowledgement_is_done_once,
    a_declaration_that_rests_on_nothing_is_pointed_out,
    a_stream_tells_what_is_held,
);

/// A county that leaves out its last two schools.
fn incomplete() -> County {
    let mut county = County::met();
    county.facts.truncate(2);
    county
}

fn of_school(rule: &str, school_code: &str) -> Acknowledgement {
    Acknowledgement { school_code: school_code.to_owned(), ..acknowledgement(rule) }
}

async fn acknowledge(
    suite: &Suite,
    name: &str,
    acknowledgements: &[Acknowledgement],
    request_id: &str,
) -> Result<Outcome, Status> {
    let request = AcknowledgeSubmissionRequest {
        name: name.to_owned(),
        acknowledgements: acknowledgements.to_vec(),
        request_id: request_id.to_owned(),
    };
    let response = suite.submissions().acknowledge_submission(request).await?;
    Ok(response.into_inner().outcome.unwrap())
}

async fn accepted(suite: &Suite, name: &str, acknowledgements: &[Acknowledgement], request_id: &str) -> Receipt {
    match acknowledge(suite, name, acknowledgements, request_id).await.unwrap() {
        Outcome::Receipt(receipt) => receipt,
        other => panic!("{other:#?}"),
    }
}

async fn get(suite: &Suite, name: &str) -> Submission {
    let request = GetSubmissionRequest { name: name.to_owned() };
    suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap()
}

/// What does not fit to what became of the county's month meanwhile.
pub(crate) async fn unwanted(suite: &Suite, county: &County) -> [(Status, Code, ErrorReason); 3] {
    let based = SubmitMonthRequest { base_revision: Some(0), ..county.submission("based") };
    let mut incomplete = county.clone();
    incomplete.facts.pop();
    let held = suite.held(incomplete.submission("held")).await.submission;
    let accepted = suite.accepted(county.submission("since")).await.submission;
    let given = [acknowledgement("school_left_out")];
    let refused = async |name: &str| acknowledge(suite, name, &given, "acknowledge").await.unwrap_err();
    [
        (suite.submit(based).await.unwrap_err(), Code::Aborted, ErrorReason::RevisionConflict),
        (refused(&held).await, Code::FailedPrecondition, ErrorReason::SubmissionSuperseded),
        (refused(&accepted).await, Code::FailedPrecondition, ErrorReason::SubmissionNotHeld),
    ]
}

async fn warnings_that_nobody_acknowledged_hold_a_submission(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;

    let held = suite.held(county.submission("first")).await;

    assert_eq!(held.submission, format!("{}/submissions/2024-12.1", county.region));
    assert_eq!((held.warning_count, held.rules.as_slice()), (Some(2), ["school_left_out".to_owned()].as_slice()));
    assert_eq!((held.school_count, held.findings.len()), (Some(2), 2));
    let kept = get(&suite, &held.submission).await;
    assert_eq!((kept.state(), kept.revision, kept.held_at), (SubmissionState::Held, None, held.held_at));
    assert_eq!((kept.schools.len(), kept.items.len()), (2, county.items.len()));
    assert_eq!(kept.findings, held.findings);
    assert_eq!(kept.content_digest, held.content_digest);
    let judged = suite.evaluate(&county.region, &county.month, None).await.unwrap_err();
    assert_eq!(conflict(&judged).1, "MONTH_NOT_REPORTED");
    // Marks are taken in the order they came, so when a later one is evaluated there was none of the held month; nor do its items count.
    let mut later = County::met();
    later.items.clear();
    let later = suite.accepted(later.submission_for("2025-01", "later")).await;
    let evaluation = suite.stored(&county.region, "2025-01", &later).await;
    assert!(
        evaluation
            .items
            .iter()
            .flat_map(|item| &item.tests)
            .flat_map(|test| &test.operands)
            .all(|operand| { operand.month != county.month })
    );
    assert_eq!(suite.find_stored(&county.region, &county.month).await, None);
}

async fn a_held_submission_counts_from_its_acknowledgement_on(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let held = suite.held(county.submission("first")).await;
    let waiting = suite.now();
    suite.tick();

    let receipt = accepted(&suite, &held.submission, &[acknowledgement("school_left_out")], "ack").await;

    assert_eq!((receipt.submission.as_str(), receipt.revision), (held.submission.as_str(), Some(1)));
    assert_eq!(receipt.content_digest, held.content_digest);
    let known_at = timestamp(&receipt.known_at.unwrap());
    assert_eq!(known_at, suite.now());
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    assert_eq!(evaluation.basis.unwrap().known_at, receipt.known_at);
    let as_of =
        |at| GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: Some(instant(at)) };
    let before = suite.submissions().get_facts(as_of(waiting)).await.unwrap_err();
    assert_eq!(before.code(), Code::NotFound, "then it did not count yet");
    let facts = suite.submissions().get_facts(as_of(known_at)).await.unwrap().into_inner();
    assert_eq!((facts.submission.as_str(), facts.schools.len()), (held.submission.as_str(), 2));
    let [given] = facts.acknowledgements.as_slice() else { panic!("{:?}", facts.acknowledgements) };
    assert_eq!((given.rule.as_str(), given.reason.as_str()), ("school_left_out", "已核实，数据无误"));
    assert!(!given.acknowledged_by.is_empty());
    assert_eq!(given.acknowledged_at, receipt.known_at);
    let kept = get(&suite, &held.submission).await;
    assert_eq!((kept.state(), kept.held_at), (SubmissionState::Accepted, held.held_at));
    assert_eq!(kept.acknowledgements, facts.acknowledgements);
}

async fn what_is_acknowledged_in_the_submission_does_not_hold_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let mut request = county.submission("first");
    request.acknowledgements = ["3121000003", "3121000004"].map(|code| of_school("school_left_out", code)).to_vec();
    request.acknowledgements.push(acknowledgement("matches_nothing"));

    let receipt = suite.accepted(request).await;

    assert_eq!((receipt.revision, receipt.findings.len()), (Some(1), 2));
    let kept = get(&suite, &receipt.submission).await;
    let given: Vec<_> = kept.acknowledgements.iter().map(|one| (one.rule.as_str(), one.school_code.as_str())).collect();
    assert_eq!(given, [("school_left_out", "3121000003"), ("school_left_out", "3121000004"), ("matches_nothing", "")]);
    assert!(kept.acknowledgements.iter().all(|one| one.acknowledged_at == receipt.known_at));
    assert_eq!(kept.held_at, None);
}

async fn a_submission_is_held_until_every_warning_is_acknowledged(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let mut request = county.submission("first");
    request.acknowledgements = vec![of_school("school_left_out", "3121000003")];

    let held = suite.held(request).await;
    let still = acknowledge(&suite, &held.submission, &[acknowledgement("item_withdrawn")], "other").await.unwrap();
    let receipt = accepted(&suite, &held.submission, &[of_school("school_left_out", "3121000004")], "rest").await;

    assert_eq!((held.warning_count, held.findings.len()), (Some(1), 2));
    // It is told as it was when it was held.
    let stored = |held: &Held| Held { findings: vec![], ..held.clone() };
    let Outcome::Held(still) = still else { panic!("{still:#?}") };
    assert_eq!(stored(&still), stored(&held));
    assert_eq!(receipt.revision, Some(1));
    let rules: Vec<_> = get(&suite, &held.submission).await.acknowledgements.into_iter().map(|one| one.rule).collect();
    assert_eq!(rules, ["school_left_out", "item_withdrawn", "school_left_out"]);
}

async fn import(suite: &Suite, county: &County, request_id: &str) {
    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: county.schools.clone(),
        request_id: request_id.to_owned(),
        effective_on: String::new(),
        validate_only: false,
    };
    assert_eq!(suite.registry().import_schools(request).await.unwrap().into_inner().findings, []);
}

async fn an_acknowledgement_checks_anew(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let left_out = suite.held(county.submission("first")).await;
    let reported = suite.held(county.submission("second")).await;
    county.schools[0].closed_on = "2024-11-30".to_owned();
    import(&suite, &county, "close-a-reported-one").await;

    let refused = acknowledge(&suite, &reported.submission, &[acknowledgement("school_left_out")], "a").await.unwrap();

    let Outcome::Refusal(refusal) = refused else { panic!("{refused:#?}") };
    assert_eq!((refusal.submission.as_str(), refusal.error_count), (reported.submission.as_str(), Some(1)));
    let error = refusal.findings.iter().find(|finding| finding.rule == "school_open").unwrap();
    assert_eq!(error.path, "schools[2121000001].school_code");
    let kept = get(&suite, &reported.submission).await;
    assert_eq!((kept.state(), kept.revision, kept.schools.len()), (SubmissionState::Refused, None, 2));
    assert_eq!(kept.findings, refusal.findings);
    assert_eq!(
        get(&suite, &left_out.submission).await.state(),
        SubmissionState::Held,
        "what was refused overtakes none"
    );

    county.schools[0].closed_on.clear();
    for school in &mut county.schools[2..] {
        school.closed_on = "2024-11-30".to_owned();
    }
    import(&suite, &county, "close-those-left-out").await;
    let receipt = accepted(&suite, &left_out.submission, &[acknowledgement("matches_nothing")], "b").await;
    assert_eq!(receipt.findings, [], "nothing is left to be acknowledged");
}

async fn a_held_submission_gives_way_to_one_that_came_since(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let given = [acknowledgement("school_left_out")];
    let first = suite.held(county.submission("first")).await;
    let second = suite.held(county.submission("second")).await;

    // The older one would take the newer one's place: it is the newer one that waits.
    let overtaken = acknowledge(&suite, &first.submission, &given, "too-early").await.unwrap_err();
    assert_eq!(conflict(&overtaken).1, "SUBMISSION_SUPERSEDED");
    assert_eq!(get(&suite, &second.submission).await.state(), SubmissionState::Held);
    let receipt = accepted(&suite, &second.submission, &given, "second-ack").await;
    let superseded = acknowledge(&suite, &first.submission, &given, "first-ack").await.unwrap_err();

    assert_eq!(receipt.revision, Some(1));
    let details = superseded.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((superseded.code(), info.reason.as_str()), (Code::FailedPrecondition, "SUBMISSION_SUPERSEDED"));
    assert_eq!(info.metadata["resource"], first.submission);
    assert_eq!(get(&suite, &first.submission).await.state(), SubmissionState::Superseded);
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions;
    let states: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.state())).collect();
    let told = [
        (second.submission.as_str(), SubmissionState::Accepted),
        (first.submission.as_str(), SubmissionState::Superseded),
    ];
    assert_eq!(states, told);
    // One of another month does not matter.
    let other = suite.held(county.submission_for("2025-01", "other")).await;
    suite.accepted(County::met().submission_for("2025-02", "later")).await;
    assert_eq!(accepted(&suite, &other.submission, &given, "other-ack").await.revision, Some(1));
}

async fn only_what_is_held_can_be_acknowledged(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    let mut bad = county.submission("bad");
    bad.schools[0].school_code = "3199999999".to_owned();
    let refusal = suite.refused(bad).await;
    let given = [acknowledgement("school_left_out")];

    for (index, name) in [&receipt.submission, &refusal.submission].into_iter().enumerate() {
        let status = acknowledge(&suite, name, &given, &format!("ack-{index}")).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(conflict(&status).1, "SUBMISSION_NOT_HELD");
    }
    let none = format!("{}/submissions/2024-12.9", county.region);
    assert_eq!(conflict(&acknowledge(&suite, &none, &given, "none").await.unwrap_err()).1, "RESOURCE_MISSING");
}

async fn an_acknowledgement_says_a_rule_and_a_reason(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let held = suite.held(county.submission("first")).await;
    let wrong = [
        Acknowledgement { reason: "\n ".to_owned(), ..acknowledgement("school_left_out") },
        Acknowledgement { rule: String::new(), ..acknowledgement("") },
        acknowledgement("school_left_out"),
    ];
    let fields = |status: Status| {
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        violations.iter().map(|violation| violation.field.clone()).collect::<Vec<_>>()
    };

    let told = fields(acknowledge(&suite, &held.submission, &wrong, "").await.unwrap_err());
    let none = fields(acknowledge(&suite, "x", &[], "ack").await.unwrap_err());
    let submission = SubmitMonthRequest { acknowledgements: wrong.to_vec(), ..county.submission("second") };
    let in_submission = fields(suite.submit(submission).await.unwrap_err());

    assert_eq!(told, ["request_id", "acknowledgements[0].reason", "acknowledgements[1].rule"]);
    assert_eq!(none, ["name", "acknowledgements"]);
    assert_eq!(in_submission, ["acknowledgements[0].reason", "acknowledgements[1].rule"]);
}

async fn an_acknowledgement_is_done_once(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let held = suite.held(county.submission("first")).await;
    let given = [acknowledgement("school_left_out")];

    let first = acknowledge(&suite, &held.submission, &given, "ack").await.unwrap();
    let again = acknowledge(&suite, &held.submission, &given, "ack").await.unwrap();
    let sent_again = suite.held(county.submission("first")).await;

    assert_eq!(again, first);
    assert_eq!(sent_again, held, "what was answered is answered again");
    let other = acknowledge(&suite, &held.submission, &[acknowledgement("item_stale")], "ack").await.unwrap_err();
    assert_eq!(conflict(&other).1, "REQUEST_ID_REUSED");
}

async fn a_declaration_that_rests_on_nothing_is_pointed_out(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    county.item_mut("Q3", "declared_met").evidence.clear();
    county.item_mut("V1", "found").declared_by.clear();

    let held = suite.held(county.submission("first")).await;

    let found: Vec<_> = held.findings.iter().map(|finding| (finding.rule.as_str(), finding.element.as_str())).collect();
    assert_eq!(found, [("declaration_evidence", "Q3.declared_met"), ("declaration_evidence", "V1.found")]);
    assert!(held.findings[0].path.ends_with("].evidence") && held.findings[1].path.ends_with("].declared_by"));
}

async fn a_stream_tells_what_is_held(database: Database) {
    let (suite, county) = (Suite::start(database).await, incomplete());
    suite.register(&county).await;
    let requests = ["2024-11", "2024-12"].map(|month| SubmitMonthsRequest::from(county.submission_for(month, month)));

    let mut answers = suite.submissions().submit_months(tokio_stream::iter(requests)).await.unwrap().into_inner();

    for number in ["2024-11.1", "2024-12.1"] {
        let answer = answers.message().await.unwrap().unwrap();
        let Some(submit_months_response::Outcome::Held(held)) = answer.outcome else { panic!("{answer:#?}") };
        assert_eq!(held.submission, format!("{}/submissions/{number}", county.region));
    }
}
