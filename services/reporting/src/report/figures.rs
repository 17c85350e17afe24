//! The figures behind county items: operands in words, compared values, and where they come from.

use std::fmt::Write as _;

use junheng_proto::evaluation::v1::{InstitutionTest, Operand, Test, operand::Value};

use super::{labels, number, resources::SENSITIVE_MARK, words, writer::Writer};

/// The key figures of a test: what was compared, then what it follows from, then marks of the sources.
pub(super) fn of_test(writer: &mut Writer, test: &Test) -> String {
    let mut parts = Vec::new();
    if let Some(value) = test.value {
        let mark = if test.rounding_sensitive { SENSITIVE_MARK } else { "" };
        parts.push(compared(value, test.limit, shares(test), test.rounding_sensitive) + mark);
    }
    if let Some(count) = test.institution_count {
        parts.push(institutions(test, count));
    }
    let operands: Vec<String> = test.operands.iter().map(operand).collect();
    if !operands.is_empty() {
        parts.push(operands.join("、"));
    }
    let mut told = parts.join("；");
    let mut marks: Vec<String> = Vec::new();
    for source in test.operands.iter().filter_map(source) {
        let mark = writer.source(source);
        if !marks.contains(&mark) {
            marks.push(mark);
        }
    }
    told += &marks.concat();
    if told.is_empty() { number::MISSING.to_owned() } else { told }
}

fn institutions(test: &Test, count: u32) -> String {
    let with = |verdict| test.institutions.iter().filter(|institution| institution.verdict() == verdict).count();
    let mut told = format!("应达标学校{count}所");
    if let Some(met) = test.met_institution_count {
        let _ = write!(told, "，达标{met}所");
    }
    for (verdict, word) in [
        (junheng_proto::common::v1::Verdict::NotMet, "不达标"),
        (junheng_proto::common::v1::Verdict::Undetermined, "待定"),
    ] {
        let count = with(verdict);
        if count > 0 {
            let _ = write!(told, "，{word}{count}所");
        }
    }
    told
}

/// The value of one institution, and what it had to reach or keep within.
pub(super) fn of_institution(test: &Test, institution: &InstitutionTest) -> (String, String) {
    let shares = shares(test);
    let missing = || number::MISSING.to_owned();
    let value = institution.value.map_or_else(missing, |value| compared(value, institution.limit, shares, true));
    let limit = institution
        .limit
        .map_or_else(missing, |limit| if shares { number::percent(limit, 2) } else { number::plain(limit) });
    (value, limit)
}

/// Whether the compared value is a share, to be printed as a percentage: the rule speaks of per cent, or one county figure is
/// held against another (limit 1).
fn shares(test: &Test) -> bool {
    test.rule.contains(['%', '\u{ff05}']) || (test.limit == Some(1.0) && test.institution_count.is_none())
}

fn compared(value: f64, limit: Option<f64>, share: bool, sensitive: bool) -> String {
    if share {
        return number::percent_beside(value, limit, 2, sensitive);
    }
    // Counts and yuan stand without the zeros that two decimals would add.
    let text = number::beside(value, limit, 2, sensitive);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An operand in words: label, value, unit. A missing one is 未报送, never zero.
pub(super) fn operand(operand: &Operand) -> String {
    let (label, unit) = labels::operand(&operand.id);
    match &operand.value {
        Some(Value::Quantity(value)) => format!("{label}{}{unit}", number::plain(*value)),
        Some(Value::Declaration(found)) if operand.id == "found" => {
            if *found { "发现该情形" } else { "未发现该情形" }.to_owned()
        }
        Some(Value::Declaration(true)) if operand.id == "declared_met" => "已申报达到要求".to_owned(),
        Some(Value::Declaration(false)) if operand.id == "declared_met" => "申报未达到要求".to_owned(),
        Some(Value::Declaration(declared)) => format!("{label}:{}", if *declared { "是" } else { "否" }),
        Some(Value::Date(date)) => format!("{label}{date}"),
        None if matches!(operand.id.as_str(), "found" | "declared_met") => "未申报".to_owned(),
        None => format!("{label}未报送"),
    }
}

/// Who declared an operand, when, and on what evidence.
fn source(operand: &Operand) -> Option<String> {
    let mut parts = Vec::new();
    if !operand.declared_by.is_empty() {
        parts.push(operand.declared_by.clone());
    }
    if !operand.declared_on.is_empty() {
        parts.push(format!("{}申报", operand.declared_on));
    }
    if !operand.evidence.is_empty() {
        parts.push(format!("依据：{}", operand.evidence));
    }
    if !operand.month.is_empty() {
        parts.push(format!("沿用{}报送数据", words::month(&operand.month)));
    }
    (operand.value.is_some() && !parts.is_empty()).then(|| parts.join("，"))
}
