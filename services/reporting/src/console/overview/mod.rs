//! A province or a city: how its counties stand in a month under a standard.

pub(super) mod counties;
pub(super) mod heat;

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use junheng_runtime::Caller;
use junheng_store::{ReadTransaction, evaluations};
use junheng_wire::time;

use super::{
    Console,
    download::{Tabled, Wanted, deliver},
    grid::{Cell, Grid},
    link::{self, Link},
    page::{Page, Shown},
    period::{self, Asked, Period},
    place::{Place, Territory},
    reports,
};
use crate::{
    overview::{Counts, Overview, Question, TargetProgress, Targets, VETOES},
    report::{
        number::{MISSING, percent, plain},
        shown,
    },
    table::Table,
};

#[derive(Template)]
#[template(path = "console/overview.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    /// What there is to say where nothing was judged yet.
    empty: &'static str,
    cards: Vec<Card>,
    /// When the database was read.
    read_at: String,
    /// The next target, and how far it is.
    target: String,
    targets: Option<Grid>,
    children: Option<Grid>,
    parts: Option<Grid>,
    heat: Vec<Grid>,
    counties: Option<Grid>,
    bulletins: Vec<Link>,
    links: Vec<Link>,
    overview: Option<(Overview, Targets)>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        let grids = [&mut self.counties, &mut self.targets, &mut self.children, &mut self.parts];
        grids.into_iter().flatten().chain(&mut self.heat).collect()
    }

    fn whole(&self) -> Vec<Table> {
        self.overview.as_ref().map(|(overview, targets)| overview.tables(targets)).unwrap_or_default()
    }
}

/// A number that is read from afar.
struct Card {
    label: &'static str,
    number: String,
    aside: String,
}

/// Shows a province or city.
pub(super) async fn page(
    console: &Console,
    reads: &ReadTransaction,
    caller: &Caller,
    place: &Place,
    asked: &Asked,
    (address, wanted): (&Uri, &Wanted),
) -> Shown {
    let code = &place.region.code;
    let territory = Territory::read(reads, caller, Some(code)).await?;
    let judged = evaluations::list_judged(reads, &territory.counties).await?;
    let period = asked.choose(&judged)?;
    let frame = |title: String| {
        let page = Page::new(title).within("/").below(place.crumbs(false, period.as_ref()));
        page.noted(place.notes_with(&territory))
    };
    let mut links = vec![Link::new("查看报送情况", link::inflow(Some(code), period.as_ref().map(|of| of.month)))];
    let Some(period) = &period else {
        let empty = "所属县级单位尚无评估结果。数据报送并评估后，这里显示总览。";
        let counties = Some(names(&territory));
        let page = frame(place.region.name.clone());
        let view = View {
            page,
            empty,
            cards: vec![],
            read_at: String::new(),
            target: String::new(),
            targets: None,
            children: None,
            parts: None,
            heat: vec![],
            counties,
            bulletins: vec![],
            links,
            overview: None,
        };
        return deliver(view, address, wanted);
    };
    let chooser = period::chooser(&console.store, reads, link::region(code, None), &judged, period).await?;
    let question = Question {
        region: Some(code.clone()),
        month: period.month,
        standard: period.standard.clone(),
        at: console.clock.now(),
    };
    let overview = Overview::read_within(&console.store, reads, &question).await?;
    let targets = console.settings.targets(Some(code));
    let title = format!("{}{}总览", place.region.name, shown::month(&period.month.to_string()));
    links.push(Link::new("比较所属各县", link::comparison(code, period)));
    links.push(Link::new("查看逐月变化", link::series(code, Some(period))));
    links.push(Link::new("查看数据质量", link::findings(Some(code), Some(period.month))));
    links.push(Link::new("查看评估标准", link::standard(&period.standard)));
    let view = View {
        page: frame(title).choosing(chooser),
        empty: "",
        cards: cards(&overview.counts()),
        read_at: shown::instant(&time::encode(overview.at)).unwrap_or_default(),
        target: target(&overview, &targets) + &whose(console, place),
        targets: targets_grid(&overview, &targets),
        children: children(&overview, period),
        parts: Some(parts(&overview)),
        heat: heat::grids(&overview, period),
        counties: Some(counties::grid(&overview, period)),
        bulletins: reports::bulletins(code, period),
        links,
        overview: Some((overview, targets)),
    };
    deliver(view, address, wanted)
}

/// Why the targets are not those of the region above, where that has its own.
fn whose(console: &Console, place: &Place) -> String {
    let own = |code| console.settings.own_targets(code);
    let above = place.above.iter().rev().find_map(|region| Some((region, own(&region.code)?)));
    match above.filter(|_| own(&place.region.code).is_none()) {
        Some((region, targets)) => format!(
            "{}另有{}，按{}各县合计计算，没有分解到本地区，所以这里只列国家目标。",
            region.name,
            targets.title(),
            region.name
        ),
        None => String::new(),
    }
}

fn names(territory: &Territory) -> Grid {
    let mut grid = Grid::new("counties", "所属县级单位", &[("县级单位", "l"), ("代码", "l")]);
    let row = |code| vec![Cell::head(territory.name(code), link::region(code, None)), code.to_string().into()];
    grid.rows = territory.counties.iter().map(row).collect();
    grid
}

fn cards(counts: &Counts) -> Vec<Card> {
    let of = |count: u32| format!("占县级单位的{}", share(count, counts.counties));
    let card = |label, number: u32, aside| Card { label, number: number.to_string(), aside };
    let units = match (counts.units, counts.open_units) {
        (0, _) => String::new(),
        (units, 0) => format!("{}/{units}个单元", counts.met_units),
        (units, open) => format!("{}/{units}个单元，另有待定{open}个", counts.met_units),
    };
    vec![
        card("县级单位", counts.counties, format!("已评估{}个", counts.evaluated)),
        card("已报送", counts.reported, format!("其中迟报{}个；逾期未报{}个", counts.late, counts.overdue)),
        card("达标", counts.met, of(counts.met)),
        card("不达标", counts.not_met, of(counts.not_met)),
        card("待定", counts.undetermined, of(counts.undetermined)),
        Card { label: "评估单元达标率", number: share(counts.met_units, counts.units), aside: units },
    ]
}

fn share(count: u32, all: u32) -> String {
    if all == 0 { MISSING.to_owned() } else { percent(f64::from(count) / f64::from(all), 2) }
}

fn target(overview: &Overview, targets: &Targets) -> String {
    let Some(progress) = overview.progress(targets) else { return String::new() };
    format!(
        "{}：到{}年底，{}的县（本地区{}个）达到标准；本月达标{}个，{}。",
        targets.title(),
        progress.target.year,
        target_share(&progress),
        progress.wanted,
        progress.met,
        distance(&progress)
    )
}

fn target_share(progress: &TargetProgress) -> String {
    plain(f64::from(progress.target.share_basis_points) / 100.0) + "%"
}

fn distance(progress: &TargetProgress) -> String {
    match progress.short() {
        0 => "已达到目标".to_owned(),
        short => format!("还差{short}个"),
    }
}

/// All targets, where there are several; the next one stands above it.
fn targets_grid(overview: &Overview, targets: &Targets) -> Option<Grid> {
    let columns = [("年底", "l"), ("达标县占比", "r"), ("达标县（个）", "r"), ("本月距目标", "l")];
    let mut grid = Grid::new("targets", "各年度目标", &columns);
    for progress in targets.iter().filter_map(|target| overview.progress_to(target)) {
        grid.rows.push(vec![
            Cell::head(format!("{}年", progress.target.year), ""),
            target_share(&progress).into(),
            progress.wanted.to_string().into(),
            distance(&progress).into(),
        ]);
    }
    (grid.rows.len() > 1).then_some(grid)
}

/// Cities; none where the counties lie directly below.
fn children(overview: &Overview, period: &Period) -> Option<Grid> {
    let own: BTreeSet<_> = overview.counties.iter().map(|county| Some(&county.code)).collect();
    if overview.children.iter().all(|child| own.contains(&child.code.as_ref())) {
        return None;
    }
    let columns = [
        ("地区", "l"),
        ("县级单位", "r"),
        ("已报送", "r"),
        ("达标", "r"),
        ("不达标", "r"),
        ("待定", "r"),
        ("未评估", "r"),
        ("评估单元", "r"),
        ("达标单元", "r"),
        ("待定单元", "r"),
        ("单元达标率", "r"),
    ];
    let mut grid = Grid::new("children", "所属地区各县结论", &columns);
    let row = |head: Cell, counts: Counts| {
        let number = |count: u32| Cell::from(count.to_string());
        vec![
            head,
            number(counts.counties),
            number(counts.reported),
            number(counts.met),
            number(counts.not_met),
            number(counts.undetermined),
            number(counts.counties - counts.evaluated),
            number(counts.units),
            number(counts.met_units),
            number(counts.open_units),
            share(counts.met_units, counts.units).into(),
        ]
    };
    for (child, counts) in overview.children_counts() {
        let href = child.code.as_ref().map(|code| link::region(code, Some(period))).unwrap_or_default();
        grid.rows.push(row(Cell::head(child.name.clone(), href), counts));
    }
    grid.rows.push(row(Cell::head("合计", ""), overview.counts()));
    Some(grid)
}

fn parts(overview: &Overview) -> Grid {
    let columns = [("部分", "l"), ("达标（个县）", "r"), ("不达标（个县）", "r"), ("待定（个县）", "r")];
    let mut grid = Grid::new("parts", "各部分达标县数", &columns);
    for (title, counts) in overview.parts() {
        let counted = counts.into_iter().map(|count| Cell::from(count.to_string()));
        grid.rows.push([Cell::head(title, "")].into_iter().chain(counted).collect());
    }
    if overview.standard.parts.iter().any(|part| part.id == VETOES) {
        grid.notes.push("一票否决未触发的计为达标，触发的计为不达标。".to_owned());
    }
    grid
}
