//! 表Ⅵ: the survey: what was handed out, answered and satisfied, of which parents, and the rates.

use junheng_domain::{facts::ItemValue, standard::Standard};
use junheng_proto::evaluation::v1::{Item, Operand, Part, operand::Value};
use rust_xlsxwriter::Worksheet;

use super::{Declaration, Entry, Grid, WorkbookError, items};
use crate::{
    report::words,
    workbook::grid::{Head, Paper},
};

/// Headings and widths of the columns.
const COLUMNS: [(&str, f64); 5] = [("序号", 6.0), ("项目", 44.0), ("单位", 10.0), ("数值", 16.0), ("说明", 36.0)];
/// A share of the answers that the form asks for and no test judges: of parents.
const PARENTS: (&str, &str, &str) =
    ("questionnaires_parents", "questionnaires_valid", "其中：家长问卷占有效问卷的比例");

/// Writes the sheet.
pub(super) fn write(
    form: &Declaration<'_>,
    part: &Part,
    items: &[&Item],
    sheet: &mut Worksheet,
) -> Result<(), WorkbookError> {
    let widths = COLUMNS.map(|(_, width)| width);
    let mut grid = Grid::new(sheet.set_name("表Ⅵ")?, &widths)?;
    form.begin(&mut grid, &format!("表Ⅵ　{}调查情况", part.title))?;
    let head = (0..).zip(COLUMNS).map(|(column, (text, _))| Head::new((0, 0), (column, column), text));
    grid.head(&head.collect::<Vec<_>>(), Some(2))?;
    let mut number = 0;
    let mut write = |grid: &mut Grid<'_>, title: String, unit: Entry, value: Entry, told: String| {
        number += 1;
        grid.row(&[Entry::Place(number), Entry::left(title), unit, value, Entry::left(told)])
    };
    for item in items {
        for operand in operands(form, item) {
            let (title, unit) = items::label(&operand);
            write(&mut grid, title, unit, items::operand(&operand), source(&operand))?;
            if operand.id == PARENTS.0 {
                write(&mut grid, PARENTS.2.to_owned(), Entry::None, parents(form, item), String::new())?;
            }
        }
        for test in &item.tests {
            let (value, unit, limit) = items::compared(test);
            let verdict = words::verdict(test.verdict());
            let asked = match limit {
                Entry::Number(limit, _) => {
                    format!("要求不低于{}%；{verdict}", crate::report::number::plain(limit * 100.0))
                }
                _ => verdict.to_owned(),
            };
            write(&mut grid, test.rule.clone(), unit, value, asked)?;
        }
        write(&mut grid, item.title.clone(), Entry::None, Entry::verdict(item.verdict()), String::new())?;
    }
    Ok(grid.finish(Paper::Upright, &form.margin())?)
}

/// The operands of an item in the standard's order: those that were judged, and those that were only recorded.
fn operands(form: &Declaration<'_>, item: &Item) -> Vec<Operand> {
    let judged: Vec<&Operand> = item.tests.iter().flat_map(|test| &test.operands).collect();
    let id = words::last_segment(&form.evaluation.standard);
    let standards = Standard::national().unwrap_or_default();
    // A province's own standard is not at hand here; its operands are those of the nation's and those that were judged.
    let standard = standards.iter().find(|standard| standard.id == id).or_else(|| {
        standards
            .iter()
            .find(|standard| standard.items.iter().any(|known| known.id == item.id && known.part == item.part))
    });
    let known = standard.and_then(|standard| standard.item(&item.id)).map(|item| item.operands.as_slice());
    let mut all: Vec<Operand> = vec![];
    for rule in known.unwrap_or_default() {
        let found = judged.iter().find(|operand| operand.id == rule.id).map(|operand| (*operand).clone());
        all.push(found.unwrap_or_else(|| recorded(form, item, &rule.id, &rule.title)));
    }
    for operand in judged {
        if all.iter().all(|other| other.id != operand.id) {
            all.push(operand.clone());
        }
    }
    all
}

/// What was reported of an operand that no test judges.
fn recorded(form: &Declaration<'_>, item: &Item, id: &str, title: &str) -> Operand {
    let found = form.reported.items.iter().find(|dated| dated.item.item == item.id && dated.item.operand == id);
    let value = found.map(|dated| match dated.item.value {
        ItemValue::Quantity(quantity) => Value::Quantity(quantity.to_f64()),
        ItemValue::Declaration(declared) => Value::Declaration(declared),
        ItemValue::Date(date) => Value::Date(date.to_string()),
    });
    let month = found.map(|dated| dated.month.to_string()).filter(|month| *month != form.evaluation.month);
    Operand {
        id: id.to_owned(),
        title: title.to_owned(),
        month: month.unwrap_or_default(),
        declared_by: found.map(|dated| dated.item.declared_by.clone()).unwrap_or_default(),
        value,
        ..Operand::default()
    }
}

fn parents(form: &Declaration<'_>, item: &Item) -> Entry {
    let all = operands(form, item);
    let value = |id: &str| match all.iter().find(|operand| operand.id == id)?.value {
        Some(Value::Quantity(value)) => Some(value),
        _ => None,
    };
    match (value(PARENTS.0), value(PARENTS.1)) {
        (Some(parents), Some(valid)) if valid > 0.0 => Entry::share(parents / valid, None),
        _ => Entry::Missing,
    }
}

fn source(operand: &Operand) -> String {
    let mut told = vec![];
    if !operand.declared_by.is_empty() && operand.value.is_some() {
        told.push(operand.declared_by.clone());
    }
    if !operand.month.is_empty() && operand.value.is_some() {
        told.push(format!("沿用{}报送数据", words::month(&operand.month)));
    }
    told.join("，")
}
