//! The first page: the regions that the caller may ask about, or straight to the only one.

use axum::{
    Extension,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Redirect, Response},
};
use junheng_domain::code::RegionCode;
use junheng_runtime::{Caller, Scope};
use junheng_store::Reads;

use super::{
    Console,
    error::PageError,
    grid::{Cell, Grid},
    link,
    list::List,
    page::{Page, show as page},
    place::Territory,
};

/// Shows all provinces, or whatever regions the caller may ask about.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    address: Uri,
) -> Result<Response, PageError> {
    let reads = console.store.begin_read().await?;
    let territory = match everything(&reads, &caller, &address).await? {
        Whole::Single(page) => return Ok(page),
        Whole::Several(territory) => territory,
    };
    reads.finish().await?;
    let tops = territory.tops();
    let mut grid = Grid::new("provinces", "可查看的地区", &[("地区", "l"), ("县级单位（个）", "r")]);
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
    let frame = Page::new("总览").within("/").noted(territory.notes());
    page(&List { page: frame, text: text.to_owned(), grids, links: vec![] })
}

/// What an address without a region is about.
pub(super) enum Whole {
    /// A single region: the way to the same page about it, which is named after it and recorded as a look at it.
    Single(Response),
    /// None, or several that nothing lies above.
    Several(Territory),
}

/// What an address without a region is about for a caller.
pub(super) async fn everything(reads: &impl Reads, caller: &Caller, address: &Uri) -> Result<Whole, PageError> {
    let territory = Territory::read(reads, caller, None).await?;
    Ok(match territory.tops().as_slice() {
        [only] => Whole::Single(Redirect::to(&link::within(only, address.path(), address.query())).into_response()),
        _ => Whole::Several(territory),
    })
}

/// How the regions of a page without a region are called.
pub(super) fn whole(caller: &Caller) -> &'static str {
    if *caller.scope == Scope::Everything { "" } else { "所辖地区" }
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
