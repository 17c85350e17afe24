//! Units of a stage that are not met or undetermined, and what each of them is short of.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources, Unit, UnitIndicator},
};

use super::{
    document::{Align, Cell, Table},
    labels,
    number::{self, MISSING},
    resources::{self, SENSITIVE_MARK, SENSITIVE_NOTE},
    words,
    writer::Writer,
};

/// Writes what is to be said of single units of a stage.
pub(super) fn write(writer: &mut Writer, resources: &StageResources) {
    if !judges_units(resources) {
        return;
    }
    let stage = words::stage(resources.stage());
    let with = |verdict| resources.units.iter().filter(move |unit| unit.verdict() == verdict).collect::<Vec<&Unit>>();
    let (short, open) = (with(Verdict::NotMet), with(Verdict::Undetermined));
    if short.is_empty() && open.is_empty() {
        writer.paragraph(format!("{stage}各评估单元均综合达标。"));
    }
    if !short.is_empty() {
        writer.led(
            "未达标评估单元。",
            format!("{stage}未达标评估单元共{}个：{}，差距见下表。", short.len(), names(&short)),
        );
        writer.table(gap_table(&format!("{stage}未达标评估单元及差距"), resources, &short));
    }
    if !open.is_empty() {
        writer.led(
            "待定评估单元。",
            format!("{stage}另有{}个评估单元因数据未报送或不完整，暂不能作出结论：{}。", open.len(), names(&open)),
        );
        writer.table(gap_table(&format!("{stage}待定评估单元"), resources, &open));
    }
    let near = with_one_short(resources);
    if !near.is_empty() {
        let floor = if has_floor(resources) { "（不低于单项底线）" } else { "" };
        writer.led(
            "综合达标但有单项差距的评估单元。",
            format!("下列单元综合达标，但有个别指标未达到标准值{floor}，应继续补齐：{}。", near.join("；")),
        );
    }
}

/// Whether the standard asks something of a unit by itself.
pub(super) fn judges_units(resources: &StageResources) -> bool {
    resources.units.iter().any(|unit| unit.verdict() != Verdict::Unspecified)
}

/// Whether the standard leaves a floor to an indicator that is short.
pub(super) fn has_floor(resources: &StageResources) -> bool {
    resources.indicators.iter().any(|rule| rule.floor.is_some())
}

fn names(units: &[&Unit]) -> String {
    units.iter().map(|unit| words::school(&unit.school_name, &unit.school_code)).collect::<Vec<_>>().join("、")
}

fn with_one_short(resources: &StageResources) -> Vec<String> {
    let met = resources.units.iter().filter(|unit| unit.verdict() == Verdict::Met);
    met.filter_map(|unit| {
        let short: Vec<String> = unit
            .indicators
            .iter()
            .filter(|indicator| indicator.verdict() == Verdict::NotMet)
            .map(|indicator| {
                let rule = rule(resources, &indicator.id);
                let (title, unit) = rule.map_or(("", ""), |rule| (rule.title.as_str(), rule.unit.as_str()));
                let mut told = format!("{}{title}{}{unit}", indicator.id, value_text(indicator, rule));
                let limits = rule.map(|rule| [("标准值", rule.threshold), ("单项底线", rule.floor)]);
                for (name, limit) in limits.into_iter().flatten() {
                    told.extend(limit.map(|limit| format!("，{name}{}{unit}", number::plain(limit))));
                }
                told.extend(short_of(indicator, rule).map(|amount| format!("，还差{amount}")));
                told
            })
            .collect();
        let name = words::school(&unit.school_name, &unit.school_code);
        (!short.is_empty()).then(|| format!("{name}({})", short.join("、")))
    })
    .collect()
}

pub(super) fn rule<'a>(resources: &'a StageResources, id: &str) -> Option<&'a StageIndicator> {
    resources.indicators.iter().find(|indicator| indicator.id == id)
}

fn gap_table(caption: &str, resources: &StageResources, units: &[&Unit]) -> Table {
    let mut columns = vec![
        ("评估单元", Align::Left),
        ("在校生（人）", Align::Right),
        ("判定情况", Align::Left),
        ("指标", Align::Left),
        ("实际值", Align::Right),
        ("标准值", Align::Right),
        ("占标准值", Align::Right),
        ("缺口", Align::Right),
    ];
    let floor = has_floor(resources);
    if floor {
        columns.push(("单项底线", Align::Center));
    }
    let mut table = Table::new(caption, &columns);
    table.class = "wide";
    for unit in units {
        table.groups.push(gap_rows(resources, unit, columns.len()));
    }
    let short = units.iter().flat_map(|unit| &unit.indicators).any(|indicator| indicator.shortfall.is_some());
    let notes = [
        short.then_some("“缺口”为在校生数不变时达到标准值尚需补充的总量，按进一法取值；“占标准值”按去尾法取值"),
        floor.then_some("“单项底线”是评估标准对个别未达到标准值的指标所设的最低值"),
    ];
    let notes: Vec<&str> = notes.into_iter().flatten().collect();
    if !notes.is_empty() {
        table.notes.push(words::sentence(&notes.join("；")));
    }
    table.notes.extend(shared(units));
    if units.iter().flat_map(|unit| &unit.indicators).any(|indicator| indicator.rounding_sensitive) {
        table.notes.push(SENSITIVE_NOTE.to_owned());
    }
    table
}

/// What a school lacks of an amount that its stages share, and how much of it is one stage's; nothing where no such amount is short.
fn shared(units: &[&Unit]) -> Option<String> {
    let share = |unit: &&Unit| {
        let short = unit.indicators.iter().find(|one| one.shortfall.is_some() && one.share.is_some())?;
        let name = words::school(&unit.school_name, &unit.school_code);
        Some(format!("{name}{}", number::percent(short.share?, 2)))
    };
    let shares: Vec<String> = units.iter().filter_map(share).collect();
    (!shares.is_empty()).then(|| {
        format!(
            "学校各学段共用的数量按加权学生数分摊，其缺口为全校须增加的数量，按份额计入本学段；本学段的份额：{}。",
            shares.join("、")
        )
    })
}

fn gap_rows(resources: &StageResources, unit: &Unit, columns: usize) -> Vec<Vec<Cell>> {
    let told: Vec<&UnitIndicator> = unit
        .indicators
        .iter()
        .filter(|indicator| matches!(indicator.verdict(), Verdict::NotMet | Verdict::Undetermined))
        .collect();
    let name = words::school(&unit.school_name, &unit.school_code);
    let pupils = unit.pupils.map_or_else(|| "未报送".to_owned(), |pupils| pupils.to_string());
    let why = why(&told, unit.pupils.is_none());
    if told.is_empty() {
        let empty = std::iter::repeat_n(Cell::from(MISSING), columns - 3);
        return vec![[Cell::head(name), pupils.into(), why.into()].into_iter().chain(empty).collect()];
    }
    if let Some(nothing) = nothing_known(resources, &told) {
        let rest = std::iter::repeat_n(Cell::from(MISSING), columns - 5);
        let row = [Cell::head(name), pupils.into(), why.into(), nothing.into(), "未报送".into()];
        return vec![row.into_iter().chain(rest).collect()];
    }
    let heads = |index: usize| {
        let span = if index == 0 { told.len() } else { 0 };
        [Cell::head(name.as_str()), pupils.as_str().into(), why.as_str().into()].map(|cell| cell.spanning(span))
    };
    let rows = told.iter().enumerate();
    rows.map(|(index, indicator)| heads(index).into_iter().chain(gap_cells(resources, indicator)).collect()).collect()
}

/// All indicators of the stage, where nothing is known of any.
fn nothing_known(resources: &StageResources, told: &[&UnitIndicator]) -> Option<String> {
    let unknown = |indicator: &&UnitIndicator| {
        let low = indicator.value_low.is_none_or(|low| low <= 0.0);
        indicator.verdict() == Verdict::Undetermined
            && indicator.value.is_none()
            && low
            && indicator.value_high.is_none()
    };
    let (first, last) = resources.indicators.first().zip(resources.indicators.last())?;
    let all = told.len() == resources.indicators.len() && told.len() > 1 && told.iter().all(unknown);
    all.then(|| format!("{}至{}共{}项指标", first.id, last.id, told.len()))
}

fn why(told: &[&UnitIndicator], pupils_missing: bool) -> String {
    let count = |verdict| told.iter().filter(|indicator| indicator.verdict() == verdict).count();
    let (short, open) = (count(Verdict::NotMet), count(Verdict::Undetermined));
    let below_floor = told.iter().filter(|indicator| indicator.floor_verdict() == Verdict::NotMet).count();
    let mut reasons = Vec::new();
    if pupils_missing {
        reasons.push("在校生数未报送".to_owned());
    }
    if short > 0 {
        reasons.push(format!("{short}项未达到标准值"));
    }
    if below_floor > 0 {
        reasons.push(match below_floor {
            1 if short == 1 => "且低于单项底线".to_owned(),
            _ if below_floor == short => "均低于单项底线".to_owned(),
            _ => format!("其中{below_floor}项低于单项底线"),
        });
    }
    if open > 0 {
        reasons.push(format!("{open}项数据不完整"));
    }
    reasons.join("，")
}

fn gap_cells(resources: &StageResources, indicator: &UnitIndicator) -> Vec<Cell> {
    let rule = rule(resources, &indicator.id);
    let threshold = rule.and_then(|rule| rule.threshold);
    let ratio = indicator.value.zip(threshold).filter(|(_, threshold)| *threshold > 0.0);
    let floor = rule.and_then(|rule| rule.floor);
    let printed = floor.map(number::plain).unwrap_or_default();
    let floor_cell = match indicator.floor_verdict() {
        Verdict::NotMet => Cell { class: "short", ..Cell::from(format!("低于{printed}")) },
        Verdict::Met | Verdict::Undetermined => Cell::from(printed),
        Verdict::Unspecified => Cell::from(MISSING),
    };
    let cells = vec![
        rule.map_or_else(|| indicator.id.clone(), |rule| format!("{} {}", rule.id, rule.title)).into(),
        value_text(indicator, rule).into(),
        threshold.map_or_else(|| MISSING.to_owned(), number::plain).into(),
        ratio
            .map_or_else(|| MISSING.to_owned(), |(value, threshold)| number::percent_below(value / threshold, 2))
            .into(),
        short_of(indicator, rule).unwrap_or_else(|| MISSING.to_owned()).into(),
    ];
    let floor_cell = has_floor(resources).then_some(floor_cell);
    cells.into_iter().chain(floor_cell).collect()
}

/// What is short, in the unit of the amount.
pub(super) fn short_of(indicator: &UnitIndicator, rule: Option<&StageIndicator>) -> Option<String> {
    let unit = rule.map_or("", |rule| rule.amount_unit.as_str());
    indicator.shortfall.map(|amount| labels::amount(amount, unit))
}

/// The value beside its threshold and floor, or what is known of it.
pub(super) fn value_text(indicator: &UnitIndicator, rule: Option<&StageIndicator>) -> String {
    let mark = if indicator.rounding_sensitive { SENSITIVE_MARK } else { "" };
    let low = indicator.value_low.filter(|low| *low > 0.0);
    match (indicator.value, low, indicator.value_high) {
        (Some(value), ..) => value_beside(value, indicator, rule) + mark,
        (None, Some(low), Some(high)) => format!("未报送（{}至{}）", number::rounded(low, 2), number::rounded(high, 2)),
        (None, Some(low), None) => format!("未报送（不低于{}）", number::rounded(low, 2)),
        (None, None, Some(high)) => format!("未报送（不高于{}）", number::rounded(high, 2)),
        (None, None, None) => "未报送".to_owned(),
    }
}

/// A value, printed so that it does not contradict its verdicts.
pub(super) fn value_beside(value: f64, indicator: &UnitIndicator, rule: Option<&StageIndicator>) -> String {
    let limits = rule.map_or([None; 2], |rule| [rule.threshold, rule.floor]);
    number::beside_all(value, &limits, rule.map_or(2, resources::decimals), indicator.rounding_sensitive)
}
