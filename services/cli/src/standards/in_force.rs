//! `junheng standards in-force`.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{
    ListStandardsInForceRequest, ListStandardsInForceResponse, SetStandardInForceRequest,
};
use junheng_wire::name;

use super::last;
use crate::{args, failure::Failure, output, request_id, server, table::Table};

pub(super) const EXAMPLES: &str = "\
示例：
  junheng standards in-force set 210000 liaoning-2025 --from 2025-01
  junheng standards in-force set 210000 liaoning-2025 --from 2025-01 --to 2026-12   截止到该月
  junheng standards in-force set 210000 liaoning-2025 --from 2025-01 --withdraw     撤回
  junheng standards in-force list 210922 --month 2025-01

一个县由它自身或离它最近、该月有现行标准的上级区划的标准评估，都没有时用国家优质均衡标准。
施行、截止、撤回后，涉及的月份自动重新评估；按过去某一时刻查询的结果不变。";

/// Arguments of `junheng standards in-force`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(about = "在一个区划施行一份标准，或截止、撤回", after_help = EXAMPLES)]
    Set(Set),
    #[command(about = "列出一个区划及其上级的现行标准", after_help = EXAMPLES)]
    List(List),
}

#[derive(Debug, clap::Args)]
struct Set {
    #[arg(value_parser = args::county, help = "区划的六位行政区划代码")]
    region: RegionCode,
    #[arg(value_name = "ID", help = "标准的编号")]
    standard: String,
    #[arg(long, value_parser = args::month, help = "起始月份，如 2025-01")]
    from: Month,
    #[arg(long, value_parser = args::month, help = "截止月份（含）；不给出时长期施行")]
    to: Option<Month>,
    #[arg(long, conflicts_with = "to", help = "撤回自该起始月份起的施行")]
    withdraw: bool,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, value_name = "ID", value_parser = args::request_id, help = "请求编号，1 至 64 个字母、数字、. _ -；不给出时自动生成")]
    request_id: Option<String>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式）")]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct List {
    #[arg(value_parser = args::county, help = "区划的六位行政区划代码")]
    region: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2025-01；不给出时为当月")]
    month: Option<Month>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON")]
    json: bool,
}

/// Does what was asked.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Set(args) => set(args).await,
        Command::List(args) => list(args).await,
    }
}

async fn set(args: Set) -> Result<(), Failure> {
    if let Some(to) = args.to.filter(|to| *to < args.from) {
        return Err(Failure::Usage(format!("--to（{to}）不能早于 --from（{}）", args.from)));
    }
    let request_id = request_id::or_new(args.request_id);
    let request = SetStandardInForceRequest {
        region: name::region(&args.region),
        standard: name::standard(&args.standard),
        from_month: args.from.to_string(),
        to_month: args.to.map(|month| month.to_string()).unwrap_or_default(),
        withdrawn: args.withdraw,
        request_id: request_id.clone(),
    };
    let client = server::connect(&args.server).await?;
    let done = client.set_standard_in_force(request).await;
    let done = done.inspect_err(|error| request_id::advise(error, &request_id))?;
    if args.json {
        return output::print(&serde_json::to_string_pretty(&done)?);
    }
    let (region, standard, from) = (&args.region, &args.standard, args.from);
    output::print(&match done.in_force {
        None => format!("已撤回：{region} 自{from}起施行的 {standard}"),
        Some(entry) if entry.to_month.is_empty() => format!("已施行：{region} 自{from}起适用 {standard}"),
        Some(entry) => format!("已施行：{region} 自{from}至{}适用 {standard}", entry.to_month),
    })
}

async fn list(args: List) -> Result<(), Failure> {
    let request = ListStandardsInForceRequest {
        region: name::region(&args.region),
        month: args.month.map(|month| month.to_string()).unwrap_or_default(),
    };
    let listed = server::connect(&args.server).await?.list_standards_in_force(request).await?;
    output::print(&if args.json { serde_json::to_string_pretty(&listed)? } else { describe(&args.region, &listed) })
}

fn describe(region: &RegionCode, listed: &ListStandardsInForceResponse) -> String {
    let standards: Vec<_> = listed.standards.iter().map(|name| last(name)).collect();
    let mut lines = vec![format!("{region} {} 适用：{}", listed.month, standards.join("、"))];
    let mut table = Table::new(["区划", "标准", "起", "止", "该月适用"], &[]);
    for entry in &listed.in_force {
        let to = if entry.to_month.is_empty() { "长期" } else { &entry.to_month };
        let judging = if entry.judging() { "是" } else { "" };
        let cells = [last(&entry.region), last(&entry.standard), &entry.from_month, to, judging];
        table.row(cells.map(ToOwned::to_owned));
    }
    if listed.in_force.is_empty() {
        lines.push("该区划及其上级没有另行确定标准".to_owned());
    } else {
        lines.extend(table.lines("  "));
    }
    lines.join("\n")
}
