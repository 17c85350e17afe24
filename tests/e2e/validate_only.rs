//! `validate_only` answers what a submission would get, and writes nothing.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::ingest::v1::{
    Held, ImportRegionsRequest, ImportSchoolsRequest, ImportSchoolsResponse, ListSubmissionsRequest, Receipt, Refusal,
    School, SubmitMonthRequest, submit_month_response::Outcome,
};
use tonic::Code;

on_both_databases!(
    a_check_answers_as_the_submission_would_and_writes_nothing,
    schools_are_checked_before_their_county_is_registered,
);

fn check(request: SubmitMonthRequest) -> SubmitMonthRequest {
    SubmitMonthRequest { validate_only: true, request_id: String::new(), ..request }
}

async fn a_check_answers_as_the_submission_would_and_writes_nothing(database: Database) {
    let (suite, mut county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let left_out = county.facts.pop().unwrap();
    let held = county.submission("held");
    let county = county.acknowledging(&["school_left_out"]);
    let good = county.submission("good");
    let mut bad = county.submission("bad");
    bad.schools[0].school_code = "3199999999".to_owned();
    bad.schools[1].teaching_area_m2 = Some(0.001);

    let checked_good = suite.accepted(check(good.clone())).await;
    let checked_bad = suite.refused(check(bad.clone())).await;

    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = suite.submissions().list_submissions(request).await.unwrap().into_inner();
    assert_eq!(listed.submissions, []);
    assert_eq!((checked_good.submission.as_str(), checked_good.revision, checked_good.known_at), ("", None, None));
    assert_eq!(checked_good.findings[0].school_code, left_out.school_code);
    assert_eq!(checked_bad.submission, "");
    // A request id that a check named is free: nothing was written.
    let named = SubmitMonthRequest { validate_only: true, ..bad.clone() };
    suite.refused(named).await;
    let checked_held = suite.held(check(held.clone())).await;
    let kept = suite.held(held).await;
    assert_eq!(Held { submission: String::new(), held_at: None, ..kept }, checked_held);
    let receipt = suite.accepted(good).await;
    let refusal = suite.refused(bad).await;
    let bare = Receipt {
        submission: String::new(),
        revision: None,
        known_at: None,
        request_id: String::new(),
        key_id: String::new(),
        signature: vec![],
        ..receipt.clone()
    };
    assert_eq!(bare, checked_good);
    assert_eq!(Refusal { submission: String::new(), ..refusal }, checked_bad);
    // The check of what was submitted is no repetition of it.
    let again = suite.submit(SubmitMonthRequest { validate_only: true, ..county.submission("good") }).await.unwrap();
    assert_eq!(again.outcome, Some(Outcome::Receipt(checked_good)));
}

async fn schools_are_checked_before_their_county_is_registered(database: Database) {
    let (suite, held) = (Suite::start(database).await, County::met());
    suite.register(&held).await;
    let county = County::met_at("219903", "22");
    let good = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: county.schools.clone(),
        validate_only: true,
        ..ImportSchoolsRequest::default()
    };
    let code = held.facts[0].school_code.as_str();
    let elsewhere = School { name: format!("{}/schools/{code}", county.region), ..held.schools[0].clone() };
    let bad = ImportSchoolsRequest { schools: vec![elsewhere], ..good.clone() };
    let import = async |request: &ImportSchoolsRequest| suite.registry().import_schools(request.clone()).await;
    let written = |request: &ImportSchoolsRequest| ImportSchoolsRequest {
        validate_only: false,
        request_id: "written".to_owned(),
        ..request.clone()
    };

    let checked_good = import(&good).await.unwrap().into_inner();
    let checked_bad = import(&bad).await.unwrap().into_inner();

    assert_eq!(checked_good, ImportSchoolsResponse::default(), "nothing speaks against them");
    assert_eq!(checked_bad.findings[0].rule, "school_in_county");
    assert_eq!(import(&written(&good)).await.unwrap_err().code(), Code::NotFound);
    let regions = ImportRegionsRequest { regions: county.regions.clone(), request_id: "county".to_owned() };
    suite.registry().import_regions(regions).await.unwrap();
    let imported = import(&written(&good)).await.unwrap().into_inner();
    let count = u32::try_from(county.schools.len()).unwrap();
    assert_eq!((imported.changed_count, imported.findings), (Some(count), vec![]), "none of them was written before");
}
