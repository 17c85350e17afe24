use junheng_domain::{
    checks::check_items,
    code::Month,
    element::Element,
    facts::{CountyItem, ItemValue},
    quantity::Quantity,
    standard::OperandKind,
};

use super::*;

fn column(element: Element) -> String {
    crate::file::grid::letters(3 + element.index())
}

#[test]
fn a_template_as_it_was_made_is_read_without_a_fault() {
    let reading = read_bytes(&template().write().unwrap());

    assert_eq!(reading.findings, []);
    assert_eq!(reading.facts.len(), 2);
    assert!(Element::all().all(|element| reading.facts.iter().all(|row| row.facts.get(element).is_none())));
    assert_eq!((reading.items.len(), reading.with_schools), (0, true));
    assert_eq!(reading.meant(), Some(("210922".parse().unwrap(), "2024-12".parse().unwrap())));
    assert_eq!((reading.county_name(), reading.registry[1].school_type.as_str()), ("彰武县", "312"));
}

#[test]
fn the_same_state_gives_the_same_bytes() {
    assert!(template().write().unwrap() == template().write().unwrap());
}

#[test]
fn every_element_that_is_filled_in_is_read_as_it_was_written() {
    let mut book = Book::open(&template().write().unwrap());
    for (number, element) in (1..).zip(Element::all()) {
        let amount = element.definition().kind == junheng_domain::element::Kind::Amount;
        let written = if amount { format!("{number}.25") } else { number.to_string() };
        book.number(SCHOOLS, &format!("{}6", column(element)), &written);
    }

    let reading = book.read();

    assert_eq!(reading.findings, []);
    for (number, element) in (1..).zip(Element::all()) {
        let value = reading.facts[1].facts.get(element).unwrap();
        let amount = element.definition().kind == junheng_domain::element::Kind::Amount;
        let wanted = if amount { Quantity::hundredths(number * 100 + 25) } else { Quantity::whole(number) };
        assert_eq!(Some(value), wanted, "{}", element.id());
    }
}

#[test]
fn every_operand_of_the_standard_is_asked_for_and_read_again() {
    let made = template();
    let book = Book::open(&made.write().unwrap());
    let lines = crate::file::template::items_of(&made.standards, &[]);
    let mut filled = book;
    for (row, line) in (5..).zip(&lines) {
        let cell = format!("F{row}");
        match line.kind {
            Some(OperandKind::Declaration) => filled.text(ITEMS, &cell, "是"),
            Some(OperandKind::Level) => filled.text(ITEMS, &cell, "Ⅲ"),
            Some(OperandKind::Date) => filled.number(ITEMS, &cell, "42339"),
            Some(_) => filled.number(ITEMS, &cell, "7"),
            None => {}
        }
    }

    let reading = filled.read();

    assert_eq!(reading.findings, []);
    let asked: Vec<_> = lines.iter().filter(|line| line.kind.is_some()).collect();
    assert_eq!(reading.items.len(), asked.len());
    assert!(asked.len() > 50, "{}", asked.len());
    let value = |operand: &str| reading.items.iter().find(|row| row.item.operand == operand).unwrap().item.value;
    assert_eq!(value("basic_recognised_on"), ItemValue::Date("2015-12-01".parse().unwrap()));
    assert_eq!(value("monitoring_kept"), ItemValue::Declaration(true));
    assert_eq!(value("small_schools"), ItemValue::Quantity(Quantity::whole(7).unwrap()));
    // What is computed from the schools is not asked for.
    assert!(!lines.iter().any(|line| ["G3", "G4", "G5", "Q4"].contains(&line.item.as_str())));
}

#[test]
fn subjects_of_monitoring_have_rows_and_others_are_filled_in_by_name() {
    let made = template();
    let lines = crate::file::template::items_of(&made.standards, &[]);
    let place = |operand: &str| 5 + lines.iter().position(|line| line.item == "Q9" && line.operand == operand).unwrap();
    let titles: Vec<_> =
        lines.iter().filter(|line| line.item == "Q9").map(|line| line.operand_title.as_str()).collect();
    assert_eq!(titles[4..6], ["数学：学业水平等级", "数学：校际差异率"]);
    assert_eq!((titles.len(), titles.iter().filter(|title| title.starts_with("其他学科")).count()), (24, 6));
    let mut book = Book::open(&made.write().unwrap());
    book.text(ITEMS, &format!("F{}", place("数学.level")), "Ⅲ");
    book.number(ITEMS, &format!("F{}", place("数学.difference_rate")), "0.1");
    book.text(ITEMS, &format!("C{}", place("")), "信息科技.level");
    book.text(ITEMS, &format!("F{}", place("")), "Ⅳ");

    let reading = book.read();

    assert_eq!(reading.findings, []);
    let operands: Vec<_> = reading.items.iter().map(|row| row.item.operand.as_str()).collect();
    assert_eq!(operands, ["数学.level", "数学.difference_rate", "信息科技.level"], "what is empty is not reported");
    assert_eq!(check_items(&reading.items, &made.standards, made.month), []);
}

#[test]
fn subjects_that_were_reported_by_another_name_come_first_and_none_stands_twice() {
    let made = template();
    let last = ["mathematics.level", "数学.level"].map(|operand| CountyItem {
        item: "Q9".into(),
        operand: operand.into(),
        value: ItemValue::Quantity(Quantity::whole(3).unwrap()),
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    });

    let lines = crate::file::template::items_of(&made.standards, &last);

    let operands: Vec<_> = lines.iter().filter(|line| line.item == "Q9").map(|line| line.operand.as_str()).collect();
    assert_eq!(operands[..3], ["mathematics.level", "数学.level", "德育.level"]);
    assert_eq!(operands.iter().filter(|operand| **operand == "数学.level").count(), 1);
}

#[test]
fn what_was_reported_last_stands_beside_and_is_never_read() {
    let mut made = template();
    let before = made.before.as_mut().unwrap();
    before.facts[0].set(Element::find("books").unwrap(), Quantity::whole(9));
    before.items.push(CountyItem {
        item: "G6".into(),
        operand: "small_schools".into(),
        value: ItemValue::Quantity(Quantity::whole(2).unwrap()),
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    });

    let bytes = made.write().unwrap();

    let reading = read_bytes(&bytes);
    assert_eq!((reading.findings.len(), reading.items.len()), (0, 0));
    assert_eq!(reading.facts[0].facts.get(Element::find("books").unwrap()), None);
    let sheets = crate::file::workbook::read("a.xlsx", &bytes).unwrap();
    let last = sheets.iter().find(|sheet| sheet.name == "上月数据").unwrap();
    let shown = last.lines.iter().find(|line| line.number == 5).unwrap();
    assert_eq!(shown.cells[3 + Element::find("books").unwrap().index()].text, "9");
    let items = sheets.iter().find(|sheet| sheet.name == "县级指标").unwrap();
    let row =
        items.lines.iter().find(|line| line.cells.get(2).is_some_and(|cell| cell.text == "small_schools")).unwrap();
    assert_eq!(row.cells[6].text, "2");
}

#[test]
fn rows_may_be_sorted_and_inserted_and_the_hidden_ids_deleted() {
    let sheet = "xl/worksheets/sheet2.xml";
    let mut book = filled();
    // Rows from the fifth on move down by three.
    book.change(sheet, |text| {
        let mut moved = text;
        for row in (5..=26).rev() {
            moved = moved.replace(&format!("<row r=\"{row}\""), &format!("<row r=\"{}\"", row + 3));
            for column in 0..31 {
                let letters = crate::file::grid::letters(column);
                moved = moved.replace(&format!("r=\"{letters}{row}\""), &format!("r=\"{letters}{}\"", row + 3));
            }
        }
        moved
    });
    let moved = book.read();
    assert_eq!(moved.findings, []);
    assert_eq!(moved.places.path("schools[0].pupils_primary"), "学校数据!D8");
    assert_eq!(moved.facts[0].facts, filled().read().facts[0].facts);

    book.change(sheet, |text| {
        let start = text.find("<row r=\"4\"").unwrap();
        let end = start + text[start..].find("</row>").unwrap() + 6;
        format!("{}{}", &text[..start], &text[end..])
    });
    let without_ids = book.read();
    assert_eq!(without_ids.findings, []);
    assert_eq!(without_ids.facts[0].facts, moved.facts[0].facts);
}

#[test]
fn texts_that_look_like_formulas_stay_texts() {
    let bytes = template().write().unwrap();
    let book = Book::open(&bytes);

    for sheet in 1..=4 {
        assert!(!book.part(&format!("xl/worksheets/sheet{sheet}.xml")).contains("<f>"), "{sheet}");
    }
    assert!(book.part("xl/sharedStrings.xml").contains("=cmd|"));
    assert_eq!(read_bytes(&bytes).registry[1].name, "=cmd|' /C calc'!A0");
}

#[test]
fn headings_are_protected_without_a_password_and_cells_are_checked_as_they_are_typed_in() {
    let book = Book::open(&template().write().unwrap());

    let (schools, items) = (book.part("xl/worksheets/sheet2.xml"), book.part("xl/worksheets/sheet3.xml"));
    assert!(schools.contains("<sheetProtection sheet=\"1\"") && !schools.contains("password"), "{schools}");
    assert!(schools.contains("type=\"whole\"") && schools.contains("type=\"decimal\""));
    assert!(items.contains("type=\"list\"") && items.contains("是,否") && items.contains("type=\"date\""));
    assert!(schools.contains("state=\"frozen\""));
    assert!(schools.contains("<row r=\"4\"") && schools.contains("hidden=\"1\""));
    // A primary school teaches no junior stage: that cell has another format than the nine-year school's.
    let style =
        |cell: &str| schools.split(&format!("r=\"{cell}\" s=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_ne!(style("E5"), style("E6"));
    assert_eq!(style("D5"), style("D6"));
}

#[test]
fn another_countys_or_months_template_is_told() {
    let reading = filled().read();
    let (county, month): (_, Month) = ("210921".parse().unwrap(), "2025-01".parse().unwrap());

    let rules: Vec<_> = reading.check_meant(&county, month).into_iter().map(|finding| finding.rule).collect();

    assert_eq!(rules, ["file_county", "file_month"]);
    assert_eq!(reading.check_meant(&"210922".parse().unwrap(), "2024-12".parse().unwrap()), []);
}
