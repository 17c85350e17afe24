//! The package (Open Packaging Conventions) that a Word document is: a zip of parts and of how they belong together.

use std::io::{Cursor, Write as _};

use askama::Template;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Media, render};
use crate::report::{ReportError, document::Document};

#[derive(Template)]
#[template(path = "docx/core.xml", config = "templates/askama.toml", whitespace = "preserve")]
struct Core<'a> {
    document: &'a Document,
}

#[derive(Template)]
#[template(path = "docx/document_relationships.xml", config = "templates/askama.toml", whitespace = "preserve")]
struct Relationships<'a> {
    pictures: &'a [Media],
}

/// Renders a document and packs it; the same document gives the same bytes.
pub(in crate::report) fn pack(document: &Document) -> Result<Vec<u8>, ReportError> {
    let (body, media) = render(document)?;
    let relationships = Relationships { pictures: &media }.render()?;
    let core = Core { document }.render()?;
    let parts: [(&str, &str); 10] = [
        ("[Content_Types].xml", include_str!("../../../templates/docx/content_types.xml")),
        ("_rels/.rels", include_str!("../../../templates/docx/package_relationships.xml")),
        ("docProps/core.xml", &core),
        ("word/document.xml", &body),
        ("word/_rels/document.xml.rels", &relationships),
        ("word/styles.xml", include_str!("../../../templates/docx/styles.xml")),
        ("word/settings.xml", include_str!("../../../templates/docx/settings.xml")),
        ("word/fontTable.xml", include_str!("../../../templates/docx/font_table.xml")),
        ("word/footer1.xml", include_str!("../../../templates/docx/footer_odd.xml")),
        ("word/footer2.xml", include_str!("../../../templates/docx/footer_even.xml")),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // No time of writing in it, and no compression that depends on the machine.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for (name, content) in parts {
        zip.start_file(name, options)?;
        zip.write_all(content.as_bytes())?;
    }
    for picture in media {
        zip.start_file(format!("word/media/chart{}.png", picture.number), options)?;
        zip.write_all(&picture.png)?;
    }
    Ok(zip.finish()?.into_inner())
}
