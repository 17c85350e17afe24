#![doc = include_str!("../README.md")]

mod access;
pub mod audit;
mod bulk;
pub mod cases;
pub mod check_limits;
pub mod clock;
mod connect;
pub mod contents;
pub mod county_items;
mod encoding;
mod entity;
mod error;
pub mod evaluation_summaries;
pub mod evaluations;
pub mod in_force_entries;
pub mod inflow;
mod link;
pub mod marks;
mod message;
mod migration;
mod purpose;
pub mod regions;
pub mod reporting_calendars;
pub mod reports;
pub mod requests;
mod row_security;
pub mod rules;
pub mod school_events;
pub mod school_facts;
pub mod schools;
mod session;
pub mod standards;
pub mod standings;
mod start;
mod statements;
mod store;
pub mod submissions;
mod transaction;
mod unchained;
pub mod waivers;

pub use access::Access;
pub use bulk::CountyMonth;
pub use connect::Options;
pub use error::{SchemaMismatch, StoreError};
pub use row_security::{READER_ROLE, SERVICE_ROLE};
pub use store::{Connections, Store};
pub use transaction::{ReadTransaction, Reads, WriteTransaction};

/// What a write of versions changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// How many are new or differ from what was there.
    pub changed_count: usize,
    /// How many were there already, the same in every field.
    pub unchanged_count: usize,
}
