//! The PostgreSQL of a drill, and the programs on it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use junheng_e2e::{County, Database, PATIENCE, Program, postgres::Cluster, suite};
use junheng_proto::ingest::v1::registry_service_client::RegistryServiceClient;

/// A PostgreSQL that loses nothing of what it committed, as one in service.
pub(crate) fn durable(name: &str) -> Cluster {
    let cluster = Cluster::start_primary(name).unwrap();
    for setting in ["fsync = on", "synchronous_commit = on", "full_page_writes = on"] {
        cluster.execute("postgres", &format!("ALTER SYSTEM SET {setting}")).unwrap();
    }
    cluster.execute("postgres", "SELECT pg_reload_conf()").unwrap();
    cluster
}

/// A database on a server of its own, and its name there.
pub(crate) struct Ground {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) database: Database,
    name: String,
}

impl Ground {
    pub(crate) fn new(name: &str) -> Self {
        let cluster = Arc::new(durable(name));
        let url = cluster.create_database().unwrap();
        let name = url.split(['/', '?']).nth(3).unwrap().to_owned();
        Self { cluster, database: Database::at(url), name }
    }

    /// Runs a statement as the server's owner.
    pub(crate) fn query(&self, statement: &str) -> String {
        self.cluster.execute(&self.name, statement).unwrap()
    }

    /// Takes the lock of a county until the guard is dropped: whoever writes it waits.
    pub(crate) fn lock(&self, region: &str) -> Lock<'_> {
        let code = region.trim_start_matches("regions/");
        let statement = format!(
            "SET application_name = 'drill lock'; UPDATE county_clocks SET known_at_unix_ms = known_at_unix_ms \
             WHERE county_code = '{code}'; SELECT pg_sleep(600)"
        );
        let (cluster, name) = (Arc::clone(&self.cluster), self.name.clone());
        // It ends, with an error, when the lock is given back.
        std::thread::spawn(move || cluster.execute(&name, &statement));
        while self.query(HELD) != "1" {
            std::thread::sleep(Duration::from_millis(10));
        }
        Lock(self)
    }
}

const HELD: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'drill lock' AND wait_event = 'PgSleep'";

/// The lock of a county.
pub(crate) struct Lock<'a>(&'a Ground);

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        self.0.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'drill lock'");
    }
}

/// Addresses on which a program can be started again and again.
#[derive(Debug, Clone)]
pub(crate) struct Ports {
    pub(crate) ingest: SocketAddr,
    pub(crate) admin: SocketAddr,
    settings: Vec<String>,
}

impl Ports {
    pub(crate) fn free() -> Self {
        // All at once, so that none is given twice.
        let listeners = [(); 4].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [ingest, evaluation, reporting, admin] = listeners.map(|listener| listener.local_addr().unwrap());
        let settings = vec![
            format!("ingest.listen={ingest}"),
            format!("evaluation.listen={evaluation}"),
            format!("reporting.listen={reporting}"),
            format!("admin.listen={admin}"),
            "evaluation.poll_interval_ms=50".to_owned(),
            // What a killed evaluator had claimed is soon free again.
            "evaluation.lease_ms=2000".to_owned(),
        ];
        Self { ingest, admin, settings }
    }

    /// Starts the program, and waits until it listens.
    pub(crate) fn serve(&self, database: &Database, more: &[&str]) -> Program {
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).chain(more.iter().copied()).collect();
        tokio::task::block_in_place(|| Program::serve(database, &settings))
    }

    /// The endpoint of the ingest service.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.ingest)
    }

    /// What the admin port answers; empty: nothing.
    pub(crate) fn ask(&self, path: &str) -> String {
        let asked = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(self.admin)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n").as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        tokio::task::block_in_place(asked).unwrap_or_default()
    }

    /// The sum of a metric over its labels that hold a text.
    pub(crate) fn metric(&self, name: &str, label: &str) -> f64 {
        let answer = self.ask("/metrics");
        let lines = answer.lines().filter(|line| line.starts_with(name) && line.contains(label));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// Megabytes that a process holds in memory.
pub(crate) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// Small counties that can report.
pub(crate) fn counties(count: usize) -> Vec<County> {
    let county = |number: usize| County::met_at(&format!("21{:04}", 1001 + number), &format!("{:02}", 10 + number));
    (0..count).map(county).collect()
}

/// Registers them.
pub(crate) async fn register(address: SocketAddr, counties: &[County]) {
    let mut registry = RegistryServiceClient::new(suite::connect(address).await);
    for county in counties {
        suite::register(&mut registry, county).await;
    }
}
