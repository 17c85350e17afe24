//! Files of keys.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use junheng_seal::key::{KeyError, PublicKey, Signer};
use zeroize::Zeroizing;

/// What nobody but the owner and, where a platform mounts secrets for a group, that group's readers may do.
const FORBIDDEN_MODE: u32 = 0o037;
/// Bytes of the largest file that is taken for one of keys.
const LARGEST: u64 = 1 << 20;

/// A file of keys that is not to be used.
#[derive(Debug, thiserror::Error)]
#[error("the key file {path}: {reason}")]
pub struct KeyFileError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    #[source]
    pub reason: Reason,
}

/// What is wrong with a file of keys.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// Others may read a private key.
    #[error(
        "others may read or write it (mode {0:o}): `chmod 600` it, and make a new key if others may have seen this one"
    )]
    Open(u32),
    /// It holds no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Reads a private key, if nobody but its owner and group may read the file.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn load(path: &Path) -> Result<Signer, KeyFileError> {
    let read = || -> Result<Signer, Reason> {
        let metadata = fs::metadata(path)?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & FORBIDDEN_MODE != 0 {
            return Err(Reason::Open(mode));
        }
        Ok(Signer::read(&text(path, metadata.len())?)?)
    };
    read().map_err(|reason| error(path, reason))
}

/// Makes a key, writes it to a new file that only its owner may read, and the public key beside it.
///
/// # Errors
///
/// [`KeyFileError`], also when one of the files exists.
pub fn create(path: &Path) -> Result<Signer, KeyFileError> {
    let signer = Signer::generate().map_err(|reason| error(path, reason.into()))?;
    let write = |path: &Path, mode: u32, content: &str| {
        let mut options = OpenOptions::new();
        let written = options.write(true).create_new(true).mode(mode).open(path).and_then(|mut file| {
            file.write_all(content.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|reason| error(path, reason.into()))
    };
    write(path, 0o600, &signer.write())?;
    write(&public_path(path), 0o644, &signer.public().write())?;
    Ok(signer)
}

/// Reads the key, or makes it where there is none yet.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn load_or_create(path: &Path) -> Result<Signer, KeyFileError> {
    if path.exists() { load(path) } else { create(path) }
}

/// Where the public key of a private one stands.
#[must_use]
pub fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// Reads public keys; each file may hold several.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn load_public(paths: &[PathBuf]) -> Result<Vec<PublicKey>, KeyFileError> {
    let mut keys = vec![];
    for path in paths {
        let read =
            || -> Result<Vec<PublicKey>, Reason> { Ok(PublicKey::read_all(&text(path, fs::metadata(path)?.len())?)?) };
        keys.extend(read().map_err(|reason| error(path, reason))?);
    }
    Ok(keys)
}

fn text(path: &Path, length: u64) -> Result<Zeroizing<String>, io::Error> {
    if length > LARGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "is far too large for keys"));
    }
    fs::read_to_string(path).map(Zeroizing::new)
}

fn error(path: &Path, reason: Reason) -> KeyFileError {
    KeyFileError { path: path.display().to_string(), reason }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("key.pem");

        let made = load_or_create(&path).unwrap();
        let again = load_or_create(&path).unwrap();

        assert_eq!(made.id(), again.id());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load_public(&[public_path(&path)]).unwrap(), [made.public()]);
        assert!(matches!(create(&path).unwrap_err().reason, Reason::File(_)));
    }

    #[test]
    fn a_private_key_that_others_may_read_is_refused() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("key.pem");
        create(&path).unwrap();
        for (mode, refused) in [(0o400, false), (0o440, false), (0o604, true), (0o620, true), (0o644, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();

            let loaded = load(&path);

            assert_eq!(loaded.is_err(), refused, "{mode:o}");
        }
    }
}
