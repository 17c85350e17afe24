//! Section 三: verdicts, what changed since the month before, and why.

use junheng_domain::verdict::Verdict;

use super::{
    super::{
        document::{Align, Badge, Cell, Table},
        number::MISSING,
        words,
        writer::Writer,
    },
    names,
};
use crate::overview::{Changes, County, Overview};

pub(super) fn write(writer: &mut Writer, overview: &Overview) {
    if overview.counties.is_empty() {
        return;
    }
    writer.section("评估结论和变化");
    write_verdicts(writer, overview);
    let compared: Vec<(&County, Changes)> =
        overview.counties.iter().filter_map(|county| Some((county, county.changes()?))).collect();
    let changed: Vec<&(&County, Changes)> = compared.iter().filter(|(_, changes)| !changes.nothing()).collect();
    if compared.is_empty() {
        writer.paragraph("没有两个月均有评估结果的县，不作比较。");
    } else if changed.is_empty() {
        writer.paragraph(format!("与上月相比，{}个有可比结果的县结论和各项均无变化。", compared.len()));
    } else {
        writer.paragraph(format!("与上月相比，{}个有可比结果的县中，{}个有变化。", compared.len(), changed.len()));
        writer.table(changes_table(overview, &changed));
    }
    let fresh: Vec<&County> =
        overview.counties.iter().filter(|county| county.judged.is_some() && county.before.is_none()).collect();
    if !fresh.is_empty() && !compared.is_empty() {
        writer.led(format!("上月无评估结果、本月有的县（{}个）：", fresh.len()), format!("{}。", names(fresh)));
    }
    let without: Vec<&County> = overview.counties.iter().filter(|county| county.judged.is_none()).collect();
    if !without.is_empty() {
        writer.led(format!("本月无评估结果的县（{}个）：", without.len()), unevaluated(overview, &without));
    }
}

/// The evaluated counties by verdict, and those with a veto.
fn write_verdicts(writer: &mut Writer, overview: &Overview) {
    let judged = || overview.counties.iter().filter_map(|county| Some((county, county.judged.as_ref()?)));
    for verdict in [Verdict::Met, Verdict::NotMet, Verdict::Undetermined] {
        let counties: Vec<&County> =
            judged().filter(|(_, judged)| judged.verdict == verdict).map(|(county, _)| county).collect();
        if !counties.is_empty() {
            let what = format!("{}的县（{}个）：", verdict.title(), counties.len());
            writer.led(what, format!("{}。", names(counties)));
        }
    }
    let vetoed: Vec<&County> = judged().filter(|(_, judged)| judged.vetoed()).map(|(county, _)| county).collect();
    if !vetoed.is_empty() {
        let what = format!("其中触发一票否决的县（{}个）：", vetoed.len());
        writer.led(what, format!("{}。", names(vetoed)));
    }
}

fn changes_table(overview: &Overview, changed: &[&(&County, Changes)]) -> Table {
    let columns =
        [("县区", Align::Left), ("上月结论", Align::Center), ("本月结论", Align::Center), ("变化和原因", Align::Left)];
    let mut table = Table::new("比上月有变化的县", &columns);
    for (county, changes) in changed {
        let badge = |verdict: Verdict| Badge::of(proto(verdict));
        let parts = changes.parts.iter().map(crate::overview::PartChange::told);
        let reasons: Vec<String> = parts.chain(changes.reasons(overview)).collect();
        let reasons = if reasons.is_empty() { MISSING.to_owned() } else { words::sentence(&reasons.join("；")) };
        let (before, after) = changes.verdict;
        table.row(vec![Cell::head(&county.name), badge(before).into(), badge(after).into(), reasons.into()]);
    }
    table.notes.push("变化和原因由两个月的评估数据逐项比较得出。".to_owned());
    table
}

/// A county each with why, and its last evaluation.
fn unevaluated(overview: &Overview, counties: &[&County]) -> String {
    let one = |county: &&County| {
        let last = county.last.as_ref().zip(county.age_months(overview.month)).map_or_else(
            || "从未评估".to_owned(),
            |(last, age)| {
                let month = words::month(&last.month.to_string());
                format!("最近一次为{month}，{}，距本月{age}个月", last.verdict.title())
            },
        );
        format!("{}（{}；{last}）", county.name, county.gap().title())
    };
    format!("{}。", counties.iter().map(one).collect::<Vec<_>>().join("、"))
}

pub(super) const fn proto(verdict: Verdict) -> junheng_proto::common::v1::Verdict {
    match verdict {
        Verdict::Met => junheng_proto::common::v1::Verdict::Met,
        Verdict::NotMet => junheng_proto::common::v1::Verdict::NotMet,
        Verdict::Undetermined => junheng_proto::common::v1::Verdict::Undetermined,
    }
}
