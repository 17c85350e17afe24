//! What people read: the reports of a county and of all counties of a province, against reading the same stored evaluations alone.
//!
//! A line for another screen or document is one more call of [`County::row`] or [`Province::row`].

use std::{
    fs,
    time::{Duration, Instant},
};

use junheng_e2e::{Database, Setup, Suite, http::get};
use junheng_proto::{
    evaluation::v1::GetEvaluationRequest,
    reporting::v1::{GetProvinceOverviewRequest, RenderBulletinRequest, RenderCountyReportRequest, ReportFormat},
};
use junheng_store::{Options, Store, marks};

use crate::{
    measure::{middle, row},
    synthetic,
};

/// Counties of a large province.
const COUNTIES: f64 = 150.0;
/// The first synthetic province.
const PROVINCE: &str = "110000";
/// Times that one county's report is rendered.
const TIMES: u32 = 20;
/// Times that one screen of a province is made.
const SCREEN_TIMES: u32 = 5;
const FORMATS: [(&str, ReportFormat); 4] = [
    ("HTML", ReportFormat::Html),
    ("Markdown", ReportFormat::Markdown),
    ("DOCX", ReportFormat::Docx),
    ("XLSX", ReportFormat::Xlsx),
];

/// One county of 69 schools, then a province of such.
pub(crate) async fn run(scale: f64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred at most")]
    let counties = (COUNTIES * scale).round().max(1.0) as u64;
    let database = Database::sqlite();
    let url = database.url().to_owned();
    let suite = Suite::start_with(database, Setup::default()).await;
    let store = Store::connect(&Options::new(url)).await.unwrap();
    synthetic::write(&store, 1, counties).await;
    while marks::find_backlog(&store, jiff::Timestamp::now()).await.unwrap().count() > 0 {
        suite.tick();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let names: Vec<String> = (0..counties).map(name).collect();
    County { suite: &suite, name: &names[0] }.run().await;
    Province { suite: &suite, names: &names }.run().await;
}

fn name(number: u64) -> String {
    format!("regions/{}/evaluations/{}.national-quality-2017", synthetic::county(0, number), synthetic::month())
}

/// One county's month.
struct County<'a> {
    suite: &'a Suite,
    name: &'a str,
}

impl County<'_> {
    async fn run(&self) {
        let reading = self.row("reference: a stored evaluation is read, 69 schools", None, Action::Read).await;
        for (title, format) in FORMATS {
            self.row(&format!("county report, {title}"), Some(reading), Action::Render(format)).await;
        }
    }

    async fn row(&self, what: &str, reference: Option<Duration>, action: Action) -> Duration {
        let mut times = vec![];
        for _ in 0..TIMES {
            let start = Instant::now();
            action.run(self.suite, self.name).await;
            times.push(start.elapsed());
        }
        let time = middle(times);
        row(what, time, reference);
        time
    }
}

/// All counties of a province, one after the other.
struct Province<'a> {
    suite: &'a Suite,
    names: &'a [String],
}

impl Province<'_> {
    async fn run(&self) {
        let count = self.names.len();
        let reading = self.row(&format!("reference: {count} stored evaluations are read"), None, Action::Read).await;
        for (title, format) in FORMATS {
            let what = format!("{count} county reports in one run, {title}");
            self.row(&what, Some(reading), Action::Render(format)).await;
        }
        for (title, screen) in SCREENS {
            self.screen(&format!("province of {count} counties, {title}"), reading, screen).await;
        }
        println!("    this process, services and database with it, held {:.0} MB at the most", peak_megabytes());
    }

    async fn row(&self, what: &str, reference: Option<Duration>, action: Action) -> Duration {
        let start = Instant::now();
        for name in self.names {
            action.run(self.suite, name).await;
        }
        let time = start.elapsed();
        row(what, time, reference);
        time
    }

    async fn screen(&self, what: &str, reference: Duration, screen: Screen) {
        let mut times = vec![];
        for _ in 0..SCREEN_TIMES {
            let start = Instant::now();
            screen.run(self.suite).await;
            times.push(start.elapsed());
        }
        row(what, middle(times), Some(reference));
    }
}

/// What is measured of a province's month as one.
#[derive(Clone, Copy)]
enum Screen {
    Page,
    Overview,
    Bulletin(ReportFormat),
}

const SCREENS: [(&str, Screen); 4] = [
    ("overview page", Screen::Page),
    ("GetProvinceOverview", Screen::Overview),
    ("bulletin, HTML", Screen::Bulletin(ReportFormat::Html)),
    ("bulletin, DOCX", Screen::Bulletin(ReportFormat::Docx)),
];

impl Screen {
    async fn run(self, suite: &Suite) {
        let (region, month) = (PROVINCE, synthetic::month());
        match self {
            Self::Page => {
                let answer = get(suite.console_address(), &format!("/regions/{region}?month={month}")).await;
                assert!(answer.status == 200 && answer.body.len() > 10_000);
            }
            Self::Overview => {
                let request = GetProvinceOverviewRequest {
                    region: format!("regions/{region}"),
                    month: month.to_string(),
                    ..GetProvinceOverviewRequest::default()
                };
                let overview = suite.overviews().get_province_overview(request).await.unwrap().into_inner();
                assert!(!overview.counties.is_empty());
            }
            Self::Bulletin(format) => {
                let request = RenderBulletinRequest {
                    region: format!("regions/{region}"),
                    month: month.to_string(),
                    format: format.into(),
                    ..RenderBulletinRequest::default()
                };
                let bulletin = suite.overviews().render_bulletin(request).await.unwrap().into_inner();
                assert!(bulletin.content.len() > 10_000);
            }
        }
    }
}

/// What is measured of one county's month.
#[derive(Clone, Copy)]
enum Action {
    Read,
    Render(ReportFormat),
}

impl Action {
    async fn run(self, suite: &Suite, name: &str) {
        match self {
            Self::Read => {
                let request = GetEvaluationRequest { name: name.to_owned() };
                assert!(suite.evaluations().get_evaluation(request).await.unwrap().into_inner().evaluation.is_some());
            }
            Self::Render(format) => {
                let request = RenderCountyReportRequest { evaluation: name.to_owned(), format: format.into() };
                let report = suite.reports().render_county_report(request).await.unwrap().into_inner();
                assert!(report.content.len() > 10_000);
            }
        }
    }
}

/// The most memory that this process has held.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() / 1024.0
}
