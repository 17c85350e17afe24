//! What a correction takes out of a month: `--remove-school`, `--remove-item`, `--clear`.

use junheng_domain::{code::SchoolCode, element::Element};
use junheng_proto::ingest::v1::{CountyItemKey, SchoolFacts, SubmitMonthRequest};

use crate::args;

/// Removals on the command line; each only in a correction.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Removals {
    #[arg(
        long = "remove-school",
        value_name = "CODE",
        requires = "merge",
        value_parser = args::school,
        help = "更正时移除该校在该月的全部数据；可多次给出"
    )]
    schools: Vec<SchoolCode>,
    #[arg(
        long = "remove-item",
        value_name = "ITEM.OPERAND",
        requires = "merge",
        value_parser = item,
        help = "更正时撤回一个县级指标要素，如 G7.special_education_pupils；可多次给出"
    )]
    items: Vec<CountyItemKey>,
    #[arg(
        long = "clear",
        value_name = "SCHOOL.ELEMENT",
        requires = "merge",
        value_parser = cleared,
        help = "更正时清空一所学校的一个要素，使其成为缺失，如 2121000001.books；可多次给出"
    )]
    cleared: Vec<(SchoolCode, Element)>,
}

impl Removals {
    /// Whether nothing is taken out.
    pub(crate) fn is_empty(&self) -> bool {
        self.schools.is_empty() && self.items.is_empty() && self.cleared.is_empty()
    }

    /// Whether an element of a school is taken out.
    pub(crate) fn clear(&self) -> bool {
        !self.cleared.is_empty()
    }

    /// Writes them into a correction: an element into its school's row, or into a row of its own where the files have none.
    pub(crate) fn apply(&self, request: &mut SubmitMonthRequest) {
        request.removed_schools = self.schools.iter().map(ToString::to_string).collect();
        request.removed_items.clone_from(&self.items);
        for (school, element) in &self.cleared {
            let id = element.id().to_owned();
            match request.schools.iter_mut().find(|row| row.school_code == school.as_str()) {
                Some(row) => row.cleared_elements.push(id),
                None => request.schools.push(SchoolFacts {
                    school_code: school.to_string(),
                    cleared_elements: vec![id],
                    ..SchoolFacts::default()
                }),
            }
        }
    }
}

fn item(text: &str) -> Result<CountyItemKey, String> {
    // An operand may have a point of its own: Q9.mathematics.level.
    match text.split_once('.') {
        Some((item, operand)) if !item.is_empty() && !operand.is_empty() => {
            Ok(CountyItemKey { item: item.to_owned(), operand: operand.to_owned() })
        }
        _ => Err("须形如 指标.要素，如 G7.special_education_pupils".to_owned()),
    }
}

fn cleared(text: &str) -> Result<(SchoolCode, Element), String> {
    let form = "须形如 学校标识码.要素，如 2121000001.books";
    let (school, element) = text.split_once('.').ok_or(form)?;
    let element = Element::find(element).ok_or_else(|| format!("没有要素 {element}；{form}"))?;
    Ok((args::school(school)?, element))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_and_elements_are_told_apart_from_what_they_belong_to() {
        let key = item("Q9.mathematics.level").unwrap();
        assert_eq!((key.item.as_str(), key.operand.as_str()), ("Q9", "mathematics.level"));
        let (school, element) = cleared("2121000001.books").unwrap();
        assert_eq!((school.as_str(), element.id()), ("2121000001", "books"));
        for text in ["G7", "G7.", ".operand", ""] {
            assert!(item(text).is_err(), "{text}");
        }
        for text in ["2121000001", "2121000001.canteens", "21.books", ""] {
            assert!(cleared(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_element_is_cleared_in_its_schools_row() {
        let removals = Removals {
            schools: vec!["2121000003".parse().unwrap()],
            items: vec![],
            cleared: ["2121000001.books", "2121000002.books", "2121000002.computers"]
                .map(|text| cleared(text).unwrap())
                .to_vec(),
        };
        let row = |code: &str| SchoolFacts { school_code: code.to_owned(), ..SchoolFacts::default() };
        let mut request = SubmitMonthRequest { schools: vec![row("2121000001")], ..SubmitMonthRequest::default() };

        removals.apply(&mut request);

        assert_eq!(request.removed_schools, ["2121000003"]);
        let rows: Vec<_> =
            request.schools.iter().map(|row| (row.school_code.as_str(), row.cleared_elements.join(","))).collect();
        assert_eq!(rows, [("2121000001", "books".to_owned()), ("2121000002", "books,computers".to_owned())]);
    }
}
