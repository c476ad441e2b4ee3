//! The key that signs the log's heads: reading and creating its file.

use std::io::ErrorKind;
use std::path::Path;

use store::Partition;
use store::log::{LogKey, Verifier};

use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::secret_file::{Links, read_secret, write_new_secret};

/// Its name in the data directory.
const FILE: &str = "log-key";

/// The key in the file that the setting `log_key` names; otherwise the one in the data directory of the
/// private PostgreSQL, created the first time. With another database there is no default key.
///
/// # Errors
///
/// [`CommandError::Io`] when the file can't be read or written, or others can read it,
/// [`CommandError::KeyFile`] when it has no valid key.
pub(crate) fn load(config: &Config, database: &Database) -> Result<Option<LogKey>, CommandError> {
    if let Some(file) = &config.log_key {
        let missing = || CommandError::Io {
            doing: format!("read {}", file.display()),
            error: ErrorKind::NotFound.into(),
        };
        return read(file, Links::Followed)?.ok_or_else(missing).map(Some);
    }
    let Some(data_dir) = database.data_dir() else { return Ok(None) };
    let file = data_dir.join(FILE);
    if let Some(key) = read(&file, Links::Refused)? {
        return Ok(Some(key));
    }
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(no_randomness)?;
    let key = make(&format!("dossier/{:016x}", u64::from_be_bytes(name)))?;
    match write_new_secret(&file, &key.reveal()) {
        Ok(()) => Ok(Some(key)),
        // Another process made one at the same time.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(&file, Links::Refused),
        Err(error) => Err(CommandError::Io { doing: format!("write {}", file.display()), error }),
    }
}

/// A new key.
///
/// # Errors
///
/// [`CommandError::Note`] when a key can't have that name.
pub(crate) fn make(name: &str) -> Result<LogKey, CommandError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(no_randomness)?;
    Ok(LogKey::from_random(name, seed)?)
}

/// The public keys that verify the heads of all partitions.
pub(crate) fn verifiers(key: &LogKey) -> Vec<Verifier> {
    Partition::all().map(|partition| key.verifier(partition)).collect()
}

/// The verifier keys of a file, one per line.
///
/// # Errors
///
/// Those of [`load`].
pub(crate) fn read_verifiers(file: &Path) -> Result<Vec<Verifier>, CommandError> {
    let text = text(file)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::parse).collect::<Result<_, _>>()?)
}

/// The text of a file.
///
/// # Errors
///
/// [`CommandError::Io`].
pub(crate) fn text(file: &Path) -> Result<String, CommandError> {
    let doing = || format!("read {}", file.display());
    std::fs::read_to_string(file).map_err(|error| CommandError::Io { doing: doing(), error })
}

fn read(file: &Path, links: Links) -> Result<Option<LogKey>, CommandError> {
    let text = read_secret(file, links, None);
    let text = text
        .map_err(|error| CommandError::Io { doing: format!("read {}", file.display()), error })?;
    let key = text.map(|text| text.trim().parse()).transpose();
    key.map_err(|error| CommandError::KeyFile { file: file.display().to_string(), error })
}

fn no_randomness(error: getrandom::Error) -> CommandError {
    CommandError::Io { doing: "make a key".to_owned(), error: std::io::Error::other(error) }
}
