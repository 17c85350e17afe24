//! What changed between two evaluations of a county, figure by figure: → `junheng.evaluation.v1.Difference`.

use std::collections::{HashMap, HashSet};

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1 as proto,
};

/// Finds what changed from one evaluation to another: the figures that have another verdict or another value, in the order of `after`,
/// then those that only `before` has.
///
/// Units: the difference of a value is in the value's own unit; it is missing when either value is.
#[must_use]
pub fn between(before: &proto::Evaluation, after: &proto::Evaluation) -> proto::Difference {
    let (old, new) = (figures(before), figures(after));
    let old_by: HashMap<&str, &Figure> = old.iter().map(|figure| (figure.path.as_str(), figure)).collect();
    let there: HashSet<&str> = new.iter().map(|figure| figure.path.as_str()).collect();
    let kept = new.iter().filter_map(|figure| changed(old_by.get(figure.path.as_str()).copied(), Some(figure)));
    let gone = old.iter().filter(|figure| !there.contains(figure.path.as_str()));
    proto::Difference {
        verdict_before: before.verdict,
        verdict_after: after.verdict,
        figures: kept.chain(gone.filter_map(|figure| changed(Some(figure), None))).collect(),
    }
}

/// One figure of an evaluation.
#[derive(Debug)]
struct Figure {
    path: String,
    title: String,
    verdict: i32,
    value: Option<f64>,
}

fn changed(before: Option<&Figure>, after: Option<&Figure>) -> Option<proto::ChangedFigure> {
    let named = after.or(before)?;
    let nothing = Verdict::Unspecified.into();
    let of = |figure: Option<&Figure>| figure.map_or((nothing, None), |figure| (figure.verdict, figure.value));
    let ((verdict_before, value_before), (verdict_after, value_after)) = (of(before), of(after));
    if (verdict_before, value_before) == (verdict_after, value_after) {
        return None;
    }
    Some(proto::ChangedFigure {
        path: named.path.clone(),
        title: named.title.clone(),
        verdict_before,
        verdict_after,
        value_before,
        value_after,
        difference: value_before.zip(value_after).map(|(before, after)| after - before),
    })
}

/// The figures of an evaluation, in its order.
fn figures(evaluation: &proto::Evaluation) -> Vec<Figure> {
    let mut list = Figures::default();
    list.judged("verdict", "县域结论", evaluation.verdict);
    for part in &evaluation.parts {
        list.judged(&format!("parts/{}", part.id), &part.title, part.verdict);
    }
    for stage in &evaluation.resources {
        list.stage(stage);
    }
    for item in &evaluation.items {
        list.item(item);
    }
    for school in &evaluation.outside_schools {
        let name = named(&school.school_name, &school.school_code);
        let path = format!("outside_schools/{}/pupils", school.school_code);
        list.count(&path, &format!("{name}（不作为评估单元）在校生"), school.pupils);
    }
    list.0
}

/// A school's name, or its code where the name is not known.
fn named<'a>(name: &'a str, code: &'a str) -> &'a str {
    if name.is_empty() { code } else { name }
}

#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn add(&mut self, path: &str, title: &str, verdict: i32, value: Option<f64>) {
        self.0.push(Figure { path: path.to_owned(), title: title.to_owned(), verdict, value });
    }

    /// A verdict without a value.
    fn judged(&mut self, path: &str, title: &str, verdict: i32) {
        self.add(path, title, verdict, None);
    }

    /// A value without a verdict; nothing where there is none.
    fn value(&mut self, path: &str, title: &str, value: Option<f64>) {
        if value.is_some() {
            self.add(path, title, Verdict::Unspecified.into(), value);
        }
    }

    fn count(&mut self, path: &str, title: &str, count: Option<u32>) {
        self.value(path, title, count.map(f64::from));
    }

    fn stage(&mut self, stage: &proto::StageResources) {
        let (id, title) = match stage.stage() {
            Stage::Primary => ("primary", "小学"),
            Stage::Junior => ("junior", "初中"),
            Stage::Unspecified => ("unspecified", "其他学段"),
        };
        let path = format!("resources/{id}");
        self.judged(&path, &format!("{title}资源配置"), stage.verdict);
        self.count(&format!("{path}/unit_count"), &format!("{title}评估单元数"), stage.unit_count);
        self.count(&format!("{path}/met_unit_count"), &format!("{title}综合达标单元数"), stage.met_unit_count);
        let undetermined = stage.undetermined_unit_count;
        self.count(&format!("{path}/undetermined_unit_count"), &format!("{title}待定单元数"), undetermined);
        let composite = format!("{title}综合差异系数");
        let value = stage.composite_variation;
        self.add(&format!("{path}/composite_variation"), &composite, stage.composite_verdict, value);
        for (id, name, value) in [
            ("composite_low", "下界", stage.composite_low),
            ("composite_high", "上界", stage.composite_high),
            ("composite_limit", "限值", stage.composite_limit),
        ] {
            self.value(&format!("{path}/{id}"), &format!("{composite}{name}"), value);
        }
        for indicator in &stage.indicators {
            self.indicator(&path, title, indicator);
        }
        for unit in &stage.units {
            self.unit(&path, title, stage, unit);
        }
    }

    fn indicator(&mut self, stage_path: &str, stage: &str, indicator: &proto::StageIndicator) {
        let path = format!("{stage_path}/indicators/{}", indicator.id);
        let title = format!("{stage}{} {}", indicator.id, indicator.title);
        self.value(&format!("{path}/mean"), &format!("{title}：县均值"), indicator.mean);
        let variation = indicator.variation;
        self.add(&format!("{path}/variation"), &format!("{title}：差异系数"), indicator.verdict, variation);
        for (id, name, value) in [
            ("variation_low", "差异系数下界", indicator.variation_low),
            ("variation_high", "差异系数上界", indicator.variation_high),
            ("variation_limit", "差异系数限值", indicator.variation_limit),
            ("threshold", "标准值", indicator.threshold),
        ] {
            self.value(&format!("{path}/{id}"), &format!("{title}：{name}"), value);
        }
        let reached = format!("{title}：达标单元数");
        self.count(&format!("{path}/reached_unit_count"), &reached, indicator.reached_unit_count);
    }

    fn unit(&mut self, stage_path: &str, stage: &str, of: &proto::StageResources, unit: &proto::Unit) {
        let path = format!("{stage_path}/units/{}", unit.school_code);
        let title = format!("{}{stage}", named(&unit.school_name, &unit.school_code));
        self.judged(&path, &format!("{title}：综合达标"), unit.verdict);
        self.count(&format!("{path}/pupils"), &format!("{title}：在校生"), unit.pupils);
        self.count(&format!("{path}/reached_count"), &format!("{title}：达标指标数"), unit.reached_count);
        for indicator in &unit.indicators {
            let path = format!("{path}/indicators/{}", indicator.id);
            let known = of.indicators.iter().find(|known| known.id == indicator.id);
            let official = known.map(|known| known.title.as_str()).unwrap_or_default();
            let title = format!("{title}：{} {official}", indicator.id);
            self.add(&format!("{path}/value"), &title, indicator.verdict, indicator.value);
            for (id, name, value) in [
                ("value_low", "下界", indicator.value_low),
                ("value_high", "上界", indicator.value_high),
                ("shortfall", "缺口", indicator.shortfall),
            ] {
                self.value(&format!("{path}/{id}"), &format!("{title}，{name}"), value);
            }
        }
    }

    fn item(&mut self, item: &proto::Item) {
        let path = format!("items/{}", item.id);
        let title = format!("{} {}", item.id, item.title);
        self.judged(&path, &title, item.verdict);
        for (number, test) in (1..).zip(&item.tests) {
            self.test(&format!("{path}/tests/{number}"), item, test);
        }
    }

    fn test(&mut self, path: &str, item: &proto::Item, test: &proto::Test) {
        let (id, title) = (&item.id, format!("{}：{}", item.id, test.rule));
        self.add(&format!("{path}/value"), &title, test.verdict, test.value);
        self.value(&format!("{path}/limit"), &format!("{title}，限值"), test.limit);
        let tested = test.institution_count;
        self.count(&format!("{path}/institution_count"), &format!("{title}，学校数"), tested);
        let met = test.met_institution_count;
        self.count(&format!("{path}/met_institution_count"), &format!("{title}，达标学校数"), met);
        for operand in &test.operands {
            let name = if operand.title.is_empty() { &operand.id } else { &operand.title };
            let value = match operand.value {
                Some(proto::operand::Value::Quantity(number)) => Some(number),
                Some(proto::operand::Value::Declaration(declared)) => Some(f64::from(u8::from(declared))),
                Some(proto::operand::Value::Date(_)) | None => None,
            };
            self.value(&format!("{path}/operands/{}", operand.id), &format!("{id}：{name}"), value);
        }
        for institution in &test.institutions {
            let path = format!("{path}/institutions/{}", institution.school_code);
            let name = named(&institution.school_name, &institution.school_code);
            self.add(&path, &format!("{id} {}：{name}", item.title), institution.verdict, institution.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(code: &str, verdict: Verdict, value: Option<f64>) -> proto::Unit {
        proto::Unit {
            school_code: code.into(),
            verdict: verdict.into(),
            indicators: vec![proto::UnitIndicator { id: "L4".into(), value, ..Default::default() }],
            ..Default::default()
        }
    }

    fn evaluation(verdict: Verdict, variation: f64, units: Vec<proto::Unit>) -> proto::Evaluation {
        let indicator = proto::StageIndicator {
            id: "L4".into(),
            title: "面积".into(),
            variation: Some(variation),
            verdict: verdict.into(),
            ..Default::default()
        };
        let stage = proto::StageResources {
            stage: Stage::Primary.into(),
            unit_count: u32::try_from(units.len()).ok(),
            indicators: vec![indicator],
            units,
            ..Default::default()
        };
        proto::Evaluation { verdict: verdict.into(), resources: vec![stage], ..Default::default() }
    }

    #[test]
    fn the_same_evaluation_has_no_changed_figure() {
        let one = evaluation(Verdict::Met, 0.25, vec![unit("1", Verdict::Met, None)]);

        let difference = between(&one, &one);

        assert_eq!(difference.figures, []);
        assert_eq!((difference.verdict_before(), difference.verdict_after()), (Verdict::Met, Verdict::Met));
    }

    #[test]
    fn what_changed_came_and_went_is_told_with_its_path() {
        let before =
            evaluation(Verdict::Met, 0.25, vec![unit("1", Verdict::Met, Some(4.5)), unit("2", Verdict::Met, None)]);
        let after =
            evaluation(Verdict::NotMet, 0.75, vec![unit("1", Verdict::Met, None), unit("3", Verdict::Met, None)]);

        let difference = between(&before, &after);

        let paths: Vec<_> = difference.figures.iter().map(|figure| figure.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "verdict",
                "resources/primary/indicators/L4/variation",
                "resources/primary/units/1/indicators/L4/value",
                "resources/primary/units/3",
                "resources/primary/units/2",
            ]
        );
        let variation = &difference.figures[1];
        assert_eq!((variation.verdict_before(), variation.verdict_after()), (Verdict::Met, Verdict::NotMet));
        assert_eq!(variation.difference, Some(0.5));
        assert_eq!(difference.figures[2].difference, None, "what is missing is not zero");
        assert_eq!(difference.figures[3].verdict_before(), Verdict::Unspecified);
        assert_eq!(difference.figures[4].verdict_after(), Verdict::Unspecified);
    }
}
