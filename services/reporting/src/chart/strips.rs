//! Values of units against threshold and floor: a row for each indicator, in it a bar for each unit, the lowest first.

use junheng_proto::common::v1::Verdict;

use super::{
    Drawing, Figure, Limit,
    drawing::{
        Fill, FRAME, GRID, INK, LABEL, MARGIN, SMALL, SOFT_INK, Stroke, WIDTH, line, rect, text, text_to,
    },
    scale::Scale,
    words,
};

/// Values of the units of a stage, indicator by indicator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strips {
    /// What the chart is called.
    pub title: String,
    /// The indicators.
    pub strips: Vec<Strip>,
}

/// One indicator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// Its id and title: `L4 生均体育运动场馆面积`.
    pub label: String,
    /// Unit of its values: `平方米`.
    pub unit: String,
    /// What a unit must reach.
    pub threshold: Option<Limit>,
    /// What one that is short must at least have.
    pub floor: Option<Limit>,
    /// The units, in any order.
    pub units: Vec<StripUnit>,
}

/// One unit.
#[derive(Clone, Debug, PartialEq)]
pub struct StripUnit {
    /// The school's name.
    pub name: String,
    /// Its value; none where it is not known.
    pub value: Option<Figure>,
    /// Verdict against the threshold.
    pub verdict: Verdict,
    /// It is below the floor.
    pub below_floor: bool,
}

const LEGEND: &str = "每条为一个评估单元，自左至右由低到高；实线为标准值，虚线为单项底线；实心条为达到标准值，浅色条为未达到，斜纹条为低于底线，灰色细纹框为数据不完整。条高以标准值的两倍为限。";
/// Room above a strip for its label, and below it for its lowest unit.
const HEAD: f64 = 19.0;
const FOOT: f64 = 21.0;
/// Height of a strip, and of the only one of a chart.
const STRIP: f64 = 34.0;
const SINGLE: f64 = 150.0;
/// A strip ends here at the most: times the threshold.
const MOST: f64 = 2.0;
/// Room for one unit, at the most.
const SLOT: f64 = 26.0;

impl Strips {
    /// Draws it. Bars keep their order; the highest end at twice the threshold.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        if self.strips.iter().all(|strip| strip.units.is_empty()) {
            return Drawing::without_data(&self.title);
        }
        let height = if self.strips.len() == 1 { SINGLE } else { STRIP };
        let step = HEAD + height + FOOT;
        let tops = std::iter::successors(Some(MARGIN), |top| Some(top + step));
        let bottom = tops.clone().nth(self.strips.len()).unwrap_or(MARGIN);
        let mut drawing = Drawing::new(&self.title, WIDTH, bottom);
        for (strip, top) in self.strips.iter().zip(tops) {
            strip.draw(&mut drawing, top, height);
        }
        drawing.explained(self.strips.iter().map(Strip::sentence).collect(), LEGEND)
    }
}

impl Strip {
    fn draw(&self, drawing: &mut Drawing, top: f64, height: f64) {
        let told = self.limits();
        let room = WIDTH - 2.0 * MARGIN - words::width(&told, SMALL) - 12.0;
        let label = format!("{}({})", self.label, self.unit);
        drawing.add(text(MARGIN, top + 12.0, LABEL, words::fit(&label, LABEL, room)));
        drawing.add(text_to(WIDTH - MARGIN, top + 12.0, SMALL, told).coloured(SOFT_INK));
        let (left, right) = (MARGIN, WIDTH - MARGIN);
        let (ceiling, ground) = (top + HEAD, top + HEAD + height);
        let high = self.high();
        let scale = Scale::new((0.0, high), (ground, ceiling));
        drawing.add(rect([left, ceiling, right - left, height], Fill::Paper).stroked(Stroke::new(GRID, 1.0)));
        for (unit, (x, width)) in self.sorted().into_iter().zip(slots(self.units.len(), left, right - left)) {
            let bar = if let Some(value) = &unit.value {
                let y = scale.place(value.value);
                rect([x, y, width, ground - y], unit.fill())
            } else {
                let frame = Stroke::new(FRAME, if width > 4.0 { 1.0 } else { 0.3 }).dashed("2 2");
                rect([x, ceiling, width, height], Fill::Unknown).stroked(frame)
            };
            let bar = match unit.fill() {
                Fill::Short | Fill::Hatched if unit.value.is_some() && width > 3.0 => {
                    bar.stroked(Stroke::new(super::drawing::ORANGE, 0.8))
                }
                _ => bar,
            };
            drawing.add(bar.datum("unit", unit.hint()));
        }
        let across = |value: f64| [(left, scale.place(value)), (right, scale.place(value))];
        for (limit, stroke) in
            [(&self.threshold, Stroke::new(INK, 1.6)), (&self.floor, Stroke::new(INK, 1.1).dashed("5 3"))]
        {
            drawing.add_all(limit.as_ref().map(|limit| line(&across(limit.figure.value), stroke)));
        }
        let lowest = words::fit(&self.told_lowest(), SMALL, right - left);
        drawing.add(text(left, ground + 13.0, SMALL, lowest).coloured(SOFT_INK));
    }

    /// The value at the upper edge.
    fn high(&self) -> f64 {
        let values = self.units.iter().filter_map(|unit| unit.value.as_ref()).map(|figure| figure.value);
        let largest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        match &self.threshold {
            Some(Limit { figure, .. }) if figure.value > 0.0 => {
                largest.clamp(figure.value * 1.25, figure.value * MOST)
            }
            _ if largest > 0.0 => largest,
            _ => 1.0,
        }
    }

    /// The lowest first, what is not known last; of equals by name.
    fn sorted(&self) -> Vec<&StripUnit> {
        let mut units: Vec<&StripUnit> = self.units.iter().collect();
        let value = |unit: &StripUnit| unit.value.as_ref().map_or(f64::INFINITY, |figure| figure.value);
        units.sort_by(|one, other| value(one).total_cmp(&value(other)).then_with(|| one.name.cmp(&other.name)));
        units
    }

    fn with(&self, verdict: Verdict) -> usize {
        self.units.iter().filter(|unit| unit.verdict == verdict).count()
    }

    /// What stands at the right above the strip.
    fn limits(&self) -> String {
        let limits = [&self.threshold, &self.floor].into_iter().flatten();
        let mut told: Vec<String> = limits.map(|limit| format!("{}{}", limit.name, limit.figure.text)).collect();
        if self.threshold.is_some() {
            told.push(format!("达到{}/{}", self.with(Verdict::Met), self.units.len()));
        }
        told.join("　")
    }

    /// The unit with the lowest value; none where no value is known.
    pub(crate) fn lowest(&self) -> Option<(&StripUnit, &Figure)> {
        self.sorted().into_iter().find_map(|unit| unit.value.as_ref().map(|value| (unit, value)))
    }

    fn told_lowest(&self) -> String {
        let told = |(unit, value): (&StripUnit, &Figure)| format!("最低：{} {}", unit.name, value.text);
        self.lowest().map_or_else(|| "各单元数据均不完整".to_owned(), told)
    }

    /// What the strip shows, in words.
    fn sentence(&self) -> String {
        let limits = [&self.threshold, &self.floor].into_iter().flatten();
        let limits = limits.fold(String::new(), |told, limit| told + "，" + &limit.name + &limit.figure.text);
        let below_floor = self.units.iter().filter(|unit| unit.below_floor).count();
        let counts = if self.threshold.is_some() {
            let below = if below_floor > 0 { format!("（其中低于底线{below_floor}个）") } else { String::new() };
            format!(
                "达到标准值{}个，未达到{}个{below}，待定{}个；",
                self.with(Verdict::Met),
                self.with(Verdict::NotMet),
                self.with(Verdict::Undetermined)
            )
        } else {
            String::new()
        };
        format!("{}（{}）：单元{}个{limits}；{counts}{}。", self.label, self.unit, self.units.len(), self.told_lowest())
    }
}

impl StripUnit {
    const fn fill(&self) -> Fill {
        match (self.verdict, self.below_floor) {
            (Verdict::NotMet, true) => Fill::Hatched,
            (Verdict::NotMet, false) => Fill::Short,
            (Verdict::Met, _) => Fill::Met,
            (Verdict::Undetermined | Verdict::Unspecified, _) => Fill::Neutral,
        }
    }

    fn hint(&self) -> String {
        let value = self.value.as_ref().map_or("数据不完整", |figure| &figure.text);
        format!("{} {value}", self.name)
    }
}

/// Left ends and widths of this many bars.
pub(super) fn slots(count: usize, left: f64, room: f64) -> impl Iterator<Item = (f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a chart has some hundred bars")]
    let slot = (room / count.max(1) as f64).min(SLOT);
    let width = if slot > 5.0 { slot * 0.78 } else { slot * 0.9 };
    std::iter::successors(Some(left + (slot - width) / 2.0), move |x| Some(x + slot)).map(move |x| (x, width))
}
