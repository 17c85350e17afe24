//! The program, run as people run it: exit codes, what it prints and what it tells.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commands;
mod demo;
mod evaluate;
mod files;
mod push;
mod served;
