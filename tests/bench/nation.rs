//! From the database to stored evaluations, for one, ten and 31 provinces; against bare sqlx that reads the same rows and writes
//! the same rows: evaluation, summary, audit row and the deletion of the mark, in one transaction a county, and reads the next batch
//! meanwhile. It judges nothing, claims no marks and compares no instants.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use junheng_domain::{code::RegionCode, element::Element, facts::CountyFacts};
use junheng_e2e::Database;
use junheng_runtime::{Clock, config::EvaluationConfig};
use junheng_store::{
    CountyMonth, Options, Store, clock, county_items, in_force_entries, marks, regions, school_facts, schools,
    submissions, waivers,
};
use sea_orm::sqlx::{
    self, AssertSqlSafe, PgPool, Row as _,
    postgres::{PgPoolOptions, PgRow},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    judging,
    measure::row,
    synthetic::{self, county},
};

/// Counties of a nation of 31 provinces.
const NATION: f64 = 2_900.0;
/// Counties that the reference reads by one statement, as the evaluator does.
const BATCH: usize = 32;
/// Counties that the reference writes at once, as the evaluator does.
const WRITING: usize = 4;
/// The tables that the evaluator writes.
const WRITTEN: [&str; 4] = ["evaluations", "evaluation_summaries", "audit", "marks"];

/// Evaluates one, ten and 31 provinces.
pub(crate) async fn run(scale: f64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred at most")]
    let counties = (NATION / 31.0 * scale).round().max(1.0) as u64;
    let (mut first, mut first_judged) = (None, None);
    for provinces in [1, 10, 31] {
        let database = Database::postgres();
        let Nation { read, judged, loops, evaluated, bare_rows, bare_read, bare } =
            nation(&database, provinces, counties).await;
        let count = provinces * counties;
        let label = format!("{provinces} provinces, {count} counties");
        row(&format!("reference: bare sqlx reads all that is judged, {label}"), bare_read, None);
        row(&format!("judging alone, one thread, {label}"), judged, Some(bare_read));
        row(&format!("the same, in units of reading the schools' figures only, {label}"), judged, Some(bare_rows));
        row(&format!("the same, in units of a bare loop over 14 coefficients, {label}"), judged, Some(loops));
        let first_judged = *first_judged.get_or_insert(judged / u32::try_from(count).unwrap());
        let one = judged / u32::try_from(count).unwrap();
        row(&format!("the same for one county, in units of one province's, {label}"), one, Some(first_judged));
        row(&format!("reading as the evaluator does, {label}"), read, Some(bare_read));
        row(&format!("reference: bare sqlx reads and writes, {label}"), bare, None);
        row(&format!("facts to stored evaluations, {label}"), evaluated, Some(bare));
        let one = evaluated / u32::try_from(count).unwrap();
        let first = *first.get_or_insert(one);
        row(&format!("the same for one county, in units of one province's, {label}"), one, Some(first));
    }
}

/// What a nation takes.
struct Nation {
    /// Reading as the evaluator does.
    read: Duration,
    /// Judging what was read, on one thread.
    judged: Duration,
    /// Computing nothing but 14 coefficients of the same schools.
    loops: Duration,
    /// All that the evaluator does.
    evaluated: Duration,
    /// Reading the schools' figures with bare sqlx.
    bare_rows: Duration,
    /// Reading everything with bare sqlx.
    bare_read: Duration,
    /// Reading everything and writing the same rows meanwhile.
    bare: Duration,
}

async fn nation(database: &Database, provinces: u64, counties: u64) -> Nation {
    let store = Store::connect(&Options::new(database.url())).await.unwrap();
    store.migrate().await.unwrap();
    synthetic::write(&store, provinces, counties).await;
    // The server of the tests does so by no means itself.
    assert_eq!(database.query("VACUUM ANALYZE"), "");
    let evaluated = evaluate(&store).await;
    assert_eq!(database.query("SELECT COUNT(*) FROM evaluations"), (provinces * counties).to_string());
    let codes: Vec<RegionCode> =
        (0..provinces * counties).map(|place| county(place / counties, place % counties)).collect();
    let pool = PgPoolOptions::new().max_connections(10).connect(database.url()).await.unwrap();
    let (read, facts) = read(&store, &codes).await;
    let (judged, loops) = judging::nation(&facts);
    drop(facts);
    let (bare_rows, bare_read, bare) = reference(&pool, &codes).await;
    assert_eq!(database.query("SELECT COUNT(*) FROM evaluations_copy"), (provinces * counties).to_string());
    Nation { read, judged, loops, evaluated, bare_rows, bare_read, bare }
}

/// Reads everything by the functions that the evaluator reads by, a snapshot a batch: what the counties reported, the regions above
/// them, and what is in force there.
async fn read(store: &Store, codes: &[RegionCode]) -> (Duration, Vec<CountyFacts>) {
    let (start, mut all) = (Instant::now(), vec![]);
    for codes in codes.chunks(BATCH) {
        let reads = store.begin_read().await.unwrap();
        let clocks = clock::list(&reads, codes).await.unwrap();
        let asked: Vec<CountyMonth> = codes
            .iter()
            .map(|code| CountyMonth { county: code.clone(), month: synthetic::month(), as_of: clocks[code] })
            .collect();
        let current = submissions::list_current(&reads, &asked).await.unwrap();
        let number = |place: usize| current[place].as_ref().unwrap().number;
        let instants: Vec<_> = asked.iter().map(|asked| (asked.county.clone(), asked.as_of)).collect();
        let numbers: Vec<_> =
            asked.iter().enumerate().map(|(place, of)| (of.county.clone(), of.month, number(place))).collect();
        let granted = waivers::list_many(&reads, &instants).await.unwrap();
        let schools = schools::list_many(&reads, &instants).await.unwrap();
        let facts = school_facts::list_many(&reads, &numbers).await.unwrap();
        let items = county_items::list_latest(&reads, &asked, 12).await.unwrap();
        let chains = regions::list_above(&reads, codes).await.unwrap();
        let above: Vec<RegionCode> = chains.iter().flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let entries = in_force_entries::list(&reads, &above, None).await.unwrap();
        reads.finish().await.unwrap();
        assert!(schools.len() == facts.len() && facts.len() == items.len() && granted.is_empty());
        assert!(chains.iter().all(|chain| chain.len() == 3) && entries.is_empty());
        let of_counties = schools.into_iter().zip(facts).zip(items);
        all.extend(of_counties.map(|((schools, school_facts), items)| CountyFacts {
            month: synthetic::month(),
            schools: schools.iter().filter_map(|school| school.in_month(synthetic::month())).collect(),
            school_facts,
            items,
            waivers: vec![],
        }));
    }
    (start.elapsed(), all)
}

/// Runs an evaluator until no mark is left.
async fn evaluate(store: &Store) -> Duration {
    let config = EvaluationConfig {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        poll_interval_ms: 1_000,
        lease_ms: 60_000,
        metrics_interval_ms: 30_000,
    };
    let stop = CancellationToken::new();
    let start = Instant::now();
    let worker = tokio::spawn(junheng_evaluation::work(store.clone(), Clock::system(), config, stop.clone()));
    while marks::find_backlog(store, jiff::Timestamp::now()).await.unwrap().oldest.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let elapsed = start.elapsed();
    stop.cancel();
    worker.await.unwrap();
    elapsed
}

/// Reads every row that an evaluation rests on, every value of it; then does so again and writes what the evaluator writes meanwhile.
/// Gives the time of reading the schools' figures, of reading all, and of the whole second time.
async fn reference(pool: &PgPool, codes: &[RegionCode]) -> (Duration, Duration, Duration) {
    for table in WRITTEN {
        let sql = format!("CREATE TABLE {table}_copy (LIKE {table} INCLUDING ALL)");
        sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    }
    let sql =
        "INSERT INTO marks_copy SELECT county_code, month, known_at_unix_ms, known_at_unix_ms, '', 0 FROM evaluations";
    sqlx::query(sql).execute(pool).await.unwrap();
    // As before the evaluator's turn.
    sqlx::query("ANALYZE marks_copy").execute(pool).await.unwrap();
    let mut rows = Vec::with_capacity(codes.len());
    for code in codes {
        rows.push(Rows::read(pool, code).await);
    }
    let (start, mut figures) = (Instant::now(), Duration::ZERO);
    for codes in codes.chunks(BATCH) {
        figures += read_bare(pool, codes).await;
    }
    let reading = start.elapsed();
    let start = Instant::now();
    let mut batch = vec![];
    for (codes, rows) in codes.chunks(BATCH).zip(rows.chunks(BATCH)) {
        tokio::join!(read_bare(pool, codes), write_all(pool, batch));
        batch = rows.to_vec();
    }
    write_all(pool, batch).await;
    (figures, reading, start.elapsed())
}

/// Reads a batch, and gives the time of reading the schools' figures.
async fn read_bare(pool: &PgPool, codes: &[RegionCode]) -> Duration {
    let names: Vec<&str> = codes.iter().map(RegionCode::as_str).collect();
    let read = async |select: &str, column: &str| {
        let sql = format!("{select} WHERE {column} = ANY($1)");
        sqlx::query(AssertSqlSafe(sql)).bind(&names).fetch_all(pool).await.unwrap()
    };
    let county = "county_code";
    let schools = read("SELECT school_code, name, school_type, urban_rural_code FROM schools", county).await;
    let items = read("SELECT item, operand, declared_by, evidence, date FROM county_items", county).await;
    let submissions = read("SELECT content_digest, caller FROM submissions", county).await;
    let granted = read("SELECT county_code FROM waivers", county).await;
    let above = "SELECT own.code, city.code, city.parent_code FROM regions own JOIN regions city ON city.code = own.parent_code";
    let above = read(above, "own.code").await;
    assert_eq!(above.len(), codes.len());
    let mut chain: Vec<String> = above.iter().flat_map(|row| (0..3).map(|column| row.get(column))).collect();
    chain.sort_unstable();
    chain.dedup();
    let sql = "SELECT standard_id FROM in_force_entries WHERE region_code = ANY($1)";
    let entries = sqlx::query(sql).bind(&chain).fetch_all(pool).await.unwrap();
    let tables = [&schools, &items, &submissions, &granted, &entries];
    let touched: usize = tables.into_iter().flatten().map(texts).sum();
    let elements: Vec<String> = Element::all().map(school_facts::column).collect();
    let start = Instant::now();
    let figures = read(&format!("SELECT school_code, {} FROM school_facts", elements.join(", ")), county).await;
    let touched = touched + figures.iter().map(numbers).sum::<usize>();
    let elapsed = start.elapsed();
    assert!(touched > 0);
    elapsed
}

fn texts(row: &PgRow) -> usize {
    (0..row.len()).map(|column| row.get::<Option<String>, _>(column).map_or(0, |text| text.len())).sum()
}

fn numbers(row: &PgRow) -> usize {
    let filled = (1..row.len()).filter(|column| row.get::<Option<i64>, _>(*column).is_some()).count();
    filled + row.get::<String, _>(0).len()
}

/// What the evaluator wrote of a county: the values of its evaluation, summary and audit row that take room.
#[derive(Clone)]
struct Rows {
    county: String,
    month: i32,
    evaluation: Vec<u8>,
    summary: Vec<u8>,
    resource: String,
    detail: String,
}

impl Rows {
    async fn read(pool: &PgPool, code: &RegionCode) -> Self {
        let sql = "SELECT e.month, e.evaluation, s.summary, a.resource, a.detail FROM evaluations e
            JOIN evaluation_summaries s ON s.county_code = e.county_code JOIN audit a ON a.county_code = e.county_code
            WHERE e.county_code = $1 AND a.action = 'store_evaluation'";
        let row = sqlx::query(sql).bind(code.as_str()).fetch_one(pool).await.unwrap();
        Self {
            county: code.to_string(),
            month: row.get(0),
            evaluation: row.get(1),
            summary: row.get(2),
            resource: row.get(3),
            detail: row.get(4),
        }
    }

    async fn write(self, pool: PgPool) {
        let mut transaction = pool.begin().await.unwrap();
        let sql = "DELETE FROM marks_copy WHERE county_code = $1 AND month = $2";
        let deleted = sqlx::query(sql).bind(&self.county).bind(self.month).execute(&mut *transaction).await.unwrap();
        assert_eq!(deleted.rows_affected(), 1);
        let sql = "INSERT INTO evaluations_copy (county_code, month, standard_id, verdict, known_at_unix_ms, evaluated_at_unix_ms, evaluation)
            VALUES ($1, $2, 'bench', 'met', 1, 1, $3)";
        let evaluation = sqlx::query(sql).bind(&self.county).bind(self.month).bind(self.evaluation);
        evaluation.execute(&mut *transaction).await.unwrap();
        let sql = "INSERT INTO evaluation_summaries_copy (county_code, month, standard_id, known_at_unix_ms, evaluated_at_unix_ms,
                met_share_billionths, not_met_unit_count, exceeded_variation_count, summary)
            VALUES ($1, $2, 'bench', 1, 1, 1, 1, 1, $3)";
        let summary = sqlx::query(sql).bind(&self.county).bind(self.month).bind(self.summary);
        summary.execute(&mut *transaction).await.unwrap();
        let sql = "INSERT INTO audit_copy (county_code, at_unix_ms, sequence, caller, trace_id, action, resource, outcome, request_id, detail)
            VALUES ($1, 1, 1, 'evaluation', '', 'store_evaluation', $2, 'met', '', $3)";
        let audit = sqlx::query(sql).bind(&self.county).bind(self.resource).bind(self.detail);
        audit.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

/// Writes a batch, some counties at once.
async fn write_all(pool: &PgPool, batch: Vec<Rows>) {
    let mut writing = JoinSet::new();
    for rows in batch {
        if writing.len() == WRITING {
            writing.join_next().await;
        }
        writing.spawn(rows.write(pool.clone()));
    }
    writing.join_all().await;
}
