//! Holds a standard's document against the catalogue and against itself, and tells every fault.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;

use super::{
    Attainment, ITEM_VALID_MONTHS_AT_MOST, Indicator, Part, Resources, StageRule, Standard, UnitRule,
    entry::{Entry, formula_fault},
    fault::{Faults, StandardFaults},
    load_item::item,
    load_waiver, overlay,
    tree::{Node, Value},
};
use crate::{
    element::Element,
    formula::Sum,
    quantity::Quantity,
    school::{SchoolType, Stage},
};

const EVERY_STAGE: [Stage; 3] = [Stage::Primary, Stage::Junior, Stage::Senior];

/// Loads a document; `find` gives the documents of the standards that it may extend.
pub(super) fn load(text: &str, find: &dyn Fn(&str) -> Option<String>) -> Result<Standard, StandardFaults> {
    let faults = Faults::default();
    let standard = overlay::read(text, find, &faults).and_then(|laid| standard(laid, text, &faults));
    faults.finish()?;
    // Where nothing was told, everything was read.
    standard.ok_or_else(|| StandardFaults(vec![]))
}

fn standard(laid: overlay::Laid, text: &str, faults: &Faults) -> Option<Standard> {
    let overlay::Laid { root, extends } = laid;
    let mut entry = Entry::of(&root, String::new(), faults)?;
    let id = entry.text("id");
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if let Some(id) = id.as_ref().filter(|id| id.len() > 64 || !id.bytes().all(allowed)) {
        entry.fault("id", format_args!("id 须为 1 至 64 个小写字母、数字、连字符，不能是“{id}”"));
    }
    let (title, act) = (entry.text("title"), entry.text("act"));
    let issued_on = entry.text("issued_on").and_then(|text| day(&entry, "issued_on", &text));
    let mut optional_day = |key| entry.optional_text(key).and_then(|text| day(&entry, key, &text));
    let (valid_from, valid_to) = (optional_day("valid_from"), optional_day("valid_to"));
    if valid_from.zip(valid_to).is_some_and(|(from, to)| from > to) {
        entry.fault("valid_to", "valid_to 早于 valid_from");
    }
    let items_valid_months = entry.whole("items_valid_months");
    if items_valid_months.is_some_and(|months: u16| months > ITEM_VALID_MONTHS_AT_MOST) {
        entry.fault("items_valid_months", format_args!("items_valid_months 不能大于{ITEM_VALID_MONTHS_AT_MOST}"));
    }
    let weighting = entry.word("weighting");
    let parts = entries(&mut entry, "parts", "id", faults, part);
    let units = entries(&mut entry, "units", "school_type", faults, unit_rule);
    let resources = entry.optional("resources");
    if resources.is_none() {
        entry.fault("resources", "缺少 resources");
    }
    let resources = resources.and_then(|node| self::resources(node, &parts, faults));
    let items = entries(&mut entry, "items", "id", faults, |entry, faults| item(entry, &parts, faults));
    let known = load_waiver::Known {
        items: &items,
        written_items: entry.list("items", false),
        indicators: resources.as_ref().map_or(&[], |resources| &resources.indicators),
        written_indicators: written_indicators(&root),
    };
    let waivers =
        entries(&mut entry, "waivers", "id", faults, |entry, faults| load_waiver::waiver(entry, &known, faults));
    entry.finish();
    let standard = Standard {
        id: id?,
        title: title?,
        act: act?,
        issued_on: issued_on?,
        valid_from,
        valid_to,
        items_valid_months: items_valid_months?,
        weighting: weighting?,
        parts,
        units,
        resources: resources?,
        items,
        waivers,
        extends,
        document: text.to_owned(),
        tree: Arc::new(root.clone()),
    };
    for part in standard.parts.iter().filter(|part| part.id != standard.resources.part) {
        if !standard.items.iter().any(|item| item.part == part.id) {
            let written = entry.list("parts", false).iter().find(|node| node.text_at("id") == Some(&part.id));
            let place = written.map_or(&root.place, |node| &node.place);
            faults.add(place, &format!("parts/{}", part.id), "该部分没有任何指标项：什么都不评，却会判为达标");
        }
    }
    Some(standard)
}

fn written_indicators(root: &Node) -> &[Node] {
    match root.at("resources").and_then(|resources| resources.at("indicators")).map(|node| &node.value) {
        Some(Value::List(written)) => written,
        _ => &[],
    }
}

fn day(entry: &Entry<'_>, key: &str, text: &str) -> Option<Date> {
    entry.take(key, text.parse().map_err(|_| format!("“{text}”须为日期，如 2017-04-19")))
}

/// Reads the entries of a list that are told apart by a key; those with faults are left out.
fn entries<T>(
    of: &mut Entry<'_>,
    field: &'static str,
    key: &str,
    faults: &Faults,
    read: impl Fn(&mut Entry<'_>, &Faults) -> Option<T>,
) -> Vec<T> {
    let nodes = of.list(field, !matches!(field, "items" | "waivers"));
    faults.distinct(nodes, key, field);
    let one = |(index, node): (usize, &Node)| {
        let id = node.text_at(key).map_or_else(|| index.to_string(), ToOwned::to_owned);
        let mut entry = Entry::of(node, format!("{field}/{id}"), faults)?;
        let read = read(&mut entry, faults);
        entry.finish();
        read
    };
    nodes.iter().enumerate().filter_map(one).collect()
}

fn part(entry: &mut Entry<'_>, _faults: &Faults) -> Option<Part> {
    let (id, title, source) = (entry.id("id"), entry.text("title"), entry.source());
    let title_en = entry.optional_text("title_en").unwrap_or_default();
    Some(Part { id: id?, title: title?, title_en, source: source? })
}

fn unit_rule(entry: &mut Entry<'_>, _faults: &Faults) -> Option<UnitRule> {
    let school_type: Option<SchoolType> = entry
        .text("school_type")
        .and_then(|code| entry.take("school_type", code.parse().map_err(|_| format!("“{code}”不是办学类型代码"))));
    let stages: Vec<Stage> = entry.words("stages");
    let min_pupils: Option<i64> = entry.optional_whole("min_pupils");
    let min_pupils =
        min_pupils.and_then(|number| entry.take("min_pupils", Quantity::whole(number).ok_or("须小于一万亿")));
    let weights = entry.by_stage("weights", &EVERY_STAGE);
    let school_type = school_type?;
    for (index, stage) in stages.iter().enumerate() {
        if stages.iter().take(index).any(|before| before == stage) {
            entry.fault("stages", format_args!("stages 中{}重复", stage.title()));
        }
        if !Stage::COMPULSORY.contains(stage) || !school_type.stages().contains(stage) {
            entry.fault("stages", format_args!("该办学类型没有可评估的学段“{}”", stage.id()));
        }
    }
    let counted = |stage: &Stage| weights.get(stage).is_some_and(|weight| *weight > Quantity::ZERO);
    if !weights.is_empty() && !stages.iter().all(counted) {
        entry.fault("weights", "weights 遗漏了要评估的学段，或其权重为零");
    }
    Some(UnitRule { school_type, stages, min_pupils, weights })
}

fn resources(node: &Node, parts: &[Part], faults: &Faults) -> Option<Resources> {
    let mut entry = Entry::of(node, "resources".to_owned(), faults)?;
    let part = known_part(&mut entry, parts);
    let (rule, source) = (entry.text("rule"), entry.source());
    let rule_en = entry.optional_text("rule_en").unwrap_or_default();
    let composite_limit = entry.by_stage("composite_limit", &Stage::COMPULSORY);
    let indicator_count = entry.list("indicators", true).len();
    let attainment = attainment(&mut entry, indicator_count);
    let judged = Judged { units: attainment.is_some(), composite: !composite_limit.is_empty() };
    for stage in Stage::COMPULSORY {
        if judged.composite && !composite_limit.contains_key(&stage) {
            entry.fault("composite_limit", format_args!("composite_limit 缺少学段 {}", stage.id()));
        }
    }
    let indicators = entries(&mut entry, "indicators", "id", faults, |entry, _| indicator(entry, judged));
    entry.finish();
    Some(Resources { part: part?, attainment, composite_limit, rule: rule?, rule_en, source: source?, indicators })
}

fn attainment(entry: &mut Entry<'_>, indicator_count: usize) -> Option<Attainment> {
    let written = (entry.optional("reach_at_least").is_some(), entry.optional("floor").is_some());
    if written.0 != written.1 {
        entry.fault("reach_at_least", "reach_at_least 与 floor 须同时写明，或都不写");
    }
    let reach_at_least: Option<usize> = entry.optional_whole("reach_at_least");
    let floor = entry.optional_number("floor");
    if floor.is_some_and(|floor| floor > Quantity::ONE) {
        entry.fault("floor", "floor 是标准值的比例，不能大于1");
    }
    if reach_at_least.is_some_and(|count| count > indicator_count) {
        entry.fault("reach_at_least", format_args!("reach_at_least 大于指标个数{indicator_count}"));
    }
    Some(Attainment { reach_at_least: reach_at_least?, floor: floor? })
}

/// What besides single coefficients of variation is judged of resources.
#[derive(Clone, Copy)]
struct Judged {
    units: bool,
    composite: bool,
}

/// What an indicator's value is computed from, in Chinese and in English: 100 × a ÷ b.
fn formula(amount: &Sum<Element>, divisor: Element, factor: Quantity, split: bool) -> [String; 2] {
    let factor = if factor == Quantity::ONE { String::new() } else { format!("{factor} × ") };
    let (open, close) = if amount.operands().nth(1).is_some() { ("(", ")") } else { ("", "") };
    let written = |title: fn(Element) -> &'static str, share: &str| {
        let amount = amount.written(|element| title(*element).to_owned());
        format!("{factor}{open}{amount}{close}{} ÷ {}", if split { share } else { "" }, title(divisor))
    };
    [
        written(|element| element.definition().title, " × 分摊比例"),
        written(|element| element.definition().title_en, " × share of the stage"),
    ]
}

fn indicator(entry: &mut Entry<'_>, judged: Judged) -> Option<Indicator> {
    let (id, title, unit) = (entry.id("id"), entry.text("title"), entry.text("unit"));
    let title_en = entry.optional_text("title_en").unwrap_or_default();
    let (amount, amount_unit) = (entry.text("amount"), entry.text("amount_unit"));
    let (divisor, factor) = (entry.text("divisor"), entry.number("factor"));
    let (split, source) = (entry.flag("split", None), entry.source());
    if factor == Some(Quantity::ZERO) {
        entry.fault("factor", "factor 不能为零");
    }
    let thresholds = entry.by_stage("threshold", &Stage::COMPULSORY);
    let variation_limits = entry.by_stage("variation_limit", &Stage::COMPULSORY);
    let mut stages = BTreeMap::new();
    for stage in Stage::COMPULSORY {
        let of_stage = |text: &String| text.replace("{stage}", stage.id());
        let amount = amount.as_ref().map(of_stage).and_then(|text| {
            entry.take("amount", Sum::parse(&text, Element::find).map_err(|error| formula_fault(&error)))
        });
        let divisor = divisor
            .as_ref()
            .map(of_stage)
            .and_then(|text| entry.take("divisor", Element::find(&text).ok_or_else(|| format!("“{text}”不是要素"))));
        let (threshold, variation_limit) = (thresholds.get(&stage).copied(), variation_limits.get(&stage).copied());
        if judged.units && threshold.is_none() {
            entry.fault("threshold", format_args!("threshold 缺少学段 {}", stage.id()));
        }
        if !judged.composite && variation_limit.is_none() {
            entry.fault("variation_limit", format_args!("variation_limit 缺少学段 {}", stage.id()));
        }
        if let (Some(amount), Some(divisor)) = (amount, divisor) {
            let formula = formula(&amount, divisor, factor.unwrap_or(Quantity::ONE), split == Some(true));
            stages.insert(stage, StageRule { amount, divisor, threshold, variation_limit, formula });
        }
    }
    Some(Indicator {
        id: id?,
        title: title?,
        title_en,
        unit: unit?,
        amount_unit: amount_unit?,
        factor: factor?,
        split: split?,
        source: source?,
        stages,
    })
}

pub(super) fn known_part(entry: &mut Entry<'_>, parts: &[Part]) -> Option<String> {
    let part = entry.text("part")?;
    if !parts.iter().any(|known| known.id == part) {
        entry.fault("part", format_args!("没有“{part}”这个部分"));
        return None;
    }
    Some(part)
}
