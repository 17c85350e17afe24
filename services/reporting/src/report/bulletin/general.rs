//! Section 一: how the region stands as a whole.

use junheng_domain::verdict::Verdict;

use super::super::{
    document::{Align, Cell, Table},
    number::{self, MISSING},
    words,
    writer::Writer,
};
use crate::overview::{Counts, Overview, Targets, VETOES};

pub(super) fn write(writer: &mut Writer, overview: &Overview, targets: &Targets) {
    let counts = overview.counts();
    writer.section("总体情况");
    let name = &overview.region.name;
    if counts.counties == 0 {
        writer.paragraph(format!("{name}没有登记县（市、区），无可通报的数据。"));
        return;
    }
    let month = words::month(&overview.month.to_string());
    writer.paragraph(format!(
        "{month}，{name}应报送{}个县（市、区），已报送{}个；已有评估结果{}个，其中达标{}个、不达标{}个、待定{}个。{}{}",
        counts.expected,
        counts.reported,
        counts.evaluated,
        counts.met,
        counts.not_met,
        counts.undetermined,
        units(&counts),
        compared(overview),
    ));
    if let Some(progress) = overview.progress(targets) {
        let share = number::plain(f64::from(progress.target.share_basis_points) / 100.0) + "%";
        let short = match progress.short() {
            0 => "本月达标县数已不少于目标县数".to_owned(),
            short => format!("尚差{short}个"),
        };
        writer.paragraph(format!(
            "{}：到{}年底，达标县占比{share}（按{}个县计为{}个）。本月评估达标{}个，{short}。",
            targets.title(),
            progress.target.year,
            counts.counties,
            progress.wanted,
            progress.met,
        ));
    }
    if overview.children.iter().any(|child| overview.counties_of(child).count() > 1) {
        writer.table(children(overview));
    }
    if counts.evaluated > 0 {
        writer.table(parts(overview));
    }
}

fn units(counts: &Counts) -> String {
    if counts.units == 0 {
        return String::new();
    }
    let share = number::percent(f64::from(counts.met_units) / f64::from(counts.units), 2);
    format!(
        "已评估的县共有评估单元{}个，其中综合达标{}个，占{share}；不达标{}个，因数据不完整待定{}个。",
        counts.units,
        counts.met_units,
        counts.not_met_units(),
        counts.open_units,
    )
}

/// The verdicts of the month before, of the counties that have one in both months.
fn compared(overview: &Overview) -> String {
    let both = || overview.counties.iter().filter_map(|county| county.before.as_ref().zip(county.judged.as_ref()));
    let count = both().count();
    if count == 0 {
        return "上月没有可比的评估结果。".to_owned();
    }
    let (before, after) = both().fold((0, 0), |(before, after), (old, new)| {
        (before + u32::from(old.verdict == Verdict::Met), after + u32::from(new.verdict == Verdict::Met))
    });
    format!("两个月均有评估结果的{count}个县中，达标县上月{before}个，本月{after}个。")
}

fn children(overview: &Overview) -> Table {
    let right = Align::Right;
    let columns = [
        ("地区", Align::Left),
        ("县数", right),
        ("已报送", right),
        ("已评估", right),
        ("达标县", right),
        ("不达标县", right),
        ("待定县", right),
        ("评估单元", right),
        ("达标单元", right),
        ("待定单元", right),
        ("单元达标率", right),
    ];
    let mut table = Table::new("各地区情况", &columns);
    let row = |name: &str, counts: Counts| -> Vec<Cell> {
        let numbers = [
            counts.counties,
            counts.reported,
            counts.evaluated,
            counts.met,
            counts.not_met,
            counts.undetermined,
            counts.units,
            counts.met_units,
            counts.open_units,
        ];
        let share = if counts.units == 0 {
            MISSING.to_owned()
        } else {
            number::percent(f64::from(counts.met_units) / f64::from(counts.units), 2)
        };
        let numbers = numbers.into_iter().map(|number| Cell::from(number.to_string()));
        [Cell::head(name)].into_iter().chain(numbers).chain([share.into()]).collect()
    };
    for (child, counts) in overview.children_counts() {
        table.row(row(&child.name, counts));
    }
    table.row(row("合计", overview.counts()));
    table.notes.push(
        "评估单元为已评估的县的单元；达标单元、待定单元以外的为不达标单元。待定单元因数据不完整尚不能判定，不计入达标单元。"
            .to_owned(),
    );
    table
}

fn parts(overview: &Overview) -> Table {
    let right = Align::Right;
    let columns = [("部分", Align::Left), ("达标县", right), ("不达标县", right), ("待定县", right)];
    let mut table = Table::new("各部分达标的县数", &columns);
    for (title, counted) in overview.parts() {
        let counted = counted.into_iter().map(|count| Cell::from(count.to_string()));
        table.row([Cell::head(title)].into_iter().chain(counted).collect());
    }
    if overview.standard.parts.iter().any(|part| part.id == VETOES) {
        table.notes.push("一票否决未触发的计为达标，触发的计为不达标。".to_owned());
    }
    table
}
