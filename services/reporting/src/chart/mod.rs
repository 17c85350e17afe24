//! Charts: pure functions from plain data to SVG, for pages and, as pictures, for Word.
//!
//! Drawn by our own template and not by a chart library: every chart has a title and a description with its figures for those who
//! cannot see it, hatching and letters that survive grey print and colour blindness (blue against orange, never red against green), and
//! the fonts of its page. No chart has a script, an inline style or anything from elsewhere, so the strictest content security policy
//! shows it; a page's style sheet may overrule the looks, which are presentation attributes.
//!
//! What is drawn comes in as it was evaluated; what is printed comes in as text ([`Figure`]), so that a chart never contradicts the
//! report beside it. A chart decides nothing: verdicts come in, too.
//!
//! | what | data | shows |
//! | --- | --- | --- |
//! | values of units against threshold and floor | [`Strips`] | each unit as a bar, the lowest first |
//! | coefficients of variation against limits | [`Bullets`] | each indicator as a bar, or the interval in which it must lie |
//! | figures over months | [`Series`] | lines with gaps where a month has no figure, and limits |
//! | counties by indicators | [`HeatMap`] | a letter in a square for each verdict |
//! | how evenly an indicator is spread over pupils | [`Lorenz`] | the curve and the line of equality |
//! | where pupils below the line are | [`Below`] | each unit as a piece of its indicator's bar, as wide as it has pupils |

mod below;
mod bullets;
mod drawing;
mod heat;
mod lorenz;
mod picture;
mod scale;
mod series;
mod strips;
#[cfg(test)]
mod tests;
mod words;

pub use self::{
    below::{Below, BelowRow, BelowUnit},
    bullets::{Bullet, Bullets},
    drawing::Drawing,
    heat::{HeatCell, HeatMap, HeatRow},
    lorenz::{Lorenz, Share},
    picture::{Picture, picture},
    series::{Line, Series},
    strips::{Strip, StripUnit, Strips},
};

/// A figure: what is drawn, and how the report prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// As it was evaluated.
    pub value: f64,
    /// As it is printed, without its unit: `0.512`, `4.1996※`.
    pub text: String,
}

impl Figure {
    /// A figure and how it is printed.
    #[must_use]
    pub fn new(value: f64, text: impl Into<String>) -> Self {
        Self { value, text: text.into() }
    }
}

/// A limit, threshold or floor that a chart draws as a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What it is called: `标准值`, `小学限值`.
    pub name: String,
    /// Where it lies.
    pub figure: Figure,
}
