//! The bullet chart of a stage's coefficients of variation against their limits, drawn by the template as inline SVG.
//!
//! Drawn by our own template and not by a chart library: it needs a title and a description for those who cannot see it,
//! patterns that survive grey print, and the fonts of the page.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources},
};

use super::{
    composite::composite_text,
    document::Badge,
    resources::{COMPOSITE, variation_text},
    words,
};

const ROW_HEIGHT: f64 = 46.0;
const TOP: f64 = 8.0;
const PLOT_LEFT: f64 = 8.0;
const PLOT_WIDTH: f64 = 430.0;

const LEGEND: &str = "粗竖线为限值；实心条为限值以内，斜纹条为超出限值，虚线为数据不完整时的可能范围。";
const LEGEND_OF_COMPOSITE: &str = "粗竖线为综合差异系数的限值；实心条为限值以内，斜纹条为超出限值，灰色条为不单独判定的单项差异系数，虚线为数据不完整时的可能范围。";

/// A chart: geometry as the template writes it.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// Number of the figure; makes the ids in the page unique.
    pub(super) number: usize,
    pub(super) caption: String,
    pub(super) description: String,
    pub(super) legend: &'static str,
    pub(super) height: String,
    pub(super) axis_y: String,
    pub(super) rows: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
}

impl Chart {
    pub(super) fn numbered(mut self, number: usize) -> Self {
        self.number = number;
        self.caption = format!("图{number} {}", self.caption);
        self
    }
}

/// One indicator.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: String,
    /// Its limit; none where it decides nothing by itself.
    pub(super) limit: Option<Limit>,
    pub(super) badge: Badge,
    pub(super) label_y: String,
    pub(super) track_y: String,
    pub(super) fill_y: String,
    pub(super) middle_y: String,
    /// Width of the bar of a known coefficient.
    pub(super) width: Option<String>,
    /// Left and right end of the interval of an unknown one.
    pub(super) interval: Option<Interval>,
}

/// The limit of a coefficient.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) text: String,
    pub(super) width: String,
    pub(super) x: String,
}

/// An interval of coefficients that are possible.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    pub(super) left: String,
    pub(super) right: String,
    /// Nothing bounds it above: it ends in an arrow at the edge.
    pub(super) open: bool,
}

/// A tick of the axis.
#[derive(Clone, Debug)]
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) label: String,
}

/// A coefficient as it is drawn: of an indicator, or the composite one.
struct Drawn {
    label: String,
    text: String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    limit: Option<f64>,
    verdict: Verdict,
}

impl Drawn {
    fn indicator(indicator: &StageIndicator) -> Self {
        Self {
            label: format!("{} {}", indicator.id, indicator.title),
            text: variation_text(indicator),
            value: indicator.variation,
            low: indicator.variation_low,
            high: indicator.variation_high,
            limit: indicator.variation_limit,
            verdict: indicator.verdict(),
        }
    }

    fn composite(resources: &StageResources) -> Self {
        Self {
            label: format!("{COMPOSITE}（{}项平均）", resources.indicators.len()),
            text: composite_text(resources),
            value: resources.composite_variation,
            low: resources.composite_low,
            high: resources.composite_high,
            limit: resources.composite_limit,
            verdict: resources.composite_verdict(),
        }
    }
}

/// Draws the coefficients of a stage: those with a limit, and where the composite decides all that it is the mean of, too. Nothing where
/// nothing has a limit.
pub(super) fn draw(resources: &StageResources) -> Option<Chart> {
    let stage = words::stage(resources.stage());
    let composite = resources.composite_limit.map(|_| Drawn::composite(resources));
    let wanted = |indicator: &&StageIndicator| composite.is_some() || indicator.variation_limit.is_some();
    let mut shown: Vec<Drawn> = resources.indicators.iter().filter(wanted).map(Drawn::indicator).collect();
    shown.extend(composite);
    if shown.is_empty() {
        return None;
    }
    let scale = scale(&shown);
    let rows: Vec<Bar> = shown.iter().zip(steps()).map(|(drawn, top)| bar(drawn, scale, top)).collect();
    let bottom = steps().nth(rows.len()).unwrap_or(TOP);
    Some(Chart {
        number: 0,
        caption: format!("{stage}各项指标差异系数与限值"),
        description: rows.iter().map(sentence).collect(),
        legend: if shown.iter().all(|drawn| drawn.limit.is_some()) { LEGEND } else { LEGEND_OF_COMPOSITE },
        height: text(bottom + 26.0),
        axis_y: text(bottom),
        rows,
        ticks: ticks(scale),
    })
}

/// What a row shows, in words.
fn sentence(row: &Bar) -> String {
    match &row.limit {
        Some(limit) => format!("{}：{}，限值{}，{}。", row.label, row.value, limit.text, row.badge.text),
        None => format!("{}：{}。", row.label, row.value),
    }
}

/// The tops of the rows.
fn steps() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(TOP), |top| Some(top + ROW_HEIGHT))
}

/// The value at the right edge, in tenths: a little beyond the largest figure, and at most twice the limit,
/// so that one extreme does not flatten the rest.
fn scale(shown: &[Drawn]) -> f64 {
    let largest = |values: &mut dyn Iterator<Item = Option<f64>>| {
        values.flatten().filter(|value| value.is_finite()).fold(0.0, f64::max)
    };
    let limit = largest(&mut shown.iter().map(|drawn| drawn.limit));
    let value = largest(&mut shown.iter().flat_map(|drawn| [drawn.value, drawn.low, drawn.high]));
    let wanted = value.clamp(limit * 1.2, (limit * 2.0).max(0.1));
    (wanted * 10.0).ceil() / 10.0
}

fn bar(drawn: &Drawn, scale: f64, top: f64) -> Bar {
    let place = |value: f64| (value / scale).clamp(0.0, 1.0) * PLOT_WIDTH;
    let limit = |limit| Limit {
        text: super::number::limit(limit, 2),
        width: text(place(limit)),
        x: text(PLOT_LEFT + place(limit)),
    };
    let interval = drawn.value.is_none();
    Bar {
        label: drawn.label.clone(),
        value: drawn.text.clone(),
        limit: drawn.limit.map(limit),
        badge: Badge::of(drawn.verdict),
        label_y: text(top + 14.0),
        track_y: text(top + 20.0),
        fill_y: text(top + 24.0),
        middle_y: text(top + 28.0),
        width: drawn.value.map(|value| text(place(value))),
        interval: drawn.low.filter(|_| interval).map(|low| Interval {
            left: text(PLOT_LEFT + place(low)),
            right: text(PLOT_LEFT + drawn.high.map_or(PLOT_WIDTH, place)),
            open: drawn.high.is_none_or(|high| high > scale),
        }),
    }
}

fn ticks(scale: f64) -> Vec<Tick> {
    let step = if scale > 1.0 { 0.2 } else { 0.1 };
    std::iter::successors(Some(0.0), |value| Some(value + step))
        .take_while(|value| *value <= scale + 0.01)
        .map(|value| Tick { x: text(PLOT_LEFT + value / scale * PLOT_WIDTH), label: super::number::rounded(value, 1) })
        .collect()
}

fn text(length: f64) -> String {
    format!("{length:.1}")
}
