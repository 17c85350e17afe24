//! The client against services that answer as they are told, or not at all.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

mod imports;
mod many_months;
mod replicas;
mod retries;
mod scripted;
