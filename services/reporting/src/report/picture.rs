//! A chart as a picture: the drawing that the pages show, in pixels for Word.

use std::sync::{Arc, LazyLock};

use askama::Template;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

use super::chart::Chart;

/// Pixels of the picture for one unit of the drawing: 620 units are printed 150 mm wide, that is at 210 dots an inch.
const SCALE: f32 = 2.0;
/// English metric units of a drawing's unit, so that 620 of them are 150 mm. Units: 1/360,000 cm.
const EMU: f32 = 8_710.0;
/// The page's own style sheet is not the drawing's.
const STYLE: &str = "svg { font-family: sans-serif; background: #fff } .label { font-size: 13px; fill: #111 } .tick { font-size: 11px; fill: #444 } .short { font-weight: bold; fill: #8a3200 }";
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
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) png: Vec<u8>,
    pub(super) width_emu: u32,
    pub(super) height_emu: u32,
}

#[derive(Template)]
#[template(path = "chart.svg", config = "templates/askama.toml", escape = "html", whitespace = "minimize")]
struct Svg<'a> {
    chart: &'a Chart,
}

/// Draws a chart; `None` where the machine has no font for its labels.
pub(super) fn draw(chart: &Chart) -> Option<Picture> {
    let fonts = FONTS.clone()?;
    let svg = Svg { chart }.render().ok()?;
    let options = Options { fontdb: fonts, style_sheet: Some(STYLE.to_owned()), ..Options::default() };
    let tree = Tree::from_str(&svg, &options).ok()?;
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
    Some(Picture { png, width_emu: whole(size.width() * EMU), height_emu: whole(size.height() * EMU) })
}
