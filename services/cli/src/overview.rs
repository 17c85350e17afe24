//! `junheng overview`: how counties stand in a month, or several of them side by side.

use std::path::PathBuf;

use junheng_domain::{code::Month, standard::NATIONAL_DEFAULT};
use junheng_proto::reporting::v1::{
    CompareCountiesRequest, GetProvinceOverviewRequest, YearTarget, export_table_request::Question,
};
use junheng_wire::name;

use crate::{args, export, failure::Failure, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng overview 210000 --month 2024-12                      一个省的各县
  junheng overview 210900 --month 2024-12 --table ranking      一个市各县的排名
  junheng overview 210000 --month 2024-12 -o 总览.xlsx          全部表格，一个工作簿
  junheng overview 210000 --month 2024-12 --table variations -o 差异系数.csv
  junheng overview 210922 210901 --month 2024-12               几个县的比较

表格：一个区划为 counties、ranking、variations、means、inflow、children、targets；几个县为 comparison、figures。没有数据的写明原因，不写零。";

/// Arguments of `junheng overview`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(
        required = true, value_parser = args::region_or_nation, value_name = "REGION",
        help = "省、市、县的六位行政区划代码，或“全国”；给出几个县时作比较"
    )]
    regions: Vec<String>,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
    standard: String,
    #[arg(long, value_name = "TARGETS", value_parser = targets, help = "各年度达标县占比目标，如 2025=60,2030=90,2035=100；不给出时用服务所设的")]
    targets: Option<Targets>,
    #[arg(long, value_name = "TABLE", help = "只要这一张表，如 ranking")]
    table: Option<String>,
    #[arg(short, long, value_name = "FILE", help = "写入文件，扩展名为 csv 或 xlsx；不给出时显示")]
    output: Option<PathBuf>,
    #[arg(long, conflicts_with_all = ["output", "table"], help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
}

/// Targets by year.
#[derive(Debug, Clone)]
pub(crate) struct Targets(pub(crate) Vec<YearTarget>);

/// Reads targets by year.
pub(crate) fn targets(text: &str) -> Result<Targets, String> {
    export::targets(text).map(Targets)
}

/// Asks, and writes or shows the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let (month, standard) = (args.month.to_string(), name::standard(&args.standard));
    let by_year = args.targets.map(|Targets(targets)| targets).unwrap_or_default();
    let question = match args.regions.as_slice() {
        [region] => Question::Overview(GetProvinceOverviewRequest {
            region: region.clone(),
            month,
            standard,
            targets: by_year,
            ..GetProvinceOverviewRequest::default()
        }),
        regions => Question::Comparison(CompareCountiesRequest { regions: regions.to_vec(), month, standard }),
    };
    if !args.json {
        return export::run(&client, question, args.table, args.output.as_deref()).await;
    }
    let text = match question {
        Question::Comparison(request) => serde_json::to_string_pretty(&client.compare_counties(request).await?)?,
        Question::Overview(mut request) => {
            let mut whole = client.get_province_overview(request.clone()).await?;
            while !whole.next_page_token.is_empty() {
                request.page_token = std::mem::take(&mut whole.next_page_token);
                let page = client.get_province_overview(request.clone()).await?;
                whole.counties.extend(page.counties);
                whole.next_page_token = page.next_page_token;
            }
            serde_json::to_string_pretty(&whole)?
        }
        Question::Series(request) => serde_json::to_string_pretty(&client.get_series(request).await?)?,
    };
    output::print(&text)
}
