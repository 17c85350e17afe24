//! `junheng evaluate`: one county's month, from files or by the evaluation service.

use std::{path::PathBuf, sync::Arc};

use junheng_domain::{
    code::{Month, RegionCode},
    evaluation,
    standard::{NATIONAL_DEFAULT, Standard},
};
use junheng_proto::evaluation::v1::{EvaluateCountyRequest, Evaluation};
use junheng_wire::name;

use crate::{args, failure::Failure, files::File, findings::Findings, offline, output, server, standards, summary};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng evaluate --schools 学校.csv --county 210922 --month 2024-12
  junheng evaluate --schools 学校.csv --items 指标.csv --county 210922 --month 2024-12 --json
  junheng evaluate --schools 学校.csv --county 210922 --month 2024-12 --standard 省标准.toml
  junheng evaluate --server http://127.0.0.1:50052 --county 210922 --month 2024-12

学校文件：一行一所学校，表头为 school_code、name、school_type 等属性和 pupils_primary 等指标要素；空单元格和没有的列按缺失处理，
不按零处理。指标文件：item,operand,value,declared_on,declared_by,evidence。文件须为 UTF-8 或 GBK 编码的 CSV，或 .xlsx 工作簿（可将两张表放在一起）。
数据有错误时，全部问题列在标准错误上，不输出评估结果，退出码为 1；警告不影响评估。";

/// Arguments of `junheng evaluate`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub(crate) struct Args {
    #[arg(long, value_name = "FILE", group = "source", help = "学校数据文件（.csv 或 .xlsx）")]
    schools: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "schools", help = "县级指标项文件")]
    items: Option<PathBuf>,
    #[arg(long, value_name = "URL", group = "source", help = "评估服务的地址：由服务按已报送的数据评估")]
    server: Option<String>,
    #[arg(long, value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(
        long,
        value_name = "ID|FILE.toml",
        help = "评估标准：内置标准的编号或 TOML 文件 [默认：优质均衡国家标准；用服务时为该县现行的全部标准]"
    )]
    standard: Option<String>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// Evaluates and prints.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let evaluations = match (&args.schools, &args.server) {
        (Some(schools), _) => vec![from_files(&args, schools)?],
        (None, Some(server)) => from_service(&args, server).await?,
        (None, None) => return Err(Failure::Usage("请给出 --schools 或 --server".to_owned())),
    };
    for evaluation in &evaluations {
        let text = if args.json { serde_json::to_string_pretty(evaluation)? } else { summary::text(evaluation) };
        output::print(&text)?;
    }
    Ok(())
}

fn from_files(args: &Args, schools: &PathBuf) -> Result<Evaluation, Failure> {
    // What is wrong with the standard and with the files is told at once.
    let standard = standards::find(args.standard.as_deref().unwrap_or(NATIONAL_DEFAULT)).inspect_err(Failure::tell);
    let files = File::read_all(std::iter::once(schools).chain(&args.items));
    let known: Vec<Arc<Standard>> = standards::national()?.iter().chain(standard.as_ref().ok()).cloned().collect();
    let mut facts = None;
    if let Ok(files) = &files {
        let (read, faults) = offline::read(files, args.month, &known);
        let faults = Findings::made(&faults);
        faults.tell();
        facts = Some(read).filter(|_| !faults.refuse());
    }
    let (Ok(standard), Some(facts)) = (standard, facts) else { return Err(Failure::Told) };
    let evaluation = evaluation::evaluate(&standard, &facts);
    Ok(junheng_wire::evaluation::encode(&evaluation, &args.county, None))
}

async fn from_service(args: &Args, server: &str) -> Result<Vec<Evaluation>, Failure> {
    let request = EvaluateCountyRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        standard: args.standard.as_deref().map(name::standard).unwrap_or_default(),
        as_of: None,
    };
    Ok(server::connect(server).await?.evaluate_county(request).await?.evaluations)
}
