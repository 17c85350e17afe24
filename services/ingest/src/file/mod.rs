//! Files that counties keep, workbooks and CSV tables, registers too: templates written, filled-in ones read into rows with a finding for every
//! fault, and sent back with the findings in their cells.

mod annotate;
mod archive;
mod columns;
mod csv;
mod encoding;
mod grid;
mod items;
mod places;
mod reading;
mod register;
mod schools;
mod sheets;
mod table;
mod template;
mod workbook;

pub use annotate::{Remark, annotate};
pub use encoding::Encoding;
pub use items::read_items;
pub use places::Places;
pub use reading::{MAX_FILE_BYTES, MAX_FILES, NamedFile, Reading, Source, read};
pub use register::{Entry, Register, read_register};
pub use schools::{Schools, read_schools};
pub use template::{Before, Template, WorkbookError};

#[cfg(test)]
mod tests;
