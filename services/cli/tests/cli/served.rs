//! The services that `junheng demo --serve` runs, with the county that it registered.

use std::{
    io::{BufRead as _, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

/// The demo's services; ended when dropped.
pub(crate) struct Demo {
    child: Child,
    pub(crate) ingest: String,
    pub(crate) evaluation: String,
    pub(crate) reporting: String,
    /// Not closed, as the demo still writes.
    _output: Lines<BufReader<ChildStdout>>,
    pub(crate) folder: tempfile::TempDir,
    /// Where it keeps its database: whoever is killed leaves it behind.
    _scratch: tempfile::TempDir,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    pub(crate) fn start() -> Self {
        let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_junheng"))
            .args(["demo", "--serve", "--output"])
            .arg(folder.path())
            .env("TMPDIR", scratch.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |service: &str| {
            let found = |line: String| Some(line.split_once(service)?.1.trim().to_owned());
            output.by_ref().map(Result::unwrap).find_map(found).unwrap()
        };
        let (ingest, evaluation, reporting) = (address("接收服务  "), address("评估服务  "), address("报告服务  "));
        Self { child, ingest, evaluation, reporting, _output: output, folder, _scratch: scratch }
    }
}
