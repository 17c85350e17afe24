//! Series of a region and of the counties below it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use junheng_domain::{
    code::{Month, RegionCode},
    quantity::Quantity,
    school::Stage,
    standard::Standard,
    verdict::Verdict,
};
use junheng_store::Store;
use junheng_wire::{status::RpcError, summary::COMPOSITE, violations::Violations};

use super::{Measure, Point, Relation, Series, SeriesQuestion, Subject, source};
use crate::overview::{Gap, Judged, Territory, read::MonthsInflow};

/// What is known of counties and months.
struct Known<'a> {
    question: &'a SeriesQuestion,
    standard: &'a Standard,
    judged: BTreeMap<(RegionCode, Month), Judged>,
    inflow: MonthsInflow,
}

/// Reads the series of a region, and the county after which they go on.
pub(super) async fn read(
    question: &SeriesQuestion,
    store: &Store,
    standard: &Arc<Standard>,
    region: Option<&RegionCode>,
) -> Result<(Vec<Series>, Option<RegionCode>), RpcError> {
    let reads = store.begin_read().await?;
    let territory = Territory::read(&reads, region).await?;
    let counties = territory.counties();
    let single = region.is_some_and(|region| counties == [region.clone()]);
    refuse(question, single)?;
    let (size, after) = &question.page;
    let after = |county: &&RegionCode| after.as_ref().is_none_or(|after| *county > after);
    let mut page: Vec<RegionCode> = counties.iter().filter(after).take(size + 1).cloned().collect();
    let next = if page.len() > *size { page.get(size.saturating_sub(1)).cloned() } else { None };
    page.truncate(*size);
    let of_all = matches!(question.measure, Measure::MetShare | Measure::MetCountyShare);
    let whole = of_all && !single && question.page.1.is_none();
    let read = if whole { &counties } else { &page };
    question.bound(read.len())?;
    let judged = source::judged(&reads, question, read, standard).await?;
    let inflow = MonthsInflow::read(&reads, &territory, read, question.months, question.at, question.as_of).await?;
    reads.finish().await?;
    let known = Known { question, standard, judged, inflow };
    let mut series = vec![];
    if whole {
        let own = |stage, point: &dyn Fn(Month) -> Point| Series {
            subject: question.subject.clone(),
            name: territory.region.name.clone(),
            note: territory.region.note.clone(),
            relation: Relation::Own,
            stage,
            points: question.all_months().into_iter().map(point).collect(),
        };
        if question.measure == Measure::MetCountyShare {
            series.push(own(None, &|month| known.met_counties(&counties, month)));
            return Ok((series, None));
        }
        let of_stage = |stage: &Stage| own(Some(*stage), &|month| known.met_units(&counties, *stage, month));
        series.extend(question.stages.iter().map(of_stage));
    }
    let relation = if single { Relation::Own } else { Relation::Below };
    for county in &page {
        let place = territory.place(county);
        series.extend(question.stages.iter().map(|stage| Series {
            subject: Subject::Region(Some(county.clone())),
            name: place.name.clone(),
            note: place.note.clone(),
            relation,
            stage: Some(*stage),
            points: question.all_months().into_iter().map(|month| known.point(county, *stage, month)).collect(),
        }));
    }
    Ok((series, next))
}

/// Refuses what a region, or a county, does not have.
fn refuse(question: &SeriesQuestion, single: bool) -> Result<(), RpcError> {
    let mut violations = Violations::default();
    match question.measure {
        Measure::Value => {
            violations.add("measure", ("is of a school, and the subject is a region", "针对学校，而所问的是区划"));
        }
        Measure::MetCountyShare if single => {
            violations.add("measure", ("is of a region above counties", "只用于县级以上的区划"));
        }
        _ => {}
    }
    violations.finish()
}

impl Known<'_> {
    fn point(&self, county: &RegionCode, stage: Stage, month: Month) -> Point {
        let inflow = self.inflow.of(county, month);
        let Some(judged) = self.judged.get(&(county.clone(), month)) else {
            return Point::gap(month, Gap::of(inflow.standing));
        };
        let point = match (self.question.measure, judged.stage(stage)) {
            (_, None) => Point::gap(month, Gap::NoUnits),
            (Measure::MetShare, Some(of_stage)) => {
                let share = of_stage.met.map(|met| f64::from(met) / f64::from(of_stage.units));
                let point = Point::gap(month, Gap::NotJudged);
                Point { figure: share.ok_or(Gap::NotJudged), verdict: of_stage.verdict, ..point }
            }
            (measure, Some(_)) => match judged.spread(stage, &self.question.indicator) {
                None => Point::gap(month, Gap::NotJudged),
                Some(spread) if measure == Measure::Mean => {
                    Point { figure: spread.mean.ok_or(Gap::Undetermined), ..Point::gap(month, Gap::Undetermined) }
                }
                Some(spread) => Point {
                    figure: spread.variation.ok_or_else(|| spread.gap()),
                    verdict: spread.verdict,
                    limit: spread.limit,
                    ..Point::gap(month, Gap::Undetermined)
                },
            },
        };
        let limit = if self.question.measure == Measure::Variation { self.limit(stage) } else { None };
        Point { limit: point.limit.or(limit), revision: inflow.revision, ..point }
    }

    /// Limit of the coefficient, so that a line can be drawn through gaps.
    fn limit(&self, stage: Stage) -> Option<f64> {
        let resources = &self.standard.resources;
        if self.question.indicator == COMPOSITE {
            return resources.composite_limit.get(&stage).copied().map(Quantity::to_f64);
        }
        let indicator = resources.indicators.iter().find(|indicator| indicator.id == self.question.indicator)?;
        indicator.stages.get(&stage)?.variation_limit.map(Quantity::to_f64)
    }

    fn evaluated<'a>(&'a self, counties: &'a [RegionCode], month: Month) -> impl Iterator<Item = &'a Judged> {
        counties.iter().filter_map(move |county| self.judged.get(&(county.clone(), month)))
    }

    fn met_units(&self, counties: &[RegionCode], stage: Stage, month: Month) -> Point {
        let stages = self.evaluated(counties, month).filter_map(|judged| {
            let of_stage = judged.stage(stage)?;
            Some((of_stage.met?, of_stage.units))
        });
        let (met, units, count) = stages.fold((0_u64, 0_u64, 0_u32), |(met, units, count), (more, of)| {
            (met + u64::from(more), units + u64::from(of), count + 1)
        });
        let share = (units > 0).then(|| quotient(met, units));
        let figure = share.ok_or_else(|| match self.evaluated(counties, month).next() {
            Some(_) => Gap::NoUnits,
            None => self.most(counties, month),
        });
        Point { figure, counties: Some(count), ..Point::gap(month, Gap::NoUnits) }
    }

    /// Counties that are met of all: one that did not report is not shown to be met.
    fn met_counties(&self, counties: &[RegionCode], month: Month) -> Point {
        let (mut met, mut evaluated) = (0_u64, 0_u32);
        for judged in self.evaluated(counties, month) {
            evaluated += 1;
            met += u64::from(judged.verdict == Verdict::Met);
        }
        let share = (evaluated > 0).then(|| quotient(met, counties.len() as u64));
        let figure = share.ok_or_else(|| self.most(counties, month));
        Point { figure, counties: Some(evaluated), ..Point::gap(month, Gap::NotEvaluated) }
    }

    /// The reason that most counties have; of several alike the first.
    fn most(&self, counties: &[RegionCode], month: Month) -> Gap {
        let gaps: Vec<Gap> = counties.iter().map(|county| Gap::of(self.inflow.of(county, month).standing)).collect();
        let kinds: BTreeSet<Gap> = gaps.iter().copied().collect();
        let count = |kind: &Gap| gaps.iter().filter(|gap| *gap == kind).count();
        // The last of those alike wins a maximum.
        kinds.into_iter().rev().max_by_key(count).unwrap_or(Gap::NotEvaluated)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a nation's schools are far below 2^52")]
fn quotient(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
