//! A submission with what the checks found in it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::{
    code::{Month, RegionCode},
    finding::{Finding, Severity},
    history::SchoolHistory,
};
use junheng_runtime::Caller;
use junheng_store::{
    schools,
    submissions::{self, Submission},
};
use junheng_wire::time;

use super::{
    Console,
    county::submissions::{means, revision, state},
    download::{Tabled, Wanted, deliver},
    error::PageError,
    findings::severity,
    grid::{Cell, Grid},
    link::{self, Link},
    page::{Page, Shown},
    place::Place,
};
use crate::report::shown;

/// Findings that are told one by one; the groups count all of them.
const TOLD: usize = 500;

#[derive(Template)]
#[template(path = "console/submission.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    state: shown::Shown,
    /// What that means, and what its sender has to do.
    means: &'static str,
    facts: Vec<(&'static str, String)>,
    groups: Grid,
    findings: Grid,
    acknowledgements: Option<Grid>,
    digest: String,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        [&mut self.groups, &mut self.findings].into_iter().chain(&mut self.acknowledgements).collect()
    }
}

/// Shows a submission.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, submission)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let missing = || PageError::Missing("报送记录".to_owned());
    let (month, number) = submission.rsplit_once('.').ok_or_else(missing)?;
    let month: Month = month.parse().map_err(|_| missing())?;
    let number: u32 = number.parse().map_err(|_| missing())?;
    let reads = console.store.begin_read().await?;
    let place = Place::find_county(&reads, &caller, &code).await?;
    let found = submissions::find(&reads, &place.region.code, month, number).await?.ok_or_else(missing)?;
    let schools = schools::list_as_of(&reads, &place.region.code, None).await?;
    reads.finish().await?;
    let mut crumbs = place.crumbs(true, None);
    crumbs.push(Link::new("报送情况", link::inflow(Some(&place.region.code), Some(month))));
    let title = format!("{}{}第{number}次报送", place.region.name, shown::month(&month.to_string()));
    let view = View {
        page: Page::new(title).within("/inflow").below(crumbs).noted(place.notes()),
        state: state(found.state),
        means: means(found.state),
        facts: facts(&found),
        groups: groups(&found),
        findings: findings(&found, &place.region.code, &schools),
        acknowledgements: acknowledgements(&found),
        digest: found.content.content_digest.clone(),
    };
    deliver(view, &address, &wanted)
}

fn facts(found: &Submission) -> Vec<(&'static str, String)> {
    let content = &found.content;
    let mut facts = vec![
        ("版本", revision(found.state)),
        ("时间", shown::instant(&time::encode(content.known_at)).unwrap_or_default()),
        ("学校", format!("{}所", content.school_count)),
        ("县级数据", format!("{}项", content.item_count)),
    ];
    if !found.withdrawal_reason.is_empty() {
        facts.push(("撤回原因", found.withdrawal_reason.clone()));
    }
    facts
}

fn groups(found: &Submission) -> Grid {
    let columns = [("级别", "c"), ("规则", "l"), ("数量（处）", "r"), ("问题", "l"), ("处理办法", "l")];
    let mut grid = Grid::new("groups", "检查发现的问题（按原因归并）", &columns);
    let row = |group: &junheng_domain::finding::FindingGroup| {
        vec![
            Cell::badge(severity(group.severity)),
            Cell::head(shown::check(&group.rule), ""),
            group.count.to_string().into(),
            group.message.clone().into(),
            group.remedy.clone().into(),
        ]
    };
    grid.rows = found.finding_groups.iter().map(row).collect();
    grid
}

fn findings(found: &Submission, county: &RegionCode, schools: &[SchoolHistory]) -> Grid {
    let columns = [("级别", "c"), ("学校", "l"), ("位置", "l"), ("填报值", "l"), ("问题", "l")];
    let mut grid = Grid::new("findings", "逐条列出", &columns);
    let all = &found.content.findings;
    let school = |code: &Option<String>| {
        let Some(code) = code else { return Cell::from(shown::MISSING) };
        match schools
            .binary_search_by(|school| school.code().as_str().cmp(code.as_str()))
            .ok()
            .and_then(|at| schools.get(at))
        {
            Some(school) => {
                let name = school.view_in(found.content.month).name;
                Cell::link(format!("{name}（{code}）"), link::school(county, code, None))
            }
            // It is not registered.
            None => Cell::from(code.as_str()),
        }
    };
    let row = |finding: &Finding| {
        vec![
            Cell::badge(severity(finding.severity)),
            school(&finding.school),
            shown::found_at(&finding.path).into(),
            finding.found.chars().take(100).collect::<String>().into(),
            finding.message.clone().into(),
        ]
    };
    let of = |severity| all.iter().filter(move |finding| finding.severity == severity);
    grid.rows = of(Severity::Error).chain(of(Severity::Warning)).take(TOLD).map(row).collect();
    if all.len() > TOLD {
        grid.notes.push(format!("只逐条列出前{TOLD}处，全部数量见上表。"));
    }
    grid
}

fn acknowledgements(found: &Submission) -> Option<Grid> {
    let given = &found.content.acknowledgements;
    if given.is_empty() {
        return None;
    }
    let mut grid =
        Grid::new("acknowledgements", "对警告的确认", &[("规则", "l"), ("说明", "l"), ("确认人", "l"), ("时间", "l")]);
    for one in given {
        grid.rows.push(vec![
            Cell::head(shown::check(&one.acknowledgement.rule), ""),
            one.acknowledgement.reason.clone().into(),
            shown::subject(&one.by).into(),
            shown::instant(&time::encode(one.at)).unwrap_or_default().into(),
        ]);
    }
    Some(grid)
}
