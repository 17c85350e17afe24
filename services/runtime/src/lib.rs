#![doc = include_str!("../README.md")]

pub mod access;
pub mod admin;
mod args;
mod caller;
mod clock;
pub mod config;
mod observer;
pub mod pages;
mod peer;
mod process;
mod readiness;
mod rpc;
mod scope;
mod serve;
pub mod shutdown;
pub mod telemetry;
pub mod tls;

pub use args::Args;
pub use caller::{Caller, Trace};
pub use clock::{Clock, ManualClock};
pub use config::{Config, Limits};
pub use observer::{Asked, Ended, Observer};
pub use pages::Pages;
pub use process::{Process, StartError};
pub use readiness::Readiness;
pub use rpc::Around;
pub use scope::{Role, Scope, is_region_code};
pub use serve::{Api, Host, ServeError};

/// What every program allocates with: a submission is some ten thousand small pieces of memory that live as long as its call (ADR 11).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
