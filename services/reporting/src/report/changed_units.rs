//! Which evaluation units changed between two months: verdicts, and who is one no longer or now.

use junheng_proto::evaluation::v1::{Evaluation, StageResources, Unit};

use super::{units, words};

/// Units of a kind that are named; of more it is told how many they are.
const NAMED: usize = 10;

/// The changed units of all stages in words; `None` where none changed. A stage that only one of the months has is left out.
pub(super) fn told(now: &Evaluation, before: &Evaluation) -> Option<String> {
    let stages: Vec<String> = now
        .resources
        .iter()
        .filter_map(|stage| {
            let old = before.resources.iter().find(|old| old.stage == stage.stage)?;
            let clauses = of_stage(stage, old);
            (!clauses.is_empty()).then(|| format!("{}{}", words::stage(stage.stage()), clauses.join("，")))
        })
        .collect();
    (!stages.is_empty()).then(|| format!("与{}相比，{}。", words::month(&before.month), stages.join("；")))
}

fn of_stage(now: &StageResources, before: &StageResources) -> Vec<String> {
    let among = |units: &[Unit], unit: &Unit| units.iter().any(|other| other.school_code == unit.school_code);
    let name = |unit: &Unit| words::school(&unit.school_name, &unit.school_code);
    let changed = now.units.iter().filter_map(|unit| {
        let old = before.units.iter().find(|old| old.school_code == unit.school_code)?;
        (old.verdict != unit.verdict).then(|| verdict(now, unit, old))
    });
    let came = now.units.iter().filter(|unit| !among(&before.units, unit)).map(name);
    let left = before.units.iter().filter(|unit| !among(&now.units, unit)).map(name);
    let kinds = [
        ("结论有变化的单元：", changed.collect::<Vec<_>>()),
        ("新增的评估单元：", came.collect()),
        ("不再作为评估单元：", left.collect()),
    ];
    let kinds = kinds.into_iter().filter(|(_, units)| !units.is_empty());
    kinds.map(|(kind, units)| format!("{kind}{}", named(&units))).collect()
}

fn named(units: &[String]) -> String {
    let more = if units.len() > NAMED { format!("等{}个", units.len()) } else { String::new() };
    units.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、") + &more
}

/// How a unit's verdict changed, and by which indicators.
fn verdict(rules: &StageResources, now: &Unit, before: &Unit) -> String {
    let moved: Vec<String> = now
        .indicators
        .iter()
        .filter_map(|indicator| {
            let old = before.indicators.iter().find(|old| old.id == indicator.id)?;
            let rule = units::rule(rules, &indicator.id);
            let [old_value, value] = [old, indicator].map(|of| units::value_text(of, rule));
            let same = (old.verdict, old.floor_verdict) == (indicator.verdict, indicator.floor_verdict);
            (!same).then(|| format!("{}由{old_value}变为{value}", indicator.id))
        })
        .collect();
    let by = if moved.is_empty() { String::new() } else { format!("（{}）", moved.join("，")) };
    let name = words::school(&now.school_name, &now.school_code);
    format!("{name}由{}变为{}{by}", words::verdict(before.verdict()), words::verdict(now.verdict()))
}
