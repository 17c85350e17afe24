//! Reads one table of a standard's document. What is missing, of another kind or asked for by nobody is a fault of the line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use super::{
    fault::Faults,
    tree::{Node, Place, Value},
};
use crate::{
    formula::FormulaError,
    quantity::{Quantity, QuantityError},
    school::Stage,
};

/// Entries of a list, so that holding each against the others ends soon.
pub(super) const ENTRIES_AT_MOST: usize = 1_000;

/// One table of the document, while it is read. Readers give `None` where they told a fault.
pub(super) struct Entry<'a> {
    pub(super) path: String,
    place: &'a Place,
    table: &'a BTreeMap<String, Node>,
    asked: BTreeSet<&'static str>,
    anything: bool,
    faults: &'a Faults,
}

impl<'a> Entry<'a> {
    /// The table that a node is.
    pub(super) fn of(node: &'a Node, path: String, faults: &'a Faults) -> Option<Self> {
        let Value::Table(table) = &node.value else {
            faults.add(&node.place, &path, "须为一组字段（TOML 表）");
            return None;
        };
        Some(Self { path, place: &node.place, table, asked: BTreeSet::new(), anything: false, faults })
    }

    /// Tells a fault of a field, on its line; of one that does not stand there, on the line of the entry.
    pub(super) fn fault(&self, key: &str, reason: impl fmt::Display) {
        let place = self.table.get(key).map_or(self.place, |node| &node.place);
        self.faults.add(place, &self.path, reason);
    }

    /// Takes a result, and keeps its error as a fault of a field.
    pub(super) fn take<T, E: fmt::Display>(&self, key: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.fault(key, format_args!("{key} {error}"))).ok()
    }

    /// Tells of every field that nobody asked for.
    pub(super) fn finish(&self) {
        if self.anything {
            return;
        }
        let unknown: Vec<_> = self.table.iter().filter(|(key, _)| !self.asked.contains(key.as_str())).collect();
        for (key, node) in unknown {
            let known: Vec<_> = self.asked.iter().copied().collect();
            let reason = format!("没有“{key}”这个字段；可用的字段：{}", known.join("、"));
            self.faults.add(&node.place, &self.path, reason);
        }
    }

    /// Asks for whatever else stands there.
    pub(super) fn any(&mut self) {
        self.anything = true;
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.insert(key);
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str) -> Option<&'a Node> {
        let found = self.optional(key);
        if found.is_none() {
            self.fault(key, format_args!("缺少 {key}"));
        }
        found
    }

    fn kind<T>(&self, key: &str, found: Option<T>, wanted: &str) -> Option<T> {
        if found.is_none() {
            self.fault(key, format_args!("{key} 须为{wanted}"));
        }
        found
    }

    fn as_text(&self, key: &str, node: &'a Node) -> Option<&'a str> {
        let text = match &node.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        };
        self.kind(key, text, "文本")
    }

    /// A text that must not be empty.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.required(key)?;
        let text = self.as_text(key, node)?;
        if text.trim().is_empty() {
            self.fault(key, format_args!("{key} 不能为空"));
            return None;
        }
        Some(text.to_owned())
    }

    /// The clause that a rule follows.
    pub(super) fn source(&mut self) -> Option<String> {
        if self
            .table
            .get("source")
            .is_some_and(|node| matches!(&node.value, Value::Text(text) if text.trim().is_empty()))
        {
            self.asked.insert("source");
            self.fault("source", "source 不能为空：每条规则都须注明出处");
            return None;
        }
        self.text("source")
    }

    /// An id: 1 to 64 letters, digits, `.`, `_`, `-`.
    pub(super) fn id(&mut self, key: &'static str) -> Option<String> {
        let id = self.text(key)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if id.len() > 64 || !id.bytes().all(allowed) {
            self.fault(key, format_args!("{key} 须为 1 至 64 个字母、数字、. _ -，不能是“{id}”"));
            return None;
        }
        Some(id)
    }

    /// A text that may be left out; `None` when it is, or is none.
    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        let node = self.optional(key)?;
        self.as_text(key, node).map(ToOwned::to_owned)
    }

    /// True or false, unless it is left out.
    pub(super) fn flag(&mut self, key: &'static str, unless_written: Option<bool>) -> Option<bool> {
        let Some(node) = (match unless_written {
            Some(_) => self.optional(key),
            None => self.required(key),
        }) else {
            return unless_written;
        };
        let flag = match node.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        };
        self.kind(key, flag, " true 或 false")
    }

    /// A whole number that is not negative.
    pub(super) fn whole<T: TryFrom<i64>>(&mut self, key: &'static str) -> Option<T> {
        let node = self.required(key)?;
        self.as_whole(key, node)
    }

    /// A whole number that may be left out.
    pub(super) fn optional_whole<T: TryFrom<i64>>(&mut self, key: &'static str) -> Option<T> {
        let node = self.optional(key)?;
        self.as_whole(key, node)
    }

    fn as_whole<T: TryFrom<i64>>(&self, key: &str, node: &Node) -> Option<T> {
        let whole = match &node.value {
            Value::Number(text) => {
                text.parse::<i64>().ok().filter(|number| *number >= 0).and_then(|number| T::try_from(number).ok())
            }
            _ => None,
        };
        self.kind(key, whole, "不小于零的整数")
    }

    /// A number that is not negative, taken as the decimal number that is written.
    pub(super) fn number(&mut self, key: &'static str) -> Option<Quantity> {
        let node = self.required(key)?;
        self.as_number(key, node)
    }

    /// A number that may be left out.
    pub(super) fn optional_number(&mut self, key: &'static str) -> Option<Quantity> {
        let node = self.optional(key)?;
        self.as_number(key, node)
    }

    fn as_number(&self, key: &str, node: &Node) -> Option<Quantity> {
        // Written in quotes it is a number as well.
        let (Value::Number(text) | Value::Text(text)) = &node.value else {
            self.faults.add(&node.place, &self.path, format_args!("{key} 须为数字"));
            return None;
        };
        let fault = match Quantity::parse(text) {
            Ok(number) if !number.negative() => return Some(number),
            Ok(_) => "不能为负数",
            Err(QuantityError::NotANumber) => "须为普通的十进制数",
            Err(QuantityError::TooFine) => "最多六位小数",
            Err(QuantityError::TooLarge) => "须小于一万亿",
        };
        self.faults.add(&node.place, &self.path, format_args!("{key}“{text}”{fault}"));
        None
    }

    /// Numbers by stage, of these stages only; none when it is left out.
    pub(super) fn by_stage(&mut self, key: &'static str, stages: &[Stage]) -> BTreeMap<Stage, Quantity> {
        let Some(node) = self.optional(key) else { return BTreeMap::new() };
        let Value::Table(table) = &node.value else {
            self.fault(key, format_args!("{key} 须按学段书写，如 {{ primary = 1, junior = 1 }}"));
            return BTreeMap::new();
        };
        let mut numbers = BTreeMap::new();
        for (id, node) in table {
            let Some(stage) = stages.iter().find(|stage| stage.id() == id) else {
                self.faults.add(&node.place, &self.path, format_args!("{key} 没有学段“{id}”"));
                continue;
            };
            numbers.extend(self.as_number(key, node).map(|number| (*stage, number)));
        }
        numbers
    }

    /// One of the words that a kind of value has.
    pub(super) fn word<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let node = self.required(key)?;
        self.as_word(key, node)
    }

    /// One of the words, unless it is left out.
    pub(super) fn optional_word<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let node = self.optional(key)?;
        self.as_word(key, node)
    }

    fn as_word<T: DeserializeOwned>(&self, key: &str, node: &'a Node) -> Option<T> {
        let text = self.as_text(key, node)?;
        let word: StrDeserializer<'_, NoSuchWord> = text.into_deserializer();
        self.take(key, T::deserialize(word))
    }

    /// A list of words, all of them or, with a fault, fewer.
    pub(super) fn words<T: DeserializeOwned>(&mut self, key: &'static str) -> Vec<T> {
        let list = self.list(key, true);
        list.iter().filter_map(|node| self.as_word(key, node)).collect()
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str, required: bool) -> Vec<String> {
        let list = self.list(key, required);
        list.iter().filter_map(|node| self.as_text(key, node)).map(ToOwned::to_owned).collect()
    }

    /// The entries of a list.
    pub(super) fn list(&mut self, key: &'static str, required: bool) -> &'a [Node] {
        let node = if required { self.required(key) } else { self.optional(key) };
        match node.map(|node| &node.value) {
            Some(Value::List(entries)) if entries.len() <= ENTRIES_AT_MOST => entries,
            Some(Value::List(_)) => {
                self.fault(key, format_args!("{key} 最多{ENTRIES_AT_MOST}项"));
                &[]
            }
            Some(_) => {
                self.fault(key, format_args!("{key} 须为列表"));
                &[]
            }
            None => &[],
        }
    }
}

/// A word that is none of those that may stand there.
#[derive(Debug)]
struct NoSuchWord(String);

impl fmt::Display for NoSuchWord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for NoSuchWord {}

impl serde::de::Error for NoSuchWord {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Self(format!("不能是“{found}”，可以是：{}", expected.join("、")))
    }
}

/// What is wrong with a formula, in Chinese.
pub(super) fn formula_fault(error: &FormulaError) -> String {
    match error {
        FormulaError::Malformed { text } => format!("“{text}”须为以 + 或 - 连接的要素"),
        FormulaError::UnknownOperand { operand } => format!("中没有可用的要素“{operand}”"),
    }
}
