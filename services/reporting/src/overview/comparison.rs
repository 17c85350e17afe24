//! Several counties side by side.

use std::cmp::Ordering;

use junheng_domain::{code::RegionCode, school::Stage, verdict::Verdict};

use super::{Gap, Heat, Overview, matrix::Column, ranks};

/// Means and coefficients of several counties, indicator by indicator.
#[derive(Debug, Clone)]
pub struct Figure<'a> {
    /// The indicator.
    pub column: Column<'a>,
    /// A cell a county, in the order of the counties.
    pub cells: Vec<Compared>,
}

/// A county's cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// Mean, or why there is none.
    pub mean: Result<f64, Gap>,
    /// Place by the mean, highest first.
    pub mean_rank: Option<u32>,
    /// Coefficient, or why there is none.
    pub variation: Result<f64, Gap>,
    /// Place by the coefficient, lowest first.
    pub variation_rank: Option<u32>,
    /// Verdict on the coefficient.
    pub verdict: Option<Verdict>,
}

impl Overview {
    /// The same with only these counties, in the order given; those that are not within are left out.
    #[must_use]
    pub fn only(mut self, counties: &[RegionCode]) -> Self {
        let place = |code: &RegionCode| counties.iter().position(|one| one == code);
        self.counties.retain(|county| place(&county.code).is_some());
        self.counties.sort_by_key(|county| place(&county.code));
        self
    }

    /// Means and coefficients of the counties, primary first, in the standard's order, with places among them.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure<'_>> {
        let matrix = self.matrix();
        let figures = matrix.columns.iter().enumerate().map(|(index, column)| {
            let cells = matrix.rows.iter().map(|row| match row.cells.get(index) {
                Some(Heat::Value { spread, variation, .. }) => Compared {
                    mean: spread.mean.ok_or(Gap::Undetermined),
                    mean_rank: None,
                    variation: Ok(*variation),
                    variation_rank: None,
                    verdict: spread.verdict,
                },
                Some(Heat::Gap(gap)) => {
                    let spread = row.county.judged.as_ref().and_then(|judged| judged.spread(column.stage, column.id));
                    let mean = spread.and_then(|spread| spread.mean).ok_or(*gap);
                    let verdict = spread.and_then(|spread| spread.verdict);
                    Compared { mean, mean_rank: None, variation: Err(*gap), variation_rank: None, verdict }
                }
                None => unknown(),
            });
            let mut cells: Vec<Compared> = cells.collect();
            for (place, rank) in places(&cells, |cell| cell.mean.ok().map(|mean| -mean)) {
                cells[place].mean_rank = Some(rank);
            }
            for (place, rank) in places(&cells, |cell| cell.variation.ok()) {
                cells[place].variation_rank = Some(rank);
            }
            Figure { column: *column, cells }
        });
        figures.collect()
    }

    /// Stages that the standard judges, for columns of tables.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage> {
        let has = |stage: &Stage| self.standard.resources.indicators.iter().any(|one| one.stages.contains_key(stage));
        Stage::COMPULSORY.into_iter().filter(has).collect()
    }
}

const fn unknown() -> Compared {
    let gap = Gap::NotEvaluated;
    Compared { mean: Err(gap), mean_rank: None, variation: Err(gap), variation_rank: None, verdict: None }
}

/// Where cells stand by a number, lowest first; those without one have no place.
fn places(cells: &[Compared], number: impl Fn(&Compared) -> Option<f64>) -> Vec<(usize, u32)> {
    let mut numbered: Vec<(usize, f64)> =
        cells.iter().enumerate().filter_map(|(place, cell)| Some((place, number(cell)?))).collect();
    let compare = |one: &(usize, f64), other: &(usize, f64)| -> Ordering { one.1.total_cmp(&other.1) };
    numbered.sort_by(compare);
    let ranks = ranks(&numbered, compare);
    numbered.into_iter().map(|(place, _)| place).zip(ranks).collect()
}
