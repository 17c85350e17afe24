//! The last section: what is due.

use std::collections::BTreeMap;

use jiff::civil::Date;
use junheng_domain::{inflow::Standing, verdict::Verdict};

use super::{
    super::{words, writer::Writer},
    names,
};
use crate::overview::{County, Judged, Overview};

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
    let judged = || overview.counties.iter().filter_map(|county| Some((county, county.judged.as_ref()?)));
    let (open, decided): (Vec<_>, Vec<_>) = judged()
        .filter(|(_, judged)| judged.verdict == Verdict::Undetermined || !undetermined(judged).is_empty())
        .partition(|(_, judged)| judged.verdict == Verdict::Undetermined);
    for (counties, what) in
        [(open, "补齐数据以作出结论"), (decided, "总体结论已定、仍有项目因数据不完整待定，须补齐数据")]
    {
        let told = counties.iter().map(|(county, judged)| match undetermined(judged).join("，") {
            what if what.is_empty() => county.name.clone(),
            what => format!("{}（{what}）", county.name),
        });
        if !counties.is_empty() {
            let count = counties.len();
            writer.led(format!("{what}（{count}个）："), format!("{}。", told.collect::<Vec<_>>().join("、")));
        }
    }
    let mut next: BTreeMap<Date, Vec<&County>> = BTreeMap::new();
    for county in &overview.counties {
        if let Some(day) = county.inflow.next_due_on {
            next.entry(day).or_default().push(county);
        }
    }
    let Ok(following) = junheng_domain::code::Month::from_ordinal(overview.month.ordinal() + 1) else { return };
    let following = words::month(&following.to_string());
    let single = next.values().all(|counties| counties.len() == overview.counties.len());
    for (day, counties) in next {
        let day = words::date(&day.to_string());
        let who = if single { "各县".to_owned() } else { names(counties) };
        writer.led(format!("{following}数据的报送截止日："), format!("{day}（{who}）。"));
    }
}

/// What of a county missing data leaves undetermined, counted.
fn undetermined(judged: &Judged) -> Vec<String> {
    let items = judged.undetermined_items.as_slice();
    let named = if items.len() <= NAMED { format!("（{}）", items.join("、")) } else { String::new() };
    [
        (items.len(), format!("{}项县级指标{named}待定", items.len())),
        (usize::try_from(judged.open_units()).unwrap_or(usize::MAX), format!("{}个评估单元待定", judged.open_units())),
        (judged.open_spreads(), format!("{}项差异系数待定", judged.open_spreads())),
    ]
    .into_iter()
    .filter_map(|(count, told)| (count > 0).then_some(told))
    .collect()
}
