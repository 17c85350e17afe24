//! How evenly an indicator is spread over pupils: the Lorenz curve and the line of equality.

use super::{
    Drawing,
    drawing::{
        BLUE, FRAME, Fill, GRID, INK, LABEL, ORANGE, Path, SMALL, SOFT_INK, Stroke, WIDTH, length, line, rect, text,
        text_about, text_to,
    },
    scale::Scale,
    words,
};
use crate::report::number;

/// Pupils and what they have, unit by unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lorenz {
    /// What the chart is called.
    pub title: String,
    /// What is shared: `体育运动场馆面积`.
    pub amount: String,
    /// The units whose pupils and value are known, in any order.
    pub shares: Vec<Share>,
    /// Units that are left out because something of them is not known.
    pub unknown: usize,
}

/// One unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The school's name.
    pub name: String,
    /// Its pupils. Units: pupils, not below zero.
    pub pupils: f64,
    /// What one of its pupils has, not below zero.
    pub value: f64,
}

const LEGEND: &str = "横轴为学生累计占比（由每生值最低的单元起），纵轴为资源累计占比；斜直线为完全均等，曲线离直线越远越不均衡；圆点为评估单元。";
const SIDE: f64 = 250.0;
const LEFT: f64 = 58.0;
const TOP: f64 = 12.0;
/// Shares of the pupils of which the chart says what they have.
const TOLD: [f64; 2] = [0.2, 0.5];
const NOTES: f64 = LEFT + SIDE + 34.0;

impl Lorenz {
    /// Draws it. Units without pupils are left out.
    #[must_use]
    pub fn draw(&self) -> Drawing {
        let curve = self.curve();
        if curve.len() < 2 {
            return Drawing::without_data(&self.title);
        }
        let mut drawing = Drawing::new(&self.title, WIDTH, TOP + SIDE + 46.0);
        let across = Scale::new((0.0, 1.0), (LEFT, LEFT + SIDE));
        let up = Scale::new((0.0, 1.0), (TOP + SIDE, TOP));
        axes(&mut drawing, across, up);
        let points: Vec<(f64, f64)> =
            curve.iter().map(|point| (across.place(point.pupils), up.place(point.amount))).collect();
        drawing.add(line(&[points[0], (LEFT + SIDE, TOP)], Stroke::new(INK, 1.2).dashed("6 3")));
        drawing.add(Path { class: "curve", ..line(&points, Stroke::new(BLUE, 2.2)) });
        let radius = if curve.len() > 61 { 1.4 } else { 2.6 };
        for (point, &(x, y)) in curve.iter().zip(&points).skip(1) {
            let hint = format!(
                "{}：累计学生{}，累计资源{}",
                point.name,
                number::percent(point.pupils, 2),
                number::percent(point.amount, 2)
            );
            drawing.add(dot((x, y), radius, hint));
        }
        let told = self.notes(&curve);
        for (note, y) in told.iter().zip(std::iter::successors(Some(TOP + 24.0), |y| Some(y + 24.0))) {
            drawing.add(text(NOTES, y, LABEL, words::fit(note, LABEL, WIDTH - NOTES)));
        }
        let unknown = if self.unknown > 0 {
            format!("另有{}个单元数据不完整，未计入。", self.unknown)
        } else {
            String::new()
        };
        let sentence = format!("共{}个单元。{}。{unknown}", curve.len() - 1, told.join("；"));
        drawing.explained(sentence, LEGEND)
    }

    /// The corners of the curve, from nobody to everybody.
    fn curve(&self) -> Vec<Corner> {
        let usable = |share: &&Share| share.pupils > 0.0 && share.value >= 0.0 && share.value.is_finite();
        let mut shares: Vec<&Share> = self.shares.iter().filter(usable).collect();
        shares.sort_by(|one, other| one.value.total_cmp(&other.value).then_with(|| one.name.cmp(&other.name)));
        let pupils: f64 = shares.iter().map(|share| share.pupils).sum();
        let amount: f64 = shares.iter().map(|share| share.pupils * share.value).sum();
        if shares.is_empty() || amount <= 0.0 {
            return vec![];
        }
        let mut corner = Corner { name: String::new(), pupils: 0.0, amount: 0.0 };
        let mut curve = vec![corner.clone()];
        for share in shares {
            corner = Corner {
                name: share.name.clone(),
                pupils: corner.pupils + share.pupils / pupils,
                amount: corner.amount + share.pupils * share.value / amount,
            };
            curve.push(corner.clone());
        }
        curve
    }

    /// Shares of the pupils, those with least first, and what they have of all; none where there is nothing to share.
    pub(crate) fn told(&self) -> Option<[(f64, f64); 2]> {
        let curve = self.curve();
        (curve.len() > 1).then(|| TOLD.map(|share| (share, at(&curve, share))))
    }

    fn notes(&self, curve: &[Corner]) -> Vec<String> {
        let notes = TOLD.map(|share| {
            let had = number::percent(at(curve, share), 2);
            format!("每生值最低的{}学生占有{had}", number::percent(share, 0))
        });
        [format!("{}的分布：", self.amount)].into_iter().chain(notes).collect()
    }
}

/// A corner of the curve: so large a share of the pupils has so large a share of the amount.
#[derive(Clone, Debug)]
struct Corner {
    name: String,
    pupils: f64,
    amount: f64,
}

/// The share of the amount that this share of the pupils has; within a unit all have alike.
fn at(curve: &[Corner], pupils: f64) -> f64 {
    let after = curve.iter().position(|corner| corner.pupils >= pupils).unwrap_or(curve.len() - 1).max(1);
    let (before, after) = (&curve[after - 1], &curve[after]);
    let span = after.pupils - before.pupils;
    let share = if span > 0.0 { (pupils - before.pupils) / span } else { 1.0 };
    before.amount + share * (after.amount - before.amount)
}

fn axes(drawing: &mut Drawing, across: Scale, up: Scale) {
    drawing.add(rect([LEFT, TOP, SIDE, SIDE], Fill::Paper).stroked(Stroke::new(FRAME, 1.0)));
    for tenths in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let label = number::percent(tenths, 0);
        let (x, y) = (across.place(tenths), up.place(tenths));
        if tenths > 0.0 && tenths < 1.0 {
            drawing.add(line(&[(x, TOP), (x, TOP + SIDE)], Stroke::new(GRID, 1.0)));
            drawing.add(line(&[(LEFT, y), (LEFT + SIDE, y)], Stroke::new(GRID, 1.0)));
        }
        drawing.add(text_about(x, TOP + SIDE + 15.0, SMALL, &label).coloured(SOFT_INK));
        drawing.add(text_to(LEFT - 6.0, y + 4.0, SMALL, label).coloured(SOFT_INK));
    }
    drawing.add(text_about(LEFT + SIDE / 2.0, TOP + SIDE + 34.0, SMALL, "学生累计占比").coloured(SOFT_INK));
}

fn dot((x, y): (f64, f64), radius: f64, hint: String) -> Path {
    let (left, r, across) = (length(x - radius), length(radius), length(2.0 * radius));
    Path {
        data: format!("M{left} {}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z", length(y)),
        fill: Fill::Paper,
        stroke: Stroke::new(ORANGE, 1.2),
        class: "unit",
        hint,
    }
}
