//! Exports: whole lists, as NDJSON or CSV.
//!
//! A list is read page by page. Each page is read after the client has taken the previous one; between two
//! pages only the position is held. The bytes of a page count as the tenant's from before it is read until it
//! is sent. An error can no longer change the status then, so the body breaks off, and the client sees
//! an incomplete answer.

use std::collections::BTreeSet;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use store::{After, PAGE_BYTES_MAX, Page, Store, StoreError};
use tracing::Instrument as _;
use uuid::Uuid;

use super::csv;
use super::item::{Item, headers};
use super::request::{List, ListRequest, ReadPage};
use crate::accept::Format;
use crate::limits::{Opened, counted};
use crate::parameters::{LIMIT_MAX, Part};
use crate::problem::Problem;
use crate::read_audit::shows;

/// Why a body ended before the list did. The failure itself is logged where it happened.
#[derive(Debug, thiserror::Error)]
#[error("the list can't be read to its end")]
struct BrokenOff;

impl From<Problem> for BrokenOff {
    fn from(_: Problem) -> Self {
        Self
    }
}

impl From<StoreError> for BrokenOff {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

/// A list that is being sent, and where it is.
struct Export {
    request: ListRequest,
    list: List,
    /// The columns of a table; none in other formats.
    columns: Vec<String>,
    read: ReadPage,
    store: Store,
    /// What is written and not sent yet.
    written: Option<Bytes>,
    /// Where the next page begins; nothing when there is none.
    after: Option<After>,
    /// Items that may still be sent; nothing when all may.
    left: Option<u16>,
    _opened: Opened,
}

/// The answer with the whole list, or as much of it as `part` asks for.
///
/// # Errors
///
/// A 429 when the tenant has as many streams open as it may; whatever the first page can't be read for.
pub(super) async fn answer(
    request: ListRequest,
    list: List,
    part: Part,
    read: ReadPage,
) -> Result<Response, Problem> {
    let (tenant, format) = (request.tenant(), request.format);
    let opened = request.app.limits.open(tenant.id)?;
    let store = request.app.store.for_exports();
    let Part { after, limit: left } = part;
    let (written, next) = (None, None);
    let columns = if format == Format::Csv { (list.columns)() } else { Vec::new() };
    let reserved = request.app.limits.reserve(tenant.id, PAGE_BYTES_MAX).await?;
    let mut export =
        Export { request, list, columns, read, store, written, after: next, left, _opened: opened };
    let page = export.page(after).await?;
    let shown = export.shown(&page);
    let mut text = if format == Format::Csv { csv::header(&export.columns)? } else { Vec::new() };
    text.extend(export.write(&page.items)?);
    export.written = Some(counted(text.into(), reserved));
    let headers = headers(tenant, &page, content_type(format));
    let span = tracing::Span::current();
    let parts = stream::try_unfold(export, move |export| export.next().instrument(span.clone()));
    Ok(shows((headers, Body::from_stream(parts)).into_response(), shown))
}

const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Json | Format::Ndjson => format.media_type(),
    }
}

impl Export {
    /// What is sent next; nothing at the end of the list.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, BrokenOff> {
        loop {
            if let Some(written) = self.written.take().filter(|written| !written.is_empty()) {
                return Ok(Some((written, self)));
            }
            let Some(after) = self.after.take() else { return Ok(None) };
            let ListRequest { app, caller, reader, .. } = &self.request;
            if app.is_stopping()
                || !app
                    .keyring
                    .still_accepts(caller)
                    .await
                    .map_err(|error| Problem::of_store(&error))?
            {
                return Err(BrokenOff);
            }
            let (app, reader) = (app.clone(), reader.clone());
            let reserved = app.limits.reserve(self.request.tenant().id, PAGE_BYTES_MAX).await?;
            let page = self.page(Some(after)).await?;
            if let Some(reader) = reader {
                reader.record(&app, self.shown(&page)).await?;
            }
            self.written = Some(counted(self.write(&page.items)?.into(), reserved));
        }
    }

    /// Reads a page, and goes on behind it next time.
    async fn page(&mut self, after: Option<After>) -> Result<Page<Item>, Problem> {
        let limit = self.left.unwrap_or(LIMIT_MAX);
        let page = (self.read)(self.store.clone(), after, limit).await?;
        let items = u16::try_from(page.items.len()).unwrap_or(u16::MAX);
        self.left = self.left.map(|left| left.saturating_sub(items));
        self.after = page.next.clone().filter(|_| self.left != Some(0));
        Ok(page)
    }

    fn shown(&self, page: &Page<Item>) -> BTreeSet<Uuid> {
        self.list.shown(page).collect()
    }

    fn write(&self, items: &[Item]) -> Result<Vec<u8>, StoreError> {
        match self.request.format {
            Format::Csv => csv::lines(&self.columns, items),
            Format::Json | Format::Ndjson => {
                let mut lines = Vec::new();
                for item in items {
                    // JSON has no line breaks.
                    lines.extend_from_slice(item.document.as_bytes());
                    lines.push(b'\n');
                }
                Ok(lines)
            }
        }
    }
}
