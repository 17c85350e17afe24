//! `junheng compare`: what changed between two verdicts on a county, and why, by the evaluation service.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{
    CompareEvaluationsRequest, CompareEvaluationsResponse, ComparedEvaluation, ComparedVerdict, Difference, StepKind,
};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, figures, output, server, summary::title, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng compare 210922 --before 2024-11 --after 2024-12
  junheng compare 210922 --before 2024-12 --after 2024-12 --before-as-of 2025-01-05T00:00:00Z    只看此后的更正

差异依次分为四步：评估标准不同；学校（设立、撤并、登记信息）不同；前一月数据的事后更正；数据本身不同。各步之差合计等于总差。
变化的指标按由差到好排列；全部内容用 --json 输出。";

/// Arguments of `junheng compare`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "变化前的月份，如 2024-11")]
    before: Month,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "变化后的月份，如 2024-12")]
    after: Month,
    #[arg(long, value_name = "ID", help = "变化前的评估标准 [默认：该县该月现行的标准]")]
    before_standard: Option<String>,
    #[arg(long, value_name = "ID", help = "变化后的评估标准 [默认：该县该月现行的标准]")]
    after_standard: Option<String>,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "变化前只计该时刻已知的数据，如 2025-01-05T00:00:00Z")]
    before_as_of: Option<Timestamp>,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "变化后只计该时刻已知的数据")]
    after_as_of: Option<Timestamp>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "列出全部变化的指标")]
    all: bool,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// Asks, and prints the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let side = |month: Month, standard: &Option<String>, as_of: Option<Timestamp>| ComparedVerdict {
        month: month.to_string(),
        standard: standard.as_deref().map(name::standard).unwrap_or_default(),
        as_of: as_of.map(time::encode),
    };
    let request = CompareEvaluationsRequest {
        region: name::region(&args.county),
        before: Some(side(args.before, &args.before_standard, args.before_as_of)),
        after: Some(side(args.after, &args.after_standard, args.after_as_of)),
    };
    let response = server::connect(&args.server).await?.compare_evaluations(request).await?;
    let shown = if args.all { usize::MAX } else { figures::SHOWN };
    let text = if args.json { serde_json::to_string_pretty(&response)? } else { text(&args.county, &response, shown) };
    output::print(&text)
}

fn text(county: &RegionCode, response: &CompareEvaluationsResponse, shown: usize) -> String {
    let mut lines = vec![format!("{county}  县域结论的变化")];
    lines.extend(response.before.as_ref().map(|side| format!("变化前：{}", self::side(side))));
    lines.extend(response.after.as_ref().map(|side| format!("变化后：{}", self::side(side))));
    lines.push(String::new());
    let nothing = Difference::default();
    let steps: Vec<_> = response
        .steps
        .iter()
        .map(|step| (step_title(step.kind()), step.difference.as_ref().unwrap_or(&nothing)))
        .collect();
    let mut table = Table::new(["步骤", "县域结论", "变化项数"], &[2]);
    for (heading, step) in &steps {
        let (before, after) = (title(step.verdict_before()), title(step.verdict_after()));
        let verdict = if before == after { after.to_owned() } else { format!("{before}→{after}") };
        table.row([(*heading).to_owned(), verdict, step.figures.len().to_string()]);
    }
    lines.extend(table.lines("  "));
    lines.push(String::new());
    let changing: Vec<_> = steps.into_iter().filter(|(_, step)| !step.figures.is_empty()).collect();
    lines.extend(figures::lines(response.total.as_ref().unwrap_or(&nothing), &changing, shown));
    lines.join("\n")
}

fn side(side: &ComparedEvaluation) -> String {
    let basis = side.basis.clone().unwrap_or_default();
    let revision = basis.revision.map(|revision| format!("，第{revision}版")).unwrap_or_default();
    format!("{}{revision}  {}  {}", side.month, side.standard, title(side.verdict()))
}

const fn step_title(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Standard => "标准",
        StepKind::Schools => "学校",
        StepKind::Corrections => "更正",
        StepKind::Data => "数据",
        StepKind::Unspecified => "其他",
    }
}
