//! `pg_dump` and `pg_restore`, as operators use them. Passwords go by the environment: what stands in arguments everybody on the machine can read.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::failure::Failure;

/// Where the programs are.
#[derive(Debug, clap::Args)]
pub(super) struct Programs {
    #[arg(long, value_name = "DIR", help = "pg_dump、pg_restore 所在的文件夹；不给出时按 PATH")]
    pg_bin: Option<PathBuf>,
}

impl Programs {
    /// Writes the snapshot of a transaction into a new file, in the custom format.
    pub(super) async fn dump(&self, url: &str, snapshot: &str, file: &Path) -> Result<(), Failure> {
        let mut command = self.command("pg_dump", url);
        // The owner of the tables is under their policies, too, and says that it wants every region.
        command.arg("--enable-row-security").env("PGOPTIONS", "-c junheng.scope={%}");
        command.args(["--format=custom", "--no-owner", "--no-password", "--snapshot", snapshot, "--file"]).arg(file);
        run(command).await
    }

    /// Restores a file into an empty database, all or nothing.
    pub(super) async fn restore(&self, url: &str, file: &Path) -> Result<(), Failure> {
        let mut command = self.command("pg_restore", url);
        command.args(["--no-owner", "--no-password", "--exit-on-error", "--single-transaction"]).arg(file);
        run(command).await
    }

    fn command(&self, program: &str, url: &str) -> Command {
        let path = self.pg_bin.as_ref().map_or_else(|| PathBuf::from(program), |folder| folder.join(program));
        let (bare, password) = apart(url);
        let mut command = Command::new(path);
        command.arg("--dbname").arg(bare).stdin(Stdio::null());
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

async fn run(mut command: Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let told = |reason: &str| Failure::Refused(format!("{program} 没有成功：{reason}"));
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    let output = ended.map_err(std::io::Error::other).flatten().map_err(|error| told(&error.to_string()))?;
    if output.status.success() { Ok(()) } else { Err(told(String::from_utf8_lossy(&output.stderr).trim())) }
}

/// A URL without its password, and the password.
fn apart(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    // The last `@` before the parameters counts: a password may hold a raw one.
    let end = rest.find('?').unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else { return (url.to_owned(), None) };
    let (user, host) = (&rest[..at], &rest[at + 1..]);
    match user.split_once(':') {
        Some((user, password)) => (format!("{scheme}://{user}@{host}"), Some(decoded(password))),
        None => (url.to_owned(), None),
    }
}

/// Decodes `%40` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_stands_in_the_arguments() {
        for (url, bare, password) in [
            ("postgres://a:b%40c%@db/x?host=/tmp", "postgres://a@db/x?host=/tmp", Some("b@c%")),
            ("postgres://a:p@ss@db:5432/x", "postgres://a@db:5432/x", Some("p@ss")),
            ("postgres://a@db/x?application_name=a@b", "postgres://a@db/x?application_name=a@b", None),
            ("postgres://db/x", "postgres://db/x", None),
        ] {
            assert_eq!(apart(url), (bare.to_owned(), password.map(str::to_owned)), "{url}");
        }
    }
}
