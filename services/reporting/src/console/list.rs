//! A page that is a text, tables and the ways on, and nothing else.

use askama::Template;

use super::{download::Tabled, grid::Grid, link::Link, page::Page};

/// Such a page.
#[derive(Debug, Default, Template)]
#[template(path = "console/list.html", config = "templates/askama.toml", whitespace = "minimize")]
pub(super) struct List {
    pub(super) page: Page,
    pub(super) text: String,
    pub(super) grids: Vec<Grid>,
    pub(super) links: Vec<Link>,
}

impl Tabled for List {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        self.grids.iter_mut().collect()
    }
}
