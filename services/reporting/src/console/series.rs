//! 逐月变化: figures of a region month by month, drawn and as a table.

use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::{code::Month, school::Stage, standard::Standard, verdict::Verdict};
use junheng_runtime::Caller;
use junheng_store::evaluations;
use junheng_wire::summary::COMPOSITE;
use serde::Deserialize;

use super::{
    Console,
    download::{Tabled, Wanted, deliver},
    error::PageError,
    grid::{Cell, Grid},
    link,
    overview::heat,
    page::{Choice, Field, Page, Shown},
    period::{self, Asked, Period},
    place::{Place, Territory},
};
use crate::{
    chart::{self, Drawing, Line},
    overview::{
        Gap,
        series::{Measure, Point, Relation, Series, SeriesAnswer, SeriesQuestion, Subject},
    },
    report::{
        number::{beside, percent, rounded},
        shown::{self, Figure},
    },
    table::Table,
};

/// Months that can be shown.
const MONTHS: [i32; 3] = [12, 24, 36];
/// Lines that can be told apart in one drawing.
const LINES: usize = 4;
/// Series that the page shows; a workbook has all of them.
const SHOWN: usize = 200;

/// What can be looked at: how an address names it, its title.
const MEASURES: [(&str, &str, Measure); 4] = [
    ("variation", "差异系数", Measure::Variation),
    ("mean", "县均值", Measure::Mean),
    ("met-share", "评估单元达标率", Measure::MetShare),
    ("met-county-share", "达标县占比", Measure::MetCountyShare),
];

/// What an address asks for; empty: the coefficient of the standard's first indicator, both stages, a year.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    measure: String,
    #[serde(default)]
    indicator: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    months: String,
}

#[derive(Template)]
#[template(path = "console/series.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    text: String,
    figure: Option<Figure>,
    grids: Vec<Grid>,
    whole: String,
    answer: Option<SeriesAnswer>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        self.grids.iter_mut().collect()
    }

    fn whole(&self) -> Vec<Table> {
        self.answer.as_ref().map(SeriesAnswer::tables).unwrap_or_default()
    }
}

/// Shows a region's figures of the months up to one.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    Query(wish): Query<Wish>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let reads = console.store.begin_read().await?;
    let place = Place::find(&reads, &caller, &code).await?;
    let region = &place.region.code;
    let territory = Territory::read(&reads, &caller, Some(region)).await?;
    let judged = evaluations::list_judged(&reads, &territory.counties).await?;
    let frame = Page::new(format!("{}逐月变化", place.region.name)).within("/").noted(place.notes_with(&territory));
    let Some(period) = asked.choose(&judged)? else {
        let page = frame.below(place.crumbs(true, None));
        let text = "尚无评估结果。".to_owned();
        let view = View { page, text, figure: None, grids: vec![], whole: String::new(), answer: None };
        return deliver(view, &address, &wanted);
    };
    let standard = console.store.standards().find(&reads, &period.standard).await?;
    let standard = standard.ok_or_else(|| PageError::Missing("评估标准".to_owned()))?.standard;
    let action = format!("/regions/{region}/series");
    let mut chooser = period::chooser(&console.store, &reads, action.clone(), &judged, &period).await?;
    reads.finish().await?;
    let choice = Chosen::of(&wish, &standard, place.lowest)?;
    chooser.fields.extend(choice.fields(&standard, place.lowest));
    let mut question = SeriesQuestion {
        subject: Subject::Region(Some(region.clone())),
        measure: choice.measure,
        indicator: choice.indicator.clone(),
        stages: choice.stages.clone(),
        months: choice.span(period.month),
        standard: period.standard.clone(),
        as_of: None,
        at: console.clock.now(),
        scope: Arc::clone(&caller.scope),
        page: (usize::MAX - 1, None),
    };
    let mut answer = question.read(&console.store).await?;
    begin(&mut answer, &mut question);
    let month = period.month.to_string();
    let parameters = [
        ("month", month.as_str()),
        ("standard", &period.standard),
        ("measure", &wish.measure),
        ("indicator", &wish.indicator),
        ("stage", &wish.stage),
        ("months", &wish.months),
        ("as", "xlsx"),
    ];
    let drawing = draw(&answer, &question);
    let text = if drawing.is_none() { undrawn(&answer) } else { String::new() };
    let view = View {
        page: frame.below(place.crumbs(true, Some(&period))).choosing(chooser),
        text,
        figure: drawing.map(|drawing| shown::placed(&drawing, "series")).transpose()?,
        grids: vec![grid(&answer, &question, &period)],
        whole: link::query(&action, &parameters),
        answer: Some(answer),
    };
    deliver(view, &address, &wanted)
}

/// What an address asks for, as far as the standard and the region have it.
struct Chosen {
    measure: Measure,
    /// Empty for shares.
    indicator: String,
    stages: Vec<Stage>,
    months: i32,
}

impl Chosen {
    fn of(wish: &Wish, standard: &Standard, county: bool) -> Result<Self, PageError> {
        let missing = || PageError::Choice("数据".to_owned());
        let measure = match wish.measure.as_str() {
            "" => Measure::Variation,
            id => MEASURES.iter().find(|(known, ..)| *known == id).ok_or_else(missing)?.2,
        };
        if county && measure == Measure::MetCountyShare {
            return Err(missing());
        }
        let of_indicator = matches!(measure, Measure::Variation | Measure::Mean);
        let ids = indicators(standard);
        let known = |id: &str| ids.iter().any(|(known, _)| known == id);
        let indicator = match wish.indicator.as_str() {
            _ if !of_indicator => String::new(),
            "" => ids.first().map(|(id, _)| id.clone()).unwrap_or_default(),
            // There is no mean of the composite.
            COMPOSITE if measure == Measure::Mean => ids.first().map(|(id, _)| id.clone()).unwrap_or_default(),
            id if known(id) => id.to_owned(),
            _ => return Err(missing()),
        };
        let stages = match wish.stage.as_str() {
            "" => Stage::COMPULSORY.to_vec(),
            "primary" => vec![Stage::Primary],
            "junior" => vec![Stage::Junior],
            _ => return Err(missing()),
        };
        let months = match wish.months.as_str() {
            "" => MONTHS[0],
            text => text.parse().ok().filter(|months| MONTHS.contains(months)).ok_or_else(missing)?,
        };
        Ok(Self { measure, indicator, stages, months })
    }

    fn span(&self, last: Month) -> (Month, Month) {
        (Month::from_ordinal(last.ordinal() - self.months + 1).unwrap_or(last), last)
    }

    fn fields(&self, standard: &Standard, county: bool) -> Vec<Field> {
        let choice = |value: &str, text: String, chosen| Choice { value: value.to_owned(), text, chosen };
        let fits = |(_, _, measure): &&(&str, &str, Measure)| !(county && *measure == Measure::MetCountyShare);
        let measures = MEASURES.iter().filter(fits);
        let measures = measures.map(|(id, title, of)| choice(id, (*title).to_owned(), *of == self.measure)).collect();
        let indicator = |(id, title): (String, String)| choice(&id, title, id == self.indicator);
        let all = self.stages.len() > 1;
        let stages = [("", "小学和初中", all)].into_iter().chain(
            [("primary", Stage::Primary), ("junior", Stage::Junior)]
                .map(|(id, stage)| (id, stage.title(), !all && self.stages.contains(&stage))),
        );
        let months = MONTHS.map(|months| choice(&months.to_string(), format!("{months}个月"), months == self.months));
        vec![
            Field { name: "measure", label: "内容", options: measures },
            Field {
                name: "indicator",
                label: "指标",
                options: indicators(standard).into_iter().map(indicator).collect(),
            },
            Field {
                name: "stage",
                label: "学段",
                options: stages.map(|(id, title, chosen)| choice(id, title.to_owned(), chosen)).collect(),
            },
            Field { name: "months", label: "时段", options: months.into() },
        ]
    }
}

/// The indicators of a standard, last the composite where it has a limit.
fn indicators(standard: &Standard) -> Vec<(String, String)> {
    let resources = &standard.resources;
    let own = resources.indicators.iter().map(|one| (one.id.clone(), format!("{} {}", one.id, one.title)));
    let composite =
        (!resources.composite_limit.is_empty()).then(|| (COMPOSITE.to_owned(), shown::COMPOSITE.to_owned()));
    own.chain(composite).collect()
}

fn text(question: &SeriesQuestion, value: f64, limit: Option<f64>) -> String {
    match question.measure {
        Measure::Variation => beside(value, limit, 3, true),
        Measure::Value | Measure::Mean => rounded(value, 2),
        Measure::MetShare | Measure::MetCountyShare => percent(value, 2),
    }
}

/// Begins with the first month that anybody had to report, or did.
fn begin(answer: &mut SeriesAnswer, question: &mut SeriesQuestion) {
    let begun = |point: &Point| !matches!(point.figure, Err(Gap::NotBegun));
    let first = answer.series.iter().filter_map(|series| series.points.iter().position(begun)).min();
    let Some(first) = first else { return };
    for series in &mut answer.series {
        series.points.drain(..first.min(series.points.len()));
    }
    let months = question.all_months();
    question.months.0 = months.get(first).copied().unwrap_or(question.months.0);
}

/// What a line is called: the region's own by its stage, others by their names.
fn name(series: &Series) -> String {
    let stage = series.stage.map(Stage::title).unwrap_or_default();
    match series.relation {
        Relation::Own if !stage.is_empty() => stage.to_owned(),
        _ => format!("{}{stage}", series.name),
    }
}

/// The region's own lines, or those below it where they are few; nothing where they are many, or without a figure.
fn draw(answer: &SeriesAnswer, question: &SeriesQuestion) -> Option<Drawing> {
    let own = |series: &&Series| series.relation == Relation::Own;
    let mut drawn: Vec<&Series> = answer.series.iter().filter(own).collect();
    if drawn.is_empty() {
        drawn = answer.series.iter().collect();
    }
    let known = |series: &&Series| series.points.iter().any(|point| point.figure.is_ok());
    if drawn.len() > LINES || !drawn.iter().any(known) {
        return None;
    }
    let scale = if matches!(question.measure, Measure::MetShare | Measure::MetCountyShare) { 100.0 } else { 1.0 };
    let figure = |point: &Point| {
        let value = point.figure.ok()?;
        Some(chart::Figure::new(value * scale, text(question, value, point.limit)))
    };
    let line = |series: &&Series| Line { name: name(series), figures: series.points.iter().map(figure).collect() };
    let unit = if scale > 1.0 { "%" } else { answer.unit.as_str() };
    let unit = if unit.is_empty() { String::new() } else { format!("（{unit}）") };
    let mut limits: Vec<chart::Limit> = vec![];
    for series in drawn.iter().filter(|_| question.measure == Measure::Variation) {
        let limit = series.points.iter().rev().find_map(|point| point.limit);
        let stage = series.stage.map(Stage::title).unwrap_or_default();
        if let Some(limit) =
            limit.filter(|limit| limits.iter().all(|known| known.figure.value.total_cmp(limit).is_ne()))
        {
            let figure = chart::Figure::new(limit, shown::variation_limit(Some(limit)));
            limits.push(chart::Limit { name: format!("{stage}限值"), figure });
        }
    }
    let drawing = chart::Series {
        title: format!("逐月{}{unit}", answer.title),
        months: question.all_months().iter().map(ToString::to_string).collect(),
        lines: drawn.iter().map(line).collect(),
        limits,
    };
    Some(drawing.draw())
}

/// Why there is no drawing.
fn undrawn(answer: &SeriesAnswer) -> String {
    let known = answer.series.iter().any(|series| series.points.iter().any(|point| point.figure.is_ok()));
    if known {
        format!(
            "共{}条数据，超过一张图能分辨的{LINES}条，见下表；可以选择一个学段，或到下级地区查看。",
            answer.series.len()
        )
    } else {
        "所选时段没有可以绘图的数值，各月的原因见下表。".to_owned()
    }
}

fn grid(answer: &SeriesAnswer, question: &SeriesQuestion, period: &Period) -> Grid {
    let months: Vec<String> = question.all_months().iter().map(|month| shown::month(&month.to_string())).collect();
    let heads = [("地区", "l"), ("学段", "c"), ("限值", "r")];
    let limited = question.measure == Measure::Variation;
    let heads = heads.into_iter().take(if limited { 3 } else { 2 });
    let columns: Vec<_> = heads.chain(months.iter().map(|month| (month.as_str(), "r"))).collect();
    let unit = if answer.unit.is_empty() { String::new() } else { format!("，{}", answer.unit) };
    let mut grid = Grid::new("series", format!("{}（逐月{unit}）", answer.title), &columns);
    for series in answer.series.iter().take(SHOWN) {
        let href = match &series.subject {
            Subject::Region(Some(code)) if series.relation == Relation::Below => link::series(code, Some(period)),
            _ => String::new(),
        };
        let mut row = vec![Cell::head(series.name.clone(), href), series.stage.map_or("全部", Stage::title).into()];
        if limited {
            let limit = series.points.iter().rev().find_map(|point| point.limit);
            row.push(shown::variation_limit(limit).into());
        }
        row.extend(series.points.iter().map(|point| cell(point, question)));
        grid.rows.push(row);
    }
    if answer.series.len() > SHOWN {
        grid.notes.push(format!("只列出前{SHOWN}条，全部{}条见工作簿。", answer.series.len()));
    }
    grid.notes.push("自首个应当报送或已报送的月份起列出；没有数值的月份写明原因，不写零。".to_owned());
    grid
}

fn cell(point: &Point, question: &SeriesQuestion) -> Cell {
    match point.figure {
        Ok(value) => {
            let beyond = question.measure == Measure::Variation && point.verdict == Some(Verdict::NotMet);
            let (tone, aside) = if beyond { ("beyond", "超限") } else { ("", "") };
            Cell { tone, aside, ..Cell::from(text(question, value, point.limit)) }
        }
        Err(gap) => heat::gap(gap),
    }
}
