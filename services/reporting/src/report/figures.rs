//! The figures behind county items: operands in words, compared values, and where they come from.

use std::fmt::Write as _;

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{InstitutionTest, Item, Operand, Test, operand::Value},
};

use super::{labels, number, resources::SENSITIVE_MARK, words, writer::Writer};

/// Figures of a test that still stand in its row; more of them have a table of their own, or a line each.
pub(crate) const MOST_IN_ROW: usize = 6;

/// The key figures of a test: what was compared and by how much it falls short, then what it follows from where `listed`, then marks
/// of the sources.
pub(super) fn of_test(writer: &mut Writer, test: &Test, listed: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(compared_in(test));
    if !listed {
        let open = test.operands.iter().filter(|operand| operand.value.is_none()).count();
        let missing = if open == 0 { String::new() } else { format!("，其中{open}项未报送") };
        parts.push(format!("共{}项数据{missing}，见下表", test.operands.len()));
    } else if !test.operands.is_empty() {
        parts.push(operands(&test.operands, points(test)));
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
    match test.verdict() {
        _ if !told.is_empty() => told,
        Verdict::Undetermined => "未报送".to_owned(),
        _ => number::MISSING.to_owned(),
    }
}

/// What a test compared, what it lacks and how many schools reach it.
pub(super) fn compared_in(test: &Test) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(value) = test.value {
        let mark = if test.rounding_sensitive { SENSITIVE_MARK } else { "" };
        parts.push(compared(value, test.limit, measure(test, &test.operands), test.rounding_sensitive) + mark);
    }
    parts.extend(gap_of_test(test));
    if let Some(count) = test.institution_count {
        parts.push(institutions(test, count));
    }
    parts
}

/// The figures of a test, label and value.
pub(super) fn rows(test: &Test) -> Vec<(String, String)> {
    test.operands.iter().map(|operand| row(operand, points(test))).collect()
}

/// A figure, label and value; one whose title does not say its unit has this one.
pub(super) fn row(operand: &Operand, otherwise: &'static str) -> (String, String) {
    let value = match &operand.value {
        Some(Value::Quantity(value)) => number::plain(*value) + unit(operand, otherwise),
        Some(Value::Declaration(declared)) => if *declared { "是" } else { "否" }.to_owned(),
        Some(Value::Date(date)) => words::date(date),
        None => absent(operand),
    };
    (labels::label(&operand.id, &operand.title), value)
}

/// The unit of figures whose title does not say it: points, where the rule is about a score.
pub(crate) fn points(test: &Test) -> &'static str {
    if test.rule.contains("得分") { "分" } else { "" }
}

fn unit(operand: &Operand, otherwise: &'static str) -> &'static str {
    let known = labels::unit(&operand.id, &operand.title);
    if known.is_empty() { otherwise } else { known }
}

/// The unit of the compared amount: that of the figure that the test begins with.
fn counted(test: &Test, operands: &[Operand]) -> &'static str {
    operands.first().map_or("", |operand| unit(operand, points(test)))
}

fn gap(gap: Option<f64>, value: Option<f64>, limit: Option<f64>, unit: &str) -> Option<String> {
    let beyond = value.zip(limit).is_some_and(|(value, limit)| value > limit);
    gap.map(|gap| format!("{}{}", if beyond { "超出" } else { "还差" }, labels::amount(gap, unit)))
}

/// What the county lacks.
pub(crate) fn gap_of_test(test: &Test) -> Option<String> {
    gap(test.gap, test.value, test.limit, counted(test, &test.operands))
}

/// What one institution lacks, or has too much; each kind of room by itself, where the test counts the fewest of several.
pub(super) fn gap_of_institution(institution: &InstitutionTest) -> Option<String> {
    if let Some(rooms) = rooms_short(institution) {
        return Some(rooms);
    }
    let unit = institution.operands.first().map_or("", |operand| unit(operand, ""));
    gap(institution.gap, institution.value, institution.limit, unit)
}

/// The same with what it lacks: 满意的问卷数还差10份.
pub(super) fn lacking(test: &Test) -> Option<String> {
    let gap = gap_of_test(test)?;
    let what = test.operands.first().map(|operand| labels::label(&operand.id, &operand.title));
    Some(format!("{}{gap}", what.unwrap_or_default().trim_start_matches("其中")))
}

/// How many rooms of each kind are short, where more than one kind has to reach the limit: 音乐、美术专用教室各还差1间.
fn rooms_short(institution: &InstitutionTest) -> Option<String> {
    const ROOM: &str = "专用教室";
    let rooms: Vec<&Operand> =
        institution.operands.iter().filter(|operand| operand.id.ends_with("_rooms_qualified")).collect();
    let limit = institution.limit.filter(|_| institution.gap.is_some() && rooms.len() > 1)?;
    let mut short: Vec<(String, Vec<String>)> = vec![];
    for room in rooms {
        let Some(Value::Quantity(count)) = room.value else { continue };
        if count >= limit {
            continue;
        }
        let label = labels::label(&room.id, &room.title);
        let name = label.trim_start_matches("达标").trim_end_matches(ROOM).to_owned();
        let amount = labels::amount(limit - count, unit(room, ""));
        match short.iter_mut().find(|(known, _)| *known == amount) {
            Some((_, names)) => names.push(name),
            None => short.push((amount, vec![name])),
        }
    }
    let told = short.into_iter().map(|(amount, names)| {
        let each = if names.len() > 1 { "各" } else { "" };
        format!("{}{ROOM}{each}还差{amount}", names.join("、"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("，"))
}

/// What the schools that fall short of an item lack together, where it is money.
pub(super) fn total_of_institutions(item: &Item) -> Option<String> {
    let short = item.tests.iter().flat_map(|test| &test.institutions);
    let short: Vec<_> = short.filter(|institution| institution.verdict() == Verdict::NotMet).collect();
    let yuan = |institution: &&InstitutionTest| {
        let unit = institution.operands.first().map_or("", |operand| unit(operand, ""));
        institution.gap.filter(|_| unit == "元").map(|gap| labels::whole(gap, unit))
    };
    let total: f64 = short.iter().map(yuan).sum::<Option<f64>>()?;
    (short.len() > 1).then(|| format!("，缺口合计{}", labels::amount(total, "元")))
}

/// What stands in the place of a value that does not count: nothing was reported, or too long ago.
fn absent(operand: &Operand) -> String {
    if operand.stale { words::stale(&operand.month, &operand.declared_on) } else { "未报送".to_owned() }
}

pub(crate) fn institutions(test: &Test, count: u32) -> String {
    let with = |verdict| test.institutions.iter().filter(|institution| institution.verdict() == verdict).count();
    let mut told = format!("涉及学校{count}所");
    if test.met_institution_count == Some(count) && count > 0 {
        return told + "，均达标";
    }
    if let Some(met) = test.met_institution_count {
        let _ = write!(told, "，达标{met}所");
    }
    for (verdict, word) in [(Verdict::NotMet, "不达标"), (Verdict::Undetermined, "待定")] {
        let count = with(verdict);
        if count > 0 {
            let _ = write!(told, "，{word}{count}所");
        }
    }
    told
}

/// The value of one institution, and what it had to reach or keep within.
pub(super) fn of_institution(test: &Test, institution: &InstitutionTest) -> (String, String) {
    let measure = measure(test, &institution.operands);
    let missing = || number::MISSING.to_owned();
    let value = institution.value.map_or_else(missing, |value| compared(value, institution.limit, measure, true));
    let limit = institution.limit.map_or_else(missing, |limit| match measure {
        Measure::Share => number::percent(limit, 2),
        Measure::Amount(unit) => number::plain(limit) + unit,
    });
    (value, limit)
}

/// What a compared value is.
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// A share, printed as a percentage.
    Share,
    /// An amount of this unit; the unit is empty where it is not known.
    Amount(&'static str),
}

/// A share where the rule speaks of per cent, or one county figure is held against another (limit 1); else an amount in the
/// unit of the figure that it begins with.
pub(crate) fn measure(test: &Test, operands: &[Operand]) -> Measure {
    if test.rule.contains(['%', '\u{ff05}']) || (test.limit == Some(1.0) && test.institution_count.is_none()) {
        return Measure::Share;
    }
    Measure::Amount(counted(test, operands))
}

fn compared(value: f64, limit: Option<f64>, measure: Measure, sensitive: bool) -> String {
    let Measure::Amount(unit) = measure else {
        return number::percent_beside(value, limit, 2, sensitive);
    };
    // Counts and yuan stand without the zeros that two decimals would add.
    let text = number::beside(value, limit, 2, sensitive);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{unit}")
}

/// Operands in words, one after the other; those whose title does not say their unit have this one.
pub(crate) fn operands(operands: &[Operand], unit: &'static str) -> String {
    each_operand(operands, unit).join("，")
}

/// The same, each by itself.
pub(crate) fn each_operand(operands: &[Operand], unit: &'static str) -> Vec<String> {
    let ordered = labels::in_reading_order(operands.iter().collect(), |operand| &operand.title);
    ordered.into_iter().map(|of| operand(of, unit)).collect()
}

/// An operand in words: label, value, unit. A missing one is 未报送, never zero.
fn operand(operand: &Operand, otherwise: &'static str) -> String {
    let label = labels::label(&operand.id, &operand.title);
    match &operand.value {
        Some(Value::Quantity(level)) if matches!(operand.id.rsplit_once('.'), Some((_, "level"))) => {
            format!("{label}{}", words::level(*level))
        }
        Some(Value::Quantity(value)) => {
            let unit = unit(operand, otherwise);
            // A title that does not end with what it counts would run into the figure.
            let colon = if unit.is_empty() || unit == "分" { "：" } else { "" };
            format!("{label}{colon}{}{unit}", number::plain(*value))
        }
        Some(Value::Declaration(true)) if operand.id == "found" => "发现该情形".to_owned(),
        Some(Value::Declaration(false)) if operand.id == "found" => "未发现该情形".to_owned(),
        Some(Value::Declaration(true)) if operand.id == "declared_met" => "已声明达到要求".to_owned(),
        Some(Value::Declaration(false)) if operand.id == "declared_met" => "声明未达到要求".to_owned(),
        Some(Value::Declaration(declared)) => format!("{label}：{}", if *declared { "是" } else { "否" }),
        Some(Value::Date(date)) => format!("{label}：{}", words::date(date)),
        None if matches!(operand.id.as_str(), "found" | "declared_met") && !operand.stale => "未声明".to_owned(),
        None => format!("{label}：{}", absent(operand)),
    }
}

/// Who declared an operand, when, and on what evidence.
pub(super) fn source(operand: &Operand) -> Option<String> {
    let mut parts = Vec::new();
    if !operand.declared_by.is_empty() {
        parts.push(operand.declared_by.clone());
    }
    if !operand.declared_on.is_empty() {
        parts.push(format!("{}填报", words::date(&operand.declared_on)));
    }
    if !operand.evidence.is_empty() {
        parts.push(format!("依据：{}", operand.evidence));
    }
    if !operand.month.is_empty() {
        parts.push(format!("沿用{}报送数据", words::month(&operand.month)));
    }
    (operand.value.is_some() && !parts.is_empty()).then(|| parts.join("，"))
}
