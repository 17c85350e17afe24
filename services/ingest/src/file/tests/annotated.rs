use junheng_domain::finding::{Finding, Severity};

use super::{
    super::{Remark, annotate},
    *,
};

fn remark(finding: &Finding) -> Remark {
    Remark {
        error: finding.severity == Severity::Error,
        path: finding.path.clone(),
        school: finding.school.clone().unwrap_or_default(),
        found: finding.found.clone(),
        message: finding.message.clone(),
        allowed: finding.allowed.clone(),
        remedy: finding.remedy.clone(),
    }
}

#[test]
fn a_workbook_sent_back_has_the_senders_values_and_a_comment_where_the_fault_is() {
    let mut book = filled();
    book.number(SCHOOLS, "J6", "-1");
    book.text(SCHOOLS, "D6", "=1+1");
    book.put(SCHOOLS, "E6", "t=\"e\"", "<v>#N/A</v>");
    book.text(ITEMS, "F5", "没有");
    book.number(SCHOOLS, "K6", "60.5");
    let reading = book.read();
    let remarks: Vec<_> = reading.findings.iter().map(remark).collect();
    assert_eq!(remarks.len(), 5);

    let sent_back = annotate(&template(), &reading, &remarks).unwrap();

    let again = read_bytes(&sent_back);
    // An error value comes back as the text that people saw.
    let corrected: Vec<_> =
        rules(&reading).into_iter().map(|(rule, path)| (rule.replace("cell_error", "number"), path)).collect();
    assert_eq!(rules(&again), corrected, "it can be corrected and sent again");
    assert_eq!(
        again.facts.iter().map(|row| &row.facts).collect::<Vec<_>>(),
        reading.facts.iter().map(|row| &row.facts).collect::<Vec<_>>()
    );
    assert_eq!(again.findings[0].found, "=1+1");
    let parts = Book::open(&sent_back);
    let comments: String = (1..=2).map(|number| parts.part(&format!("xl/comments{number}.xml"))).collect();
    for cell in ["D6", "E6", "J6", "F5"] {
        assert!(comments.contains(&format!("ref=\"{cell}\"")), "{cell} in {comments}");
    }
    assert!(comments.contains("不能为负数"));
    // Half a pupil is shown as one, not rounded to whole ones.
    let (cells, styles) = (parts.part("xl/worksheets/sheet3.xml"), parts.part("xl/styles.xml"));
    let style: usize = cells.split("r=\"K6\" s=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
    let formats = styles.split("<cellXfs").nth(1).unwrap();
    let format = formats.split("<xf ").nth(style + 1).unwrap().split("numFmtId=\"").nth(1).unwrap();
    let format = format.split('"').next().unwrap();
    assert!(styles.contains(&format!("numFmtId=\"{format}\" formatCode=\"0.######\"")), "{styles}");
    let list = parts.part("xl/worksheets/sheet1.xml");
    for cell in ["'学校数据'!D6", "'学校数据'!E6", "'学校数据'!J6", "'县级指标'!F5"] {
        assert!(list.contains(&format!("location=\"{cell}\"")), "{cell} in {list}");
    }
    for number in 1..=4 {
        let sheet = parts.part(&format!("xl/worksheets/sheet{number}.xml"));
        assert!(!sheet.contains("<f>"));
        let paper = if number >= 3 { 8 } else { 9 };
        assert!(sheet.contains(&format!("paperSize=\"{paper}\"")) && sheet.contains("第&amp;P页"), "{sheet}");
    }
    assert!(parts.part("xl/sharedStrings.xml").contains("国家表号及口径"));
}

#[test]
fn the_findings_of_csv_files_come_back_in_a_workbook() {
    let schools = NamedFile {
        name: "s.csv",
        bytes: "school_code,name,school_type,books,pupils_primary\n2121000001,=甲,211,x,1\n".as_bytes(),
    };
    let items = NamedFile { name: "i.csv", bytes: "item,operand,value\nG6,small_schools,1.5.2\n".as_bytes() };
    let reading = read(&[schools, items]);
    let remarks: Vec<_> = reading.findings.iter().map(remark).collect();

    let sent_back = annotate(&template(), &reading, &remarks).unwrap();

    let again = read_bytes(&sent_back);
    assert_eq!(rules(&again), [one("number", "学校数据!AA5"), one("item_value", "县级指标!F5")]);
    assert_eq!(again.registry[0].name, "=甲");
}
