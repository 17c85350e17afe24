//! Drafts and issued reports: what was issued stays byte for byte, and says what it is.

use std::{collections::BTreeSet, io::Cursor};

use calamine::{Data, Reader as _, Xlsx};
use junheng_client::{Client, ClientError};
use junheng_e2e::{County, Database, PATIENCE, Suite, eventually, on_both_databases, run};
use junheng_proto::{
    ingest::v1::{Receipt, WithdrawMonthRequest},
    reporting::v1::{
        GetReportRequest, IssueReportRequest, ListReportsRequest, RenderCountyReportRequest,
        RenderCountyReportResponse, RenderMonthlyStatisticsRequest, Report, ReportFormat,
    },
};
use junheng_store::regions;
use sea_orm::ConnectionTrait as _;
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Status};

use crate::merging::conflict;

on_both_databases!(
    an_issued_report_never_changes,
    a_draft_and_an_issued_report_say_what_they_are,
    a_report_is_issued_once,
    reports_issued_at_the_same_time_each_say_their_own_name,
    what_changes_while_a_report_is_rendered_is_in_it,
    what_was_read_is_issued_or_nothing,
    what_is_out_of_date_is_refused_beside_the_county,
    reports_are_listed_by_county_and_month,
    a_report_that_was_tampered_with_is_not_given,
    the_declaration_form_has_the_countys_figures,
    the_statistics_of_a_month_are_what_was_reported,
    whoever_asks_for_a_report_by_a_standard_not_in_force_is_told_what_to_do,
);

const DOCX: ReportFormat = ReportFormat::Docx;
const HTML: ReportFormat = ReportFormat::Html;

async fn reported(database: Database) -> (Suite, County, Receipt) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    (suite, county, receipt)
}

fn evaluation(county: &County) -> String {
    format!("{}/evaluations/{}.national-quality-2017", county.region, county.month)
}

async fn draft(suite: &Suite, county: &County, format: ReportFormat) -> RenderCountyReportResponse {
    let request = RenderCountyReportRequest { evaluation: evaluation(county), format: format.into() };
    suite.reports().render_county_report(request).await.unwrap().into_inner()
}

fn issue(county: &County, format: ReportFormat, request_id: &str) -> IssueReportRequest {
    IssueReportRequest {
        evaluation: evaluation(county),
        format: format.into(),
        inputs_digest: String::new(),
        request_id: request_id.to_owned(),
    }
}

async fn issued(suite: &Suite, request: IssueReportRequest) -> Result<Report, Status> {
    suite.reports().issue_report(request).await.map(|response| response.into_inner().report.unwrap())
}

async fn get(suite: &Suite, name: &str) -> Result<(Report, Vec<u8>), ClientError> {
    let client = Client::connect(format!("http://{}", suite.reporting_address())).await.unwrap();
    client.get_report(GetReportRequest { name: name.to_owned() }).await.map(|found| (found.report, found.content))
}

async fn list(suite: &Suite, county: &County, month: &str) -> Vec<Report> {
    let request =
        ListReportsRequest { parent: county.region.clone(), month: month.to_owned(), ..ListReportsRequest::default() };
    suite.reports().list_reports(request).await.unwrap().into_inner().reports
}

/// Changes what the county reported, and waits for its evaluation.
async fn corrected(suite: &Suite, county: &County) {
    let mut changed = county.clone();
    changed.school_mut("3121000004").books = Some(12_345);
    changed.school_mut("3121000004").teachers_above_degree_junior = Some(54);
    let receipt = suite.accepted(changed.submission("corrected")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
}

/// What `IssueReport` answers when the draft that was read is out of date.
pub(crate) async fn changed(suite: &Suite, county: &County) -> Status {
    suite.stored_where(&county.region, &county.month, |_| true).await;
    let request = IssueReportRequest { inputs_digest: "00".repeat(32), ..issue(county, HTML, "changed") };
    issued(suite, request).await.unwrap_err()
}

async fn an_issued_report_never_changes(database: Database) {
    let (suite, county, receipt) = reported(database).await;

    let first = issued(&suite, issue(&county, DOCX, "one")).await.unwrap();
    let (described, content) = get(&suite, &first.name).await.unwrap();
    corrected(&suite, &county).await;
    suite.tick();
    let second = issued(&suite, issue(&county, DOCX, "two")).await.unwrap();

    assert_eq!(first.name, format!("{}/reports/1", county.region));
    assert_eq!(described, first);
    assert_eq!((first.evaluation.clone(), first.month.as_str()), (evaluation(&county), "2024-12"));
    assert_eq!((first.submission.clone(), first.revision), (receipt.submission, Some(1)));
    assert_eq!(first.byte_count, Some(content.len() as u64));
    assert_eq!(first.format(), DOCX);
    assert!(
        first.file_name.rsplit_once('.').is_some_and(|(_, extension)| extension == "docx")
            && first.issued_at.is_some()
            && first.evaluated_at.is_some()
    );
    assert_eq!(first.issued_by, "anonymous");
    assert_eq!(get(&suite, &first.name).await.unwrap(), (first.clone(), content));
    assert_eq!((second.name.clone(), second.revision), (format!("{}/reports/2", county.region), Some(2)));
    assert_ne!((&second.digest, &second.inputs_digest), (&first.digest, &first.inputs_digest));
}

async fn a_draft_and_an_issued_report_say_what_they_are(database: Database) {
    let (suite, county, _) = reported(database).await;
    for (format, id) in [(HTML, "html"), (ReportFormat::Markdown, "md")] {
        let read = draft(&suite, &county, format).await;
        let request = IssueReportRequest { inputs_digest: read.inputs_digest.clone(), ..issue(&county, format, id) };
        let report = issued(&suite, request).await.unwrap();
        let (_, content) = get(&suite, &report.name).await.unwrap();

        let (read_text, text) = (String::from_utf8(read.content).unwrap(), String::from_utf8(content).unwrap());
        assert!(read_text.contains("草稿（未签发）") && !read_text.contains("已签发"));
        assert!(!text.contains("草稿") && text.contains(&format!("已签发（{}）", report.name)));
        assert_eq!(report.inputs_digest, read.inputs_digest);
        assert!(text.contains(&report.inputs_digest) && read_text.contains(&report.inputs_digest));
        assert_eq!(report.file_name, read.file_name);
    }
}

async fn a_report_is_issued_once(database: Database) {
    let (suite, county, _) = reported(database.shared()).await;
    let request = issue(&county, HTML, "once");

    let first = issued(&suite, request.clone()).await.unwrap();
    suite.tick();
    let again = issued(&suite, request).await.unwrap();
    let other = issued(&suite, issue(&county, DOCX, "once")).await.unwrap_err();

    assert_eq!(again, first);
    assert_eq!(conflict(&other).1, "REQUEST_ID_REUSED");
    assert_eq!(list(&suite, &county, "").await, std::slice::from_ref(&first));
    if database.url().starts_with("postgres") {
        let rows =
            database.query("SELECT resource, outcome, request_id FROM audit_records WHERE action = 'issue_report'");
        assert_eq!(rows.trim(), format!("{}|accepted|once", first.name));
    }
}

async fn reports_issued_at_the_same_time_each_say_their_own_name(database: Database) {
    let (suite, county, _) = reported(database).await;

    let mut issuing = JoinSet::new();
    for id in ["a", "b", "c", "d", "e", "f"] {
        let (mut reports, request) = (suite.reports(), issue(&county, HTML, id));
        issuing.spawn(async move { reports.issue_report(request).await.unwrap().into_inner().report.unwrap() });
    }
    let reports: Vec<Report> = issuing.join_all().await;

    let mut instants = BTreeSet::new();
    for report in &reports {
        let (described, content) = get(&suite, &report.name).await.unwrap();
        assert_eq!(described, *report);
        let text = String::from_utf8(content).unwrap();
        assert!(text.contains(&format!("已签发（{}）", report.name)), "{} says another name", report.name);
        instants.insert(report.issued_at.map(|at| (at.seconds, at.nanos)));
    }
    let names: BTreeSet<&str> = reports.iter().map(|report| report.name.as_str()).collect();
    assert_eq!((names.len(), instants.len()), (6, 6));
    assert!(names.contains(format!("{}/reports/6", county.region).as_str()), "{names:?}");
}

async fn what_changes_while_a_report_is_rendered_is_in_it(database: Database) {
    let watched = database.shared();
    let (suite, county, _) = reported(database).await;
    let code = county.region.rsplit('/').next().unwrap();
    let held = suite.hold(code).await;
    let (mut reports, request) = (suite.reports(), issue(&county, HTML, "held"));
    let issuing = tokio::spawn(async move { reports.issue_report(request).await });
    // It is rendered, and waits for the county. (On SQLite nobody can see whether it waits already.)
    if watched.url().starts_with("postgres") {
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("the wait for the county", async || (watched.query(waits).trim() == "1").then_some(())).await;
    }

    let mut region = regions::find(&held, &code.parse().unwrap()).await.unwrap().unwrap();
    "改名县".clone_into(&mut region.name);
    regions::upsert(&held, &[region]).await.unwrap();
    held.commit().await.unwrap();

    let report = issuing.await.unwrap().unwrap().into_inner().report.unwrap();
    let (_, content) = get(&suite, &report.name).await.unwrap();
    let text = String::from_utf8(content).unwrap();
    assert!(text.contains("改名县") && text.contains(&report.inputs_digest));
    assert_eq!(draft(&suite, &county, HTML).await.inputs_digest, report.inputs_digest);
}

async fn what_was_read_is_issued_or_nothing(database: Database) {
    let (suite, county, _) = reported(database).await;
    let read = draft(&suite, &county, ReportFormat::Xlsx).await;
    let request =
        IssueReportRequest { inputs_digest: read.inputs_digest, ..issue(&county, ReportFormat::Xlsx, "read") };
    corrected(&suite, &county).await;

    let refused = issued(&suite, request.clone()).await.unwrap_err();

    assert_eq!((refused.code(), conflict(&refused).1.as_str()), (Code::Aborted, "REPORT_INPUTS_CHANGED"));
    assert_eq!(list(&suite, &county, "").await, []);
    let read = draft(&suite, &county, ReportFormat::Xlsx).await;
    issued(&suite, IssueReportRequest { inputs_digest: read.inputs_digest, ..request }).await.unwrap();
}

async fn what_is_out_of_date_is_refused_beside_the_county(database: Database) {
    let (suite, county, _) = reported(database).await;
    let held = suite.hold(county.region.rsplit('/').next().unwrap()).await;

    // Whoever waited for the county would not be answered.
    let refused = timeout(PATIENCE, changed(&suite, &county)).await.unwrap();

    assert_eq!((refused.code(), conflict(&refused).1.as_str()), (Code::Aborted, "REPORT_INPUTS_CHANGED"));
    held.commit().await.unwrap();
}

async fn reports_are_listed_by_county_and_month(database: Database) {
    let (suite, county, _) = reported(database).await;
    let january = suite.accepted(county.submission_for("2025-01", "january")).await;
    suite.stored(&county.region, "2025-01", &january).await;
    let later = County { month: "2025-01".to_owned(), ..county.clone() };
    for (of, id) in [(&county, "a"), (&later, "b"), (&county, "c")] {
        issued(&suite, issue(of, HTML, id)).await.unwrap();
    }

    let names = |reports: &[Report]| reports.iter().map(|report| report.name.clone()).collect::<Vec<_>>();
    let name = |number| format!("{}/reports/{number}", county.region);
    assert_eq!(names(&list(&suite, &county, "").await), [name(3), name(2), name(1)]);
    assert_eq!(names(&list(&suite, &county, "2024-12").await), [name(3), name(1)]);
    assert_eq!(names(&list(&suite, &county, "2025-01").await), [name(2)]);
    let mut request =
        ListReportsRequest { parent: county.region.clone(), page_size: 2, ..ListReportsRequest::default() };
    let first = suite.reports().list_reports(request.clone()).await.unwrap().into_inner();
    request.page_token = first.next_page_token;
    let second = suite.reports().list_reports(request).await.unwrap().into_inner();
    assert_eq!([names(&first.reports), names(&second.reports)], [vec![name(3), name(2)], vec![name(1)]]);
    assert_eq!(second.next_page_token, "");
}

async fn a_report_that_was_tampered_with_is_not_given(database: Database) {
    let (suite, county, _) = reported(database.shared()).await;
    let report = issued(&suite, issue(&county, HTML, "one")).await.unwrap();
    assert!(get(&suite, &report.name).await.is_ok());

    let connection = sea_orm::Database::connect(database.url()).await.unwrap();
    connection.execute_unprepared("UPDATE report_pieces SET content = substr(content, 2)").await.unwrap();
    connection.close().await.unwrap();

    let error = get(&suite, &report.name).await.unwrap_err();
    assert_eq!((error.service().map(|error| error.code), error.reason()), (Some(Code::Internal), Some("INTERNAL")));
}

/// The number beside a text in a sheet of a workbook.
fn beside(content: &[u8], sheet: &str, title: &str, column: usize) -> Data {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(content.to_vec())).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let row =
        range.rows().find(|row| row.iter().any(|cell| matches!(cell, Data::String(text) if text == title))).unwrap();
    row[column].clone()
}

async fn the_declaration_form_has_the_countys_figures(database: Database) {
    let (suite, county, _) = reported(database).await;

    let form = draft(&suite, &county, ReportFormat::Xlsx).await;

    assert!(form.file_name.ends_with("申报表.xlsx"), "{}", form.file_name);
    assert_eq!(form.media_type, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    assert_eq!(beside(&form.content, "表Ⅰ", "小学数", 3), Data::Float(2.0));
    assert_eq!(beside(&form.content, "表Ⅰ", "小学在校学生数", 3), Data::Float(1800.0));
    assert_eq!(beside(&form.content, "表Ⅱ-2（小学）", "第一小学", 5), Data::Float(25.0));
    assert_eq!(beside(&form.content, "表Ⅱ-2（小学）", "第一小学", 9), Data::Float(4.5));
    assert_eq!(beside(&form.content, "表Ⅵ", "有效问卷数", 3), Data::Float(100.0));
    assert_eq!(beside(&form.content, "表Ⅵ", "发放问卷数", 3), Data::String("未报送".to_owned()));
    assert_eq!(beside(&form.content, "表Ⅵ", "问卷调查满意度不低于85%", 3), Data::Float(0.85));
}

async fn the_statistics_of_a_month_are_what_was_reported(database: Database) {
    let (suite, county, receipt) = reported(database).await;
    let request = || RenderMonthlyStatisticsRequest { region: county.region.clone(), month: county.month.clone() };

    let statistics = suite.reports().render_monthly_statistics(request()).await.unwrap().into_inner();

    assert_eq!((&statistics.submission, &statistics.content_digest), (&receipt.submission, &receipt.content_digest));
    assert_eq!(statistics.file_name, "达标县-2024-12-统计报表.xlsx");
    assert_eq!(beside(&statistics.content, "分类汇总", "小学在校生", 6), Data::Float(1800.0));
    assert_eq!(beside(&statistics.content, "学生和班级", "第一小学", 6), Data::Float(1000.0));
    assert_eq!(beside(&statistics.content, "县级指标", "特殊教育公用经费", 3), Data::Float(80_000.0));
    let withdrawal = WithdrawMonthRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        reason: "误报".to_owned(),
        base_revision: None,
        request_id: "withdraw".to_owned(),
    };
    suite.submissions().withdraw_month(withdrawal).await.unwrap();
    let none = suite.reports().render_monthly_statistics(request()).await.unwrap_err();
    assert_eq!((none.code(), conflict(&none).1.as_str()), (Code::NotFound, "MONTH_NOT_REPORTED"));
}

async fn whoever_asks_for_a_report_by_a_standard_not_in_force_is_told_what_to_do(database: Database) {
    let (suite, county, _) = reported(database).await;
    let (code, server) = (county.region[8..].to_owned(), format!("http://{}", suite.reporting_address()));
    let month = county.month.clone();
    let asked = move || {
        let standard = "national-basic-2012";
        run(&["report", &code, "--month", &month, "--standard", standard, "--format", "md", "--server", &server])
    };

    let output = tokio::task::spawn_blocking(asked).await.unwrap();

    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for text in [
        format!("junheng standards in-force list {} --month {}", &county.region[8..], county.month),
        format!("junheng standards in-force set {} national-basic-2012 --from {}", &county.region[8..], county.month),
        "现在的标准也须在同一级施行".to_owned(),
    ] {
        assert!(told.contains(&text), "{text}: {told}");
    }
}
