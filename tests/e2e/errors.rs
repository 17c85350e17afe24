//! Every reason of an error status: its code, and what a program and a person read.

use std::collections::BTreeSet;

use junheng_e2e::{County, Database, Setup, Suite, on_both_databases};
use junheng_proto::{
    common::v1::ErrorReason,
    evaluation::v1::{
        EvaluateCountyRequest, EvaluateProvinceRequest, GetEvaluationRequest, GetProvinceSummaryRequest,
        GetStandardRequest, ListEvaluationsRequest, RegisterStandardRequest,
    },
    ingest::v1::{
        GetSubmissionRequest, ImportFileHeader, ImportSchoolsRequest, ListSchoolsRequest, ListSubmissionsRequest,
        SchoolFacts, SubmitMonthRequest, SubmitMonthsRequest,
    },
    reporting::v1::{
        GetReportRequest, IssueReportRequest, ListReportsRequest, RenderCountyReportRequest,
        RenderMonthlyStatisticsRequest,
    },
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

on_both_databases!(
    every_reason_that_a_caller_can_meet_is_told_in_full,
    a_name_of_any_length_is_answered_within_four_kibibytes,
    a_name_with_a_nul_character_is_answered_alike_by_both_databases,
    a_call_that_ran_out_of_time_can_be_repeated,
);

/// Proxies cut what is larger.
const DETAILS_BYTES: usize = 4096;

/// Holds a status against what every status must carry; gives its reason.
fn told(status: &Status) -> String {
    assert!(status.details().len() <= DETAILS_BYTES, "{} bytes of details", status.details().len());
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "junheng");
    assert!(ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason)).is_some(), "{}", info.reason);
    let localized = details.localized_message().unwrap();
    assert_eq!(localized.locale, "zh-CN");
    assert!(localized.message.chars().any(|character| ('\u{4e00}'..'\u{9fff}').contains(&character)));
    assert_eq!(details.retry_info().is_some(), status.code() == Code::Unavailable, "{status:?}");
    let of_a_resource =
        matches!(status.code(), Code::NotFound | Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition);
    assert_eq!(info.metadata.contains_key("resource"), of_a_resource, "{status:?}");
    info.reason.clone()
}

pub(super) fn assert_told(status: &Status, code: Code, reason: ErrorReason) {
    let name = reason.as_str_name().strip_prefix("ERROR_REASON_").unwrap();
    assert_eq!((status.code(), told(status).as_str()), (code, name), "{status:?}");
}

async fn every_reason_that_a_caller_can_meet_is_told_in_full(database: Database) {
    use ErrorReason as Reason;
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    let mut met = BTreeSet::new();
    let mut expect = |status: Status, code: Code, reason: Reason| {
        assert_told(&status, code, reason);
        met.insert(reason.as_str_name());
    };

    expect(suite.submit(county.submission("")).await.unwrap_err(), Code::InvalidArgument, Reason::InvalidField);
    let reused = county.submission_for("2025-01", "first");
    expect(suite.submit(reused).await.unwrap_err(), Code::InvalidArgument, Reason::RequestIdReused);
    for status in missing_resources(&suite).await {
        expect(status, Code::NotFound, Reason::ResourceMissing);
    }
    let not_reported = suite.evaluate(&county.region, "2000-01", None).await.unwrap_err();
    expect(not_reported, Code::NotFound, Reason::MonthNotReported);
    let request = GetStandardRequest { name: "standards/none".to_owned() };
    let no_standard = suite.standards().get_standard(request).await.unwrap_err();
    expect(no_standard, Code::NotFound, Reason::StandardMissing);

    let document =
        suite.standards().get_standard(GetStandardRequest { name: "standards/national-quality-2017".to_owned() }).await;
    let document = document.unwrap().into_inner().standard.unwrap().document;
    let request = RegisterStandardRequest { document, request_id: "taken".to_owned(), validate_only: false };
    let taken = suite.standards().register_standard(request).await.unwrap_err();
    expect(taken, Code::AlreadyExists, Reason::StandardIdTaken);

    expect(crate::reports::changed(&suite, &county).await, Code::Aborted, Reason::ReportInputsChanged);
    for (status, code, reason) in crate::acknowledgements::unwanted(&suite, &county).await {
        expect(status, code, reason);
    }
    let header = ImportFileHeader { submission: Some(county.submission("files")), annotate: false };
    let too_large = suite.import(header, &[("a.csv", &vec![b'1'; (16 << 20) + 1])]).await.unwrap_err();
    expect(too_large, Code::ResourceExhausted, Reason::FileTooLarge);

    let (suite, not_allowed) = crate::access::not_allowed(suite).await;
    expect(not_allowed, Code::PermissionDenied, Reason::RoleNotAllowed);

    let suite = suite.restart_with(limited(|setup| setup.limits.max_message_bytes = 1000)).await;
    let too_large = suite.submit(county.submission("large")).await.unwrap_err();
    expect(too_large, Code::ResourceExhausted, Reason::MessageTooLarge);

    let suite = suite.restart_with(limited(|setup| setup.limits.concurrency = 1)).await;
    let (open, messages) = tokio::sync::mpsc::channel::<SubmitMonthsRequest>(1);
    let _answers = suite.submissions().submit_months(ReceiverStream::new(messages)).await.unwrap();
    let overloaded = suite.submit(county.submission("busy")).await.unwrap_err();
    expect(overloaded, Code::Unavailable, Reason::Overloaded);
    drop(open);

    let suite = suite.restart_with(limited(|setup| setup.limits.default_deadline_ms = 1)).await;
    let late = suite.submit(large(&county).submission("late")).await.unwrap_err();
    expect(late, Code::DeadlineExceeded, Reason::DeadlineExceeded);

    let suite = suite.restart_with(Setup::default()).await;
    suite.lose_database().await;
    let lost = suite.submit(county.submission("lost")).await.unwrap_err();
    expect(lost, Code::Unavailable, Reason::StoreUnavailable);

    let suite = suite.restart().await;
    let mut health = HealthClient::new(suite.ingest_channel());
    let mut watched = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    suite.ask_to_stop();
    let stopping = loop {
        if let Err(status) = watched.message().await {
            break status;
        }
    };
    expect(stopping, Code::Unavailable, Reason::Stopping);

    // INTERNAL is a defect of ours, which no caller can order.
    let all = (1..100).filter_map(|value| Reason::try_from(value).ok()).filter(|reason| *reason != Reason::Internal);
    assert_eq!(met, all.map(|reason| reason.as_str_name()).collect());
}

/// The county with so many schools that reading them alone takes milliseconds.
fn large(county: &County) -> County {
    let mut large = county.clone();
    for number in 0..1500 {
        let facts = SchoolFacts { school_code: format!("219900{number:04}"), ..county.facts[0].clone() };
        large.add("211", "示例小学", facts);
    }
    large
}

fn limited(limit: impl FnOnce(&mut Setup)) -> Setup {
    let mut setup = Setup::default();
    limit(&mut setup);
    setup
}

/// A county that is not registered, and everything that could be below it.
async fn missing_resources(suite: &Suite) -> Vec<Status> {
    let region = || "regions/999999".to_owned();
    let evaluation = || format!("{}/evaluations/2024-12.national-quality-2017", region());
    let county = County::met_at("999999", "99");
    let schools = ImportSchoolsRequest {
        parent: region(),
        schools: county.schools.clone(),
        request_id: "none".to_owned(),
        ..ImportSchoolsRequest::default()
    };
    vec![
        suite.submit(county.submission("none")).await.unwrap_err(),
        suite.submit(SubmitMonthRequest { validate_only: true, ..county.submission("") }).await.unwrap_err(),
        suite.registry().import_schools(schools).await.unwrap_err(),
        suite
            .registry()
            .list_schools(ListSchoolsRequest { parent: region(), ..ListSchoolsRequest::default() })
            .await
            .unwrap_err(),
        suite
            .submissions()
            .get_submission(GetSubmissionRequest { name: format!("{}/submissions/2024-12.1", region()) })
            .await
            .unwrap_err(),
        suite
            .submissions()
            .list_submissions(ListSubmissionsRequest { parent: region(), ..ListSubmissionsRequest::default() })
            .await
            .unwrap_err(),
        suite.evaluate(&region(), "2024-12", None).await.unwrap_err(),
        suite.evaluations().get_evaluation(GetEvaluationRequest { name: evaluation() }).await.unwrap_err(),
        suite
            .evaluations()
            .list_evaluations(ListEvaluationsRequest { parent: region(), ..ListEvaluationsRequest::default() })
            .await
            .unwrap_err(),
        suite
            .evaluations()
            .get_province_summary(GetProvinceSummaryRequest {
                region: region(),
                month: "2024-12".to_owned(),
                standard: String::new(),
            })
            .await
            .unwrap_err(),
        suite
            .evaluations()
            .evaluate_province(EvaluateProvinceRequest {
                region: region(),
                month: "2024-12".to_owned(),
                ..EvaluateProvinceRequest::default()
            })
            .await
            .unwrap_err(),
        suite
            .reports()
            .render_county_report(RenderCountyReportRequest { evaluation: evaluation(), format: 0 })
            .await
            .unwrap_err(),
        suite
            .reports()
            .issue_report(IssueReportRequest {
                evaluation: evaluation(),
                request_id: "none".to_owned(),
                ..IssueReportRequest::default()
            })
            .await
            .unwrap_err(),
        suite
            .reports()
            .list_reports(ListReportsRequest { parent: region(), ..ListReportsRequest::default() })
            .await
            .unwrap_err(),
        suite.reports().get_report(GetReportRequest { name: format!("{}/reports/1", region()) }).await.unwrap_err(),
        suite
            .reports()
            .render_monthly_statistics(RenderMonthlyStatisticsRequest { region: region(), month: "2024-12".to_owned() })
            .await
            .unwrap_err(),
    ]
}

pub(super) fn assert_fields(status: &Status, wanted: &[&str]) {
    assert_told(status, Code::InvalidArgument, ErrorReason::InvalidField);
    let fields: BTreeSet<_> =
        status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect();
    assert_eq!(fields, wanted.iter().map(|&field| field.to_owned()).collect());
    let localized = status.get_details_localized_message().unwrap().message;
    assert!(wanted.iter().all(|field| localized.contains(field)), "{localized}");
}

/// What a caller gets for the name of a standard, wherever one can stand.
async fn answers(suite: &Suite, county: &County, standard: &str) -> Vec<Status> {
    let evaluation = format!("{}/evaluations/{}.{standard}", county.region, county.month);
    let request = EvaluateCountyRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        standard: format!("standards/{standard}"),
        as_of: None,
    };
    let page_token = format!("{}.{standard}", county.month);
    let page = ListEvaluationsRequest { parent: county.region.clone(), page_token, ..Default::default() };
    let named = GetStandardRequest { name: format!("standards/{standard}") };
    let answers = [
        suite.standards().get_standard(named).await.err(),
        suite.evaluations().evaluate_county(request).await.err(),
        suite.evaluations().get_evaluation(GetEvaluationRequest { name: evaluation.clone() }).await.err(),
        suite.evaluations().list_evaluations(page).await.err(),
        suite.reports().render_county_report(RenderCountyReportRequest { evaluation, format: 0 }).await.err(),
    ];
    answers.into_iter().flatten().collect()
}

fn assert_no_fault_of_ours(statuses: &[Status]) {
    assert!(!statuses.is_empty());
    for status in statuses {
        assert!(matches!(status.code(), Code::NotFound | Code::InvalidArgument), "{status:?}");
        told(status);
    }
}

async fn a_name_of_any_length_is_answered_within_four_kibibytes(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    for length in [100, 1000, 5000, 100_000] {
        let mut found = answers(&suite, &county, &"x".repeat(length)).await;
        let name = format!("{}/submissions/{}.{}1", county.region, county.month, "0".repeat(length));
        found.extend(suite.submissions().get_submission(GetSubmissionRequest { name }).await.err());
        assert_no_fault_of_ours(&found);
    }
}

async fn a_name_with_a_nul_character_is_answered_alike_by_both_databases(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let found = answers(&suite, &county, "a\0b").await;

    assert_no_fault_of_ours(&found);
}

async fn a_call_that_ran_out_of_time_can_be_repeated(database: Database) {
    let idle = |default_deadline_ms| {
        let mut setup = Setup { working: false, ..Setup::default() };
        setup.limits.default_deadline_ms = default_deadline_ms;
        setup
    };
    let county = large(&County::met()).acknowledging(&["copied_schools", "round_numbers", "threshold_bunching"]);
    let suite = Suite::start_with(database, idle(30_000)).await;
    suite.register(&county).await;
    let suite = suite.restart_with(idle(1)).await;
    for _ in 0..5 {
        let late = suite.submit(county.submission("once")).await.unwrap_err();
        assert_told(&late, Code::DeadlineExceeded, ErrorReason::DeadlineExceeded);
    }

    let suite = suite.restart_with(idle(30_000)).await;
    let receipt = suite.accepted(county.submission("once")).await;

    assert_eq!(receipt.revision, Some(1));
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions;
    assert_eq!(listed.len(), 1);
}
