//! A PostgreSQL of the tests' own: started once per test process, thrown away when the process ends, however it ends.
//!
//! Standard library only, so that any crate's tests can include the file by `#[path]`.

use std::{
    env, fs, io,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio, id},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

const MISSING: &str = "no PostgreSQL found under /usr/lib/postgresql/*/bin or on the PATH, and these tests need one: \
    install it, on Debian by `apt-get install postgresql-15`";

/// Settings of a database that nobody will miss. It listens on a socket in its own folder: no port, no clash.
const SETTINGS: &str = "listen_addresses = ''\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n\
    max_connections = 300\nshared_buffers = 32MB\nautovacuum = off\n";

/// Settings of a server that loses nothing: as it is installed, but for the socket, and said where it matters.
const DURABLE: &str = "listen_addresses = ''\nfsync = on\nsynchronous_commit = on\nfull_page_writes = on\n";

/// Waits until the test process is gone, which closes the pipe, and throws the server away. Signals meant for the tests,
/// such as those of the terminal, do not end it.
const WATCHDOG: &str = "trap '' HUP INT TERM; read -r _; \
    if [ -f \"$1/data/postmaster.pid\" ]; then kill -QUIT \"$(head -n 1 \"$1/data/postmaster.pid\")\"; sleep 1; fi; rm -rf \"$1\"";

/// A running PostgreSQL.
pub struct Cluster {
    binaries: PathBuf,
    folder: PathBuf,
    as_postgres: bool,
    /// Its standard input must stay open as long as the cluster is wanted.
    _watchdog: Child,
}

/// The cluster of this process; the first call starts it.
///
/// # Errors
///
/// What is missing or went wrong, the same on every call.
pub fn cluster() -> Result<&'static Cluster, String> {
    cluster_of(false)
}

/// The cluster of this process that nobody will miss, or the durable one, which waits for its disk as one in service does; the
/// first call starts it.
///
/// # Errors
///
/// What is missing or went wrong, the same on every call.
pub fn cluster_of(durable: bool) -> Result<&'static Cluster, String> {
    static CLUSTERS: [OnceLock<Result<Cluster, String>>; 2] = [const { OnceLock::new() }; 2];
    CLUSTERS[usize::from(durable)].get_or_init(|| Cluster::start(durable)).as_ref().map_err(Clone::clone)
}

impl Cluster {
    fn start(durable: bool) -> Result<Self, String> {
        let (name, chosen) = if durable { ("durable", DURABLE) } else { ("postgres", SETTINGS) };
        Self::primary(name, chosen)
    }

    /// Starts one more server, for a test that stops it or takes its role from it; `name` is its own in the process.
    ///
    /// # Errors
    ///
    /// What is missing or went wrong.
    pub fn start_primary(name: &str) -> Result<Self, String> {
        Self::primary(name, SETTINGS)
    }

    fn primary(name: &str, chosen: &str) -> Result<Self, String> {
        let cluster = Self::prepare(name)?;
        run(cluster
            .command("initdb")
            .args(["-D", &cluster.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"]))?;
        cluster.settle(chosen)?;
        cluster.run()?;
        Ok(cluster)
    }

    /// Starts a server that follows this one, and can be promoted in its place; `name` is its own in the process.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn start_standby(&self, name: &str) -> Result<Self, String> {
        let standby = Self::prepare(name)?;
        run(standby
            .command("pg_basebackup")
            .args(["-D", &standby.data(), "-U", "postgres", "-X", "stream", "-c", "fast", "-R", "-h"])
            .arg(&self.folder))?;
        standby.settle("")?;
        standby.run()?;
        Ok(standby)
    }

    /// A folder with a watchdog, and nothing in it.
    fn prepare(name: &str) -> Result<Self, String> {
        let binaries = find_binaries().ok_or(MISSING)?;
        // The server refuses to run as root.
        let as_postgres = text(&run(Command::new("id").arg("-u"))?) == "0";
        let folder = make_folder(name, as_postgres)?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start the watchdog: {error}"))?;
        Ok(Self { binaries, folder, as_postgres, _watchdog: watchdog })
    }

    /// Adds settings; the last of a name counts.
    fn settle(&self, chosen: &str) -> Result<(), String> {
        let (file, folder) = (format!("{}/postgresql.conf", self.data()), self.folder.display());
        let written = fs::read_to_string(&file)
            .and_then(|text| fs::write(&file, format!("{text}\n{chosen}unix_socket_directories = '{folder}'\n")));
        written.map_err(|error| format!("cannot write {file}: {error}"))
    }

    /// Starts the server where it is stopped.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn run(&self) -> Result<(), String> {
        let log = self.folder.join("log").display().to_string();
        run(self.command("pg_ctl").args(["-D", &self.data(), "-l", &log, "-w", "start"])).map(drop)
    }

    /// Stops the server at once, as a crash does.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn crash(&self) -> Result<(), String> {
        run(self.command("pg_ctl").args(["-D", &self.data(), "-m", "immediate", "-w", "stop"])).map(drop)
    }

    /// Makes a standby the primary, and waits until it is.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub fn promote(&self) -> Result<(), String> {
        run(self.command("pg_ctl").args(["-D", &self.data(), "-w", "promote"])).map(drop)
    }

    /// The socket on which it listens.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    /// Creates an empty database and gives its URL.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub fn create_database(&self) -> Result<String, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://postgres@localhost/{name}?host={}", self.folder.display()))
    }

    /// Runs a statement in a database by psql, and gives its bare output.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub fn execute(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = run(Command::new(self.binaries.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-c", statement])
            .arg("-h")
            .arg(&self.folder))?;
        Ok(text(&output))
    }

    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }
}

/// The newest of Debian's versions, else what is on the path.
fn find_binaries() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let folders = versions.into_iter().rev().map(|(_, folder)| folder).chain(on_path);
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

/// A folder of our own that the server's user can enter, with a path short enough for a socket.
fn make_folder(name: &str, as_postgres: bool) -> Result<PathBuf, String> {
    let mut fault = String::new();
    for parent in [env::temp_dir(), PathBuf::from("/tmp")] {
        let folder = parent.join(format!("junheng-{name}-{}", id()));
        match prepare(&folder, as_postgres) {
            Ok(()) => return Ok(folder),
            Err(error) => {
                fault = format!("cannot use {}: {error}", folder.display());
                let _ = fs::remove_dir_all(&folder);
            }
        }
    }
    Err(fault)
}

fn prepare(folder: &Path, as_postgres: bool) -> Result<(), String> {
    let failed = |error: io::Error| error.to_string();
    if folder.as_os_str().len() > 80 {
        return Err("its path is too long for a socket".to_owned());
    }
    // Left over from a process with the same id.
    let _ = fs::remove_dir_all(folder);
    fs::create_dir(folder).map_err(failed)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    if as_postgres {
        let user = |option| -> Result<u32, String> {
            let output = run(Command::new("id").args([option, "postgres"]))?;
            text(&output).parse().map_err(|_| "no number for the user postgres".to_owned())
        };
        chown(folder, Some(user("-u")?), Some(user("-g")?)).map_err(failed)?;
        run(Command::new("runuser").args(["-u", "postgres", "--", "test", "-w"]).arg(folder))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<Output, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{command:?} failed: {}{}", String::from_utf8_lossy(&output.stderr), text(&output)))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
