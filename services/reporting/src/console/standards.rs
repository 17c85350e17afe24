//! 评估标准: the list, one with its clauses, and what two say differently.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::{
    quantity::Quantity,
    school::Stage,
    standard::{Change, Indicator, Item, Standard},
};
use junheng_runtime::Caller;
use junheng_store::standards::Registered;
use serde::Deserialize;

use super::{
    Console,
    download::{Tabled, Wanted, deliver},
    error::PageError,
    grid::{Cell, Grid},
    link::{self, Link},
    page::{Choice, Chooser, Field, Page, Shown},
    tree::Node,
};
use crate::report::shown;

#[derive(Template)]
#[template(path = "console/standard.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    facts: Vec<(&'static str, String)>,
    text: String,
    grids: Vec<Grid>,
    tree: Vec<Node>,
    compare: Option<Chooser>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        self.grids.iter_mut().collect()
    }
}

/// Two standards.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Two {
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
}

/// Shows all standards.
pub(super) async fn list(
    State(console): State<Console>,
    Extension(_caller): Extension<Caller>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let all = console.store.standards().list(&console.store).await?;
    let columns =
        [("名称", "l"), ("依据文件", "l"), ("发布日期", "l"), ("在何标准上扩展", "l"), ("编号（命令行用）", "l")];
    let mut grid = Grid::new("standards", "评估标准", &columns);
    for Registered { standard, .. } in &all {
        let base = standard.extends.as_deref();
        grid.rows.push(vec![
            Cell::head(standard.title.clone(), link::standard(&standard.id)),
            standard.act.clone().into(),
            shown::date(&standard.issued_on.to_string()).into(),
            base.map_or_else(|| shown::MISSING.into(), |base| Cell::link(title(&all, base), link::standard(base))),
            standard.id.clone().into(),
        ]);
    }
    let both = all.first().zip(all.last());
    let compare = both.map(|(first, last)| chooser(&all, &first.standard.id, &last.standard.id));
    let view = View {
        page: Page::new("评估标准").within("/standards"),
        facts: vec![],
        text: String::new(),
        grids: vec![grid],
        tree: vec![],
        compare,
    };
    deliver(view, &address, &wanted)
}

/// Shows a standard.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(_caller): Extension<Caller>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let standard = find(&console, &id).await?;
    let all = console.store.standards().list(&console.store).await?;
    let mut facts = vec![
        ("依据文件", standard.act.clone()),
        ("发布日期", shown::date(&standard.issued_on.to_string())),
        ("县级数据有效期", format!("{}个月", standard.items_valid_months)),
    ];
    facts.extend(standard.extends.iter().map(|base| ("在何标准上扩展", title(&all, base).to_owned())));
    facts.push(("编号（命令行用）", standard.id.clone()));
    let resources = &standard.resources;
    // What it extends, or any other.
    let others = all.iter().map(|other| &other.standard.id).find(|id| **id != standard.id);
    let other = standard.extends.as_ref().or(others).unwrap_or(&standard.id);
    let mut grids = vec![indicators(&standard)];
    grids.extend(waivers(&standard));
    let view = View {
        page: Page::new(&*standard.title).within("/standards").below(vec![Link::new("评估标准", "/standards")]),
        facts,
        text: format!("{}（{}）", resources.rule.trim_end_matches('。'), resources.source),
        grids,
        tree: parts(&standard),
        compare: Some(chooser(&all, other, &standard.id)),
    };
    deliver(view, &address, &wanted)
}

/// Shows what two standards say differently.
pub(super) async fn differences(
    State(console): State<Console>,
    Extension(_caller): Extension<Caller>,
    Query(two): Query<Two>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let (before, after) = (find(&console, &two.before).await?, find(&console, &two.after).await?);
    let all = console.store.standards().list(&console.store).await?;
    let columns = [("内容", "l"), ("变化", "c"), (before.title.as_str(), "l"), (after.title.as_str(), "l")];
    let mut grid = Grid::new("differences", "两个标准不同之处（前者在左，后者在右）", &columns);
    let said = |text: String| if text.is_empty() { Cell::from(shown::MISSING) } else { text.into() };
    // What is said in English is for programs.
    for difference in before.compare(&after).into_iter().filter(|one| !one.path.ends_with("_en")) {
        let change = match difference.change {
            Change::Changed => ("不同", "open"),
            Change::Added => ("仅后者有", "none"),
            Change::Removed => ("仅前者有", "none"),
        };
        grid.rows.push(vec![
            Cell::head(difference.title, ""),
            Cell::badge(change),
            said(difference.before),
            said(difference.after),
        ]);
    }
    let text = format!("前者为《{}》（{}），后者为《{}》（{}）。", before.title, before.id, after.title, after.id);
    let view = View {
        page: Page::new("两个标准的差异").within("/standards").below(vec![Link::new("评估标准", "/standards")]),
        facts: vec![],
        text,
        grids: vec![grid],
        tree: vec![],
        compare: Some(chooser(&all, &before.id, &after.id)),
    };
    deliver(view, &address, &wanted)
}

/// What a standard is called; its id where it is not among them.
fn title<'a>(all: &'a [Registered], id: &'a str) -> &'a str {
    all.iter().find(|of| of.standard.id == id).map_or(id, |of| of.standard.title.as_str())
}

async fn find(console: &Console, id: &str) -> Result<std::sync::Arc<Standard>, PageError> {
    let found = console.store.standards().find(&console.store, id).await?;
    Ok(found.ok_or_else(|| PageError::Missing("评估标准".to_owned()))?.standard)
}

fn chooser(all: &[Registered], before: &str, after: &str) -> Chooser {
    let options = |chosen: &str| {
        let option = |of: &Registered| Choice {
            value: of.standard.id.clone(),
            text: format!("{}（{}）", of.standard.title, of.standard.id),
            chosen: of.standard.id == chosen,
        };
        all.iter().map(option).collect()
    };
    Chooser {
        action: "/differences".to_owned(),
        fields: vec![
            Field { name: "before", label: "前者", options: options(before) },
            Field { name: "after", label: "后者", options: options(after) },
        ],
        kept: vec![],
    }
}

fn indicators(standard: &Standard) -> Grid {
    let columns = [
        ("指标", "l"),
        ("学段", "c"),
        ("算法", "l"),
        ("单位", "l"),
        ("标准值", "r"),
        ("差异系数限值", "r"),
        ("依据", "l"),
    ];
    let mut grid = Grid::new("indicators", "资源配置指标", &columns);
    let rows = |indicator: &Indicator| -> Vec<Vec<Cell>> {
        let row = |(stage, rule): (&Stage, &junheng_domain::standard::StageRule)| {
            let [formula, _] = &rule.formula;
            vec![
                Cell::head(format!("{} {}", indicator.id, indicator.title), ""),
                stage.title().into(),
                shown::typeset(formula).into(),
                indicator.unit.clone().into(),
                shown::threshold(rule.threshold.map(Quantity::to_f64)).into(),
                shown::variation_limit(rule.variation_limit.map(Quantity::to_f64)).into(),
                indicator.source.clone().into(),
            ]
        };
        indicator.stages.iter().map(row).collect()
    };
    grid.rows = standard.resources.indicators.iter().flat_map(rows).collect();
    let composite = standard.resources.composite_limit.iter();
    grid.notes.extend(composite.map(|(stage, limit)| {
        format!("{}综合差异系数限值{}。", stage.title(), shown::variation_limit(Some(limit.to_f64())))
    }));
    grid
}

fn waivers(standard: &Standard) -> Option<Grid> {
    if standard.waivers.is_empty() {
        return None;
    }
    let mut grid = Grid::new("waivers", "豁免", &[("豁免", "l"), ("是否允许", "c"), ("内容", "l"), ("依据", "l")]);
    for waiver in &standard.waivers {
        grid.rows.push(vec![
            Cell::head(waiver.title.clone(), ""),
            if waiver.allowed { "允许" } else { "不允许" }.into(),
            waiver.rule.clone().into(),
            waiver.source.clone().into(),
        ]);
    }
    Some(grid)
}

fn parts(standard: &Standard) -> Vec<Node> {
    let item = |item: &Item| {
        let test = |test: &junheng_domain::standard::Test| Node { told: test.rule.clone(), ..Node::default() };
        let mut node = Node {
            title: format!("{} {}", item.id, item.title),
            source: item.source.clone(),
            children: item.tests.iter().map(test).collect(),
            ..Node::default()
        };
        if !item.operands.is_empty() {
            let mut grid = Grid::new(format!("operands-{}", item.id), "填报数据", &[("数据", "l"), ("代码", "l")]);
            let row = |operand: &junheng_domain::standard::Operand| {
                vec![Cell::head(operand.title.clone(), ""), operand.id.clone().into()]
            };
            grid.rows = item.operands.iter().map(row).collect();
            node.grids.push(grid);
        }
        node
    };
    let part = |part: &junheng_domain::standard::Part| {
        let children: Vec<Node> = standard.items.iter().filter(|of| of.part == part.id).map(item).collect();
        let told = if children.is_empty() { "见上表".to_owned() } else { format!("{}项", children.len()) };
        Node { title: part.title.clone(), told, source: part.source.clone(), children, ..Node::default() }
    };
    standard.parts.iter().map(part).collect()
}
