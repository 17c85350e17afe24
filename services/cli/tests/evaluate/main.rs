//! `junheng evaluate` on files: the real binary, its exit code, its stdout and its stderr.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

mod edge;
mod malformed;
mod run;
mod standards;
mod zhangwu;
