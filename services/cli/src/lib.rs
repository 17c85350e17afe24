//! The program junheng.
