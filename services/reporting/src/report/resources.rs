//! Section 二: resources by stage: how many units reach each indicator, and how even the units are.

use std::fmt::Write as _;

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, Item, StageIndicator, StageResources},
};

use super::{
    charts,
    composite::{self, composite_text},
    document::{Align, Cell, Table},
    items,
    number::{self, MISSING},
    units, words,
    writer::Writer,
};

/// Mark of a figure that is printed with more decimals than usual.
pub(super) const SENSITIVE_MARK: &str = "※";
/// What the mark says, below a table that has one.
pub(crate) const SENSITIVE_NOTE: &str =
    "※ 该数值若只按通常位数显示，四舍五入后会与判定结果相反，故多列小数位；判定以精确值为准。";

/// The composite coefficient.
pub(crate) const COMPOSITE: &str = "综合差异系数";
const PERSONS_PER_PUPIL: &str = "人/生";

/// Writes the section.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation) {
    let part = items::resources_part(evaluation);
    writer.section(part.map_or("资源配置", |part| &part.title));
    if let Some(part) = part {
        // What its stages have to say stands below.
        writer.paragraph(if evaluation.resources.iter().any(|stage| stage.unit_count.unwrap_or_default() > 0) {
            format!("{}部分结论为{}，各学段情况如下。", part.title, items::badge(&part.id, part.verdict()).text)
        } else {
            super::conclusion::part_sentence(part)
        });
    }
    for resources in &evaluation.resources {
        write_stage(writer, resources, &evaluation.weighting);
    }
    if evaluation.resources.is_empty() {
        writer.paragraph("本县无评估单元。");
    }
    if let Some(part) = part {
        let items: Vec<&Item> = evaluation.items.iter().filter(|item| item.part == part.id).collect();
        if !items.is_empty() {
            items::write_items(writer, part, &items);
        }
    }
}

/// Decimals of an indicator's values: two, and four for persons per one pupil, which are small fractions.
pub(super) fn decimals(indicator: &StageIndicator) -> usize {
    if indicator.unit == PERSONS_PER_PUPIL { 4 } else { 2 }
}

/// A coefficient in words: the figure, the interval in which it must lie, or that there is none.
pub(super) fn variation_text(indicator: &StageIndicator) -> String {
    let decimals = |value| number::beside(value, indicator.variation_limit, 3, indicator.rounding_sensitive);
    // That it is not below zero is no news.
    let low = indicator.variation_low.filter(|low| *low > 0.0 || indicator.variation_high.is_none());
    match (indicator.variation, low, indicator.variation_high) {
        (Some(value), ..) => decimals(value) + if indicator.rounding_sensitive { SENSITIVE_MARK } else { "" },
        (None, Some(low), Some(high)) => format!("{}至{}", number::rounded(low, 3), number::rounded(high, 3)),
        // Nothing is known that was not known before.
        (None, Some(0.0), None) => MISSING.to_owned(),
        (None, Some(low), None) => format!("不低于{}", number::rounded(low, 3)),
        (None, None, Some(high)) => format!("不高于{}", number::rounded(high, 3)),
        (None, None, None) if undefined(indicator) => "无定义".to_owned(),
        (None, None, None) => MISSING.to_owned(),
    }
}

/// Every amount is zero: there is a mean, and no coefficient.
fn undefined(indicator: &StageIndicator) -> bool {
    let bounded = indicator.variation_low.is_some() || indicator.variation_high.is_some();
    !bounded && (indicator.mean == Some(0.0) || indicator.verdict() == Verdict::NotMet)
}

fn write_stage(writer: &mut Writer, resources: &StageResources, weighting: &str) {
    let stage = words::stage(resources.stage());
    writer.subsection(stage);
    if resources.unit_count.unwrap_or_default() == 0 {
        writer.paragraph("本县无该学段评估单元。");
        return;
    }
    writer.paragraph(summary(resources));
    writer.table(reach_table(resources));
    if let Some(sentence) = other_form(resources, weighting) {
        writer.paragraph(sentence);
    }
    let (variations, values) = (charts::variations(resources), charts::values(resources));
    let undrawn = [
        (variations.is_none() && limited(resources), "各项差异系数"),
        (values.is_none() && units::judges_units(resources), "各评估单元指标值"),
    ];
    let undrawn: Vec<&str> = undrawn.into_iter().filter(|(undrawn, _)| *undrawn).map(|(_, what)| what).collect();
    if !undrawn.is_empty() {
        writer.paragraph(format!("{stage}{}均因数据不完整待定，不绘图。", undrawn.join("、")));
    }
    if let Some(chart) = variations {
        writer.chart(chart, None);
    }
    let more = [charts::worst_spread(resources), values, charts::below(resources)];
    for (chart, table) in more.into_iter().flatten() {
        writer.chart(chart, Some(table));
    }
    units::write(writer, resources);
}

/// Whether any coefficient has a limit, alone or as a part of the composite.
fn limited(resources: &StageResources) -> bool {
    resources.composite_limit.is_some() || resources.indicators.iter().any(|rule| rule.variation_limit.is_some())
}

fn summary(resources: &StageResources) -> String {
    let stage = words::stage(resources.stage());
    let count = resources.unit_count.unwrap_or_default();
    let mut text = format!("全县{stage}评估单元{count}个");
    if let Some(met) = resources.met_unit_count.filter(|_| units::judges_units(resources)) {
        let open = resources.undetermined_unit_count.unwrap_or_default();
        let short = count.saturating_sub(met).saturating_sub(open);
        let _ = write!(text, "，其中综合达标{met}个，占{}", number::percent(f64::from(met) / f64::from(count), 2));
        if short > 0 {
            let _ = write!(text, "；不达标{short}个");
        }
        if open > 0 {
            let _ = write!(text, "；因数据未报送或不完整待定{open}个，待定单元不计入达标单元");
        }
    }
    text += "。";
    text += &variation_summary(resources);
    text
}

fn variation_summary(resources: &StageResources) -> String {
    let limited: Vec<&StageIndicator> =
        resources.indicators.iter().filter(|indicator| indicator.variation_limit.is_some()).collect();
    let mut told = vec![];
    if !limited.is_empty() {
        told.push(limited_summary(&limited));
    }
    told.extend(composite::sentence(resources));
    told.into_iter().map(|sentence| sentence + "。").collect()
}

fn limited_summary(limited: &[&StageIndicator]) -> String {
    let named = |verdict| {
        let names: Vec<String> = limited
            .iter()
            .filter(|indicator| indicator.verdict() == verdict)
            .map(|indicator| match variation_text(indicator) {
                text if text == MISSING => format!("{}{}", indicator.id, indicator.title),
                text => format!("{}{}({text})", indicator.id, indicator.title),
            })
            .collect();
        names.join("、")
    };
    if limited.iter().all(|indicator| indicator.verdict() == Verdict::Undetermined) {
        return format!("{}项指标的差异系数均因数据不完整待定", limited.len());
    }
    let (short, open) = (named(Verdict::NotMet), named(Verdict::Undetermined));
    let mut text = if short.is_empty() && open.is_empty() {
        format!("{}项指标的差异系数均在限值以内", limited.len())
    } else {
        let met = limited.iter().filter(|indicator| indicator.verdict() == Verdict::Met).count();
        format!("{}项指标中，{met}项的差异系数在限值以内", limited.len())
    };
    if !short.is_empty() {
        let _ = write!(text, "；超出限值的有：{short}");
    }
    if !open.is_empty() {
        let _ = write!(text, "；因数据不完整待定的有：{open}");
    }
    text
}

fn reach_table(resources: &StageResources) -> Table {
    let asked = Asked::by(resources);
    let mut columns = vec![("编号", Align::Center), ("指标", Align::Left), ("单位", Align::Center)];
    if asked.of_units {
        columns.extend([("标准值", Align::Right), ("达标单元/总数", Align::Center), ("达标比例", Align::Right)]);
    }
    columns.extend([("全县均值", Align::Right), ("差异系数", Align::Right)]);
    if asked.of_coefficients {
        columns.extend([("限值", Align::Right), ("系数结论", Align::Center)]);
    }
    let about = if asked.of_units {
        "资源配置指标达标情况与差异系数"
    } else {
        "各项指标的全县均值与差异系数"
    };
    let mut table = Table::new(format!("{}{about}", words::stage(resources.stage())), &columns);
    table.class = "wide";
    for indicator in &resources.indicators {
        table.row(reach_row(indicator, resources.unit_count.unwrap_or_default(), asked));
    }
    if resources.composite_limit.is_some() {
        table.row(composite_row(resources, asked));
        table.notes.extend(composite::note(resources, asked.of_coefficients));
    }
    if asked.of_units && resources.undetermined_unit_count.unwrap_or_default() > 0 {
        table
            .notes
            .push("达标单元只计已确定达到标准值的单元；数据补报后，达标单元数和达标比例只会持平或提高。".to_owned());
    }
    if resources.indicators.iter().any(|indicator| indicator.variation.is_none() && !undefined(indicator)) {
        table.notes.push(
            "差异系数为区间的，是因部分数据未报送而只能确定其可能范围；“—”表示数据不完整，暂不能计算。".to_owned(),
        );
    }
    if resources.indicators.iter().any(|indicator| indicator.variation.is_none() && indicator.mean == Some(0.0)) {
        table.notes.push("差异系数“无定义”是指各单元数值均为0，不视为在限值以内。".to_owned());
    }
    let sensitive = resources.indicators.iter().any(|indicator| indicator.rounding_sensitive);
    if sensitive || resources.composite_rounding_sensitive {
        table.notes.push(SENSITIVE_NOTE.to_owned());
    }
    table
}

/// What the standard asks, and so which columns there are.
#[derive(Clone, Copy)]
struct Asked {
    /// Any indicator has a threshold.
    of_units: bool,
    /// Any single coefficient has a limit.
    of_coefficients: bool,
}

impl Asked {
    fn by(resources: &StageResources) -> Self {
        Self {
            of_units: resources.indicators.iter().any(|indicator| indicator.threshold.is_some()),
            of_coefficients: resources.indicators.iter().any(|indicator| indicator.variation_limit.is_some()),
        }
    }
}

fn reach_row(indicator: &StageIndicator, unit_count: u32, asked: Asked) -> Vec<Cell> {
    let mut cells =
        vec![indicator.id.as_str().into(), Cell::head(indicator.title.as_str()), indicator.unit.as_str().into()];
    if asked.of_units {
        let reached = indicator.reached_unit_count;
        let share = |reached| number::percent(f64::from(reached) / f64::from(unit_count), 2);
        cells.extend([
            indicator.threshold.map_or_else(|| MISSING.to_owned(), number::plain).into(),
            reached.map_or_else(|| MISSING.to_owned(), |reached| format!("{reached}/{unit_count}")).into(),
            Cell::from(reached.map_or_else(|| MISSING.to_owned(), share)),
        ]);
    }
    let mean = |mean| number::rounded(mean, decimals(indicator));
    cells.push(indicator.mean.map_or_else(|| MISSING.to_owned(), mean).into());
    cells.push(variation_text(indicator).into());
    if asked.of_coefficients {
        let limit = indicator.variation_limit.map_or_else(|| MISSING.to_owned(), |limit| number::limit(limit, 2));
        cells.extend([limit.into(), indicator.verdict().into()]);
    }
    cells
}

/// The last row, where the composite decides.
fn composite_row(resources: &StageResources, asked: Asked) -> Vec<Cell> {
    let blank = if asked.of_units { 5 } else { 2 };
    let mut cells = vec!["综合".into(), Cell::head(COMPOSITE)];
    cells.extend(std::iter::repeat_n(Cell::from(""), blank));
    cells.push(composite_text(resources).into());
    if asked.of_coefficients {
        let limit = resources.composite_limit.map_or_else(|| MISSING.to_owned(), |limit| number::limit(limit, 2));
        cells.extend([limit.into(), resources.composite_verdict().into()]);
    }
    cells
}

/// Says where the other form of the coefficient would decide otherwise.
fn other_form(resources: &StageResources, weighting: &str) -> Option<String> {
    let other = if weighting == "unweighted" { "按学生数加权" } else { "不按学生数加权" };
    let told: Vec<String> = resources
        .indicators
        .iter()
        .filter_map(|indicator| {
            let printed = number::beside(indicator.other_variation?, indicator.variation_limit, 3, true);
            Some(format!("{}{}为{printed}", indicator.id, indicator.title))
        })
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "需要说明的是，下列指标的差异系数若{other}计算，结论将与本报告不同：{}。本报告以评估标准规定的算法为准。",
            told.join("；")
        )
    })
}
