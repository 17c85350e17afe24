//! Figures month by month: of a region, or of a school with what it came from and what became of it.

mod region;
mod school;
mod source;
mod tables;

use std::sync::Arc;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    history::{Link, SchoolRef},
    school::Stage,
    standard::Standard,
    verdict::Verdict,
};
use junheng_runtime::Scope;
use junheng_store::Store;
use junheng_wire::{
    status::RpcError,
    summary::COMPOSITE,
    violations::{UNKNOWN_INDICATOR, Violations},
};

use super::{Gap, indicator_title, read::find_standard};

/// Months that one question may be about.
pub(crate) const MONTHS: i32 = 60;
/// Months of counties that may be judged anew for one question.
const JUDGED: usize = 600;

/// What a series is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A region; `None`: the nation.
    Region(Option<RegionCode>),
    /// A school.
    School(SchoolRef),
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Value of an indicator of an evaluation unit.
    Value,
    /// Mean of an indicator in a county.
    Mean,
    /// Coefficient of variation of an indicator in a county.
    Variation,
    /// Share of a stage's evaluation units that are met.
    MetShare,
    /// Share of the counties of a region that are met.
    MetCountyShare,
}

/// A question.
#[derive(Debug, Clone)]
pub struct SeriesQuestion {
    /// What it is of.
    pub subject: Subject,
    /// What is measured.
    pub measure: Measure,
    /// Id of the indicator; empty for shares.
    pub indicator: String,
    /// The stages, primary first.
    pub stages: Vec<Stage>,
    /// First and last month.
    pub months: (Month, Month),
    /// Id of the standard.
    pub standard: String,
    /// Only what was known at this instant counts; `None`: what is stored.
    pub as_of: Option<Timestamp>,
    /// The present.
    pub at: Timestamp,
    /// The regions that whoever asks may know of: a lineage is followed no further.
    pub scope: Arc<Scope>,
    /// Subjects below the region at most, and the one after which they go on.
    pub page: (usize, Option<RegionCode>),
}

/// The answer.
#[derive(Debug, Clone)]
pub struct SeriesAnswer {
    /// What is measured, in Chinese.
    pub title: String,
    /// Unit of the values; empty for shares and coefficients.
    pub unit: String,
    /// The series: the subject's own, then those below by code, or those of the school's predecessors and successors.
    pub series: Vec<Series>,
    /// How the schools are linked, oldest first.
    pub links: Vec<Link>,
    /// The last county of the page, where more follow.
    pub next: Option<RegionCode>,
}

/// How a subject is related to the one that was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is that.
    Own,
    /// 下级: it lies below.
    Below,
    /// 前身: it became that, or a part of it.
    Predecessor,
    /// 后续: that became it, or a part of it.
    Successor,
}

/// Figures of one subject.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it is of.
    pub subject: Subject,
    /// Name for people.
    pub name: String,
    /// What a reader must know of its figures. Usually empty.
    pub note: String,
    /// How it is related to what was asked about.
    pub relation: Relation,
    /// The stage; `None`: the figure is of both.
    pub stage: Option<Stage>,
    /// A point a month, oldest first.
    pub points: Vec<Point>,
}

/// A month of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The month.
    pub month: Month,
    /// The figure, or why there is none.
    pub figure: Result<f64, Gap>,
    /// Verdict that goes with it.
    pub verdict: Option<Verdict>,
    /// What it is held against.
    pub limit: Option<f64>,
    /// Counties that it is of, where it is of several.
    pub counties: Option<u32>,
    /// The county's revision that it rests on.
    pub revision: Option<u32>,
}

impl Point {
    const fn gap(month: Month, gap: Gap) -> Self {
        Self { month, figure: Err(gap), verdict: None, limit: None, counties: None, revision: None }
    }
}

impl SeriesQuestion {
    /// The months, oldest first.
    pub(crate) fn all_months(&self) -> Vec<Month> {
        let (from, to) = self.months;
        (from.ordinal()..=to.ordinal()).filter_map(|ordinal| Month::from_ordinal(ordinal).ok()).collect()
    }

    /// Refuses to judge more months of counties anew than one call should.
    fn bound(&self, counties: usize) -> Result<(), RpcError> {
        let mut violations = Violations::default();
        if self.as_of.is_some() && counties * self.all_months().len() > JUDGED {
            let fault = (
                format!("asks for more than {JUDGED} months of counties to be judged anew"),
                format!("须重新评估的县、月超过{JUDGED}个"),
            );
            violations.add("as_of", fault);
        }
        violations.finish()
    }

    /// Reads the answer.
    ///
    /// # Errors
    ///
    /// [`RpcError::Missing`] when nobody registered the region or school, [`RpcError::StandardMissing`] when nobody knows the standard,
    /// [`RpcError::Invalid`] when the standard does not have the indicator, or as of an instant too much would have to be judged.
    pub async fn read(&self, store: &Store) -> Result<SeriesAnswer, RpcError> {
        let standard = find_standard(store, store, &self.standard).await?;
        let unit = self.check(&standard)?;
        let (series, links, next) = match &self.subject {
            Subject::Region(region) => {
                let (series, next) = region::read(self, store, &standard, region.as_ref()).await?;
                (series, vec![], next)
            }
            Subject::School(school) => {
                let (series, links) = school::read(self, store, &standard, school).await?;
                (series, links, None)
            }
        };
        let title = self.title(&standard);
        Ok(SeriesAnswer { title, unit, series, links, next })
    }

    /// Checks that the standard has the indicator, and gives the unit of the values.
    fn check(&self, standard: &Standard) -> Result<String, RpcError> {
        let indicator = standard.resources.indicators.iter().find(|indicator| indicator.id == self.indicator);
        let mut violations = Violations::default();
        match self.measure {
            Measure::MetShare | Measure::MetCountyShare if !self.indicator.is_empty() => {
                violations.add(
                    "indicator",
                    ("stands beside a share, which is of no single one", "不能与占比同时给出：占比不针对单项指标"),
                );
            }
            Measure::Value | Measure::Mean if indicator.is_none() => {
                violations.add("indicator", UNKNOWN_INDICATOR);
            }
            Measure::Variation if indicator.is_none() && self.indicator != COMPOSITE => {
                violations.add("indicator", UNKNOWN_INDICATOR);
            }
            _ => {}
        }
        violations.finish()?;
        let has_unit = matches!(self.measure, Measure::Value | Measure::Mean);
        Ok(indicator.filter(|_| has_unit).map(|indicator| indicator.unit.clone()).unwrap_or_default())
    }

    fn title(&self, standard: &Standard) -> String {
        let indicator = indicator_title(standard, &self.indicator);
        match self.measure {
            Measure::Value => indicator.to_owned(),
            Measure::Mean => format!("{indicator}（县均值）"),
            Measure::Variation if self.indicator == COMPOSITE => indicator.to_owned(),
            Measure::Variation => format!("{indicator}（差异系数）"),
            Measure::MetShare => "综合达标单元占比".to_owned(),
            Measure::MetCountyShare => "达标县占比".to_owned(),
        }
    }
}
