//! Cases of both standards: the basic one at each of its limits, and what was published of real counties.

#![expect(clippy::unwrap_used, reason = "tests")]

mod basic_limits;
mod county;
mod explained;
mod published;
