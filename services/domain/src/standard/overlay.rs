//! Overlays (地方标准): a document that extends another states only its differences.
//!
//! Tables merge, scalars and plain arrays replace. Entries of `parts`, `units`, `indicators`, `items`, `operands` and `waivers`
//! merge by their key, new ones are appended, and one with `remove = true` leaves the base's out. Everything else, such as an item's `tests`, is
//! replaced as a whole. A title or a rule that is replaced takes its English form along.

use super::{
    entry::ENTRIES_AT_MOST,
    fault::Faults,
    tree::{Node, Value, parse},
};

/// So many documents may lie on each other: the nation's, a province's, a city's, and one to try.
const DEPTH_AT_MOST: usize = 4;
/// What a document says of itself: it is never taken from the base.
const OWN: [&str; 4] = ["id", "title", "act", "issued_on"];
const EXTENDS: &str = "extends";
const REMOVE: &str = "remove";

/// A document laid onto all that it extends.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) root: Node,
    pub(super) extends: Option<String>,
}

/// Reads a document and lays it onto the one that it extends, if any; `find` gives the documents of bases by id.
pub(super) fn read(text: &str, find: &dyn Fn(&str) -> Option<String>, faults: &Faults) -> Option<Laid> {
    let own = parse(text, None, faults)?;
    let extends = own.text_at(EXTENDS).map(ToOwned::to_owned);
    let mut chain = vec![own];
    while let Some(base) = base_of(&chain, find, faults).ok()? {
        chain.push(base);
    }
    let mut root = chain.pop()?;
    for over in chain.into_iter().rev() {
        for key in OWN.into_iter().filter(|key| over.at(key).is_none()) {
            faults.add(&over.place, key, format_args!("缺少 {key}：扩展其他标准时，也须写明自己的 {key}"));
        }
        root = lay(root, over, "", "", faults);
    }
    if let Value::Table(table) = &mut root.value {
        table.remove(EXTENDS);
    }
    Some(Laid { root, extends })
}

/// A fault was told, and nothing can be laid.
struct Told;

/// The document that the last of the chain extends, if any.
fn base_of(chain: &[Node], find: &dyn Fn(&str) -> Option<String>, faults: &Faults) -> Result<Option<Node>, Told> {
    let Some((last, written)) = chain.last().and_then(|last| Some((last, last.at(EXTENDS)?))) else { return Ok(None) };
    let told = |reason: String| {
        faults.add(&written.place, EXTENDS, reason);
        Told
    };
    let id = last.text_at(EXTENDS).ok_or_else(|| told("须为所扩展的标准的编号".to_owned()))?;
    if chain.iter().any(|node| node.text_at("id") == Some(id)) {
        return Err(told(format!("“{id}”扩展到了自身")));
    }
    if chain.len() >= DEPTH_AT_MOST {
        return Err(told(format!("逐层扩展最多{DEPTH_AT_MOST}层")));
    }
    let text = find(id).ok_or_else(|| told(format!("没有编号为“{id}”的标准可以扩展")))?;
    parse(&text, Some(id), faults).map(Some).ok_or(Told)
}

fn lay(base: Node, over: Node, field: &str, path: &str, faults: &Faults) -> Node {
    let Node { place, value } = over;
    let value = match (base.value, value) {
        (Value::Table(mut under), Value::Table(table)) => {
            under.retain(|key, _| key.strip_suffix("_en").is_none_or(|key| !table.contains_key(key)));
            for (key, node) in table {
                let node = match under.remove(&key) {
                    Some(base) => lay(base, node, &key, &below(path, &key), faults),
                    None => node,
                };
                under.insert(key, node);
            }
            Value::Table(under)
        }
        (Value::List(under), Value::List(entries)) => match key_of(field) {
            Some(key) => Value::List(lay_entries(under, entries, key, path, faults)),
            None => Value::List(entries),
        },
        (_, value) => value,
    };
    Node { place, value }
}

fn lay_entries(mut under: Vec<Node>, entries: Vec<Node>, key: &str, path: &str, faults: &Faults) -> Vec<Node> {
    if entries.len() > ENTRIES_AT_MOST {
        // Told where the list is read.
        return entries;
    }
    faults.distinct(&entries, key, path);
    for entry in entries {
        let Some(id) = entry.text_at(key).map(ToOwned::to_owned) else {
            faults.add(&entry.place, path, format_args!("缺少 {key}，不知是哪一项"));
            continue;
        };
        let path = below(path, &id);
        let at = under.iter().position(|base| base.text_at(key) == Some(&id));
        if let Some(remove) = entry.at(REMOVE) {
            let alone = matches!(&entry.value, Value::Table(table) if table.len() == 2);
            if !matches!(remove.value, Value::Flag(true)) || !alone {
                faults.add(&remove.place, &path, format_args!("remove 只能是 true，且只与 {key} 同写"));
            }
            match at {
                Some(index) => {
                    under.remove(index);
                }
                None => faults.add(&entry.place, &path, "所扩展的标准没有此项，无从去掉"),
            }
            continue;
        }
        match at.and_then(|index| under.get_mut(index)) {
            Some(base) => {
                let merged = lay(base.clone(), entry, "", &path, faults);
                *base = merged;
            }
            None => under.push(entry),
        }
    }
    under
}

/// By what the entries of a list are told apart; `None`: the list is one value.
pub(super) fn key_of(field: &str) -> Option<&'static str> {
    match field {
        "parts" | "indicators" | "items" | "operands" | "waivers" => Some("id"),
        "units" => Some("school_type"),
        _ => None,
    }
}

fn below(path: &str, key: &str) -> String {
    match (path, key) {
        // As people name them: `indicators/L4`.
        ("resources", "indicators") | ("", _) => key.to_owned(),
        _ => format!("{path}/{key}"),
    }
}
