//! The first page: the province, or a list of them where there are several.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
};
use junheng_domain::code::RegionCode;
use junheng_runtime::Caller;

use super::{
    Console,
    grid::{Cell, Grid},
    link,
    page::{Page, Shown, show as page},
    period::Asked,
    place::Territory,
    region,
};

#[derive(Template)]
#[template(path = "console/list.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    text: &'static str,
    grids: Vec<Grid>,
}

/// Shows all provinces, or the only one.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Shown {
    let reads = console.store.begin_read().await?;
    let territory = Territory::read(&reads, &caller, None).await?;
    reads.finish().await?;
    let tops: Vec<RegionCode> = tops(&territory);
    if let [only] = tops.as_slice() {
        return region::page(&console, &caller, only.as_str(), &asked, &region::Filter::default()).await;
    }
    let mut grid = Grid::new("provinces", "省级地区", &[("地区", "l"), ("县级单位（个）", "r")]);
    for top in &tops {
        let counties = territory.counties.iter().filter(|county| below(&territory, county, top)).count();
        grid.rows.push(vec![Cell::head(territory.name(top), link::region(top, None)), counties.to_string().into()]);
    }
    let text = if tops.is_empty() {
        "尚未登记行政区划。登记行政区划和学校、报送数据后，这里显示全省总览。"
    } else {
        "请选择要查看的地区。"
    };
    let grids = if tops.is_empty() { vec![] } else { vec![grid] };
    page(&View { page: Page::new("总览").within("/").noted(territory.notes()), text, grids })
}

/// The regions that nothing lies above, of those that the caller may see.
pub(super) fn tops(territory: &Territory) -> Vec<RegionCode> {
    let known = |code: &RegionCode| territory.find(code).is_some();
    let regions = territory.regions.iter().filter(|region| region.parent.as_ref().is_none_or(|parent| !known(parent)));
    regions.map(|region| region.code.clone()).collect()
}

fn below(territory: &Territory, county: &RegionCode, top: &RegionCode) -> bool {
    // Provinces, cities and counties: three levels, and one more against loops.
    let mut code = Some(county.clone());
    for _ in 0..4 {
        let Some(own) = code else { return false };
        if own == *top {
            return true;
        }
        code = territory.find(&own).and_then(|region| region.parent.clone());
    }
    false
}
