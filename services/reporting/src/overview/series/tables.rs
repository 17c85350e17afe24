//! Series as tables.

use jiff::Timestamp;
use junheng_domain::{code::Month, history::SchoolRef, school::Stage, verdict::Verdict};
use junheng_wire::{name, time};

use super::{Relation, SeriesAnswer, Subject};
use crate::{
    overview::{Gap, link_title},
    report::words,
    table::{About, Shows, Table},
};

impl SeriesAnswer {
    /// What a workbook of its tables is about: of whom, of which months, by which standard, as of when.
    #[must_use]
    pub fn about(&self, name: &str, (from, to): (Month, Month), standard: &str, at: Timestamp) -> About {
        let [from, to] = [from, to].map(|month| words::month(&month.to_string()));
        let mut notes: Vec<&str> = self.series.iter().map(|series| series.note.as_str()).collect();
        notes.retain(|note| !note.is_empty());
        notes.dedup();
        let unit = if self.unit.is_empty() { "无" } else { &self.unit };
        About {
            title: format!("{name}{from}至{to}{}", self.title),
            facts: vec![
                format!("月份：{from}至{to}"),
                format!("评估标准：{standard}"),
                format!("单位：{unit}"),
                format!("数据截止：{}", words::instant(&time::encode(at)).unwrap_or_default()),
            ],
            note: words::sentence(&notes.join("；")),
        }
    }

    /// The tables of a series: `series`, a row a month; `links` where it has any.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let figure =
            if self.unit.is_empty() { self.title.clone() } else { format!("{}（{}）", self.title, self.unit) };
        let shows = if self.title.contains("占比") {
            Shows::Percent
        } else if self.unit.is_empty() {
            Shows::Variation
        } else {
            Shows::Value
        };
        let mut table = Table::new(
            "series",
            "序列",
            &[
                ("区划代码", Shows::Text),
                ("学校代码", Shows::Text),
                ("名称", Shows::Text),
                ("关系", Shows::Text),
                ("学段", Shows::Text),
                ("月份", Shows::Text),
            ],
        );
        table.column(figure, shows);
        for (title, shows) in [
            ("限值或标准值", shows),
            ("结论", Shows::Text),
            ("无数据的原因", Shows::Text),
            ("县数", Shows::Whole),
            ("版次", Shows::Whole),
        ] {
            table.column(title, shows);
        }
        for series in &self.series {
            let (region, school) = match &series.subject {
                Subject::Region(code) => (code.as_ref().map(ToString::to_string), None),
                Subject::School(school) => (Some(school.county.to_string()), Some(school.school.to_string())),
            };
            for point in &series.points {
                table.rows.push(vec![
                    region.clone().into(),
                    school.clone().into(),
                    series.name.clone().into(),
                    series.relation.title().into(),
                    series.stage.map(Stage::title).into(),
                    point.month.into(),
                    point.figure.ok().into(),
                    point.limit.into(),
                    point.verdict.map(Verdict::title).into(),
                    point.figure.err().map(Gap::title).into(),
                    point.counties.into(),
                    point.revision.into(),
                ]);
            }
        }
        let mut tables = vec![table];
        if !self.links.is_empty() {
            let columns =
                [("日期", Shows::Text), ("变更", Shows::Text), ("原学校", Shows::Text), ("现学校", Shows::Text)];
            let mut table = Table::new("links", "沿革", &columns);
            for link in &self.links {
                let school = |school: &SchoolRef| name::school(&school.county, &school.school);
                let (from, to) = (school(&link.from), school(&link.to));
                table.rows.push(vec![link.day.into(), link_title(link.kind).into(), from.into(), to.into()]);
            }
            tables.push(table);
        }
        tables
    }
}

impl Relation {
    /// In Chinese.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Own => "本身",
            Self::Below => "下级",
            Self::Predecessor => "前身",
            Self::Successor => "后续",
        }
    }
}
