//! A customer's children.

use axum::response::Response;
use futures::FutureExt as _;
use http::extract::{Path, Query};
use http::list::{List, ListRequest, ReadPage, answer, shown};
use http::parameters::Parameters;
use http::{Problem, reference};

use super::item;
use crate::columns::CUSTOMERS;

/// `GET /v1/customers/{ref}/children`
pub(crate) async fn list_children(
    request: ListRequest,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let parent = reference::id_of(app, tenant, &reference).await?;
    let name = parameters.list(&format!("/v1/customers/{parent}/children"));
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    parameters.finish()?;
    let read: ReadPage = Box::new(move |store, after, limit| {
        let after = after.map(|after| after.id);
        let page =
            async move { Ok(shown(store.children(tenant, parent, after, limit).await?, item)) };
        page.boxed()
    });
    answer(request, List { name, columns: CUSTOMERS, about: None }, part, read).await
}
