#![doc = include_str!("../README.md")]

pub mod heads;
pub mod key_file;
mod methods;
pub mod receipt;
mod recorder;
pub mod retention;
pub mod service;
pub mod verify;
pub mod write;

use junheng_runtime::{Caller, Role};
use junheng_store::audit::Who;

pub use recorder::Recorder;

/// Who calls, as the audit has it.
#[must_use]
pub fn who(caller: &Caller) -> Who {
    let roles: Vec<&str> = caller.roles.iter().map(|role: &Role| role.name()).collect();
    Who {
        subject: caller.subject.to_string(),
        roles: roles.join(","),
        peer: caller.address().unwrap_or_default(),
        trace_id: caller.trace.id().to_owned(),
    }
}
