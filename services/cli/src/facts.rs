//! `junheng facts`: what counts for a county's month, now or as of an instant.

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_proto::ingest::v1::{GetFactsRequest, GetFactsResponse, county_item::Value};
use junheng_wire::{name, time};

use crate::{args, failure::Failure, output, server, table::Table};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng facts 210922 2024-12
  junheng facts 210922 2024-12 --as-of 2025-01-05T08:00:00+08:00      当时的数据，答复永不改变
  junheng facts 210922 2024-12 --json                                 各校的全部数据";

/// Arguments of `junheng facts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "按这一时刻已知的数据，如 2025-01-05T08:00:00+08:00；不给出时为现在")]
    as_of: Option<Timestamp>,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
    #[arg(long, value_name = "URL", default_value = server::INGEST, help = "接收服务的地址")]
    server: String,
}

/// Asks and prints.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let request = GetFactsRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        as_of: args.as_of.map(time::encode),
    };
    let facts = server::connect(&args.server).await?.get_facts(request).await?;
    output::print(&if args.json { serde_json::to_string_pretty(&facts)? } else { text(&facts) })
}

fn text(facts: &GetFactsResponse) -> String {
    let known = facts.known_at.as_ref().and_then(time::decode);
    let mut lines = vec![
        format!(
            "{} 第{}版，接收时间 {}",
            facts.submission,
            facts.revision.unwrap_or_default(),
            known.map(output::instant).unwrap_or_default()
        ),
        format!("摘要 {}", facts.content_digest),
        format!("学校{}所，县级指标要素{}个", facts.schools.len(), facts.items.len()),
    ];
    for given in &facts.acknowledgements {
        let school = Some(&given.school_code).filter(|code| !code.is_empty());
        let school = school.map(|code| format!("（学校{code}）")).unwrap_or_default();
        lines.push(format!("确认 {}{school}：{}（{}）", given.rule, given.reason, given.acknowledged_by));
    }
    lines.push(format!("该月沿用的县级指标要素{}个：", facts.counting_items.len()));
    let mut table = Table::new(["指标项", "要素", "值", "月份"], &[2]);
    for dated in &facts.counting_items {
        let Some(item) = &dated.item else { continue };
        let value = match &item.value {
            Some(Value::Quantity(number)) => number.to_string(),
            Some(Value::Declaration(true)) => "是".to_owned(),
            Some(Value::Declaration(false)) => "否".to_owned(),
            Some(Value::Date(date)) => date.clone(),
            None => String::new(),
        };
        table.row([item.item.clone(), operand(&item.item, &item.operand), value, dated.month.clone()]);
    }
    lines.extend(table.lines("  "));
    lines.join("\n")
}

/// An operand as the standards of the nation call it, with its id.
fn operand(item: &str, operand: &str) -> String {
    let rules = Standard::national().into_iter().flatten().filter_map(|standard| standard.item(item));
    let mut titles = rules.filter_map(|rule| rule.operand_rule(operand)).map(|rule| rule.title.as_str());
    match titles.find(|title| !title.is_empty()) {
        Some(title) => format!("{title}（{operand}）"),
        None => operand.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use junheng_proto::ingest::v1::{Acknowledgement, CountyItem, DatedCountyItem};

    use super::*;

    #[test]
    fn what_counts_stands_with_the_month_that_brought_it() {
        let item = CountyItem {
            item: "G1".into(),
            operand: "declared_met".into(),
            value: Some(Value::Declaration(true)),
            ..CountyItem::default()
        };
        let facts = GetFactsResponse {
            submission: "regions/210922/submissions/2024-12.2".into(),
            revision: Some(2),
            content_digest: "00ff".into(),
            acknowledgements: vec![Acknowledgement {
                rule: "item_stale".into(),
                reason: "已核实".into(),
                acknowledged_by: "city".into(),
                ..Acknowledgement::default()
            }],
            counting_items: vec![DatedCountyItem { item: Some(item), month: "2024-10".into() }],
            ..GetFactsResponse::default()
        };

        let told = text(&facts);

        assert!(told.contains("第2版") && told.contains("确认 item_stale：已核实（city）"), "{told}");
        assert!(told.contains("（declared_met）"), "{told}");
        assert!(told.lines().last().unwrap().ends_with("是  2024-10"), "{told}");
    }
}
