#![doc = include_str!("../README.md")]
#![warn(clippy::float_arithmetic)]

pub mod acknowledgement;
pub mod attribution;
pub mod bounds;
pub mod checks;
pub mod code;
pub mod comparison;
pub mod correction;
pub mod criteria;
pub mod element;
pub mod evaluation;
pub mod explanation;
pub mod facts;
pub mod finding;
pub mod formula;
pub mod history;
pub mod inflow;
pub mod interval;
pub mod missing;
pub mod quantity;
pub mod scenario;
pub mod school;
pub mod standard;
mod toml_words;
pub mod unit;
pub mod verdict;
pub mod waiver;
