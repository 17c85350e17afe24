//! What keeps a value from being read, in Chinese.

use figment::error::{Actual, Kind};

/// What is wrong with a value: its type, its spelling, or what the setting itself says of it.
pub(super) fn text(wrong: &Kind) -> String {
    match wrong {
        Kind::Message(said) => said.clone(),
        Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
            let most = match expected.as_str() {
                "u32" if matches!(found, Actual::Unsigned(_) | Actual::Signed(0..)) => format!("，最大 {}", u32::MAX),
                _ => String::new(),
            };
            format!("须为{}{most}，而不是 {}", kind(expected), value(found))
        }
        Kind::UnknownVariant(found, known) => format!("不能是“{found}”，可以是 {}", known.join("、")),
        Kind::UnknownField(found, known) => format!("中没有“{found}”这一项，可以有 {}", known.join("、")),
        Kind::MissingField(name) => format!("中缺少 {name}"),
        other => other.to_string(),
    }
}

fn value(found: &Actual) -> String {
    match found {
        Actual::Bool(truth) => truth.to_string(),
        Actual::Unsigned(number) => number.to_string(),
        Actual::Signed(number) => number.to_string(),
        Actual::Float(number) => number.to_string(),
        Actual::Str(text) => format!("“{text}”"),
        Actual::Seq => "数组".to_owned(),
        Actual::Map => "表".to_owned(),
        other => other.to_string(),
    }
}

/// A type by what the deserializer calls it.
fn kind(expected: &str) -> &str {
    match expected {
        "u32" | "u64" | "usize" => "不小于 0 的整数",
        "f64" => "数",
        "a boolean" => "true 或 false",
        "a string" => "文字",
        "a sequence" => "数组",
        text if text.starts_with("struct ") => "一组设置",
        other => other,
    }
}
