//! Running the binary.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program.
pub(crate) fn junheng(args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_junheng")).args(args).output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of the test data.
pub(crate) fn data(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/data", name].iter().collect();
    path.to_str().unwrap().to_owned()
}

/// Evaluates a file of schools, with further arguments.
pub(crate) fn evaluate(schools: &str, further: &[&str]) -> Run {
    let args = ["evaluate", "--schools", schools, "--county", "210922", "--month", "2024-12"];
    junheng(&[&args, further].concat())
}

/// The JSON that a run printed.
pub(crate) fn json(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

/// A file that a test makes.
pub(crate) struct Made {
    _folder: TempDir,
    path: PathBuf,
}

impl Made {
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Self { _folder: folder, path }
    }

    pub(crate) fn path(&self) -> &str {
        Path::to_str(&self.path).unwrap()
    }
}

/// The element of a list that has `id`.
pub(crate) fn by<'a>(list: &'a Value, key: &str, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|one| one[key] == id).unwrap_or_else(|| panic!("no {id}"))
}
