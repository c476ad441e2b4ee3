//! What a backup says about itself.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The version of the format.
const FORMAT: u64 = 1;

/// How much of a file is digested at a time, in bytes.
const DIGEST_BLOCK: usize = 1 << 20;

/// Where the data of a backup are from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A private server: its files.
    PrivateServer,
    /// A database of another server: a dump.
    Database,
}

/// What a backup says about itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) kind: Kind,
    /// When the backup began.
    pub(crate) begun_at: DateTime<Utc>,
    /// The events at that time.
    pub(crate) events: u64,
    /// The SHA-256 of the dump. The data of a private server have PostgreSQL's own manifest.
    pub(crate) dump_sha256: Option<String>,
}

impl Manifest {
    /// As JSON.
    pub(crate) fn text(&self) -> String {
        let kind = match self.kind {
            Kind::PrivateServer => "private server",
            Kind::Database => "database",
        };
        let text = json!({
            "format": FORMAT,
            "kind": kind,
            "begun_at": self.begun_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "events": self.events,
            "version": env!("CARGO_PKG_VERSION"),
            "dump_sha256": self.dump_sha256,
        });
        format!("{text:#}")
    }

    /// Reads it. An error says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let value: Value = serde_json::from_str(text).map_err(|_| "is no manifest")?;
        let field = |name| value.get(name).unwrap_or(&Value::Null);
        if field("format").as_u64() != Some(FORMAT) {
            return Err("has a format that this version doesn't know");
        }
        let kind = match field("kind").as_str() {
            Some("private server") => Kind::PrivateServer,
            Some("database") => Kind::Database,
            _ => return Err("has an unknown kind of data"),
        };
        let begun_at = field("begun_at").as_str().and_then(|text| text.parse().ok());
        Ok(Self {
            kind,
            begun_at: begun_at.ok_or("has no time")?,
            events: field("events").as_u64().ok_or("has no number of events")?,
            dump_sha256: field("dump_sha256").as_str().map(str::to_owned),
        })
    }
}

/// The SHA-256 of a file, in hexadecimal.
pub(crate) async fn digest(file: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    let mut file = File::open(file)?;
    let mut block = vec![0; DIGEST_BLOCK];
    loop {
        let read = match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(block.get(..read).unwrap_or_default());
        // A signal may stop it here.
        tokio::task::yield_now().await;
    }
    Ok(format!("{:x}", digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Manifest};

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_another_is_refused() {
        let manifest = Manifest {
            kind: Kind::Database,
            begun_at: "2030-01-31T01:02:03Z".parse().expect("a time"),
            events: 7,
            dump_sha256: Some("ab".to_owned()),
        };
        let text = manifest.text();
        assert_eq!(Manifest::read(&text), Ok(manifest));
        assert!(Manifest::read("{").is_err());
        assert!(Manifest::read(&text.replace("\"format\": 1", "\"format\": 2")).is_err());
        assert!(Manifest::read(&text.replace("database\"", "tape\"")).is_err());
    }
}
