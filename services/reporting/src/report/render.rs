//! A document in each of its formats.

use askama::Template;

use super::{
    Format, ReportError,
    document::{Block, Document},
    docx,
};

#[derive(Template)]
#[template(path = "county_report.html", config = "templates/askama.toml", whitespace = "minimize")]
struct Html<'a> {
    document: &'a Document,
}

#[derive(Template)]
#[template(path = "county_report.md", config = "templates/askama.toml")]
struct Markdown<'a> {
    document: &'a Document,
}

impl Document {
    pub(super) fn html(&self) -> Result<String, ReportError> {
        Ok(Html { document: self }.render()?)
    }

    pub(super) fn markdown(&self) -> Result<String, ReportError> {
        Ok(Markdown { document: self }.render()?)
    }

    pub(super) fn docx(&self) -> Result<Vec<u8>, ReportError> {
        docx::pack(self)
    }

    pub(super) fn render(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        match format {
            Format::Docx => self.docx(),
            Format::Html => self.html().map(String::into_bytes),
            Format::Markdown => self.markdown().map(String::into_bytes),
        }
    }
}
