//! The section on what is missing and could decide, by item and by school.

use junheng_proto::evaluation::v1::{Evaluation, MissingOperand};

use super::{
    document::{Align, Cell, Table},
    figures::MOST_IN_ROW,
    labels, words,
    writer::Writer,
};

/// What the section is called.
pub(super) const TITLE: &str = "待补充数据";

/// Writes the section; where nothing is missing there is none.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation) {
    if evaluation.missing.is_empty() {
        return;
    }
    writer.section(TITLE);
    let (county, schools): (Vec<&MissingOperand>, Vec<&MissingOperand>) =
        evaluation.missing.iter().partition(|missing| missing.school_code.is_empty());
    writer.paragraph(
        "下列数据尚未报送，补报后可能改变相应待定项目的结论；已判定达标或不达标的，不因补报下列数据而改变。",
    );
    // One kind alone needs no heading: its table has a caption.
    let both = !county.is_empty() && !schools.is_empty();
    if !county.is_empty() {
        if both {
            writer.subsection("县级项目");
        }
        writer.table(county_table(evaluation, &county));
    }
    if !schools.is_empty() {
        if both {
            writer.subsection("学校数据");
        }
        writer.table(school_table(&schools));
    }
    writer.paragraph("上述数据补报后重新评估，结论以补报后的评估结果为准。");
}

fn county_table(evaluation: &Evaluation, missing: &[&MissingOperand]) -> Table {
    let mut table = Table::new(
        "待补充的县级项目数据",
        &[("编号", Align::Center), ("项目", Align::Left), ("待补充数据", Align::Left)],
    );
    for (rule, group) in grouped(missing, |missing| missing.rule.clone()) {
        let title = evaluation.items.iter().find(|item| item.id == rule).map_or("", |item| &item.title);
        let group = labels::in_reading_order(group, |missing| &missing.title);
        let labels: Vec<String> = group.iter().map(|missing| wanted(missing) + &stale(evaluation, missing)).collect();
        // Those of a test of very many stand in a table of their own already.
        let mut tests = evaluation.items.iter().filter(|item| item.id == rule).flat_map(|item| &item.tests);
        let told = tests.any(|test| test.operands.len() > MOST_IN_ROW);
        let wanted = if told && labels.len() > MOST_IN_ROW {
            format!("见表“{rule}各项数据”中未报送或已过期的各项")
        } else {
            labels.join("；")
        };
        table.row(vec![rule.into(), Cell::head(title), wanted.into()]);
    }
    table
}

/// What is to be brought. A declaration whose title repeats its item is named by what it has to say.
fn wanted(missing: &MissingOperand) -> String {
    match missing.operand.as_str() {
        "found" => "有无此项情形的声明".to_owned(),
        "declared_met" => "是否达到要求的声明".to_owned(),
        operand => labels::label(operand, &missing.title),
    }
}

/// That it was declared once, too long ago to count.
fn stale(evaluation: &Evaluation, missing: &MissingOperand) -> String {
    let tests = evaluation.items.iter().filter(|item| item.id == missing.rule).flat_map(|item| &item.tests);
    let found = tests.flat_map(|test| &test.operands).find(|operand| operand.stale && operand.id == missing.operand);
    found.map_or_else(String::new, |operand| format!("（{}）", words::stale(&operand.month, &operand.declared_on)))
}

fn school_table(missing: &[&MissingOperand]) -> Table {
    let mut table = Table::new(
        "待补充的学校数据",
        &[("学校", Align::Left), ("标识码", Align::Left), ("待补充数据（括号内为涉及的指标和项目）", Align::Left)],
    );
    for (code, group) in grouped(missing, |missing| missing.school_code.clone()) {
        let name = group.first().map(|first| words::school(&first.school_name, &code)).unwrap_or_default();
        let operands = grouped(&group, |missing| missing.operand.clone()).into_iter().map(|(operand, waiting)| {
            let by_stage = grouped(&waiting, |missing| words::stage(missing.stage()).to_owned());
            let rules = by_stage.iter().map(|(stage, of_stage)| {
                let mut ids: Vec<&str> = of_stage.iter().map(|missing| missing.rule.as_str()).collect();
                ids.dedup();
                format!("{stage}{}", words::ids(&ids))
            });
            let rules: Vec<String> = rules.collect();
            let title = waiting.first().map_or("", |missing| &missing.title);
            format!("{}({})", labels::label(&operand, title), rules.join("、"))
        });
        table.row(vec![Cell::head(name), code.as_str().into(), operands.collect::<Vec<_>>().join("；").into()]);
    }
    table
}

/// Groups by a key, keys in the order of their first appearance.
fn grouped<'a>(
    missing: &[&'a MissingOperand],
    key: impl Fn(&MissingOperand) -> String,
) -> Vec<(String, Vec<&'a MissingOperand>)> {
    let mut groups: Vec<(String, Vec<&MissingOperand>)> = Vec::new();
    for &entry in missing {
        let key = key(entry);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(entry),
            None => groups.push((key, vec![entry])),
        }
    }
    groups
}
