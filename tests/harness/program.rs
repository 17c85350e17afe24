use std::{
    env,
    ffi::OsString,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, channel},
    },
    thread,
};

use crate::{Database, PATIENCE, eventually};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The program `junheng serve` as a process of its own; it is killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    /// Addresses of ingest, evaluation, reporting.
    addresses: Vec<SocketAddr>,
    console: Option<SocketAddr>,
}

impl Program {
    /// Starts it on a database, each of `settings` as in `--set`, and waits until it listens: on free ports, unless a setting says where.
    #[must_use]
    pub fn serve(database: &Database, settings: &[&str]) -> Self {
        let mut command = program();
        command.args(["serve", "--migrate"]);
        let url = format!("database.url={}", database.url());
        let ours = [
            "ingest.listen=127.0.0.1:0",
            "evaluation.listen=127.0.0.1:0",
            "reporting.listen=127.0.0.1:0",
            "reporting.console_listen=",
            "admin.listen=",
            "log.format=json",
            url.as_str(),
        ];
        for setting in ours.iter().chain(settings) {
            command.args(["--set", setting]);
        }
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = follow(&mut child);
        let mut program = Self { child, addresses: vec![], console: None };
        let mut log = String::new();
        while program.addresses.len() < 3 {
            let Ok(line) = lines.recv_timeout(PATIENCE) else { panic!("the program does not listen:\n{log}") };
            program.addresses.extend(told(&line, "listening"));
            program.console = program.console.or(told(&line, "pages open"));
            log.push_str(&line);
            log.push('\n');
        }
        program
    }

    /// Address of the ingest service.
    #[must_use]
    pub fn ingest(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Address of the evaluation service.
    #[must_use]
    pub fn evaluation(&self) -> SocketAddr {
        self.addresses[1]
    }

    /// Address of the console, where a setting opens it.
    #[must_use]
    pub fn console(&self) -> Option<SocketAddr> {
        self.console
    }

    /// Address of the report service.
    #[must_use]
    pub fn reporting(&self) -> SocketAddr {
        self.addresses[2]
    }

    /// Number of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, as an operator's platform does.
    pub fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(mut self) -> ExitStatus {
        eventually("the end of the program", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _killed = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Runs the program `junheng` to its end.
#[must_use]
pub fn run(arguments: &[&str]) -> Output {
    run_with(arguments, &[])
}

/// Runs the program `junheng` to its end, with variables of the environment.
#[must_use]
pub fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    program().args(arguments).envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

/// Starts the program `junheng`, which writes to nobody.
#[must_use]
pub fn spawn(arguments: &[&str]) -> Child {
    let mut command = program();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The program, without what the environment says: what starts so is a setting to it, and only those of the test count.
fn program() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("JUNHENG_")) {
        command.env_remove(name);
    }
    command
}

/// The program `junheng`: `JUNHENG_BIN`, or what `cargo build -p junheng` makes.
fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    let built = || {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let build = Command::new(cargo).args(["build", "--quiet", "-p", "junheng"]).current_dir(ROOT).status();
        assert!(build.unwrap().success(), "the program junheng cannot be built");
        target_folder().join("debug/junheng")
    };
    BINARY.get_or_init(|| env::var_os("JUNHENG_BIN").map_or_else(built, PathBuf::from)).clone()
}

/// A Python with the packages that the foreign client needs: `JUNHENG_PYTHON`, or that of `target/foreign-venv`.
#[must_use]
pub fn python() -> PathBuf {
    let venv = || target_folder().join("foreign-venv/bin/python");
    env::var_os("JUNHENG_PYTHON").map_or_else(venv, PathBuf::from)
}

fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from(ROOT).join("target"), PathBuf::from)
}

/// Reads its log to the end, so that it never waits for a reader.
fn follow(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = channel();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            // Nobody may be listening any more.
            let _sent = sender.send(line);
        }
    });
    lines
}

/// The address in a line of the log with this message.
fn told(line: &str, wanted: &str) -> Option<SocketAddr> {
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let fields = entry.get("fields").unwrap_or(&entry);
    let message = fields.get("message").or_else(|| entry.get("message"))?;
    if message != wanted {
        return None;
    }
    fields.get("listen")?.as_str()?.parse().ok()
}
