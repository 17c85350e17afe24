//! What schools report: `junheng.ingest.v1.SchoolFacts` ↔ [`domain::facts::SchoolFacts`].

use junheng_domain::{
    self as domain,
    checks::{FactsRow, MAX_COUNT, count_value, double_value},
    element::Element,
    finding::{Fault, Finding},
    quantity::Quantity,
};
use junheng_proto::ingest::v1 as proto;

/// Calls `$apply` with the fields of the message, each named as its element.
macro_rules! with_fields {
    ($apply:ident) => {
        $apply! {
            counts: pupils_primary, pupils_junior, pupils_senior, classes_primary, classes_junior, largest_class_primary, largest_class_junior, teachers_primary, teachers_junior, teachers_above_degree_primary, teachers_above_degree_junior, backbone_teachers_primary, backbone_teachers_junior, pe_arts_teachers_primary, pe_arts_teachers_junior, senior_title_teachers_primary, senior_title_teachers_junior, multimedia_rooms, computers, books, music_rooms_qualified, art_rooms_qualified;
            amounts: teaching_area_m2, indoor_sports_area_m2, sports_ground_area_m2, equipment_value_yuan, public_funds_budget_yuan, training_budget_yuan
        }
    };
}

/// Decodes the rows of schools. What is no school code or no quantity becomes a finding, all of them at once.
#[must_use]
pub fn decode(messages: &[proto::SchoolFacts], field: &str) -> (Vec<FactsRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let rows = messages
        .iter()
        .enumerate()
        .filter_map(|(index, message)| decode_one(message, &format!("{field}[{index}]"), &mut findings))
        .collect();
    (rows, findings)
}

/// Decodes one row, whose faults go to `findings`; `None` where it names no school.
pub(crate) fn decode_one(message: &proto::SchoolFacts, path: &str, findings: &mut Vec<Finding>) -> Option<FactsRow> {
    let code = message.school_code.parse();
    if code.is_err() {
        findings.push(Finding::of(Fault::SchoolCode, format!("{path}.school_code")).found(&message.school_code));
    }
    // Faults of the values are told even where the school cannot be.
    let placeholder = "0000000000".parse();
    let mut facts = domain::facts::SchoolFacts::missing(code.clone().or(placeholder).ok()?);
    let mut set = |element: Option<Element>, value: Result<Option<Quantity>, Box<Finding>>| match (element, value) {
        (Some(element), Ok(value)) => facts.set(element, value),
        (_, Err(mut finding)) => {
            finding.school = Some(message.school_code.clone());
            findings.push(*finding);
        }
        (None, Ok(_)) => {}
    };
    macro_rules! read {
        (counts: $($count:ident),*; amounts: $($amount:ident),*) => {
            $({
                const ELEMENT: Option<Element> = Element::find(stringify!($count));
                let path = || format!("{path}.{}", stringify!($count));
                set(ELEMENT, match (message.$count, ELEMENT) {
                    (Some(number), Some(element)) if number > MAX_COUNT => count_value(element, number, &path()).map(Some),
                    (number, _) => Ok(number.and_then(|number| Quantity::whole(number.into()))),
                });
            })*
            $({
                const ELEMENT: Option<Element> = Element::find(stringify!($amount));
                let path = || format!("{path}.{}", stringify!($amount));
                set(ELEMENT, match (message.$amount, ELEMENT) {
                    (Some(number), Some(element)) => double_value(element, number, path).map(Some),
                    _ => Ok(None),
                });
            })*
        };
    }
    with_fields!(read);
    code.ok().map(|_| FactsRow { path: path.to_owned(), facts })
}

/// Encodes what a school reported.
#[must_use]
pub fn encode(facts: &domain::facts::SchoolFacts) -> proto::SchoolFacts {
    let value = |element: Option<Element>| element.and_then(|element| facts.get(element));
    let count = |element| value(element).and_then(Quantity::as_whole).and_then(|number| u32::try_from(number).ok());
    let amount = |element| value(element).map(Quantity::to_f64);
    macro_rules! write {
        (counts: $($count:ident),*; amounts: $($amount:ident),*) => {
            proto::SchoolFacts {
                school_code: facts.school.to_string(),
                $($count: count(const { Element::find(stringify!($count)) }),)*
                $($amount: amount(const { Element::find(stringify!($amount)) }),)*
                cleared_elements: vec![],
            }
        };
    }
    with_fields!(write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_of_the_catalogue_crosses_the_wire() {
        let mut facts = domain::facts::SchoolFacts::missing("2121000001".parse().unwrap());
        for (number, element) in (1..).zip(Element::all()) {
            facts.set(element, Quantity::whole(number));
        }

        let (rows, findings) = decode(&[encode(&facts)], "schools");

        assert_eq!(findings, []);
        assert_eq!(rows[0].facts, facts);
    }

    #[test]
    fn what_is_missing_stays_missing_and_zero_stays_zero() {
        let message =
            proto::SchoolFacts { school_code: "2121000001".into(), pupils_primary: Some(0), ..Default::default() };

        let (rows, _) = decode(&[message], "schools");

        assert_eq!(rows[0].facts.get(Element::find("pupils_primary").unwrap()), Some(Quantity::ZERO));
        assert_eq!(rows[0].facts.get(Element::find("pupils_junior").unwrap()), None);
    }

    #[test]
    fn every_value_that_is_no_quantity_is_found_at_once() {
        let message = proto::SchoolFacts {
            school_code: "21".into(),
            teaching_area_m2: Some(f64::NAN),
            indoor_sports_area_m2: Some(-1.0),
            sports_ground_area_m2: Some(0.001),
            equipment_value_yuan: Some(1e12),
            // What a language without unsigned numbers sends for -1.
            books: Some(u32::MAX),
            computers: Some(MAX_COUNT),
            ..Default::default()
        };

        let (rows, findings) = decode(&[message], "schools");

        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["school_code", "number_range", "number", "not_negative", "amount_decimals", "number_range"]);
        assert_eq!(findings[1].path, "schools[0].books");
        assert!(rows.is_empty());
    }
}
