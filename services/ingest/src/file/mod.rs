//! Files that counties keep: CSV tables of schools and of county items, read into rows with a finding for every fault.

mod items;
mod schools;
mod table;

pub use items::{looks_like_items, read_items};
pub use schools::{Schools, read_schools};
