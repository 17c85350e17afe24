//! The frame of every page: title, where it stands, what must be known of its data, and the month and standard that it shows.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};

use super::{assets, error::PageError, link::Link};

/// What the frame of a page says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// From the nation down to where the page stands, without the page itself.
    pub(crate) crumbs: Vec<Link>,
    /// What people must know of the data that the page shows: that it is synthetic, or otherwise noted.
    pub(crate) notes: Vec<String>,
    pub(crate) chooser: Option<Chooser>,
    /// The main pages.
    pub(crate) sections: Vec<Link>,
    /// Address of the one that the page belongs to; empty for none.
    pub(crate) section: &'static str,
}

/// A form that chooses what the page shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chooser {
    pub(crate) action: String,
    pub(crate) fields: Vec<Field>,
    /// Parameters that stay as they are.
    pub(crate) kept: Vec<(&'static str, String)>,
}

/// A field of the form.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) options: Vec<Choice>,
}

/// A choice of a field.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) text: String,
    pub(crate) chosen: bool,
}

/// The main pages.
const SECTIONS: [(&str, &str); 4] =
    [("总览", "/"), ("报送情况", "/inflow"), ("数据质量", "/findings"), ("评估标准", "/standards")];

impl Page {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            sections: SECTIONS.iter().map(|(text, href)| Link::new(*text, *href)).collect(),
            ..Self::default()
        }
    }

    /// Says which main page it belongs to, by its address.
    pub(crate) fn within(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    pub(crate) fn below(mut self, crumbs: Vec<Link>) -> Self {
        self.crumbs = crumbs;
        self
    }

    pub(crate) fn noted(mut self, notes: Vec<String>) -> Self {
        self.notes = notes;
        self
    }

    pub(crate) fn choosing(mut self, chooser: Chooser) -> Self {
        self.chooser = Some(chooser);
        self
    }

    /// Where the style sheet is.
    #[expect(clippy::unused_self, reason = "templates ask the page")]
    pub(crate) fn style(&self) -> &'static str {
        assets::style()
    }

    /// Where the script is.
    #[expect(clippy::unused_self, reason = "templates ask the page")]
    pub(crate) fn script(&self) -> &'static str {
        assets::script()
    }
}

/// A page that is ready.
pub(crate) type Shown = Result<Response, PageError>;

/// Writes a page.
pub(crate) fn show(view: &impl Template) -> Shown {
    Ok(Html(view.render()?).into_response())
}
