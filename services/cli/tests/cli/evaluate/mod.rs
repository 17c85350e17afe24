//! `junheng evaluate` on files: the real binary, its exit code, its stdout and its stderr.

mod edge;
mod malformed;
mod run;
mod standards;
mod zhangwu;
