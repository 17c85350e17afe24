//! Who sees and writes what on PostgreSQL, by the database itself.

use junheng_domain::code::RegionCode;
use junheng_store::{
    Access, Options, READER_ROLE, SERVICE_ROLE, SchemaMismatch, Store, StoreError, audit,
    check_limits::{self, CheckLimits},
    clock, regions, schools,
};

use crate::{
    Database, at, county,
    database::database_name,
    postgres::{self, Cluster},
    registry::{region, school, write},
};

/// The tables whose rows belong to counties.
const OF_COUNTIES: &str = "SELECT table_name FROM information_schema.columns
    WHERE column_name = 'county_code' AND table_schema = 'public' ORDER BY table_name";

/// Runs a statement in the database as a superuser, or as a role by `SET ROLE`.
fn sql(database: &Database, statement: &str) -> Result<String, String> {
    postgres::cluster().unwrap().execute(&database_name(database), statement)
}

fn sibling() -> RegionCode {
    "210921".parse().unwrap()
}

fn city() -> RegionCode {
    "210900".parse().unwrap()
}

fn elsewhere() -> RegionCode {
    "220922".parse().unwrap()
}

/// Every table of counties with one row of each of these counties, whatever its columns are.
fn fill(database: &Database, counties: &[&str]) {
    for county in counties {
        let statement = format!(
            "DO $$ DECLARE t text; list text; vals text; BEGIN
            FOR t IN {OF_COUNTIES} LOOP
                SELECT string_agg(quote_ident(column_name), ', '), string_agg(CASE
                    WHEN column_name = 'county_code' THEN quote_literal('{county}')
                    WHEN data_type IN ('integer', 'bigint') THEN '7'
                    WHEN data_type = 'bytea' THEN quote_literal('\\x00ff')
                    WHEN data_type = 'boolean' THEN 'true'
                    ELSE quote_literal('text') END, ', ') INTO list, vals
                FROM information_schema.columns c WHERE c.table_name = t AND c.table_schema = 'public';
                EXECUTE format('INSERT INTO %I (%s) VALUES (%s)', t, list, vals);
            END LOOP; END $$"
        );
        sql(database, &statement).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_counties_is_under_row_level_security() {
    let database = Database::postgres();
    let _store = database.migrated().await;

    let tables = sql(&database, OF_COUNTIES).unwrap();
    assert!(tables.lines().count() >= 13, "{tables}");
    let open = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE a.attname IN ('county_code', 'region_code') AND c.relkind IN ('r', 'p')
            AND c.relnamespace = 'public'::regnamespace
            AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
                    AND pg_get_expr(p.polqual, p.polrelid) LIKE '%junheng.scope%'))";

    assert_eq!(sql(&database, open).unwrap(), "", "tables without a policy");
    // A program that is not one of the services has no business in any of them.
    let public =
        "SELECT count(*) FROM information_schema.table_privileges WHERE grantee = 'PUBLIC' AND table_schema = 'public'";
    assert_eq!(sql(&database, public).unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raw_statements_without_a_scope_see_and_write_nothing() {
    let database = Database::postgres();
    let _store = database.migrated().await;
    fill(&database, &["210922", "210921", "220922", "210000", "000000"]);

    for table in sql(&database, OF_COUNTIES).unwrap().lines() {
        assert_eq!(sql(&database, &format!("SELECT count(*) FROM {table}")).unwrap(), "5", "{table}");
        for role in [SERVICE_ROLE, READER_ROLE] {
            // Never set; set by a transaction that is over; set to nothing.
            for before in [
                "",
                "BEGIN; SET LOCAL junheng.scope = '{%}'; COMMIT;",
                "SET junheng.scope = '';",
                "SET junheng.scope = '{}';",
            ] {
                let counted = sql(&database, &format!("SET ROLE {role}; {before} SELECT count(*) FROM {table}"));
                assert_eq!(counted.unwrap(), "0", "{table} as {role} after {before:?}");
            }
            let written =
                sql(&database, &format!("SET ROLE {role}; INSERT INTO {table} (county_code) VALUES ('210922')"));
            let fault = written.unwrap_err();
            assert!(fault.contains("row-level security") || fault.contains("permission denied"), "{table}: {fault}");
        }
        let counted = sql(
            &database,
            &format!("SET ROLE {SERVICE_ROLE}; SET junheng.scope = '{{2109%}}'; SELECT count(*) FROM {table}"),
        );
        assert_eq!(counted.unwrap(), "2", "{table}");
    }
    let changed = format!("SET ROLE {SERVICE_ROLE}; UPDATE marks SET attempt = 9; DELETE FROM marks");
    sql(&database, &changed).unwrap();
    assert_eq!(sql(&database, "SELECT count(*) FROM marks WHERE attempt = 7").unwrap(), "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_sees_and_writes_the_regions_of_its_access() {
    let database = Database::postgres();
    let everything = database.migrated().await;
    fill(&database, &["210922", "210921", "220922"]);
    let seen = async |access: Access| {
        let store = everything.with_access(access);
        let mut seen = vec![];
        for code in [county(), sibling(), elsewhere()] {
            let alone = clock::find(&store, &code).await.unwrap().is_some();
            let snapshot = store.begin_read().await.unwrap();
            assert_eq!(clock::find(&snapshot, &code).await.unwrap().is_some(), alone);
            snapshot.finish().await.unwrap();
            let transaction = store.begin_write().await.unwrap();
            let written = clock::advance(&transaction, &code, at(9)).await;
            assert_eq!(written.is_ok(), alone, "{written:?}");
            seen.push(alone);
        }
        seen
    };

    assert_eq!(seen(Access::everything()).await, [true, true, true]);
    assert_eq!(seen(Access::regions(["210922"])).await, [true, false, false]);
    assert_eq!(seen(Access::regions(["210900"])).await, [true, true, false]);
    assert_eq!(seen(Access::regions(["210921", "220000"])).await, [false, true, true]);
    assert_eq!(seen(Access::nothing()).await, [false, false, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_for_callers_sees_what_the_task_may_see() {
    let database = Database::postgres();
    let store = database.migrated().await.for_callers();
    fill(&database, &["210922", "210921"]);

    assert_eq!(clock::find(&store, &county()).await.unwrap(), None, "nobody said who asks");
    for _ in 0..20 {
        let own = Access::regions(["210922"]).run(clock::find(&store, &county())).await;
        let foreign = Access::regions(["210922"]).run(clock::find(&store, &sibling())).await;

        assert_eq!((own.unwrap(), foreign.unwrap()), (Some(at(7)), None));
    }
    assert!(clock::find(&store.everything(), &sibling()).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_regions_are_read_by_all_and_written_by_whoever_covers_the_region() {
    let database = Database::postgres();
    let everything = database.migrated().await;
    let (county_store, city_store) =
        (everything.with_access(Access::regions(["210922"])), everything.with_access(Access::regions(["210900"])));
    let set = async |store: &Store| {
        let transaction = store.begin_write().await.unwrap();
        let limits = CheckLimits { region: city(), known_at: at(1), document: String::new() };
        check_limits::append(&transaction, &limits).await?;
        regions::upsert(&transaction, &[region("210900", Some("210000"))]).await?;
        transaction.commit().await
    };

    assert!(set(&county_store).await.is_err());
    set(&city_store).await.unwrap();

    assert!(regions::find(&county_store, &city()).await.unwrap().is_some());
    assert_eq!(check_limits::list(&county_store, &[city()]).await.unwrap().len(), 1);
}

/// A school is open in one county: whoever registers it must be told, though the other county is none of theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_looks_for_a_school_elsewhere_and_sees_no_more_after_it() {
    let database = Database::postgres();
    let everything = database.migrated().await;
    write(&everything, &sibling(), 1, &[school(2)]).await;
    let store = everything.with_access(Access::regions(["210922"]));

    let transaction = store.begin_write().await.unwrap();
    let elsewhere = schools::list_elsewhere(&transaction, &county(), &[school(2).code]).await.unwrap();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(schools::list_as_of(&transaction, &sibling(), None).await.unwrap(), []);
    assert!(clock::advance(&transaction, &sibling(), at(1)).await.is_err());
}

/// Logins as an installation has them: neither is a superuser.
fn login(database: &Database, name: &str) -> Options {
    Options {
        url: database.options.url.replace("postgres@localhost", &format!("{name}@localhost")),
        ..database.options.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_migrates_and_a_service_only_writes_rows() {
    let database = Database::postgres();
    let this = database_name(&database);
    // What an administrator prepares; the roles are there in advance, as the owner may not make any.
    sql(
        &database,
        &format!(
            "DO $$ BEGIN CREATE ROLE {SERVICE_ROLE}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            DO $$ BEGIN CREATE ROLE {READER_ROLE}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
            CREATE ROLE {this}_owner LOGIN; CREATE ROLE {this}_service LOGIN IN ROLE {SERVICE_ROLE};
            CREATE ROLE {this}_reader LOGIN IN ROLE {READER_ROLE}; ALTER DATABASE {this} OWNER TO {this}_owner"
        ),
    )
    .unwrap();
    let owner = Store::connect(&login(&database, &format!("{this}_owner"))).await.unwrap();
    owner.migrate().await.unwrap();
    owner.migrate().await.unwrap();
    owner.check_schema().await.unwrap();
    let service = Store::connect(&login(&database, &format!("{this}_service"))).await.unwrap();
    service.check_schema().await.unwrap();
    // Nothing is to be done, and it does nothing.
    service.migrate().await.unwrap();

    for store in [&service, &owner] {
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, &county(), at(5)).await.unwrap();
        audit::append(&transaction, &entry(known_at)).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(clock::find(store, &county()).await.unwrap().is_some());
        assert_eq!(clock::find(&store.with_access(Access::nothing()), &county()).await.unwrap(), None);
    }

    let as_login = |login: &str, statement: &str| {
        sql(&database, &format!("SET SESSION AUTHORIZATION {this}_{login}; SET junheng.scope = '{{%}}'; {statement}"))
    };
    assert_eq!(as_login("reader", "SELECT count(*) FROM audit_records").unwrap(), "2");
    for (login, statement) in [
        ("service", "DELETE FROM audit_records"),
        ("service", "UPDATE audit_records SET outcome = ''"),
        ("service", "INSERT INTO audit_checkpoints SELECT FROM audit_checkpoints"),
        ("service", "UPDATE standards SET document = ''"),
        ("service", "DELETE FROM seaql_migrations"),
        ("service", "CREATE TABLE own (a int)"),
        ("service", "ALTER TABLE marks ADD COLUMN a int"),
        ("service", "ALTER TABLE marks DISABLE ROW LEVEL SECURITY"),
        ("service", "DROP POLICY scope ON marks"),
        ("service", "TRUNCATE marks"),
        ("service", "SET row_security = off; SELECT * FROM marks"),
        ("reader", "INSERT INTO county_clocks VALUES ('210922', 1)"),
        ("reader", "DELETE FROM county_clocks"),
    ] {
        assert!(as_login(login, statement).is_err(), "{login}: {statement}");
    }
    // The owner sees no more than the others without a scope: policies are forced.
    let bare = sql(&database, &format!("SET SESSION AUTHORIZATION {this}_owner; SELECT count(*) FROM audit_records"));
    assert_eq!(bare.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_does_not_migrate() {
    let database = Database::postgres();
    let _roles = Database::postgres().migrated().await;
    let this = database_name(&database);
    sql(&database, &format!("CREATE ROLE {this}_service LOGIN IN ROLE {SERVICE_ROLE}")).unwrap();
    let service = Store::connect(&login(&database, &format!("{this}_service"))).await.unwrap();

    assert!(matches!(service.migrate().await, Err(StoreError::Database(_))));

    assert!(matches!(service.check_schema().await, Err(StoreError::Schema(_))));
}

/// A login of a server, in a database of it.
fn url_of(server: &Cluster, login: &str, name: &str) -> Options {
    let socket = server.socket();
    Options::new(format!("postgres://{login}@localhost/{name}?host={}", socket.parent().unwrap().display()))
}

/// A server of its own, as roles are those of the whole server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_that_are_missing_are_asked_for_and_served_once_they_are_there() {
    let server = Cluster::start_primary("without-roles").unwrap();
    server.execute("postgres", "CREATE ROLE town_owner LOGIN; CREATE ROLE town_login LOGIN").unwrap();
    server.execute("postgres", "CREATE DATABASE town OWNER town_owner").unwrap();
    let owner = Store::connect(&url_of(&server, "town_owner", "town")).await.unwrap();

    for missing in [&[SERVICE_ROLE, READER_ROLE][..], &[READER_ROLE]] {
        let Err(StoreError::Schema(refused)) = owner.migrate().await else { panic!("{missing:?} are missing") };
        let roles = missing.iter().map(|role| (*role).to_owned()).collect();
        assert_eq!(refused, SchemaMismatch::RolesMissing { roles, login: "town_owner".to_owned() });
        assert!(refused.to_string().contains(&format!("CREATE ROLE {READER_ROLE} NOLOGIN")), "{refused}");
        assert_eq!(server.execute("town", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").unwrap(), "0");
        server.execute("postgres", &format!("CREATE ROLE {} NOLOGIN", missing[0])).unwrap();
    }
    owner.migrate().await.unwrap();
    server.execute("postgres", &format!("GRANT {SERVICE_ROLE} TO town_login")).unwrap();
    let service = Store::connect(&url_of(&server, "town_login", "town")).await.unwrap();
    service.check_service().await.unwrap();

    // Whoever lost his privileges, or never had them, is told what he lacks; to migrate again mends it.
    server.execute("town", &format!("REVOKE UPDATE ON marks FROM {SERVICE_ROLE}")).unwrap();
    let lacking = service.check_service().await.unwrap_err();
    assert_eq!(lacking.obstacle(), "schema (junheng_service may not UPDATE marks)");
    owner.migrate().await.unwrap();
    service.check_service().await.unwrap();
    server.execute("postgres", "CREATE ROLE stranger LOGIN").unwrap();
    let stranger = Store::connect(&url_of(&server, "stranger", "town")).await.unwrap();
    let lacking = stranger.check_service().await.unwrap_err();
    assert_eq!(lacking.obstacle(), "schema (stranger may not SELECT seaql_migrations)");
    assert!(lacking.to_string().contains("GRANT junheng_service TO \"stranger\""), "{lacking}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_no_policy_holds_serves_only_as_the_role_of_services() {
    let database = Database::postgres();
    let store = database.migrated().await;
    let this = database_name(&database);
    store.check_service().await.unwrap();
    sql(&database, &format!("CREATE ROLE {this}_free LOGIN BYPASSRLS; GRANT {READER_ROLE} TO {this}_free")).unwrap();

    let free = Store::connect(&login(&database, &format!("{this}_free"))).await.unwrap();
    let refused = free.check_service().await.unwrap_err();

    assert!(refused.obstacle().contains("held by no row-level security"), "{refused}");
}

/// The policy must not cost a look at every row where a key is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_still_found_by_its_index() {
    let database = Database::postgres();
    let _store = database.migrated().await;
    sql(
        &database,
        "INSERT INTO marks SELECT (200000 + g)::text, m, 1, 0, '', 0 FROM generate_series(1, 3000) g, generate_series(1, 10) m;
        ANALYZE marks",
    )
    .unwrap();
    let plan = |scope: &str, condition: &str| {
        let explain = format!(
            "SET ROLE {SERVICE_ROLE}; SET junheng.scope = '{scope}'; EXPLAIN SELECT * FROM marks WHERE {condition}"
        );
        sql(&database, &explain).unwrap()
    };

    for scope in ["{%}", "{2009%}", "{200922,201000}"] {
        let by_key = plan(scope, "county_code = '200922' AND month = 3");
        assert!(
            by_key.contains("Index Scan using marks_pkey") || by_key.contains("Bitmap Index Scan on marks_pkey"),
            "{by_key}"
        );
        let wanted = "Index Cond: ((county_code = '200922'::text) AND (month = 3))";
        assert!(by_key.contains(wanted), "{by_key}");
        let by_list = plan(scope, "county_code IN ('200922', '200923')");
        assert!(by_list.contains("Index Cond"), "{by_list}");
    }
}

fn entry(at: jiff::Timestamp) -> audit::Entry {
    audit::Entry {
        scope: Some(county()),
        at,
        who: audit::Who { subject: "somebody".to_owned(), ..audit::Who::default() },
        action: "submit_month".to_owned(),
        resource: String::new(),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: String::new(),
    }
}
