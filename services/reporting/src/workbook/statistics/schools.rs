//! What the schools reported: a row each school, a column each element.

use rust_xlsxwriter::Worksheet;

use super::{Group, Statistics, WorkbookError, is_largest, totals};
use crate::{
    report::words,
    workbook::{
        entry::Entry,
        grid::{Head, Paper},
    },
};

/// Columns before the elements.
const FIRST: [(&str, f64); 6] = [
    ("序号", 5.0),
    ("学校标识码", 13.0),
    ("学校名称", 33.0),
    ("办学类型", 18.0),
    ("举办者类型", 11.0),
    ("城乡分类", 13.0),
];

/// Writes the sheet of a group of elements.
pub(super) fn write(
    statistics: &Statistics<'_>,
    group: Group,
    title: &str,
    sheet: &mut Worksheet,
) -> Result<(), WorkbookError> {
    let elements = group.elements();
    let mut widths: Vec<f64> = FIRST.iter().map(|(_, width)| *width).collect();
    widths.extend(elements.iter().map(|element| if element.definition().kind.decimals() == 0 { 9.5 } else { 14.0 }));
    let mut grid = statistics.begin(sheet, title, &format!("各校{title}情况"), &widths)?;
    let mut head: Vec<Head> =
        (0..).zip(FIRST).map(|(column, (text, _))| Head::new((0, 1), (column, column), text)).collect();
    let mut first = 6;
    for stage in elements.chunk_by(|a, b| a.definition().stage == b.definition().stage) {
        let last = first + u16::try_from(stage.len()).unwrap_or(u16::MAX) - 1;
        let staged = stage.first().and_then(|element| element.definition().stage);
        for (column, element) in (first..).zip(stage) {
            let definition = element.definition();
            let title = staged.and_then(|stage| definition.title.strip_prefix(stage.title()));
            let text = format!("{}\n（{}）", title.unwrap_or(definition.title), definition.unit);
            let rows = if staged.is_some() { (1, 1) } else { (0, 1) };
            head.push(Head::new(rows, (column, column), text));
        }
        head.extend(staged.map(|stage| Head::new((0, 0), (first, last), stage.title())));
        first = last + 1;
    }
    grid.head(&head, Some(3))?;
    for (number, school) in (1_u32..).zip(statistics.schools()) {
        let facts = statistics.reported.facts_of(school);
        let mut row = vec![
            Entry::Place(number),
            Entry::text(school.code.as_str()),
            Entry::left(words::school(&school.name, school.code.as_str())),
            Entry::text(school.school_type.title()),
            school.organiser_type.map_or(Entry::Missing, |code| Entry::text(words::organiser(code))),
            school.urban_rural_code.as_deref().map_or(Entry::Missing, |code| Entry::text(words::urban_rural(code))),
        ];
        row.extend(elements.iter().map(|element| {
            let value = facts.and_then(|facts| facts.get(*element));
            match value {
                // What its type has not cannot be missing either.
                None if !totals::applies(*element, school) => Entry::None,
                value => Entry::element(value, element.definition().kind),
            }
        }));
        grid.row(&row)?;
    }
    let schools = statistics.schools();
    let mut sum = vec![
        Entry::None,
        Entry::None,
        Entry::text(format!("合计（{}所）", schools.len())),
        Entry::None,
        Entry::None,
        Entry::None,
    ];
    sum.extend(elements.iter().map(|element| totals::total(statistics, *element, &schools)));
    grid.sum(&sum)?;
    if elements.iter().any(|element| is_largest(*element)) {
        grid.line("最大班额的合计栏为各校中的最大值。")?;
    }
    grid.line("“未报送”为应报送而没有报送的数据，不是零；“—”为该类学校没有的学段。")?;
    Ok(grid.finish(Paper::Wide, &statistics.margin())?)
}
