//! Section 四: rankings; whole ones of many counties are annexes.

use super::{
    super::{
        document::{Align, Cell, Table},
        number::{self, MISSING},
        writer::Writer,
    },
    BODY_ROWS, indicator, names,
};
use crate::overview::{County, Judged, Overview, RankBy, Ranked, Undecided};

/// How many of a long ranking are named in the body, at each end.
const NAMED: usize = 5;

const BOTH: [RankBy; 2] = [RankBy::MetShare, RankBy::Line];

pub(super) fn write(writer: &mut Writer, overview: &Overview) {
    if overview.counties.len() < 2 {
        return;
    }
    writer.section("排名");
    for by in BOTH {
        writer.subsection(heading(by));
        let ranking = overview.ranking(by);
        let placed: Vec<&Ranked<'_>> = ranking.iter().filter(|ranked| ranked.rank.is_ok()).collect();
        writer.paragraph(rule(by));
        if placed.is_empty() {
            writer.paragraph("本月没有可以排名的县。");
        } else if ranking.len() <= BODY_ROWS {
            writer.table(table(overview, by, &placed));
        } else {
            let named = |ranked: &&Ranked<'_>| {
                format!(
                    "{}（第{}名，{}）",
                    ranked.county.name,
                    ranked.rank.unwrap_or_default(),
                    figure(by, ranked.county)
                )
            };
            let told = |ranked: &[&Ranked<'_>]| ranked.iter().map(named).collect::<Vec<_>>().join("、");
            let first = placed.get(..NAMED).unwrap_or(&placed);
            let last = placed.get(placed.len().saturating_sub(NAMED)..).unwrap_or(&placed);
            writer.led("居前的县：", format!("{}。", told(first)));
            writer.led("居后的县：", format!("{}。", told(last)));
            writer.paragraph("全部名次见附件。");
        }
        let open = |ranked: &&Ranked<'_>| matches!(ranked.rank, Err(Undecided::Open));
        let open: Vec<&County> = ranking.iter().filter(open).map(|ranked| ranked.county).collect();
        if !open.is_empty() {
            writer.led(
                format!("有评估结果而未排名的县（{}个，数据不全或标准不作此项评估）：", open.len()),
                format!("{}。", names(open)),
            );
        }
        let without: Vec<&County> = overview.counties.iter().filter(|county| county.judged.is_none()).collect();
        if !without.is_empty() {
            writer.led(format!("无评估结果、未排名的县（{}个）：", without.len()), format!("{}。", names(without)));
        }
    }
}

/// The whole rankings, where they are too long for the body.
pub(super) fn write_annexes(writer: &mut Writer, overview: &Overview) {
    if overview.counties.len() <= BODY_ROWS {
        return;
    }
    for by in BOTH {
        let ranking = overview.ranking(by);
        let placed: Vec<&Ranked<'_>> = ranking.iter().filter(|ranked| ranked.rank.is_ok()).collect();
        if !placed.is_empty() {
            writer.annex(heading(by));
            writer.table(table(overview, by, &placed));
        }
    }
}

const fn heading(by: RankBy) -> &'static str {
    match by {
        RankBy::MetShare => "按单元达标率排名",
        RankBy::Line => "按与差异系数限值的距离排名",
    }
}

const fn rule(by: RankBy) -> &'static str {
    match by {
        RankBy::MetShare => {
            "按综合达标的评估单元占全部评估单元的比例由高到低排列，小学、初中合并计算，待定的单元不计入达标单元，比例相同的名次相同。名次只比较单元达标率，不代表评估结论。"
        }
        RankBy::Line => {
            "按各县最大的差异系数与其限值之比由低到高排列，大于1的为超过限值；有差异系数因数据缺失而未知的县不排名。"
        }
    }
}

fn table(overview: &Overview, by: RankBy, placed: &[&Ranked<'_>]) -> Table {
    let right = Align::Right;
    let mut table = match by {
        RankBy::MetShare => Table::new(
            heading(by),
            &[
                ("名次", right),
                ("县区", Align::Left),
                ("评估单元", right),
                ("达标", right),
                ("不达标", right),
                ("待定", right),
                ("单元达标率", right),
            ],
        ),
        RankBy::Line => Table::new(
            heading(by),
            &[
                ("名次", right),
                ("县区", Align::Left),
                ("差异系数最大的指标", Align::Left),
                ("差异系数", right),
                ("限值", right),
                ("与限值之比", right),
            ],
        ),
    };
    for ranked in placed {
        let mut row: Vec<Cell> =
            vec![ranked.rank.unwrap_or_default().to_string().into(), Cell::head(&ranked.county.name)];
        let judged = ranked.county.judged.as_ref();
        match by {
            RankBy::MetShare => {
                let share = judged.and_then(Judged::share);
                let number = |count: Option<u32>| count.map_or_else(|| MISSING.to_owned(), |count| count.to_string());
                let counts = share
                    .zip(judged)
                    .map(|(share, judged)| [share.units, share.met, judged.not_met_units(), judged.open_units()]);
                row.extend((0..4).map(|place| Cell::from(number(counts.map(|counts| counts[place])))));
            }
            RankBy::Line => {
                let line = judged.and_then(Judged::line);
                let which =
                    line.as_ref().map(|line| format!("{}{}", line.stage.title(), indicator(overview, &line.indicator)));
                row.push(which.unwrap_or_default().into());
                let print = line.as_ref().map(|line| number::beside(line.variation, Some(line.limit), 3, true));
                row.push(print.unwrap_or_default().into());
                row.push(line.map(|line| number::limit(line.limit, 2)).unwrap_or_default().into());
            }
        }
        row.push(figure(by, ranked.county).into());
        table.row(row);
    }
    table
}

/// What a county is ranked by, printed.
fn figure(by: RankBy, county: &County) -> String {
    let judged = county.judged.as_ref();
    let figure = match by {
        RankBy::MetShare => judged.and_then(Judged::share).map(|share| number::percent(share.to_f64(), 2)),
        // Beyond or within never turns by rounding.
        RankBy::Line => judged.and_then(Judged::line).map(|line| number::beside(line.ratio, Some(1.0), 3, true)),
    };
    figure.unwrap_or_else(|| MISSING.to_owned())
}
