//! The ingest service as a process of its own, as it is shipped, and what the system says of it.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use junheng_e2e::{Database, eventually};
use junheng_runtime::{
    Config, Process,
    config::{DatabaseUrl, LogFormat},
};
use junheng_store::{Options, Store};
use tonic::transport::{Channel, Endpoint};

/// Serves on an address until the process is killed.
pub(crate) async fn serve(url: &str, address: &str) {
    let mut config = Config::defaults().unwrap();
    config.database.url = DatabaseUrl::new(url);
    config.ingest.listen = address.parse().unwrap();
    config.admin.listen = None;
    config.log.format = LogFormat::Json;
    let process = Process::with_config(config).await.unwrap();
    let config = process.config();
    let store = Store::connect(&Options {
        max_connections: config.database.max_connections,
        connect_timeout: Duration::from_millis(config.database.connect_timeout_ms),
        ..Options::new(config.database.url.expose())
    })
    .await
    .unwrap();
    store.check_schema().await.unwrap();
    let api = junheng_ingest::api(store, process.clock(), &config.limits);
    let listen = config.ingest.listen;
    process.serve([(listen, api)]).await.unwrap();
}

/// Seconds of processor time that a process has used, by its `/proc/…/stat`.
pub(crate) fn processor_of(stat: &str) -> f64 {
    // Behind the name in brackets: the 12th and 13th field are the ticks in the program and in the system, a hundred a second.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |place: usize| fields[place].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

/// The service in another process; it is killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

/// What a process has used.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    /// Megabytes that it holds in memory.
    pub(crate) resident: f64,
    /// Seconds of processor time, all threads together.
    pub(crate) processor: f64,
}

impl Server {
    /// Starts it on a migrated database and waits until it answers.
    pub(crate) async fn start(database: &Database) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", database.url(), &address])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, address };
        eventually("the service in its process", async || server.try_connect().await).await;
        server
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Channel {
        self.try_connect().await.unwrap()
    }

    async fn try_connect(&self) -> Option<Channel> {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.ok()
    }

    /// What it has used up to now.
    pub(crate) fn usage(&self) -> Usage {
        let read = |file| fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap();
        let status = read("status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kilobytes: f64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
        Usage { resident: kilobytes / 1024.0, processor: processor_of(&read("stat")) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}
