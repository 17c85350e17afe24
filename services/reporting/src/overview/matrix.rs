//! Counties × indicators, for a heat map.

use junheng_domain::{school::Stage, verdict::Verdict};
use junheng_wire::summary::COMPOSITE;

use super::{County, Gap, Overview, Spread};

/// Counties × indicators.
#[derive(Debug, Clone)]
pub struct Matrix<'a> {
    /// The columns: primary first, in the standard's order, then the composite coefficient where it has a limit.
    pub columns: Vec<Column<'a>>,
    /// A row a county, by code.
    pub rows: Vec<Row<'a>>,
}

/// An indicator in a stage.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The stage.
    pub stage: Stage,
    /// Official id: `L4`.
    pub id: &'a str,
    /// Official title.
    pub title: &'a str,
    /// Limit of the coefficient; `None` where a single one decides nothing.
    pub limit: Option<f64>,
}

/// A county.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The county.
    pub county: &'a County,
    /// A cell a column.
    pub cells: Vec<Heat<'a>>,
}

/// What a cell shows.
#[derive(Debug, Clone, Copy)]
pub enum Heat<'a> {
    /// A coefficient.
    Value {
        /// All that is known of it.
        spread: &'a Spread,
        /// The coefficient.
        variation: f64,
        /// How it looks.
        shade: Shade,
    },
    /// None, and why.
    Gap(Gap),
}

/// How far a coefficient is from its limit, in steps that a screen can tell apart without colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shade {
    /// It has no limit.
    Plain,
    /// Within, by more than a tenth of the limit.
    Within,
    /// Within, by a tenth of the limit or less.
    Near,
    /// Beyond, by a fifth of the limit or less.
    Beyond,
    /// Beyond by more.
    FarBeyond,
}

impl Shade {
    /// The shade of a coefficient. Beyond or within is the evaluation's verdict, never a comparison of printed numbers.
    #[must_use]
    pub fn of(spread: &Spread, variation: f64) -> Self {
        let ratio = spread.limit.filter(|limit| *limit > 0.0).map(|limit| variation / limit);
        match (spread.verdict, ratio) {
            (Some(Verdict::NotMet), Some(ratio)) if ratio > 1.2 => Self::FarBeyond,
            (Some(Verdict::NotMet), _) => Self::Beyond,
            (Some(_), Some(ratio)) if ratio >= 0.9 => Self::Near,
            (Some(_), _) => Self::Within,
            (None, _) => Self::Plain,
        }
    }
}

impl Overview {
    /// The coefficients of variation of all counties.
    #[must_use]
    pub fn matrix(&self) -> Matrix<'_> {
        let columns: Vec<_> = Stage::COMPULSORY.into_iter().flat_map(|stage| self.columns(stage)).collect();
        let row = |county| Row { county, cells: columns.iter().map(|column| cell(county, column)).collect() };
        let rows = self.counties.iter().map(row).collect();
        Matrix { columns, rows }
    }

    fn columns(&self, stage: Stage) -> Vec<Column<'_>> {
        let resources = &self.standard.resources;
        let own = resources.indicators.iter().filter_map(move |indicator| {
            let rule = indicator.stages.get(&stage)?;
            let limit = rule.variation_limit.map(junheng_domain::quantity::Quantity::to_f64);
            Some(Column { stage, id: &indicator.id, title: &indicator.title, limit })
        });
        let composite = resources.composite_limit.get(&stage).map(|limit| Column {
            stage,
            id: COMPOSITE,
            title: self.indicator_title(COMPOSITE),
            limit: Some(limit.to_f64()),
        });
        own.chain(composite).collect()
    }
}

fn cell<'a>(county: &'a County, column: &Column<'_>) -> Heat<'a> {
    let Some(judged) = &county.judged else { return Heat::Gap(county.gap()) };
    let Some(spread) = judged.spread(column.stage, column.id) else { return Heat::Gap(Gap::NoUnits) };
    match spread.variation {
        Some(variation) => Heat::Value { spread, variation, shade: Shade::of(spread, variation) },
        None => Heat::Gap(spread.gap()),
    }
}
