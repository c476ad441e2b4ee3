//! The lines of an exported log.

use std::borrow::Cow;
use std::io::{BufRead, Read as _, Write};

use domain::{CustomerId, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::TransferError;
use crate::writer::import::Incoming;

const FORMAT: &str = "dossier-log";
const VERSION: u32 = 1;
/// Bytes of a line, at most. The largest event of a command is far below.
const LINE_MAX: u64 = 16 << 20;

/// The first line.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct First<'a> {
    format: Cow<'a, str>,
    version: u32,
    tenant_id: TenantId,
}

/// An event. Payload and metadata are the very bytes that are stored.
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
}

/// The last line.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Last {
    events: u64,
    sha256: String,
}

/// What the last line begins with, and no other.
const LAST: &[u8] = br#"{"events":"#;

/// Writes the lines of a log.
pub(super) struct Writer<W> {
    out: W,
    digest: Sha256,
    events: u64,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(out: W, tenant_id: TenantId) -> Result<Self, TransferError> {
        let mut writer = Self { out, digest: Sha256::new(), events: 0, line: Vec::new() };
        writer.line(&First { format: FORMAT.into(), version: VERSION, tenant_id })?;
        Ok(writer)
    }

    pub(super) fn event(&mut self, event: &Line<'_>) -> Result<(), TransferError> {
        self.events = self.events.saturating_add(1);
        self.line(event)
    }

    pub(super) fn end(mut self) -> Result<u64, TransferError> {
        let sha256 = hex(self.digest.clone());
        self.line(&Last { events: self.events, sha256 })?;
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

/// Reads the lines of a log, and believes none before it has come to the last.
pub(super) struct Reader<R> {
    input: R,
    digest: Sha256,
    pub(super) tenant: TenantId,
    line: Vec<u8>,
    /// The number of the line.
    number: u64,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn begin(input: R) -> Result<Self, TransferError> {
        let (tenant, line) = (TenantId(uuid::Uuid::nil()), Vec::new());
        let mut reader = Self { input, digest: Sha256::new(), tenant, line, number: 0 };
        reader.read_line()?;
        let first: First<'_> = serde_json::from_slice(&reader.line)
            .map_err(|_| reader.damaged("this is no log that was exported"))?;
        if first.format != FORMAT || first.version != VERSION {
            return Err(reader.damaged("this is no log of a format that can be read here"));
        }
        reader.tenant = first.tenant_id;
        reader.digest.update(&reader.line);
        Ok(reader)
    }

    /// How many events were read so far.
    pub(super) fn events(&self) -> u64 {
        self.number.saturating_sub(1)
    }

    /// The next event; nothing at the end of a file that is whole.
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
        Ok(Some(Incoming {
            customer,
            sequence: line.sequence,
            event_type: line.event_type.into_owned(),
            event_version: line.event_version.into_owned(),
            payload: line.payload.get().to_owned(),
            metadata: line.metadata.get().to_owned(),
            recorded_at: line.recorded_at.to_utc(),
        }))
    }

    /// Compares what the last line says with what came before it.
    fn end(&mut self) -> Result<(), TransferError> {
        let last: Last = serde_json::from_slice(&self.line)
            .map_err(|_| self.damaged("this is no last line that was exported"))?;
        // But the first line and this one.
        let events = self.number.saturating_sub(2);
        if last != (Last { events, sha256: hex(self.digest.clone()) }) {
            return Err(self.damaged("the lines before aren't those that were exported"));
        }
        if self.input.fill_buf()?.is_empty() {
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

    fn damaged(&self, why: &'static str) -> TransferError {
        TransferError::Damaged { line: self.number, why }
    }
}

/// Whose stream it is: a customer's, or (nothing) the tenant's own.
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

fn hex(digest: Sha256) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest.finalize() {
        // Writing to a string doesn't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
