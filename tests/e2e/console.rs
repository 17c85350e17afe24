//! The console over HTTP: what it answers, what it refuses, and that nothing from data becomes markup.

use junheng_e2e::{
    County, Database, Program, Setup, Suite, eventually,
    http::{Answer, ask, get},
    on_both_databases,
    suite::{connect, find_stored, register},
};
use junheng_proto::{
    evaluation::v1::evaluation_service_client::EvaluationServiceClient,
    ingest::v1::{registry_service_client::RegistryServiceClient, submission_service_client::SubmissionServiceClient},
    reporting::v1::{
        GetProvinceOverviewRequest, GetReportRequest, IssueReportRequest, ReportFormat, YearTarget,
        get_report_response::Part,
    },
};
use junheng_runtime::config::TargetsConfig;

on_both_databases!(
    every_page_is_shown_and_confined,
    what_is_not_there_is_not_found_and_told_in_chinese,
    only_reading_is_possible_and_only_from_this_machine,
    names_never_become_markup,
    units_are_filtered_and_sorted_by_the_address,
    assets_are_kept_for_ever_and_pages_are_not,
    reports_are_downloaded,
    issued_reports_are_listed_and_downloaded_byte_for_byte,
    an_indicator_is_drawn_over_the_months,
    refused_and_withdrawn_months_are_told,
    an_empty_database_has_a_first_page,
    an_address_without_a_region_leads_to_the_only_one,
    a_provinces_targets_are_shown_without_being_asked_for,
);

const HOSTILE: &str = "<script>alert(1)</script>";

pub(crate) async fn reported(database: Database) -> (Suite, County) {
    let (suite, mut county) = (Suite::start(database).await, County::zhangwu());
    HOSTILE.clone_into(&mut county.schools[1].display_name);
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    (suite, county)
}

pub(crate) async fn page(suite: &Suite, path: &str) -> Answer {
    let answer = get(suite.console_address(), path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

async fn every_page_is_shown_and_confined(database: Database) {
    let (suite, _county) = reported(database).await;

    for (path, expected) in [
        ("/regions/210000", "辽宁省2024年12月总览"),
        ("/regions/210900", "差异系数热力图"),
        ("/regions/210922?month=2024-12&standard=national-quality-2017", "0.409"),
        ("/regions/210922/schools/3121000001", "四堡子九年制学校"),
        ("/regions/210922/submissions/2024-12.1", "已接收"),
        ("/regions/210922/inflow", "迟报"),
        ("/regions/210900/findings", "按检查规则统计"),
        ("/regions/210000/inflow", "彰武县"),
        ("/regions/210000/findings", "彰武县"),
        ("/regions/210900/comparison", "请选择"),
        ("/regions/210922/series", "差异系数"),
        ("/standards", "national-basic-2012"),
        ("/standards/national-quality-2017", "教督"),
        ("/differences?before=national-basic-2012&after=national-quality-2017", "仅后者有"),
    ] {
        let answer = page(&suite, path).await;
        assert!(answer.text().contains(expected), "{path} does not show {expected}");
        assert!(answer.text().contains("<html lang=\"zh-CN\">"), "{path}");
        assert_confined(&answer, path);
        let noted = answer.text().contains("数据说明") || path.starts_with("/standards") || path.starts_with("/diff");
        assert!(noted, "{path} does not say what the figures are");
    }
}

fn assert_confined(answer: &Answer, path: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{path}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    let text = answer.text();
    let (inline, elsewhere) = (text.contains(" style=") || text.contains("<style"), text.contains("href=\"http"));
    assert!(!inline && !elsewhere, "{path} has a style of its own, or leads elsewhere");
}

async fn what_is_not_there_is_not_found_and_told_in_chinese(database: Database) {
    let (suite, _county) = reported(database).await;

    for path in [
        "/nothing",
        "/regions/999999",
        "/regions/x",
        "/regions/210922?month=2020-01",
        "/regions/210922?month=soon",
        "/regions/210922?standard=unknown",
        "/regions/210922/schools/9999999999",
        "/regions/210922/schools/x",
        "/regions/210900/schools/3121000001",
        "/regions/210922/submissions/2024-12.9",
        "/regions/210922/submissions/2024-12.-1",
        "/regions/210922/drafts/2024-12.national-quality-2017.exe",
        "/regions/210922/drafts/2024-11.national-quality-2017.docx",
        "/regions/210922/reports/2024-12.national-quality-2017.docx",
        "/regions/210922/inflow?to=0",
        "/regions/210000/findings?month=2024-13",
        "/standards/unknown",
        "/differences?before=national-basic-2012",
        "/assets/console.css",
    ] {
        let answer = get(suite.console_address(), path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert!(answer.text().contains("没有找到"), "{path}");
        // Where it is the choice that is not there, the page without it is one step away.
        let again = answer.text().contains("<a href=\"?\">");
        assert_eq!(again, path.contains('?') && !path.starts_with("/differences"), "{path}");
        assert_confined(&answer, path);
    }
    for path in ["/regions/%ff", "/regions/210922?month=2024-12&month=2024-11"] {
        let answer = get(suite.console_address(), path).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.text().contains("网址"), "{path}");
        assert_confined(&answer, path);
    }
}

async fn only_reading_is_possible_and_only_from_this_machine(database: Database) {
    let (suite, _county) = reported(database).await;
    let address = suite.console_address();
    let host = address.to_string();

    let got = get(address, "/regions/210922").await;
    let head = ask(address, "HEAD", "/regions/210922", &host).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(got.body.len().to_string().as_str()));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = ask(address, method, "/", &host).await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.text().contains("只供查看"), "{method}");
    }
    // A name of another site that leads here is not answered: as nobody is asked who they are, its pages could read ours.
    for host in ["example.com", "127.0.0.1.example.com", "localhost.example.com:8080", ""] {
        let answer = ask(address, "GET", "/regions/210922", host).await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.text().contains("辽宁省"), "{host}");
        assert_confined(&answer, host);
    }
    for host in ["localhost", "LOCALHOST:1", "[::1]:8080", "127.0.0.1"] {
        assert_eq!(ask(address, "GET", "/standards", host).await.status, 200, "{host}");
    }
}

async fn names_never_become_markup(database: Database) {
    let (suite, county) = reported(database).await;
    let code = county.schools[1].name.rsplit('/').next().unwrap();

    for path in ["/regions/210922", &format!("/regions/210922/schools/{code}")] {
        let answer = page(&suite, path).await;
        assert!(!answer.text().contains(HOSTILE), "{path}");
        assert!(answer.text().contains("&#60;script&#62;alert(1)"), "{path}");
    }
    let searched = page(&suite, "/regions/210922?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!searched.text().contains(HOSTILE));
    assert!(searched.text().contains("没有符合条件的数据"));
}

async fn units_are_filtered_and_sorted_by_the_address(database: Database) {
    let (suite, _county) = reported(database).await;
    let units = async |query: &str| {
        let answer = page(&suite, &format!("/regions/210922?{query}")).await;
        let table = answer.text().split("id=\"unit-table\"").nth(1).unwrap().split("</table>").next().unwrap();
        let rows = table.split("<tbody>").nth(1).unwrap().split("<tr>").skip(1);
        rows.map(|row| row.split("schools/").nth(1).unwrap()[..10].to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(units("").await.len(), 54);
    assert_eq!(units("stage=junior&verdict=short").await, ["3121000001", "3121000029", "3121000030"]);
    let named = units("stage=junior&q=%E5%9B%9B%E5%A0%A1%E5%AD%90").await;
    assert_eq!(named, ["3121000001"]);
    let (up, mut down) = (units("stage=primary&sort=pupils").await, units("stage=primary&sort=-pupils").await);
    assert_eq!(up.len(), 28);
    assert_ne!(up.first(), down.first());
    down.sort_unstable();
    let mut sorted = up.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, down);
}

async fn assets_are_kept_for_ever_and_pages_are_not(database: Database) {
    let suite = Suite::start(database).await;
    let first = page(&suite, "/standards").await;
    let assets: Vec<&str> = first.text().split('"').filter(|part| part.starts_with("/assets/")).collect();

    assert_eq!(assets.len(), 2);
    for asset in assets {
        let answer = page(&suite, asset).await;
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("content-type").unwrap().starts_with("text/"));
    }
}

async fn reports_are_downloaded(database: Database) {
    let (suite, _county) = reported(database).await;

    for (extension, starts) in [("docx", b"PK".as_slice()), ("html", b"<!DOCTYPE html>"), ("md", b"#"), ("xlsx", b"PK")]
    {
        let path = format!("/regions/210922/drafts/2024-12.national-quality-2017.{extension}");
        let answer = page(&suite, &path).await;
        assert!(answer.body.starts_with(starts), "{extension}");
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment; filename=\"210922-2024-12."), "{disposition}");
        assert!(disposition.contains("filename*=UTF-8''%E5%BD%B0%E6%AD%A6%E5%8E%BF"), "{disposition}");
    }
}

/// The content of an issued report as the API streams it.
async fn streamed(suite: &Suite, name: &str) -> Vec<u8> {
    let mut parts = suite.reports().get_report(GetReportRequest { name: name.to_owned() }).await.unwrap().into_inner();
    let mut content = vec![];
    while let Some(part) = parts.message().await.unwrap() {
        if let Some(Part::Chunk(chunk)) = part.part {
            content.extend(chunk);
        }
    }
    content
}

async fn issued_reports_are_listed_and_downloaded_byte_for_byte(database: Database) {
    let (suite, county) = reported(database).await;
    assert!(page(&suite, "/regions/210922").await.text().contains("本月尚无已签发的报告"));
    for (number, format) in (1..).zip([ReportFormat::Docx, ReportFormat::Html, ReportFormat::Xlsx]) {
        let request = IssueReportRequest {
            evaluation: "regions/210922/evaluations/2024-12.national-quality-2017".to_owned(),
            format: format.into(),
            request_id: format!("issue-{number}"),
            ..IssueReportRequest::default()
        };
        let report = suite.reports().issue_report(request).await.unwrap().into_inner().report.unwrap();
        assert_eq!(report.name, format!("{}/reports/{number}", county.region));

        let answer = page(&suite, &format!("/{}", report.name)).await;
        assert_eq!(answer.body, streamed(&suite, &report.name).await);
        assert_eq!(answer.header("content-type"), Some(report.media_type.as_str()));
        assert_eq!(answer.body.len() as u64, report.byte_count.unwrap());
        let listed = page(&suite, "/regions/210922").await;
        assert!(listed.text().contains(&report.digest) && listed.text().contains(&format!("\"/{}\"", report.name)));
    }
    for path in ["/regions/210922/reports/4", "/regions/210901/reports/1", "/regions/210922/reports/01x"] {
        assert_eq!(get(suite.console_address(), path).await.status, 404, "{path}");
    }
}

async fn an_indicator_is_drawn_over_the_months(database: Database) {
    let (suite, county) = reported(database).await;
    let single = page(&suite, "/regions/210922").await;
    assert!(!single.text().contains("spread-title"), "a single month is no line");
    assert!(single.text().contains("lorenz-1-title") && single.text().contains("（洛伦兹曲线）"));
    let receipt = suite.accepted(county.submission_for("2024-11", "november")).await;
    suite.stored(&county.region, "2024-11", &receipt).await;

    let text = |answer: Answer| answer.text().to_owned();
    let composed = text(page(&suite, "/regions/210922?month=2024-12&indicator=L4").await);
    assert!(composed.contains("各月L4 ") && composed.contains("<option value=\"L4\" selected>"), "{composed}");
    let other = text(page(&suite, "/regions/210922?month=2024-12&indicator=unknown").await);
    // Nothing but the links to the tables, which keep the address, repeats it.
    assert!(
        other.contains("spread-title") && !other.replace("&#38;indicator=unknown&#38;table=", "").contains("unknown")
    );
}

async fn refused_and_withdrawn_months_are_told(database: Database) {
    let (suite, county) = reported(database).await;
    let mut wrong = county.submission_for("2025-01", "january");
    wrong.schools[0].school_code = "3121009999".to_owned();
    suite.refused(wrong).await;

    let inflow = page(&suite, "/regions/210922/inflow?to=2025-01").await;
    assert!(inflow.text().contains("仅有退回"));
    let findings = page(&suite, "/regions/210922/findings?month=2025-01").await;
    assert!(findings.text().contains("已退回") && findings.text().contains("错误"));
    let submission = page(&suite, "/regions/210922/submissions/2025-01.1").await;
    assert!(submission.text().contains("3121009999"));
    assert!(submission.text().contains("改正后重新报送"), "a refusal does not say what to do");
    // The school is not registered: there is no way to it.
    assert!(!submission.text().contains("/schools/3121009999"));
    let county = page(&suite, "/regions/210922").await;
    assert!(
        county.text().contains("2025年1月的报送有错误，已退回"),
        "an older month is shown as if it were the newest"
    );
    assert!(county.text().contains("href=\"/regions/210922/submissions/2025-01.1\""));
    assert!(!page(&suite, "/regions/210922/schools/3121000001").await.text().contains("class=\"later\""));
    let calendar = page(&suite, "/regions/210922/inflow").await;
    assert!(calendar.text().contains("2025年1月"), "the calendar ends before what was refused");
    // The month has no evaluation, and the one before is not shown in its place.
    assert_eq!(get(suite.console_address(), "/regions/210922?month=2025-01").await.status, 404);
}

async fn an_empty_database_has_a_first_page(database: Database) {
    let suite = Suite::start(database).await;

    for (path, expected) in [("/", "尚未登记行政区划"), ("/findings", "尚无报送数据"), ("/inflow", "没有符合条件")]
    {
        assert!(page(&suite, path).await.text().contains(expected), "{path}");
    }
    let county = County::zhangwu();
    suite.register(&county).await;
    for (path, expected) in [("/regions/210000", "尚无评估结果"), ("/regions/210922", "尚无评估结果")] {
        assert!(page(&suite, path).await.text().contains(expected), "{path}");
    }
    let school = page(&suite, "/regions/210922/schools/3121000001").await;
    assert!(school.text().contains("尚无评估结果") && school.text().contains("学校沿革"));
}

async fn an_address_without_a_region_leads_to_the_only_one(database: Database) {
    let (suite, _county) = reported(database).await;

    for (path, to) in [
        ("/", "/regions/210000"),
        ("/inflow?to=2024-12", "/regions/210000/inflow?to=2024-12"),
        ("/findings?month=2024-13&x=%0d", "/regions/210000/findings?month=2024-13&x=%0d"),
    ] {
        let answer = get(suite.console_address(), path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some(to)), "{path}");
    }
    suite.register(&County::met_at("220122", "24")).await;
    for (path, expected) in [("/", "/regions/220000"), ("/inflow", "达标县"), ("/findings", "彰武县")] {
        assert!(page(&suite, path).await.text().contains(expected), "{path}");
    }
}

async fn a_provinces_targets_are_shown_without_being_asked_for(database: Database) {
    let (suite, _county) = reported(database).await;
    let national = page(&suite, "/regions/210000").await;
    assert!(national.text().contains("年度目标（国家目标）：到2035年底，100%的县（本地区1个）"), "{}", national.text());
    assert!(!national.text().contains("id=\"targets\""));
    let mut setup = Setup::default();
    setup.reporting.targets = vec![TargetsConfig {
        region: "210000".to_owned(),
        shares: "2025=60,2030=90.5".to_owned(),
        source: "省里的<b>规划".to_owned(),
    }];
    let suite = suite.restart_with(setup).await;

    let own = page(&suite, "/regions/210000").await;
    assert!(own.text().contains(
        "年度目标（省里的&#60;b&#62;规划）：到2025年底，60%的县（本地区1个）达到标准；本月达标0个，还差1个。"
    ));
    let table = own.text().split("id=\"targets\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert!(table.contains("2030年") && table.contains("90.5%") && !table.contains("2035年"), "{table}");
    assert!(
        page(&suite, "/regions/210900").await.text().contains("年度目标（国家目标）"),
        "a city has not its province's"
    );
    let asked = |targets| GetProvinceOverviewRequest {
        region: "regions/210000".to_owned(),
        month: "2024-12".to_owned(),
        targets,
        ..GetProvinceOverviewRequest::default()
    };
    let progress = async |targets| {
        let answer = suite.overviews().get_province_overview(asked(targets)).await.unwrap().into_inner();
        let progress = answer.target.unwrap();
        (progress.target.unwrap().year.unwrap(), progress.source)
    };
    assert_eq!(progress(vec![]).await, (2025, "省里的<b>规划".to_owned()));
    let given = vec![YearTarget { year: Some(2028), share_basis_points: Some(5_000) }];
    assert_eq!(progress(given).await, (2028, String::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_stops_with_its_process() {
    let database = Database::sqlite();
    let program = Program::serve(&database, &["reporting.console_listen=127.0.0.1:0"]);
    let console = program.console().unwrap();
    let county = County::met();
    register(&mut RegistryServiceClient::new(connect(program.ingest()).await), &county).await;
    let mut submissions = SubmissionServiceClient::new(connect(program.ingest()).await);
    submissions.submit_month(county.submission("december")).await.unwrap();
    let evaluations = EvaluationServiceClient::new(connect(program.evaluation()).await);
    let stored = async || find_stored(&mut evaluations.clone(), &county.region, &county.month).await;
    eventually("the evaluation", stored).await;
    assert!(get(console, "/regions/210000").await.text().contains("示例省"));
    // A browser keeps connections that it does not use; they do not hold the process up.
    let idle = std::net::TcpStream::connect(console).unwrap();

    program.terminate();

    assert!(program.ended().await.success());
    assert!(std::net::TcpStream::connect(console).is_err());
    drop(idle);
}
