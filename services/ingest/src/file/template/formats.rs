//! How cells look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

const GREY: Color = Color::RGB(0x00D9_D9D9);
const LINE: Color = Color::RGB(0x00BF_BFBF);

/// The formats of a workbook.
#[derive(Debug)]
pub(in super::super) struct Formats {
    /// Title of a sheet.
    pub(in super::super) title: Format,
    /// Text of the guide.
    pub(in super::super) told: Format,
    /// Note above a heading.
    pub(in super::super) note: Format,
    /// Heading.
    pub(in super::super) heading: Format,
    /// Id of a column.
    pub(in super::super) id: Format,
    /// What is filled in beforehand.
    pub(in super::super) given: Format,
    /// A cell that is not to be filled in.
    pub(in super::super) closed: Format,
    /// A whole number to fill in.
    pub(in super::super) count: Format,
    /// An amount to fill in.
    pub(in super::super) amount: Format,
    /// A rate to fill in.
    pub(in super::super) rate: Format,
    /// A date to fill in.
    pub(in super::super) date: Format,
    /// A text to fill in.
    pub(in super::super) text: Format,
}

impl Formats {
    pub(in super::super) fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin).set_border_color(LINE);
        let open = || cell().set_unlocked();
        Self {
            title: Format::new().set_bold().set_font_size(13),
            told: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            note: Format::new()
                .set_font_size(9)
                .set_font_color(Color::Gray)
                .set_text_wrap()
                .set_align(FormatAlign::Top),
            heading: cell()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(0x00DD_EBF7)),
            id: Format::new().set_font_size(8).set_font_color(Color::Gray),
            given: cell()
                .set_background_color(Color::RGB(0x00F2_F2F2))
                .set_num_format("@")
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            closed: cell().set_background_color(GREY),
            count: open().set_num_format("0"),
            amount: open().set_num_format("0.00"),
            rate: open().set_num_format("0.######"),
            date: open().set_num_format("yyyy-mm-dd"),
            text: open().set_num_format("@"),
        }
    }
}

/// The same format with the fill of an error or of a warning.
pub(in super::super) fn marked(format: &Format, error: bool) -> Format {
    format.clone().set_background_color(if error { Color::RGB(0x00FF_C7CE) } else { Color::RGB(0x00FF_EB9C) })
}
