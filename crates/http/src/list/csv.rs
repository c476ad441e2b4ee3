//! Lists as CSV (RFC 4180), which may be opened by spreadsheets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use csv::{Terminator, Writer, WriterBuilder};
use serde_json::value::RawValue;
use store::StoreError;

use super::item::Item;

/// Characters that a spreadsheet takes for the start of a formula: those of OWASP's list for CSV
/// injection, with their full-width and small forms and the minus sign, which some spreadsheets read
/// as the plain ones.
const FORMULA: [char; 13] =
    ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '\u{2212}'];
/// Characters that OWASP's list has besides: at the start of a cell, whatever follows.
const CONTROL: [char; 4] = ['\t', '\r', '\n', '\0'];
/// Characters without a width that Unicode doesn't count as blanks.
const INVISIBLE: [char; 6] = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// The first line: the names of the columns.
pub fn header(columns: &[String]) -> Result<Vec<u8>, StoreError> {
    let mut table = table();
    table.write_record(columns).map_err(unreadable)?;
    written(table)
}

/// A line for each item: its members in the order of the columns, as text.
pub(super) fn lines(columns: &[String], items: &[Item]) -> Result<Vec<u8>, StoreError> {
    let paths: Vec<Vec<&str>> = columns.iter().map(|column| column.split('.').collect()).collect();
    let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
    let mut table = table();
    for item in items {
        write_members(&mut table, Some(&item.document), &paths)?;
        table.write_record(None::<&[u8]>).map_err(unreadable)?;
    }
    written(table)
}

/// The cells of an object's members at these paths. Those of one member come one after the other.
fn write_members(
    table: &mut Writer<Vec<u8>>,
    object: Option<&str>,
    paths: &[&[&str]],
) -> Result<(), StoreError> {
    let members: BTreeMap<Cow<'_, str>, &RawValue> = match object {
        Some(object) => serde_json::from_str(object).map_err(unreadable)?,
        None => BTreeMap::new(),
    };
    for group in paths.chunk_by(|one, next| one.len() > 1 && one.first() == next.first()) {
        let first = group.first().and_then(|path| path.split_first());
        let Some((name, rest)) = first else { continue };
        let value = members.get(*name).copied();
        if rest.is_empty() {
            let text = value.map_or(Ok(Cow::Borrowed("")), text).map_err(unreadable)?;
            table.write_field(&*harmless(text)).map_err(unreadable)?;
        } else {
            let below: Vec<_> = group.iter().filter_map(|path| path.get(1..)).collect();
            let object = value.map(RawValue::get).filter(|json| json.starts_with('{'));
            write_members(table, object, &below)?;
        }
    }
    Ok(())
}

/// A text as it is, anything else as JSON; nothing for null.
fn text(value: &RawValue) -> serde_json::Result<Cow<'_, str>> {
    match value.get() {
        "null" => Ok(Cow::Borrowed("")),
        json if json.starts_with('"') => serde_json::from_str(json).map(Cow::Owned),
        json => Ok(Cow::Borrowed(json)),
    }
}

/// A cell that no spreadsheet takes for a formula: if one would, it gets an apostrophe before it. A
/// value that already looks as if it had got one gets one more, so each cell gives its value back.
fn harmless(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

/// Whether a spreadsheet could take a cell for a formula. Some skip what they don't show before it.
fn is_formula(text: &str) -> bool {
    let skipped =
        |c: char| c == '\'' || c.is_whitespace() || c.is_control() || INVISIBLE.contains(&c);
    text.starts_with(CONTROL) || text.trim_start_matches(skipped).starts_with(FORMULA)
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
