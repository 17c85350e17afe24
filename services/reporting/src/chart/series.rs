//! Figures over months: lines with gaps where a month has no figure, and limits.

use super::{
    Drawing, Figure, Limit,
    drawing::{
        BLUE, FRAME, Fill, GRID, INK, MARGIN, ORANGE, Path, SMALL, SOFT_INK, Stroke, WIDTH, length, line, rect, text,
        text_about, text_to,
    },
    scale::{self, Scale},
    words,
};

/// Figures over months.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What the chart is called.
    pub title: String,
    /// The months in order, as they are printed below the axis: `2024-12`. Those without any figure belong in it, too.
    pub months: Vec<String>,
    /// What is drawn.
    pub lines: Vec<Line>,
    /// Limits, drawn across.
    pub limits: Vec<Limit>,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// What it is called, at its end: `小学`.
    pub name: String,
    /// One for each month; none where there is no figure.
    pub figures: Vec<Option<Figure>>,
}

const LEGEND: &str = "折线断开处和细纹底色为该月无数据；水平虚线为限值。";
const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 150.0;
const TOP: f64 = 14.0;
const HEIGHT: f64 = 190.0;
/// Lines of text keep this distance.
const LEADING: f64 = 14.0;
const COLOURS: [&str; 4] = [BLUE, ORANGE, "#595959", "#2e75b6"];
const DASHES: [&str; 4] = ["", "8 3", "3 2", "10 3 2 3"];

impl Series {
    /// Draws it, from nought.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let known = self.lines.iter().flat_map(|line| line.figures.iter().flatten()).map(|figure| figure.value);
        if self.months.is_empty() || known.clone().next().is_none() {
            return Drawing::without_data(&self.title);
        }
        #[expect(clippy::cast_precision_loss, reason = "a chart has some lines")]
        let height = HEIGHT.max((self.lines.len() + self.limits.len()) as f64 * LEADING + LEADING);
        let ground = TOP + height;
        let mut drawing = Drawing::new(&self.title, WIDTH, ground + 28.0);
        let limits = self.limits.iter().map(|limit| limit.figure.value);
        let (high, ticks) =
            scale::round(known.chain(limits).filter(|value| value.is_finite()).fold(0.0, f64::max), 5.0);
        let up = Scale::new((0.0, high), (ground, TOP));
        drawing.add(rect([LEFT, TOP, RIGHT - LEFT, height], Fill::Paper).stroked(Stroke::new(FRAME, 1.0)));
        self.draw_gaps(&mut drawing, ground);
        for (value, label) in ticks {
            let y = up.place(value);
            drawing.add(line(&[(LEFT, y), (RIGHT, y)], Stroke::new(GRID, 1.0)));
            drawing.add(text_to(LEFT - 6.0, y + 4.0, SMALL, label).coloured(SOFT_INK));
        }
        self.draw_months(&mut drawing, ground);
        self.draw_limits(&mut drawing, up);
        for (index, line) in self.lines.iter().enumerate() {
            self.draw_line(&mut drawing, up, (index, line));
        }
        self.draw_names(&mut drawing, up, ground);
        drawing.explained(self.sentences(), LEGEND)
    }

    /// Where the months lie.
    fn places(&self) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a chart has some hundred months")]
        let step = (RIGHT - LEFT) / self.months.len() as f64;
        std::iter::successors(Some(LEFT + step / 2.0), |x| Some(x + step)).take(self.months.len()).collect()
    }

    /// Months without any figure have a ground of their own.
    fn draw_gaps(&self, drawing: &mut Drawing, ground: f64) {
        #[expect(clippy::cast_precision_loss, reason = "a chart has some hundred months")]
        let step = (RIGHT - LEFT) / self.months.len() as f64;
        for (index, x) in self.places().into_iter().enumerate() {
            let has = |line: &Line| line.figures.get(index).is_some_and(Option::is_some);
            if !self.lines.iter().any(has) {
                let band = rect([x - step / 2.0, TOP, step, ground - TOP], Fill::Unknown);
                drawing.add(band.datum("gap", format!("{}：无数据", self.months[index])));
            }
        }
    }

    /// As many months are named as stand beside each other.
    fn draw_months(&self, drawing: &mut Drawing, ground: f64) {
        let widest = self.months.iter().map(|month| words::width(month, SMALL)).fold(0.0, f64::max) + 8.0;
        let mut free = 0.0;
        for (month, x) in self.months.iter().zip(self.places()) {
            if x - widest / 2.0 >= free && x + widest / 2.0 <= WIDTH {
                drawing.add(text_about(x, ground + 16.0, SMALL, month).coloured(SOFT_INK));
                free = x + widest / 2.0;
            }
        }
    }

    /// Limits across; their names stand among those of the lines.
    fn draw_limits(&self, drawing: &mut Drawing, up: Scale) {
        for limit in &self.limits {
            let y = up.place(limit.figure.value);
            let across = line(&[(LEFT, y), (RIGHT, y)], Stroke::new(INK, 1.2).dashed("6 3"));
            drawing.add(Path { class: "limit", ..across });
        }
    }

    fn draw_line(&self, drawing: &mut Drawing, up: Scale, (index, of): (usize, &Line)) {
        let stroke = Stroke::new(COLOURS[index % COLOURS.len()], 1.8).dashed(DASHES[index % DASHES.len()]);
        let places = self.places();
        let figures = self.months.iter().enumerate().map(|(month, _)| of.figures.get(month).and_then(Option::as_ref));
        let points: Vec<Option<(f64, f64)>> =
            figures.clone().zip(&places).map(|(figure, x)| figure.map(|figure| (*x, up.place(figure.value)))).collect();
        for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
            let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
            drawing.add(Path { class: "line", ..line(&run, stroke) });
        }
        for ((point, figure), month) in points.iter().zip(figures).zip(&self.months) {
            if let Some((point, figure)) = point.zip(figure) {
                let hint = format!("{} {month}：{}", of.name, figure.text);
                drawing.add(mark(point, index, hint));
            }
        }
    }

    /// The names of lines, at the height of their last figure, and of limits, moved apart.
    fn draw_names(&self, drawing: &mut Drawing, up: Scale, ground: f64) {
        let lines = self.lines.iter().enumerate().filter_map(|(index, line)| {
            let last = line.figures.iter().take(self.months.len()).flatten().last()?;
            let name = format!("{} {}", line.name, last.text);
            Some((up.place(last.value), name, COLOURS[index % COLOURS.len()]))
        });
        let limits = self
            .limits
            .iter()
            .map(|limit| (up.place(limit.figure.value), format!("{} {}", limit.name, limit.figure.text), INK));
        let named: Vec<(f64, String, &'static str)> = lines.chain(limits).collect();
        let wanted: Vec<f64> = named.iter().map(|(y, ..)| *y).collect();
        let placed = scale::apart(&wanted, LEADING, (TOP + 4.0, ground + 4.0));
        let x = RIGHT + 16.0;
        for ((wanted, name, colour), y) in named.into_iter().zip(placed) {
            drawing.add(line(&[(RIGHT, wanted), (x - 3.0, y)], Stroke::new(FRAME, 0.8)));
            let name = words::fit(&name, SMALL, WIDTH - MARGIN - x);
            drawing.add(text(x, y + 4.0, SMALL, name).coloured(colour));
        }
    }

    /// The figures, in words.
    fn sentences(&self) -> String {
        let told = self.lines.iter().map(|line| {
            let figures = self.months.iter().enumerate().map(|(index, month)| {
                let figure = line.figures.get(index).and_then(Option::as_ref);
                format!("{month} {}", figure.map_or("无数据", |figure| &figure.text))
            });
            format!("{}：{}。", line.name, figures.collect::<Vec<_>>().join("，"))
        });
        let limits = self.limits.iter().map(|limit| format!("{}{}。", limit.name, limit.figure.text));
        told.chain(limits).collect()
    }
}

/// The mark of a figure: its shape tells the lines apart where the colour does not.
fn mark((x, y): (f64, f64), index: usize, hint: String) -> Path {
    let colour = COLOURS[index % COLOURS.len()];
    let corners: &[(f64, f64)] = match index % COLOURS.len() {
        0 => &[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)],
        1 => &[(0.0, -4.0), (4.0, 3.0), (-4.0, 3.0)],
        2 => &[(0.0, -4.2), (4.2, 0.0), (0.0, 4.2), (-4.2, 0.0)],
        _ => &[(0.0, 4.0), (4.0, -3.0), (-4.0, -3.0)],
    };
    let steps = corners.iter().enumerate().map(|(corner, (right, down))| {
        format!("{}{} {}", if corner == 0 { 'M' } else { 'L' }, length(x + right), length(y + down))
    });
    let data = steps.collect::<String>() + "z";
    Path { data, fill: Fill::Plain(colour), stroke: Stroke::new("#fff", 0.6), class: "figure", hint }
}
