//! The only SQL of Junheng.
