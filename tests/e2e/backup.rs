//! Backups come back row by row, and the drill fails when one row differs.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

use junheng_e2e::{County, Database, Suite, on_both_databases, run};
use junheng_store::{
    Access, Options, Store,
    contents::{self, Table},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

on_both_databases!(
    a_backup_made_under_writes_is_restored_row_by_row,
    a_drill_passes_and_one_of_a_damaged_backup_fails,
    a_database_without_tables_is_not_backed_up,
    the_audit_of_a_restored_database_is_verified,
    a_backup_of_an_older_release_is_restored_and_upgraded,
);

/// The last migrations, the newest first, each with what makes a database as the release before it left one.
const UNDONE: [(&str, &[&str]); 2] = [
    // It deletes rows that the release before had filled otherwise.
    ("m0012_summary_figures", &["UPDATE evaluation_summaries SET met_share_billionths = 7"]),
    (
        "m0011_audit_chain",
        &[
            "DROP TABLE audit_records",
            "DROP TABLE audit_checkpoints",
            "DROP TABLE audit_heads",
            "INSERT INTO audit VALUES ('219902', 1, 1, 'a', '', 'submit_month', 'b', 'accepted', 'first', '文')",
            "INSERT INTO audit VALUES ('219902', 2, 1, 'a', '', 'submit_month', 'c', 'refused', 'second', '\"')",
        ],
    ),
];
/// What migrations fill anew, or begin.
const CHANGED: [&str; 2] = ["evaluation_summaries", "seaql_migrations"];

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The programs of the PostgreSQL that the tests run: the newest of Debian's.
fn with_programs<'a>(arguments: &[&'a str], folder: Option<&'a str>) -> Vec<&'a str> {
    let more = folder.into_iter().flat_map(|folder| ["--pg-bin", folder]);
    arguments.iter().copied().chain(more).collect()
}

fn programs() -> Option<String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest =
        versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path()))).max();
    newest.map(|(_, path)| path.join("bin").display().to_string())
}

/// An empty database of the same kind, that no program has opened.
fn empty_like(database: &Database) -> Database {
    if database.url().starts_with("sqlite:") { Database::sqlite() } else { Database::postgres() }
}

async fn reported(database: &Database) -> Suite {
    let suite = Suite::start(database.shared()).await;
    let county = County::met();
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("first")).await;
    suite.stored(&county.region, &county.month, &receipt).await;
    suite
}

async fn a_backup_made_under_writes_is_restored_row_by_row(database: Database) {
    let suite = reported(&database).await;
    let (folder, programs, fresh) = (tempfile::tempdir().unwrap(), programs(), empty_like(&database));
    let file = folder.path().join("backup").display().to_string();
    let (url, county) = (database.url().to_owned(), County::met());
    let backing_up = tokio::task::spawn_blocking({
        let (file, programs) = (file.clone(), programs.clone());
        move || run(&with_programs(&["backup", "create", "-o", &file, "--database", &url], programs.as_deref()))
    });
    let mut sent = 0;
    while !backing_up.is_finished() {
        suite.accepted(county.submission(&format!("more-{sent}"))).await;
        sent += 1;
    }
    let backed_up = backing_up.await.unwrap();
    assert!(backed_up.status.success(), "{}", text(&backed_up));

    let restored = run(&with_programs(&["backup", "restore", &file, "--database", fresh.url()], programs.as_deref()));
    let again = run(&with_programs(&["backup", "restore", &file, "--database", fresh.url()], programs.as_deref()));
    let doubled =
        run(&with_programs(&["backup", "create", "-o", &file, "--database", fresh.url()], programs.as_deref()));

    assert!(sent > 0);
    for made in [file.clone(), format!("{file}.manifest.json")] {
        let mode = fs::metadata(&made).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{made} is its owner's alone");
    }
    assert!(restored.status.success(), "{}", text(&restored));
    assert_eq!(again.status.code(), Some(1), "what is not empty is left alone: {}", text(&again));
    assert_eq!(doubled.status.code(), Some(1), "an older backup is not overwritten: {}", text(&doubled));
    // The services run on what was restored as they did before.
    let suite = Suite::start(fresh).await;
    let first = suite.accepted(county.submission("first")).await;
    assert_eq!((first.revision, first.signature.len()), (Some(1), 64));
}

async fn a_database_without_tables_is_not_backed_up(database: Database) {
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let file = folder.path().join("backup");
    let path = file.display().to_string();

    let refused =
        run(&with_programs(&["backup", "create", "-o", &path, "--database", database.url()], programs.as_deref()));

    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(!file.exists());
}

#[test]
fn commands_that_read_an_embedded_database_do_not_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, file) = (folder.path().join("elsewhere.db"), folder.path().join("backup").display().to_string());
    let url = format!("sqlite://{}?mode=rwc", missing.display());
    let scratch = format!("sqlite://{}?mode=rwc", folder.path().join("scratch.db").display());
    for command in [
        &["backup", "create", "-o", &file][..],
        &["backup", "drill", "--scratch", &scratch],
        &["audit", "verify"],
        &["audit", "export", "-o", &file],
        &["audit", "export-head", "-o", &file],
        &["audit", "prune"],
    ] {
        let refused = run(&[command, &["--database", &url]].concat());

        assert_eq!(refused.status.code(), Some(1), "{command:?}: {}", text(&refused));
        assert!(text(&refused).contains("没有数据库文件"), "{command:?}: {}", text(&refused));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{command:?}");
    }
}

async fn a_drill_passes_and_one_of_a_damaged_backup_fails(database: Database) {
    let suite = reported(&database).await;
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let file = folder.path().join("backup").display().to_string();
    let (scratch, other) = (empty_like(&database), empty_like(&database));

    let drilled = run(&with_programs(
        &["backup", "drill", "--scratch", scratch.url(), "--database", database.url()],
        programs.as_deref(),
    ));

    assert!(drilled.status.success(), "{}", text(&drilled));
    assert!(text(&drilled).contains("submissions：1行"), "{}", text(&drilled));
    let created =
        run(&with_programs(&["backup", "create", "-o", &file, "--database", database.url()], programs.as_deref()));
    assert!(created.status.success(), "{}", text(&created));
    let manifest = format!("{file}.manifest.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    let tables = json["tables"].as_array_mut().unwrap();
    let facts = tables.iter_mut().find(|table| table["name"] == "school_facts").unwrap();
    facts["sha256"] = "0".repeat(64).into();
    fs::write(&manifest, json.to_string()).unwrap();
    let failed = run(&with_programs(
        &["backup", "drill", "--from", &file, "--scratch", other.url(), "--database", database.url()],
        programs.as_deref(),
    ));
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    assert!(text(&failed).contains("表 school_facts 的行数相同，内容不同"), "{}", text(&failed));
    drop(suite);
}

async fn the_audit_of_a_restored_database_is_verified(database: Database) {
    let suite = reported(&database).await;
    let (scratch, programs) = (empty_like(&database), programs());
    let raw = sea_orm::Database::connect(database.url()).await.unwrap();
    raw.execute_unprepared("DELETE FROM audit_records WHERE action = 'submit_month'").await.unwrap();

    let drilled = run(&with_programs(
        &["backup", "drill", "--scratch", scratch.url(), "--database", database.url()],
        programs.as_deref(),
    ));

    assert_eq!(drilled.status.code(), Some(1), "{}", text(&drilled));
    assert!(text(&drilled).contains("219902/changes：第2条至第2条被删除"), "{}", text(&drilled));
    drop(suite);
}

/// The digests of all rows that an upgrade leaves alone.
async fn digests(database: &Database) -> Vec<Table> {
    let store = Store::connect(&Options::new(database.url())).await.unwrap().with_access(Access::of_login());
    let reads = store.begin_read().await.unwrap();
    let tables = contents::digest(&reads).await.unwrap();
    reads.finish().await.unwrap();
    store.close().await.unwrap();
    tables.into_iter().filter(|table| !CHANGED.contains(&table.name.as_str())).collect()
}

async fn one_value(raw: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    raw.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn a_backup_of_an_older_release_is_restored_and_upgraded(database: Database) {
    let suite = reported(&database).await;
    let county = County::met();
    let receipt = suite.accepted(county.submission("first")).await;
    suite.stopped().await;
    let (folder, programs) = (tempfile::tempdir().unwrap(), programs());
    let raw = sea_orm::Database::connect(database.url()).await.unwrap();
    for (newest, statements) in UNDONE {
        let applied = one_value(&raw, "SELECT MAX(version) FROM seaql_migrations").await;
        assert_eq!(applied, newest, "say above how a database is without it");
        for statement in statements {
            raw.execute_unprepared(statement).await.unwrap();
        }
        raw.execute_unprepared(&format!("DELETE FROM seaql_migrations WHERE version = '{newest}'")).await.unwrap();
        let (file, fresh) = (folder.path().join(newest).display().to_string(), empty_like(&database));
        let before = digests(&database).await;
        let backed_up =
            run(&with_programs(&["backup", "create", "-o", &file, "--database", database.url()], programs.as_deref()));
        assert!(backed_up.status.success(), "{}", text(&backed_up));

        let drilled = run(&with_programs(
            &["backup", "drill", "--from", &file, "--scratch", fresh.url(), "--database", database.url()],
            programs.as_deref(),
        ));

        assert!(drilled.status.success(), "{}", text(&drilled));
        assert!(text(&drilled).contains("已升级到本程序的版本"), "{}", text(&drilled));
        let after = digests(&fresh).await;
        assert!(before.iter().map(|table| table.row_count).sum::<u64>() > 20, "{before:?}");
        for table in &before {
            assert_eq!(after.iter().find(|one| one.name == table.name), Some(table));
        }
        let upgraded = sea_orm::Database::connect(fresh.url()).await.unwrap();
        let summaries = "SELECT CAST(COUNT(*) AS TEXT) FROM evaluation_summaries";
        assert_eq!([one_value(&raw, summaries).await, one_value(&upgraded, summaries).await], ["1", "0"]);
        // The services go on from it: what was acknowledged is known, what comes is taken.
        let suite = Suite::start(fresh).await;
        let again = suite.accepted(county.submission("first")).await;
        assert_eq!((&again.submission, &again.signature), (&receipt.submission, &receipt.signature));
        assert_eq!(suite.accepted(county.submission("later")).await.request_id, "later");
    }
}
