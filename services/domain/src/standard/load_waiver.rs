//! Holds the waivers of a standard's document against its items and indicators.

use super::{Indicator, Item, TestLimit, WaiverEffect, WaiverRule, entry::Entry, fault::Faults, tree::Node};
use crate::{criteria::institutions::Limit, quantity::Quantity, school::URBAN_RURAL_CODES};

const KINDS: &str = "limit、amount、reported";

/// What waivers may be about: what was read, and all that is written, of which those with faults of their own are not told twice.
pub(super) struct Known<'a> {
    pub(super) items: &'a [Item],
    pub(super) written_items: &'a [Node],
    pub(super) indicators: &'a [Indicator],
    pub(super) written_indicators: &'a [Node],
}

pub(super) fn waiver(entry: &mut Entry<'_>, known: &Known<'_>, faults: &Faults) -> Option<WaiverRule> {
    let (id, title, rule) = (entry.id("id"), entry.text("title"), entry.text("rule"));
    let title_en = entry.optional_text("title_en").unwrap_or_default();
    let rule_en = entry.optional_text("rule_en").unwrap_or_default();
    let (source, allowed, kind) = (entry.source(), entry.flag("allowed", None), entry.text("kind"));
    let effect = match kind.as_deref() {
        Some("limit") => limit(entry, known, faults),
        Some("amount") => amount(entry, known),
        Some("reported") => item(entry, known).map(|item| WaiverEffect::Reported { item: item.id.clone() }),
        _ => {
            if let Some(kind) = kind {
                entry.fault("kind", format_args!("kind 不能是“{kind}”，可以是：{KINDS}"));
            }
            // Nobody can say which fields it has.
            entry.any();
            None
        }
    };
    Some(WaiverRule {
        id: id?,
        title: title?,
        title_en,
        rule: rule?,
        rule_en,
        source: source?,
        allowed: allowed?,
        effect: effect?,
    })
}

/// Finds what a field names among entries, if it was read without a fault.
fn named<'k, T>(
    entry: &mut Entry<'_>,
    key: &'static str,
    what: &str,
    written: &[Node],
    find: impl Fn(&str) -> Option<&'k T>,
) -> Option<&'k T> {
    let id = entry.text(key)?;
    let found = find(&id);
    if found.is_none() && !written.iter().any(|node| node.text_at("id") == Some(&id)) {
        entry.fault(key, format_args!("没有“{id}”这个{what}"));
    }
    found
}

fn item<'k>(entry: &mut Entry<'_>, known: &Known<'k>) -> Option<&'k Item> {
    named(entry, "item", "指标项", known.written_items, |id| known.items.iter().find(|item| item.id == id))
}

fn limit(entry: &mut Entry<'_>, known: &Known<'_>, faults: &Faults) -> Option<WaiverEffect> {
    let item = item(entry, known);
    let nodes = entry.list("limits", true);
    if nodes.is_empty() && entry.optional("limits").is_some() {
        entry.fault("limits", "limits 不能为空");
    }
    let mut limits: Vec<TestLimit> = vec![];
    for (index, node) in nodes.iter().enumerate() {
        let Some(mut entry) = Entry::of(node, format!("{}/limits/{index}", entry.path), faults) else { continue };
        let (test, limit) = (entry.whole::<usize>("test"), entry.number("limit"));
        entry.finish();
        let (Some(item), Some(test), Some(limit)) = (item, test, limit) else { continue };
        let Some(place) = test.checked_sub(1).filter(|place| *place < item.tests.len()) else {
            entry.fault("test", format_args!("{}没有第{test}条判定，共{}条", item.id, item.tests.len()));
            continue;
        };
        if limits.iter().any(|before| before.test == place) {
            entry.fault("test", format_args!("第{test}条判定重复"));
        }
        if let Some(fault) = not_lenient(item, place, limit) {
            entry.fault("limit", fault);
        }
        limits.push(TestLimit { test: place, limit });
    }
    Some(WaiverEffect::Limit { item: item?.id.clone(), limits })
}

/// What keeps a limit from being a more lenient one than that of the test.
fn not_lenient(item: &Item, place: usize, limit: Quantity) -> Option<String> {
    let test = item.tests.get(place).and_then(|test| test.criterion.institutions());
    let (of_test, lenient, direction) = match test.map(|test| &test.limit) {
        Some(Limit::AtMost(of_test)) => (of_test, limit > *of_test, "大于"),
        Some(Limit::AtLeast(of_test)) => (of_test, limit < *of_test, "小于"),
        Some(Limit::AtLeastCeiling { .. }) | None => {
            return Some(format!("第{}条判定不是逐校的 at_least 或 at_most，不能放宽", place + 1));
        }
    };
    (!lenient).then(|| format!("只能放宽：limit 须{direction}第{}条判定的{of_test}", place + 1))
}

fn amount(entry: &mut Entry<'_>, known: &Known<'_>) -> Option<WaiverEffect> {
    let indicator = named(entry, "indicator", "指标", known.written_indicators, |id| {
        known.indicators.iter().find(|indicator| indicator.id == id)
    });
    let mut pupils = |key| {
        let number: Option<i64> = entry.optional_whole(key);
        number.and_then(|number| entry.take(key, Quantity::whole(number).ok_or("须小于一万亿")))
    };
    let (min_pupils, max_pupils) = (pupils("min_pupils"), pupils("max_pupils"));
    if min_pupils.zip(max_pupils).is_some_and(|(least, most)| least > most) {
        entry.fault("max_pupils", "max_pupils 小于 min_pupils");
    }
    let urban_rural_codes = entry.texts("urban_rural_codes", false);
    for code in urban_rural_codes.iter().filter(|code| !URBAN_RURAL_CODES.contains(&code.as_str())) {
        entry.fault("urban_rural_codes", format_args!("“{code}”不是城乡分类代码"));
    }
    Some(WaiverEffect::Amount { indicator: indicator?.id.clone(), min_pupils, max_pupils, urban_rural_codes })
}
