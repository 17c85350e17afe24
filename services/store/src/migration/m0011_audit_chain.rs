//! The audit as hash chains, with signed heads and checkpoints. Expands only: table `audit` stays as it is, nothing is appended to it any more, and
//! each of its regions begins its chain with a record that holds the number and the digest of its rows, so that they are held from now on.

use junheng_seal::chain::{Deed, Kind, Record, Stream, Who};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, SchemaManagerConnection, async_trait};

use crate::unchained::{self, Rows};

const STATEMENTS: [&str; 3] = [
    "CREATE TABLE audit_records (
        county_code {key} NOT NULL,
        kind {key} NOT NULL,
        sequence BIGINT NOT NULL,
        previous_hash {bytes} NOT NULL,
        at_unix_ms BIGINT NOT NULL,
        subject TEXT NOT NULL,
        roles TEXT NOT NULL,
        peer TEXT NOT NULL,
        trace_id TEXT NOT NULL,
        action TEXT NOT NULL,
        resource {key} NOT NULL,
        outcome TEXT NOT NULL,
        request_id TEXT NOT NULL,
        detail TEXT NOT NULL,
        hash {bytes} NOT NULL,
        PRIMARY KEY (county_code, kind, sequence))",
    "CREATE TABLE audit_checkpoints (
        county_code {key} NOT NULL,
        kind {key} NOT NULL,
        sequence BIGINT NOT NULL,
        hash {bytes} NOT NULL,
        at_unix_ms BIGINT NOT NULL,
        key_id TEXT NOT NULL,
        signature {bytes} NOT NULL,
        PRIMARY KEY (county_code, kind))",
    "CREATE TABLE audit_heads (
        at_unix_ms BIGINT NOT NULL,
        head {bytes} NOT NULL,
        key_id TEXT NOT NULL,
        signature {bytes} NOT NULL,
        PRIMARY KEY (at_unix_ms))",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_audit_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (key, bytes) = match manager.get_database_backend() {
            DatabaseBackend::Postgres => ("TEXT COLLATE \"C\"", "BYTEA"),
            _ => ("TEXT", "BLOB"),
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{key}", key).replace("{bytes}", bytes);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        adopt(manager.get_connection()).await
    }
}

/// Begins the chains of the regions that have rows in `audit`.
async fn adopt(db: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    for rows in unchained::read(db, None).await? {
        let Rows { region, last_at_unix_ms, .. } = &rows;
        let stream = Stream { region: region.clone(), kind: Kind::Changes };
        let deed = Deed {
            at_unix_ms: *last_at_unix_ms,
            who: Who { subject: "migration".to_owned(), ..Who::default() },
            action: unchained::ACTION.to_owned(),
            resource: "audit".to_owned(),
            outcome: "accepted".to_owned(),
            request_id: String::new(),
            detail: rows.detail(),
        };
        let record = Record::after(&stream, None, deed);
        let sql = "INSERT INTO audit_records (county_code, kind, sequence, previous_hash, at_unix_ms, subject, roles, peer, trace_id,
                action, resource, outcome, request_id, detail, hash)
            VALUES ($1, $2, 1, $3, $4, $5, '', '', '', $6, $7, $8, '', $9, $10)";
        let deed = record.deed;
        let values = [
            stream.region.into(),
            stream.kind.name().into(),
            record.previous.to_vec().into(),
            deed.at_unix_ms.into(),
            deed.who.subject.into(),
            deed.action.into(),
            deed.resource.into(),
            deed.outcome.into(),
            deed.detail.into(),
            record.hash.to_vec().into(),
        ];
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    }
    Ok(())
}
