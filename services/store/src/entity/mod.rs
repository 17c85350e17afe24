//! Rows of the tables; `school_facts` has none, its columns come from the catalogue.
#![expect(unreachable_pub, reason = "sea-orm derives public items, and rows never leave the crate")]

pub(crate) mod audit_checkpoints;
pub(crate) mod audit_heads;
pub(crate) mod audit_records;
pub(crate) mod check_limits;
pub(crate) mod county_clocks;
pub(crate) mod county_items;
pub(crate) mod evaluations;
pub(crate) mod in_force_entries;
pub(crate) mod marks;
pub(crate) mod regions;
pub(crate) mod report_pieces;
pub(crate) mod reporting_calendars;
pub(crate) mod reports;
pub(crate) mod school_events;
pub(crate) mod school_periods;
pub(crate) mod standards;
pub(crate) mod submissions;
pub(crate) mod waivers;
