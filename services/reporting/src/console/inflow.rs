//! 报送情况: months by counties, each on time, late, missing, refused.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Standing,
};
use junheng_runtime::Caller;
use junheng_store::ReadTransaction;
use serde::Deserialize;

use super::{
    Console, calendar,
    download::{Wanted, deliver},
    error::PageError,
    findings::{chooser, newest_sent},
    grid::{Cell, Grid},
    home::{Whole, everything, whole},
    link::{self, Link},
    list::List,
    page::{Page, Shown},
    period::MONTH,
    place::{self, Place},
};
use crate::{
    overview::{MonthsInflow, Territory},
    report::{
        number::{MISSING, percent},
        shown,
    },
};

/// Months that are shown.
const MONTHS: i32 = 12;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    to: String,
}

/// Shows a region's calendar.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let reads = console.store.begin_read().await?;
    let place = Place::find(&reads, &caller, &code).await?;
    let view = answer(&console, &reads, &caller, Some(&place), &asked).await?;
    deliver(view, &address, &wanted)
}

/// Shows the calendar of all regions that the caller may ask about.
pub(super) async fn nation(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let reads = console.store.begin_read().await?;
    match everything(&reads, &caller, &address).await? {
        Whole::Single(page) => Ok(page),
        Whole::Several(_) => deliver(answer(&console, &reads, &caller, None, &asked).await?, &address, &wanted),
    }
}

async fn answer(
    console: &Console,
    reads: &ReadTransaction,
    caller: &Caller,
    place: Option<&Place>,
    asked: &Asked,
) -> Result<List, PageError> {
    let code = place.map(|place| &place.region.code);
    let own = place::Territory::read(reads, caller, code).await?;
    let counties = &own.counties;
    let at = console.clock.now();
    let present = Month::at(at).ok();
    // The month before the present one is the last that can be due.
    let due = present.and_then(|month| Month::from_ordinal(month.ordinal() - 1).ok());
    let newest = newest_sent(reads, counties, at).await?.or(due);
    let last = match asked.to.as_str() {
        "" => newest,
        text => Some(text.parse::<Month>().map_err(|_| PageError::Choice(MONTH.to_owned()))?),
    };
    let last = last.ok_or_else(|| PageError::Missing("月份".to_owned()))?;
    let months: Vec<Month> =
        (0..MONTHS).rev().filter_map(|back| Month::from_ordinal(last.ordinal() - back).ok()).collect();
    let first = months.first().copied().unwrap_or(last);
    let territory = Territory::read(reads, code).await?;
    let inflow = MonthsInflow::read(reads, &territory, counties, (first, last), at, None).await?;
    let name = place.map_or_else(|| whole(caller), |place| place.region.name.as_str());
    let notes = place.filter(|place| place.lowest).map_or_else(|| own.notes(), Place::notes);
    let crumbs = place.map(|place| place.crumbs(true, None)).unwrap_or_default();
    let step = |months: i32| Month::from_ordinal(last.ordinal() + months).ok();
    let mut links = vec![];
    links.extend(step(-MONTHS).map(|to| Link::new("更早12个月", link::inflow(code, Some(to)))));
    links.extend(
        step(MONTHS)
            .filter(|_| newest.is_some_and(|newest| last < newest))
            .map(|to| Link::new("更晚12个月", link::inflow(code, Some(to)))),
    );
    links.push(Link::new("查看数据质量", link::findings(code, Some(last))));
    links.extend(code.map(|code| Link::new("查看评估结果", link::region(code, None))));
    Ok(List {
        page: Page::new(format!("{name}报送情况")).within("/inflow").below(crumbs).noted(notes).choosing(chooser(
            link::inflow(code, None),
            ("to", "截至月份"),
            last,
            newest.unwrap_or(last),
        )),
        grids: vec![totals(counties, &months, &inflow), calendar(&own, &months, &inflow)],
        links,
        text: String::new(),
    })
}

fn totals(counties: &[RegionCode], months: &[Month], inflow: &MonthsInflow) -> Grid {
    let columns = [
        ("月份", "l"),
        ("应报（个县）", "r"),
        ("按时", "r"),
        ("迟报", "r"),
        ("待确认", "r"),
        ("仅有退回", "r"),
        ("缺报", "r"),
        ("未到期", "r"),
        ("完整率", "r"),
        ("及时率", "r"),
    ];
    let mut grid = Grid::new("totals", "各月报送统计", &columns);
    for month in months.iter().rev() {
        let standings = counties.iter().map(|county| inflow.of(county, *month).standing);
        let standings: Vec<Standing> = standings.filter(|standing| standing.expected()).collect();
        let head = Cell::head(shown::month(&month.to_string()), "");
        if standings.is_empty() && !counties.is_empty() {
            // Nobody had to report.
            let none = columns.iter().skip(1).map(|_| Cell::from(MISSING));
            grid.rows.push([head].into_iter().chain(none).collect());
            continue;
        }
        let count = |wanted: Standing| standings.iter().filter(|standing| **standing == wanted).count();
        let share = |part: usize| match (u32::try_from(part), u32::try_from(standings.len())) {
            (Ok(part), Ok(all)) if all > 0 => percent(f64::from(part) / f64::from(all), 2),
            _ => MISSING.to_owned(),
        };
        let number = |number: usize| Cell::from(number.to_string());
        let (on_time, late) = (count(Standing::OnTime), count(Standing::Late));
        grid.rows.push(vec![
            head,
            number(standings.len()),
            number(on_time),
            number(late),
            number(count(Standing::Held)),
            number(count(Standing::RefusedOnly)),
            number(count(Standing::Missing)),
            number(count(Standing::Awaited)),
            share(on_time + late).into(),
            share(on_time).into(),
        ]);
    }
    grid.notes.push(
        "完整率＝（按时＋迟报）÷应报；及时率＝按时÷应报。报送义务未开始的月份不计入应报，全部未开始的为“—”。"
            .to_owned(),
    );
    grid
}

fn calendar(territory: &place::Territory, months: &[Month], inflow: &MonthsInflow) -> Grid {
    // The newest is what people look for; it stands first, as in the table above.
    let titles: Vec<String> = months.iter().rev().map(|month| shown::month(&month.to_string())).collect();
    let heads: Vec<(&str, &'static str)> =
        [("县级单位", "l")].into_iter().chain(titles.iter().map(|title| (title.as_str(), "c"))).collect();
    let mut grid = Grid::new("calendar", "各县报送日历", &heads);
    for county in &territory.counties {
        let mut row = vec![Cell::head(territory.name(county), link::inflow(Some(county), months.last().copied()))];
        row.extend(months.iter().rev().map(|month| {
            let of = inflow.of(county, *month);
            let cell = Cell { aside: calendar::aside(&of), ..Cell::badge(calendar::standing(of.standing)) };
            match of.standing {
                Standing::Missing | Standing::Awaited | Standing::NotBegun => cell,
                _ => cell.to(link::findings(Some(county), Some(*month))),
            }
        }));
        grid.rows.push(row);
    }
    for note in [
        "按时：截止日（含）前已接收；迟报：截止日后接收；截止日由各级报送日历规定，未规定的为次月15日。",
        "待确认：数据有警告，等待报送单位说明并确认，尚未计入；仅有退回：报送过，但都因有错误被退回，没有可用的数据。两者过了截止日都算逾期未报。",
        "缺报：已过截止日而从未报送，或报送后撤回；未到期：截止日未过，尚未报送。",
        "未开始：报送义务尚未开始，不算缺报。义务自报送日历规定的首月，或本省任何一个县首次报送的月份起，以较早的为准；都没有的，自上月起。",
    ] {
        grid.notes.push(note.to_owned());
    }
    grid
}
