use tempfile::TempDir;

use crate::postgres;

/// A fresh, empty database of one test; an SQLite file goes with it.
#[derive(Debug)]
pub struct Database {
    url: String,
    _folder: Option<TempDir>,
}

impl Database {
    /// An SQLite file in a folder of its own.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}/junheng.db?mode=rwc", folder.path().display());
        Self { url, _folder: Some(folder) }
    }

    /// A database in the test process's own PostgreSQL.
    #[must_use]
    pub fn postgres() -> Self {
        let url = postgres::cluster().and_then(postgres::Cluster::create_database);
        Self { url: url.unwrap_or_else(|fault| panic!("{fault}")), _folder: None }
    }

    /// A database in a PostgreSQL of the process's own that writes through to the disk, as one in service does.
    #[must_use]
    pub fn durable_postgres() -> Self {
        let url = postgres::cluster_of(true).and_then(postgres::Cluster::create_database);
        Self { url: url.unwrap_or_else(|fault| panic!("{fault}")), _folder: None }
    }

    /// A database in a server that the test looks after itself.
    #[must_use]
    pub const fn at(url: String) -> Self {
        Self { url, _folder: None }
    }

    /// The same database for another program; it goes with the first.
    #[must_use]
    pub fn shared(&self) -> Self {
        Self { url: self.url.clone(), _folder: None }
    }

    /// Runs a statement in a database of the test process's own PostgreSQL, and gives its bare output: a row a line, `|` between
    /// columns. For what no RPC tells.
    #[must_use]
    pub fn query(&self, statement: &str) -> String {
        let name = self.url.split(['/', '?']).nth(3).unwrap_or_default();
        let answer = postgres::cluster().and_then(|cluster| cluster.execute(name, statement));
        answer.unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
