//! Every wrong field of a request is told at once, however many there are.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::ErrorReason,
    evaluation::v1::{
        CompareEvaluationsRequest, ComparedVerdict, EvaluateCountyRequest, GetEvaluationRequest, GetStandardRequest,
        ListStandardsRequest, SimulateCountyRequest,
    },
    ingest::v1::{
        CountyItem, GetSubmissionRequest, ImportRegionsRequest, ImportSchoolsRequest, ListRegionsRequest,
        ListSchoolsRequest, ListSubmissionsRequest, Region, School, SubmitMonthRequest,
    },
    reporting::v1::{
        GetReportRequest, IssueReportRequest, ListReportsRequest, RenderCountyReportRequest,
        RenderMonthlyStatisticsRequest,
    },
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::errors::{assert_fields, assert_told};

on_both_databases!(
    a_request_names_all_its_wrong_fields_at_once,
    a_request_about_reports_names_all_its_wrong_fields_at_once,
    thousands_of_wrong_fields_are_told_within_four_kibibytes,
);

async fn a_request_names_all_its_wrong_fields_at_once(database: Database) {
    let suite = Suite::start(database).await;
    let long = "长".repeat(2001);
    let text = |text: &str| text.to_owned();
    let (mut registry, mut submissions) = (suite.registry(), suite.submissions());
    let (mut evaluations, mut standards) = (suite.evaluations(), suite.standards());

    let status = registry
        .import_regions(ImportRegionsRequest {
            regions: vec![
                Region { name: text("21"), ..Region::default() },
                Region { name: text("regions/210000"), display_name: text("省"), ..Region::default() },
                Region {
                    name: text("regions/210000"),
                    display_name: long.clone(),
                    parent: text("x"),
                    data_note: text("a\0b"),
                    ..Region::default()
                },
            ],
            request_id: text("a b"),
        })
        .await
        .unwrap_err();
    assert_fields(
        &status,
        &[
            "request_id",
            "regions[0].name",
            "regions[0].display_name",
            "regions[2].name",
            "regions[2].parent",
            "regions[2].display_name",
            "regions[2].data_note",
        ],
    );

    let request = ListRegionsRequest { parent: text("x"), page_size: -1, page_token: text("x") };
    let status = registry.list_regions(request).await.unwrap_err();
    assert_fields(&status, &["parent", "page_size", "page_token"]);

    let schools = vec![
        School { name: text("regions/210922/schools/3121000001"), group: text("\0"), ..School::default() },
        School { name: text("x"), display_name: text("校"), ..School::default() },
    ];
    let request = ImportSchoolsRequest {
        parent: text("regions/210921"),
        schools,
        request_id: "x".repeat(65),
        ..ImportSchoolsRequest::default()
    };
    let status = registry.import_schools(request).await.unwrap_err();
    assert_fields(
        &status,
        &["request_id", "schools[0].name", "schools[0].display_name", "schools[0].group", "schools[1].name"],
    );
    let empty = ImportSchoolsRequest::default();
    let request = ImportSchoolsRequest { parent: text("x"), request_id: text("x"), effective_on: text("x"), ..empty };
    assert_fields(&registry.import_schools(request).await.unwrap_err(), &["parent", "schools", "effective_on"]);

    let empty = ListSchoolsRequest::default();
    let request = ListSchoolsRequest { page_size: -1, page_token: text("x"), as_of_date: text("x"), ..empty };
    let status = registry.list_schools(request).await.unwrap_err();
    assert_fields(&status, &["parent", "page_size", "page_token", "as_of_date"]);

    let request =
        SubmitMonthRequest { region: text("210922"), month: text("2024-13"), ..SubmitMonthRequest::default() };
    let status = suite.submit(request).await.unwrap_err();
    assert_fields(&status, &["region", "month", "request_id", "schools"]);
    let request = SubmitMonthRequest {
        region: text("regions/210922"),
        month: text("1900-01"),
        request_id: text("é"),
        items: vec![CountyItem { evidence: long, declared_by: text("\0"), ..CountyItem::default() }],
        ..SubmitMonthRequest::default()
    };
    let status = suite.submit(request).await.unwrap_err();
    assert_fields(&status, &["month", "request_id", "items[0].declared_by", "items[0].evidence"]);

    let status = submissions.get_submission(GetSubmissionRequest { name: text("x") }).await.unwrap_err();
    assert_fields(&status, &["name"]);
    let request = ListSubmissionsRequest { parent: text("x"), month: text("x"), page_size: -1, page_token: text("x") };
    let status = submissions.list_submissions(request).await.unwrap_err();
    assert_fields(&status, &["parent", "month", "page_size", "page_token"]);

    let as_of = Some(junheng_proto::Timestamp { seconds: i64::MAX, nanos: -1 });
    let request = EvaluateCountyRequest { region: text("x"), month: text("x"), standard: text("x"), as_of };
    let status = evaluations.evaluate_county(request).await.unwrap_err();
    assert_fields(&status, &["region", "month", "standard", "as_of"]);
    let (region, month, standard) = (text("x"), text("x"), text("x"));
    let request = SimulateCountyRequest { region, month, standard, as_of, changes: vec![] };
    let status = evaluations.simulate_county(request).await.unwrap_err();
    assert_fields(&status, &["region", "month", "standard", "as_of"]);
    let before = Some(ComparedVerdict { month: text("x"), standard: text("x"), as_of });
    let request = CompareEvaluationsRequest { region: text("x"), before, after: None };
    let status = evaluations.compare_evaluations(request).await.unwrap_err();
    assert_fields(&status, &["region", "before.month", "before.standard", "before.as_of", "after.month"]);
    let status = evaluations.get_evaluation(GetEvaluationRequest { name: text("x") }).await.unwrap_err();
    assert_fields(&status, &["name"]);

    let status = standards.get_standard(GetStandardRequest { name: text("x") }).await.unwrap_err();
    assert_fields(&status, &["name"]);
    let request = ListStandardsRequest { page_size: -1, page_token: String::new() };
    assert_fields(&standards.list_standards(request).await.unwrap_err(), &["page_size"]);
}

async fn a_request_about_reports_names_all_its_wrong_fields_at_once(database: Database) {
    let suite = Suite::start(database).await;
    let mut reports = suite.reports();
    let text = |text: &str| text.to_owned();

    let request = RenderCountyReportRequest { evaluation: text("x"), format: 99 };
    assert_fields(&reports.render_county_report(request).await.unwrap_err(), &["evaluation", "format"]);
    let request = IssueReportRequest { evaluation: text("x"), format: 99, ..IssueReportRequest::default() };
    assert_fields(&reports.issue_report(request).await.unwrap_err(), &["evaluation", "format", "request_id"]);
    let request = ListReportsRequest { parent: text("x"), month: text("13"), page_size: -1, page_token: text("first") };
    let wrong = ["parent", "month", "page_size", "page_token"];
    assert_fields(&reports.list_reports(request).await.unwrap_err(), &wrong);
    let request = GetReportRequest { name: text("regions/210922/reports/-1") };
    assert_fields(&reports.get_report(request).await.unwrap_err(), &["name"]);
    let request = RenderMonthlyStatisticsRequest { region: text("x"), month: text("2024-13") };
    assert_fields(&reports.render_monthly_statistics(request).await.unwrap_err(), &["region", "month"]);
}

async fn thousands_of_wrong_fields_are_told_within_four_kibibytes(database: Database) {
    let suite = Suite::start(database).await;
    let regions = vec![Region { name: "x".to_owned(), data_note: "\0".to_owned(), ..Region::default() }; 5000];
    let items = vec![
        CountyItem {
            item: "\0".to_owned(),
            operand: "\0".to_owned(),
            declared_by: "\0".to_owned(),
            evidence: "\0".to_owned(),
            ..CountyItem::default()
        };
        1000
    ];

    let request = ImportRegionsRequest { regions, request_id: "many".to_owned() };
    let of_regions = suite.registry().import_regions(request).await.unwrap_err();
    let of_items = suite.submit(SubmitMonthRequest { items, ..County::met().submission("many") }).await.unwrap_err();

    for status in [of_regions, of_items] {
        assert_told(&status, Code::InvalidArgument, ErrorReason::InvalidField);
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert!(violations.len() >= 20);
        assert!(violations.last().unwrap().description.contains("more"), "the rest is counted");
    }
}
