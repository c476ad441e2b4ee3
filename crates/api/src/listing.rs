//! How lists are asked for and answered: a page as JSON, or the whole list in another format.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures::future::BoxFuture;
use store::{After, Page, Store, TenantRef};
use uuid::Uuid;

use crate::accept::Format;
use crate::answer::{POSITION, insert, token};
use crate::app::App;
use crate::auth::Caller;
use crate::export;
use crate::parameters::Part;
use crate::problem::Problem;
use crate::reads::{Reader, shows};

/// Who asks for a list, and in which format.
pub(crate) struct Asking {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    /// There when what is shown is noted.
    pub(crate) reader: Option<Reader>,
    pub(crate) format: Format,
}

impl Asking {
    pub(crate) fn tenant(&self) -> TenantRef {
        self.caller.tenant()
    }
}

impl FromRequestParts<App> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self {
            app: app.clone(),
            caller: Caller::from_request_parts(parts, app).await?,
            reader: parts.extensions.get().cloned(),
            format: Format::of(&parts.headers)?,
        })
    }
}

/// What all pages of a list have in common.
pub(crate) struct List {
    /// What its cursors are good for: its path, with all filters and the order.
    pub(crate) name: String,
    /// The members of its items, in their order as columns.
    pub(crate) columns: &'static [&'static str],
    /// The customer that all of it is about, whom an empty page shows, too.
    pub(crate) about: Option<Uuid>,
}

/// An item as it is shown.
pub(crate) struct Item {
    /// A JSON object.
    pub(crate) document: String,
    /// The customer that it shows.
    pub(crate) customer: Option<Uuid>,
}

/// Reads the page behind a place in a list, with so many items at most.
pub(crate) type Read = Box<
    dyn Fn(Store, Option<After>, u16) -> BoxFuture<'static, Result<Page<Item>, Problem>>
        + Send
        + Sync,
>;

impl List {
    /// The customers that a page of it shows.
    pub(crate) fn shown(&self, page: &Page<Item>) -> impl Iterator<Item = Uuid> {
        self.about.into_iter().chain(page.items.iter().filter_map(|item| item.customer))
    }
}

/// A page of items as they are shown.
pub(crate) fn shown<T>(page: Page<T>, show: impl Fn(&T) -> Item) -> Page<Item> {
    Page { items: page.items.iter().map(show).collect(), next: page.next, position: page.position }
}

/// The headers of an answer that is, or begins with, a page of a list.
pub(crate) fn headers(
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

/// The answer with a list, or with a part of it.
pub(crate) async fn answer(
    asking: Asking,
    list: List,
    part: Part,
    read: Read,
) -> Result<Response, Problem> {
    if asking.format != Format::Json {
        return export::answer(asking, list, part, read).await;
    }
    let limit = part.page_limit();
    let page = read(asking.app.store.clone(), part.after, limit).await?;
    answer_page(&asking.app, asking.tenant(), &list, &page).await
}

/// The answer with a page of a list as JSON.
pub(crate) async fn answer_page(
    app: &App,
    tenant: TenantRef,
    list: &List,
    page: &Page<Item>,
) -> Result<Response, Problem> {
    let mut body = String::from(r#"{"items":["#);
    for (nth, item) in page.items.iter().enumerate() {
        if nth > 0 {
            body.push(',');
        }
        body.push_str(&item.document);
    }
    body.push(']');
    if let Some(next) = &page.next {
        let cursor = app.store.cursors().await?.seal(tenant.id, &list.name, next);
        body.push_str(r#","next_cursor":""#);
        body.push_str(&cursor);
        body.push('"');
    }
    body.push('}');
    let headers = headers(tenant, page, Format::Json.media_type());
    Ok(shows((headers, body).into_response(), list.shown(page)))
}
