//! `junheng explain`: why a county's verdict is what it is, down to the reported figures, by the evaluation service.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        Comparison, ExplainVerdictRequest, ExplainVerdictResponse, ExplainedOperand, ExplanationKind, ExplanationNode,
        LocalizedText, operand::Value,
    },
};
use junheng_wire::{name, time};

use crate::{
    args,
    failure::Failure,
    figures, output, server,
    summary::{operand_title, stale_since, title},
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng explain 210922 --month 2024-12                                 县、各部分、学段和指标项
  junheng explain 210922 --month 2024-12 resources/primary               小学的各差异系数和各评估单元
  junheng explain 210922 --month 2024-12 resources/primary/2121000001    一所学校，直到上报的数字
  junheng explain 210922 --month 2024-12 government/G3 --depth 9         G3 以下的全部内容

方括号内是路径，可接在命令后面展开。上报的数字附国家统计报表表号、报送编号和版次。";

/// Levels below the county that are told unless another number is asked for, and below any other node.
const DEPTH: [u32; 2] = [2, 1];

/// Arguments of `junheng explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(value_parser = args::county, help = "县的六位行政区划代码")]
    county: RegionCode,
    #[arg(
        value_name = "PATH",
        default_value = "",
        hide_default_value = true,
        help = "从哪里讲起，如 resources/primary [默认：县域结论]"
    )]
    path: String,
    #[arg(long, value_parser = args::month, help = "月份，如 2024-12")]
    month: Month,
    #[arg(long, value_name = "N", help = "往下讲几层 [默认：2；给出路径时 1]")]
    depth: Option<u32>,
    #[arg(long, value_name = "ID", help = "评估标准的编号 [默认：该县现行的标准]")]
    standard: Option<String>,
    #[arg(long, value_name = "INSTANT", value_parser = args::instant, help = "只计该时刻已知的数据，如 2025-01-05T00:00:00Z")]
    as_of: Option<Timestamp>,
    #[arg(long, value_name = "URL", default_value = server::EVALUATION, help = "评估服务的地址")]
    server: String,
    #[arg(long, help = "输出 JSON（protobuf 的规范形式），零照写，缺失的不写")]
    json: bool,
}

/// Asks, and prints the answer.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let [below_county, below_path] = DEPTH;
    let usual = if args.path.is_empty() { below_county } else { below_path };
    let request = ExplainVerdictRequest {
        region: name::region(&args.county),
        month: args.month.to_string(),
        standard: args.standard.as_deref().map(name::standard).unwrap_or_default(),
        as_of: args.as_of.map(time::encode),
        path: args.path,
        depth: Some(args.depth.unwrap_or(usual)),
    };
    let response = server::connect(&args.server).await?.explain_verdict(request).await?;
    let text =
        if args.json { serde_json::to_string_pretty(&response)? } else { text(&args.county, args.month, &response) };
    output::print(&text)
}

fn text(county: &RegionCode, month: Month, response: &ExplainVerdictResponse) -> String {
    let mut lines =
        vec![format!("{county}  {month}  {}", response.standard), format!("依据：{}", response.act), String::new()];
    if let Some(root) = &response.root {
        write(root, &response.act, "", &mut lines);
    }
    lines.join("\n")
}

/// Writes a node and what stands below it, each level indented. A clause is told where it is not that of the node above.
fn write(node: &ExplanationNode, clause_above: &str, indent: &str, lines: &mut Vec<String>) {
    let of = if node.kind() == ExplanationKind::Variation { "的差异系数" } else { "" };
    let heading = [Some(format!("{}{of}", zh(node.title.as_ref()))), verdict(node), value(node)];
    let path = if node.path.is_empty() { String::new() } else { format!("  [{}]", node.path) };
    lines.push(format!("{indent}{}{path}", heading.into_iter().flatten().collect::<Vec<_>>().join("  ")));
    let inner = format!("{indent}  ");
    let clause = if node.source == clause_above { "" } else { &node.source };
    for (label, text) in [("", reason(node)), ("算法：", zh(node.formula.as_ref())), ("条款：", clause)] {
        if !text.is_empty() {
            lines.push(format!("{inner}{label}{text}"));
        }
    }
    lines.extend(node.operands.iter().map(|operand| format!("{inner}· {}", self::operand(operand))));
    let below = node.child_count.unwrap_or_default();
    if node.children.is_empty() && below > 0 {
        lines.push(format!("{inner}（下有{below}项）"));
    }
    let clause = if node.source.is_empty() { clause_above } else { &node.source };
    for child in &node.children {
        write(child, clause, &inner, lines);
    }
}

fn zh(text: Option<&LocalizedText>) -> &str {
    text.map_or("", |text| &text.zh_cn)
}

/// The reason without the verdict's word, which stands in the heading.
fn reason(node: &ExplanationNode) -> &str {
    let reason = zh(node.reason.as_ref());
    match reason.strip_prefix(title(node.verdict())) {
        Some("") => "",
        Some(rest) => rest.strip_prefix('；').unwrap_or(reason),
        None => reason,
    }
}

fn verdict(node: &ExplanationNode) -> Option<String> {
    let sensitive = if node.rounding_sensitive { "（按精确值）" } else { "" };
    (node.verdict() != Verdict::Unspecified).then(|| format!("{}{sensitive}", title(node.verdict())))
}

/// The value, or what is known of it, and what it is held against: `4.05平方米/生（≥4.5）`.
fn value(node: &ExplanationNode) -> Option<String> {
    let unit = &node.unit;
    let known = match (node.value, node.value_low.filter(|low| *low > 0.0), node.value_high) {
        (Some(value), ..) => format!("{}{unit}", figures::short(value)),
        (None, Some(low), Some(high)) => format!("{}至{}{unit}", figures::short(low), figures::short(high)),
        (None, Some(low), None) => format!("不低于{}{unit}", figures::short(low)),
        (None, None, Some(high)) => format!("不高于{}{unit}", figures::short(high)),
        (None, None, None) if node.limit.is_some() && node.verdict() == Verdict::Undetermined => "未知".to_owned(),
        // A test of schools one by one has no value of its own.
        (None, None, None) => return None,
    };
    let sign = match node.comparison() {
        Comparison::AtLeast => "≥",
        Comparison::AtMost => "≤",
        Comparison::Unspecified => "",
    };
    let limit = node.limit.map(|limit| format!("（{sign}{}）", figures::short(limit)));
    Some(known + &limit.unwrap_or_default())
}

/// A reported figure: `小学在校生1985人（教基3112；2024-12.3，第3版）`.
fn operand(explained: &ExplainedOperand) -> String {
    let operand = explained.operand.clone().unwrap_or_default();
    let value = match &operand.value {
        Some(Value::Quantity(value)) => format!("{}{}", figures::short(*value), zh(explained.unit.as_ref())),
        Some(Value::Declaration(declared)) => if *declared { "是" } else { "否" }.to_owned(),
        Some(Value::Date(date)) => date.clone(),
        None if operand.stale => stale_since(&operand),
        None => "未报送".to_owned(),
    };
    let submission = explained.submission.rsplit('/').next().unwrap_or_default();
    let revision = explained.revision.map(|revision| format!("，第{revision}版")).unwrap_or_default();
    let declared = [operand.declared_by.as_str(), &operand.declared_on, &operand.evidence];
    let declared: Vec<&str> = declared.into_iter().filter(|text| !text.is_empty()).collect();
    let sources = [
        explained.form.replace(", ", "、"),
        if submission.is_empty() { String::new() } else { format!("报送{submission}{revision}") },
        declared.join("，"),
    ];
    let sources: Vec<String> = sources.into_iter().filter(|text| !text.is_empty()).collect();
    let sources = if sources.is_empty() { String::new() } else { format!("（{}）", sources.join("；")) };
    format!("{}：{value}{sources}", operand_title(&operand))
}

#[cfg(test)]
mod tests {
    use junheng_proto::evaluation::v1::Operand;

    use super::*;

    fn chinese(text: &str) -> LocalizedText {
        LocalizedText { zh_cn: text.into(), en: String::new() }
    }

    #[test]
    fn a_figure_is_told_with_its_form_and_submission() {
        let shown = operand(&ExplainedOperand {
            operand: Some(Operand {
                id: "teaching_area_m2".into(),
                title: "教学及辅助用房面积".into(),
                value: Some(Value::Quantity(2716.21)),
                ..Operand::default()
            }),
            unit: Some(chinese("平方米")),
            form: "教基5170".into(),
            submission: "regions/210922/submissions/2024-12.3".into(),
            revision: Some(3),
            ..ExplainedOperand::default()
        });

        assert_eq!(shown, "教学及辅助用房面积：2716.21平方米（教基5170；报送2024-12.3，第3版）");
    }

    #[test]
    fn what_no_longer_counts_is_told_with_its_month_and_is_not_zero() {
        let stale = Operand { id: "quota".into(), stale: true, month: "2023-05".into(), ..Operand::default() };
        let explained = |operand| ExplainedOperand { operand: Some(operand), ..ExplainedOperand::default() };

        assert_eq!(operand(&explained(stale)), "quota：2023-05 的声明已过期");
        assert_eq!(operand(&explained(Operand { id: "quota".into(), ..Operand::default() })), "quota：未报送");
    }

    #[test]
    fn a_value_stands_beside_its_limit_and_an_unknown_one_as_an_interval() {
        let node = |value, low, high| ExplanationNode {
            value,
            value_low: low,
            value_high: high,
            unit: "平方米/生".into(),
            limit: Some(4.5),
            comparison: Comparison::AtLeast.into(),
            verdict: Verdict::Undetermined.into(),
            ..ExplanationNode::default()
        };

        assert_eq!(value(&node(Some(4.05), None, None)).as_deref(), Some("4.05平方米/生（≥4.5）"));
        assert_eq!(value(&node(None, Some(4.0), Some(5.0))).as_deref(), Some("4至5平方米/生（≥4.5）"));
        assert_eq!(value(&node(None, Some(0.0), None)).as_deref(), Some("未知（≥4.5）"));
    }

    #[test]
    fn a_reason_does_not_repeat_the_verdict() {
        let node = |text: &str| ExplanationNode {
            verdict: Verdict::NotMet.into(),
            reason: Some(chinese(text)),
            ..ExplanationNode::default()
        };

        assert_eq!(reason(&node("不达标")), "");
        assert_eq!(reason(&node("不达标；待定：S1")), "待定：S1");
        assert_eq!(reason(&node("不达标单元2个")), "不达标单元2个");
        assert_eq!(reason(&node("低于4.5")), "低于4.5");
    }

    #[test]
    fn what_is_not_told_below_a_node_is_counted_and_a_clause_is_told_once() {
        let child = ExplanationNode {
            path: "government".into(),
            title: Some(chinese("政府保障程度")),
            verdict: Verdict::Met.into(),
            source: "条".into(),
            child_count: Some(15),
            ..ExplanationNode::default()
        };
        let root = ExplanationNode {
            title: Some(chinese("县域结论")),
            source: "条".into(),
            child_count: Some(1),
            children: vec![child],
            ..ExplanationNode::default()
        };
        let mut lines = vec![];

        write(&root, "", "", &mut lines);

        assert_eq!(lines, ["县域结论", "  条款：条", "  政府保障程度  达标  [government]", "    （下有15项）"]);
    }
}
