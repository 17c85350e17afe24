//! Reports to download: drafts as they are asked for, and issued ones as they were issued.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::reporting::v1::ReportFormat;
use junheng_runtime::Caller;
use junheng_store::{
    Reads,
    reports::{self, Report},
};
use junheng_wire::{fingerprint, name, status::RpcError, time};

use super::{
    Console,
    download::attachment,
    error::PageError,
    grid::{Cell, Grid},
    link::{self, Link},
    period::Period,
    place::Place,
};
use crate::{
    overview::{Overview, Question},
    report::{Bulletin, Format, Standing, shown},
    rpc::{
        inputs::{Asked, Inputs, Rendered},
        render_monthly_statistics,
    },
};

/// The drafts that a county's page offers: extension, format and what they are called.
const DRAFTS: [(&str, ReportFormat, &str); 4] = [
    ("docx", ReportFormat::Docx, "自查报告，Word 文档（DOCX）"),
    ("html", ReportFormat::Html, "自查报告，网页（HTML）"),
    ("md", ReportFormat::Markdown, "自查报告，纯文本（Markdown）"),
    ("xlsx", ReportFormat::Xlsx, "申报表，Excel 工作簿（XLSX）"),
];

/// Links to the drafts on a month.
pub(super) fn drafts(county: &RegionCode, period: &Period) -> Vec<Link> {
    let drafts = DRAFTS.iter().map(|(extension, _, text)| Link::new(*text, link::draft(county, period, extension)));
    let statistics = Link::new("统计报表，Excel 工作簿（XLSX）", link::statistics(county, period.month));
    drafts.chain([statistics]).collect()
}

/// The forms of a bulletin that a region's page offers.
const BULLETINS: [(&str, Format, &str); 3] = [
    ("docx", Format::Docx, "每月调度通报，Word 文档（DOCX）"),
    ("html", Format::Html, "每月调度通报，网页（HTML）"),
    ("md", Format::Markdown, "每月调度通报，纯文本（Markdown）"),
];

/// Links to the bulletins on a month, and to its tables in full figures.
pub(super) fn bulletins(region: &RegionCode, period: &Period) -> Vec<Link> {
    let bulletins = BULLETINS.iter();
    let bulletins = bulletins.map(|(extension, _, text)| Link::new(*text, link::bulletin(region, period, extension)));
    let tables = format!("{}&as=xlsx", link::region(region, Some(period)));
    bulletins.chain([Link::new("各县结论、排名、差异系数等全部表格，Excel 工作簿（XLSX）", tables)]).collect()
}

/// Sends the bulletin that a file name asks for: `2024-12.national-quality-2017.docx`.
pub(super) async fn bulletin(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let missing = || PageError::Missing("通报".to_owned());
    let reads = console.store.begin_read().await?;
    let place = Place::find(&reads, &caller, &code).await?;
    let (month, standard, extension) = parts(&file).ok_or_else(missing)?;
    let (_, format, _) = *BULLETINS.iter().find(|(known, ..)| *known == extension).ok_or_else(missing)?;
    let region = place.region.code;
    let targets = console.settings.targets(Some(&region));
    let question = Question { region: Some(region), month, standard, at: console.clock.now() };
    let overview = Overview::read_within(&console.store, &reads, &question).await.map_err(|error| match error {
        RpcError::StandardMissing { .. } => missing(),
        error => error.into(),
    })?;
    reads.finish().await?;
    let bulletin = Bulletin::new(&overview, &targets);
    let ascii_name = format!("{code}-{file}");
    attachment(&ascii_name, bulletin.render(format)?, format.media_type(), &bulletin.file_name(format))
}

/// Sends the statistics of what a county reported for a month.
pub(super) async fn statistics(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, month)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let missing = || PageError::Missing("统计报表".to_owned());
    let reads = console.store.begin_read().await?;
    let county = Place::find_county(&reads, &caller, &code).await?.region.code;
    let month: Month = month.parse().map_err(|_| missing())?;
    let statistics = render_monthly_statistics::render(reads, county.clone(), month).await;
    let statistics = statistics.map_err(|error| match error {
        RpcError::MonthNotReported { .. } => missing(),
        error => error.into(),
    })?;
    let ascii_name = format!("{county}-{month}-statistics.xlsx");
    attachment(&ascii_name, statistics.content, &statistics.media_type, &statistics.file_name)
}

/// Month, standard and extension of a file's name.
fn parts(file: &str) -> Option<(Month, String, &str)> {
    let (name, extension) = file.rsplit_once('.')?;
    let (month, standard) = name.split_once('.')?;
    Some((month.parse().ok()?, standard.to_owned(), extension))
}

/// The reports that were issued, newest first, each to be downloaded byte for byte; nothing where there is none.
pub(super) fn issued_grid(county: &RegionCode, issued: &[Report]) -> Option<Grid> {
    if issued.is_empty() {
        return None;
    }
    let columns = [
        ("编号", "r"),
        ("文件", "l"),
        ("评估标准", "l"),
        ("报送版本", "l"),
        ("签发人", "l"),
        ("签发时间", "l"),
        ("字节", "r"),
        ("摘要（SHA-256）", "l"),
    ];
    let mut grid = Grid::new("issued", "已签发的报告", &columns);
    for report in issued {
        let revision = report.submission.map(|(_, revision)| format!("第{revision}版"));
        grid.rows.push(vec![
            Cell::head(report.number.to_string(), ""),
            Cell::link(&report.file_name, link::issued_report(county, report.number)),
            report.standard_id.as_str().into(),
            revision.unwrap_or_else(|| shown::MISSING.to_owned()).into(),
            shown::subject(&report.issued_by).into(),
            shown::instant(&time::encode(report.known_at)).unwrap_or_default().into(),
            report.byte_count.to_string().into(),
            Cell { tone: "digest", ..Cell::from(report.digest.as_str()) },
        ]);
    }
    grid.notes.push("已签发的报告按签发时的内容逐字节保存；下载后可用摘要核对。".to_owned());
    Some(grid)
}

/// Sends an issued report by its number.
pub(super) async fn issued(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, number)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let reads = console.store.begin_read().await?;
    let county = Place::find_county(&reads, &caller, &code).await?.region.code;
    let named = name::parse_report(&format!("{}/reports/{number}", name::region(&county)));
    let (_, number) = named.map_err(|_| missing())?;
    let (ascii_name, report) = kept(&reads, &county, number).await?;
    reads.finish().await?;
    send(&ascii_name, report)
}

/// Sends the draft that a file name asks for: `2024-12.national-quality-2017.docx`.
pub(super) async fn draft(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let reads = console.store.begin_read().await?;
    let county = Place::find_county(&reads, &caller, &code).await?.region.code;
    let asked = asked(county, &file).ok_or_else(missing)?;
    let inputs = Inputs::read(&reads, &asked).await.map_err(|error| match error {
        RpcError::Missing { .. } => missing(),
        error => error.into(),
    })?;
    reads.finish().await?;
    let standing = Standing { inputs_digest: inputs.digest.clone(), issued: None };
    send(&format!("{}-{file}", asked.county), inputs.render(standing).await?)
}

fn missing() -> PageError {
    PageError::Missing("报告".to_owned())
}

fn asked(county: RegionCode, file: &str) -> Option<Asked> {
    let (month, standard, extension) = parts(file)?;
    let (_, format, _) = *DRAFTS.iter().find(|(known, ..)| *known == extension)?;
    Some(Asked { county, month, standard, format })
}

/// An issued report with a name for its file; it is what was issued, or it is not sent.
async fn kept(reads: &impl Reads, county: &RegionCode, number: u32) -> Result<(String, Rendered), PageError> {
    let report = reports::find(reads, county, number).await?.ok_or_else(missing)?;
    let mut content = vec![];
    for place in 0.. {
        let Some(piece) = reports::find_piece(reads, county, number, place).await? else { break };
        content.push(piece);
    }
    let content = content.concat();
    if fingerprint::of_bytes(&content) != report.digest {
        let what = format!("the content of {} is not what was issued", name::report(county, number));
        return Err(PageError::Internal(what));
    }
    let ascii_name = format!("{county}-{}-report-{number}.{}", report.month, report.format);
    Ok((ascii_name, Rendered { content, media_type: report.media_type, file_name: report.file_name }))
}

fn send(ascii_name: &str, report: Rendered) -> Result<Response, PageError> {
    attachment(ascii_name, report.content, &report.media_type, &report.file_name)
}
