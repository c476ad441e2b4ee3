//! The answer with a list: a page as JSON, or the whole list in another format.

use axum::response::{IntoResponse as _, Response};
use store::{Page, TenantRef};

use super::export;
use super::item::{Item, headers};
use super::request::{List, ListRequest, ReadPage};
use crate::accept::Format;
use crate::app::App;
use crate::parameters::Part;
use crate::problem::Problem;
use crate::read_audit::shows;

/// The answer with a list, or with a part of it.
pub async fn answer(
    request: ListRequest,
    list: List,
    part: Part,
    read: ReadPage,
) -> Result<Response, Problem> {
    if request.format != Format::Json {
        return export::answer(request, list, part, read).await;
    }
    let limit = part.page_limit();
    let page = read(request.app.store.clone(), part.after, limit).await?;
    answer_page(&request.app, request.tenant(), &list, &page).await
}

/// The answer with a page of a list as JSON.
pub async fn answer_page(
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
