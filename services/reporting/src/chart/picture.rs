//! A chart as a picture: the drawing that the pages show, in pixels for Word.

use std::sync::{Arc, LazyLock};

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

use super::Drawing;

/// Pixels of the picture for one unit of the drawing: 620 units are printed 150 mm wide, that is at 210 dots an inch.
const SCALE: f32 = 2.0;
/// English metric units of a drawing's unit, so that 620 of them are 150 mm. Units: 1/360,000 cm.
const EMU: f32 = 8_710.0;
/// A larger drawing is printed so wide and so high at the most: 150 by 195 mm.
const MOST_EMU: (f32, f32) = (5_400_200.0, 7_020_000.0);
/// Families that have Chinese characters, the first one that the machine has being taken.
const FAMILIES: [&str; 6] =
    ["Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei", "SimHei"];

/// The fonts of the machine; `None` where none has Chinese characters.
static FONTS: LazyLock<Option<Arc<fontdb::Database>>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    let has = |family: &&str| {
        let query = fontdb::Query { families: &[fontdb::Family::Name(family)], ..fontdb::Query::default() };
        fonts.query(&query).is_some()
    };
    let family = *FAMILIES.iter().find(|family| has(family))?;
    fonts.set_sans_serif_family(family);
    Some(Arc::new(fonts))
});

/// A picture and how large it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub png: Vec<u8>,
    /// Width in a document. Units: English metric units, 1/360,000 cm.
    pub width_emu: u32,
    /// Height in a document. Units: English metric units.
    pub height_emu: u32,
}

/// Draws a chart in pixels; `None` where the machine has no font for its labels: then its description stands for it.
#[must_use]
pub fn picture(drawing: &Drawing) -> Option<Picture> {
    let fonts = FONTS.clone()?;
    let svg = drawing.svg("chart").ok()?;
    let tree = Tree::from_str(&svg, &Options { fontdb: fonts, ..Options::default() }).ok()?;
    let size = tree.size();
    let whole = |length: f32| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a drawing has some hundred units")]
        let whole = length.ceil() as u32;
        whole
    };
    let mut pixels = Pixmap::new(whole(size.width() * SCALE), whole(size.height() * SCALE))?;
    pixels.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    let png = pixels.encode_png().ok()?;
    let emu = EMU.min(MOST_EMU.0 / size.width()).min(MOST_EMU.1 / size.height());
    Some(Picture { png, width_emu: whole(size.width() * emu), height_emu: whole(size.height() * emu) })
}
