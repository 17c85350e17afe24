//! Clients that push months, each under a fixed request id until it is acknowledged, and what must be found of it afterwards.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use junheng_client::{Client, ClientError, Outcome, Policy};
use junheng_e2e::County;
use junheng_proto::ingest::v1::{Receipt, SubmitMonthRequest};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    chance::Chance,
    verdict::{Verdict, tell},
};

const MONTHS: u64 = 24;

/// A month that was acknowledged.
pub(crate) struct Acknowledged {
    pub(crate) request: SubmitMonthRequest,
    pub(crate) receipt: Receipt,
    pub(crate) at: Instant,
}

/// Clients at work.
pub(crate) struct Pushing {
    stop: CancellationToken,
    clients: JoinSet<Vec<Acknowledged>>,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Tally {
    acknowledged: AtomicU64,
    /// What the client library gave up with, by its text.
    errors: Mutex<BTreeMap<String, u64>>,
    faults: Mutex<Vec<String>>,
}

impl Pushing {
    /// Starts clients of one endpoint, which is several replicas where commas say so.
    pub(crate) fn start(endpoint: &str, counties: &[County], clients: u64, policy: &Policy, chance: &Chance) -> Self {
        let (stop, tally) = (CancellationToken::new(), Arc::<Tally>::default());
        let counties: Arc<[County]> = counties.into();
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let pusher = Pusher {
                number,
                endpoint: endpoint.to_owned(),
                counties: Arc::clone(&counties),
                policy: policy.clone(),
                chance: chance.split(number + 1),
                stop: stop.clone(),
                tally: Arc::clone(&tally),
            };
            tasks.spawn(pusher.push());
        }
        Self { stop, clients: tasks, tally }
    }

    /// How many months were acknowledged by now.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.tally.acknowledged.load(Ordering::Relaxed)
    }

    /// Waits until more months are acknowledged; gives how long that took, `None`: too long.
    pub(crate) async fn goes_on(&self, more: u64, patience: Duration) -> Option<Duration> {
        let (started, wanted) = (Instant::now(), self.acknowledged() + more);
        while self.acknowledged() < wanted {
            if started.elapsed() > patience {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Some(started.elapsed())
    }

    /// Has the clients stop; gives what was acknowledged, and how often the client library gave up, by its words.
    pub(crate) async fn finish(self, verdict: &mut Verdict) -> (Vec<Acknowledged>, BTreeMap<String, u64>) {
        self.stop.cancel();
        let acknowledged = self.clients.join_all().await.into_iter().flatten().collect();
        let faults = self.tally.faults.lock().unwrap();
        verdict.must(faults.is_empty(), format!("answers that contradict others: {}", faults.len()));
        faults.iter().take(3).for_each(tell);
        let errors = self.tally.errors.lock().unwrap().clone();
        (acknowledged, errors)
    }
}

struct Pusher {
    number: u64,
    endpoint: String,
    counties: Arc<[County]>,
    policy: Policy,
    chance: Chance,
    stop: CancellationToken,
    tally: Arc<Tally>,
}

impl Pusher {
    async fn push(mut self) -> Vec<Acknowledged> {
        let mut acknowledged = vec![];
        let Some(client) = self.connect().await else { return acknowledged };
        for count in 0_u64.. {
            let request = self.request(count);
            let Some(receipt) = self.send(&client, &request).await else { break };
            if self.chance.of(0..8) == 0 {
                // Said again it is the same, and not there twice.
                let again = self.send(&client, &request).await;
                if again.as_ref().is_some_and(|again| *again != receipt) {
                    self.fault(format!("{}: {receipt:?} and then {again:?}", request.request_id));
                }
            }
            self.tally.acknowledged.fetch_add(1, Ordering::Relaxed);
            acknowledged.push(Acknowledged { request, receipt, at: Instant::now() });
        }
        acknowledged
    }

    async fn connect(&self) -> Option<Client> {
        while !self.stop.is_cancelled() {
            if let Ok(client) = Client::connect_with(self.endpoint.as_str(), self.policy.clone()).await {
                return Some(client);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    fn request(&mut self, count: u64) -> SubmitMonthRequest {
        let place = usize::try_from(self.chance.of(0..self.counties.len() as u64)).unwrap();
        let (county, month) = (&self.counties[place], self.chance.of(0..MONTHS));
        let month = format!("{}-{:02}", 2020 + month / 12, 1 + month % 12);
        let mut request = county.submission_for(&month, &format!("drill-{}-{count}", self.number));
        // No two are the same.
        request.schools[0].books = Some(10_000 + u32::try_from(count % 1000).unwrap());
        request
    }

    /// Sends a request until it is acknowledged, `None`: until the clients are stopped.
    async fn send(&self, client: &Client, request: &SubmitMonthRequest) -> Option<Receipt> {
        while !self.stop.is_cancelled() {
            match client.submit_month(request.clone()).await {
                Ok(Outcome::Accepted(receipt)) => return Some(receipt),
                Ok(other) => {
                    self.fault(format!("{}: {other:?}", request.request_id));
                    return None;
                }
                Err(error) => {
                    *self.tally.errors.lock().unwrap().entry(words(&error)).or_default() += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        None
    }

    fn fault(&self, text: String) {
        self.tally.faults.lock().unwrap().push(text);
    }
}

fn words(error: &ClientError) -> String {
    match error {
        ClientError::Service(service) => format!("{:?} {} {}", service.code, service.reason, service.message),
        other => other.to_string(),
    }
}

/// Tells what the client library gave up with.
pub(crate) fn tell_errors(errors: &BTreeMap<String, u64>) {
    for (text, count) in errors {
        tell(format!("  {count} times the client gave up: {text}"));
    }
}

/// Holds everything that was acknowledged against what is in the database. `query` runs a statement there.
pub(crate) fn hold(
    acknowledged: &[Acknowledged],
    county: &County,
    query: &dyn Fn(&str) -> String,
    verdict: &mut Verdict,
) {
    let rows = query(
        "SELECT request_id, content_digest, coalesce(revision, 0), number, \
         (SELECT count(*) FROM school_facts f WHERE (f.county_code, f.month, f.number) = (s.county_code, s.month, s.number)), \
         (SELECT count(*) FROM county_items i WHERE (i.county_code, i.month, i.number) = (s.county_code, s.month, s.number)) \
         FROM submissions s",
    );
    let mut kept: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    for row in rows.lines() {
        let mut columns = row.split('|');
        kept.entry(columns.next().unwrap()).or_default().push(columns.collect());
    }
    let (mut lost, mut changed) = (0, 0);
    for Acknowledged { request, receipt, .. } in acknowledged {
        let Some([row, ..]) = kept.get(request.request_id.as_str()).map(Vec::as_slice) else {
            lost += 1;
            continue;
        };
        let number = receipt.submission.rsplit('.').next().unwrap();
        let revision = receipt.revision.unwrap_or_default().to_string();
        changed += u32::from(row[..3] != [receipt.content_digest.as_str(), revision.as_str(), number]);
    }
    let doubled = kept.values().filter(|rows| rows.len() > 1).count();
    let (schools, items) = (county.facts.len().to_string(), county.items.len().to_string());
    let torn = kept.values().flatten().filter(|row| row[3..] != [schools.as_str(), items.as_str()]).count();
    let gaps = query(
        "SELECT count(*) FROM (SELECT max(revision) = count(*) AND max(number) = count(*) AND min(revision) = 1 AS whole \
         FROM submissions GROUP BY county_code, month) AS months WHERE NOT whole",
    );
    tell(format!("{} submissions kept, {} acknowledged", kept.len(), acknowledged.len()));
    verdict.must(lost == 0, format!("acknowledged and lost: {lost}"));
    verdict.must(changed == 0, format!("not as their receipts say: {changed}"));
    verdict.must(doubled == 0, format!("doubled: {doubled}"));
    verdict.must(torn == 0, format!("torn: {torn}"));
    verdict.must(gaps == "0", format!("months whose revisions are not consecutive: {gaps}"));
}

/// Waits until every mark is worked off, and holds the evaluations against the submissions.
pub(crate) async fn evaluated(query: &dyn Fn(&str) -> String, patience: Duration, verdict: &mut Verdict) {
    let started = Instant::now();
    while query("SELECT count(*) FROM marks") != "0" && started.elapsed() < patience {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let marks = query("SELECT count(*) FROM marks");
    verdict.must(marks == "0", format!("marks left after {:.1} s: {marks}", started.elapsed().as_secs_f64()));
    let stale = query(
        "SELECT count(*) FROM (SELECT county_code, month, max(known_at_unix_ms) AS known FROM submissions GROUP BY 1, 2) s \
         WHERE NOT EXISTS (SELECT FROM evaluations e WHERE e.county_code = s.county_code AND e.month = s.month \
         AND e.known_at_unix_ms >= s.known)",
    );
    verdict.must(stale == "0", format!("months that are not evaluated as they were reported last: {stale}"));
}
