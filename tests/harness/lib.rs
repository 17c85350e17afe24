//! The harness of the end-to-end tests: databases, the services on real sockets, the program as a child process, counties to report.
//!
//! Tests speak protobuf and nothing else; the services' crates are here only to be started.
#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a test ends at its first fault")]

mod calls;
pub mod county;
mod database;
pub mod forwarder;
pub mod http;
pub mod issuer;
pub mod postgres;
mod program;
pub mod province;
pub mod raw;
mod setup;
pub mod suite;
mod wait;
mod wire;
mod workbook;

pub use county::County;
pub use database::Database;
pub use forwarder::Forwarder;
pub use issuer::Issuer;
pub use program::{Program, python, run, run_with, spawn};
pub use setup::Setup;
pub use suite::Suite;
pub use wait::{PATIENCE, eventually};
pub use workbook::Workbook;

/// Makes each named function a test on SQLite and a test on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Database::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::Database::postgres()).await;
            })+
        }
    };
}
