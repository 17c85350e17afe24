//! `junheng standards`: the standards that are compiled in, and finding one by id or file.

use std::{path::Path, sync::Arc};

use junheng_domain::standard::{Standard, StandardFaults};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{Indicator, ListStandardsResponse, Standard as Encoded},
};
use junheng_wire::standard::encode;

use crate::{failure::Failure, files::File, output, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng standards                            列出内置标准
  junheng standards national-quality-2017      各项指标的标准值、限值和出处
  junheng standards national-quality-2017 --json";

/// Arguments of `junheng standards`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_name = "ID|FILE.toml", help = "标准的编号或 TOML 文件；不给出时列出内置标准")]
    standard: Option<String>,
    #[arg(long, help = "输出 JSON")]
    json: bool,
}

/// Prints one standard or the list.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let text = if let Some(wanted) = &args.standard {
        let standard = find(wanted)?;
        let standard = encode(&standard, args.json);
        if args.json { serde_json::to_string_pretty(&standard)? } else { describe(&standard) }
    } else {
        let standards = national()?.iter().map(|standard| encode(standard, false)).collect();
        let all = ListStandardsResponse { standards, ..ListStandardsResponse::default() };
        if args.json { serde_json::to_string_pretty(&all)? } else { list(&all.standards) }
    };
    output::print(&text)
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
    let file = File::read(path)?;
    let text = String::from_utf8(file.bytes)
        .map_err(|_| Failure::Refused(format!("评估标准文件 {wanted} 不是 UTF-8 编码")))?;
    Standard::load(&text).map(Arc::new).map_err(|faults| refused(&format!("评估标准文件 {wanted} "), &faults))
}

fn refused(what: &str, faults: &StandardFaults) -> Failure {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("\n  {fault}")).collect();
    Failure::Refused(format!("{what}有{}处错误：{}", faults.0.len(), lines.concat()))
}

fn id(standard: &Encoded) -> &str {
    standard.name.rsplit('/').next().unwrap_or_default()
}

fn list(standards: &[Encoded]) -> String {
    let mut table = Table::new(["编号", "名称", "依据", "发布日期"], &[]);
    for standard in standards {
        table.row([
            id(standard).to_owned(),
            standard.display_name.clone(),
            standard.act.clone(),
            standard.issued_on.clone(),
        ]);
    }
    table.lines("").join("\n")
}

fn describe(standard: &Encoded) -> String {
    let weighting = if standard.weighting == "unweighted" { "不加权" } else { "按在校生数加权" };
    let mut lines = vec![
        format!("{}({})", standard.display_name, id(standard)),
        format!("依据：{}，{}发布；差异系数{weighting}", standard.act, standard.issued_on),
        String::new(),
        "资源配置".to_owned(),
    ];
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
