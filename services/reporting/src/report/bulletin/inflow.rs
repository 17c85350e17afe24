//! Section 二: who reported, and when; an annex with every county.

use jiff::civil::Date;
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
    writer.paragraph(format!("已报送{reported}个县，其中按时{on_time}个{first}。{}", due_day(&overview.counties)));
    for (standing, what) in [
        (Standing::Late, "迟报"),
        (Standing::Held, "待确认，未计入已报送"),
        (Standing::RefusedOnly, "被退回，未计入已报送"),
        (Standing::Missing, "逾期未报"),
        (Standing::Awaited, "未报、未到期"),
        (Standing::NotBegun, "报送义务尚未开始"),
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
fn due_day(counties: &[County]) -> String {
    if !counties.iter().any(|county| county.inflow.standing.expected()) {
        return String::new();
    }
    match one_due_day(counties) {
        Some(day) => format!("本月数据的报送截止日为{}。", words::date(&day.to_string())),
        None => "各县报送截止日不同，见附件。".to_owned(),
    }
}

/// The due day that all counties have alike that have to report.
fn one_due_day(counties: &[County]) -> Option<Date> {
    let mut days =
        counties.iter().filter(|county| county.inflow.standing.expected()).map(|county| county.inflow.due_on);
    let first = days.next().or_else(|| Some(counties.first()?.inflow.due_on))?;
    days.all(|day| day == first).then_some(first)
}

/// The annex with every county.
pub(super) fn write_annex(writer: &mut Writer, overview: &Overview) {
    if overview.counties.is_empty() {
        return;
    }
    writer.annex("各县（市、区）报送情况");
    // A day that all have alike is said once, so that names and instants have room.
    let due = one_due_day(&overview.counties);
    let columns = [
        Some(("县区", Align::Left)),
        Some(("报送", Align::Center)),
        due.is_none().then_some(("截止日", Align::Center)),
        Some(("首次接收", Align::Center)),
        Some(("版次", Align::Right)),
        Some(("最近一次评估", Align::Center)),
    ];
    let columns: Vec<_> = columns.into_iter().flatten().collect();
    let mut table = Table::new("各县（市、区）报送情况", &columns);
    for county in &overview.counties {
        let inflow = &county.inflow;
        let last = county.judged.as_ref().or(county.last.as_ref());
        let age = county.age_months(overview.month).map(|age| format!("（{age}个月前）")).unwrap_or_default();
        let last = last.map_or_else(|| "无".to_owned(), |judged| format!("{}{age}", judged.month));
        let cells = [
            Some(Cell::head(&county.name)),
            Some(standing_title(inflow.standing).into()),
            due.is_none().then(|| inflow.due_on.to_string().into()),
            Some(inflow.first_accepted.map_or_else(|| MISSING.to_owned(), crate::overview::local).into()),
            Some(inflow.revision.map_or_else(|| MISSING.to_owned(), |revision| revision.to_string()).into()),
            Some(last.into()),
        ];
        table.row(cells.into_iter().flatten().collect());
    }
    table.notes.extend(due.map(|day| format!("各县截止日均为{}。", words::date(&day.to_string()))));
    table.notes.push("首次接收为北京时间。版次大于1的，为报送后更正。".to_owned());
    writer.table(table);
}
