//! A month of a made-up nation, pushed through `SubmitMonths` with all checks to receipts that last, and one county by itself. The
//! service is another process with its shipped settings; its database writes through to the disk.

use std::time::{Duration, Instant};

use junheng_domain::code::Month;
use junheng_e2e::{County, Database};
use junheng_proto::ingest::v1::{
    SubmitMonthRequest, SubmitMonthsRequest, submission_service_client::SubmissionServiceClient, submit_month_response,
    submit_months_response::Outcome,
};
use junheng_runtime::Config;
use junheng_store::{Options, Store};
use tonic::transport::Channel;

use crate::{
    copying::{Copies, Rows},
    measure::{middle, percentile, row},
    served::Server,
    synthetic::{self, Reporter, SCHOOLS},
};

/// Counties of a nation.
const NATION: f64 = 2_900.0;
/// Counties of a province.
const PROVINCE: u64 = 94;
/// Schools of the county that reports by itself.
const ALONE: u64 = 100;
/// Months that it reports, one after the other.
const MONTHS: u32 = 120;

/// Loads the nation's month on both databases.
pub(crate) async fn run(scale: f64) {
    measure("PostgreSQL, fsync on", Database::durable_postgres(), scale).await;
    measure("SQLite, synchronous=FULL", Database::sqlite(), scale).await;
}

async fn measure(name: &str, database: Database, scale: f64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousand at most")]
    let counties = (NATION * scale).round().max(1.0) as u64;
    let store = Store::connect(&Options::new(database.url())).await.unwrap();
    store.migrate().await.unwrap();
    let mut requests = vec![];
    let items = County::zhangwu().items;
    for place in 0..counties {
        let [province, number] = [place / PROVINCE, place % PROVINCE];
        let mut county = Reporter::register(&store, [province, number], number.is_multiple_of(50), SCHOOLS).await;
        requests.push(county.report(&synthetic::month().to_string(), &items));
    }
    let mut alone = Reporter::register(&store, [60, 0], true, ALONE).await;
    store.close().await.unwrap();

    let server = Server::start(&database).await;
    let mut client = SubmissionServiceClient::new(server.connect().await);
    let connections = Config::defaults().unwrap().database.max_connections;
    let mut copies = Copies::beside(&database, connections).await;
    let (mut receipts, mut bare) = (vec![], vec![]);
    for index in 0..MONTHS {
        let month = format!("{}-{:02}", 2010 + index / 12, 1 + index % 12);
        let request = alone.report(&month, &items);
        let county = code(&request);
        receipts.push(receipt(&mut client, request).await);
        let month: Month = month.parse().unwrap();
        bare.push(copies.load(copies.take(&county, month.ordinal()).await).await);
    }
    let reference = middle(bare);
    row(&format!("reference: {ALONE} schools and the county's items, bare, {name}"), reference, None);
    row("push of the same to receipt, server idle, median", middle(receipts.clone()), Some(reference));
    row("push of the same to receipt, server idle, p99", percentile(receipts, 99), Some(reference));

    let rows = copies.count().await;
    let codes: Vec<String> = requests.iter().map(code).collect();
    let values: usize = requests.iter().map(count_values).sum();
    copies.settle().await;
    let pushed = push(&server, client, requests).await;
    let mut all: Vec<Rows> = vec![];
    for code in &codes {
        all.push(copies.take(code, synthetic::month().ordinal()).await);
    }
    copies.settle().await;
    let reference = copies.load_all(all).await;
    let (schools, items) = (counties * SCHOOLS, counties * items.len() as u64);
    assert_eq!(copies.count().await - rows, i64::try_from(schools + items).unwrap());
    let label = format!("{counties} counties, {schools} schools");
    row(&format!("reference: the same rows, bare, {label}, {name}"), reference, None);
    row(&format!("a synthetic month through SubmitMonths to receipts, {label}"), pushed.elapsed, Some(reference));
    let seconds = pushed.elapsed.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "some million")]
    let [schools, values] = [schools as f64 / seconds, values as f64 / seconds];
    println!("    {schools:.0} schools/s, {values:.0} values/s; processor {:.2} s of the server", pushed.processor);
    let [start, half, end] = pushed.resident;
    println!("    server memory {start:.0} MB at the start, {half:.0} MB at half, {end:.0} MB at the end");
}

/// What pushing a nation took.
struct Pushed {
    elapsed: Duration,
    processor: f64,
    /// Megabytes of the server at the start, at half and at the end.
    resident: [f64; 3],
}

/// Pushes all over one stream; each must be accepted.
async fn push(
    server: &Server,
    mut client: SubmissionServiceClient<Channel>,
    requests: Vec<SubmitMonthRequest>,
) -> Pushed {
    let count = requests.len();
    let requests = requests.into_iter().map(SubmitMonthsRequest::from);
    let before = server.usage();
    let mut half = before;
    let start = Instant::now();
    let mut answers = client.submit_months(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let mut answered = 0;
    while let Some(answer) = answers.message().await.unwrap() {
        assert!(matches!(answer.outcome, Some(Outcome::Receipt(_))), "{answer:#?}");
        answered += 1;
        if answered == count / 2 {
            half = server.usage();
        }
    }
    let elapsed = start.elapsed();
    assert_eq!(answered, count);
    let after = server.usage();
    Pushed {
        elapsed,
        processor: after.processor - before.processor,
        resident: [before.resident, half.resident, after.resident],
    }
}

/// Pushes one month, which must be accepted, and gives the time to its receipt.
async fn receipt(client: &mut SubmissionServiceClient<Channel>, request: SubmitMonthRequest) -> Duration {
    let start = Instant::now();
    let answer = client.submit_month(request).await.unwrap().into_inner();
    let elapsed = start.elapsed();
    assert!(matches!(answer.outcome, Some(submit_month_response::Outcome::Receipt(_))), "{answer:#?}");
    elapsed
}

fn code(request: &SubmitMonthRequest) -> String {
    request.region.trim_start_matches("regions/").to_owned()
}

/// The values of a submission: what schools and county report, without codes and names.
fn count_values(request: &SubmitMonthRequest) -> usize {
    let of_school = |school| serde_json::to_value(school).unwrap().as_object().unwrap().len() - 1;
    request.schools.iter().map(of_school).sum::<usize>() + request.items.len()
}
