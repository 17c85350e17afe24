//! A standard's document as it is written: values, and the line that each stands on.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::fault::Faults;
use crate::toml_words;

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Id of the standard whose document it is; `None`: the document that is loaded.
    pub(super) base: Option<Arc<str>>,
    /// Line, from 1.
    pub(super) line: u32,
}

/// A value and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// What a document consists of.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// A number as it is written, so that no decimal is lost.
    Number(String),
    Flag(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// A text of the table that the node is; `None` where it is no table or has no such text.
    pub(super) fn text_at(&self, key: &str) -> Option<&str> {
        match self.at(key)?.value {
            Value::Text(ref text) => Some(text),
            _ => None,
        }
    }

    /// A value of the table that the node is.
    pub(super) fn at(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(table) => table.get(key),
            _ => None,
        }
    }
}

/// Reads a document; `None`, with its faults told, when it is not TOML.
pub(super) fn parse(text: &str, base: Option<&str>, faults: &Faults) -> Option<Node> {
    let lines = Lines { ends: text.match_indices('\n').map(|(at, _)| at).collect(), base: base.map(Arc::from) };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = lines.place(&error.span().unwrap_or(text.len()..text.len()));
        faults.add(&place, "", toml_words::told(error, text));
    }
    if !errors.is_empty() {
        return None;
    }
    let place = Place { base: lines.base.clone(), line: 1 };
    Some(Node { place, value: Value::Table(table(root.into_inner(), &lines)) })
}

struct Lines {
    ends: Vec<usize>,
    base: Option<Arc<str>>,
}

impl Lines {
    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.ends.partition_point(|end| *end < span.start);
        Place { base: self.base.clone(), line: u32::try_from(before + 1).unwrap_or(u32::MAX) }
    }
}

fn table(table: DeTable<'_>, lines: &Lines) -> BTreeMap<String, Node> {
    table.into_iter().map(|(key, value)| (key.into_inner().into_owned(), node(value, lines))).collect()
}

fn node(value: Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let place = lines.place(&value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Value::Number(plain(number.as_str())),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Float(number) => Value::Number(plain(number.as_str())),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(entries) => Value::List(entries.into_iter().map(|entry| node(entry, lines)).collect()),
        DeValue::Table(entries) => Value::Table(table(entries, lines)),
    };
    Node { place, value }
}

fn plain(number: &str) -> String {
    number.strip_prefix('+').unwrap_or(number).to_owned()
}
