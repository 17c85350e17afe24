//! `junheng standards`: showing standards, checking and registering them, comparing them, and putting them in force.

mod compare;
mod in_force;
mod register;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use junheng_domain::standard::{Standard, StandardFaults};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{GetStandardRequest, Indicator, ListStandardsRequest, ListStandardsResponse, Standard as Encoded},
};
use junheng_wire::{name, standard::encode};

use crate::{failure::Failure, files::File, output, pages, server, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng standards                            列出内置标准
  junheng standards national-quality-2017      各项指标的标准值、限值和出处
  junheng standards national-quality-2017 --json
  junheng standards --server http://127.0.0.1:50052                  列出服务上的全部标准
  junheng standards check 省标准.toml                                不启动服务，检查标准文件
  junheng standards register 省标准.toml                             登记到评估服务，此后不再变动
  junheng standards compare national-quality-2017 省标准.toml        两份标准的不同之处
  junheng standards in-force set 210000 liaoning-2025 --from 2025-01 自该月起在全省施行
  junheng standards in-force list 210922 --month 2025-01             该县该月适用哪些标准";

/// Arguments of `junheng standards`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(value_name = "ID|FILE.toml", help = "标准的编号或 TOML 文件；不给出时列出全部")]
    standard: Option<String>,
    #[arg(long, value_name = "URL", help = "评估服务的地址：查看服务上的标准；不给出时查看内置标准")]
    server: Option<String>,
    #[arg(long, help = "输出 JSON")]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(about = "检查标准文件，列出全部错误，不需要服务", after_help = register::CHECK_EXAMPLES)]
    Check(register::Check),
    #[command(about = "登记一份标准，此后不再变动", after_help = register::EXAMPLES)]
    Register(register::Register),
    #[command(about = "比较两份标准的不同之处", after_help = compare::EXAMPLES)]
    Compare(compare::Args),
    #[command(name = "in-force", about = "确定、查看各地现行的标准", after_help = in_force::EXAMPLES)]
    InForce(in_force::Args),
}

/// Does what was asked; without a subcommand prints one standard or the list.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Some(Command::Check(args)) => register::check(&args),
        Some(Command::Register(args)) => register::run(args).await,
        Some(Command::Compare(args)) => compare::run(&args).await,
        Some(Command::InForce(args)) => in_force::run(args).await,
        None => show(&args).await,
    }
}

async fn show(args: &Args) -> Result<(), Failure> {
    let text = if let Some(wanted) = &args.standard {
        let standard = match &args.server {
            Some(server) => {
                let request = GetStandardRequest { name: name::standard(wanted) };
                server::connect(server).await?.get_standard(request).await?.standard.unwrap_or_default()
            }
            None => encode(&*find(wanted)?, args.json),
        };
        if args.json { serde_json::to_string_pretty(&standard)? } else { describe(&standard) }
    } else {
        let standards = match &args.server {
            Some(server) => list_all(server).await?,
            None => national()?.iter().map(|standard| encode(standard, false)).collect(),
        };
        let all = ListStandardsResponse { standards, ..ListStandardsResponse::default() };
        if args.json { serde_json::to_string_pretty(&all)? } else { list(&all.standards) }
    };
    output::print(&text)
}

async fn list_all(server: &str) -> Result<Vec<Encoded>, Failure> {
    let client = server::connect(server).await?;
    let standards = pages::all(async |page_token| {
        let page = client.list_standards(ListStandardsRequest { page_size: 0, page_token }).await?;
        Ok((page.standards, page.next_page_token))
    });
    Ok(standards.await?)
}

/// The standards that are compiled in.
pub(crate) fn national() -> Result<&'static [Arc<Standard>], Failure> {
    Standard::national().map_err(|faults| refused("内置标准", faults))
}

/// Finds a compiled-in standard by its id, or reads a file.
pub(crate) fn find(wanted: &str) -> Result<Arc<Standard>, Failure> {
    let national = national()?;
    if let Some(standard) = national.iter().find(|standard| standard.id == wanted) {
        return Ok(Arc::clone(standard));
    }
    let path = Path::new(wanted);
    let names_file = path.exists() || path.components().count() > 1 || path.extension().is_some();
    if !names_file {
        let ids: Vec<_> = national.iter().map(|standard| standard.id.as_str()).collect();
        let text = format!("没有编号为“{wanted}”的内置标准。内置标准：{}；也可以给出 TOML 文件的路径", ids.join("、"));
        return Err(Failure::Refused(text));
    }
    let mut loaded = read(&[path.to_owned()])?;
    loaded.pop().ok_or(Failure::Told)
}

/// Reads files of standards, of which each may extend those before it. Tells all faults of all files before it fails.
fn read(paths: &[PathBuf]) -> Result<Vec<Arc<Standard>>, Failure> {
    let files = File::read_all(paths)?;
    let (mut loaded, mut failed): (Vec<Arc<Standard>>, _) = (vec![], false);
    for file in files {
        let name = file.name();
        let known =
            |id: &str| loaded.iter().find(|standard| standard.id == id).map(|standard| standard.document.clone());
        let standard = match String::from_utf8(file.bytes) {
            Ok(text) => {
                Standard::load_with(&text, &known).map_err(|faults| refused(&format!("评估标准文件 {name} "), &faults))
            }
            Err(_) => Err(Failure::Refused(format!("评估标准文件 {name} 不是 UTF-8 编码"))),
        };
        match standard {
            Ok(standard) => loaded.push(Arc::new(standard)),
            Err(failure) => {
                failure.tell();
                failed = true;
            }
        }
    }
    if failed { Err(Failure::Told) } else { Ok(loaded) }
}

fn refused(what: &str, faults: &StandardFaults) -> Failure {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("\n  {fault}")).collect();
    Failure::Refused(format!("{what}有{}处错误：{}", faults.0.len(), lines.concat()))
}

fn id(standard: &Encoded) -> &str {
    last(&standard.name)
}

/// The last part of a resource name.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

fn list(standards: &[Encoded]) -> String {
    let mut table = Table::new(["编号", "名称", "依据", "发布日期", "扩展"], &[]);
    for standard in standards {
        table.row([
            id(standard).to_owned(),
            standard.display_name.clone(),
            standard.act.clone(),
            standard.issued_on.clone(),
            last(&standard.extends).to_owned(),
        ]);
    }
    table.lines("").join("\n")
}

fn describe(standard: &Encoded) -> String {
    let weighting = if standard.weighting == "unweighted" { "不加权" } else { "按在校生数加权" };
    let mut lines = vec![
        format!("{}({})", standard.display_name, id(standard)),
        format!("依据：{}，{}发布；差异系数{weighting}", standard.act, standard.issued_on),
    ];
    if !standard.extends.is_empty() {
        lines.push(format!("扩展：{}，以下为合并后的全部内容", last(&standard.extends)));
    }
    let until = if standard.valid_to.is_empty() { "另行通知" } else { &standard.valid_to };
    match standard.valid_from.as_str() {
        "" if standard.valid_to.is_empty() => {}
        "" => lines.push(format!("有效期：至{until}")),
        from => lines.push(format!("有效期：{from}至{until}")),
    }
    lines.extend([String::new(), "资源配置".to_owned()]);
    lines.extend(standard.indicators.first().map(|indicator| format!("  {}", indicator.rule)));
    let header = ["编号", "指标", "单位", "小学标准", "初中标准", "差异系数（小学）", "差异系数（初中）", "出处"];
    let mut indicators = Table::new(header, &[3, 4, 5, 6]);
    for indicator in &standard.indicators {
        let limits = |stage| limits(indicator, stage);
        let ((primary, primary_limit), (junior, junior_limit)) = (limits(Stage::Primary), limits(Stage::Junior));
        indicators.row([
            indicator.id.clone(),
            indicator.title.clone(),
            indicator.unit.clone(),
            at("≥", primary),
            at("≥", junior),
            at("≤", primary_limit),
            at("≤", junior_limit),
            indicator.source.clone(),
        ]);
    }
    lines.extend(indicators.lines("  "));
    lines.extend([String::new(), "县级指标项".to_owned()]);
    for item in &standard.items {
        lines.push(format!("  {} {}", item.id, item.title));
        lines.extend(item.tests.iter().map(|test| format!("      {test}")));
        lines.push(format!("      出处：{}", item.source));
    }
    lines.join("\n")
}

fn limits(indicator: &Indicator, stage: Stage) -> (Option<f64>, Option<f64>) {
    let found = indicator.limits.iter().find(|limit| limit.stage() == stage);
    (found.and_then(|limit| limit.threshold), found.and_then(|limit| limit.variation_limit))
}

fn at(sign: &str, number: Option<f64>) -> String {
    number.map_or_else(|| "—".to_owned(), |number| format!("{sign}{number}"))
}
