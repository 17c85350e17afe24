//! What a transaction is begun by: what it is for, and what PostgreSQL is told of it.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::access::Access;

/// How long after the deadline of a call the database ends its statements by itself. Whoever gives up at the deadline has them cancelled before,
/// and is answered by the deadline and not by a statement that failed.
const GRACE: Duration = Duration::from_millis(500);

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reads one snapshot.
    Read,
    /// Reads what is committed by each statement, without a transaction; SQLite only.
    Loose,
    /// Writes.
    Write,
    /// Writes the schema: as whoever logged in, and not as the service's role.
    Migrate,
    /// Reads the schema: as whoever logged in, who may see what the service's role was not given yet.
    Inspect,
}

/// The name of a transaction in `pg_stat_activity`, by which it is cancelled: no other has it, of this process or another.
pub(crate) fn name() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("junheng {:x}.{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What begins a transaction; on PostgreSQL with its settings, in one message.
pub(crate) fn begin(purpose: Purpose, settings: Option<String>) -> String {
    match (settings, purpose) {
        (Some(settings), Purpose::Read) => format!("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; {settings}"),
        (Some(settings), _) => format!("BEGIN; {settings}"),
        (None, Purpose::Read) => "BEGIN".to_owned(),
        // Two that begin deferred and then write fail at once.
        (None, _) => "BEGIN IMMEDIATE".to_owned(),
    }
}

/// What a transaction on PostgreSQL is told at its beginning.
pub(crate) fn settings(purpose: Purpose, access: &Access, name: &str) -> String {
    let of_login = matches!(purpose, Purpose::Migrate | Purpose::Inspect) || access.is_of_login();
    let role = if of_login { "SET LOCAL ROLE NONE; " } else { "" };
    // Set in every transaction: what the last one set is '' and not NULL to the next.
    let mut settings =
        format!("{role}SET LOCAL junheng.scope = '{}'; SET LOCAL application_name = '{name}'", access.scope());
    if purpose == Purpose::Write {
        // Its statements go by the keys of counties, regions or standards, and the plan for one of them is that for all: a connection makes it
        // once and not six times.
        settings.push_str("; SET LOCAL plan_cache_mode = force_generic_plan");
    }
    if let Some(deadline) = access.deadline() {
        let left = deadline.saturating_duration_since(Instant::now()).saturating_add(GRACE);
        let left = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        // Writing to a string cannot fail.
        let _ = write!(settings, "; SET LOCAL statement_timeout = {left}");
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_told_its_access_at_its_beginning() {
        let passed = Access::regions(["210900"]).until(Some(Instant::now()));

        assert_eq!(
            settings(Purpose::Write, &passed, "junheng 1.2"),
            "SET LOCAL junheng.scope = '{2109%}'; SET LOCAL application_name = 'junheng 1.2'; \
             SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL statement_timeout = 500"
        );
        let everything = Access::everything();
        assert!(settings(Purpose::Migrate, &everything, "").starts_with("SET LOCAL ROLE NONE; "));
        assert!(settings(Purpose::Inspect, &everything, "").starts_with("SET LOCAL ROLE NONE; "));
        assert!(settings(Purpose::Write, &Access::of_login(), "").starts_with("SET LOCAL ROLE NONE; "));
        let told = |purpose| begin(purpose, Some("SET LOCAL a = 'b'".to_owned()));
        assert_eq!(told(Purpose::Read), "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL a = 'b'");
        assert_eq!(told(Purpose::Write), "BEGIN; SET LOCAL a = 'b'");
    }
}
