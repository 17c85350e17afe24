//! Who may do what on PostgreSQL: roles, privileges, and row-level security by region.
//!
//! The owner of the tables migrates and nothing else. The service's role reads and writes rows and changes no table; the reader's role reads. All
//! of them, the owner included, see only rows of the regions in `junheng.scope`, which every transaction sets for itself.

use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{ConnectionTrait, DbErr};

use crate::{SchemaMismatch, StoreError, encoding::statement};

/// Whether it was told that the login is a superuser's: once is enough.
static WARNED: AtomicBool = AtomicBool::new(false);

/// The role that services work as: give it to their logins.
pub const SERVICE_ROLE: &str = "junheng_service";
/// The role of whoever reads by SQL: give it to their logins.
pub const READER_ROLE: &str = "junheng_reader";

/// Tables of regions' settings, which every county below and beside may read, and only whoever covers the region may write.
const SETTINGS: [&str; 4] = ["check_limits", "in_force_entries", "reporting_calendars", "standards_in_force"];
/// Every table of the login's with the column that says whose its rows are, whether all is done with it already, and what it is called.
const TABLES: &str = "SELECT c.relname::text,
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'county_code'),
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'region_code'),
        c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND pg_has_role(session_user, c.relowner, 'MEMBER')
    ORDER BY c.relname";
/// Every table with what a role may do with it.
const PRIVILEGES: &str =
    "SELECT c.relname::text, has_table_privilege($1::name, c.oid, 'SELECT'), has_table_privilege($1::name, c.oid, 'INSERT'),
        has_table_privilege($1::name, c.oid, 'UPDATE'), has_table_privilege($1::name, c.oid, 'DELETE')
    FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND c.relowner = (SELECT m.relowner FROM pg_class m WHERE m.oid = to_regclass('seaql_migrations'))
    ORDER BY c.relname";
/// What [`PRIVILEGES`] asks for.
const VERBS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// How a table is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Rows of the regions in scope are read and written, by this column.
    Scoped(&'static str),
    /// All rows are read, those of the regions in scope are written, by this column.
    Public(&'static str),
    /// All rows are read; whoever has any scope writes.
    Common,
    /// Every role that has a privilege uses it on all rows.
    Open,
}

impl Rule {
    fn of(table: &str, county: bool, region: bool) -> Self {
        match table {
            "regions" => Self::Public("code"),
            "standards" => Self::Common,
            _ if SETTINGS.contains(&table) => Self::Public("region_code"),
            _ if county => Self::Scoped("county_code"),
            _ if region => Self::Scoped("region_code"),
            _ => Self::Open,
        }
    }

    fn policies(self, table: &str) -> Vec<String> {
        let policy = |name: &str, rest: &str| format!("CREATE POLICY {name} ON {table} {rest}");
        match self {
            Self::Scoped(column) => vec![policy("scope", &format!("USING ({})", in_scope(column)))],
            Self::Public(column) => vec![
                policy("everybody_reads", "FOR SELECT USING (true)"),
                policy("scope", &format!("USING ({})", in_scope(column))),
            ],
            Self::Common => vec![
                policy("everybody_reads", "FOR SELECT USING (true)"),
                policy("scope", &format!("USING ({SCOPE} <> '{{}}')")),
            ],
            Self::Open => vec![],
        }
    }
}

/// The patterns that the transaction set. Where it set none the answer is NULL, and no row passes: after a transaction that did, the setting is
/// not gone but empty.
const SCOPE: &str = "nullif(current_setting('junheng.scope', true), '')::text[]";

/// What a row must be like. Whoever sees everything, as the evaluator does, is spared the look at the patterns.
fn in_scope(column: &str) -> String {
    format!("current_setting('junheng.scope', true) = '{{%}}' OR {column} LIKE ANY ({SCOPE})")
}

/// Creates the roles where they are missing and the login may, and lets the login take the service's.
///
/// # Errors
///
/// [`DbErr`] when the database does not answer.
pub(crate) async fn create_roles(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for role in [SERVICE_ROLE, READER_ROLE] {
        // Roles are those of the server: programs that migrate other databases of it may create them at the same time. Who may not
        // create roles has an administrator make them.
        let tries = [
            format!(
                "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
                END IF;"
            ),
            format!(
                "IF NOT pg_has_role(session_user, '{role}', 'MEMBER') THEN
                    EXECUTE format('GRANT {role} TO %I', session_user);
                END IF;"
            ),
        ];
        for tried in tries {
            let sql = format!(
                "DO $$ BEGIN {tried}
                EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object OR insufficient_privilege THEN NULL;
                END $$"
            );
            db.execute_unprepared(&sql).await?;
        }
    }
    Ok(())
}

/// Makes sure of the roles, and that every table is under its rule and open to them: each time somebody migrates, as roles may have come since.
/// Does nothing for a login that does not own the tables.
///
/// # Errors
///
/// [`SchemaMismatch::RolesMissing`] when roles are missing and the login may not create them.
pub(crate) async fn ensure(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let asked = "SELECT coalesce(pg_has_role(session_user, (SELECT m.relowner FROM pg_class m WHERE m.oid = to_regclass('seaql_migrations')), 'MEMBER'),
        true), session_user::text";
    let Some(row) = db.query_one_raw(statement(db, asked, [])).await? else { return Ok(()) };
    let (own, login): (bool, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    if !own {
        return Ok(());
    }
    create_roles(db).await?;
    let mut roles = vec![];
    for role in [SERVICE_ROLE, READER_ROLE] {
        if !exists(db, role).await? {
            roles.push(role.to_owned());
        }
    }
    if !roles.is_empty() {
        return Err(StoreError::Schema(SchemaMismatch::RolesMissing { roles, login }));
    }
    Ok(apply(db).await?)
}

/// What the role that services work as lacks; nothing where it may do all that they do.
///
/// # Errors
///
/// [`SchemaMismatch`] with the first that is lacking.
pub(crate) async fn allowed(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let asked = "SELECT session_user::text, r.rolsuper OR r.rolbypassrls,
            EXISTS (SELECT FROM pg_roles s WHERE s.rolname = $1 AND pg_has_role(session_user, s.oid, 'MEMBER'))
        FROM pg_roles r WHERE r.rolname = session_user";
    let Some(row) = db.query_one_raw(statement(db, asked, [SERVICE_ROLE.into()])).await? else { return Ok(()) };
    let login: String = row.try_get_by_index(0)?;
    let (boundless, member): (bool, bool) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    if boundless && !member {
        return Err(StoreError::Schema(SchemaMismatch::Unprotected(login)));
    }
    if boundless && !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            database.login = login,
            "the login of the database is a superuser or bypasses row-level security: only the role that services take keeps regions \
             apart; give services a login of their own"
        );
    }
    let role = if member { SERVICE_ROLE.to_owned() } else { login.clone() };
    for row in db.query_all_raw(statement(db, PRIVILEGES, [role.as_str().into()])).await? {
        let table: String = row.try_get_by_index(0)?;
        for verb in privileges(&table).split(", ") {
            let column = VERBS.iter().position(|one| *one == verb).unwrap_or_default() + 1;
            if !row.try_get_by_index::<bool>(column)? {
                let verb = verb.to_owned();
                return Err(StoreError::Schema(SchemaMismatch::Forbidden { role, login, verb, table }));
            }
        }
    }
    Ok(())
}

/// Puts every table of the schema under its rule and gives the roles their privileges; does again what is done.
///
/// # Errors
///
/// [`DbErr`] when the login does not own a table.
async fn apply(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for row in db.query_all_raw(statement(db, TABLES, [])).await? {
        let table: String = row.try_get_by_index(0)?;
        let rule = Rule::of(&table, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let done: bool = row.try_get_by_index(3)?;
        let policies = rule.policies(&table);
        if !done && !policies.is_empty() {
            db.execute_unprepared(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await?;
            db.execute_unprepared(&format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")).await?;
            for policy in policies {
                db.execute_unprepared(&policy).await?;
            }
        }
        let verbs = privileges(&table);
        let grants = format!("GRANT {verbs} ON {table} TO {SERVICE_ROLE}; GRANT SELECT ON {table} TO {READER_ROLE}");
        db.execute_unprepared(&grants).await?;
    }
    Ok(())
}

/// What services may do with a table; what is told once they neither change nor delete.
fn privileges(table: &str) -> &'static str {
    match table {
        // Of the migrations; of the owner's pruning; of programs before the audit was chained.
        "schema_expansions" | "seaql_migrations" | "audit_checkpoints" | "audit" => "SELECT",
        "audit_records" | "report_pieces" | "reports" | "standards" => "SELECT, INSERT",
        // The newest are enough.
        "audit_heads" => "SELECT, INSERT, DELETE",
        _ => "SELECT, INSERT, UPDATE, DELETE",
    }
}

async fn exists(db: &impl ConnectionTrait, role: &str) -> Result<bool, DbErr> {
    let sql = "SELECT 1 FROM pg_roles WHERE rolname = $1";
    Ok(db.query_one_raw(statement(db, sql, [role.into()])).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_nobody_named_is_protected_by_its_county_or_region() {
        assert_eq!(Rule::of("new_table", true, true), Rule::Scoped("county_code"));
        assert_eq!(Rule::of("new_table", false, true), Rule::Scoped("region_code"));
        assert_eq!(Rule::of("check_limits", false, true), Rule::Public("region_code"));
        assert_eq!(Rule::of("schema_expansions", false, false), Rule::Open);
    }

    #[test]
    fn what_is_told_once_is_not_changed_by_services() {
        assert_eq!(privileges("audit_records"), "SELECT, INSERT");
        assert_eq!(privileges("seaql_migrations"), "SELECT");
        assert_eq!(privileges("marks"), "SELECT, INSERT, UPDATE, DELETE");
    }
}
