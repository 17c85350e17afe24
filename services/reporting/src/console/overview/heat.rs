//! 差异系数热力图: counties by indicators, each gap told apart from the others.

use junheng_domain::{code::RegionCode, school::Stage};

use super::super::{
    grid::{Cell, Grid},
    link,
    period::Period,
};
use crate::{
    overview::{Column, Gap, Heat, Overview, Shade},
    report::{number::beside, shown},
};

/// The coefficients of all counties, a table a stage.
pub(super) fn grids(overview: &Overview, period: &Period) -> Vec<Grid> {
    let matrix = overview.matrix();
    let tables = Stage::COMPULSORY.into_iter().map(|stage| {
        let of_stage = |column: &&Column<'_>| column.stage == stage;
        let title = |column: &Column<'_>| {
            let id = if column.id.starts_with('L') { format!("{} ", column.id) } else { String::new() };
            let limit = column.limit.map(|limit| format!("（≤{}）", shown::variation_limit(Some(limit))));
            format!("{id}{}{}", column.title, limit.unwrap_or_default())
        };
        let titles: Vec<String> = matrix.columns.iter().filter(of_stage).map(title).collect();
        let heads = [("县级单位", "l")].into_iter().chain(titles.iter().map(|title| (title.as_str(), "r")));
        let caption = format!("{}各项指标差异系数", stage.title());
        let mut grid = Grid::new(format!("heat-{}", stage.id()), caption, &heads.collect::<Vec<_>>());
        for row in &matrix.rows {
            let name = Cell::head(row.county.name.clone(), link::region(&row.county.code, Some(period)));
            let cells = row.cells.iter().zip(&matrix.columns).filter(|(_, column)| column.stage == stage);
            grid.rows.push(
                [name]
                    .into_iter()
                    .chain(cells.map(|(heat, column)| cell(heat, column, &row.county.code, period)))
                    .collect(),
            );
        }
        grid
    });
    tables.filter(|grid| grid.columns.len() > 1).collect()
}

/// A coefficient; what is near its limit or beyond leads to how the county stands with it.
fn cell(heat: &Heat<'_>, column: &Column<'_>, county: &RegionCode, period: &Period) -> Cell {
    match heat {
        Heat::Value { variation, shade, .. } => {
            let (tone, aside) = match shade {
                Shade::Plain => ("", ""),
                Shade::Within => ("within", ""),
                Shade::Near => ("near", "接近"),
                Shade::Beyond => ("beyond", "超限"),
                Shade::FarBeyond => ("far", "超限"),
            };
            let href = if aside.is_empty() { String::new() } else { link::indicator(county, period, column.id) };
            Cell { href, tone, aside, ..Cell::from(beside(*variation, column.limit, 3, true)) }
        }
        Heat::Gap(gap) => self::gap(*gap),
    }
}

/// Why there is no coefficient, and its looks: what was sent and is not settled is not what nobody sent.
pub(in super::super) fn gap(gap: Gap) -> Cell {
    let tone = match gap {
        Gap::Undetermined | Gap::Undefined => "open",
        Gap::Held | Gap::RefusedOnly => "unsettled",
        Gap::Missing => "missing",
        Gap::Awaited | Gap::NotEvaluated | Gap::NoUnits | Gap::NotOpen | Gap::NotJudged | Gap::NotBegun => "gap",
    };
    Cell { tone, ..Cell::from(gap.title()) }
}
