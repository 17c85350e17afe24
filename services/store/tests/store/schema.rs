//! The schema: migrating it and checking it.

use junheng_domain::{
    history::SchoolHistory,
    school::{Group, School},
};
use junheng_seal::chain::{Fault, FaultKind, Kind, Stream};
use junheng_store::{
    Access, Store, StoreError,
    audit::{self, Verified},
    contents::{self, Table},
    evaluation_summaries,
    evaluation_summaries::Filter,
    evaluations, in_force_entries,
    in_force_entries::StandardInForce,
    schools,
};
use sea_orm::{ConnectionTrait, Database as Raw, DatabaseBackend, DatabaseConnection};
use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

use crate::{Database, at, county, month, on_both_databases};

#[path = "../../src/migration/m0001_first_tables.rs"]
mod m0001_first_tables;

on_both_databases!(
    migrating_twice_is_migrating_once,
    several_replicas_migrate_at_once,
    what_the_first_schema_held_is_found_after_all_migrations,
    a_database_without_a_schema_is_refused,
    a_newer_schema_is_refused_and_left_alone,
    every_key_of_a_county_leads_with_its_code,
);

async fn migrating_twice_is_migrating_once(database: Database) {
    let store = database.connect().await;

    store.migrate().await.unwrap();
    store.migrate().await.unwrap();

    store.check_schema().await.unwrap();
}

async fn several_replicas_migrate_at_once(database: Database) {
    let mut replicas: Vec<Store> = Vec::new();
    for _ in 0..5 {
        replicas.push(database.connect().await);
    }

    let migrations = futures::future::join_all(replicas.iter().map(Store::migrate)).await;

    assert!(migrations.iter().all(Result::is_ok), "{migrations:?}");
    replicas[0].check_schema().await.unwrap();
}

/// The first migration.
pub(crate) fn first() -> Box<dyn MigrationTrait> {
    Box::new(m0001_first_tables::Migration)
}

/// The schema as its first version left it.
struct First;

#[async_trait::async_trait]
impl MigratorTrait for First {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![first()]
    }
}

async fn what_the_first_schema_held_is_found_after_all_migrations(database: Database) {
    let store = database.connect().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    First::up(&raw, None).await.unwrap();
    let bytes = match raw.get_database_backend() {
        DatabaseBackend::Postgres => "'\\x00ff'",
        _ => "x'00ff'",
    };
    let (from, to) = (month("2024-01").ordinal(), month("2024-12").ordinal());
    for statement in [
        format!("INSERT INTO standards_in_force VALUES ('210000', {from}, 'trial', {to}), ('210922', {to}, 'own', NULL)"),
        format!(
            "INSERT INTO evaluations (county_code, month, standard_id, verdict, known_at_unix_ms, evaluated_at_unix_ms, evaluation)
            VALUES ('210922', {to}, 'trial', 'met', 100, 105, {bytes})"
        ),
        "INSERT INTO schools (county_code, school_code, known_at_unix_ms, name, school_type, organiser_type, education_group,
                opened_on, closed_on)
            VALUES ('210922', '2121000001', 50, '第1小学', '211', 7, NULL, NULL, NULL),
                ('210922', '2121000001', 90, '第1小学', '211', 7, '实验教育集团', '2010-09-01', '2024-09-01')"
            .to_owned(),
        "INSERT INTO audit VALUES ('210922', 5, 1, 'office', '', 'submit_month', 'regions/210922', 'accepted', 'r1', '{}'),
                ('210922', 5, 2, 'office', '', 'submit_month', 'regions/210922', 'refused', 'r2', '{}'),
                ('000000', 6, 1, 'office', '', 'register_standard', 'standards/a', 'accepted', 'r3', '')"
            .to_owned(),
    ] {
        raw.execute_unprepared(&statement).await.unwrap();
    }
    store.check_schema().await.unwrap_err();
    let before = contents(&store).await;

    store.migrate().await.unwrap();

    store.check_schema().await.unwrap();
    let regions = ["210000".parse().unwrap(), county()];
    // They stood before anything was asked as of an instant, and so they do as of every one.
    for as_of in [None, Some(at(0))] {
        let entries = in_force_entries::list(&store, &regions, as_of).await.unwrap();
        let entry = |place: usize, id: &str, from: &str, to: Option<&str>| StandardInForce {
            region: regions[place].clone(),
            standard_id: id.to_owned(),
            from: month(from),
            to: to.map(month),
            known_at: at(0),
        };
        assert_eq!(entries, [entry(0, "trial", "2024-01", Some("2024-12")), entry(1, "own", "2024-12", None)]);
    }
    let found = evaluations::find(&store, &county(), month("2024-12"), "trial").await.unwrap().unwrap();
    assert_eq!((found.verdict.as_str(), found.known_at, found.evaluated_at), ("met", at(100), at(105)));
    assert_eq!(found.evaluation, [0, 255]);
    let mut school = School {
        code: "2121000001".parse().unwrap(),
        name: "第1小学".to_owned(),
        school_type: "211".parse().unwrap(),
        organiser_type: Some(7),
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    };
    let known = async |at_ms: i64| schools::list_as_of(&store, &county(), Some(at(at_ms))).await.unwrap();
    assert_eq!(known(49).await, []);
    assert_eq!(known(89).await, [SchoolHistory::of(&school)]);
    school.group = Some(Group { name: "实验教育集团".to_owned(), role: None });
    (school.opened_on, school.closed_on) = (Some("2010-09-01".parse().unwrap()), Some("2024-09-01".parse().unwrap()));
    assert_eq!(known(90).await, [SchoolHistory::of(&school)]);
    let filter = Filter { counties: &regions[1..], from: None, to: None, standard_id: None, verdicts: &[] };
    let waiting = evaluation_summaries::list_waiting(&store, filter, None, 10).await.unwrap();
    assert_eq!(waiting, [(county(), month("2024-12"), "trial".to_owned())], "its summary is to be made");
    unchanged(&store, before).await;
    adopted(&store, &raw).await;
}

async fn contents(store: &Store) -> Vec<Table> {
    let reads = store.with_access(Access::of_login()).begin_read().await.unwrap();
    contents::digest(&reads).await.unwrap()
}

/// Rows of tables that no migration rewrites are the same in every column that they had.
async fn unchanged(store: &Store, before: Vec<Table>) {
    let rewritten = ["evaluation_summaries", "schools", "seaql_migrations", "standards_in_force"];
    let kept: Vec<Table> = before.into_iter().filter(|table| !rewritten.contains(&table.name.as_str())).collect();
    assert!(kept.iter().any(|table| table.name == "evaluations" && table.row_count == 1));

    let after = contents::digest_again(&store.with_access(Access::of_login()).begin_read().await.unwrap(), &kept)
        .await
        .unwrap();

    assert_eq!(after, kept);
}

/// Rows of the audit from before it was chained are held by the first records of the chains, though an older program may append to them.
async fn adopted(store: &Store, raw: &DatabaseConnection) {
    let verified = async || audit::verify(&store.begin_read().await.unwrap(), &[], &[]).await.unwrap();
    raw.execute_unprepared("INSERT INTO audit VALUES ('210922', 9, 1, 'old', '', 'submit_month', '', '', '', '')")
        .await
        .unwrap();
    let first = audit::list(store, Some(&county()), 0, 10).await.unwrap();
    assert_eq!((first.len(), first[0].deed.action.as_str()), (1, "adopt_unchained_records"));
    assert_eq!(verified().await, Verified { stream_count: 2, record_count: 2, faults: vec![] });

    raw.execute_unprepared("UPDATE audit SET outcome = 'accepted' WHERE request_id = 'r2'").await.unwrap();

    let stream = Stream { region: "210922".to_owned(), kind: Kind::Changes };
    assert_eq!(verified().await.faults, [Fault { stream, kind: FaultKind::Unchained }]);
}

async fn a_database_without_a_schema_is_refused(database: Database) {
    let store = database.connect().await;

    let error = store.check_schema().await.unwrap_err();

    assert_eq!(error.to_string(), "the database schema is missing: run `junheng migrate` first");
}

async fn a_newer_schema_is_refused_and_left_alone(database: Database) {
    let store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    raw.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await
        .unwrap();

    let checked = store.check_schema().await.unwrap_err();
    let migrated = store.migrate().await.unwrap_err();

    assert!(checked.to_string().contains("newer than this program, which does not know m9999_future"), "{checked}");
    assert!(matches!(migrated, StoreError::Schema(_)));

    // A newer one that says that whoever does not know it works on.
    raw.execute_unprepared("INSERT INTO schema_expansions (version) VALUES ('m9999_future')").await.unwrap();
    store.check_schema().await.unwrap();
    store.migrate().await.unwrap();
}

/// A distributed engine wants it, of primary keys and of every UNIQUE.
async fn every_key_of_a_county_leads_with_its_code(database: Database) {
    let _store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let sql = match raw.get_database_backend() {
        sea_orm::DatabaseBackend::Postgres => {
            "SELECT t.relname, i.relname, a.attname FROM pg_index x
            JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
            WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace"
        }
        _ => {
            "SELECT m.name, l.name, i.name FROM sqlite_master m
            JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
            WHERE m.type = 'table' AND l.\"unique\" = 1 AND i.seqno = 0"
        }
    };

    let rows = raw.query_all_raw(sea_orm::Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();

    let firsts: Vec<(String, String)> =
        rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(2).unwrap())).collect();
    assert!(firsts.len() >= 26, "{firsts:?}");
    for (table, column) in firsts {
        let wanted = match table.as_str() {
            "regions" => "code",
            "seaql_migrations" | "schema_expansions" => "version",
            "standards" => "standard_id",
            "audit_heads" => "at_unix_ms",
            "standards_in_force" | "in_force_entries" | "reporting_calendars" | "check_limits" => "region_code",
            _ => "county_code",
        };
        assert_eq!(column, wanted, "{table}");
    }
}
