//! A verdict and what it follows from, level by level, down to the reported figures: `<details>` that need no script.

use askama::Template;

use super::grid::Grid;
use crate::report::shown::Shown;

/// A verdict or a figure, and what stands below it.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "console/node.html", config = "templates/askama.toml", whitespace = "minimize")]
pub(crate) struct Node {
    /// Unique in the page; empty where nothing leads to it.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) badge: Shown,
    /// What is said beside the title: the value and what it is held against, or the reason.
    pub(crate) told: String,
    /// The clause that asks for it.
    pub(crate) source: String,
    /// What a value is computed from.
    pub(crate) formula: String,
    pub(crate) href: String,
    pub(crate) children: Vec<Node>,
    pub(crate) grids: Vec<Grid>,
    pub(crate) open: bool,
}

impl Node {
    fn leaf(&self) -> bool {
        self.children.is_empty() && self.grids.is_empty() && self.source.is_empty() && self.href.is_empty()
    }
}
