//! Writes the blocks of a document and numbers its sections, tables, charts and sources.

use super::{
    document::{Block, Chart, Table},
    words::chinese_number,
};
use crate::chart::Drawing;

/// The document so far.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) blocks: Vec<Block>,
    sections: usize,
    annexes: usize,
    subsections: usize,
    tables: usize,
    charts: usize,
    sources: Vec<String>,
}

impl Writer {
    /// 一、title.
    pub(super) fn section(&mut self, title: &str) {
        self.sections += 1;
        self.subsections = 0;
        self.blocks.push(Block::Section(format!("{}、{title}", chinese_number(self.sections))));
    }

    /// 附件1 and its title, on a new page.
    pub(super) fn annex(&mut self, title: &str) {
        self.annexes += 1;
        self.subsections = 0;
        self.blocks.push(Block::Annex(format!("附件{}", self.annexes), title.to_owned()));
    }

    /// The blocks, with the annexes named at the end of the body; the number of a single one is not told.
    pub(super) fn finished(mut self) -> Vec<Block> {
        let is_annex = |block: &Block| matches!(block, Block::Annex(..));
        let Some(first) = self.blocks.iter().position(is_annex) else { return self.blocks };
        // The list of annexes stands above who sends it.
        let is_signature = |block: &Block| matches!(block, Block::Signature(..));
        let first = self.blocks.iter().position(is_signature).unwrap_or(first);
        let single = self.annexes == 1;
        for block in &mut self.blocks {
            if let Block::Annex(number, _) = block
                && single
            {
                "附件".clone_into(number);
            }
        }
        let titles =
            self.blocks.iter().filter_map(|block| if let Block::Annex(_, title) = block { Some(title) } else { None });
        let titles =
            titles.zip(1..).map(|(title, number)| if single { title.clone() } else { format!("{number}.{title}") });
        let annexes = Block::Annexes(titles.collect());
        self.blocks.insert(first, annexes);
        self.blocks
    }

    /// Who sends the document and when, where each is to be written by hand.
    pub(super) fn signature(&mut self, who: &str, when: &str) {
        let lines = vec![format!("{who}：＿＿＿＿＿＿＿＿＿＿"), format!("{when}：＿＿＿＿年＿＿月＿＿日")];
        self.blocks.push(Block::Signature(lines));
    }

    /// (一)title.
    pub(super) fn subsection(&mut self, title: &str) {
        self.subsections += 1;
        self.blocks.push(Block::Subsection(format!("（{}）{title}", chinese_number(self.subsections))));
    }

    pub(super) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// A paragraph with a lead-in.
    pub(super) fn led(&mut self, lead: impl Into<String>, text: impl Into<String>) {
        self.blocks.push(Block::Led(lead.into(), text.into()));
    }

    /// 表1 caption.
    pub(super) fn table(&mut self, mut table: Table) {
        self.tables += 1;
        table.caption = format!("表{} {}", self.tables, table.caption);
        self.blocks.push(Block::Table(table));
    }

    /// 图1 caption.
    pub(super) fn chart(&mut self, drawing: Drawing, table: Option<Table>) {
        self.charts += 1;
        let caption = format!("图{} {}", self.charts, drawing.title());
        let table = table.map(|table| Table { caption: caption.clone(), ..table });
        self.blocks.push(Block::Chart(Chart { number: self.charts, drawing: drawing.titled(caption), table }));
    }

    /// The mark of a source, 〔1〕; the same source keeps its number.
    pub(super) fn source(&mut self, source: String) -> String {
        let known = self.sources.iter().position(|other| *other == source);
        let index = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        format!("〔{}〕", index + 1)
    }

    /// The sources cited so far, in the order of their numbers.
    pub(super) fn sources(&self) -> &[String] {
        &self.sources
    }
}
