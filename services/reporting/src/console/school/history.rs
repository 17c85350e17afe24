//! 沿革: what a school was and is, what happened to it, what it came from and what came of it, through counties.

use std::collections::BTreeMap;

use junheng_domain::{
    code::{RegionCode, SchoolCode},
    history::{Change, Link, LinkKind, SchoolHistory, SchoolRef, links, predecessors, successors},
    school::School,
};
use junheng_runtime::Caller;
use junheng_store::{
    ReadTransaction,
    regions::{self, Region},
    school_events::{self, Recorded},
    schools,
};

use super::super::{
    error::PageError,
    grid::{Cell, Grid},
    link,
};
use crate::report::shown;

/// Counties that a lineage is followed through.
const COUNTIES: usize = 16;

/// What is known of the schools of the counties that a lineage leads through.
pub(super) struct Lineage {
    schools: BTreeMap<RegionCode, BTreeMap<SchoolCode, SchoolHistory>>,
    regions: BTreeMap<RegionCode, Region>,
    /// Of the school's own county, as far as the histories bear them out.
    events: Vec<Recorded>,
    before: Vec<Link>,
    after: Vec<Link>,
}

/// Reads the lineage of a school, as far as the caller may ask about the counties that it leads through.
pub(super) async fn read(
    reads: &ReadTransaction,
    caller: &Caller,
    county: &RegionCode,
    code: &SchoolCode,
) -> Result<Lineage, PageError> {
    let own = SchoolRef { county: county.clone(), school: code.clone() };
    let mut lineage =
        Lineage { schools: BTreeMap::new(), regions: BTreeMap::new(), events: vec![], before: vec![], after: vec![] };
    let mut all: Vec<Link> = vec![];
    let mut next = Some(county.clone());
    while let Some(county) = next.take() {
        let histories = schools::list_as_of(reads, &county, None).await?;
        let histories: BTreeMap<_, _> = histories.into_iter().map(|of| (of.code().clone(), of)).collect();
        let mut events = school_events::list(reads, &county, None).await?;
        events.retain(|one| histories.get(&one.event.school).is_some_and(|history| history.bears_out(&one.event)));
        all.extend(links(&county, events.iter().map(|one| &one.event)));
        all.sort_unstable();
        all.dedup();
        if county == own.county {
            lineage.events = events;
        }
        lineage.schools.insert(county, histories);
        (lineage.before, lineage.after) = (predecessors(&all, &own), successors(&all, &own));
        let reached = lineage.before.iter().chain(&lineage.after).flat_map(|link| [&link.from, &link.to]);
        next = reached
            .map(|school| &school.county)
            .find(|county| !lineage.schools.contains_key(*county) && caller.scope.covers(county.as_str()))
            .filter(|_| lineage.schools.len() < COUNTIES)
            .cloned();
    }
    let counties: Vec<RegionCode> = lineage.schools.keys().cloned().collect();
    lineage.regions = regions::find_many(reads, &counties).await?;
    Ok(lineage)
}

/// What the school is.
pub(super) fn facts(school: &School) -> Vec<(&'static str, String)> {
    let mut facts = vec![("学校代码", school.code.to_string()), ("办学类型", school.school_type.title().to_owned())];
    facts.extend(school.urban_rural_code.iter().map(|code| ("城乡分类", shown::urban_rural(code))));
    facts.extend(school.group.iter().map(|group| ("教育集团", group.name.clone())));
    facts.extend(school.opened_on.map(|day| ("开办日期", shown::date(&day.to_string()))));
    facts.extend(school.closed_on.map(|day| ("撤销日期", shown::date(&day.to_string()))));
    facts
}

/// What it was and is.
pub(super) fn periods(history: &SchoolHistory) -> Option<Grid> {
    let columns = [("起", "l"), ("止", "l"), ("校名", "l"), ("办学类型", "l"), ("城乡分类", "l")];
    let mut grid = Grid::new("periods", "各时段基本情况", &columns);
    let day = |day: Option<jiff::civil::Date>, open: &str| {
        day.map_or_else(|| open.to_owned(), |day| shown::date(&day.to_string()))
    };
    for period in history.periods() {
        let of = &period.attributes;
        grid.rows.push(vec![
            Cell::head(day(period.from, "有记录以来"), ""),
            day(period.to.and_then(|day| day.yesterday().ok()), "至今").into(),
            of.name.clone().into(),
            of.school_type.title().into(),
            of.urban_rural_code.as_deref().map_or_else(|| shown::MISSING.to_owned(), shown::urban_rural).into(),
        ]);
    }
    (!grid.rows.is_empty()).then_some(grid)
}

/// What happened to it.
pub(super) fn events(lineage: &Lineage, code: &SchoolCode) -> Option<Grid> {
    let mut grid = Grid::new("events", "变更记录", &[("日期", "l"), ("变更", "l"), ("批准文号", "l")]);
    let of_school = |one: &&Recorded| match &one.event.change {
        _ if one.event.school == *code => true,
        Change::Split(parts) => parts.contains(code),
        Change::Merged(into) => into == code,
        _ => false,
    };
    for one in lineage.events.iter().filter(of_school) {
        let document = &one.event.document;
        grid.rows.push(vec![
            Cell::head(shown::date(&one.event.day.to_string()), ""),
            told(&one.event.change, &one.event.school, code).into(),
            if document.is_empty() { shown::MISSING.into() } else { document.clone().into() },
        ]);
    }
    (!grid.rows.is_empty()).then_some(grid)
}

fn told(change: &Change, school: &SchoolCode, own: &SchoolCode) -> String {
    let of = if school == own { String::new() } else { format!("{school}") };
    match change {
        Change::Opened(as_this) => format!("开办：{}", as_this.name),
        Change::Renamed(name) => format!("更名为{name}"),
        Change::Retyped(school_type) => format!("办学类型变更为{}", school_type.title()),
        Change::Reclassified { .. } => "举办者类型或城乡分类变更".to_owned(),
        Change::JoinedGroup(group) => format!("加入教育集团：{}", group.name),
        Change::LeftGroup => "退出教育集团".to_owned(),
        Change::Split(parts) => {
            format!("{of}分立为{}", parts.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"))
        }
        Change::Merged(into) if into == own => format!("{school}并入本校"),
        Change::Merged(into) => format!("并入{into}"),
        Change::MovedTo(county) => format!("划转到{county}"),
        Change::MovedFrom(county) => format!("由{county}划转来"),
        Change::Closed => "撤销".to_owned(),
    }
}

/// What it came from and what came of it.
pub(super) fn lineage(lineage: &Lineage, county: &RegionCode, code: &SchoolCode) -> Option<Grid> {
    let columns = [("关系", "l"), ("日期", "l"), ("由", "l"), ("到", "l"), ("方式", "l")];
    let mut grid = Grid::new("lineage", "前身和后续", &columns);
    let school = |of: &SchoolRef, day: jiff::civil::Date| {
        let history = lineage.schools.get(&of.county).and_then(|schools| schools.get(&of.school));
        let name = history.map_or_else(|| of.school.to_string(), |history| history.at(day).name);
        let name = if of.county == *county {
            name
        } else {
            let county = lineage.regions.get(&of.county).map_or_else(|| of.county.to_string(), |of| of.name.clone());
            format!("{county}{name}")
        };
        let own = of.county == *county && of.school == *code;
        if own || history.is_none() {
            Cell::from(name)
        } else {
            Cell::link(name, link::school(&of.county, of.school.as_str(), None))
        }
    };
    for (relation, links) in [("前身", &lineage.before), ("后续", &lineage.after)] {
        for link in links {
            let kind = match link.kind {
                LinkKind::Moved => "划转",
                LinkKind::Split => "分立",
                LinkKind::Merged => "并入",
            };
            let before = link.day.yesterday().unwrap_or(link.day);
            grid.rows.push(vec![
                Cell::head(relation, ""),
                shown::date(&link.day.to_string()).into(),
                school(&link.from, before),
                school(&link.to, link.day),
                kind.into(),
            ]);
        }
    }
    (!grid.rows.is_empty()).then_some(grid)
}
