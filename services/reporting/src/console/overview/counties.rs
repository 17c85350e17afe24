//! 各县结论: the counties by verdict, and each with its rank by what ranks it.

use junheng_domain::{code::RegionCode, inflow::Standing, standard::Standard, verdict::Verdict};

use super::{
    super::{
        calendar,
        county::verdict,
        grid::{Cell, Grid},
        link,
        period::Period,
    },
    heat,
};
use crate::{
    overview::{County, Judged, Overview, RankBy},
    report::{
        number::{MISSING, percent},
        shown,
    },
};

/// The counties: met, undetermined, not met, vetoed, without an evaluation; within each by rank.
pub(super) fn grid(overview: &Overview, period: &Period) -> Grid {
    let columns = [
        ("县级单位", "l"),
        ("结论", "c"),
        ("不达标（待定）项目", "l"),
        ("单元达标率", "r"),
        ("单元达标率名次", "r"),
        ("超限系数（个）", "r"),
        ("报送", "c"),
        ("与上月相比", "l"),
    ];
    let mut grid = Grid::new("counties", "各县结论", &columns);
    // By rank already; those of one class stay in that order.
    let mut ranking = overview.ranking(RankBy::MetShare);
    ranking.sort_by_key(|ranked| class(ranked.county.judged.as_ref()));
    grid.rows = ranking
        .into_iter()
        .map(|ranked| {
            let rank = ranked.rank.map_or_else(|_| MISSING.to_owned(), |rank| rank.to_string());
            county(overview, ranked.county, rank, period)
        })
        .collect();
    grid.notes.push(
        "先按结论排列：达标、待定、不达标，被一票否决的在后，未评估的最后；同一结论内按单元达标率由高到低。".to_owned(),
    );
    grid.notes.push(WHAT_OBSTACLES_ARE.to_owned());
    grid.notes.push(
        "“单元达标率名次”只比较达标评估单元占全部评估单元的比例，与每月调度通报相同，比例相同的并列，不代表结论的好坏；未评估和不能确定的不排名。"
            .to_owned(),
    );
    grid
}

/// What the column of obstacles has.
pub(in super::super) const WHAT_OBSTACLES_ARE: &str = "结论为不达标的，列出不达标的项目；结论为待定的，列出因数据缺失尚不能判定的项目。项目名称和依据见各县“结论及依据”。";

/// What keeps a county from being met, with the way to why.
pub(in super::super) fn obstacles(judged: &Judged, standard: &Standard, county: &RegionCode, period: &Period) -> Cell {
    let obstacles = judged.obstacles(standard);
    if obstacles.is_empty() {
        return MISSING.into();
    }
    Cell::link(obstacles, link::region(county, Some(period)) + "#tree")
}

fn class(judged: Option<&Judged>) -> u8 {
    match judged {
        None => 4,
        Some(judged) if judged.vetoed() => 3,
        Some(judged) => match judged.verdict {
            Verdict::Met => 0,
            Verdict::Undetermined => 1,
            Verdict::NotMet => 2,
        },
    }
}

fn county(overview: &Overview, county: &County, rank: String, period: &Period) -> Vec<Cell> {
    let mut standing =
        Cell { aside: calendar::aside(&county.inflow), ..Cell::badge(calendar::standing(county.inflow.standing)) };
    if matches!(county.inflow.standing, Standing::Held | Standing::RefusedOnly) {
        standing = standing.to(link::findings(Some(&county.code), Some(period.month)));
    }
    let Some(judged) = &county.judged else {
        let name = Cell::head(county.name.clone(), link::region(&county.code, None));
        let [items, share, exceeded, changed] = [MISSING; 4].map(Cell::from);
        return vec![name, heat::gap(county.gap()), items, share, rank.into(), exceeded, standing, changed];
    };
    let changed = match county.changes() {
        None => "上月无评估".to_owned(),
        Some(changes) if changes.nothing() => "无变化".to_owned(),
        Some(changes) => changes.reasons(overview).join("；"),
    };
    vec![
        Cell::head(county.name.clone(), link::region(&county.code, Some(period))),
        Cell::badge(shown::verdict(verdict::encoded(judged.verdict))),
        obstacles(judged, &overview.standard, &county.code, period),
        judged.share().map_or_else(|| MISSING.to_owned(), |share| percent(share.to_f64(), 2)).into(),
        rank.into(),
        judged.exceeded_told().into(),
        standing,
        changed.into(),
    ]
}
