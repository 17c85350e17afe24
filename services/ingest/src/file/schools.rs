//! The table of schools: a row for each, attributes and elements.

use junheng_domain::{
    checks::{FactsRow, SchoolRow, text_value},
    element::Element,
    facts::SchoolFacts,
    finding::{Fault, Finding},
};

use super::{
    columns, csv,
    table::{Row, Table},
};

/// A table of schools as it was read.
#[derive(Debug, Default)]
pub struct Schools {
    /// Attributes, as they are written, for the registry.
    pub registry: Vec<SchoolRow>,
    /// Elements. A school without a readable code has none.
    pub facts: Vec<FactsRow>,
    /// Faults of the elements and of the file; the attributes are checked when they are registered.
    pub findings: Vec<Finding>,
}

/// Reads a CSV table of schools, `file` being its name in findings. An empty cell and an absent column are missing.
#[must_use]
pub fn read_schools(file: &str, bytes: &[u8]) -> Schools {
    let mut findings = Vec::new();
    let table = csv::read(file, bytes, &mut findings).map(|text| text.table(&columns::SCHOOLS, &mut findings));
    let mut schools = table.map(|table| of_table(&table)).unwrap_or_default();
    schools.findings.splice(0..0, findings);
    if schools.registry.is_empty() && schools.findings.is_empty() {
        schools.findings.push(Finding::of(Fault::FileEmpty, file));
    }
    schools
}

/// Reads the rows of a table of schools.
pub(super) fn of_table(table: &Table) -> Schools {
    let mut schools = Schools::default();
    for row in table.rows() {
        let text = |column: &str| row.text(column).to_owned();
        schools.registry.push(SchoolRow {
            path: row.path(),
            code: text("school_code"),
            name: text("name"),
            school_type: school_type(row.text("school_type")),
            organiser_type: text("organiser_type"),
            urban_rural_code: text("urban_rural_code"),
            group: text("group"),
            group_role: text("group_role"),
            opened_on: text("opened_on"),
            closed_on: text("closed_on"),
        });
        // Faults of the values are told even where the school cannot be.
        let mut facts = row.text("school_code").parse().ok().map(SchoolFacts::missing);
        for element in Element::all() {
            match value(&row, element) {
                Ok(value) => {
                    if let Some(facts) = &mut facts {
                        facts.set(element, value);
                    }
                }
                Err(finding) => schools.findings.push(finding.of_school_written(row.text("school_code"))),
            }
        }
        schools.facts.extend(facts.map(|facts| FactsRow { path: row.path(), facts }));
    }
    schools
}

fn value(row: &Row<'_>, element: Element) -> Result<Option<junheng_domain::quantity::Quantity>, Box<Finding>> {
    let text = row.text(element.id());
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(finding) = row.fault(element.id(), false) {
        return Err(Box::new(finding.of_element(element.id())));
    }
    let path = row.at(element.id());
    Ok(Some(text_value(element, text, &path)?))
}

/// The code of a type that stands with its title, as the template writes it: `211 小学`.
fn school_type(text: &str) -> String {
    let code = text.split(char::is_whitespace).next().unwrap_or_default();
    let titled = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    if titled { code } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<(String, String)> {
        read_schools("s.csv", text.as_bytes())
            .findings
            .into_iter()
            .map(|finding| (finding.rule, finding.path))
            .collect()
    }

    fn one(rule: &str, path: &str) -> (String, String) {
        (rule.to_owned(), path.to_owned())
    }

    #[test]
    fn an_empty_cell_is_missing_and_a_zero_is_zero() {
        let schools =
            read_schools("s.csv", "\u{feff}school_code,pupils_primary,books\r\n2121000001,, 0 \r\n,,\r\n".as_bytes());

        assert_eq!(schools.findings, []);
        assert_eq!(schools.facts.len(), 1);
        assert_eq!(schools.facts[0].facts.get(Element::find("pupils_primary").unwrap()), None);
        assert!(schools.facts[0].facts.get(Element::find("books").unwrap()).is_some());
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let text = "school_code,pupils_primary,pupils_primry,books,books\n\
                    2121000001,1.5,1,1,1\n\
                    2121000002,-1,1,1\n\
                    2121000003,1e3,1,\"1,000\",1\n";

        let found = rules(text);

        assert_eq!(
            found,
            [
                one("column_known", "s.csv:1.3"),
                one("column_once", "s.csv:1.5"),
                one("row_length", "s.csv:3"),
                one("count_whole", "s.csv:2.pupils_primary"),
                one("number", "s.csv:4.pupils_primary"),
                one("number", "s.csv:4.books"),
            ]
        );
    }

    #[test]
    fn lines_are_counted_as_an_editor_shows_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["school_code,books", "2121000001,1", "2121000002,x", ""].join(end);
            assert_eq!(rules(&text), [one("number", "s.csv:3.books")], "{end:?}");
        }
    }

    #[test]
    fn an_empty_column_is_left_out_unless_something_stands_in_it() {
        assert_eq!(rules("school_code,,\n2121000001,,\n"), []);
        assert_eq!(rules("school_code,,\n2121000001,7,\n"), [one("column_known", "s.csv:2.2")]);
    }

    #[test]
    fn a_control_character_is_a_fault() {
        assert_eq!(rules("school_code,name\n2121000001,a\0b\n"), [one("control_character", "s.csv:2")]);
        assert_eq!(rules("school_code,name\n2121000001,\"a\nb\"\n"), [one("control_character", "s.csv:2")]);
    }

    #[test]
    fn gbk_is_read_as_what_it_says_with_chinese_headings_or_ids() {
        let utf8 = "学校标识码,学校名称,小学在校生（人）,books\n2121000001,第一小学,40,7\n";
        let (gbk, ..) = encoding_rs::GBK.encode(utf8);

        let (of_gbk, of_utf8) = (read_schools("s.csv", &gbk), read_schools("s.csv", utf8.as_bytes()));

        assert_eq!((of_gbk.findings.as_slice(), of_gbk.registry[0].name.as_str()), ([].as_slice(), "第一小学"));
        assert_eq!(of_gbk.facts[0].facts, of_utf8.facts[0].facts);
        assert_eq!(
            of_gbk.facts[0].facts.pupils(junheng_domain::school::Stage::Primary),
            "40".parse::<i64>().ok().and_then(junheng_domain::quantity::Quantity::whole)
        );
    }

    #[test]
    fn a_file_that_is_no_table_is_told_so() {
        assert_eq!(rules(""), [one("file_empty", "s.csv")]);
        assert_eq!(rules("school_code\n"), [one("file_empty", "s.csv")]);
        assert_eq!(rules("name\nx\n"), [one("column_required", "s.csv:1")]);
        assert_eq!(rules("school_code;name\n2121000001;x\n"), [one("separator", "s.csv:1")]);
        for note in ["填报说明；请勿改动", "彰武县；2024年12月，学校", "学校标识码；填报单位，县教育局；填报人"]
        {
            let titled = format!("{note}\nschool_code,name\n2121000001,x\n");
            assert_eq!(rules(&titled), [one("sheet_header", "s.csv:1")], "{note}");
        }
        assert_eq!(rules("县学校表\nschool_code,name\n2121000001,x\n"), [one("sheet_header", "s.csv:1")]);
        // Whatever else would be wrong with such a file: too long cells, rows of any length, no columns.
        let notes =
            format!("关于报送数据的通知\n{}\n各县，各校，\"", format!("{}，,,\n", "请".repeat(40_000)).repeat(30));
        let json =
            "{\"schools\": [\n  {\"code\": \"2121000001\", \"books\": 7},\n  {\"code\": 1, \"books\": \"x\"}\n]}\n";
        let page = "<!DOCTYPE html>\n<table><tr><td>1</td></tr></table>\n";
        for text in [&notes, json, page] {
            assert_eq!(rules(text), [one("sheet_header", "s.csv:1")]);
        }
        let neither = [b"school_code,name\n2121000001,".as_slice(), &[0xff, 0xff], b"\n"].concat();
        assert_eq!(read_schools("s.csv", &neither).findings[0].rule, "encoding");
    }
}
