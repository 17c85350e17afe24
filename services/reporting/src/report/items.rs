//! Sections on the county items: government assurance, education quality, social recognition, vetoes and prerequisites.

use std::fmt::Write as _;

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Item, Part, Test},
};

use super::{
    conclusion,
    document::{Align, Badge, Cell, Table},
    figures::{self, MOST_IN_ROW},
    number::MISSING,
    resources::SENSITIVE_NOTE,
    words,
    writer::Writer,
};

pub(super) const VETOES: &str = "vetoes";
const PREREQUISITE: &str = "prerequisite";
const RESOURCES: &str = "resources";

/// Writes a section for each part, and one for vetoes and prerequisites together.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation) {
    let resources = resources_part(evaluation).map(|part| part.id.as_str());
    let own = |part: &&Part| ![VETOES, PREREQUISITE].contains(&part.id.as_str()) && resources != Some(&part.id);
    for part in evaluation.parts.iter().filter(own) {
        writer.section(&part.title);
        write_part(writer, evaluation, part);
    }
    let find = |id| evaluation.parts.iter().find(|part| part.id == id);
    let last: Vec<&Part> = [VETOES, PREREQUISITE].into_iter().filter_map(find).collect();
    match last[..] {
        [] => {}
        [part] => {
            writer.section(&part.title);
            write_part(writer, evaluation, part);
        }
        _ => {
            writer.section(&last.iter().map(|part| part.title.as_str()).collect::<Vec<_>>().join("和"));
            for part in last {
                writer.subsection(&part.title);
                write_part(writer, evaluation, part);
            }
        }
    }
}

/// The part that resources decide: the one that is called so, else the first that no item belongs to.
pub(super) fn resources_part(evaluation: &Evaluation) -> Option<&Part> {
    let without_items = |part: &&Part| evaluation.items.iter().all(|item| item.part != part.id);
    let named = evaluation.parts.iter().find(|part| part.id == RESOURCES);
    named.or_else(|| evaluation.parts.iter().find(without_items))
}

/// The verdict of a part's item: a veto is triggered or not.
pub(super) fn badge(part: &str, verdict: Verdict) -> Badge {
    if part == VETOES { Badge::of_veto(verdict) } else { Badge::of(verdict) }
}

fn write_part(writer: &mut Writer, evaluation: &Evaluation, part: &Part) {
    let items: Vec<&Item> = evaluation.items.iter().filter(|item| item.part == part.id).collect();
    // The reasons count the items, where there are any.
    let counts = if part.reasons.is_empty() { counts(part, &items) } else { String::new() };
    writer.paragraph(conclusion::part_sentence(part) + &counts);
    if !items.is_empty() {
        write_items(writer, part, &items);
    }
}

/// Writes the table of a part's items, then what stands behind single tests.
pub(super) fn write_items(writer: &mut Writer, part: &Part, items: &[&Item]) {
    let table = items_table(writer, part, items);
    writer.table(table);
    for item in items {
        for test in &item.tests {
            if test.operands.len() > MOST_IN_ROW {
                writer.table(operand_table(item, test));
            }
            if !test.institutions.is_empty() {
                write_institutions(writer, item, test);
            }
        }
    }
}

fn counts(part: &Part, items: &[&Item]) -> String {
    let ids = |verdict| {
        let ids: Vec<&str> =
            items.iter().filter(|item| item.verdict() == verdict).map(|item| item.id.as_str()).collect();
        (ids.len(), ids.join("、"))
    };
    if items.is_empty() {
        return "本部分无评估项目。".to_owned();
    }
    let mut told = format!("共{}项", items.len());
    for verdict in [Verdict::Met, Verdict::NotMet, Verdict::Undetermined] {
        let (count, ids) = ids(verdict);
        if count == 0 {
            continue;
        }
        let _ = write!(told, "，{}{count}项", badge(&part.id, verdict).text);
        if verdict != Verdict::Met {
            let _ = write!(told, "({ids})");
        }
    }
    told + "。"
}

fn items_table(writer: &mut Writer, part: &Part, items: &[&Item]) -> Table {
    let mut table = Table::new(
        format!("{}评估项目", part.title),
        &[
            ("编号", Align::Center),
            ("项目", Align::Left),
            ("判定要求", Align::Left),
            ("实际情况", Align::Left),
            ("结论", Align::Center),
        ],
    );
    table.class = "items";
    for item in items {
        let rows = item_rows(writer, part, item);
        table.groups.push(rows);
    }
    if items.iter().flat_map(|item| &item.tests).any(|test| test.rounding_sensitive) {
        table.notes.push(SENSITIVE_NOTE.to_owned());
    }
    table
}

fn item_rows(writer: &mut Writer, part: &Part, item: &Item) -> Vec<Vec<Cell>> {
    let head =
        |span| [Cell::from(item.id.as_str()), Cell::head(item.title.as_str())].map(|cell: Cell| cell.spanning(span));
    let verdict = |span| Cell::from(badge(&part.id, item.verdict())).spanning(span);
    if item.tests.is_empty() {
        let row = head(1).into_iter().chain([MISSING.into(), MISSING.into(), verdict(1)]);
        return vec![row.collect()];
    }
    let mut rows = Vec::new();
    for (index, test) in item.tests.iter().enumerate() {
        let span = if index == 0 { item.tests.len() } else { 0 };
        let figures = figures::of_test(writer, test, test.operands.len() <= MOST_IN_ROW);
        // Which of several tests fails is said at the test; the item's own verdict stands once.
        let rule = if item.tests.len() > 1 && test.verdict() != Verdict::Met {
            format!("{}【{}】", test.rule, badge(&part.id, test.verdict()).text)
        } else {
            test.rule.clone()
        };
        rows.push(head(span).into_iter().chain([rule.into(), figures.into(), verdict(span)]).collect());
    }
    rows
}

fn write_institutions(writer: &mut Writer, item: &Item, test: &Test) {
    let count = |verdict| test.institutions.iter().filter(|institution| institution.verdict() == verdict).count();
    let (short, open) = (count(Verdict::NotMet), count(Verdict::Undetermined));
    let of = match (short, open) {
        (_, 0) => "未达标",
        (0, _) => "待定",
        _ => "未达标或待定",
    };
    let mut told = Vec::new();
    // The table above says the rule; where an item has several, which one is meant.
    if item.tests.len() > 1 {
        told.push(format!("“{}”", test.rule.trim_end_matches('。')));
    }
    if let Some(total) = test.institution_count {
        told.push(format!("涉及学校{total}所"));
    }
    if short > 0 {
        told.push(format!("{short}所不达标"));
    }
    if open > 0 {
        told.push(format!("{open}所因数据不完整待定"));
    }
    writer.led(format!("{}{of}学校。", item.id), format!("{}，见下表。", told.join("，")));
    writer.table(institution_table(&format!("{}{of}学校", item.id), test));
}

fn institution_table(caption: &str, test: &Test) -> Table {
    let compared = test.institutions.iter().any(|institution| institution.value.is_some());
    let gaps = test.institutions.iter().any(|institution| institution.gap.is_some());
    let mut columns = vec![("序号", Align::Center), ("学校", Align::Left)];
    if compared {
        columns.extend([("实际值", Align::Right), ("要求值", Align::Right)]);
    }
    if gaps {
        // More than a figure reads from the left.
        let words = test.institutions.iter().filter_map(figures::gap_of_institution).any(|gap| gap.contains('、'));
        columns.push(("差距", if words { Align::Left } else { Align::Right }));
    }
    columns.extend([("相关数据", Align::Left), ("结论", Align::Center)]);
    let mut table = Table::new(caption, &columns);
    table.class = "wide";
    for (index, institution) in test.institutions.iter().enumerate() {
        let (value, limit) = figures::of_institution(test, institution);
        let operands = if institution.operands.is_empty() {
            MISSING.to_owned()
        } else {
            figures::operands(&institution.operands, "")
        };
        let mut row: Vec<Cell> = vec![
            (index + 1).to_string().into(),
            Cell::head(words::school(&institution.school_name, &institution.school_code)),
        ];
        if compared {
            row.extend([Cell::from(value), limit.into()]);
        }
        if gaps {
            row.push(figures::gap_of_institution(institution).unwrap_or_else(|| MISSING.to_owned()).into());
        }
        row.extend([Cell::from(operands), institution.verdict().into()]);
        table.row(row);
    }
    table
}

/// The figures of a test, a row each.
fn operand_table(item: &Item, test: &Test) -> Table {
    let columns = [("序号", Align::Center), ("数据", Align::Left), ("数值", Align::Right)];
    let mut table = Table::new(format!("{}各项数据", item.id), &columns);
    for (index, (label, value)) in figures::rows(test).into_iter().enumerate() {
        table.row(vec![(index + 1).to_string().into(), Cell::head(label), value.into()]);
    }
    table
}
