//! Holds the county items of a standard's document against themselves.

use std::collections::BTreeMap;

use super::{
    Item, Operand, OperandKind, Part, Test,
    entry::{Entry, formula_fault},
    fault::Faults,
    load::known_part,
};
use crate::{
    criteria::{
        Criterion,
        all::All,
        declaration::Declaration,
        elapsed::Elapsed,
        institutions::{Institutions, Limit},
        monitoring::Monitoring,
        ratio::Ratio,
        score::Score,
    },
    element::Element,
    formula::Sum,
    quantity::Quantity,
};

/// Operands that can be summed and compared.
const NUMBERS: [OperandKind; 3] = [OperandKind::Count, OperandKind::Amount, OperandKind::Rate];
const KINDS: &str = "declaration、all、ratio、elapsed、monitoring、score、institutions";

pub(super) fn item(entry: &mut Entry<'_>, parts: &[Part], faults: &Faults) -> Option<Item> {
    let id = entry.id("id");
    let part = known_part(entry, parts);
    let (title, source) = (entry.text("title"), entry.source());
    let title_en = entry.optional_text("title_en").unwrap_or_default();
    let operands = operands(entry, faults);
    let tests = entry.list("tests", true);
    if tests.is_empty() && entry.optional("tests").is_some() {
        entry.fault("tests", "tests 不能为空");
    }
    let written: Vec<&str> = entry.list("operands", false).iter().filter_map(|node| node.text_at("id")).collect();
    let known = Known { operands: &operands, written };
    let test = |(index, node)| self::test(Entry::of(node, format!("{}/tests/{index}", entry.path), faults)?, &known);
    let tests = tests.iter().enumerate().filter_map(test).collect();
    Some(Item { id: id?, part: part?, title: title?, title_en, source: source?, operands, tests })
}

fn operands(entry: &mut Entry<'_>, faults: &Faults) -> Vec<Operand> {
    let nodes = entry.list("operands", false);
    let path = format!("{}/operands", entry.path);
    faults.distinct(nodes, "id", &path);
    let mut operands = vec![];
    let wholes: BTreeMap<&str, Option<&str>> =
        nodes.iter().filter_map(|node| Some((node.text_at("id")?, node.text_at("part_of")))).collect();
    for (index, node) in nodes.iter().enumerate() {
        let id = node.text_at("id").map_or_else(|| index.to_string(), ToOwned::to_owned);
        let Some(mut entry) = Entry::of(node, format!("{path}/{id}"), faults) else { continue };
        let (id, kind, title) = (entry.id("id"), entry.word("kind"), entry.text("title"));
        let title_en = entry.optional_text("title_en").unwrap_or_default();
        let (at_most, part_of) = (entry.optional_number("at_most"), entry.optional_text("part_of"));
        entry.finish();
        if let Some(whole) = part_of.as_deref() {
            let mut step = Some(whole);
            // Every step goes to another operand; more steps than operands go in a circle.
            for _ in nodes {
                step = step.and_then(|id| wholes.get(id).copied().flatten());
            }
            if step.is_some() {
                entry.fault("part_of", "part_of 绕回了自身");
            }
            if !wholes.contains_key(whole) {
                entry.fault("part_of", format_args!("该项没有要素“{whole}”"));
            }
        }
        if let (Some(id), Some(kind), Some(title)) = (id, kind, title) {
            operands.push(Operand { id, kind, title, title_en, at_most, part_of });
        }
    }
    operands
}

/// The operands of an item, for its tests.
struct Known<'a> {
    operands: &'a [Operand],
    /// All that are written, those with faults of their own too: nobody is told of them twice.
    written: Vec<&'a str>,
}

impl Known<'_> {
    /// Holds an operand of a test against those of the item.
    fn of_kind(&self, entry: &Entry<'_>, key: &str, id: &str, kinds: &[OperandKind]) -> Option<String> {
        match self.operands.iter().find(|operand| operand.id == id) {
            Some(operand) if kinds.contains(&operand.kind) => return Some(id.to_owned()),
            Some(_) => entry.fault(key, format_args!("{key} 的要素“{id}”不是该判定方式所要的类型")),
            None if self.written.contains(&id) => {}
            None => entry.fault(key, format_args!("{key} 的“{id}”不是该项的要素")),
        }
        None
    }

    fn operand(&self, entry: &mut Entry<'_>, key: &'static str, kinds: &[OperandKind]) -> Option<String> {
        let id = entry.text(key)?;
        self.of_kind(entry, key, &id, kinds)
    }

    /// A sum of operands that are numbers.
    fn sum(&self, entry: &mut Entry<'_>, key: &'static str) -> Option<Sum<String>> {
        let text = entry.text(key)?;
        let find = |id: &str| {
            let number = self.operands.iter().any(|operand| operand.id == id && NUMBERS.contains(&operand.kind));
            // One with a fault of its own was told of.
            let told = self.written.contains(&id) && !self.operands.iter().any(|operand| operand.id == id);
            (number || told).then(|| id.to_owned())
        };
        entry.take(key, Sum::parse(&text, find).map_err(|error| formula_fault(&error)))
    }
}

fn test(mut entry: Entry<'_>, known: &Known<'_>) -> Option<Test> {
    let rule = entry.text("rule");
    let rule_en = entry.optional_text("rule_en").unwrap_or_default();
    let kind = entry.text("kind")?;
    let criterion = match kind.as_str() {
        "declaration" => declaration(&mut entry, known),
        "all" => all(&mut entry, known),
        "ratio" => ratio(&mut entry, known),
        "elapsed" => elapsed(&mut entry, known),
        "monitoring" => monitoring(&mut entry),
        "score" => score(&mut entry, known),
        "institutions" => institutions(&mut entry),
        // Nobody can say which fields it has.
        _ => {
            entry.fault("kind", format_args!("kind 不能是“{kind}”，可以是：{KINDS}"));
            return None;
        }
    };
    entry.finish();
    Some(Test { rule: rule?, rule_en, criterion: criterion? })
}

fn declaration(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<Criterion> {
    let operand = known.operand(entry, "operand", &[OperandKind::Declaration]);
    let expected = entry.flag("expected", Some(true));
    Some(Criterion::Declaration(Declaration { operand: operand?, expected: expected? }))
}

fn all(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<Criterion> {
    let part = known.operand(entry, "part", &NUMBERS);
    let whole = known.operand(entry, "whole", &NUMBERS);
    Some(Criterion::All(All { part: part?, whole: whole? }))
}

fn ratio(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<Criterion> {
    let (amount, divisor) = (known.sum(entry, "amount"), known.sum(entry, "divisor"));
    let at_least = entry.number("at_least");
    let when_empty = entry.optional_word("when_empty").unwrap_or_default();
    let at_least = at_least?;
    Some(Criterion::Ratio(Ratio { amount: amount?, divisor: divisor?, at_least, when_empty }))
}

fn elapsed(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<Criterion> {
    let operand = known.operand(entry, "operand", &[OperandKind::Date]);
    let years = entry.whole("years");
    Some(Criterion::Elapsed(Elapsed { operand: operand?, years: years? }))
}

fn monitoring(entry: &mut Entry<'_>) -> Option<Criterion> {
    let (level_at_least, difference_below) = (entry.number("level_at_least"), entry.number("difference_below"));
    Some(Criterion::Monitoring(Monitoring { level_at_least: level_at_least?, difference_below: difference_below? }))
}

fn score(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<Criterion> {
    let kinds = [OperandKind::Score];
    let total = known.operand(entry, "total", &kinds);
    let points = entry.texts("points", true);
    let points = points.iter().filter_map(|id| known.of_kind(entry, "points", id, &kinds)).collect();
    let at_least = entry.number("at_least");
    Some(Criterion::Score(Score { total: total?, points, at_least: at_least? }))
}

fn institutions(entry: &mut Entry<'_>) -> Option<Criterion> {
    let texts = entry.texts("amounts", true);
    if texts.is_empty() && entry.optional("amounts").is_some() {
        entry.fault("amounts", "amounts 不能为空");
    }
    let elements = |entry: &Entry<'_>, key: &str, text: &str| {
        entry.take(key, Sum::parse(text, Element::find).map_err(|error| formula_fault(&error)))
    };
    let amounts: Vec<_> = texts.iter().filter_map(|text| elements(entry, "amounts", text)).collect();
    let divisor = entry.optional_text("divisor").and_then(|text| elements(entry, "divisor", &text));
    let (at_least, at_most) = (entry.optional_number("at_least"), entry.optional_number("at_most"));
    let ceiling_of =
        entry.optional_text("at_least_ceiling_of").and_then(|text| elements(entry, "at_least_ceiling_of", &text));
    let per = entry.optional_number("per");
    let codes = entry.texts("school_types", false);
    let school_types = codes
        .iter()
        .filter_map(|code| entry.take("school_types", code.parse().map_err(|_| format!("“{code}”不是办学类型代码"))))
        .collect();
    let stage = entry.optional_word("stage");
    let below_min_pupils = entry.flag("below_min_pupils", Some(false));
    let written =
        ["at_least", "at_most", "at_least_ceiling_of", "per", "divisor"].map(|key| entry.optional(key).is_some());
    let limit = match (written, at_least, at_most, ceiling_of, per) {
        ([true, false, false, false, _], at_least, ..) => Limit::AtLeast(at_least?),
        ([false, true, false, false, _], _, at_most, ..) => Limit::AtMost(at_most?),
        ([false, false, true, true, false], _, _, of, per) if per != Some(Quantity::ZERO) => {
            Limit::AtLeastCeiling { of: of?, per: per? }
        }
        _ => {
            let reason =
                "须写明 at_least、at_most 之一，或同时写明 at_least_ceiling_of 与大于零的 per（此时不写 divisor）";
            entry.fault("kind", reason);
            return None;
        }
    };
    let below_min_pupils = below_min_pupils?;
    Some(Criterion::Institutions(Institutions { amounts, divisor, limit, school_types, stage, below_min_pupils }))
}
