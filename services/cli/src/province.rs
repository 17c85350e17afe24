//! `junheng province`: how the counties under a province, a city or the nation stand in a month, worst first.

use junheng_domain::{code::Month, standard::NATIONAL_DEFAULT};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{
        CountyCounts, EvaluationOrder, EvaluationSummary, EvaluationView, GetProvinceSummaryRequest,
        GetProvinceSummaryResponse, ListEvaluationsRequest, ProvinceSummary, StageSummary, StageTotals,
    },
};
use junheng_wire::{name, time};

use crate::{
    args,
    failure::Failure,
    output, pages, server,
    summary::{percent, stage_title, title},
    table::Table,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng province 210000 --month 2024-12              一个省
  junheng province 210900 --month 2024-12              一个市
  junheng province 全国 --month 2024-12
  junheng province 210000 --month 2024-12 --json       汇总数字的 JSON，不含各县名单

统计的是已存的评估结果。各县按综合达标单元的比例由低到高排列，两个学段合并计算；没有评估单元的县排在最后。";

/// Regions of one note that are named; of more their number.
const NAMED: usize = 3;

/// Arguments of `junheng province`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::region_or_nation, value_name = "REGION", help = "省或市的六位行政区划代码，或“全国”")]
    region: String,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "ID", default_value = NATIONAL_DEFAULT, help = "评估标准的编号")]
    standard: String,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// Asks and prints.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let client = server::connect(&args.server).await?;
    let (month, standard) = (args.month.to_string(), name::standard(&args.standard));
    let request =
        GetProvinceSummaryRequest { region: args.region.clone(), month: month.clone(), standard: standard.clone() };
    let response = client.get_province_summary(request).await?;
    if args.json {
        return output::print(&serde_json::to_string_pretty(&response)?);
    }
    let request = ListEvaluationsRequest {
        parent: args.region,
        month,
        standard,
        page_size: pages::SIZE,
        order_by: EvaluationOrder::MetShareAscending.into(),
        view: EvaluationView::Basic.into(),
        ..ListEvaluationsRequest::default()
    };
    let counties = pages::all(async |page_token| {
        let page = client.list_evaluations(ListEvaluationsRequest { page_token, ..request.clone() }).await?;
        Ok((page.summaries, page.next_page_token))
    });
    output::print(&text(&response, &counties.await?))
}

fn text(response: &GetProvinceSummaryResponse, counties: &[EvaluationSummary]) -> String {
    let Some(summary) = &response.summary else { return String::new() };
    let standard = summary.standard.rsplit('/').next().unwrap_or_default();
    let read_at = response.read_at.as_ref().and_then(time::decode);
    let counted = summary.counties.unwrap_or_default();
    let mut lines = vec![
        format!("{}  {}  {}（{standard}）", summary.region_display_name, summary.month, summary.standard_title),
        format!("统计时间：{}", read_at.map(output::beijing).unwrap_or_default()),
        format!(
            "县{}个：已报送{}个，已评估{}个；达标{}个，不达标{}个，待定{}个",
            number(counted.county_count),
            number(counted.reported_county_count),
            number(counted.evaluated_county_count),
            number(counted.met_county_count),
            number(counted.not_met_county_count),
            number(counted.undetermined_county_count),
        ),
    ];
    lines.extend(summary.stages.iter().map(stage));
    for (heading, table) in [
        ("各部分达标的县数", Some(parts(summary))),
        ("差异系数超过限值的县数（括号内为待定）", Some(indicators(summary))),
        ("下级区划", children(summary)),
        ("各县，由差到好", Some(ranked(counties)).filter(|_| !counties.is_empty())),
        ("该月没有评估结果的县", unevaluated(summary)),
    ] {
        if let Some(table) = table {
            lines.extend([String::new(), heading.to_owned()]);
            lines.extend(table.lines("  "));
        }
    }
    if !summary.notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes(summary));
    }
    lines.join("\n")
}

/// What must be known of the data: each note once, with the regions that it is of.
fn notes(summary: &ProvinceSummary) -> Vec<String> {
    let mut notes: Vec<(&str, Vec<&str>)> = vec![];
    for note in &summary.notes {
        let name = note.region_display_name.as_str();
        match notes.iter_mut().find(|(text, _)| *text == note.data_note) {
            Some((_, names)) => names.push(name),
            None => notes.push((&note.data_note, vec![name])),
        }
    }
    let told = |(text, names): (&str, Vec<&str>)| {
        let more = if names.len() > NAMED { format!("等{}个区划", names.len()) } else { String::new() };
        format!("说明：{}{more}，{text}", names.get(..NAMED).unwrap_or(&names).join("、"))
    };
    notes.into_iter().map(told).collect()
}

fn stage(stage: &StageTotals) -> String {
    let (units, met) = (stage.unit_count.unwrap_or_default(), stage.met_unit_count.unwrap_or_default());
    let share = if units == 0 { String::new() } else { format!("（{}）", percent(met, units)) };
    let open = number(stage.undetermined_unit_count);
    format!("{}：评估单元{units}个，综合达标{met}个{share}，待定{open}个", stage_title(stage.stage()))
}

fn parts(summary: &ProvinceSummary) -> Table {
    let mut table = Table::new(["部分", "达标", "不达标", "待定"], &[1, 2, 3]);
    for part in &summary.parts {
        table.row([
            part.title.clone(),
            number(part.met_county_count),
            number(part.not_met_county_count),
            number(part.undetermined_county_count),
        ]);
    }
    table
}

fn indicators(summary: &ProvinceSummary) -> Table {
    let mut table = Table::new(["指标", "名称", "小学", "初中"], &[2, 3]);
    let of = |id: &str, stage: Stage| {
        let found = summary.indicators.iter().find(|indicator| indicator.id == id && indicator.stage() == stage);
        found.map_or_else(String::new, |indicator| {
            let (beyond, open) = (number(indicator.exceeded_county_count), number(indicator.undetermined_county_count));
            format!("{beyond}（{open}）")
        })
    };
    for indicator in summary.indicators.iter().filter(|indicator| indicator.stage() == Stage::Primary) {
        let id = &indicator.id;
        table.row([id.clone(), indicator.title.clone(), of(id, Stage::Primary), of(id, Stage::Junior)]);
    }
    table
}

/// The regions directly below; `None` where they are the counties themselves.
fn children(summary: &ProvinceSummary) -> Option<Table> {
    let several = |counties: &Option<CountyCounts>| counties.is_some_and(|counties| counties.county_count > Some(1));
    if !summary.children.iter().any(|child| several(&child.counties)) {
        return None;
    }
    let header = ["代码", "名称", "县", "已报送", "已评估", "达标", "不达标", "待定", "单元达标率"];
    let mut table = Table::new(header, &[2, 3, 4, 5, 6, 7, 8]);
    for child in &summary.children {
        let counted = child.counties.unwrap_or_default();
        let units = child.stages.iter().map(|stage| (stage.unit_count, stage.met_unit_count));
        table.row([
            code(&child.region),
            child.region_display_name.clone(),
            number(counted.county_count),
            number(counted.reported_county_count),
            number(counted.evaluated_county_count),
            number(counted.met_county_count),
            number(counted.not_met_county_count),
            number(counted.undetermined_county_count),
            share(units),
        ]);
    }
    Some(table)
}

fn ranked(counties: &[EvaluationSummary]) -> Table {
    let header = ["代码", "名称", "结论", "评估单元", "综合达标", "待定", "单元达标率", "差异系数超限"];
    let mut table = Table::new(header, &[3, 4, 5, 6]);
    for county in counties {
        let sum = |count: fn(&StageSummary) -> Option<u32>| -> String {
            county.stages.iter().filter_map(count).sum::<u32>().to_string()
        };
        table.row([
            code(&county.region),
            county.region_display_name.clone(),
            title(county.verdict()).to_owned(),
            sum(|stage| stage.unit_count),
            sum(|stage| stage.met_unit_count),
            sum(|stage| stage.undetermined_unit_count),
            share(county.stages.iter().map(|stage| (stage.unit_count, stage.met_unit_count))),
            beyond(county),
        ]);
    }
    table
}

/// Which coefficients are beyond their limit, and of how many it is not known: `小学L2、初中L5`, `待定14项`.
fn beyond(county: &EvaluationSummary) -> String {
    let of_stage = |stage: &StageSummary| -> Vec<String> {
        let title = stage_title(stage.stage());
        stage.exceeded_indicators.iter().map(|id| format!("{title}{id}")).collect()
    };
    let all: Vec<_> = county.stages.iter().flat_map(of_stage).collect();
    let open: u32 = county.stages.iter().filter_map(|stage| stage.undetermined_variation_count).sum();
    match (all.is_empty(), open) {
        (true, 0) => "无".to_owned(),
        (true, open) => format!("待定{open}项"),
        (false, 0) => all.join("、"),
        (false, open) => format!("{}，另待定{open}项", all.join("、")),
    }
}

fn unevaluated(summary: &ProvinceSummary) -> Option<Table> {
    if summary.unevaluated_counties.is_empty() {
        return None;
    }
    let mut table = Table::new(["代码", "名称", "报送", "最近一次评估"], &[]);
    for county in &summary.unevaluated_counties {
        let last = &county.last_evaluated_month;
        table.row([
            code(&county.region),
            county.region_display_name.clone(),
            if county.reported { "已报送" } else { "未报送" }.to_owned(),
            if last.is_empty() { "无".to_owned() } else { last.clone() },
        ]);
    }
    Some(table)
}

fn share(stages: impl Iterator<Item = (Option<u32>, Option<u32>)>) -> String {
    let (units, met) = stages.fold((0, 0), |(units, met), (unit_count, met_count)| {
        (units + unit_count.unwrap_or_default(), met + met_count.unwrap_or_default())
    });
    if units == 0 { "—".to_owned() } else { percent(met, units) }
}

fn code(region: &str) -> String {
    region.rsplit('/').next().unwrap_or_default().to_owned()
}

fn number(count: Option<u32>) -> String {
    count.unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use junheng_proto::evaluation::v1::RegionNote;

    use super::*;

    #[test]
    fn a_note_of_many_regions_is_told_once() {
        let note = |name: &str, text: &str| RegionNote {
            region_display_name: name.to_owned(),
            data_note: text.to_owned(),
            ..RegionNote::default()
        };
        let all = [("甲", "虚构"), ("乙", "虚构"), ("丙", "公开"), ("丁", "虚构"), ("戊", "虚构")];
        let notes = |count: usize| {
            let told = all.iter().take(count).map(|(name, text)| note(name, text));
            super::notes(&ProvinceSummary { notes: told.collect(), ..ProvinceSummary::default() })
        };

        assert_eq!(notes(3), ["说明：甲、乙，虚构", "说明：丙，公开"]);
        assert_eq!(notes(5), ["说明：甲、乙、丁等4个区划，虚构", "说明：丙，公开"]);
    }

    #[test]
    fn a_share_without_units_is_none() {
        assert_eq!(share([(Some(0), Some(0))].into_iter()), "—");
        assert_eq!(share([(Some(3), Some(1)), (Some(1), None)].into_iter()), "25.00%");
    }

    #[test]
    fn coefficients_that_are_not_known_are_not_told_as_none() {
        let told = |exceeded: &[&str], open: u32| {
            let stage = StageSummary {
                stage: Stage::Primary.into(),
                exceeded_indicators: exceeded.iter().map(|id| (*id).to_owned()).collect(),
                undetermined_variation_count: Some(open),
                ..StageSummary::default()
            };
            beyond(&EvaluationSummary { stages: vec![stage], ..EvaluationSummary::default() })
        };

        assert_eq!([told(&[], 0), told(&[], 7)], ["无", "待定7项"]);
        assert_eq!([told(&["L2"], 0), told(&["L2"], 1)], ["小学L2", "小学L2，另待定1项"]);
    }
}
