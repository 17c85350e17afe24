//! Files that were named on the command line.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// A file, read.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

impl File {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file("打开", path, &error))?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// Reads files; tells of every one that cannot be read before it fails.
    pub(crate) fn read_all<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<Vec<Self>, Failure> {
        let mut files = Vec::new();
        let mut failed = false;
        for path in paths {
            match Self::read(path) {
                Ok(file) => files.push(file),
                Err(failure) => {
                    failure.tell();
                    failed = true;
                }
            }
        }
        if failed { Err(Failure::Told) } else { Ok(files) }
    }

    /// Its name in findings.
    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Makes a file that only its owner may read, or takes away what others may do with one that is there: for whatever holds the database's content.
pub(crate) fn private(path: &Path) -> Result<fs::File, Failure> {
    let failed = |error: io::Error| Failure::file("写入", path, &error);
    let options = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = options.map_err(failed)?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(file)
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file("写入", path, &error))
}
