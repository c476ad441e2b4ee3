//! Reads the events of many customers with one COPY, stream after stream.

use chrono::{DateTime, Utc};
use domain::{CustomerId, TenantId};
use futures::{Stream, StreamExt as _};
use sqlx::{PgConnection, query};

use crate::error::StoreError;
use crate::model::StreamKey;
use crate::partition::Partition;
use crate::projections::binary::{EPOCH_2000_US, SIGNATURE};
use crate::projections::fold::LoggedEvent;

/// The columns.
const COLUMNS: usize = 9;
/// The buffer is compacted when this many bytes were consumed.
const READ_MAX: usize = 64 * 1024;

/// The customers whose stream names are in a range: after `from`, up to `until`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Range {
    pub(crate) from: String,
    pub(crate) until: String,
}

/// Events by customer, each customer's in order.
pub(crate) struct Events<S> {
    stream: S,
    buffer: Vec<u8>,
    /// The consumed part of the buffer.
    at: usize,
    /// The customer of the last event, and its stream's name.
    last: Option<(Vec<u8>, StreamKey)>,
}

/// COPY takes no parameters, so the range is in settings of the session.
fn copy_statement(metadata: &str) -> String {
    format!(
        "copy (
            select aggregate_id, partition, sequence, position, event_type, event_version,
                   payload, {metadata}, recorded_at
              from events
             where aggregate_type = 'customer'
               and aggregate_id > current_setting('dossier.from_key')
               and aggregate_id <= current_setting('dossier.until_key')
             order by aggregate_id, sequence
        ) to stdout (format binary)"
    )
}

/// Begins to read the events of `range`; without their metadata unless a projection needs it
/// (`sees_who`).
pub(crate) async fn events<'c>(
    connection: &'c mut PgConnection,
    range: &Range,
    sees_who: bool,
) -> Result<Events<impl Stream<Item = sqlx::Result<impl AsRef<[u8]>>> + Unpin + 'c>, StoreError> {
    query(
        "select set_config('dossier.from_key', $1, false),
                set_config('dossier.until_key', $2, false)",
    )
    .bind(&range.from)
    .bind(&range.until)
    .execute(&mut *connection)
    .await?;
    let metadata = if sees_who { "metadata" } else { "'{}'::json" };
    let stream = connection.copy_out_raw(&copy_statement(metadata)).await?;
    let mut events = Events { stream, buffer: Vec::new(), at: 0, last: None };
    if events.take(SIGNATURE.len()).await? != SIGNATURE {
        return Err(unreadable("the format isn't COPY's"));
    }
    events.take(4).await?;
    let extension = events.number().await?;
    events.take(usize::try_from(extension).unwrap_or_default()).await?;
    Ok(events)
}

impl<S, B> Events<S>
where
    S: Stream<Item = sqlx::Result<B>> + Unpin,
    B: AsRef<[u8]>,
{
    /// The next event with its customer; nothing after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<(StreamKey, LoggedEvent)>, StoreError> {
        let columns = self.take(2).await?;
        if columns == (-1_i16).to_be_bytes() {
            // The connection can be used again once the stream is read to its end.
            while let Some(rest) = self.stream.next().await {
                rest?;
            }
            return Ok(None);
        }
        let mut ends = [0; COLUMNS];
        let start = self.buffer_from();
        for end in &mut ends {
            let length = usize::try_from(self.number().await?).unwrap_or_default();
            self.take(length).await?;
            *end = self.at.saturating_sub(start);
        }
        let bytes = self.buffer.get(start..self.at).unwrap_or_default();
        let row = EventRow { bytes, ends };
        let partition = Partition::new(i16::from_be_bytes(row.array(1)?))
            .ok_or_else(|| unreadable("there is no such partition"))?;
        let key = match &self.last {
            Some((name, key)) if name == row.column(0) && key.partition == partition => *key,
            _ => customer(partition, row.column(0))?,
        };
        let at = i64::from_be_bytes(row.array(8)?).checked_add(EPOCH_2000_US);
        let logged = LoggedEvent {
            sequence: i64::from_be_bytes(row.array(2)?),
            position: i64::from_be_bytes(row.array(3)?),
            event_type: row.text(4)?,
            event_version: row.text(5)?,
            payload: row.text(6)?,
            metadata: row.text(7)?,
            recorded_at: at
                .and_then(DateTime::<Utc>::from_timestamp_micros)
                .ok_or_else(|| unreadable("there is no such time"))?,
        };
        if self.last.as_ref().is_none_or(|(_, last)| *last != key) {
            self.last = Some((row.column(0).to_vec(), key));
        }
        Ok(Some((key, logged)))
    }

    /// The buffer is kept from here.
    fn buffer_from(&mut self) -> usize {
        if self.at > READ_MAX {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.at
    }

    async fn number(&mut self) -> Result<i32, StoreError> {
        let bytes = self.take(4).await?.try_into().map_err(|_| cut())?;
        Ok(i32::from_be_bytes(bytes))
    }

    /// The next `count` bytes.
    async fn take(&mut self, count: usize) -> Result<&[u8], StoreError> {
        let end = self.at.saturating_add(count);
        while self.buffer.len() < end {
            let more = self.stream.next().await.ok_or_else(cut)??;
            self.buffer.extend_from_slice(more.as_ref());
        }
        let start = std::mem::replace(&mut self.at, end);
        self.buffer.get(start..end).ok_or_else(cut)
    }
}

/// A row: its columns, each with its length.
struct EventRow<'a> {
    bytes: &'a [u8],
    ends: [usize; COLUMNS],
}

impl<'a> EventRow<'a> {
    fn column(&self, nth: usize) -> &'a [u8] {
        let before = nth.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.copied().unwrap_or_default().saturating_add(4);
        let end = self.ends.get(nth).copied().unwrap_or_default();
        self.bytes.get(start..end).unwrap_or_default()
    }

    fn text(&self, nth: usize) -> Result<String, StoreError> {
        let text = std::str::from_utf8(self.column(nth));
        Ok(text.map_err(|_| unreadable("a text isn't UTF-8"))?.to_owned())
    }

    fn array<const N: usize>(&self, nth: usize) -> Result<[u8; N], StoreError> {
        self.column(nth).try_into().map_err(|_| unreadable("a number has another length"))
    }
}

/// The customer of the stream `<tenant>/<customer>`.
fn customer(partition: Partition, name: &[u8]) -> Result<StreamKey, StoreError> {
    let ids = std::str::from_utf8(name).ok().and_then(|name| {
        let (tenant, customer) = name.split_once('/')?;
        Some((tenant.parse().ok()?, customer.parse().ok()?))
    });
    let (tenant, customer) = ids.ok_or_else(|| unreadable("a stream isn't a customer's"))?;
    Ok(StreamKey { partition, tenant: TenantId(tenant), customer: CustomerId(customer) })
}

fn cut() -> StoreError {
    unreadable("it ends before its end")
}

fn unreadable(why: &'static str) -> StoreError {
    StoreError::unreadable("a copy of the log", why)
}
