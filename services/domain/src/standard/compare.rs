//! What two standards say differently: what they mean, however their documents are written.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Node, Value};
use crate::{
    element::Element,
    quantity::Quantity,
    school::{SchoolType, Stage},
};

/// One thing that two standards say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: `indicators/L4/threshold/primary`, `items/G7/tests/0`, `items/V7`.
    pub path: String,
    /// The same for people, in Chinese.
    pub title: String,
    /// Which of the two says it.
    pub change: Change,
    /// What the first says, in Chinese where it is words; empty where it says nothing.
    pub before: String,
    /// What the second says; empty where it says nothing.
    pub after: String,
}

/// Which of two standards says a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Both, differently.
    Changed,
    /// Only the second.
    Added,
    /// Only the first.
    Removed,
}

type Table = BTreeMap<String, Node>;

/// The fields in the order in which people read them, with their names; others come after them, by id.
const FIELDS: [(&str, &str); 66] = [
    ("id", "编号"),
    ("title", "名称"),
    ("title_en", "英文名称"),
    ("act", "依据"),
    ("issued_on", "发布日期"),
    ("valid_from", "启用不早于"),
    ("valid_to", "启用不晚于"),
    ("items_valid_months", "县级要素有效月数"),
    ("weighting", "差异系数加权方式"),
    ("parts", "组成部分"),
    ("units", "评估单元"),
    ("resources", "资源配置"),
    ("part", "所属部分"),
    ("reach_at_least", "至少达标的指标数"),
    ("floor", "余项底线"),
    ("composite_limit", "综合差异系数限值"),
    ("rule", "规则"),
    ("rule_en", "英文规则"),
    ("source", "出处"),
    ("indicators", "指标"),
    ("stages", "评估学段"),
    ("min_pupils", "最少在校生数"),
    ("weights", "折算权重"),
    ("unit", "单位"),
    ("amount", "被除数"),
    ("amount_unit", "被除数单位"),
    ("divisor", "除数"),
    ("factor", "倍数"),
    ("split", "是否按学段拆分"),
    ("threshold", "标准值"),
    ("variation_limit", "差异系数限值"),
    ("primary", "小学"),
    ("junior", "初中"),
    ("senior", "高中"),
    ("operands", "要素"),
    ("kind", "类型"),
    ("at_most", "上限"),
    ("part_of", "所属总数"),
    ("tests", "判定"),
    ("items", "指标项"),
    ("operand", "要素"),
    ("expected", "应为"),
    ("whole", "总数"),
    ("at_least", "下限"),
    ("when_empty", "除数为零时"),
    ("years", "年数"),
    ("waivers", "豁免"),
    ("allowed", "是否允许"),
    ("item", "指标项"),
    ("indicator", "指标"),
    ("limits", "放宽后的限值"),
    ("test", "第几条判定"),
    ("limit", "限值"),
    ("max_pupils", "最多在校生数"),
    ("urban_rural_codes", "城乡分类代码"),
    ("school_type", "办学类型"),
    ("school_types", "办学类型"),
    ("stage", "学段"),
    ("amounts", "各项数量"),
    ("at_least_ceiling_of", "不少于（进位取整）"),
    ("per", "每"),
    ("points", "各项得分"),
    ("total", "总分"),
    ("level_at_least", "最低等级"),
    ("difference_below", "差异率低于"),
    ("below_min_pupils", "含不足人数的学校"),
];
/// What every standard has of its own and says nothing about judging.
const IDENTITY: [&str; 2] = ["id", "extends"];
/// What a field means where it is left out.
const UNLESS_WRITTEN: [(&str, &str); 3] = [("expected", "是"), ("when_empty", "视为达标"), ("below_min_pupils", "否")];
/// Words that stand in fields, in Chinese.
const WORDS: [(&[&str], &str, &str); 23] = [
    (&["operand"], "found", "有无此项情形"),
    (&["operand"], "declared_met", "是否达到要求"),
    (&["weighting"], "pupil-weighted", "按学生数加权"),
    (&["weighting"], "unweighted", "不加权"),
    (&["stages", "stage"], "primary", "小学"),
    (&["stages", "stage"], "junior", "初中"),
    (&["stages", "stage"], "senior", "高中"),
    (&["kind"], "count", "个数"),
    (&["kind"], "amount", "数量"),
    (&["kind"], "score", "得分"),
    (&["kind"], "date", "日期"),
    (&["kind"], "declaration", "声明"),
    (&["kind"], "elapsed", "已满年数"),
    (&["kind"], "institutions", "逐校判定"),
    (&["kind"], "ratio", "比例"),
    (&["kind"], "all", "全部达到"),
    (&["kind"], "total", "合计"),
    (&["kind"], "monitoring", "质量监测"),
    (&["kind"], "limit", "放宽限值"),
    (&["kind"], "reported", "已按规定计入"),
    (&["when_empty"], "undetermined", "待定"),
    (&["when_empty"], "met", "视为达标"),
    (&["when_empty"], "not_met", "视为不达标"),
];
/// Fields whose text is a formula of elements or operands.
const FORMULAS: [&str; 10] =
    ["amount", "amounts", "divisor", "whole", "part_of", "part", "at_least_ceiling_of", "operand", "points", "total"];

pub(super) fn compare(before: &Node, after: &Node) -> Vec<Difference> {
    let mut differences = vec![];
    if let (Value::Table(before), Value::Table(after)) = (&before.value, &after.value) {
        let terms = [before, after].map(terms);
        let at = At { path: String::new(), title: String::new(), terms: &terms };
        tables(before, after, &at, &mut differences);
    }
    differences
}

/// Where a comparison is.
#[derive(Debug, Clone)]
struct At<'a> {
    path: String,
    title: String,
    /// Of the first document and of the second.
    terms: &'a [Terms; 2],
}

/// Titles of parts and operands by their ids: what formulas and items name them by. One whose id has several titles is not told.
type Terms = BTreeMap<String, Option<String>>;

/// The titles of parts and of the operands of items of one document.
fn terms(document: &Table) -> Terms {
    let mut terms = Terms::new();
    let entries = |node: Option<&Node>| node.and_then(list).unwrap_or_default().to_vec();
    let items = entries(document.get("items"));
    let operands = items.iter().flat_map(|item| entries(item.at("operands")));
    for node in entries(document.get("parts")).into_iter().chain(operands) {
        let (Some(id), Some(title)) = (node.text_at("id"), node.text_at("title")) else { continue };
        let known = terms.entry(id.to_owned()).or_insert_with(|| Some(title.to_owned()));
        if known.as_deref() != Some(title) {
            *known = None;
        }
    }
    terms
}

impl At<'_> {
    fn field(&self, key: &str) -> Self {
        let path = match (self.path.as_str(), key) {
            ("resources", "indicators") | ("", _) => key.to_owned(),
            (path, key) => format!("{path}/{key}"),
        };
        let name = name(key);
        let title = match self.title.as_str() {
            _ if path == "indicators" => name.to_owned(),
            "" => name.to_owned(),
            title if matches!(key, "primary" | "junior" | "senior") => format!("{title}（{name}）"),
            title => format!("{title}：{name}"),
        };
        Self { path, title, terms: self.terms }
    }

    /// An entry of a list. Items and indicators are known by their own id and title.
    fn entry(&self, id: &str, node: &Node) -> Self {
        let title = match (self.path.split('/').count(), node.text_at("title")) {
            // Items and indicators have official numbers; other ids are for programs.
            (1, Some(title)) if ["items", "indicators"].contains(&self.path.as_str()) => format!("{id} {title}"),
            (1, Some(title)) => title.to_owned(),
            (_, Some(title)) => format!("{} {title}", self.title),
            (_, None) => format!("{} {id}", self.title),
        };
        Self { path: format!("{}/{id}", self.path), title, terms: self.terms }
    }

    fn test(&self, index: usize) -> Self {
        let (path, title) = (format!("{}/{index}", self.path), format!("{}（第{}条）", self.title, index + 1));
        Self { path, title, terms: self.terms }
    }
}

fn tables(before: &Table, after: &Table, at: &At<'_>, differences: &mut Vec<Difference>) {
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut keys: Vec<&String> = ids.into_iter().filter(|key| !IDENTITY.contains(&key.as_str())).collect();
    keys.sort_by_key(|key| place(key));
    // What holds many entries comes last, and what changes them after them.
    keys.sort_by_key(|key| ["items", "waivers"].iter().position(|last| last == key).map_or(0, |place| place + 1));
    for key in keys {
        values(before.get(key), after.get(key), key, &at.field(key), differences);
    }
}

fn values(before: Option<&Node>, after: Option<&Node>, key: &str, at: &At<'_>, differences: &mut Vec<Difference>) {
    let lists = (before.map_or(Some(&[][..]), list), after.map_or(Some(&[][..]), list));
    match (before.map(|node| &node.value), after.map(|node| &node.value), lists) {
        (Some(Value::Table(before)), Some(Value::Table(after)), _) => tables(before, after, at, differences),
        (Some(Value::Table(before)), None, _) => tables(before, &Table::new(), at, differences),
        (None, Some(Value::Table(after)), _) => tables(&Table::new(), after, at, differences),
        (.., (Some(before), Some(after))) if key == "tests" => {
            for index in 0..before.len().max(after.len()) {
                told(before.get(index), after.get(index), key, &at.test(index), differences);
            }
        }
        (.., (Some(before), Some(after))) if key_of(key).is_some() => entries(before, after, key, at, differences),
        _ => told(before, after, key, at, differences),
    }
}

fn list(node: &Node) -> Option<&[Node]> {
    match &node.value {
        Value::List(entries) => Some(entries),
        _ => None,
    }
}

/// By what the entries of a list are told apart.
fn key_of(field: &str) -> Option<&'static str> {
    super::overlay::key_of(field)
}

fn entries(before: &[Node], after: &[Node], field: &str, at: &At<'_>, differences: &mut Vec<Difference>) {
    let key = key_of(field).unwrap_or_default();
    let same = |all: &[Node], id: &str| all.iter().find(|node| node.text_at(key) == Some(id)).cloned();
    for node in before {
        let Some(id) = node.text_at(key) else { continue };
        let at = at.entry(id, node);
        match same(after, id) {
            Some(other) => match (&node.value, &other.value) {
                (Value::Table(before), Value::Table(after)) => tables(before, after, &at, differences),
                _ => told(Some(node), Some(&other), field, &at, differences),
            },
            None => told(Some(node), None, field, &at, differences),
        }
    }
    for node in after {
        let Some(id) = node.text_at(key) else { continue };
        if same(before, id).is_none() {
            told(None, Some(node), field, &at.entry(id, node), differences);
        }
    }
}

/// Tells a difference, if it is one.
fn told(before: Option<&Node>, after: Option<&Node>, key: &str, at: &At<'_>, differences: &mut Vec<Difference>) {
    let text = |node: Option<&Node>, of: &Terms| node.map(|node| written(&node.value, key, of)).unwrap_or_default();
    let [first, second] = at.terms;
    let unless_written = |text: String| match UNLESS_WRITTEN.iter().find(|(field, _)| *field == key) {
        Some((_, value)) if text.is_empty() => (*value).to_owned(),
        _ => text,
    };
    let (before, after) = (unless_written(text(before, first)), unless_written(text(after, second)));
    let change = match (before.is_empty(), after.is_empty()) {
        _ if before == after => return,
        (true, _) => Change::Added,
        (_, true) => Change::Removed,
        _ => Change::Changed,
    };
    differences.push(Difference { path: at.path.clone(), title: at.title.clone(), change, before, after });
}

/// A value in one line, the same for whatever means the same.
fn written(value: &Value, key: &str, terms: &Terms) -> String {
    match value {
        Value::Text(text) if number_like(key) => number(text),
        Value::Text(text) => said(text, key, terms),
        Value::Number(text) => number(text),
        Value::Flag(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Value::List(entries) => {
            let texts: Vec<_> = entries.iter().map(|entry| written(&entry.value, key, terms)).collect();
            texts.join("、")
        }
        Value::Table(table) => {
            let heading = ["rule", "title"].into_iter().find_map(|key| {
                table
                    .get(key)
                    .filter(|node| matches!(node.value, Value::Text(_)))
                    .map(|node| (key, written(&node.value, key, terms)))
            });
            let fields = table.iter().filter(|(key, _)| heading.as_ref().is_none_or(|(heading, _)| heading != key));
            // What is said in English is for programs; it is compared where it stands by itself.
            let fields = fields.filter(|(key, _)| heading.is_none() || key.as_str() != "id");
            let fields = fields.filter(|(key, node)| {
                let text = if key.ends_with("_en") { String::new() } else { written(&node.value, key, terms) };
                !text.is_empty() && !UNLESS_WRITTEN.contains(&(key.as_str(), text.as_str()))
            });
            let mut fields: Vec<_> = fields.map(|(key, node)| (key, written(&node.value, key, terms))).collect();
            fields.sort_by_key(|(key, _)| place(key));
            let fields: Vec<_> = fields.into_iter().map(|(key, text)| format!("{}：{text}", name(key))).collect();
            match heading {
                Some((_, heading)) if fields.is_empty() => heading,
                Some((_, heading)) => format!("{heading}（{}）", fields.join("；")),
                None => fields.join("；"),
            }
        }
    }
}

/// A word of the document in Chinese: kinds, stages, school types, elements in formulas. What has no other name stands as it is written.
fn said(text: &str, key: &str, terms: &Terms) -> String {
    let known = WORDS.iter().find(|(fields, word, _)| *word == text && fields.contains(&key));
    if let Some((.., told)) = known {
        return (*told).to_owned();
    }
    match key {
        "school_type" | "school_types" => {
            text.parse::<SchoolType>().map_or_else(|_| text.to_owned(), |known| known.title().to_owned())
        }
        key if FORMULAS.contains(&key) => formula(text, terms),
        _ => text.to_owned(),
    }
}

/// A formula with the titles of its elements and operands; what has no one title keeps its id.
fn formula(text: &str, terms: &Terms) -> String {
    let term = |word: &str| {
        let of_stage = word.strip_suffix("_{stage}").and_then(|id| Element::of_stage(id, Stage::Primary));
        let title = |element: Element| element.definition().title;
        match (of_stage, Element::find(word)) {
            (Some(element), _) => format!("本学段{}", title(element).trim_start_matches(Stage::Primary.title())),
            (None, Some(element)) => title(element).to_owned(),
            (None, None) => terms.get(word).cloned().flatten().unwrap_or_else(|| word.to_owned()),
        }
    };
    text.split(' ').map(term).collect::<Vec<_>>().join(" ")
}

/// Whether a field is a number even where it stands in quotes.
fn number_like(key: &str) -> bool {
    matches!(
        key,
        "factor"
            | "floor"
            | "at_least"
            | "at_most"
            | "limit"
            | "per"
            | "level_at_least"
            | "difference_below"
            | "primary"
            | "junior"
            | "senior"
    )
}

fn number(text: &str) -> String {
    Quantity::parse(text).map_or_else(|_| text.to_owned(), |number| number.to_string())
}

fn place(key: &str) -> usize {
    FIELDS.iter().position(|(field, _)| *field == key).unwrap_or(FIELDS.len())
}

fn name(key: &str) -> &str {
    FIELDS.iter().find(|(field, _)| *field == key).map_or(key, |(_, name)| name)
}
