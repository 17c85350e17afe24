//! From the database to stored evaluations, for one, ten and 31 provinces; against bare sqlx that reads the same rows and writes the
//! same bytes.

use std::time::{Duration, Instant};

use junheng_domain::{code::RegionCode, element::Element, facts::CountyFacts};
use junheng_e2e::Database;
use junheng_runtime::{Clock, config::EvaluationConfig};
use junheng_store::{CountyMonth, Options, Store, clock, county_items, marks, school_facts, schools, submissions};
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
    /// Reading everything and writing as many bytes.
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

/// Reads everything by the functions that the evaluator reads by.
async fn read(store: &Store, codes: &[RegionCode]) -> (Duration, Vec<CountyFacts>) {
    let (start, mut all) = (Instant::now(), vec![]);
    for codes in codes.chunks(BATCH) {
        let clocks = clock::list(store, codes).await.unwrap();
        let asked: Vec<CountyMonth> = codes
            .iter()
            .map(|code| CountyMonth { county: code.clone(), month: synthetic::month(), as_of: clocks[code] })
            .collect();
        let current = submissions::list_current(store, &asked).await.unwrap();
        let number = |place: usize| current[place].as_ref().unwrap().number;
        let instants: Vec<_> = asked.iter().map(|asked| (asked.county.clone(), asked.as_of)).collect();
        let numbers: Vec<_> =
            asked.iter().enumerate().map(|(place, of)| (of.county.clone(), of.month, number(place))).collect();
        let schools = schools::list_many(store, &instants).await.unwrap();
        let facts = school_facts::list_many(store, &numbers).await.unwrap();
        let items = county_items::list_latest(store, &asked, 12).await.unwrap();
        assert!(schools.len() == facts.len() && facts.len() == items.len());
        let of_counties = schools.into_iter().zip(facts).zip(items);
        all.extend(of_counties.map(|((schools, school_facts), items)| CountyFacts {
            month: synthetic::month(),
            schools,
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
    };
    let stop = CancellationToken::new();
    let start = Instant::now();
    let worker = tokio::spawn(junheng_evaluation::work(store.clone(), Clock::system(), config, stop.clone()));
    while marks::find_backlog(store).await.unwrap().count > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let elapsed = start.elapsed();
    stop.cancel();
    worker.await.unwrap();
    elapsed
}

/// Reads every row that an evaluation rests on, every value of it, and writes as many bytes as the evaluations have, a transaction
/// a county; gives the time of reading the schools' figures, of reading all, and of all.
async fn reference(pool: &PgPool, codes: &[RegionCode]) -> (Duration, Duration, Duration) {
    sqlx::query("CREATE TABLE evaluations_copy (LIKE evaluations INCLUDING ALL)").execute(pool).await.unwrap();
    let mut bytes = vec![];
    for code in codes {
        let read = sqlx::query("SELECT evaluation FROM evaluations WHERE county_code = $1").bind(code.as_str());
        bytes.push(read.fetch_one(pool).await.unwrap().get::<Vec<u8>, _>(0));
    }
    let elements: Vec<String> = Element::all().map(school_facts::column).collect();
    let facts = format!("SELECT school_code, {} FROM school_facts", elements.join(", "));
    let (start, mut rows, mut reading) = (Instant::now(), Duration::ZERO, Duration::ZERO);
    for (codes, bytes) in codes.chunks(BATCH).zip(bytes.chunks(BATCH)) {
        let begun = Instant::now();
        let names: Vec<&str> = codes.iter().map(RegionCode::as_str).collect();
        let read = async |select: &str| {
            let sql = format!("{select} WHERE county_code = ANY($1)");
            sqlx::query(AssertSqlSafe(sql)).bind(&names).fetch_all(pool).await.unwrap()
        };
        let schools = read("SELECT school_code, name, school_type, urban_rural_code FROM schools").await;
        let items = read("SELECT item, operand, declared_by, evidence, date FROM county_items").await;
        let submissions = read("SELECT content_digest, caller FROM submissions").await;
        let touched: usize = schools.iter().chain(&items).chain(&submissions).map(texts).sum();
        let begun_rows = Instant::now();
        let touched = touched + read(&facts).await.iter().map(numbers).sum::<usize>();
        rows += begun_rows.elapsed();
        assert!(touched > 0);
        reading += begun.elapsed();
        let mut writing = JoinSet::new();
        for (code, bytes) in codes.iter().zip(bytes) {
            if writing.len() == WRITING {
                writing.join_next().await;
            }
            writing.spawn(write(pool.clone(), code.to_string(), bytes.clone()));
        }
        writing.join_all().await;
    }
    (rows, reading, start.elapsed())
}

fn texts(row: &PgRow) -> usize {
    (0..row.len()).map(|column| row.get::<Option<String>, _>(column).map_or(0, |text| text.len())).sum()
}

fn numbers(row: &PgRow) -> usize {
    let filled = (1..row.len()).filter(|column| row.get::<Option<i64>, _>(*column).is_some()).count();
    filled + row.get::<String, _>(0).len()
}

async fn write(pool: PgPool, code: String, bytes: Vec<u8>) {
    let sql = "INSERT INTO evaluations_copy (county_code, month, standard_id, verdict, known_at_unix_ms, evaluated_at_unix_ms, evaluation)
        VALUES ($1, 1, 'bench', 'met', 1, 1, $2)";
    sqlx::query(sql).bind(code).bind(bytes).execute(&pool).await.unwrap();
}
