#![doc = include_str!("../README.md")]

mod budget;
mod client;
mod credentials;
mod endpoints;
mod error;
mod import;
mod journal;
mod policy;
mod reports;
mod rpcs;
mod submit;
mod trace;

pub use client::{Client, Retrying};
pub use credentials::{Credentials, CredentialsError};
pub use error::{ClientError, ServiceError, WrongField};
pub use import::NamedFile;
pub use journal::{Journal, JournalError};
pub use policy::Policy;
pub use reports::IssuedReport;
pub use submit::{Outcome, Progress, Sending, Submitted};
