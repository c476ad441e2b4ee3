//! What lists consist of.

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use store::{Page, TenantRef};
use uuid::Uuid;

use crate::headers::insert;
use crate::position::{POSITION, token};

/// An item as it is shown.
pub struct Item {
    /// A JSON object.
    pub document: String,
    /// The customer that it shows.
    pub customer: Option<Uuid>,
}

impl Item {
    /// A part of the customer that the whole list is about.
    pub fn of_part(part: &impl Serialize) -> Self {
        // A record of texts and numbers always becomes JSON.
        Self { document: serde_json::to_string(part).unwrap_or_default(), customer: None }
    }
}

/// A page of items as they are shown.
pub fn shown<T>(page: Page<T>, show: impl Fn(&T) -> Item) -> Page<Item> {
    Page { items: page.items.iter().map(show).collect(), next: page.next, position: page.position }
}

/// The headers of an answer that is, or begins with, a page of a list.
pub(super) fn headers(
    tenant: TenantRef,
    page: &Page<Item>,
    content_type: &'static str,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let position = page.position.map(|position| token(tenant.partition, position));
    insert(&mut headers, POSITION, position);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers
}
