//! Counties by indicators: a square with a letter for each verdict.

use junheng_proto::common::v1::Verdict;

use super::{
    Drawing,
    drawing::{FRAME, Fill, INK, MARGIN, ORANGE, SMALL, SOFT_INK, Stroke, Text, rect, text, text_about},
    words,
};

/// Verdicts by rows (counties, months, units) and columns (parts, indicators, items).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// What the chart is called.
    pub title: String,
    /// Heads of the columns: short ids, `L1`.
    pub columns: Vec<String>,
    /// The rows, from top to bottom.
    pub rows: Vec<HeatRow>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatRow {
    /// What it is about: 彰武县.
    pub label: String,
    /// Where its label leads: a path of this host. Empty where nowhere.
    pub link: String,
    /// One for each column; what is missing at the end has no data.
    pub cells: Vec<HeatCell>,
}

/// One verdict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatCell {
    /// The verdict; unspecified where there are no data.
    pub verdict: Verdict,
    /// What a pointer that rests on it is told besides: the figure. May be empty.
    pub hint: String,
}

const LEGEND: &str = "达：达标；未：未达标；待：数据不完整，待定；—：无数据。";
const CELL_HEIGHT: f64 = 18.0;
const CELL_WIDTH: f64 = 24.0;
const LABEL_SIZE: f64 = 12.0;
/// Labels are not wider than this.
const LABEL_ROOM: f64 = 150.0;

impl HeatMap {
    /// Draws it; its size follows from the rows and columns.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        if self.rows.is_empty() || self.columns.is_empty() {
            return Drawing::without_data(&self.title);
        }
        let labels = self.rows.iter().map(|row| words::width(&row.label, LABEL_SIZE)).fold(36.0, f64::max);
        let room = labels.min(LABEL_ROOM);
        let left = MARGIN + room + 8.0;
        let head = self.columns.iter().map(|column| words::width(column, SMALL) + 6.0).fold(CELL_WIDTH, f64::max);
        let top = MARGIN + 18.0;
        let xs = std::iter::successors(Some(left), |x| Some(x + head)).take(self.columns.len());
        let ys = std::iter::successors(Some(top), |y| Some(y + CELL_HEIGHT));
        let right = xs.clone().last().unwrap_or(left) + head;
        let bottom = ys.clone().nth(self.rows.len()).unwrap_or(top);
        let mut drawing = Drawing::new(&self.title, right + MARGIN, bottom + MARGIN);
        for (column, x) in self.columns.iter().zip(xs.clone()) {
            drawing.add(text_about(x + head / 2.0, top - 6.0, SMALL, column).coloured(SOFT_INK));
        }
        for (row, y) in self.rows.iter().zip(ys) {
            let label = text(MARGIN, y + 13.0, LABEL_SIZE, words::fit(&row.label, LABEL_SIZE, room));
            drawing.add(Text { link: row.link.clone(), ..label });
            for (index, (column, x)) in self.columns.iter().zip(xs.clone()).enumerate() {
                let none = HeatCell::default();
                let cell = row.cells.get(index).unwrap_or(&none);
                cell.draw(&mut drawing, [x, y, head, CELL_HEIGHT], format!("{} {column}", row.label));
            }
        }
        drawing.explained(self.rows.iter().map(|row| row.sentence(&self.columns)).collect(), LEGEND)
    }
}

impl HeatRow {
    /// What the row shows, in words.
    fn sentence(&self, columns: &[String]) -> String {
        let of = |index: usize| self.cells.get(index).map_or(Verdict::Unspecified, |cell| cell.verdict);
        let told = [Verdict::NotMet, Verdict::Undetermined, Verdict::Unspecified].into_iter().filter_map(|verdict| {
            let with = columns.iter().enumerate().filter(|(index, _)| of(*index) == verdict);
            let named: Vec<&str> = with.map(|(_, column)| column.as_str()).collect();
            match named.len() {
                0 => None,
                all if all == columns.len() => Some(format!("均{}", word(verdict))),
                _ => Some(format!("{}{}", named.join("、"), word(verdict))),
            }
        });
        let told: Vec<String> = told.collect();
        let met = (0..columns.len()).filter(|index| of(*index) == Verdict::Met).count();
        let rest = match (told.is_empty(), met) {
            (true, _) => "均达标".to_owned(),
            (false, 0) => told.join("，"),
            (false, _) => format!("{}，其余达标", told.join("，")),
        };
        format!("{}：{rest}。", self.label)
    }
}

impl HeatCell {
    fn draw(&self, drawing: &mut Drawing, [x, y, width, height]: [f64; 4], name: String) {
        let (fill, letter) = match self.verdict {
            Verdict::Met => (Fill::Allowed, "达"),
            Verdict::NotMet => (Fill::Plain(ORANGE), "未"),
            Verdict::Undetermined => (Fill::Paper, "待"),
            Verdict::Unspecified => (Fill::Unknown, "—"),
        };
        let mut hint = format!("{name}：{}", word(self.verdict));
        if !self.hint.is_empty() {
            hint = format!("{hint}，{}", self.hint);
        }
        let square = rect([x + 1.0, y + 1.0, width - 2.0, height - 2.0], fill).stroked(Stroke::new(FRAME, 0.6));
        drawing.add(square.datum(class(self.verdict), hint));
        let short = self.verdict == Verdict::NotMet;
        let letter = text_about(x + width / 2.0, y + 13.0, SMALL, letter);
        drawing.add(if short { letter.bold().coloured("#fff") } else { letter.coloured(INK) });
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "达标",
        Verdict::NotMet => "未达标",
        Verdict::Undetermined => "待定",
        Verdict::Unspecified => "无数据",
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "short",
        Verdict::Undetermined => "open",
        Verdict::Unspecified => "none",
    }
}
