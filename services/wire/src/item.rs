//! County items: `junheng.ingest.v1.CountyItem` ↔ [`domain::facts::CountyItem`].

use junheng_domain::{
    self as domain,
    checks::{ItemRow, national_operand},
    facts::ItemValue,
    finding::{Fault, Finding},
    quantity::{Quantity, QuantityError},
};
use junheng_proto::ingest::v1 as proto;

/// Decodes county items. What is no value or date becomes a finding, all of them at once.
#[must_use]
pub fn decode(messages: &[proto::CountyItem], field: &str) -> (Vec<ItemRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let rows = messages
        .iter()
        .enumerate()
        .filter_map(|(index, message)| decode_one(message, &format!("{field}[{index}]"), &mut findings))
        .collect();
    (rows, findings)
}

/// Decodes one county item, whose faults go to `findings`; `None` where it has no value.
pub(crate) fn decode_one(message: &proto::CountyItem, path: &str, findings: &mut Vec<Finding>) -> Option<ItemRow> {
    let id = format!("{}.{}", message.item, message.operand);
    let what = || national_operand(&message.item, &message.operand);
    let mut add = |field: &str, fault: Fault, found: &str| {
        findings.push(Finding::of(fault, format!("{path}.{field}")).of_element(&id).found(found));
    };
    let date = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let value = match &message.value {
        None => {
            add("value", Fault::ItemValueMissing { what: what() }, "");
            None
        }
        Some(proto::county_item::Value::Declaration(value)) => Some(ItemValue::Declaration(*value)),
        Some(proto::county_item::Value::Date(text)) => {
            let value = date(text);
            if value.is_none() {
                add("date", Fault::Date { what: what().part("日期", "date") }, text);
            }
            value.map(ItemValue::Date)
        }
        Some(proto::county_item::Value::Quantity(number)) => {
            let value = Quantity::from_f64(*number, 6);
            let found = number.to_string();
            match value {
                Ok(_) => {}
                Err(QuantityError::NotANumber) => add("quantity", Fault::Number { what: what() }, &found),
                Err(QuantityError::TooFine) => add("quantity", Fault::RateDecimals { what: what() }, &found),
                Err(QuantityError::TooLarge) => add("quantity", Fault::NumberRange { what: what() }, &found),
            }
            value.ok().map(ItemValue::Quantity)
        }
    };
    let declared_on = date(&message.declared_on);
    if declared_on.is_none() && !message.declared_on.is_empty() {
        let what = what().part("声明日期", "declaration date");
        add("declared_on", Fault::Date { what }, &message.declared_on);
    }
    let item = domain::facts::CountyItem {
        item: message.item.clone(),
        operand: message.operand.clone(),
        value: value?,
        declared_on,
        declared_by: message.declared_by.clone(),
        evidence: message.evidence.clone(),
    };
    Some(ItemRow { path: path.to_owned(), item })
}

/// Encodes a county item with the month that brought it.
#[must_use]
pub fn encode_dated(dated: &domain::facts::DatedItem) -> proto::DatedCountyItem {
    proto::DatedCountyItem { item: Some(encode(&dated.item)), month: dated.month.to_string() }
}

/// Encodes a county item.
#[must_use]
pub fn encode(item: &domain::facts::CountyItem) -> proto::CountyItem {
    let value = match item.value {
        ItemValue::Quantity(number) => proto::county_item::Value::Quantity(number.to_f64()),
        ItemValue::Declaration(value) => proto::county_item::Value::Declaration(value),
        ItemValue::Date(date) => proto::county_item::Value::Date(date.to_string()),
    };
    proto::CountyItem {
        item: item.item.clone(),
        operand: item.operand.clone(),
        value: Some(value),
        declared_on: item.declared_on.map(|date| date.to_string()).unwrap_or_default(),
        declared_by: item.declared_by.clone(),
        evidence: item.evidence.clone(),
    }
}
