//! `junheng series`: figures month by month.

use std::path::PathBuf;

use clap::ValueEnum;
use jiff::Timestamp;
use junheng_domain::{
    code::{Month, SchoolCode},
    standard::NATIONAL_DEFAULT,
};
use junheng_proto::{
    common::v1 as common,
    reporting::v1::{self as proto, GetSeriesRequest, GetSeriesResponse, export_table_request::Question},
};
use junheng_wire::{name, time};

use crate::{args, export, failure::Failure, output, server};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng series 210922 --measure variation --indicator L2 --from 2024-01 --to 2024-12    一个县的差异系数
  junheng series 210922 --school 2121000001 --indicator L4 --from 2024-01 --to 2024-12    一所学校，连同其前身和后续
  junheng series 210900 --measure met-share --from 2024-01 --to 2024-12 -o 达标率.xlsx     一个市和所辖各县的单元达标率
  junheng series 210000 --measure met-county-share --from 2024-01 --to 2024-12            一个省的达标县占比

没有数据的月份写明原因（缺报、未评估、待定等），不写零。--as-of 只计该时刻已知的数据，重新评估。";

/// Arguments of `junheng series`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::region_or_nation, value_name = "REGION", help = "省、市、县的六位行政区划代码，或“全国”")]
    region: String,
    #[arg(long, value_parser = args::school, value_name = "CODE", help = "该县一所学校的十位标识码")]
    school: Option<SchoolCode>,
    #[arg(long, value_enum, help = "数值；不给出时学校为 value，区划为 mean")]
    measure: Option<Measure>,
    #[arg(
        long,
        value_name = "ID",
        default_value = "",
        hide_default_value = true,
        help = "指标编号，如 L4；综合差异系数为 composite；占比不给出"
    )]
    indicator: String,
    #[arg(long, value_enum, help = "学段；不给出时两个学段")]
    stage: Option<Stage>,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "第一个月，如 2024-01")]
    from: Month,
    #[arg(long, value_name = "MONTH", value_parser = args::month, help = "最后一个月，如 2024-12，最多 60 个月")]
    to: Month,
    #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
    standard: String,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "只计该时刻已知的数据，如 2025-01-05T00:00:00Z")]
    as_of: Option<Timestamp>,
    #[arg(long, value_name = "TABLE", help = "只要这一张表：series、links（学校的沿革）")]
    table: Option<String>,
    #[arg(short, long, value_name = "FILE", help = "写入文件，扩展名为 csv 或 xlsx；不给出时显示")]
    output: Option<PathBuf>,
    #[arg(long, conflicts_with_all = ["output", "table"], help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
    #[arg(long, value_name = "URL", default_value = server::REPORTING, help = "报告服务的地址")]
    server: String,
}

/// What is measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Measure {
    /// 学校的数值
    Value,
    /// 县均值
    Mean,
    /// 差异系数
    Variation,
    /// 单元达标率
    MetShare,
    /// 达标县占比
    MetCountyShare,
}

/// A stage.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    /// 小学
    Primary,
    /// 初中
    Junior,
}

/// Asks, and writes or shows the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let subject = match &args.school {
        Some(school) => format!("{}/schools/{school}", args.region),
        None => args.region,
    };
    let measure = args.measure.map_or(proto::Measure::Unspecified, |measure| match measure {
        Measure::Value => proto::Measure::Value,
        Measure::Mean => proto::Measure::Mean,
        Measure::Variation => proto::Measure::Variation,
        Measure::MetShare => proto::Measure::MetShare,
        Measure::MetCountyShare => proto::Measure::MetCountyShare,
    });
    let stage = args.stage.map_or(common::Stage::Unspecified, |stage| match stage {
        Stage::Primary => common::Stage::Primary,
        Stage::Junior => common::Stage::Junior,
    });
    let mut request = GetSeriesRequest {
        subject,
        measure: measure.into(),
        indicator: args.indicator,
        stage: stage.into(),
        from_month: args.from.to_string(),
        to_month: args.to.to_string(),
        standard: name::standard(&args.standard),
        as_of: args.as_of.map(time::encode),
        ..GetSeriesRequest::default()
    };
    let client = server::connect(&args.server).await?;
    if !args.json {
        if args.output.is_none() && args.table.as_deref() != Some("links") {
            // What it is of, once above the months.
            let one = client.get_series(GetSeriesRequest { page_size: 1, ..request.clone() }).await?;
            output::print(&head(&one, &args.standard))?;
        }
        return export::run(&client, Question::Series(request), args.table, args.output.as_deref()).await;
    }
    let mut whole = client.get_series(request.clone()).await?;
    while !whole.next_page_token.is_empty() {
        request.page_token = std::mem::take(&mut whole.next_page_token);
        let page = client.get_series(request.clone()).await?;
        whole.series.extend(page.series);
        whole.next_page_token = page.next_page_token;
    }
    output::print(&serde_json::to_string_pretty(&whole)?)
}

/// What a series is of: region, what is measured, standard.
fn head(series: &GetSeriesResponse, standard: &str) -> String {
    let name = series.series.first().map(|series| series.subject_display_name.as_str()).unwrap_or_default();
    let below = series.series.first().is_some_and(|series| series.relation() == proto::SeriesRelation::Below);
    let whose = if below { "所辖各县" } else { name };
    let unit = if series.unit.is_empty() { String::new() } else { format!("（{}）", series.unit) };
    format!("{whose}  {}{unit}  评估标准 {standard}", series.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_what_the_figures_are_of() {
        let of = |relation: proto::SeriesRelation, unit: &str| GetSeriesResponse {
            title: "生均面积（县均值）".to_owned(),
            unit: unit.to_owned(),
            series: vec![proto::Series {
                subject_display_name: "彰武县".to_owned(),
                relation: relation.into(),
                ..proto::Series::default()
            }],
            ..GetSeriesResponse::default()
        };

        let head = |relation, unit| head(&of(relation, unit), NATIONAL_DEFAULT);

        assert_eq!(
            head(proto::SeriesRelation::Own, "平方米/生"),
            "彰武县  生均面积（县均值）（平方米/生）  评估标准 national-quality-2017"
        );
        assert_eq!(
            head(proto::SeriesRelation::Below, ""),
            "所辖各县  生均面积（县均值）  评估标准 national-quality-2017"
        );
    }
}
