//! The table of schools: a row for each, attributes and elements.

use junheng_domain::{
    checks::{FactsRow, SchoolRow, text_value},
    element::Element,
    facts::SchoolFacts,
    finding::{Fault, Finding},
};

use super::table::Table;

const ATTRIBUTES: [&str; 9] = [
    "school_code",
    "name",
    "school_type",
    "organiser_type",
    "urban_rural_code",
    "group",
    "group_role",
    "opened_on",
    "closed_on",
];

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

/// Reads a table of schools, `file` being its name in findings. An empty cell and an absent column are missing.
#[must_use]
pub fn read_schools(file: &str, bytes: &[u8]) -> Schools {
    let mut schools = Schools::default();
    let known = |column: &str| ATTRIBUTES.contains(&column) || Element::find(column).is_some();
    let table = Table::read(file, bytes, &known, &["school_code"], &mut schools.findings);
    if table.rows().next().is_none() && schools.findings.is_empty() {
        schools.findings.push(Finding::of(Fault::FileEmpty, file));
    }
    for row in table.rows() {
        let text = |column: &str| row.cell(column).to_owned();
        schools.registry.push(SchoolRow {
            path: row.path.clone(),
            code: text("school_code"),
            name: text("name"),
            school_type: text("school_type"),
            organiser_type: text("organiser_type"),
            urban_rural_code: text("urban_rural_code"),
            group: text("group"),
            group_role: text("group_role"),
            opened_on: text("opened_on"),
            closed_on: text("closed_on"),
        });
        let code = row.cell("school_code").parse();
        let mut facts = code.as_ref().ok().cloned().map(SchoolFacts::missing);
        for element in Element::all() {
            let cell = row.cell(element.id());
            if cell.is_empty() {
                continue;
            }
            match (text_value(element, cell, &format!("{}.{}", row.path, element.id())), &mut facts) {
                (Ok(value), Some(facts)) => facts.set(element, Some(value)),
                (Ok(_), None) => {}
                (Err(mut finding), _) => {
                    finding.school = Some(text("school_code"));
                    schools.findings.push(*finding);
                }
            }
        }
        schools.facts.extend(facts.map(|facts| FactsRow { path: row.path, facts }));
    }
    schools
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
        assert_eq!(rules("school_code,,\n2121000001,7,\n"), [one("column_known", "s.csv:2")]);
    }

    #[test]
    fn a_control_character_is_a_fault() {
        assert_eq!(rules("school_code,name\n2121000001,a\0b\n"), [one("control_character", "s.csv:2")]);
        assert_eq!(rules("school_code,name\n2121000001,\"a\nb\"\n"), [one("control_character", "s.csv:2")]);
    }

    #[test]
    fn a_file_that_is_no_table_is_told_so() {
        assert_eq!(rules(""), [one("file_empty", "s.csv")]);
        assert_eq!(rules("school_code\n"), [one("file_empty", "s.csv")]);
        assert_eq!(rules("name\nx\n"), [one("column_required", "s.csv:1")]);
        assert_eq!(rules("school_code;name\n2121000001;x\n"), [one("separator", "s.csv:1")]);
        assert_eq!(rules("县学校表\nschool_code,name\n2121000001,x\n"), [one("column_required", "s.csv:1")]);
        let gbk = [b"school_code,name\n2121000001,".as_slice(), &[0xd6, 0xd0], b"\n"].concat();
        assert_eq!(read_schools("s.csv", &gbk).findings[0].rule, "encoding");
    }
}
