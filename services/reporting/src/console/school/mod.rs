//! A school: its values of a month down to the reported figures, its months, its history and lineage.

mod history;
mod values;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::code::{Month, SchoolCode, day_at};
use junheng_proto::evaluation::v1::Evaluation;
use junheng_runtime::Caller;
use junheng_store::{ReadTransaction, evaluations, schools};

use super::{
    Console, county,
    download::{Tabled, Wanted, deliver},
    error::PageError,
    grid::Grid,
    link,
    page::{Page, Shown},
    period::{self, Asked, Period},
    place::Place,
};

/// Months before the one shown whose values are listed with it.
const MONTHS_BEFORE: usize = 11;

#[derive(Template)]
#[template(path = "console/school.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    facts: Vec<(&'static str, String)>,
    stages: Vec<values::StageView>,
    /// What there is to say where the school is no unit.
    outside: &'static str,
    items: Option<Grid>,
    periods: Option<Grid>,
    events: Option<Grid>,
    lineage: Option<Grid>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        let stages = self.stages.iter_mut().flat_map(|stage| [&mut stage.values, &mut stage.series]);
        let others = [&mut self.items, &mut self.periods, &mut self.events, &mut self.lineage];
        stages.chain(others.into_iter().flatten()).collect()
    }
}

/// Shows a school.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((region, code)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let missing = || PageError::Missing("学校".to_owned());
    let code: SchoolCode = code.parse().map_err(|_| missing())?;
    let reads = console.store.begin_read().await?;
    let place = Place::find_county(&reads, &caller, &region).await?;
    let own = &place.region.code;
    let registered = schools::find(&reads, own, &code, None).await?.ok_or_else(missing)?;
    let judged = evaluations::list_judged(&reads, std::slice::from_ref(own)).await?;
    let period = asked.choose(&judged)?;
    let lineage = history::read(&reads, &caller, own, &code).await?;
    let mut frame = Page::new("").within("/").below(place.crumbs(true, period.as_ref())).noted(place.notes());
    let (mut stages, mut items) = (vec![], None);
    if let Some(period) = &period {
        let action = link::school(own, code.as_str(), None);
        frame = frame.choosing(period::chooser(&console.store, &reads, action, &judged, period).await?);
        let months = months(&reads, &place, period, &judged).await?;
        let standard = console.store.standards().find(&reads, &period.standard).await?;
        let standard = standard.map(|found| found.standard);
        if let Some((_, newest)) = months.first() {
            stages = values::stages(&months, code.as_str(), &place, period, standard.as_deref());
            items = values::items(newest, code.as_str());
        }
    }
    reads.finish().await?;
    let present = match &period {
        Some(period) => registered.view_in(period.month),
        None => registered.at(day_at(console.clock.now())),
    };
    frame.title.clone_from(&present.name);
    let outside = match (&period, stages.is_empty()) {
        (None, _) => "该县尚无评估结果。",
        (Some(_), true) => "该校在本月不是评估单元。",
        (Some(_), false) => "",
    };
    let view = View {
        page: frame,
        facts: history::facts(&present),
        stages,
        outside,
        items,
        periods: history::periods(&registered),
        events: history::events(&lineage, &code),
        lineage: history::lineage(&lineage, own, &code),
    };
    deliver(view, &address, &wanted)
}

/// The evaluations of the month and of those before it, newest first.
async fn months(
    reads: &ReadTransaction,
    place: &Place,
    period: &Period,
    judged: &[(Month, String)],
) -> Result<Vec<(Month, Evaluation)>, PageError> {
    let wanted = |(month, standard): &&(Month, String)| *month <= period.month && *standard == period.standard;
    let mut months = vec![];
    for (month, standard) in judged.iter().filter(wanted).take(MONTHS_BEFORE + 1) {
        let of = Period { month: *month, standard: standard.clone() };
        months.push((*month, county::find(reads, place, &of).await?));
    }
    Ok(months)
}
