//! Where pupils below the line are: a bar for each indicator, in it a piece for each unit that is short, as wide as it has pupils.

use super::{
    Drawing,
    drawing::{
        FRAME, Fill, GRID, INK, LABEL, MARGIN, ORANGE, SMALL, SOFT_INK, Stroke, WIDTH, line, rect, text, text_about,
    },
    scale::{self, Scale},
    words,
};

/// Pupils in units that are below a threshold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Below {
    /// What the chart is called.
    pub title: String,
    /// All pupils, of which those below the line are some. Units: pupils.
    pub pupils: u32,
    /// Units whose pupils nobody reported: they are in no sum and in no share.
    pub unreported: usize,
    /// A row for each indicator, from top to bottom.
    pub rows: Vec<BelowRow>,
}

/// One indicator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BelowRow {
    /// Its id and title.
    pub label: String,
    /// Units that are short, in any order.
    pub units: Vec<BelowUnit>,
}

/// One unit that is short.
#[derive(Clone, Debug, PartialEq)]
pub struct BelowUnit {
    /// The school's name.
    pub name: String,
    /// Its pupils; none where they are not known.
    pub pupils: Option<u32>,
    /// It is below the floor, too.
    pub below_floor: bool,
}

const LEGEND: &str = "条长为未达到标准值的评估单元的在校生数，一段为一个单元；斜纹段低于单项底线，浅色段不低于底线。";
const ROW: f64 = 37.0;
/// Where the bar begins.
const HEAD: f64 = 18.0;
const BAR: f64 = 14.0;

impl Below {
    /// Draws it: rows in the order given.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        if self.rows.is_empty() {
            return Drawing::without_data(&self.title);
        }
        let tops = std::iter::successors(Some(MARGIN), |top| Some(top + ROW));
        let bottom = tops.clone().nth(self.rows.len()).unwrap_or(MARGIN);
        let mut drawing = Drawing::new(&self.title, WIDTH, bottom + 22.0);
        let largest = self.rows.iter().map(BelowRow::pupils).max().unwrap_or_default();
        let (high, ticks) = scale::round(f64::from(largest), 5.0);
        // The last label stands about the end of the axis.
        let scale = Scale::new((0.0, high), (MARGIN + 10.0, WIDTH - MARGIN - 24.0));
        let grid: Vec<f64> = ticks.iter().map(|(value, _)| scale.place(*value)).collect();
        for ((_, label), x) in ticks.into_iter().zip(&grid) {
            drawing.add(text_about(*x, bottom + 14.0, SMALL, label).coloured(SOFT_INK));
        }
        for (row, top) in self.rows.iter().zip(tops) {
            for &x in &grid {
                let (from, to) = (top + HEAD - 2.0, top + HEAD + BAR + 2.0);
                drawing.add(line(&[(x, from), (x, to)], Stroke::new(GRID, 1.0)));
            }
            row.draw(&mut drawing, scale, top, self.pupils);
        }
        let told = self.rows.iter().map(|row| row.sentence(self.pupils)).chain(self.excluded());
        let legend = LEGEND.to_owned() + &self.excluded().unwrap_or_default();
        drawing.explained(told.collect(), &legend)
    }

    /// What the sums and shares leave out.
    pub(crate) fn excluded(&self) -> Option<String> {
        (self.unreported > 0).then(|| {
            format!("占比以已报送的在校生数计；另有{}个单元未报送在校生数，未计入人数和占比。", self.unreported)
        })
    }
}

impl BelowRow {
    /// Pupils of the units that are short and whose pupils are known.
    pub(crate) fn pupils(&self) -> u32 {
        self.units.iter().filter_map(|unit| unit.pupils).sum()
    }

    fn sorted(&self) -> Vec<&BelowUnit> {
        let mut units: Vec<&BelowUnit> = self.units.iter().collect();
        units.sort_by(|one, other| other.pupils.cmp(&one.pupils).then_with(|| one.name.cmp(&other.name)));
        units
    }

    fn draw(&self, drawing: &mut Drawing, scale: Scale, top: f64, all: u32) {
        let told = self.told(all);
        let width = words::width(&told, SMALL);
        let room = WIDTH - 2.0 * MARGIN - width - 12.0;
        let label = words::fit(&self.label, LABEL, room);
        let right = super::drawing::text_to(WIDTH - MARGIN, top + 13.0, SMALL, told).coloured(SOFT_INK);
        drawing.add(text(MARGIN, top + 13.0, LABEL, label));
        drawing.add(right);
        let y = top + HEAD;
        let mut before = 0.0;
        for unit in self.sorted() {
            let Some(pupils) = unit.pupils else { continue };
            let (left, end) = (scale.place(before), scale.place(before + f64::from(pupils)));
            before += f64::from(pupils);
            let fill = if unit.below_floor { Fill::Hatched } else { Fill::Short };
            let thin = if end - left > 2.0 { 0.8 } else { 0.2 };
            let piece = rect([left, y, end - left, BAR], fill).stroked(Stroke::new(ORANGE, thin));
            drawing.add(piece.datum("unit", format!("{}：{pupils}人", unit.name)));
            // A name is read on the plain fill only.
            let name = words::fit(&unit.name, SMALL, end - left - 8.0);
            if !unit.below_floor && !name.is_empty() && name == unit.name {
                drawing.add(text(left + 4.0, y + 11.0, SMALL, name).coloured(INK));
            }
        }
        if self.units.is_empty() {
            let start = scale.place(0.0);
            drawing.add(line(&[(start, y), (start, y + BAR)], Stroke::new(FRAME, 1.5)));
        }
    }

    /// How many pupils in how many units.
    fn told(&self, all: u32) -> String {
        let unknown = self.units.iter().filter(|unit| unit.pupils.is_none()).count();
        let more = if unknown > 0 { format!("（{unknown}个单元在校生数未报送）") } else { String::new() };
        let pupils = self.pupils();
        let share = if all > 0 && pupils > 0 {
            format!("，占{}", crate::report::number::percent(f64::from(pupils) / f64::from(all), 2))
        } else {
            String::new()
        };
        format!("{}个单元{pupils}人{share}{more}", self.units.len())
    }

    /// What the bar shows, in words.
    fn sentence(&self, all: u32) -> String {
        let largest = self.sorted().into_iter().find_map(|unit| unit.pupils.map(|pupils| (unit, pupils)));
        let largest =
            largest.map_or_else(String::new, |(unit, pupils)| format!("，人数最多的为{}（{pupils}人）", unit.name));
        format!("{}：未达到标准值的{}{largest}。", self.label, self.told(all))
    }
}
