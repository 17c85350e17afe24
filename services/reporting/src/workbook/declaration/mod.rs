//! The declaration form (申报表): 表Ⅰ to 表Ⅵ of a county's month, from its evaluation and what it reported, and where the figures come from.

mod basics;
mod evenness;
mod items;
mod reach;
mod sources;
mod survey;
mod units;

use junheng_proto::evaluation::v1::{Evaluation, Item, Part, StageIndicator};

use super::{
    Reported, WorkbookError, book,
    entry::Entry,
    file_part,
    grid::{Grid, Margin},
};
use crate::report::{Names, Standing, words};

/// Parts that have a table of their own in the form, and which.
const TABLES: [(&str, &str); 2] = [("government", "表Ⅳ"), ("quality", "表Ⅴ")];
/// The part of the survey.
const SURVEY: &str = "recognition";
/// What is to be filled in by hand.
const TO_FILL_IN: &str = "浅黄色（灰度打印时为浅灰色）空格为本系统不掌握的数据，由县级填写；“未报送”为应由学校或县级报送而没有报送的数据，不是零。";
/// What a calculated figure is that nobody can calculate.
const CANNOT_BE_CALCULATED: &str = "“不能计算”为须由各单元数据算出、因有单元数据未报送而暂不能算出的平均值、差异系数，不是零，也不由县级填写；数据补报后自动算出。";

/// The declaration form of one county's month.
///
/// Figures are printed as the form prints them: values with 2 decimals, coefficients of variation with 3, percentages with 1, money in whole
/// yuan; with more where fewer would contradict a verdict. The cells hold them whole.
///
/// Legal source: 教督〔2017〕6号 and its declaration form; each figure's clause stands in the sheet of sources.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    evaluation: &'a Evaluation,
    names: &'a Names,
    reported: &'a Reported,
    standing: &'a Standing,
}

impl<'a> Declaration<'a> {
    /// The form on an evaluation, with what was reported for it.
    #[must_use]
    pub const fn new(
        evaluation: &'a Evaluation,
        names: &'a Names,
        reported: &'a Reported,
        standing: &'a Standing,
    ) -> Self {
        Self { evaluation, names, reported, standing }
    }

    /// Returns a good name for a file: 彰武县-2024-12-优质均衡发展申报表.xlsx.
    #[must_use]
    pub fn file_name(&self) -> String {
        file_part(&format!("{}-{}-{}.xlsx", self.county(), self.evaluation.month, self.kind()))
    }

    /// Writes the workbook.
    ///
    /// # Errors
    ///
    /// [`WorkbookError`] when a text or a table is beyond what the format holds.
    pub fn write(&self) -> Result<Vec<u8>, WorkbookError> {
        let title = format!("{}义务教育{}", self.county(), self.kind());
        let mut book = book(&title, &self.evaluation.month);
        basics::write(self, book.add_worksheet())?;
        if self.evaluation.resources.iter().any(has_thresholds) {
            reach::write(self, book.add_worksheet())?;
        }
        for resources in self.evaluation.resources.iter().filter(|resources| !resources.units.is_empty()) {
            units::write(self, resources, book.add_worksheet())?;
        }
        evenness::write(self, book.add_worksheet())?;
        let mut others = vec![];
        for part in &self.evaluation.parts {
            let items = self.items_of(part);
            match TABLES.iter().find(|(id, _)| *id == part.id) {
                Some((_, table)) => items::write(self, table, part, &items, book.add_worksheet())?,
                None if part.id == SURVEY => survey::write(self, part, &items, book.add_worksheet())?,
                None if items.is_empty() => {}
                None => others.push((part, items)),
            }
        }
        if !others.is_empty() {
            items::write_others(self, &others, book.add_worksheet())?;
        }
        sources::write(self, book.add_worksheet())?;
        Ok(book.save_to_buffer()?)
    }

    fn county(&self) -> &str {
        let name = &self.names.county_name;
        if name.is_empty() { words::last_segment(&self.evaluation.region) } else { name }
    }

    fn kind(&self) -> &'static str {
        match words::kind(&self.evaluation.standard_title) {
            "优质均衡发展自查报告" => "优质均衡发展申报表",
            "基本均衡发展自查报告" => "基本均衡发展数据表",
            _ => "评估数据表",
        }
    }

    fn items_of(&self, part: &Part) -> Vec<&'a Item> {
        self.evaluation.items.iter().filter(|item| item.part == part.id).collect()
    }

    fn margin(&self) -> Margin {
        Margin {
            about: format!("{} {} {}", self.county(), words::month(&self.evaluation.month), self.kind()),
            standing: self.standing.short(),
        }
    }

    /// The title of a table, and below it what it is of.
    fn begin(&self, grid: &mut Grid<'_>, title: &str) -> Result<(), WorkbookError> {
        grid.title(title)?;
        let note = words::sentence(&self.names.data_note);
        grid.line(&format!(
            "{}　{}　{}{}{note}",
            self.county(),
            words::month(&self.evaluation.month),
            self.standing.short(),
            if note.is_empty() { "" } else { "　" },
        ))?;
        Ok(())
    }
}

fn has_thresholds(resources: &junheng_proto::evaluation::v1::StageResources) -> bool {
    resources.indicators.iter().any(|indicator| indicator.threshold.is_some())
}

/// Decimals of an indicator's values: two, none for money, four for persons per one pupil, which are small fractions.
fn decimals(indicator: &StageIndicator) -> usize {
    match indicator.unit.as_str() {
        "人/生" => 4,
        unit if unit.starts_with('元') => 0,
        _ => 2,
    }
}

/// A figure of an indicator as the form prints it.
fn figure(value: Option<f64>, indicator: &StageIndicator, limits: &[Option<f64>]) -> Entry {
    value.map_or(Entry::Missing, |value| Entry::figure(value, decimals(indicator), limits))
}
