//! Section 二: who reported, and when; an annex with every county.

use junheng_domain::inflow::Standing;

use super::{
    super::{
        document::{Align, Cell, Table},
        number::MISSING,
        words,
        writer::Writer,
    },
    names, short_instant,
};
use crate::overview::{County, Overview, standing_title};

pub(super) fn write(writer: &mut Writer, overview: &Overview) {
    if overview.counties.is_empty() {
        return;
    }
    writer.section("报送情况");
    let with = |standing: Standing| -> Vec<&County> {
        overview.counties.iter().filter(|county| county.inflow.standing == standing).collect()
    };
    let on_time = with(Standing::OnTime).len();
    let first = overview.counties.iter().filter_map(|county| county.inflow.first_accepted).min();
    let first = first.map_or_else(String::new, |at| format!("；最早于{}接收", short_instant(at)));
    let every: Vec<&County> = overview.counties.iter().collect();
    let reported = every.iter().filter(|county| county.inflow.standing.reported()).count();
    writer.paragraph(format!("已报送{reported}个县，其中按时{on_time}个{first}。{}", due_day(&every)));
    for (standing, what) in [
        (Standing::Late, "迟报"),
        (Standing::Held, "已报待确认"),
        (Standing::RefusedOnly, "已报被退回"),
        (Standing::Missing, "逾期未报"),
        (Standing::Awaited, "未报、未到期"),
    ] {
        let counties = with(standing);
        if !counties.is_empty() {
            let count = counties.len();
            writer.led(format!("{what}（{count}个）："), format!("{}。", names(counties)));
        }
    }
    let (withdrawn, corrected): (Vec<_>, Vec<_>) = (
        every.iter().copied().filter(|county| county.inflow.withdrawn).collect(),
        every.iter().copied().filter(|county| county.inflow.revision > Some(1)).collect(),
    );
    for (counties, what) in [(withdrawn, "报送后撤回"), (corrected, "报送后更正")] {
        if !counties.is_empty() {
            let count = counties.len();
            writer.led(format!("{what}（{count}个）："), format!("{}。", names(counties)));
        }
    }
}

/// Until when the month was on time, where all counties have one day.
fn due_day(counties: &[&County]) -> String {
    let Some(first) = counties.first().map(|county| county.inflow.due_on) else { return String::new() };
    if counties.iter().all(|county| county.inflow.due_on == first) {
        format!("本月数据的报送截止日为{}。", words::date(&first.to_string()))
    } else {
        "各县报送截止日不同，见附件。".to_owned()
    }
}

/// The annex with every county.
pub(super) fn write_annex(writer: &mut Writer, overview: &Overview) {
    if overview.counties.is_empty() {
        return;
    }
    writer.annex("各县（市、区）报送情况");
    let columns = [
        ("县区", Align::Left),
        ("报送", Align::Center),
        ("截止日", Align::Center),
        ("首次接收", Align::Center),
        ("版次", Align::Right),
        ("最近一次评估", Align::Center),
    ];
    let mut table = Table::new("各县（市、区）报送情况", &columns);
    for county in &overview.counties {
        let inflow = &county.inflow;
        let last = county.judged.as_ref().or(county.last.as_ref());
        let age = county.age_months(overview.month).map(|age| format!("（{age}个月前）")).unwrap_or_default();
        let last = last.map_or_else(|| "无".to_owned(), |judged| format!("{}{age}", judged.month));
        table.row(vec![
            Cell::head(&county.name),
            standing_title(inflow.standing).into(),
            inflow.due_on.to_string().into(),
            inflow.first_accepted.map_or_else(|| MISSING.to_owned(), crate::overview::local).into(),
            inflow.revision.map_or_else(|| MISSING.to_owned(), |revision| revision.to_string()).into(),
            last.into(),
        ]);
    }
    table.notes.push("首次接收为北京时间。版次大于1的，为报送后更正。".to_owned());
    writer.table(table);
}
