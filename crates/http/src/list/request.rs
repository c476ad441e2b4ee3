//! Requests for lists.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures::future::BoxFuture;
use store::{After, Page, Store, TenantRef};
use uuid::Uuid;

use super::declare::Columns;
use super::item::Item;
use crate::accept::Format;
use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::read_audit::Reader;

/// Who asks for a list, and in which format.
pub struct ListRequest {
    /// The service's state.
    pub app: App,
    /// Who asks.
    pub caller: Caller,
    /// There when the read audit gets what is shown.
    pub reader: Option<Reader>,
    /// The format of the answer.
    pub format: Format,
}

impl ListRequest {
    /// The tenant whose list it is.
    pub fn tenant(&self) -> TenantRef {
        self.caller.tenant()
    }
}

impl FromRequestParts<App> for ListRequest {
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
pub struct List {
    /// What its cursors are good for: its path, with all filters and the order.
    pub name: String,
    /// The columns of its items.
    pub columns: Columns,
    /// The customer of the whole list. The read audit names it for an empty page, too.
    pub about: Option<Uuid>,
}

/// Reads the page behind a place in a list, with so many items at most.
pub type ReadPage = Box<
    dyn Fn(Store, Option<After>, u16) -> BoxFuture<'static, Result<Page<Item>, Problem>>
        + Send
        + Sync,
>;

impl List {
    /// The customers that a page of it shows.
    pub fn shown(&self, page: &Page<Item>) -> impl Iterator<Item = Uuid> {
        self.about.into_iter().chain(page.items.iter().filter_map(|item| item.customer))
    }
}
