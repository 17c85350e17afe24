//! `junheng status`, `junheng calendar`, `junheng changes`: what is due, what came, and what changed.

use std::collections::BTreeSet;

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::{
    CountyReporting, GetReportingCalendarRequest, GetReportingStatusRequest, GetReportingStatusResponse,
    ListChangesRequest, MonthReporting, ReportingState, ReportingTotals, SetReportingCalendarRequest, SubmissionState,
};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, output, pages, request_id, server, summary, table::Table};

pub(crate) const STATUS_EXAMPLES: &str = "\
示例：
  junheng status 210000 --month 2024-12      全省各市、各县该月的报送情况
  junheng status 210900                      上个月
  junheng status 全国 --month 2024-12 --json

一个月的数据应在次月报送，截止日由报送日历确定（junheng calendar），没有设置时为次月15日。
完整率为已接收的县占应报县的比例，及时率为截止日前接收的县占应报县的比例。
报送义务自报送日历规定的首月，或本省任何一个县首次报送的月份起，以较早的为准；都没有的，自上月起。此前的月份为未开始，不计入应报。";

pub(crate) const CALENDAR_EXAMPLES: &str = "\
示例：
  junheng calendar 210922 --month 2024-12              该县该月的报送截止日
  junheng calendar 210000 --due-day 10 --from 2025-01  全省自2025年1月起，于次月10日截止
  junheng calendar 210900 --inherit --from 2025-06     该市自2025年6月起不再另行规定

一个县由它自身或离它最近、已设置的上级区划的日历确定；都没有时为次月15日。";

pub(crate) const CHANGES_EXAMPLES: &str = "\
示例：
  junheng changes 210000                     从头列出已接收的各版数据
  junheng changes 210000 --since 标记        列出上次之后新增的，标记见上次输出的末行

同一标记之后的每一版数据列出且只列出一次。请在保存数据后再保存标记。";

/// Arguments of `junheng status`.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    #[arg(value_parser = args::region_or_nation, value_name = "REGION", help = "省、市或县的六位行政区划代码，或“全国”")]
    region: String,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12；不给出时为上个月")]
    month: Option<Month>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Arguments of `junheng calendar`.
#[derive(Debug, clap::Args)]
pub(crate) struct CalendarArgs {
    #[arg(value_parser = args::county, help = "省、市或县的六位行政区划代码")]
    region: RegionCode,
    #[arg(long, value_parser = args::month, conflicts_with = "from", help = "查询哪个月，如 2024-12；不给出时为当月")]
    month: Option<Month>,
    #[arg(long, value_name = "N", requires = "from", value_parser = clap::value_parser!(u32).range(1..=28), help = "设置截止日：次月的第几日，1 至 28")]
    due_day: Option<u32>,
    #[arg(long, requires = "from", conflicts_with = "due_day", help = "不再另行规定，改按上级区划的日历")]
    inherit: bool,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "自哪个月的数据起，如 2025-01")]
    from: Option<Month>,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Arguments of `junheng changes`.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangesArgs {
    #[arg(value_parser = args::region_or_nation, value_name = "REGION", help = "省、市或县的六位行政区划代码，或“全国”")]
    region: String,
    #[arg(long, value_name = "TOKEN", default_value = "", help = "上次输出的标记；不给出时从头列出")]
    since: String,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "每次答复输出一行 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Asks and prints how counties stand.
pub(crate) async fn status(args: StatusArgs) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let month = match args.month {
        Some(month) => month,
        None => last_month()?,
    };
    let mut request = GetReportingStatusRequest {
        region: args.region,
        month: month.to_string(),
        page_size: pages::SIZE,
        ..GetReportingStatusRequest::default()
    };
    let mut whole: Option<GetReportingStatusResponse> = None;
    loop {
        let page = client.get_reporting_status(request.clone()).await?;
        request.page_token.clone_from(&page.next_page_token);
        // The pages tell of one instant.
        request.as_of = page.as_of.or(request.as_of);
        match &mut whole {
            None => whole = Some(page),
            Some(whole) => whole.counties.extend(page.counties),
        }
        if request.page_token.is_empty() {
            break;
        }
    }
    let mut whole = whole.unwrap_or_default();
    whole.next_page_token.clear();
    output::print(&if args.json { serde_json::to_string_pretty(&whole)? } else { describe(&whole) })
}

/// The month before the present one.
fn last_month() -> Result<Month, Failure> {
    let now = junheng_runtime::Clock::system().now();
    Month::at(now)
        .and_then(|month| Month::from_ordinal(month.ordinal() - 1))
        .map_err(|error| Failure::Broken { what: "本机时间有误".to_owned(), source: Box::new(error) })
}

fn describe(status: &GetReportingStatusResponse) -> String {
    let Some(whole) = status.totals.first() else { return String::new() };
    let number = |count: Option<u32>| count.unwrap_or_default();
    let reported = number(whole.on_time_count) + number(whole.late_count);
    let mut lines = vec![
        format!("{}  {}  报送情况", whole.region_display_name, whole.month),
        format!(
            "应报{}个县，已接收{reported}个（完整率{}），其中按时{}个（及时率{}），更正过{}个；逾期未报{}个",
            number(whole.expected_count),
            share(reported, number(whole.expected_count)),
            number(whole.on_time_count),
            share(number(whole.on_time_count), number(whole.expected_count)),
            number(whole.corrected_count),
            number(whole.overdue_count),
        ),
    ];
    if number(whole.not_begun_count) > 0 {
        lines.push(format!("{}个县报送义务尚未开始，不计入应报", number(whole.not_begun_count)));
    }
    if status.totals.len() > 1 {
        lines.extend([String::new(), "各市报送情况".to_owned()]);
        lines.extend(cities(&status.totals[1..]).lines("  "));
    }
    let outstanding = |county: &&CountyReporting| {
        let settled = [ReportingState::OnTime, ReportingState::Late, ReportingState::NotBegun];
        county.months.iter().any(|month| !settled.contains(&month.state()))
    };
    let (overdue, open): (Vec<_>, Vec<_>) = status
        .counties
        .iter()
        .filter(outstanding)
        .partition(|county| county.months.iter().any(MonthReporting::overdue));
    // Of a county alone its row is told, however it stands.
    let single = match status.counties.as_slice() {
        [county] if county.region == whole.region => Some(county),
        _ => None,
    };
    let held = |county: &&CountyReporting| county.months.iter().any(|month| month.held() && month.revision.is_some());
    let sections = match single {
        Some(county) => vec![("该县", vec![county])],
        None => vec![
            ("逾期未报的县", overdue),
            ("尚未接收、未到截止日的县", open),
            ("已接收、另有更正待确认的县", status.counties.iter().filter(held).collect()),
        ],
    };
    for (heading, counties) in sections {
        if !counties.is_empty() {
            lines.extend([String::new(), heading.to_owned()]);
            lines.extend(rows(&counties).lines("  "));
        }
    }
    lines.join("\n")
}

fn cities(totals: &[ReportingTotals]) -> Table {
    let header =
        ["区划", "应报", "按时", "迟报", "待确认", "仅有退回", "缺报", "未到期", "未开始", "更正", "完整率", "及时率"];
    let mut table = Table::new(header, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    for city in totals {
        let expected = city.expected_count.unwrap_or_default();
        let reported = city.on_time_count.unwrap_or_default() + city.late_count.unwrap_or_default();
        let counts = [
            city.expected_count,
            city.on_time_count,
            city.late_count,
            city.held_count,
            city.refused_only_count,
            city.missing_count,
            city.awaited_count,
            city.not_begun_count,
            city.corrected_count,
        ];
        let counts = counts.map(|count| count.unwrap_or_default().to_string());
        let shares = [share(reported, expected), share(city.on_time_count.unwrap_or_default(), expected)];
        table.row([city.region_display_name.clone()].into_iter().chain(counts).chain(shares));
    }
    table
}

fn rows(counties: &[&CountyReporting]) -> Table {
    let mut table =
        Table::new(["代码", "县", "情况", "现行版", "截止日", "报送次数", "最近接收的月份", "距今（月）"], &[3, 5, 7]);
    for county in counties {
        for month in &county.months {
            table.row([
                code(&county.region).to_owned(),
                county.region_display_name.clone(),
                standing(month),
                month.revision.map_or_else(|| "无".to_owned(), |revision| revision.to_string()),
                month.due_on.clone(),
                month.submission_count.unwrap_or_default().to_string(),
                Some(county.last_accepted_month.clone()).filter(|month| !month.is_empty()).unwrap_or("无".to_owned()),
                county.age_months.map(|age| age.to_string()).unwrap_or_default(),
            ]);
        }
    }
    table
}

/// A share for people; nothing of nothing is none.
fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "—".to_owned() } else { summary::percent(part, whole) }
}

/// How a month stands, and whether something newer waits beside what counts.
fn standing(month: &MonthReporting) -> String {
    let beside = if month.held() && month.revision.is_some() { "（更正待确认）" } else { "" };
    let withdrawn = if month.withdrawn() { "（已撤回）" } else { "" };
    format!("{}{beside}{withdrawn}", state(month.state()))
}

const fn state(state: ReportingState) -> &'static str {
    match state {
        ReportingState::Unspecified => "",
        ReportingState::OnTime => "按时",
        ReportingState::Late => "迟报",
        ReportingState::Held => "待确认",
        ReportingState::RefusedOnly => "仅有退回",
        ReportingState::Missing => "缺报",
        ReportingState::Awaited => "未到期",
        ReportingState::NotBegun => "未开始",
    }
}

fn code(region: &str) -> &str {
    region.rsplit('/').next().unwrap_or_default()
}

/// Sets or shows a calendar.
pub(crate) async fn calendar(args: CalendarArgs) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let Some(from) = args.from else {
        let month = args.month.map(|month| month.to_string()).unwrap_or_default();
        let request = GetReportingCalendarRequest { region: name::region(&args.region), month };
        let found = client.get_reporting_calendar(request).await?;
        if args.json {
            return output::print(&serde_json::to_string_pretty(&found)?);
        }
        let calendar = found.calendar.unwrap_or_default();
        let origin = match code(&calendar.region) {
            "" => "没有设置，按默认".to_owned(),
            region => format!("由 {region} 自{}起设置", calendar.from_month),
        };
        let day = calendar.due_day.unwrap_or_default();
        return output::print(&format!(
            "{} {} 的数据截止到{}（次月{day}日；{origin}）",
            args.region, found.month, found.due_on
        ));
    };
    if args.due_day.is_none() && !args.inherit {
        return Err(Failure::Usage("--from 须与 --due-day 或 --inherit 同时给出".to_owned()));
    }
    let request_id = request_id::or_new(args.request_id);
    let request = SetReportingCalendarRequest {
        region: name::region(&args.region),
        from_month: from.to_string(),
        due_day: args.due_day,
        request_id: request_id.clone(),
    };
    let done = client.set_reporting_calendar(request).await;
    let done = done.inspect_err(|error| request_id::advise(error, &request_id))?;
    if args.json {
        return output::print(&serde_json::to_string_pretty(&done)?);
    }
    let day = done.calendar.and_then(|calendar| calendar.due_day).unwrap_or_default();
    output::print(&format!("已设置：{} 自{from}的数据起，于次月{day}日截止", args.region))
}

/// Prints what became known since a token.
pub(crate) async fn changes(args: ChangesArgs) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let mut request = ListChangesRequest { region: args.region, resume_token: args.since, page_size: pages::SIZE };
    let mut others = BTreeSet::new();
    loop {
        let page = client.list_changes(request.clone()).await?;
        if args.json {
            output::print(&serde_json::to_string(&page)?)?;
        } else {
            for change in &page.changes {
                let at = change.known_at.as_ref().and_then(time::decode);
                let at = at.map(output::instant).unwrap_or_default();
                let state = if change.state() == SubmissionState::Accepted { "接收" } else { "撤回" };
                let revision = change.revision.unwrap_or_default();
                output::print(&format!("{at}  {state}  {}  第{revision}版", change.submission))?;
            }
        }
        others.extend(page.counties_changed);
        request.resume_token = page.resume_token;
        if page.more != Some(true) {
            break;
        }
    }
    if others.contains(&true) {
        output::tell("注意：该区划所辖的县有变动；新划入的县以前的数据不在其列，请对该县从头列出");
    }
    if args.json { Ok(()) } else { output::print(&format!("标记  {}", request.resume_token)) }
}
