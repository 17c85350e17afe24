//! A province or a city: how its counties stand in a month under a standard.

use std::collections::BTreeSet;

use askama::Template;
use junheng_domain::{school::Stage, verdict::Verdict};
use junheng_runtime::Caller;
use junheng_store::{ReadTransaction, evaluations};

use super::{
    Console, calendar,
    grid::{Cell, Grid},
    link::{self, Link},
    page::{Page, Shown, show},
    period::{self, Asked, Period},
    place::{Place, Territory},
};
use crate::{
    overview::{
        Column, Counts, County, Heat, Overview, Question, RankBy, Shade, TargetProgress, Targets, Undecided, VETOES,
    },
    report::{
        number::{MISSING, beside, percent, plain},
        shown,
    },
};

#[derive(Template)]
#[template(path = "console/overview.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    /// What there is to say where nothing was judged yet.
    empty: &'static str,
    cards: Vec<Card>,
    /// The next target, and how far it is.
    target: String,
    targets: Option<Grid>,
    children: Option<Grid>,
    parts: Option<Grid>,
    heat: Vec<Grid>,
    counties: Option<Grid>,
    links: Vec<Link>,
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
) -> Shown {
    let code = &place.region.code;
    let territory = Territory::read(reads, caller, Some(code)).await?;
    let judged = evaluations::list_judged(reads, &territory.counties).await?;
    let period = asked.choose(&judged)?;
    let mut notes = place.notes();
    notes.extend(territory.notes().into_iter().filter(|note| !place.notes().contains(note)));
    let frame =
        |title: String| Page::new(title).within("/").below(place.crumbs(false, period.as_ref())).noted(notes.clone());
    let mut links = vec![Link::new("查看报送情况", link::inflow(Some(code), period.as_ref().map(|of| of.month)))];
    let Some(period) = &period else {
        let empty = "所属县级单位尚无评估结果。数据报送并评估后，这里显示总览。";
        let counties = Some(names(&territory));
        let page = frame(place.region.name.clone());
        let view = View {
            page,
            empty,
            cards: vec![],
            target: String::new(),
            targets: None,
            children: None,
            parts: None,
            heat: vec![],
            counties,
            links,
        };
        return show(&view);
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
    links.push(Link::new("查看数据质量", link::findings(Some(code), Some(period.month))));
    links.push(Link::new("查看评估标准", link::standard(&period.standard)));
    show(&View {
        page: frame(title).choosing(chooser),
        empty: "",
        cards: cards(&overview.counts()),
        target: target(&overview, &targets),
        targets: targets_grid(&overview, &targets),
        children: children(&overview, period),
        parts: Some(parts(&overview)),
        heat: heat(&overview, period),
        counties: Some(counties(&overview, period)),
        links,
    })
}

fn names(territory: &Territory) -> Grid {
    let mut grid = Grid::new("counties", "所属县级单位", &[("县级单位", "l"), ("代码", "l")]);
    let row = |code| vec![Cell::head(territory.name(code), link::region(code, None)), code.to_string().into()];
    grid.rows = territory.counties.iter().map(row).collect();
    grid
}

fn cards(counts: &Counts) -> Vec<Card> {
    let of = |count: u32| format!("占{}", share(count, counts.counties));
    let card = |label, number: u32, aside| Card { label, number: number.to_string(), aside };
    let units =
        if counts.units == 0 { String::new() } else { format!("{}/{}个单元", counts.met_units, counts.units) };
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
        ("单元达标率", "r"),
    ];
    let mut grid = Grid::new("children", "所属地区各县结论", &columns);
    for (child, counts) in overview.children_counts() {
        let href = child.code.as_ref().map(|code| link::region(code, Some(period))).unwrap_or_default();
        let number = |count: u32| Cell::from(count.to_string());
        grid.rows.push(vec![
            Cell::head(child.name.clone(), href),
            number(counts.counties),
            number(counts.reported),
            number(counts.met),
            number(counts.not_met),
            number(counts.undetermined),
            number(counts.counties - counts.evaluated),
            share(counts.met_units, counts.units).into(),
        ]);
    }
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

/// The coefficients of all counties, a table a stage.
fn heat(overview: &Overview, period: &Period) -> Vec<Grid> {
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
            grid.rows.push([name].into_iter().chain(cells.map(|(heat, column)| cell(heat, column))).collect());
        }
        grid
    });
    tables.filter(|grid| grid.columns.len() > 1).collect()
}

fn cell(heat: &Heat<'_>, column: &Column<'_>) -> Cell {
    match heat {
        Heat::Value { variation, shade, .. } => {
            let (tone, aside) = match shade {
                Shade::Plain => ("", ""),
                Shade::Within => ("within", ""),
                Shade::Near => ("near", "接近"),
                Shade::Beyond => ("beyond", "超限"),
                Shade::FarBeyond => ("far", "超限"),
            };
            Cell { tone, aside, ..Cell::from(beside(*variation, column.limit, 3, true)) }
        }
        Heat::Gap(gap) => Cell { tone: "gap", ..Cell::from(gap.title()) },
    }
}

fn counties(overview: &Overview, period: &Period) -> Grid {
    let columns = [
        ("名次", "r"),
        ("县级单位", "l"),
        ("报送", "c"),
        ("结论", "c"),
        ("单元达标率", "r"),
        ("超限系数（个）", "r"),
        ("不达标项目", "l"),
        ("与上月相比", "l"),
    ];
    let mut grid = Grid::new("counties", "各县结论（按评估单元达标率排名）", &columns);
    grid.rows = overview
        .ranking(RankBy::MetShare)
        .into_iter()
        .map(|ranked| {
            let rank = match ranked.rank {
                Ok(rank) => rank.to_string(),
                Err(Undecided::Gap(_) | Undecided::Open) => MISSING.to_owned(),
            };
            let mut row = vec![Cell::from(rank)];
            row.extend(county(overview, ranked.county, period));
            row
        })
        .collect();
    grid.notes
        .push("名次按达标评估单元占全部评估单元的比例排列，比例相同的并列；未评估和不能确定的不排名。".to_owned());
    grid
}

fn county(overview: &Overview, county: &County, period: &Period) -> Vec<Cell> {
    let standing =
        Cell { aside: calendar::aside(&county.inflow), ..Cell::badge(calendar::standing(county.inflow.standing)) };
    let mut cells = vec![Cell::head(county.name.clone(), String::new()), standing];
    let Some(judged) = &county.judged else {
        cells[0].href = link::region(&county.code, None);
        cells.push(Cell { tone: "gap", ..Cell::from(county.gap().title()) });
        cells.extend([MISSING, MISSING, MISSING, MISSING].map(Cell::from));
        return cells;
    };
    cells[0].href = link::region(&county.code, Some(period));
    let verdict = match judged.verdict {
        Verdict::Met => junheng_proto::common::v1::Verdict::Met,
        Verdict::NotMet => junheng_proto::common::v1::Verdict::NotMet,
        Verdict::Undetermined => junheng_proto::common::v1::Verdict::Undetermined,
    };
    let changed = match county.changes() {
        None => "上月无评估".to_owned(),
        Some(changes) if changes.nothing() => "无变化".to_owned(),
        Some(changes) => changes.reasons(overview).join("；"),
    };
    let items = if judged.not_met_items.is_empty() { MISSING.to_owned() } else { judged.not_met_items.join("、") };
    cells.extend([
        Cell::badge(shown::verdict(verdict)),
        judged.share().map_or_else(|| MISSING.to_owned(), |share| percent(share.to_f64(), 2)).into(),
        judged.exceeded().to_string().into(),
        items.into(),
        changed.into(),
    ]);
    cells
}
