//! The last section: what is due.

use std::collections::BTreeMap;

use jiff::civil::Date;
use junheng_domain::{inflow::Standing, verdict::Verdict};

use super::{
    super::{words, writer::Writer},
    names,
};
use crate::overview::{County, Overview};

/// Items that are named of one county; of more their number is told.
const NAMED: usize = 8;

pub(super) fn write(writer: &mut Writer, overview: &Overview) {
    if overview.counties.is_empty() {
        return;
    }
    writer.section("待办事项");
    let month = words::month(&overview.month.to_string());
    let with = |standing: Standing| -> Vec<&County> {
        overview.counties.iter().filter(|county| county.inflow.standing == standing).collect()
    };
    for (standing, what) in [
        (Standing::Missing, format!("补报{month}数据")),
        (Standing::RefusedOnly, format!("更正被退回的{month}数据后重报")),
        (Standing::Held, format!("确认{month}数据中的警告并说明理由")),
        (Standing::Awaited, format!("在截止日前报送{month}数据")),
    ] {
        let counties = with(standing);
        if !counties.is_empty() {
            writer.led(format!("{what}（{}个）：", counties.len()), format!("{}。", names(counties)));
        }
    }
    let open: Vec<String> = overview
        .counties
        .iter()
        .filter_map(|county| {
            let judged = county.judged.as_ref().filter(|judged| judged.verdict == Verdict::Undetermined)?;
            let items = match judged.undetermined_items.as_slice() {
                few if few.len() <= NAMED => format!("指标{}", few.join("、")),
                many => format!("{}项县级指标", many.len()),
            };
            let units: u32 = judged.stages.iter().filter_map(|stage| stage.undetermined).sum();
            let what: Vec<String> = [
                (!judged.undetermined_items.is_empty()).then_some(items),
                (units > 0).then(|| format!("{units}个评估单元")),
            ]
            .into_iter()
            .flatten()
            .collect();
            Some(if what.is_empty() {
                county.name.clone()
            } else {
                format!("{}（{}）", county.name, what.join("，"))
            })
        })
        .collect();
    if !open.is_empty() {
        writer.led(format!("补齐数据以作出结论（{}个）：", open.len()), format!("{}。", open.join("、")));
    }
    let mut next: BTreeMap<Date, Vec<&County>> = BTreeMap::new();
    for county in &overview.counties {
        next.entry(county.inflow.next_due_on).or_default().push(county);
    }
    let Ok(following) = junheng_domain::code::Month::from_ordinal(overview.month.ordinal() + 1) else { return };
    let following = words::month(&following.to_string());
    let single = next.len() == 1;
    for (day, counties) in next {
        let day = words::date(&day.to_string());
        let who = if single { "各县".to_owned() } else { names(counties) };
        writer.led(format!("{following}数据的报送截止日："), format!("{day}（{who}）。"));
    }
}
