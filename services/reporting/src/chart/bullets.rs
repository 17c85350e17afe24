//! Coefficients of variation against their limits: a bar for each, or the interval in which it must lie.

use junheng_proto::common::v1::Verdict;

use super::{
    Drawing, Figure,
    drawing::{
        FRAME, Fill, GRID, INK, LABEL, MARGIN, ORANGE, SMALL, SOFT_INK, Stroke, WIDTH, line, rect, text, text_about,
        text_to,
    },
    scale::Scale,
    words,
};

/// Coefficients of a stage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bullets {
    /// What the chart is called.
    pub title: String,
    /// The coefficients, from top to bottom.
    pub bullets: Vec<Bullet>,
}

/// One coefficient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bullet {
    /// The indicator's id and title.
    pub label: String,
    /// How the report prints the coefficient, or what is known of it: `0.512`, `0.401至0.633`.
    pub text: String,
    /// The coefficient; none where it is not known.
    pub value: Option<f64>,
    /// No possible coefficient lies below this.
    pub low: Option<f64>,
    /// No possible coefficient lies above this; none where nothing bounds it.
    pub high: Option<f64>,
    /// Its limit; none where it decides nothing by itself.
    pub limit: Option<Figure>,
    /// Verdict against the limit.
    pub verdict: Verdict,
    /// The verdict in words: `达标`.
    pub verdict_text: String,
}

const LEGEND: &str = "粗竖线为限值；实心条为限值以内，斜纹条为超出限值，虚线为数据不完整时的可能范围。";
const LEGEND_OF_COMPOSITE: &str = "粗竖线为综合差异系数的限值；实心条为限值以内，斜纹条为超出限值，灰色条为不单独判定的单项差异系数，虚线为数据不完整时的可能范围。";
const ROW: f64 = 46.0;
const PLOT: f64 = 430.0;
/// Where the figures begin.
const FIGURES: f64 = MARGIN + PLOT + 10.0;

impl Bullets {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        if self.bullets.is_empty() {
            return Drawing::without_data(&self.title);
        }
        let tops = std::iter::successors(Some(MARGIN), |top| Some(top + ROW));
        let bottom = tops.clone().nth(self.bullets.len()).unwrap_or(MARGIN);
        let mut drawing = Drawing::new(&self.title, WIDTH, bottom + 26.0);
        let high = self.high();
        let scale = Scale::new((0.0, high), (MARGIN, MARGIN + PLOT));
        let step = if high > 1.0 { 0.2 } else { 0.1 };
        for value in std::iter::successors(Some(0.0), |value| Some(value + step)).take_while(|v| *v <= high + 0.01) {
            let x = scale.place(value);
            drawing.add(line(&[(x, MARGIN), (x, bottom)], Stroke::new(GRID, 1.0)));
            drawing.add(text_about(x, bottom + 14.0, SMALL, format!("{value:.1}")).coloured(SOFT_INK));
        }
        for (bullet, top) in self.bullets.iter().zip(tops) {
            bullet.draw(&mut drawing, scale, top);
        }
        let all_limited = self.bullets.iter().all(|bullet| bullet.limit.is_some());
        let legend = if all_limited { LEGEND } else { LEGEND_OF_COMPOSITE };
        drawing.explained(self.bullets.iter().map(Bullet::sentence).collect(), legend)
    }

    /// The value at the right edge, in tenths: a little beyond the largest figure, and at most twice the limit, so that one extreme does not
    /// flatten the rest.
    fn high(&self) -> f64 {
        let largest =
            |values: &mut dyn Iterator<Item = f64>| values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let limits = self.bullets.iter().filter_map(|bullet| bullet.limit.as_ref());
        let limit = largest(&mut limits.map(|limit| limit.value));
        let value =
            largest(&mut self.bullets.iter().flat_map(|bullet| [bullet.value, bullet.low, bullet.high]).flatten());
        let wanted = value.clamp(limit * 1.2, (limit * 2.0).max(value.min(1.0)).max(0.1));
        (wanted * 10.0 - 1e-9).ceil() / 10.0
    }
}

impl Bullet {
    fn draw(&self, drawing: &mut Drawing, scale: Scale, top: f64) {
        let (track, bar, middle) = (top + 20.0, top + 24.0, top + 28.0);
        drawing.add(text(MARGIN, top + 14.0, LABEL, words::fit(&self.label, LABEL, WIDTH - 2.0 * MARGIN)));
        drawing.add(rect([MARGIN, track, PLOT, 16.0], Fill::Paper).stroked(Stroke::new(FRAME, 1.0)));
        if let Some(limit) = &self.limit {
            let allowed = rect([MARGIN, track, scale.place(limit.value) - MARGIN, 16.0], Fill::Allowed);
            drawing.add(allowed.stroked(Stroke::new(FRAME, 1.0)));
        }
        if let Some(value) = self.value {
            let fill = rect([MARGIN, bar, scale.place(value) - MARGIN, 8.0], self.fill());
            let outlined = if self.fill() == Fill::Hatched { fill.stroked(Stroke::new(ORANGE, 1.0)) } else { fill };
            drawing.add(outlined.datum("bullet", String::new()));
        } else if let Some(low) = self.low {
            self.draw_interval(drawing, scale, low, middle);
        }
        if let Some(limit) = &self.limit {
            drawing.add(rect([scale.place(limit.value) - 1.5, track, 3.0, 16.0], Fill::Plain(INK)));
        }
        drawing.add(text(FIGURES, middle + 5.0, LABEL, &self.text));
        if self.limit.is_some() {
            let x = FIGURES + words::width(&self.text, LABEL) + 8.0;
            let verdict = text(x, middle + 5.0, LABEL, &self.verdict_text);
            let short = self.verdict == Verdict::NotMet;
            drawing.add(if short { verdict.bold().coloured(ORANGE) } else { verdict });
        }
    }

    fn draw_interval(&self, drawing: &mut Drawing, scale: Scale, low: f64, middle: f64) {
        let right = MARGIN + PLOT;
        let end = self.high.map_or(right, |high| scale.place(high));
        let start = scale.place(low);
        drawing.add(super::drawing::Path {
            class: "interval",
            ..line(&[(start, middle), (end, middle)], Stroke::new("#333", 2.5).dashed("6 3"))
        });
        drawing.add(rect([start - 1.25, middle - 4.0, 2.5, 8.0], Fill::Plain("#333")));
        if self.high.is_some_and(|high| scale.holds(high)) {
            drawing.add(rect([end - 1.25, middle - 4.0, 2.5, 8.0], Fill::Plain("#333")));
        } else {
            // Nothing bounds it within the drawing.
            drawing.add(text_to(right, middle + 5.0, LABEL, "▶"));
        }
    }

    fn fill(&self) -> Fill {
        match (self.verdict, &self.limit) {
            (Verdict::Met, _) => Fill::Met,
            (_, None) => Fill::Neutral,
            _ => Fill::Hatched,
        }
    }

    /// What the bar shows, in words.
    fn sentence(&self) -> String {
        match &self.limit {
            Some(limit) => format!("{}：{}，限值{}，{}。", self.label, self.text, limit.text, self.verdict_text),
            None => format!("{}：{}。", self.label, self.text),
        }
    }
}
