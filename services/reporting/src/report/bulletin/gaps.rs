//! Sections 五 and 六: the worst gaps, and the counties that got worse.

use std::collections::BTreeMap;

use junheng_domain::{school::Stage, verdict::Verdict};

use super::{
    super::{
        document::{Align, Cell, Table},
        number, words,
        writer::Writer,
    },
    indicator,
};
use crate::overview::{County, Judged, Overview, Share, Spread};

/// Rows of a table of gaps.
const WORST: usize = 15;
/// Counties that are named of one item.
const NAMED: usize = 10;

/// A coefficient beyond its limit.
struct Beyond<'a> {
    county: &'a County,
    stage: Stage,
    spread: &'a Spread,
    variation: f64,
    limit: f64,
}

pub(super) fn write(writer: &mut Writer, overview: &Overview) {
    if overview.counties.iter().all(|county| county.judged.is_none()) {
        return;
    }
    writer.section("突出差距");
    variations(writer, overview);
    units(writer, overview);
    items(writer, overview);
    worse(writer, overview);
}

fn judged(overview: &Overview) -> impl Iterator<Item = (&County, &Judged)> {
    overview.counties.iter().filter_map(|county| Some((county, county.judged.as_ref()?)))
}

fn variations(writer: &mut Writer, overview: &Overview) {
    writer.subsection("差异系数超过限值");
    let mut beyond: Vec<Beyond<'_>> = judged(overview)
        .flat_map(|(county, judged)| judged.spreads().map(move |(stage, spread)| (county, stage, spread)))
        .filter(|(.., spread)| spread.verdict == Some(Verdict::NotMet))
        .filter_map(|(county, stage, spread)| {
            Some(Beyond { county, stage, spread, variation: spread.variation?, limit: spread.limit? })
        })
        .collect();
    let undefined = judged(overview).flat_map(|(_, judged)| judged.spreads());
    let undefined =
        undefined.filter(|(_, spread)| spread.verdict == Some(Verdict::NotMet) && spread.variation.is_none()).count();
    if beyond.is_empty() && undefined == 0 {
        writer.paragraph("已评估的县没有确定超过限值的差异系数。");
        return;
    }
    // Of those alike the order of counties and indicators stays.
    beyond.sort_by(|one, other| (other.variation / other.limit).total_cmp(&(one.variation / one.limit)));
    let counties = judged(overview).filter(|(_, judged)| judged.exceeded() > 0).count();
    let unknown = if undefined == 0 {
        String::new()
    } else {
        format!("另有{undefined}项因全部数值为零而无定义，或因数据缺失只能确定其超过限值，未列入下表。")
    };
    writer.paragraph(format!("{counties}个县的差异系数超过限值，可计算的共{}项。{unknown}", beyond.len()));
    if beyond.is_empty() {
        return;
    }
    let right = Align::Right;
    let columns = [
        ("县区", Align::Left),
        ("学段", Align::Center),
        ("指标", Align::Left),
        ("差异系数", right),
        ("限值", right),
        ("超出限值", right),
    ];
    let caption = if beyond.len() > WORST {
        format!("超出限值最多的{WORST}项")
    } else {
        "超过限值的差异系数".to_owned()
    };
    let mut table = Table::new(caption, &columns);
    for one in beyond.iter().take(WORST) {
        table.row(vec![
            Cell::head(&one.county.name),
            one.stage.title().into(),
            indicator(overview, &one.spread.id).into(),
            number::beside(one.variation, Some(one.limit), 3, true).into(),
            number::limit(one.limit, 2).into(),
            number::percent(one.variation / one.limit - 1.0, 2).into(),
        ]);
    }
    writer.table(table);
}

fn units(writer: &mut Writer, overview: &Overview) {
    let with_units = || judged(overview).filter_map(|(county, judged)| Some((county, judged, judged.share()?)));
    let of = |one: &(&County, &Judged, Share)| [one.1.not_met_units(), one.1.open_units()];
    let mut counties: Vec<(&County, &Judged, Share)> = with_units().filter(|one| of(one)[0] > 0).collect();
    writer.subsection("未达标的评估单元");
    let (open, unsure) = with_units()
        .map(|one| of(&one)[1])
        .filter(|open| *open > 0)
        .fold((0, 0), |(open, unsure), of| (open + of, unsure + 1));
    let open = if open == 0 {
        String::new()
    } else {
        format!("另有{unsure}个县的{open}个评估单元因数据不完整待定，补报后才能判定。")
    };
    if counties.is_empty() {
        writer.paragraph(format!("已评估的县没有确定不达标的评估单元。{open}"));
        return;
    }
    counties.sort_by_key(|one| std::cmp::Reverse(of(one)[0]));
    let total: u32 = counties.iter().map(|one| of(one)[0]).sum();
    writer.paragraph(format!("{}个县有不达标的评估单元，共{total}个。{open}", counties.len()));
    let right = Align::Right;
    let caption = if counties.len() > WORST {
        format!("不达标单元最多的{WORST}个县")
    } else {
        "各县不达标的评估单元".to_owned()
    };
    let columns = [
        ("县区", Align::Left),
        ("评估单元", right),
        ("达标", right),
        ("不达标", right),
        ("待定", right),
        ("不达标占比", right),
    ];
    let mut table = Table::new(caption, &columns);
    for one in counties.iter().take(WORST) {
        let ((county, _, share), [not_met, open]) = (one, of(one));
        let figures = [share.units, share.met, not_met, open].map(|count| Cell::from(count.to_string()));
        let part = number::percent(f64::from(not_met) / f64::from(share.units), 2);
        table.row([Cell::head(&county.name)].into_iter().chain(figures).chain([part.into()]).collect());
    }
    writer.table(table);
}

fn items(writer: &mut Writer, overview: &Overview) {
    let mut failed: BTreeMap<&str, Vec<&County>> = BTreeMap::new();
    for (county, judged) in judged(overview) {
        for id in &judged.not_met_items {
            failed.entry(id).or_default().push(county);
        }
    }
    writer.subsection("未达标的县级指标");
    if failed.is_empty() {
        writer.paragraph("已评估的县没有确定不达标的县级指标。");
        return;
    }
    let columns = [("指标", Align::Left), ("不达标县", Align::Right), ("县区", Align::Left)];
    let mut table = Table::new("不达标的县级指标", &columns);
    // In the standard's order; what it no longer has stands last.
    let place = |id: &str| overview.standard.items.iter().position(|item| item.id == id).unwrap_or(usize::MAX);
    let mut failed: Vec<_> = failed.into_iter().collect();
    failed.sort_by_key(|(id, _)| place(id));
    for (id, counties) in failed {
        let more = if counties.len() > NAMED { format!("等{}个县", counties.len()) } else { String::new() };
        let named = super::names(counties.iter().copied().take(NAMED));
        table.row(vec![
            Cell::head(format!("{id} {}", overview.item_title(id))),
            counties.len().to_string().into(),
            format!("{named}{more}").into(),
        ]);
    }
    writer.table(table);
}

fn worse(writer: &mut Writer, overview: &Overview) {
    writer.section("退步的县");
    let mut any = false;
    for county in &overview.counties {
        let Some(changes) = county.changes().filter(crate::overview::Changes::worse) else { continue };
        any = true;
        let (before, after) = changes.verdict;
        let verdict = (before != after).then(|| format!("结论由{}变为{}", before.title(), after.title()));
        let parts = changes.parts.iter().map(crate::overview::PartChange::told);
        let reasons: Vec<String> = verdict.into_iter().chain(parts).chain(changes.reasons(overview)).collect();
        writer.led(format!("{}：", county.name), words::sentence(&reasons.join("；")));
    }
    if !any {
        let compared = overview.counties.iter().any(|county| county.before.is_some() && county.judged.is_some());
        writer.paragraph(if compared {
            "有可比结果的县中，没有比上月退步的。"
        } else {
            "没有两个月均有评估结果的县，不作比较。"
        });
    }
}
