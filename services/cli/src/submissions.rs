//! `junheng submissions`: what a county sent, and what became of it.

use clap::Subcommand;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::ingest::v1::{
    FindingGroup, GetSubmissionRequest, ListSubmissionsRequest, Severity, Submission, SubmissionState,
};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, findings::Findings, output, pages, server, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng submissions 210922                                       该县的全部报送，新的在前
  junheng submissions 210922 --month 2024-12
  junheng submissions show regions/210922/submissions/2024-12.3    一次报送：发现的问题、确认、撤回的理由";

/// Arguments of `junheng submissions`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    #[arg(required = true, value_parser = args::county, help = "县的六位行政区划代码")]
    county: Option<RegionCode>,
    #[arg(long, value_parser = args::month, help = "只列这个月，如 2024-12")]
    month: Option<Month>,
    #[command(flatten)]
    from: From,
}

/// What else than listing.
#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "查看一次报送：发现的问题、确认、撤回的理由")]
    Show {
        #[arg(help = "报送，如 regions/210922/submissions/2024-12.3")]
        name: String,
        #[command(flatten)]
        from: From,
    },
}

/// Whom to ask, and in what form to answer.
#[derive(Debug, clap::Args)]
struct From {
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

/// Asks and prints.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match (args.what, args.county) {
        (Some(What::Show { name, from }), _) => show(name, &from).await,
        (None, Some(county)) => list(&county, args.month, &args.from).await,
        (None, None) => Err(Failure::Usage("请给出县的代码".to_owned())),
    }
}

async fn list(county: &RegionCode, month: Option<Month>, from: &From) -> Result<(), Failure> {
    let client = server::connect(&from.server).await?;
    let request = ListSubmissionsRequest {
        parent: name::region(county),
        month: month.map(|month| month.to_string()).unwrap_or_default(),
        page_size: pages::SIZE,
        ..ListSubmissionsRequest::default()
    };
    let all = pages::all(async |page_token| {
        let page = client.list_submissions(ListSubmissionsRequest { page_token, ..request.clone() }).await?;
        Ok((page.submissions, page.next_page_token))
    })
    .await?;
    if from.json {
        return output::print(&serde_json::to_string_pretty(&all)?);
    }
    if all.is_empty() {
        return output::print("没有报送");
    }
    output::print(&table(&all).lines("").join("\n"))
}

fn table(all: &[Submission]) -> Table {
    let mut table = Table::new(["报送", "情况", "版", "时间", "错误", "警告"], &[2, 4, 5]);
    for one in all {
        table.row([
            one.name.clone(),
            state(one.state()).to_owned(),
            one.revision.map(|revision| revision.to_string()).unwrap_or_default(),
            when(one),
            count(&one.finding_groups, Severity::Error).to_string(),
            count(&one.finding_groups, Severity::Warning).to_string(),
        ]);
    }
    table
}

async fn show(name: String, from: &From) -> Result<(), Failure> {
    let found = server::connect(&from.server).await?.get_submission(GetSubmissionRequest { name }).await?;
    let found = found.submission.unwrap_or_default();
    output::print(&if from.json { serde_json::to_string_pretty(&found)? } else { text(&found) })
}

fn text(one: &Submission) -> String {
    let revision = one.revision.map(|revision| format!("，第{revision}版")).unwrap_or_default();
    let mut lines = vec![
        format!("{} {}{revision}，{}，请求编号 {}", one.name, state(one.state()), when(one), one.request_id),
        format!(
            "学校{}所，县级指标要素{}个，摘要 {}",
            one.school_count.unwrap_or_default(),
            one.item_count.unwrap_or_default(),
            one.content_digest
        ),
    ];
    if !one.withdrawal_reason.is_empty() {
        lines.push(format!("撤回的理由：{}", one.withdrawal_reason));
    }
    for given in &one.acknowledgements {
        let school = Some(&given.school_code).filter(|code| !code.is_empty());
        let school = school.map(|code| format!("（学校{code}）")).unwrap_or_default();
        lines.push(format!("确认 {}{school}：{}（{}）", given.rule, given.reason, given.acknowledged_by));
    }
    let findings = Findings::new(&one.findings, &one.finding_groups);
    lines.extend(if one.state() == SubmissionState::Accepted { findings.settled() } else { findings.open() });
    lines.join("\n")
}

fn count(groups: &[FindingGroup], severity: Severity) -> u32 {
    groups.iter().filter(|group| group.severity() == severity).filter_map(|group| group.count).sum()
}

/// When it became known, or was held, by the clock of Asia/Shanghai.
fn when(one: &Submission) -> String {
    let at = one
        .known_at
        .as_ref()
        .filter(|_| !matches!(one.state(), SubmissionState::Held | SubmissionState::Superseded))
        .or(one.held_at.as_ref());
    let at = at.or(one.known_at.as_ref()).and_then(time::decode);
    at.map(output::instant).unwrap_or_default()
}

const fn state(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Unspecified => "",
        SubmissionState::Accepted => "已接收",
        SubmissionState::Refused => "已退回",
        SubmissionState::Held => "待确认",
        SubmissionState::Superseded => "已被取代",
        SubmissionState::Withdrawn => "撤回",
    }
}
