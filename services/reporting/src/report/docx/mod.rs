//! The report as a Word document (`WordprocessingML`), set as GB/T 9704 asks of official documents.
//!
//! Page A4 with a type area of 156 by 225 mm, title in 小标宋 二号, body in 仿宋 三号 at 28 pt, headings in 黑体 and 楷体, page
//! numbers on the outer edge. Written by templates, as HTML and Markdown are: a library of the kind cannot repeat a table's head on
//! every page, turn a page for a wide table, or describe a picture to those who cannot see it.

mod package;
mod table;

use askama::Template;

pub(super) use self::package::pack;
use self::table::{PrintedTable, TEXT_WIDTH, TEXT_WIDTH_LANDSCAPE};
use super::{
    ReportError,
    document::{Align, Block, Document, Table},
};
use crate::chart;

/// Characters that a line of the title holds, in 二号.
const TITLE_LINE: usize = 20;
/// Characters of a paragraph that announces the table below it.
const ANNOUNCES: usize = 70;
/// Columns from which on a table of an annex is set across the page.
const WIDE_COLUMNS: usize = 9;

/// A piece of the body.
enum Piece<'a> {
    Paragraph {
        style: &'static str,
        text: String,
        /// Stays on the page of what follows.
        keeps: bool,
    },
    Led {
        lead: &'a str,
        text: &'a str,
        keeps: bool,
    },
    Table(PrintedTable<'a>),
    Picture(PrintedPicture<'a>),
    /// The pages up to here are of this kind.
    EndOfSection(Page),
}

/// How the pages of a section lie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Page {
    landscape: bool,
}

impl Page {
    const fn text_width(self) -> usize {
        if self.landscape { TEXT_WIDTH_LANDSCAPE } else { TEXT_WIDTH }
    }
}

/// A chart with its place in the package.
struct PrintedPicture<'a> {
    number: usize,
    caption: &'a str,
    description: &'a str,
    width_emu: u32,
    height_emu: u32,
}

/// A picture's bytes and its number in the package.
struct Media {
    number: usize,
    png: Vec<u8>,
}

#[derive(Template)]
#[template(path = "docx/document.xml", config = "templates/askama.toml", whitespace = "minimize")]
struct Body<'a> {
    document: &'a Document,
    /// Its lines.
    title: Vec<String>,
    subtitle: String,
    facts: PrintedTable<'a>,
    conclusion: PrintedTable<'a>,
    pieces: Vec<Piece<'a>>,
    last_page: Page,
}

/// Renders the parts of the package: the body, and the pictures that it shows.
fn render(document: &Document) -> Result<(String, Vec<Media>), ReportError> {
    let (pieces, media, last_page) = pieces(document);
    let facts = facts(document);
    let conclusion = conclusion(document);
    let body = Body {
        document,
        title: title(&document.title),
        subtitle: format!("（{}）", document.subtitle),
        facts: PrintedTable::new(&facts, TEXT_WIDTH),
        conclusion: PrintedTable::new(&conclusion, TEXT_WIDTH),
        pieces,
        last_page,
    };
    Ok((body.render()?, media))
}

/// The lines of a title: one that is too long is broken between its halves, never within a word.
fn title([what, kind]: &[String; 2]) -> Vec<String> {
    let whole = format!("{what}{kind}");
    if whole.chars().count() > TITLE_LINE { vec![what.clone(), kind.clone()] } else { vec![whole] }
}

/// Whether a paragraph stays on the page of what follows: a heading, what announces a table or chart, and the end of the body, so that
/// who sends it never stands on a page without text.
fn keeps(block: &Block, next: Option<&Block>) -> bool {
    let short = |text: &str| text.chars().count() <= ANNOUNCES;
    match (block, next) {
        (Block::Section(_) | Block::Subsection(_) | Block::Annex(..), _)
        | (Block::Paragraph(_) | Block::Led(..), Some(Block::Annexes(_) | Block::Signature(_))) => true,
        (Block::Paragraph(text), Some(Block::Table(_) | Block::Chart(_))) => short(text),
        (Block::Led(lead, text), Some(Block::Table(_) | Block::Chart(_))) => short(&format!("{lead}{text}")),
        _ => false,
    }
}

fn pieces(document: &Document) -> (Vec<Piece<'_>>, Vec<Media>, Page) {
    let (mut pieces, mut media) = (vec![], vec![]);
    let mut page = Page { landscape: false };
    for (index, block) in document.blocks.iter().enumerate() {
        if matches!(block, Block::Annex(..)) {
            pieces.push(Piece::EndOfSection(page));
            page = page_of_annex(&document.blocks[index + 1..]);
        }
        let keeps = keeps(block, document.blocks.get(index + 1));
        let paragraph = |style, text: &String| Piece::Paragraph { style, text: text.clone(), keeps };
        match block {
            Block::Section(text) => pieces.push(paragraph("Heading1", text)),
            Block::Annexes(titles) => pieces.extend(annexes(titles)),
            Block::Signature(lines) => pieces.extend(signature(lines)),
            Block::Annex(number, title) => {
                pieces.extend([paragraph("Annex", number), paragraph("AnnexTitle", title)]);
            }
            Block::Subsection(text) => pieces.push(paragraph("Heading2", text)),
            Block::Paragraph(text) => pieces.push(paragraph("Normal", text)),
            Block::Led(lead, text) => pieces.push(Piece::Led { lead, text, keeps }),
            Block::Table(table) => pieces.push(Piece::Table(PrintedTable::new(table, page.text_width()))),
            Block::Chart(chart) => {
                if let Some(drawn) = chart::picture(&chart.drawing) {
                    let picture = PrintedPicture {
                        number: chart.number,
                        caption: chart.drawing.title(),
                        description: chart.drawing.description(),
                        width_emu: drawn.width_emu,
                        height_emu: drawn.height_emu,
                    };
                    pieces.push(Piece::Picture(picture));
                    media.push(Media { number: chart.number, png: drawn.png });
                    let text = chart.drawing.title().to_owned();
                    pieces.push(Piece::Paragraph { style: "Caption", text, keeps: true });
                    let text = chart.drawing.legend().to_owned();
                    pieces.push(Piece::Paragraph { style: "TableNote", text, keeps: false });
                } else {
                    // What it would show, in words: the report is whole on a machine without fonts, too.
                    let (lead, text) = (chart.drawing.title(), chart.drawing.description());
                    pieces.push(Piece::Led { lead, text, keeps: false });
                }
            }
        }
    }
    (pieces, media, page)
}

/// The annexes, one below the other.
fn annexes(titles: &[String]) -> impl Iterator<Item = Piece<'_>> {
    titles.iter().enumerate().map(|(index, title)| match index {
        0 => Piece::Paragraph { style: "Annexes", text: format!("附件：{title}"), keeps: true },
        _ => Piece::Paragraph { style: "AnnexesNext", text: title.clone(), keeps: true },
    })
}

/// Who sends it, and when, together on a page.
fn signature(lines: &[String]) -> impl Iterator<Item = Piece<'_>> {
    lines.iter().enumerate().map(|(index, line)| Piece::Paragraph {
        style: if index == 0 { "Signature" } else { "SignatureNext" },
        text: line.clone(),
        keeps: index + 1 < lines.len(),
    })
}

/// An annex with a wide table lies across.
fn page_of_annex(blocks: &[Block]) -> Page {
    let own = blocks.iter().take_while(|block| !matches!(block, Block::Annex(..)));
    let mut tables = own.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    Page { landscape: tables.any(|table| table.columns.len() >= WIDE_COLUMNS) }
}

fn facts(document: &Document) -> Table {
    let mut table = Table::new("", &[("报告信息", Align::Left), ("内容", Align::Left)]);
    for (label, fact) in &document.facts {
        table.row(vec![super::document::Cell::head(label), fact.as_str().into()]);
    }
    table
}

fn conclusion(document: &Document) -> Table {
    let columns = [("部分", Align::Left), ("结论", Align::Center), ("理由", Align::Left)];
    let mut table = Table::new("各部分结论和理由", &columns);
    for part in document.conclusion.iter().flat_map(|conclusion| &conclusion.parts) {
        let reasons = part.reasons.as_str().into();
        table.row(vec![super::document::Cell::head(&part.title), part.badge.clone().into(), reasons]);
    }
    table
}
