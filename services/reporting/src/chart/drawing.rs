//! What every chart is drawn with: lines, rectangles, marks and text, written as SVG by one template.

use askama::Template;

#[cfg(test)]
use super::words;

/// The colours. Blue and orange are told apart by everybody, and by their lightness in grey print.
pub(super) const INK: &str = "#111";
pub(super) const SOFT_INK: &str = "#444";
pub(super) const GRID: &str = "#ddd";
pub(super) const FRAME: &str = "#999";
pub(super) const BLUE: &str = "#1f4e79";
pub(super) const ORANGE: &str = "#8a3200";

/// Width of a drawing that stands in the text of a report. Units: one is a CSS pixel where nothing is scaled.
pub(super) const WIDTH: f64 = 620.0;
/// Left and right margin.
pub(super) const MARGIN: f64 = 10.0;
/// Sizes of type.
pub(super) const LABEL: f64 = 13.0;
pub(super) const SMALL: f64 = 11.0;

/// A chart, ready to be written as SVG.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    title: String,
    description: String,
    legend: String,
    /// It says that there is nothing to draw.
    blank: bool,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) shapes: Vec<Shape>,
}

/// A piece of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Rect(Rect),
    Path(Path),
    Text(Text),
}

/// How an area is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fill {
    None,
    Paper,
    /// Within what is asked.
    Met,
    /// Short of it, and not below the floor.
    Short,
    /// Short of it: stripes.
    Hatched,
    /// No data: thin grey stripes.
    Unknown,
    /// What is allowed, pale.
    Allowed,
    /// Decides nothing.
    Neutral,
    /// A plain colour.
    Plain(&'static str),
}

impl Fill {
    fn value(self, id: &str) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Paper => "#fff".to_owned(),
            Self::Met => BLUE.to_owned(),
            Self::Short => "#f3c9a8".to_owned(),
            Self::Hatched => format!("url(#{id}-hatched)"),
            Self::Unknown => format!("url(#{id}-unknown)"),
            Self::Allowed => "#dde5ee".to_owned(),
            Self::Neutral => "#8a8a8a".to_owned(),
            Self::Plain(colour) => colour.to_owned(),
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    /// Lengths of dashes and gaps; empty where it is not broken.
    pub(super) dashes: &'static str,
}

impl Stroke {
    pub(super) const fn new(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dashes: "" }
    }

    pub(super) const fn dashed(self, dashes: &'static str) -> Self {
        Self { dashes, ..self }
    }
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) fill: Fill,
    pub(super) stroke: Option<Stroke>,
    /// What it stands for; empty where it is no datum.
    pub(super) class: &'static str,
    /// What a pointer that rests on it is told.
    pub(super) hint: String,
}

/// A line, or the outline of a mark.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) data: String,
    pub(super) fill: Fill,
    pub(super) stroke: Stroke,
    pub(super) class: &'static str,
    pub(super) hint: String,
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    const fn value(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// Text on one line, at its baseline.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    pub(super) words: String,
    pub(super) colour: &'static str,
    pub(super) bold: bool,
    /// Where it leads; empty where it is no link.
    pub(super) link: String,
}

impl Text {
    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) fn coloured(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }

    /// Left, top, right and bottom of the box that it fills.
    #[cfg(test)]
    pub(super) fn bounds(&self) -> [f64; 4] {
        let width = words::width(&self.words, self.size);
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        [left, self.y - self.size * 0.85, left + width, self.y + self.size * 0.15]
    }
}

/// Text at a place.
pub(super) fn text(x: f64, y: f64, size: f64, words: impl Into<String>) -> Text {
    let (anchor, colour, link) = (Anchor::Start, INK, String::new());
    Text { x, y, size, anchor, words: words.into(), colour, bold: false, link }
}

/// The same, ending there.
pub(super) fn text_to(x: f64, y: f64, size: f64, words: impl Into<String>) -> Text {
    Text { anchor: Anchor::End, ..text(x, y, size, words) }
}

/// The same, in the middle of it.
pub(super) fn text_about(x: f64, y: f64, size: f64, words: impl Into<String>) -> Text {
    Text { anchor: Anchor::Middle, ..text(x, y, size, words) }
}

/// A rectangle that is no datum.
pub(super) fn rect([x, y, width, height]: [f64; 4], fill: Fill) -> Rect {
    Rect { x, y, width, height, fill, stroke: None, class: "", hint: String::new() }
}

/// A line through points.
pub(super) fn line(points: &[(f64, f64)], stroke: Stroke) -> Path {
    let steps = points.iter().enumerate().map(|(index, (x, y))| {
        let step = if index == 0 { 'M' } else { 'L' };
        format!("{step}{} {}", length(x), length(y))
    });
    Path { data: steps.collect(), fill: Fill::None, stroke, class: "", hint: String::new() }
}

impl Rect {
    pub(super) fn stroked(self, stroke: Stroke) -> Self {
        Self { stroke: Some(stroke), ..self }
    }

    /// Makes it a datum, with what a pointer is told.
    pub(super) fn datum(self, class: &'static str, hint: String) -> Self {
        Self { class, hint, ..self }
    }
}

impl From<Rect> for Shape {
    fn from(rect: Rect) -> Self {
        Self::Rect(rect)
    }
}

impl From<Path> for Shape {
    fn from(path: Path) -> Self {
        Self::Path(path)
    }
}

impl From<Text> for Shape {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

#[derive(Template)]
#[template(path = "chart/drawing.svg", config = "templates/askama.toml", whitespace = "minimize")]
struct Svg<'a> {
    id: &'a str,
    drawing: &'a Drawing,
    hatched: bool,
    unknown: bool,
}

impl Drawing {
    /// An empty drawing of this size.
    pub(super) fn new(title: impl Into<String>, width: f64, height: f64) -> Self {
        Self { title: title.into(), width, height, ..Self::default() }
    }

    pub(super) fn add(&mut self, shape: impl Into<Shape>) {
        self.shapes.push(shape.into());
    }

    pub(super) fn add_all(&mut self, shapes: impl IntoIterator<Item = impl Into<Shape>>) {
        self.shapes.extend(shapes.into_iter().map(Into::into));
    }

    /// Gives it its text alternative, and the line that explains its marks.
    pub(super) fn explained(mut self, description: String, legend: &str) -> Self {
        self.description = description;
        legend.clone_into(&mut self.legend);
        self
    }

    /// A drawing that says that there is nothing to draw.
    pub(super) fn without_data(title: &str) -> Self {
        let mut drawing = Self::new(title, WIDTH, 60.0);
        drawing.add(text_about(WIDTH / 2.0, 35.0, LABEL, NO_DATA).coloured(SOFT_INK));
        drawing.blank = true;
        drawing.explained(format!("{NO_DATA}。"), "")
    }

    /// Whether it only says that there is nothing to draw.
    pub(crate) const fn is_blank(&self) -> bool {
        self.blank
    }

    /// What it is called; the caption of its figure.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its figures in words, for those who cannot see it.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What its marks mean; belongs below it. Empty where nothing is to be said.
    #[must_use]
    pub fn legend(&self) -> &str {
        &self.legend
    }

    /// Gives it another name: a figure's number stands before it.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Writes it as one `<svg>` element that can stand in a page or in a file of its own.
    ///
    /// `id` must be the page's only one of that name: what has an id in the drawing has one that begins with it. Letters, digits and
    /// hyphens, a letter first.
    ///
    /// # Errors
    ///
    /// The template's.
    pub fn svg(&self, id: &str) -> Result<String, askama::Error> {
        let has = |fill| {
            self.shapes.iter().any(|shape| match shape {
                Shape::Rect(rect) => rect.fill == fill,
                Shape::Path(path) => path.fill == fill,
                Shape::Text(_) => false,
            })
        };
        Svg { id, drawing: self, hatched: has(Fill::Hatched), unknown: has(Fill::Unknown) }.render()
    }

    /// A drawing with links is read piece by piece, another as one picture.
    fn role(&self) -> &'static str {
        let linked = self.shapes.iter().any(|shape| matches!(shape, Shape::Text(text) if !text.link.is_empty()));
        if linked { "group" } else { "img" }
    }

    /// Every text, to be set as Chinese print wants it.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let shapes = self.shapes.iter_mut().map(|shape| match shape {
            Shape::Text(text) => &mut text.words,
            Shape::Rect(Rect { hint, .. }) | Shape::Path(Path { hint, .. }) => hint,
        });
        [&mut self.title, &mut self.description, &mut self.legend].into_iter().chain(shapes)
    }
}

/// What stands where there is nothing to draw.
const NO_DATA: &str = "无数据";

/// A length as the drawing writes it.
pub(super) fn length(length: impl std::borrow::Borrow<f64>) -> String {
    let length: &f64 = length.borrow();
    let text = format!("{length:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
