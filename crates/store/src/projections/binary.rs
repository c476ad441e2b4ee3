//! Rows in the binary format of COPY (PostgreSQL's manual, COPY, "Binary Format"). Neither side
//! converts numbers to text.
#![expect(clippy::arithmetic_side_effects, reason = "lengths of what is in memory")]

use uuid::Uuid;

use super::row::{Cell, Value};
use crate::model::StreamKey;

/// The start of the format, before the flags and the length of an extension.
pub(super) const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Microseconds from 1970 to 2000, the start of PostgreSQL's time.
pub(super) const EPOCH_2000_US: i64 = 946_684_800_000_000;
/// PostgreSQL's OID of the type `uuid`.
const UUID_OID: i32 = 2950;

/// The rows of one table. `cells` has them row after row; they have about `size` bytes of values.
pub(super) fn rows(owners: &[StreamKey], cells: &[Cell], size: usize) -> Vec<u8> {
    let width = cells.len() / owners.len().max(1);
    let mut bytes = Vec::with_capacity(size + owners.len() * 64 + cells.len() * 4);
    bytes.extend_from_slice(SIGNATURE);
    bytes.extend_from_slice(&[0; 8]);
    for (key, cells) in owners.iter().zip(cells.chunks(width.max(1))) {
        let columns = i16::try_from(width + 3).unwrap_or(i16::MAX);
        bytes.extend_from_slice(&columns.to_be_bytes());
        field(&mut bytes, &key.partition.number().to_be_bytes());
        field(&mut bytes, key.tenant.0.as_bytes());
        field(&mut bytes, key.customer.0.as_bytes());
        for cell in cells {
            put(&mut bytes, cell.as_ref());
        }
    }
    bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    bytes
}

fn put(bytes: &mut Vec<u8>, value: Option<&Value>) {
    match value {
        None => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
        Some(Value::Number(number)) => field(bytes, &number.to_be_bytes()),
        Some(Value::Truth(truth)) => field(bytes, &[u8::from(*truth)]),
        Some(Value::Text(text)) => field(bytes, text.as_bytes()),
        Some(Value::Time(at)) => {
            field(bytes, &at.timestamp_micros().saturating_sub(EPOCH_2000_US).to_be_bytes());
        }
        Some(Value::Words(words)) => within(bytes, |bytes| vector(bytes, words)),
        Some(Value::Id(id)) => field(bytes, id.as_bytes()),
        Some(Value::Ids(ids)) => within(bytes, |bytes| array(bytes, ids)),
    }
}

fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    length(bytes, value.len());
    bytes.extend_from_slice(value);
}

/// A length or a count. PostgreSQL can't take larger values, either.
fn length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}

/// A field whose length is known when it is written.
fn within(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut value = Vec::new();
    write(&mut value);
    field(bytes, &value);
}

/// The number of words; for each word its text, a zero byte, and the number of positions.
fn vector(bytes: &mut Vec<u8>, words: &[String]) {
    length(bytes, words.len());
    for word in words {
        bytes.extend_from_slice(word.as_bytes());
        bytes.extend_from_slice(&[0, 0, 0]);
    }
}

/// The number of dimensions, whether there are nulls, the type of the elements; the number of
/// elements and the first index; the elements.
fn array(bytes: &mut Vec<u8>, ids: &[Uuid]) {
    length(bytes, usize::from(!ids.is_empty()));
    bytes.extend_from_slice(&0_i32.to_be_bytes());
    bytes.extend_from_slice(&UUID_OID.to_be_bytes());
    if !ids.is_empty() {
        length(bytes, ids.len());
        bytes.extend_from_slice(&1_i32.to_be_bytes());
        for id in ids {
            field(bytes, id.as_bytes());
        }
    }
}
