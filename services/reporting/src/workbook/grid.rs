//! A sheet that is written from top to bottom: title, lines, heading, rows; ready to print.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use super::entry::{Entry, INCALCULABLE, MISSING, text_width};

/// Characters that a cell of the format holds, with room to spare.
const MOST_CHARACTERS: usize = 32_000;
/// The format's numbers of papers.
const A3: u8 = 8;
const A4: u8 = 9;
/// Height of a line of text. Units: points.
const LINE: f64 = 14.0;
/// Lines of the highest row that the format allows.
const MOST_LINES: f64 = 28.0;
/// What is to be filled in by hand lies on this.
const FILL_IN: Color = Color::RGB(0x00FF_F2CC);
const HEAD: Color = Color::RGB(0x00E7_ECF2);
const WARNING: Color = Color::RGB(0x00A6_1C00);
const FONT: &str = "宋体";
const HEAD_FONT: &str = "黑体";

/// Paper.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paper {
    /// A4 upright.
    Upright,
    /// A4 across.
    Across,
    /// A3 across: so many columns are read on no smaller one.
    Wide,
}

/// A cell of a heading: the rows and columns that it covers, from 0 within the heading.
#[derive(Clone, Debug)]
pub(super) struct Head {
    rows: (u32, u32),
    columns: (u16, u16),
    text: String,
}

impl Head {
    /// A cell of a heading that covers rows and columns, the last ones included.
    pub(super) fn new(rows: (u32, u32), columns: (u16, u16), text: impl Into<String>) -> Self {
        Self { rows, columns, text: text.into() }
    }
}

/// What every sheet of a workbook says in its margins.
#[derive(Clone, Debug)]
pub(super) struct Margin {
    /// What the workbook is about.
    pub(super) about: String,
    /// Whether it is a draft.
    pub(super) standing: String,
}

/// A sheet under way.
pub(super) struct Grid<'a> {
    sheet: &'a mut Worksheet,
    widths: &'a [f64],
    row: u32,
}

impl<'a> Grid<'a> {
    /// Begins a sheet with columns of these widths. Units: half-width characters.
    pub(super) fn new(sheet: &'a mut Worksheet, widths: &'a [f64]) -> Result<Self, XlsxError> {
        for (column, width) in (0..).zip(widths) {
            sheet.set_column_width(column, *width)?;
        }
        Ok(Self { sheet, widths, row: 0 })
    }

    fn last_column(&self) -> u16 {
        u16::try_from(self.widths.len()).unwrap_or(u16::MAX).saturating_sub(1)
    }

    /// Writes the title over all columns.
    pub(super) fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        let format = plain(HEAD_FONT, 16.0).set_align(FormatAlign::Center);
        self.over_all(text, &format, 26.0)
    }

    /// Writes a line over all columns, as high as it needs.
    pub(super) fn line(&mut self, text: &str) -> Result<(), XlsxError> {
        let width: f64 = self.widths.iter().sum();
        let height = height(text, width);
        self.over_all(text, &plain(FONT, 10.0).set_align(FormatAlign::Left), height)
    }

    /// Writes a line in bold over all columns.
    pub(super) fn lead(&mut self, text: &str) -> Result<(), XlsxError> {
        self.over_all(text, &plain(HEAD_FONT, 11.0).set_align(FormatAlign::Left), 20.0)
    }

    fn over_all(&mut self, text: &str, format: &Format, height: f64) -> Result<(), XlsxError> {
        let row = self.row;
        self.merged((row, row), (0, self.last_column()), text, format)?;
        self.sheet.set_row_height(row, height)?;
        self.row += 1;
        Ok(())
    }

    /// Leaves a row empty.
    pub(super) fn gap(&mut self) {
        self.row += 1;
    }

    /// Writes a heading; the last one of a sheet is repeated on the pages after it. With `still` it and so many columns stand still.
    pub(super) fn head(&mut self, cells: &[Head], still: Option<u16>) -> Result<(), XlsxError> {
        let format = boxed(HEAD_FONT, 10.0).set_align(FormatAlign::Center).set_background_color(HEAD);
        let first = self.row;
        let count = cells.iter().map(|cell| cell.rows.1).max().unwrap_or_default() + 1;
        let mut heights = vec![18.0_f64; usize::try_from(count).unwrap_or(1)];
        for cell in cells {
            let rows = (first + cell.rows.0, first + cell.rows.1);
            self.merged(rows, cell.columns, &cell.text, &format)?;
            let needed = height(&cell.text, self.width(cell.columns)) + 4.0;
            let covered = f64::from(cell.rows.1 - cell.rows.0 + 1);
            let places = heights.iter_mut().skip(index(cell.rows.0)).take(index(cell.rows.1 - cell.rows.0 + 1));
            places.for_each(|place| *place = place.max(needed / covered));
        }
        for (row, height) in (first..).zip(heights) {
            self.sheet.set_row_height(row, height)?;
        }
        self.row = first + count;
        self.sheet.set_repeat_rows(first, self.row - 1)?;
        if let Some(columns) = still {
            self.sheet.set_freeze_panes(self.row, columns)?;
        }
        Ok(())
    }

    /// Writes a row.
    pub(super) fn row(&mut self, entries: &[Entry]) -> Result<(), XlsxError> {
        self.group(&[], &[entries.to_vec()])
    }

    /// Writes a label in the first column and a text over all others.
    pub(super) fn wide(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        let row = self.row;
        self.put(row, 0, &Entry::text(label), false)?;
        let columns = (1, self.last_column());
        self.merged((row, row), columns, text, &format_of(&Entry::left(text), false))?;
        self.sheet.set_row_height(row, height(text, self.width(columns)) + 4.0)?;
        self.row += 1;
        Ok(())
    }

    /// Writes a row of sums, in bold.
    pub(super) fn sum(&mut self, entries: &[Entry]) -> Result<(), XlsxError> {
        let row = self.row;
        for (column, entry) in (0..).zip(entries) {
            self.put(row, column, entry, true)?;
        }
        self.sheet.set_row_height(row, self.tallest(entries))?;
        self.row += 1;
        Ok(())
    }

    /// Writes rows, of which these columns are shared: their entry is that of the first row.
    pub(super) fn group(&mut self, shared: &[u16], rows: &[Vec<Entry>]) -> Result<(), XlsxError> {
        let first = self.row;
        let last = first + u32::try_from(rows.len()).unwrap_or(u32::MAX).saturating_sub(1);
        let owned = |column: u16| !shared.contains(&column);
        let common = rows.first().map_or(0.0, |entries| self.tallest(entries)) / f64::from(last - first + 1);
        for (row, entries) in (first..).zip(rows) {
            let mut own: f64 = LINE + 4.0;
            for (column, entry) in (0..).zip(entries) {
                if owned(column) {
                    self.put(row, column, entry, false)?;
                    own = own.max(height(entry.breaking(), self.width((column, column))) + 4.0);
                } else if row == first {
                    if last > first {
                        let format = format_of(entry, false);
                        self.merged((first, last), (column, column), entry.breaking(), &format)?;
                    } else {
                        self.put(row, column, entry, false)?;
                    }
                }
            }
            self.sheet.set_row_height(row, own.max(common))?;
        }
        self.row = last + 1;
        Ok(())
    }

    fn tallest(&self, entries: &[Entry]) -> f64 {
        let heights = (0..).zip(entries).map(|(column, entry)| height(entry.breaking(), self.width((column, column))));
        heights.fold(LINE, f64::max) + 4.0
    }

    fn width(&self, columns: (u16, u16)) -> f64 {
        let of = self.widths.iter().skip(usize::from(columns.0)).take(usize::from(columns.1 - columns.0) + 1);
        of.sum()
    }

    fn put(&mut self, row: u32, column: u16, entry: &Entry, bold: bool) -> Result<(), XlsxError> {
        let format = format_of(entry, bold);
        match entry {
            Entry::Number(number, _) => self.sheet.write_number_with_format(row, column, *number, &format)?,
            Entry::Place(place) => self.sheet.write_number_with_format(row, column, *place, &format)?,
            Entry::Text(text) | Entry::Left(text) => {
                self.sheet.write_string_with_format(row, column, held(text), &format)?
            }
            Entry::Missing => self.sheet.write_string_with_format(row, column, MISSING, &format)?,
            Entry::Incalculable => self.sheet.write_string_with_format(row, column, INCALCULABLE, &format)?,
            Entry::FillIn => self.sheet.write_blank(row, column, &format)?,
            Entry::None => self.sheet.write_string_with_format(row, column, "—", &format)?,
        };
        Ok(())
    }

    fn merged(&mut self, rows: (u32, u32), columns: (u16, u16), text: &str, format: &Format) -> Result<(), XlsxError> {
        if rows.0 == rows.1 && columns.0 == columns.1 {
            self.sheet.write_string_with_format(rows.0, columns.0, held(text), format)?;
        } else {
            self.sheet.merge_range(rows.0, columns.0, rows.1, columns.1, &held(text), format)?;
        }
        Ok(())
    }

    /// Makes the sheet ready to print: paper, what is printed, what stands in the margins.
    pub(super) fn finish(self, paper: Paper, margin: &Margin) -> Result<(), XlsxError> {
        let last_column = self.last_column();
        let sheet = self.sheet;
        match paper {
            Paper::Upright => sheet.set_portrait(),
            Paper::Across | Paper::Wide => sheet.set_landscape(),
        };
        sheet
            .set_paper_size(if matches!(paper, Paper::Wide) { A3 } else { A4 })
            .set_print_fit_to_pages(1, 0)
            .set_print_center_horizontally(true)
            .set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3)
            .set_header(format!("&L&9{}&R&9{}", in_margin(&margin.about), in_margin(&margin.standing)))
            .set_footer("&C&9第&P页，共&N页");
        sheet.set_print_area(0, 0, self.row.saturating_sub(1), last_column)?;
        Ok(())
    }
}

fn index(row: u32) -> usize {
    usize::try_from(row).unwrap_or(usize::MAX)
}

/// Height of a text in a column, an indent included. Units: points.
#[expect(clippy::cast_precision_loss, reason = "no text has so many characters")]
fn height(text: &str, width: f64) -> f64 {
    let lines = text.split('\n').map(|line| (text_width(line) as f64 / (width - 2.0).max(1.0)).ceil().max(1.0));
    lines.sum::<f64>().clamp(1.0, MOST_LINES) * LINE
}

/// What a cell can hold of a text.
fn held(text: &str) -> String {
    let plain = |character: char| if character.is_control() && character != '\n' { ' ' } else { character };
    text.chars().take(MOST_CHARACTERS).map(plain).collect()
}

/// A text that the margin does not read as a field. Margins hold 255 characters together.
fn in_margin(text: &str) -> String {
    held(text).chars().take(60).collect::<String>().replace('&', "&&")
}

fn plain(font: &str, size: f64) -> Format {
    Format::new().set_font_name(font).set_font_size(size).set_align(FormatAlign::VerticalCenter).set_text_wrap()
}

fn boxed(font: &str, size: f64) -> Format {
    plain(font, size).set_border(FormatBorder::Thin)
}

fn format_of(entry: &Entry, bold: bool) -> Format {
    let base = boxed(if bold { HEAD_FONT } else { FONT }, 10.0);
    match entry {
        Entry::Number(_, pattern) => base.set_align(FormatAlign::Right).set_num_format(pattern),
        Entry::Left(_) => base.set_align(FormatAlign::Left).set_indent(1),
        Entry::Missing | Entry::Incalculable => base.set_align(FormatAlign::Center).set_font_color(WARNING),
        Entry::FillIn => base.set_align(FormatAlign::Right).set_background_color(FILL_IN),
        Entry::Text(_) | Entry::Place(_) | Entry::None => base.set_align(FormatAlign::Center),
    }
}
