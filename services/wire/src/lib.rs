#![doc = include_str!("../README.md")]

pub mod difference;
pub mod evaluation;
pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod item;
pub mod name;
pub mod page;
pub mod scenario;
pub mod school;
pub mod standard;
pub mod status;
pub mod submission;
pub mod summary;
pub mod time;
pub mod violations;
