//! What can go wrong in the store.

use std::error::Error;

use sea_orm::{
    DbErr, RuntimeErr, SqlxError, SqlxSqliteError,
    sqlx::error::{DatabaseError, ErrorKind},
};

/// What can go wrong in the store.
///
/// What is not found is no error but `None` or an empty list.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer now, perhaps later: no connection, the pool or a lock waited for too long, a server that stops or lost
    /// its role. Nothing was written, unless it came from a commit: then nobody knows, and the request is repeated.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The request id was used before, for another content.
    #[error("the request id was used for another content")]
    RequestIdReused,
    /// Somebody else wrote the county since it was read. Nothing was written: read again, with its lock.
    #[error("the county was written meanwhile")]
    Overtaken,
    /// A value that the domain and the table do not agree on: a row that the domain refuses, or a value that its column
    /// cannot hold.
    #[error("not a value for this table: {what}")]
    Corrupt {
        /// Table, column and what is wrong.
        what: String,
    },
    /// The database's schema is not the one of this program.
    #[error("the database schema {0}")]
    Schema(SchemaMismatch),
    /// The database refused a statement: a fault of ours, or of the database's set-up.
    #[error("the database refused a statement")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

/// How a database's schema differs from the one of this program; continues the sentence "the database schema …", with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaMismatch {
    /// Nothing was ever migrated.
    #[error("is missing: run `junheng migrate` first")]
    Missing,
    /// The program brings a migration that was not applied: its name.
    #[error("is older than this program and lacks {0}: run `junheng migrate` first")]
    Older(String),
    /// A migration was applied that the program does not know: its name.
    #[error("is newer than this program, which does not know {0}: use the newer program")]
    Newer(String),
    /// It is there, and the role that this program works as may not use it.
    #[error(
        "cannot be used: {role} may not {verb} {table}. As the owner of the tables run `junheng migrate`; to the login of a service \
         an administrator gives its role: GRANT junheng_service TO \"{login}\""
    )]
    Forbidden {
        /// The role.
        role: String,
        /// Who logged in.
        login: String,
        /// The privilege that it lacks.
        verb: String,
        /// On which table.
        table: String,
    },
    /// The login is one that no row-level security holds, and the role that it would work as is not there.
    #[error("is open to {0}, whom no row-level security holds: log in as another, or run `junheng migrate`")]
    Unprotected(String),
    /// Roles are missing, and whoever migrates may not make them.
    #[error(
        "needs roles that are missing, and {login} may not create them. As an administrator run: {}; then `junheng migrate` again",
        Self::creation(.roles)
    )]
    RolesMissing {
        /// The roles.
        roles: Vec<String>,
        /// Who logged in.
        login: String,
    },
}

impl StoreError {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    /// A URL of no database; what stands in it is not repeated.
    pub(crate) fn wrong_url() -> Self {
        Self::Database(
            "the database URL is none of the form sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME".into(),
        )
    }

    /// What keeps a service from serving, in a few words: `database`, or `schema` and what of it.
    #[must_use]
    pub fn obstacle(&self) -> String {
        match self {
            Self::Schema(mismatch) => format!("schema ({})", mismatch.subject()),
            _ => "database".to_owned(),
        }
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

impl SchemaMismatch {
    /// The SQL by which an administrator makes roles.
    #[must_use]
    pub fn creation(roles: &[String]) -> String {
        let statements: Vec<String> = roles.iter().map(|role| format!("CREATE ROLE {role} NOLOGIN")).collect();
        statements.join("; ")
    }

    /// What it is about, in a word or two.
    fn subject(&self) -> String {
        match self {
            Self::Missing => "missing".to_owned(),
            Self::Older(name) => format!("lacks {name}"),
            Self::Newer(name) => name.clone(),
            Self::Forbidden { role, verb, table, .. } => format!("{role} may not {verb} {table}"),
            Self::Unprotected(login) => format!("{login} is held by no row-level security"),
            Self::RolesMissing { roles, .. } => format!("no role {}", roles.join(", ")),
        }
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        let transient = match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => transient(error),
            _ => false,
        };
        if transient { Self::Unavailable(Box::new(error)) } else { Self::Database(Box::new(error)) }
    }
}

/// Whether the server is gone or lost its role, so that connections that were made before lead nowhere.
pub(crate) fn lost(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    match error.as_ref() {
        SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::WorkerCrashed | SqlxError::BeginFailed => true,
        SqlxError::Database(error) => {
            sqlite_code(error.as_ref()).is_none() && error.code().is_some_and(|state| sqlstate_lost(&state))
        }
        _ => false,
    }
}

/// A demoted primary, a server that stops, a broken connection.
fn sqlstate_lost(state: &str) -> bool {
    matches!(state, "25006" | "57P01" | "57P02" | "57P03") || state.starts_with("08")
}

/// Whether what a write rests on is not there any more: the county's clock, made NULL, or a key that another took.
pub(crate) fn overtaken(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    matches!(error.as_ref(), SqlxError::Database(error)
        if matches!(error.kind(), ErrorKind::NotNullViolation | ErrorKind::UniqueViolation))
}

fn transient(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(_)
        | SqlxError::Tls(_)
        | SqlxError::PoolTimedOut
        | SqlxError::PoolClosed
        | SqlxError::WorkerCrashed
        | SqlxError::BeginFailed => true,
        SqlxError::Database(error) => match sqlite_code(error.as_ref()) {
            Some(code) => sqlite_transient(code),
            None => error.code().is_some_and(|state| sqlstate_transient(&state)),
        },
        _ => false,
    }
}

/// The primary result code of an SQLite error; `None` for another database's error.
pub(crate) fn sqlite_code(error: &(dyn DatabaseError + 'static)) -> Option<i32> {
    error.try_downcast_ref::<SqlxSqliteError>()?;
    let extended: i32 = error.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN.
const fn sqlite_transient(code: i32) -> bool {
    matches!(code, 5 | 6 | 8 | 10 | 13 | 14)
}

/// Broken connections, a demoted primary, exhausted resources, time-outs, shutdown, and what a repetition may solve.
fn sqlstate_transient(state: &str) -> bool {
    matches!(state, "25006" | "40001" | "40P01" | "55P03" | "57014")
        || ["08", "53", "57P"].iter().any(|class| state.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_stops_or_lost_its_role_is_unavailable() {
        for state in ["08006", "08P01", "25006", "53300", "57P01", "57P02", "57P03"] {
            assert!(sqlstate_transient(state), "{state}");
        }
    }

    #[test]
    fn connections_are_given_up_with_their_server_and_not_with_a_statement() {
        for state in ["08006", "25006", "57P01", "57P02", "57P03"] {
            assert!(sqlstate_lost(state), "{state}");
        }
        for state in ["57014", "40001", "55P03", "53300", "23505"] {
            assert!(!sqlstate_lost(state), "{state}");
        }
    }

    #[test]
    fn a_refused_statement_is_not_unavailable() {
        for state in ["23505", "42P01", "22003"] {
            assert!(!sqlstate_transient(state), "{state}");
        }
        assert!(!sqlite_transient(19));
    }
}
