//! What screens show of an evaluation, in the words and figures of the report: nothing is formatted twice.

use junheng_domain::element::Element;
use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{
        Evaluation, InstitutionTest, Operand, Part, StageIndicator, StageResources, Test, Unit, UnitIndicator,
    },
};

use super::{charts, composite, conclusion, document::Badge, figures, items, number, resources, typeset, units, words};

use crate::chart::Drawing;

pub(crate) use super::{
    number::{MISSING, percent_below},
    resources::{COMPOSITE, SENSITIVE_NOTE},
    typeset::text as typeset,
    words::{check, date, found_at, instant, month, school, sentence, stage, subject, urban_rural},
};

/// A verdict's word, and the class of its looks: `met`, `short`, `open`, `none`.
pub(crate) type Shown = (&'static str, &'static str);

/// A verdict.
pub(crate) const fn verdict(verdict: Verdict) -> Shown {
    let badge = Badge::of(verdict);
    (badge.text, badge.class)
}

/// The verdict of a part or of one of its items: a veto is triggered or not.
pub(crate) fn verdict_in(part: &str, verdict: Verdict) -> Shown {
    let badge = items::badge(part, verdict);
    (badge.text, badge.class)
}

/// The part that resources decide.
pub(crate) fn resources_part(evaluation: &Evaluation) -> Option<&Part> {
    items::resources_part(evaluation)
}

/// One sentence on the county.
pub(crate) fn conclusion(evaluation: &Evaluation, county: &str) -> String {
    conclusion::boxed(evaluation, county).sentence
}

/// Why a part's verdict is what it is.
pub(crate) fn reasons(part: &Part) -> String {
    part.reasons.iter().map(|reason| words::sentence(reason)).collect()
}

/// Whether the standard asks something of a unit by itself.
pub(crate) fn judges_units(resources: &StageResources) -> bool {
    units::judges_units(resources)
}

/// The mean of an indicator over the units.
pub(crate) fn mean(indicator: &StageIndicator) -> String {
    indicator.mean.map_or_else(missing, |mean| number::rounded(mean, resources::decimals(indicator)))
}

/// The coefficient of variation of an indicator, or what is known of it.
pub(crate) fn variation(indicator: &StageIndicator) -> String {
    resources::variation_text(indicator)
}

/// The composite coefficient of a stage.
pub(crate) fn composite(resources: &StageResources) -> String {
    composite::composite_text(resources)
}

/// A limit of a coefficient.
pub(crate) fn variation_limit(limit: Option<f64>) -> String {
    limit.map_or_else(missing, |limit| number::limit(limit, 2))
}

/// A threshold or floor.
pub(crate) fn threshold(threshold: Option<f64>) -> String {
    threshold.map_or_else(missing, number::plain)
}

/// The indicator of a stage by its id.
pub(crate) fn rule<'a>(resources: &'a StageResources, id: &str) -> Option<&'a StageIndicator> {
    units::rule(resources, id)
}

/// The value of a unit's indicator beside its threshold, or what is known of it.
pub(crate) fn value(indicator: &UnitIndicator, rule: Option<&StageIndicator>) -> String {
    units::value_text(indicator, rule)
}

/// What a unit lacks of an indicator.
pub(crate) fn short_of(indicator: &UnitIndicator, rule: Option<&StageIndicator>) -> Option<String> {
    units::short_of(indicator, rule)
}

/// The pupils of a unit in words.
pub(crate) fn pupils_told(unit: &Unit) -> String {
    unit.pupils.map_or_else(|| "在校生未报送".to_owned(), |pupils| format!("在校生{pupils}人"))
}

/// The pupils of a unit.
pub(crate) fn pupils(unit: &Unit) -> String {
    unit.pupils.map_or_else(|| "未报送".to_owned(), |pupils| pupils.to_string())
}

/// What a test compared, what it lacks and how many schools reach it.
pub(crate) fn compared(test: &Test) -> String {
    figures::compared_in(test).join("；")
}

/// The figures of a test, label and value.
pub(crate) fn figures(test: &Test) -> Vec<(String, String)> {
    figures::rows(test)
}

/// A reported figure, label and value.
pub(crate) fn figure(operand: &Operand) -> (String, String) {
    figures::row(operand, "")
}

/// Where a figure comes from: the form of the national statistics, who declared it, when and on what evidence.
pub(crate) fn source(operand: &Operand) -> String {
    let form = Element::find(&operand.id).map(|element| element.definition().form.replace(", ", "、"));
    let told: Vec<String> = form.into_iter().filter(|form| !form.is_empty()).chain(figures::source(operand)).collect();
    if told.is_empty() { missing() } else { told.join("；") }
}

/// The value of one school in a test, and what it had to reach or keep within.
pub(crate) fn of_institution(test: &Test, institution: &InstitutionTest) -> (String, String) {
    figures::of_institution(test, institution)
}

/// What one school lacks in a test.
pub(crate) fn gap_of_institution(institution: &InstitutionTest) -> String {
    figures::gap_of_institution(institution).unwrap_or_else(missing)
}

/// Reported figures in words, one after the other.
pub(crate) fn operands(operands: &[Operand]) -> String {
    if operands.is_empty() { missing() } else { figures::operands(operands, "") }
}

/// A chart as it stands in a page: caption, drawing with its text alternative, what its marks mean.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) caption: String,
    pub(crate) svg: String,
    pub(crate) legend: String,
}

/// A chart, ready to stand in a page. The id makes those in it unique.
///
/// # Errors
///
/// The template's.
pub(crate) fn placed(drawing: &Drawing, id: &str) -> Result<Figure, askama::Error> {
    let mut drawing = drawing.clone();
    drawing.texts_mut().for_each(|text| *text = typeset::text(text));
    let (caption, legend) = (drawing.title().to_owned(), drawing.legend().to_owned());
    Ok(Figure { caption, svg: drawing.svg(id)?, legend })
}

/// The charts of a stage, as the report has them: coefficients against limits, values against thresholds, pupils below the line.
pub(crate) fn drawings(resources: &StageResources) -> Vec<Drawing> {
    let with_tables = [charts::values(resources), charts::below(resources)];
    charts::variations(resources)
        .into_iter()
        .chain(with_tables.into_iter().flatten().map(|(drawing, _)| drawing))
        .collect()
}

/// The Lorenz curve (洛伦兹曲线) of an indicator of a stage, and so called; nothing where the stage does not have the indicator.
pub(crate) fn lorenz(resources: &StageResources, id: &str) -> Option<Drawing> {
    let mut lorenz = charts::lorenz(resources, rule(resources, id)?);
    let left_out = match lorenz.unknown {
        0 => String::new(),
        unknown => format!("；另有{unknown}个单元数据不完整，未计入"),
    };
    lorenz.title = format!("{}（洛伦兹曲线{left_out}）", lorenz.title);
    Some(lorenz.draw())
}

fn missing() -> String {
    MISSING.to_owned()
}
