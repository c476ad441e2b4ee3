//! Lists as CSV (RFC 4180), which may be opened by spreadsheets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::{Terminator, Writer, WriterBuilder};
use serde_json::value::RawValue;
use store::StoreError;

use crate::listing::Item;

/// Characters by which a spreadsheet takes a cell for a formula (OWASP, CSV injection), or for one
/// behind a space.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0'];

/// The first line: the names of the columns.
pub(crate) fn header(columns: &[&str]) -> Result<Vec<u8>, StoreError> {
    let mut table = table();
    table.write_record(columns).map_err(unreadable)?;
    written(table)
}

/// A line for each item: its members in the order of the columns, as text.
pub(super) fn lines(columns: &[&str], items: &[Item]) -> Result<Vec<u8>, StoreError> {
    let mut table = table();
    for item in items {
        let members: BTreeMap<Cow<'_, str>, &RawValue> =
            serde_json::from_str(&item.document).map_err(unreadable)?;
        for column in columns {
            let text = match members.get(*column) {
                Some(value) => text(value).map_err(unreadable)?,
                None => Cow::Borrowed(""),
            };
            table.write_field(&*harmless(text)).map_err(unreadable)?;
        }
        table.write_record(None::<&[u8]>).map_err(unreadable)?;
    }
    written(table)
}

/// A text as it is, anything else as JSON; nothing for null.
fn text(value: &RawValue) -> serde_json::Result<Cow<'_, str>> {
    match value.get() {
        "null" => Ok(Cow::Borrowed("")),
        json if json.starts_with('"') => serde_json::from_str(json).map(Cow::Owned),
        json => Ok(Cow::Borrowed(json)),
    }
}

/// A cell that no spreadsheet takes for a formula: with an apostrophe before it, if one would. So that
/// the value can be told from the cell, one that looks as if that had been done to it gets one more.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

fn table() -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new())
}

fn written(table: Writer<Vec<u8>>) -> Result<Vec<u8>, StoreError> {
    table.into_inner().map_err(|error| unreadable(error.into_error()))
}

fn unreadable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Unreadable { what: "an item of a list", source: source.into() }
}

#[cfg(test)]
mod tests;
