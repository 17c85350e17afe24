use super::*;

#[test]
fn each_cell_that_is_no_plain_number_is_told_with_its_place() {
    let mut book = filled();
    book.put(SCHOOLS, "D6", "t=\"e\"", "<v>#N/A</v>");
    book.put(SCHOOLS, "E6", "", "<f>D6*2</f>");
    book.put(SCHOOLS, "F6", "", "<f>D5*2</f><v>80</v>");
    book.text(SCHOOLS, "G6", "1,234");
    book.text(SCHOOLS, "H6", "123");
    book.number(SCHOOLS, "I6", "NaN");
    book.number(SCHOOLS, "J6", "-1");
    book.number(SCHOOLS, "K6", "1.5");
    book.number(SCHOOLS, "L6", "5000000000");
    book.number(SCHOOLS, "U6", "1.005");
    book.number(SCHOOLS, "V6", "0.30000000000000004");
    book.text(SCHOOLS, "W6", "约 300 平方米");

    assert_eq!(
        book.findings(),
        [
            one("cell_error", "学校数据!D6"),
            one("cell_formula", "学校数据!E6"),
            one("number", "学校数据!G6"),
            one("number", "学校数据!I6"),
            one("not_negative", "学校数据!J6"),
            one("count_whole", "学校数据!K6"),
            one("number_range", "学校数据!L6"),
            one("amount_decimals", "学校数据!U6"),
            one("number", "学校数据!W6"),
        ]
    );
    let reading = book.read();
    let value = |id: &str| reading.facts[1].facts.get(junheng_domain::element::Element::find(id).unwrap());
    assert_eq!(value("pupils_senior").map(|value| value.to_string()).as_deref(), Some("80"), "a formula's result");
    assert_eq!(value("classes_junior").map(|value| value.to_string()).as_deref(), Some("123"), "a number as text");
    assert_eq!(value("indoor_sports_area_m2").map(|value| value.to_string()).as_deref(), Some("0.3"));
    assert_eq!(reading.findings[0].found, "#N/A");
    assert_eq!(reading.findings[0].school.as_deref(), Some("3121000002"));
}

#[test]
fn a_percentage_and_a_date_where_a_number_belongs_are_told() {
    let mut book = filled();
    // The first two formats of cells become a percentage and a date.
    book.change("xl/styles.xml", |text| {
        let (before, rest) = text.split_once("<cellXfs").unwrap();
        let more = "<xf numFmtId=\"9\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
                    <xf numFmtId=\"14\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/></cellXfs>";
        format!("{before}<cellXfs{}", rest.replacen("</cellXfs>", more, 1))
    });
    let formats = book
        .part("xl/styles.xml")
        .split("<cellXfs")
        .nth(1)
        .unwrap()
        .split("</cellXfs>")
        .next()
        .unwrap()
        .matches("<xf ")
        .count();
    let sheet = "xl/worksheets/sheet2.xml";
    for (cell, style, value) in [("D6", formats - 2, "0.85"), ("G6", formats - 1, "45000")] {
        book.number(SCHOOLS, cell, value);
        book.change(sheet, |text| {
            let at = text.find(&format!("<c r=\"{cell}\" s=\"")).unwrap() + format!("<c r=\"{cell}\" s=\"").len();
            let end = at + text[at..].find('"').unwrap();
            format!("{}{style}{}", &text[..at], &text[end..])
        });
    }

    let reading = book.read();

    assert_eq!(rules(&reading), [one("cell_percent", "学校数据!D6"), one("cell_date", "学校数据!G6")]);
    assert_eq!((reading.findings[0].found.as_str(), reading.findings[1].found.as_str()), ("85%", "2023-03-15"));
}

#[test]
fn a_date_as_text_and_a_wrong_declaration_are_told() {
    let mut book = filled();
    let row = |operand: &str| {
        let lines = crate::file::template::items_of(&template().standards, &[]);
        5 + lines.iter().position(|line| line.operand == operand).unwrap()
    };
    let (date, kept) = (row("basic_recognised_on"), row("monitoring_kept"));
    book.text(ITEMS, &format!("F{date}"), "2015年12月1日");
    book.text(ITEMS, &format!("F{kept}"), "基本是");
    book.text(ITEMS, &format!("H{kept}"), "2024/12/1");

    assert_eq!(
        book.findings(),
        [
            one("item_value", &format!("县级指标!F{date}")),
            one("item_value", &format!("县级指标!F{kept}")),
            one("date", &format!("县级指标!H{kept}")),
        ]
    );
}

#[test]
fn a_heading_that_was_changed_or_is_gone_is_told() {
    let mut renamed = filled();
    renamed.text(SCHOOLS, "D3", "小学学生数");
    renamed.text(SCHOOLS, "E3", "高中在校生（人）");
    assert_eq!(renamed.findings(), [one("column_heading", "学校数据!D3"), one("column_heading", "学校数据!E3")]);

    // The id, which is hidden: one fault, and the other columns are read.
    for (cell, id) in [("D4", "pupils"), ("A4", "code")] {
        let mut rekeyed = filled();
        rekeyed.text(SCHOOLS, cell, id);
        let rule = if cell == "A4" { "column_required" } else { "column_heading" };
        let place = if cell == "A4" { "学校数据!4:4" } else { "学校数据!D4" };
        assert_eq!(rekeyed.findings(), [one(rule, place)]);
        assert_eq!(rekeyed.read().facts.len(), if cell == "A4" { 0 } else { 2 });
    }

    // A column of one's own is told where people see it, once, and hides nothing that stands beside it.
    let mut noted = filled();
    noted.change("xl/worksheets/sheet2.xml", |text| {
        let put = |text: String, row: u32, cell: &str| {
            let start = text.find(&format!("<row r=\"{row}\"")).unwrap();
            let end = start + text[start..].find("</row>").unwrap();
            format!("{}{cell}{}", &text[..end], &text[end..])
        };
        let cell = |cell: &str, text: &str| format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let text = put(text, 3, &cell("AF3", "备注"));
        let text = put(text, 5, &(cell("AF5", "好") + &cell("AG5", "x")));
        put(text, 6, &cell("AF6", "好"))
    });
    noted.text(SCHOOLS, "AA5", "abc");
    let told = [("column_known", "学校数据!AF3"), ("column_known", "学校数据!AG5"), ("number", "学校数据!AA5")];
    assert_eq!(noted.findings(), told.map(|(rule, path)| one(rule, path)));
    assert!(noted.read().findings[0].message.contains("备注"));

    // The ids gone as well: then the headings are all that says what a column is.
    let mut unknown = filled();
    unknown.text(SCHOOLS, "D3", "小学学生数");
    for column in 0..31 {
        unknown.text(SCHOOLS, &format!("{}4", crate::file::grid::letters(column)), "");
    }
    assert_eq!(unknown.findings(), [one("column_known", "学校数据!D3")]);

    let mut twice = filled();
    twice.text(SCHOOLS, "E4", "pupils_primary");
    twice.text(SCHOOLS, "E3", "");
    assert_eq!(twice.findings(), [one("column_once", "学校数据!E4")]);
}

#[test]
fn merged_cells_among_the_data_are_told_and_merged_titles_are_not() {
    let merge = |area: &str| {
        let mut book = filled();
        book.change("xl/worksheets/sheet2.xml", |text| {
            text.replacen(
                "</sheetData>",
                &format!("</sheetData><mergeCells count=\"1\"><mergeCell ref=\"{area}\"/></mergeCells>"),
                1,
            )
        });
        book.findings()
    };

    assert_eq!(merge("D5:D6"), [one("cell_merged", "学校数据!D5")]);
    assert_eq!(merge("A3:B4"), [one("cell_merged", "学校数据!A3")]);
    assert_eq!(merge("A1:F1"), []);
}

#[test]
fn a_sheet_that_is_missing_or_there_twice_is_told() {
    let rename = |from: &str, to: &str| {
        let mut book = filled();
        book.change("xl/workbook.xml", |text| text.replacen(&format!("name=\"{from}\""), &format!("name=\"{to}\""), 1));
        book
    };
    // A sheet is known by its header, whatever its name.
    assert_eq!(rename("学校数据", "Sheet1").findings(), []);
    assert_eq!(rename("上月数据", "学校数据 (2)").findings(), [one("sheet_once", "学校数据 (2)")]);

    let mut gone = filled();
    gone.change("xl/workbook.xml", |text| {
        let start = text.find("<sheet name=\"学校数据\"").unwrap();
        let end = start + text[start..].find("/>").unwrap() + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
    assert_eq!(gone.findings(), [one("sheet_missing", "a.xlsx")]);

    let mut headless = filled();
    headless.change("xl/worksheets/sheet2.xml", |text| {
        let start = text.find("<row r=\"3\"").unwrap();
        let end = text.find("<row r=\"5\"").unwrap();
        format!("{}{}", &text[..start], &text[end..])
    });
    assert_eq!(headless.findings(), [one("sheet_header", "学校数据")]);
}

#[test]
fn data_outside_the_table_is_told_and_takes_no_memory() {
    let mut book = filled();
    book.change("xl/worksheets/sheet2.xml", |text| {
        let far = "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>";
        text.replacen("</sheetData>", far, 1)
    });
    assert_eq!(book.findings(), [one("sheet_size", "学校数据!1048576:1048576")]);

    let mut wide = filled();
    wide.change("xl/worksheets/sheet2.xml", |text| {
        text.replacen(
            "</sheetData>",
            "<row r=\"30\"><c r=\"XFD30\"><v>1</v></c><c r=\"AH30\"><v>1</v></c></row></sheetData>",
            1,
        )
    });
    assert_eq!(wide.findings(), [one("sheet_size", "学校数据!XFD30"), one("column_known", "学校数据!AH30")]);
}

#[test]
fn a_text_that_is_stored_once_does_not_fill_the_memory_from_every_cell() {
    let mut book = filled();
    book.change("xl/sharedStrings.xml", |text| {
        text.replacen("<si>", &format!("<si><t>{}</t></si><si>", "长".repeat(2000)), 1)
    });
    book.change("xl/worksheets/sheet2.xml", |text| {
        let cells = |row: usize| "<c t=\"s\"><v>0</v></c>".repeat(100) + &format!("<!-- {row} -->");
        let rows: Vec<_> = (100..200).map(|row| format!("<row r=\"{row}\">{}</row>", cells(row))).collect();
        text.replacen("</sheetData>", &format!("{}</sheetData>", rows.concat()), 1)
    });

    assert!(book.findings().iter().any(|(rule, _)| rule == "sheet_size"));
}

#[test]
fn a_text_without_end_and_a_control_character_are_told() {
    let mut book = filled();
    book.text(SCHOOLS, "B6", &"长".repeat(2001));
    book.text(SCHOOLS, "B5", "第一&#10;小学");

    assert_eq!(book.findings(), [one("cell_text", "学校数据!B6"), one("control_character", "学校数据!5:5")]);
}

#[test]
fn as_many_schools_are_read_as_a_month_may_have_and_ten_thousand_lines() {
    let rows = |count: usize| {
        let mut book = filled();
        book.change("xl/worksheets/sheet2.xml", |text| {
            let rows: Vec<String> = (100..100 + count)
                .map(|row| {
                    format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>", 2_121_000_000_u64 + row as u64)
                })
                .collect();
            text.replacen("</sheetData>", &format!("{}</sheetData>", rows.concat()), 1)
        });
        book.read()
    };

    let many = one("sheet_size", "学校数据");
    assert_eq!((rows(4_998).facts.len(), rules(&rows(4_998))), (5_000, vec![]));
    assert_eq!((rows(4_999).facts.len(), rules(&rows(4_999))), (5_000, vec![many.clone()]));
    assert_eq!(rules(&rows(9_901)), vec![many.clone()]);
    assert_eq!(rules(&rows(9_902)), [one("sheet_size", "学校数据!10001:10001"), many]);
}
