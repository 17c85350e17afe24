//! `junheng attribute`: which units a coefficient of variation comes from, by the evaluation service.

use clap::ValueEnum;
use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::{
    common::v1,
    evaluation::v1::{
        AttributeVariationRequest, AttributeVariationResponse, StageIndicator, UnitContribution, VariationAttribution,
    },
};
use junheng_wire::{name, time};

use crate::{
    args,
    failure::Failure,
    output, server,
    summary::{coefficient, decimals, stage_title, title},
    table::Table,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng attribute 210922 --month 2024-12 --stage primary --indicator L4    小学 L4 的差异系数来自哪些学校
  junheng attribute 210922 --month 2024-12 --standard national-basic-2012    全部学段、全部指标

各单元的方差占比合计为 100%。先列补到县均值后差异系数下降最多的单元，再列高于均值的单元。“补到均值需增”是在校生不变时要增加的总量。";

/// Arguments of `junheng attribute`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_enum, help = "学段：小学或初中 [默认：全部]")]
    stage: Option<Stage>,
    #[arg(
        long,
        value_name = "ID",
        default_value = "",
        hide_default_value = true,
        help = "指标的编号，如 L4 [默认：全部]"
    )]
    indicator: String,
    #[arg(long, value_name = "ID", help = "评估标准的编号 [默认：该县现行的标准]")]
    standard: Option<String>,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "只计该时刻已知的数据，如 2025-01-05T00:00:00Z")]
    as_of: Option<Timestamp>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// A stage that is judged.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stage {
    #[value(alias = "小学")]
    Primary,
    #[value(alias = "初中")]
    Junior,
}

/// Asks, and prints the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let stage = match args.stage {
        Some(Stage::Primary) => v1::Stage::Primary,
        Some(Stage::Junior) => v1::Stage::Junior,
        None => v1::Stage::Unspecified,
    };
    let request = AttributeVariationRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        standard: args.standard.as_deref().map(name::standard).unwrap_or_default(),
        as_of: args.as_of.map(time::encode),
        stage: stage.into(),
        indicator: args.indicator,
    };
    let response = server::connect(&args.server).await?.attribute_variation(request).await?;
    let text =
        if args.json { serde_json::to_string_pretty(&response)? } else { text(&args.county, args.month, &response) };
    output::print(&text)
}

fn text(county: &RegionCode, month: Month, response: &AttributeVariationResponse) -> String {
    let mut lines = vec![format!("{county}  {month}  {}", response.standard)];
    for variation in &response.variations {
        lines.push(String::new());
        lines.extend(self::variation(variation));
    }
    lines.join("\n")
}

fn variation(variation: &VariationAttribution) -> Vec<String> {
    let indicator = variation.indicator.clone().unwrap_or_default();
    let mut lines = vec![heading(stage_title(variation.stage()), &indicator)];
    if variation.units.is_empty() {
        let none = if indicator.variation.is_some() {
            "  各单元数值相同"
        } else {
            "  数据有缺失或全部为零，不能分解到各单元"
        };
        lines.push(none.to_owned());
        return lines;
    }
    let amount = format!("补到均值需增({})", indicator.amount_unit);
    let value = format!("数值({})", indicator.unit);
    let header = ["标识码", "学校", &value, "方差占比", "去掉后系数", &amount, "补后系数"];
    let mut table = Table::new(header, &[2, 3, 4, 5, 6]);
    for unit in &variation.units {
        table.row(row(unit, decimals(&indicator)));
    }
    lines.extend(table.lines("  "));
    lines
}

fn heading(stage: &str, indicator: &StageIndicator) -> String {
    let known = coefficient(indicator.variation, indicator.variation_low, indicator.variation_high);
    let decimals = decimals(indicator);
    let mean = indicator.mean.map(|mean| format!("，县均值{mean:.decimals$}{}", indicator.unit));
    let limit = indicator.variation_limit.map(|limit| format!("，限值{limit}，{}", title(indicator.verdict())));
    format!(
        "{stage}{}{}：差异系数{known}{}{}",
        indicator.id,
        indicator.title,
        limit.unwrap_or_default(),
        mean.unwrap_or_default()
    )
}

fn row(unit: &UnitContribution, decimals: usize) -> [String; 7] {
    let coefficient = |value: Option<f64>| value.map(|value| format!("{value:.6}")).unwrap_or_default();
    // Rounded up: who adds the printed amount has added all of it. What lies beyond the sixth decimal is noise of the computation.
    let lift = |amount: f64| format!("{:.2}", (amount * 100.0 - 1e-4).ceil() / 100.0);
    [
        unit.school_code.clone(),
        unit.school_name.clone(),
        unit.value.map(|value| format!("{value:.decimals$}")).unwrap_or_default(),
        unit.variance_share.map(|share| format!("{:.2}%", 100.0 * share)).unwrap_or_default(),
        coefficient(unit.variation_without),
        unit.lift_amount.map(lift).unwrap_or_default(),
        coefficient(unit.variation_after_lift),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indicator(value: Option<f64>) -> StageIndicator {
        StageIndicator {
            id: "R5".into(),
            title: "生均图书册数".into(),
            unit: "册/生".into(),
            amount_unit: "册".into(),
            variation: value,
            ..StageIndicator::default()
        }
    }

    #[test]
    fn a_unit_below_the_mean_says_what_it_needs_and_one_above_says_nothing() {
        let below = UnitContribution {
            school_code: "2".into(),
            school_name: "二校".into(),
            value: Some(10.0),
            variance_share: Some(0.75),
            variation_without: Some(0.1),
            lift_amount: Some(1203.501),
            variation_after_lift: Some(0.25),
        };
        let above = UnitContribution { lift_amount: None, variation_after_lift: None, ..below.clone() };
        let attributed = VariationAttribution {
            stage: v1::Stage::Primary.into(),
            indicator: Some(indicator(Some(0.5))),
            units: vec![below, above],
        };

        let lines = variation(&attributed);

        assert_eq!(lines[0], "小学R5生均图书册数：差异系数0.500000");
        assert!(lines[1].contains("补到均值需增(册)"), "{}", lines[1]);
        assert!(lines[2].contains("75.00%") && lines[2].ends_with("1203.51  0.250000"), "{}", lines[2]);
        assert!(lines[3].ends_with("0.100000"), "{}", lines[3]);
    }

    #[test]
    fn what_is_not_known_is_not_attributed() {
        let open = VariationAttribution { indicator: Some(indicator(None)), ..VariationAttribution::default() };

        assert!(variation(&open)[1].contains("数据有缺失"));
    }
}
