//! The lines of an exported log.

use std::borrow::Cow;
use std::io::{BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{CustomerId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::manifest::{self, Contents};
use crate::log::{Link, LogKey, TreeHead};
use crate::model::{Hash, TransferError};
use crate::partition::Partition;
use crate::writer::import::incoming::Incoming;

const FORMAT: &str = "dossier-log";
/// The version of unsigned files.
const UNSIGNED: u32 = 1;
/// The version of signed files.
const SIGNED: u32 = 2;
/// The maximum size of a line. The largest event of a command is far smaller.
const LINE_MAX: u64 = 16 << 20;

/// The first line.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct First<'a> {
    format: Cow<'a, str>,
    version: u32,
    tenant_id: TenantId,
    /// The partition, in a signed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition: Option<i16>,
}

/// An event. Payload and metadata are exactly the stored bytes.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) aggregate_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) aggregate_id: Cow<'a, str>,
    pub(super) sequence: i64,
    #[serde(borrow)]
    pub(super) event_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) event_version: Cow<'a, str>,
    pub(super) recorded_at: Timestamp,
    #[serde(borrow)]
    pub(super) payload: &'a RawValue,
    #[serde(borrow)]
    pub(super) metadata: &'a RawValue,
    /// The position in the log, in a signed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<i64>,
    /// The chain's hash before the event, unless it is that of the line before.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub(super) previous_hash: Option<Cow<'a, str>>,
    /// The chain's hash of the event, in a signed file.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    pub(super) hash: Option<Cow<'a, str>>,
}

/// The position of an event in the chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainLink {
    pub(super) position: i64,
    pub(super) before: Hash,
    pub(super) hash: Hash,
}

/// The last line.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Last {
    events: u64,
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
}

/// The prefix of the last line only.
const LAST: &[u8] = br#"{"events":"#;

/// Writes the lines of a log.
pub(super) struct Writer<W> {
    out: W,
    digest: Sha256,
    tenant: TenantId,
    events: u64,
    /// The position of the first event and that of the last one, if the file is signed.
    chain: Option<(i64, ChainLink)>,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file. A signed one names the partition of its events.
    pub(super) fn begin(
        out: W,
        tenant: TenantId,
        partition: Option<Partition>,
    ) -> Result<Self, TransferError> {
        let (digest, line) = (Sha256::new(), Vec::new());
        let mut writer = Self { out, digest, tenant, events: 0, chain: None, line };
        let partition = partition.map(Partition::number);
        let version = if partition.is_some() { SIGNED } else { UNSIGNED };
        writer.line(&First { format: FORMAT.into(), version, tenant_id: tenant, partition })?;
        Ok(writer)
    }

    /// Writes an event; in a signed file with its position in the chain.
    pub(super) fn event(
        &mut self,
        mut event: Line<'_>,
        link: Option<ChainLink>,
    ) -> Result<(), TransferError> {
        self.events = self.events.saturating_add(1);
        if let Some(link) = link {
            let follows = self.chain.is_some_and(|(_, last)| last.hash == link.before);
            event.position = Some(link.position);
            event.previous_hash = (!follows).then(|| STANDARD.encode(link.before).into());
            event.hash = Some(STANDARD.encode(link.hash).into());
            let first = self.chain.map_or(link.position, |(first, _)| first);
            self.chain = Some((first, link));
        }
        self.line(&event)
    }

    /// Writes the last line, with a signature if there is a key.
    pub(super) fn end(
        mut self,
        signed: Option<(&LogKey, &TreeHead)>,
    ) -> Result<u64, TransferError> {
        let (tenant, events, sha256) = (self.tenant, self.events, hex(self.digest.clone()));
        let positions = self.chain.map_or((0, 0), |(first, last)| (first, last.position));
        let contents = Contents { tenant, events, sha256, positions };
        let manifest = signed.map(|(key, head)| manifest::sign(key, &contents, head));
        self.line(&Last { events, sha256: contents.sha256, manifest })?;
        self.out.flush()?;
        Ok(self.events)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::from)?;
        self.line.push(b'\n');
        self.digest.update(&self.line);
        self.out.write_all(&self.line)?;
        Ok(())
    }
}

/// Reads the lines of a log. Nothing is trusted before the last line was read.
pub(super) struct Reader<R> {
    input: R,
    digest: Sha256,
    pub(super) tenant: TenantId,
    /// The partition of the events, if the file is signed.
    partition: Option<Partition>,
    /// The position of the first event, and position and hash of the last that was read.
    chain: Option<(i64, i64, Hash)>,
    line: Vec<u8>,
    /// The number of the line.
    number: u64,
    /// The contents of the file, once its end is read, and its manifest.
    pub(super) ending: Option<(Contents, Option<String>)>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(input: R) -> Result<Self, TransferError> {
        let (tenant, line) = (TenantId(uuid::Uuid::nil()), Vec::new());
        let mut reader = Self {
            input,
            digest: Sha256::new(),
            tenant,
            partition: None,
            chain: None,
            line,
            number: 0,
            ending: None,
        };
        reader.read_line()?;
        let first: First<'_> = serde_json::from_slice(&reader.line)
            .map_err(|_| reader.damaged("this is no log that was exported"))?;
        let partition = first.partition.map(Partition::new);
        reader.partition = match (first.version, partition) {
            (UNSIGNED, None) if first.format == FORMAT => None,
            (SIGNED, Some(Some(partition))) if first.format == FORMAT => Some(partition),
            _ => return Err(reader.damaged("this is no log of a format that can be read here")),
        };
        reader.tenant = first.tenant_id;
        reader.digest.update(&reader.line);
        Ok(reader)
    }

    /// The number of events read.
    pub(super) fn events(&self) -> u64 {
        self.number.saturating_sub(1)
    }

    /// The next event; nothing at the end of a complete file.
    pub(super) fn next(&mut self) -> Result<Option<Incoming>, TransferError> {
        self.read_line()?;
        if self.line.starts_with(LAST) {
            return self.end().map(|()| None);
        }
        self.digest.update(&self.line);
        let line: Line<'_> = serde_json::from_slice(&self.line)
            .map_err(|_| self.damaged("this is no event that was exported"))?;
        let customer = customer(self.tenant, &line.aggregate_type, &line.aggregate_id)
            .map_err(|why| self.damaged(why))?;
        let chain = match self.partition {
            Some(partition) => Some(self.link(partition, &line).map_err(|why| self.damaged(why))?),
            None if line.position.is_some() || line.hash.is_some() => {
                return Err(self.damaged("an unsigned file has no places in the chain"));
            }
            None => None,
        };
        let event = Incoming {
            customer,
            sequence: line.sequence,
            event_type: line.event_type.into_owned(),
            event_version: line.event_version.into_owned(),
            payload: line.payload.get().to_owned(),
            metadata: line.metadata.get().to_owned(),
            recorded_at: line.recorded_at.to_utc(),
        };
        if let Some((position, hash)) = chain {
            let first = self.chain.map_or(position, |(first, ..)| first);
            self.chain = Some((first, position, hash));
        }
        Ok(Some(event))
    }

    /// The position of a line's event in the chain. It must follow the line before, and match its
    /// hash.
    fn link(&self, partition: Partition, line: &Line<'_>) -> Result<(i64, Hash), &'static str> {
        let (position, stated) = line
            .position
            .zip(line.hash.as_deref().and_then(hash))
            .ok_or("the event has no place in the chain")?;
        let last = self.chain.map(|(_, position, hash)| (position, hash));
        if last.is_some_and(|(last, _)| position <= last) {
            return Err("the event isn't after the one before it");
        }
        let follows = last.filter(|(last, _)| last.checked_add(1) == Some(position));
        let before = match (&line.previous_hash, follows) {
            (None, Some((_, before))) => before,
            (Some(before), None) => {
                hash(before).ok_or("the hash before the event can't be read")?
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err("the event doesn't follow the one before it in the chain");
            }
        };
        let chained = Link {
            partition: partition.number(),
            position,
            tenant_id: self.tenant.0,
            aggregate_type: &line.aggregate_type,
            aggregate_id: &line.aggregate_id,
            sequence: line.sequence,
            event_type: &line.event_type,
            event_version: &line.event_version,
            payload: line.payload.get(),
            metadata: line.metadata.get(),
            recorded_at: line.recorded_at.to_utc(),
        };
        if chained.hash(&before) != stated {
            return Err("the event isn't the one that its hash is of: it was changed");
        }
        Ok((position, stated))
    }

    /// Compares the last line with the lines before it.
    fn end(&mut self) -> Result<(), TransferError> {
        let last: Last = serde_json::from_slice(&self.line)
            .map_err(|_| self.damaged("this is no last line that was exported"))?;
        // Without the first line and this one.
        let events = self.number.saturating_sub(2);
        let sha256 = hex(self.digest.clone());
        if last.events != events || last.sha256 != sha256 {
            return Err(self.damaged("the lines before aren't those that were exported"));
        }
        if last.manifest.is_some() != self.partition.is_some() {
            return Err(
                self.damaged("a signed file has a manifest here, and an unsigned one has none")
            );
        }
        if self.input.fill_buf()?.is_empty() {
            let positions = self.chain.map_or((0, 0), |(first, last, _)| (first, last));
            let contents = Contents { tenant: self.tenant, events, sha256, positions };
            self.ending = Some((contents, last.manifest));
            return Ok(());
        }
        self.number = self.number.saturating_add(1);
        Err(self.damaged("there must be nothing after the last line"))
    }

    fn read_line(&mut self) -> Result<(), TransferError> {
        self.line.clear();
        self.number = self.number.saturating_add(1);
        self.input.by_ref().take(LINE_MAX).read_until(b'\n', &mut self.line)?;
        if self.line.ends_with(b"\n") {
            return Ok(());
        }
        Err(self.damaged("the file ends here, before its last line"))
    }

    pub(super) fn damaged(&self, why: &'static str) -> TransferError {
        TransferError::Damaged { line: self.number, why }
    }
}

/// The stream: a customer's, or (nothing) the tenant's own.
fn customer(
    tenant: TenantId,
    aggregate_type: &str,
    id: &str,
) -> Result<Option<CustomerId>, &'static str> {
    let (of, customer) = id.split_once('/').map_or((id, None), |(of, id)| (of, Some(id)));
    let own = of.parse() == Ok(tenant);
    match (aggregate_type, customer.map(str::parse)) {
        ("tenant", None) if own => Ok(None),
        ("customer", Some(Ok(customer))) if own => Ok(Some(customer)),
        _ => Err("the event belongs neither to the tenant nor to a customer of it"),
    }
}

/// A hash in base64.
fn hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn hex(digest: Sha256) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a string doesn't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
