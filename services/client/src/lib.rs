#![doc = include_str!("../README.md")]

mod client;
mod error;
mod policy;
mod rpcs;
mod submit;

pub use client::Client;
pub use error::{ClientError, ServiceError, WrongField};
pub use policy::Policy;
pub use submit::{Outcome, Submitted};
