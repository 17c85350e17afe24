//! County items: `junheng.ingest.v1.CountyItem` ↔ [`domain::facts::CountyItem`].

use junheng_domain::{
    self as domain,
    checks::ItemRow,
    facts::ItemValue,
    finding::Finding,
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
    let mut add = |field: &str, rule: &str, text: &str, remedy: &str, found: &str| {
        findings.push(
            Finding::error(rule, format!("{path}.{field}"), format!("{id}{text}"), remedy).of_element(&id).found(found),
        );
    };
    let date = |text: &str| text.parse::<jiff::civil::Date>().ok();
    let value = match &message.value {
        None => {
            add("value", "item_value", "没有值", "请填写数字、true 或 false、日期；没有数据时不要报送该要素", "");
            None
        }
        Some(proto::county_item::Value::Declaration(value)) => Some(ItemValue::Declaration(*value)),
        Some(proto::county_item::Value::Date(text)) => {
            let value = date(text);
            if value.is_none() {
                add("date", "date", "的日期无法识别", "请按 2024-12-29 的格式填写", text);
            }
            value.map(ItemValue::Date)
        }
        Some(proto::county_item::Value::Quantity(number)) => {
            let value = Quantity::from_f64(*number, 6);
            let found = number.to_string();
            match value {
                Ok(_) => {}
                Err(QuantityError::NotANumber) => add("quantity", "number", "不是数字", "请填写普通数字", &found),
                Err(QuantityError::TooFine) => {
                    add("quantity", "rate_decimals", "最多保留六位小数", "请四舍五入后填写", &found);
                }
                Err(QuantityError::TooLarge) => {
                    add("quantity", "number_range", "超出可填范围", "请核对数值和计量单位；数值须小于一万亿", &found);
                }
            }
            value.ok().map(ItemValue::Quantity)
        }
    };
    let declared_on = date(&message.declared_on);
    if declared_on.is_none() && !message.declared_on.is_empty() {
        add("declared_on", "date", "的声明日期无法识别", "请按 2024-12-29 的格式填写", &message.declared_on);
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
