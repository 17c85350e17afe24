//! Counties to judge.

use junheng_domain::{
    element::Element,
    evaluation::{Evaluation, StageResult, evaluate},
    facts::{CountyFacts, CountyItem, DatedItem, ItemValue, SchoolFacts},
    quantity::Quantity,
    school::{School, Stage},
    standard::Standard,
    verdict::Verdict,
};

pub(crate) const QUALITY: &str = "national-quality-2017";
pub(crate) const BASIC: &str = "national-basic-2012";

/// Pupils of the smaller of two units; the other has four times as many.
pub(crate) const PUPILS: i64 = 100_000_000;

/// A county without schools and items.
pub(crate) fn empty(month: &str) -> CountyFacts {
    CountyFacts { month: month.parse().unwrap(), schools: vec![], school_facts: vec![], items: vec![], waivers: vec![] }
}

/// Adds a school that reported these elements.
pub(crate) fn add_school(county: &mut CountyFacts, code: &str, school_type: &str, elements: &[(&str, Quantity)]) {
    let school = School {
        code: code.parse().unwrap(),
        name: String::new(),
        school_type: school_type.parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    };
    let mut facts = SchoolFacts::missing(school.code.clone());
    for (id, value) in elements {
        facts.set(Element::find(id).unwrap(), Some(*value));
    }
    county.schools.push(school);
    county.school_facts.push(facts);
}

/// Adds an operand of a county item: true, false or a number.
pub(crate) fn add_item(county: &mut CountyFacts, item: &str, operand: &str, value: &str) {
    let value = match value {
        "true" => ItemValue::Declaration(true),
        "false" => ItemValue::Declaration(false),
        number => ItemValue::Quantity(number.parse::<Number>().unwrap().0),
    };
    let item = CountyItem {
        item: item.to_owned(),
        operand: operand.to_owned(),
        value,
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    };
    county.items.push(DatedItem { item, month: county.month });
}

struct Number(Quantity);

impl std::str::FromStr for Number {
    type Err = junheng_domain::quantity::QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Quantity::parse(text).map(Self)
    }
}

/// An element of a stage, the mean per pupil in millionths, and its coefficient of variation in thousandths.
pub(crate) type Spread<'a> = (&'a str, i64, i64);

/// Adds two units of a stage, reconstructed so that their elements have these means and coefficients: of P and 4P pupils, with
/// X = m (1 + 2c) and X = m (1 − c / 2).
pub(crate) fn add_spread(county: &mut CountyFacts, stage: Stage, spreads: &[Spread<'_>]) {
    let school_type = if stage == Stage::Primary { "211" } else { "311" };
    for (times, serial) in [(1, "0000001"), (4, "0000002")] {
        let of_stage = |id: &str| id.replace("{stage}", stage.id());
        let amount = |(id, mean, cv): &Spread<'_>| {
            let per_pupil = if times == 1 { 2 * (1000 + 2 * cv) } else { 2000 - cv };
            // Millionths of the mean and two-thousandths of it meet in PUPILS as whole numbers.
            let whole = i128::from(mean * per_pupil * times) * i128::from(PUPILS) / 2_000_000_000;
            (of_stage(id), Quantity::whole(i64::try_from(whole).unwrap()).unwrap())
        };
        let mut elements: Vec<(String, Quantity)> = spreads.iter().map(amount).collect();
        elements.push((of_stage("pupils_{stage}"), Quantity::whole(PUPILS * times).unwrap()));
        elements.push(("indoor_sports_area_m2".to_owned(), Quantity::ZERO));
        let elements: Vec<_> = elements.iter().map(|(id, value)| (id.as_str(), *value)).collect();
        add_school(county, &format!("{school_type}{serial}"), school_type, &elements);
    }
}

/// Judges a county and reads something of the evaluation.
pub(crate) fn judged<T>(standard: &str, county: &CountyFacts, read: impl Fn(&Evaluation<'_>) -> T) -> T {
    read(&evaluate(Standard::find_national(standard).unwrap().unwrap(), county))
}

pub(crate) fn item(evaluation: &Evaluation<'_>, id: &str) -> Verdict {
    evaluation.items.iter().find(|item| item.rule.id == id).unwrap().verdict
}

pub(crate) fn part(evaluation: &Evaluation<'_>, id: &str) -> Verdict {
    evaluation.parts.iter().find(|part| part.rule.id == id).unwrap().verdict
}

pub(crate) fn stage<'a, 'b>(evaluation: &'a Evaluation<'b>, stage: Stage) -> &'a StageResult<'b> {
    evaluation.resources.iter().find(|resources| resources.stage == stage).unwrap()
}
