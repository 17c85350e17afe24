//! The bullet chart of a stage's coefficients of variation against their limits, drawn by the template as inline SVG.
//!
//! Drawn by our own template and not by a chart library: it needs a title and a description for those who cannot see it,
//! patterns that survive grey print, and the fonts of the page.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources},
};

use super::{document::Badge, resources::variation_text, words};

const ROW_HEIGHT: f64 = 46.0;
const TOP: f64 = 8.0;
const PLOT_LEFT: f64 = 8.0;
const PLOT_WIDTH: f64 = 430.0;

/// A chart: geometry as the template writes it.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// Number of the figure; makes the ids in the page unique.
    pub(super) number: usize,
    pub(super) caption: String,
    pub(super) description: String,
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
    pub(super) limit: String,
    pub(super) badge: Badge,
    pub(super) label_y: String,
    pub(super) track_y: String,
    pub(super) fill_y: String,
    pub(super) middle_y: String,
    pub(super) limit_width: String,
    pub(super) limit_x: String,
    /// Width of the bar of a known coefficient.
    pub(super) width: Option<String>,
    /// Left and right end of the interval of an unknown one.
    pub(super) interval: Option<Interval>,
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

/// Draws the coefficients of a stage. Nothing where no indicator has a limit.
pub(super) fn draw(resources: &StageResources) -> Option<Chart> {
    let stage = words::stage(resources.stage());
    let shown: Vec<&StageIndicator> =
        resources.indicators.iter().filter(|indicator| indicator.variation_limit.is_some()).collect();
    if shown.is_empty() {
        return None;
    }
    let scale = scale(&shown);
    let rows: Vec<Bar> = shown.iter().zip(steps()).map(|(indicator, top)| bar(indicator, scale, top)).collect();
    let bottom = steps().nth(rows.len()).unwrap_or(TOP);
    Some(Chart {
        number: 0,
        caption: format!("{stage}各项指标差异系数与限值"),
        description: rows.iter().map(sentence).collect(),
        height: text(bottom + 26.0),
        axis_y: text(bottom),
        rows,
        ticks: ticks(scale),
    })
}

/// What a row shows, in words.
fn sentence(row: &Bar) -> String {
    format!("{}：{}，限值{}，{}。", row.label, row.value, row.limit, row.badge.text)
}

/// The tops of the rows.
fn steps() -> impl Iterator<Item = f64> {
    std::iter::successors(Some(TOP), |top| Some(top + ROW_HEIGHT))
}

/// The value at the right edge, in tenths: a little beyond the largest figure, and at most twice the limit,
/// so that one extreme does not flatten the rest.
fn scale(shown: &[&StageIndicator]) -> f64 {
    let largest = |values: &mut dyn Iterator<Item = Option<f64>>| {
        values.flatten().filter(|value| value.is_finite()).fold(0.0, f64::max)
    };
    let limit = largest(&mut shown.iter().map(|indicator| indicator.variation_limit));
    let value = largest(
        &mut shown
            .iter()
            .flat_map(|indicator| [indicator.variation, indicator.variation_low, indicator.variation_high]),
    );
    let wanted = value.clamp(limit * 1.2, (limit * 2.0).max(0.1));
    (wanted * 10.0).ceil() / 10.0
}

fn bar(indicator: &StageIndicator, scale: f64, top: f64) -> Bar {
    let place = |value: f64| (value / scale).clamp(0.0, 1.0) * PLOT_WIDTH;
    let limit = indicator.variation_limit.unwrap_or_default();
    let interval = indicator.variation.is_none() && indicator.verdict() != Verdict::Unspecified;
    Bar {
        label: format!("{} {}", indicator.id, indicator.title),
        value: variation_text(indicator),
        limit: super::number::limit(limit, 2),
        badge: Badge::of(indicator.verdict()),
        label_y: text(top + 14.0),
        track_y: text(top + 20.0),
        fill_y: text(top + 24.0),
        middle_y: text(top + 28.0),
        limit_width: text(place(limit)),
        limit_x: text(PLOT_LEFT + place(limit)),
        width: indicator.variation.map(|value| text(place(value))),
        interval: indicator.variation_low.filter(|_| interval).map(|low| Interval {
            left: text(PLOT_LEFT + place(low)),
            right: text(PLOT_LEFT + indicator.variation_high.map_or(PLOT_WIDTH, place)),
            open: indicator.variation_high.is_none_or(|high| high > scale),
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
