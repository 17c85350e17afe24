//! A county in an overview.

use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date};
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Standing,
    school::Stage,
    verdict::Verdict,
};
use junheng_proto::evaluation::v1 as proto;

use super::{Gap, stage, verdict};

/// A county.
#[derive(Debug, Clone)]
pub struct County {
    /// Code.
    pub code: RegionCode,
    /// Name for people; its code where nobody named it.
    pub name: String,
    /// What a reader must know of its figures, in Chinese; print it wherever they are shown. Usually empty.
    pub note: String,
    /// The region directly below the one asked about that it lies in; itself where it is that.
    pub child: Option<RegionCode>,
    /// Whether and when it reported the month.
    pub inflow: Inflow,
    /// Its evaluation of the month; `None`: it has none, [`County::gap`] says why.
    pub judged: Option<Judged>,
    /// Its evaluation of the month before, under the same standard; `None`: it has none.
    pub before: Option<Judged>,
    /// Its last evaluation before the month, where it has none of the month.
    pub last: Option<Judged>,
}

/// Whether and when a county reported a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inflow {
    /// How it stands.
    pub standing: Standing,
    /// Last day on which the month is on time.
    pub due_on: Date,
    /// Last day on which the month after it is on time; `None`: the duty to report begins later.
    pub next_due_on: Option<Date>,
    /// It has not reported though it had to, and the due day has passed.
    pub overdue: bool,
    /// When the month was accepted first.
    pub first_accepted: Option<Timestamp>,
    /// When the revision that counts was accepted.
    pub last_accepted: Option<Timestamp>,
    /// The revision that counts; above 1 it was corrected.
    pub revision: Option<u32>,
    /// It was accepted, and withdrawn since.
    pub withdrawn: bool,
}

/// A stored evaluation in numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The month that it is of.
    pub month: Month,
    /// Verdict on the county.
    pub verdict: Verdict,
    /// The parts, in the standard's order.
    pub parts: Vec<PartVerdict>,
    /// The stages that have evaluation units, primary first.
    pub stages: Vec<StageStanding>,
    /// Ids of the county items that are not met, in the standard's order.
    pub not_met_items: Vec<String>,
    /// Ids of the county items that are undetermined, in the standard's order.
    pub undetermined_items: Vec<String>,
    /// When it was judged.
    pub evaluated_at: Timestamp,
    /// The summary that all of this was read from.
    pub(crate) summary: proto::EvaluationSummary,
}

/// Verdict on a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartVerdict {
    /// Id: `government`.
    pub id: String,
    /// Title, in Chinese.
    pub title: String,
    /// Verdict.
    pub verdict: Verdict,
}

/// Resources of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageStanding {
    /// The stage.
    pub stage: Stage,
    /// Verdict on the stage.
    pub verdict: Option<Verdict>,
    /// Its evaluation units.
    pub units: u32,
    /// Of them met; `None` where the standard judges no unit by itself.
    pub met: Option<u32>,
    /// Of them undetermined; `None` where the standard judges no unit by itself.
    pub undetermined: Option<u32>,
    /// The indicators in the standard's order, last the composite coefficient.
    pub spreads: Vec<Spread>,
}

/// Mean and coefficient of variation (差异系数) of an indicator between the units of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Official id: `L4`; `composite` for the composite coefficient.
    pub id: String,
    /// Mean of the county, in the indicator's unit; `None` when an amount is missing, and for the composite.
    pub mean: Option<f64>,
    /// Coefficient; `None` when an amount is missing, and when every amount is zero.
    pub variation: Option<f64>,
    /// With missing amounts: no possible coefficient lies below this.
    pub low: Option<f64>,
    /// With missing amounts: no possible coefficient lies above this; `None` when nothing bounds it.
    pub high: Option<f64>,
    /// It must be at or below this; `None` where it decides nothing.
    pub limit: Option<f64>,
    /// Verdict on the coefficient; `None` where it has no limit.
    pub verdict: Option<Verdict>,
    /// Units that certainly reach the threshold; `None` for the composite.
    pub reached: Option<u32>,
}

impl Spread {
    /// Why there is no coefficient; meaningful where there is none.
    #[must_use]
    pub const fn gap(&self) -> Gap {
        // Where every amount is known and zero there is no coefficient, and the limit is not met.
        match self.verdict {
            Some(Verdict::NotMet) if self.low.is_none() => Gap::Undefined,
            _ => Gap::Undetermined,
        }
    }
}

/// Met units of all: an exact fraction. Two shares are equal and ordered as fractions, not as they are printed.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Met.
    pub met: u32,
    /// All; never zero.
    pub units: u32,
}

impl Share {
    /// The share as a number, 0 to 1.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.met) / f64::from(self.units)
    }

    /// Units that are not met, or not shown to be.
    #[must_use]
    pub const fn unmet(self) -> u32 {
        self.units.saturating_sub(self.met)
    }

    const fn cross(self, other: Self) -> (u64, u64) {
        (self.met as u64 * other.units as u64, other.met as u64 * self.units as u64)
    }
}

impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Share {}

impl PartialOrd for Share {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Share {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = self.cross(*other);
        own.cmp(&others)
    }
}

/// How far a county's worst coefficient of variation is from its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The stage.
    pub stage: Stage,
    /// Official id of the indicator.
    pub indicator: String,
    /// The coefficient.
    pub variation: f64,
    /// Its limit.
    pub limit: f64,
    /// The coefficient as a part of its limit: above 1 it is beyond.
    pub ratio: f64,
}

/// Why a county has no place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    /// There is no evaluation.
    Gap(Gap),
    /// The evaluation does not say: missing amounts, or the standard judges nothing of the kind.
    Open,
}

impl County {
    /// Why there is no evaluation of the month; meaningful where there is none.
    #[must_use]
    pub const fn gap(&self) -> Gap {
        Gap::of(self.inflow.standing)
    }

    /// Months from its last evaluation to the month asked about, where it has none of it.
    #[must_use]
    pub fn age_months(&self, month: Month) -> Option<i32> {
        self.last.as_ref().map(|last| month.ordinal() - last.month.ordinal())
    }
}

impl Judged {
    /// Reads a stored summary.
    #[must_use]
    pub(crate) fn of(summary: &proto::EvaluationSummary, month: Month, evaluated_at: Timestamp) -> Self {
        Self {
            month,
            verdict: verdict(summary.verdict()).unwrap_or(Verdict::Undetermined),
            parts: summary.parts.iter().map(part).collect(),
            stages: summary.stages.iter().filter_map(of_stage).collect(),
            not_met_items: summary.not_met_items.clone(),
            undetermined_items: summary.undetermined_items.clone(),
            evaluated_at,
            summary: summary.clone(),
        }
    }

    /// Met units of all, both stages together; `None` without units, or where the standard judges none by itself.
    #[must_use]
    pub fn share(&self) -> Option<Share> {
        let judged = || self.stages.iter().filter_map(|stage| Some((stage.met?, stage.units)));
        let (met, units) = judged().fold((0, 0), |(met, units), (more, of)| (met + more, units + of));
        (units > 0).then_some(Share { met, units })
    }

    /// Units that are certainly not met, both stages together.
    #[must_use]
    pub fn not_met_units(&self) -> u32 {
        let of = |stage: &StageStanding| {
            let met = stage.met?;
            Some(stage.units.saturating_sub(met + stage.undetermined.unwrap_or_default()))
        };
        self.stages.iter().filter_map(of).sum()
    }

    /// Units that missing amounts leave undetermined, both stages together; those that are neither met nor not met.
    #[must_use]
    pub fn open_units(&self) -> u32 {
        let judged = self.stages.iter().filter(|stage| stage.met.is_some());
        judged.filter_map(|stage| stage.undetermined).sum()
    }

    /// Coefficients that missing amounts leave undetermined, both stages together, the composite among them.
    #[must_use]
    pub fn open_spreads(&self) -> usize {
        self.spreads().filter(|(_, spread)| spread.verdict == Some(Verdict::Undetermined)).count()
    }

    /// Coefficients that are certainly beyond their limit, both stages together, the composite among them.
    #[must_use]
    pub fn exceeded(&self) -> usize {
        self.spreads().filter(|(_, spread)| spread.verdict == Some(Verdict::NotMet)).count()
    }

    /// How many coefficients are beyond their limit, for people: `4`, and of how many it is not known, `0（另14项待定）`.
    #[must_use]
    pub fn exceeded_told(&self) -> String {
        match self.open_spreads() {
            0 => self.exceeded().to_string(),
            open => format!("{}（另{open}项待定）", self.exceeded()),
        }
    }

    /// The coefficients with their stage, primary first, in the standard's order.
    pub fn spreads(&self) -> impl Iterator<Item = (Stage, &Spread)> {
        self.stages.iter().flat_map(|stage| stage.spreads.iter().map(|spread| (stage.stage, spread)))
    }

    /// The coefficient that is furthest beyond its limit, or nearest to it where all are within: the first of several alike.
    ///
    /// `None` when one that has a limit is not known: it could be the worst, and leaving it out must not help.
    #[must_use]
    pub fn line(&self) -> Option<Line> {
        let mut worst: Option<Line> = None;
        for (stage, spread) in self.spreads() {
            let Some(limit) = spread.limit.filter(|limit| *limit > 0.0) else { continue };
            let variation = spread.variation?;
            let ratio = variation / limit;
            if worst.as_ref().is_none_or(|worst| ratio > worst.ratio) {
                worst = Some(Line { stage, indicator: spread.id.clone(), variation, limit, ratio });
            }
        }
        worst
    }

    /// The stage with its indicators; `None` where it has no units.
    #[must_use]
    pub fn stage(&self, stage: Stage) -> Option<&StageStanding> {
        self.stages.iter().find(|one| one.stage == stage)
    }

    /// Mean and coefficient of an indicator in a stage.
    #[must_use]
    pub fn spread(&self, stage: Stage, indicator: &str) -> Option<&Spread> {
        self.stage(stage)?.spreads.iter().find(|spread| spread.id == indicator)
    }
}

fn part(part: &proto::PartSummary) -> PartVerdict {
    PartVerdict {
        id: part.id.clone(),
        title: part.title.clone(),
        verdict: verdict(part.verdict()).unwrap_or(Verdict::Undetermined),
    }
}

fn of_stage(summary: &proto::StageSummary) -> Option<StageStanding> {
    let units = summary.unit_count.filter(|units| *units > 0)?;
    Some(StageStanding {
        stage: stage(summary.stage())?,
        verdict: verdict(summary.verdict()),
        units,
        met: summary.met_unit_count,
        undetermined: summary.undetermined_unit_count,
        spreads: summary.indicators.iter().map(spread).collect(),
    })
}

fn spread(summary: &proto::IndicatorSummary) -> Spread {
    Spread {
        id: summary.id.clone(),
        mean: summary.mean,
        variation: summary.variation,
        low: summary.variation_low,
        high: summary.variation_high,
        limit: summary.variation_limit,
        verdict: verdict(summary.verdict()),
        reached: summary.reached_unit_count,
    }
}
