//! 数据质量: what the checks found in the last submission of each county for a month, by rule and by county.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    finding::Severity,
};
use junheng_runtime::Caller;
use junheng_store::{
    ReadTransaction, inflow,
    submissions::{self, Last, Submission},
};
use serde::Deserialize;

use super::{
    Console,
    county::submissions::state,
    download::{Wanted, deliver},
    error::PageError,
    grid::{Cell, Grid},
    home::{Whole, everything, whole},
    link::{self, Link},
    list::List,
    page::{Chooser, Field, Page, Shown},
    period::{MONTH, choice},
    place::{Place, Territory},
};
use crate::report::shown;

/// Slips that are looked past at the most: few have one.
const SLIPS: u32 = 8;
/// Months that can be chosen.
const MONTHS: i32 = 24;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    month: String,
}

/// Shows the findings of a region.
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
    deliver(answer(&console, &reads, &caller, Some(&place), &asked).await?, &address, &wanted)
}

/// Shows the findings of all regions that the caller may ask about.
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
    let territory = Territory::read(reads, caller, code).await?;
    let newest = newest_sent(reads, &territory.counties, console.clock.now()).await?;
    let month = match asked.month.as_str() {
        "" => newest,
        text => Some(text.parse::<Month>().map_err(|_| PageError::Choice(MONTH.to_owned()))?),
    };
    let name = place.map_or_else(|| whole(caller), |place| place.region.name.as_str());
    let Some(month) = month else {
        let frame = Page::new(format!("{name}数据质量"))
            .within("/findings")
            .below(crumbs(place))
            .noted(notes(place, &territory));
        let text = "尚无报送数据。县级单位报送后，这里列出检查发现的问题。".to_owned();
        return Ok(List { page: frame, text, ..List::default() });
    };
    let last = submissions::list_last(reads, &territory.counties, month).await?;
    let title = format!("{name}{}数据质量", shown::month(&month.to_string()));
    let chooser = chooser(link::findings(code, None), ("month", "月份"), month, newest.unwrap_or(month));
    Ok(List {
        page: Page::new(title)
            .within("/findings")
            .below(crumbs(place))
            .noted(notes(place, &territory))
            .choosing(chooser),
        text: format!(
            "统计范围为各县该月最近一次报送，共{}个县级单位报送。错误须改正后重新报送，警告须核实确认。",
            last.len()
        ),
        grids: vec![by_rule(&last), by_county(&territory, &last, month)],
        links: vec![Link::new("查看报送情况", link::inflow(code, Some(month)))],
    })
}

fn crumbs(place: Option<&Place>) -> Vec<Link> {
    place.map(|place| place.crumbs(true, None)).unwrap_or_default()
}

fn notes(place: Option<&Place>, territory: &Territory) -> Vec<String> {
    place.filter(|place| place.lowest).map_or_else(|| territory.notes(), Place::notes)
}

/// The newest month that any of the counties reported.
pub(super) async fn newest(reads: &ReadTransaction, counties: &[RegionCode]) -> Result<Option<Month>, PageError> {
    let newest = inflow::list_newest(reads, counties, Timestamp::MAX).await?;
    Ok(newest.values().filter_map(|newest| newest.month).max())
}

/// The same; of a single county the newest that it sent anything for, whatever became of that.
pub(super) async fn newest_sent(
    reads: &ReadTransaction,
    counties: &[RegionCode],
    at: Timestamp,
) -> Result<Option<Month>, PageError> {
    let reported = newest(reads, counties).await?;
    let [county] = counties else { return Ok(reported) };
    Ok(last_sent(reads, county, at).await?.map(|sent| sent.content.month).max(reported))
}

/// The newest submission of a county at an instant, whatever became of it; one for a month that had not begun then is a slip, and left out.
pub(super) async fn last_sent(
    reads: &ReadTransaction,
    county: &RegionCode,
    at: Timestamp,
) -> Result<Option<Submission>, PageError> {
    let Ok(present) = Month::at(at) else { return Ok(None) };
    let begun = submissions::list(reads, county, None, Some((present, u32::MAX)), SLIPS).await?;
    let slip = |sent: &Submission| Month::at(sent.content.known_at).is_ok_and(|then| sent.content.month > then);
    Ok(begun.into_iter().find(|sent| !slip(sent)))
}

/// A form that chooses among the months up to the newest of two.
pub(super) fn chooser(
    action: String,
    (name, label): (&'static str, &'static str),
    month: Month,
    newest: Month,
) -> Chooser {
    let last = month.max(newest);
    let months = (0..MONTHS).filter_map(|back| Month::from_ordinal(last.ordinal() - back).ok());
    let mut options: Vec<_> = months.map(|of| choice(of, of == month)).collect();
    if options.iter().all(|option| !option.chosen) {
        options.push(choice(month, true));
    }
    Chooser { action, fields: vec![Field { name, label, options }], kept: vec![] }
}

/// The word for a severity.
pub(super) const fn severity(severity: Severity) -> shown::Shown {
    match severity {
        Severity::Error => ("错误", "short"),
        Severity::Warning => ("警告", "open"),
    }
}

fn by_rule(last: &[Last]) -> Grid {
    let mut rules: BTreeMap<(Severity, &str), (usize, BTreeSet<&RegionCode>)> = BTreeMap::new();
    for one in last {
        for group in &one.finding_groups {
            let (count, counties) = rules.entry((group.severity, &group.rule)).or_default();
            *count += group.count;
            counties.insert(&one.county);
        }
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|((severity, rule), (count, _))| (*severity, std::cmp::Reverse(*count), *rule));
    let columns = [("级别", "c"), ("规则", "l"), ("数量（处）", "r"), ("涉及县（个）", "r"), ("规则编码", "l")];
    let mut grid = Grid::new("by-rule", "按检查规则统计", &columns);
    for ((severity, id), (count, counties)) in rules {
        grid.rows.push(vec![
            Cell::badge(self::severity(severity)),
            Cell::head(shown::check(id), ""),
            count.to_string().into(),
            counties.len().to_string().into(),
            id.into(),
        ]);
    }
    if !grid.rows.is_empty() {
        grid.notes.push("“规则编码”用于在命令行中确认警告；点击下表的报送记录，可看到逐条问题和改法。".to_owned());
    }
    grid
}

fn by_county(territory: &Territory, last: &[Last], month: Month) -> Grid {
    let columns =
        [("县级单位", "l"), ("最近一次报送", "l"), ("处理结果", "c"), ("错误（处）", "r"), ("警告（处）", "r")];
    let mut grid = Grid::new("by-county", "按县统计", &columns);
    for one in last {
        let count = |severity| -> usize {
            one.finding_groups.iter().filter(|group| group.severity == severity).map(|group| group.count).sum()
        };
        grid.rows.push(vec![
            Cell::head(territory.name(&one.county), link::findings(Some(&one.county), Some(month))),
            Cell::link(format!("第{}次报送", one.number), link::submission(&one.county, month, one.number)),
            Cell::badge(state(one.state)),
            count(Severity::Error).to_string().into(),
            count(Severity::Warning).to_string().into(),
        ]);
    }
    if last.len() > 1 {
        let sum = |severity| -> usize {
            let groups = last.iter().flat_map(|one| &one.finding_groups);
            groups.filter(|group| group.severity == severity).map(|group| group.count).sum()
        };
        let [errors, warnings] =
            [Severity::Error, Severity::Warning].map(|severity| Cell::from(sum(severity).to_string()));
        grid.rows.push(vec![Cell::head("合计", ""), "".into(), "".into(), errors, warnings]);
    }
    grid
}
