//! Who read what.

use axum::response::Response;
use domain::{CustomerId, Timestamp};
use futures::FutureExt as _;
use http::extract::Query;
use http::list::{self, Item, List, ListItem as _, ListRequest, answer, shown};
use http::parameters::{Parameters, between};
use http::{Problem, list_item, reference};
use store::{ReadAuditEntry, ReadQuery};
use uuid::Uuid;

/// `GET /v1/audit/reads`
pub(crate) async fn list_reads(
    request: ListRequest,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let name = parameters.list("/v1/audit/reads");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let api_key = parameters.filled("api_key")?;
    let read = between(&mut parameters, ["after", "before"])?;
    let customer = parameters.filled("customer")?;
    parameters.finish()?;
    let customer: Option<CustomerId> = match customer {
        Some(customer) => Some(reference::id_of(app, tenant, &customer).await?),
        None => None,
    };
    let asked = ReadQuery { api_key, customer, read, after: None, limit: 0 };
    let read: list::ReadPage = Box::new(move |store, after, limit| {
        let asked = ReadQuery { after, limit, ..asked.clone() };
        let page = async move { Ok(shown(store.reads(tenant, &asked).await?, item)) };
        page.boxed()
    });
    answer(request, List { name, columns: ReadItem::COLUMNS, about: None }, part, read).await
}

list_item! {
    /// A read of personal data.
    #[schemars(rename = "Read")]
    pub(crate) struct ReadItem<'a> {
        /// The id of the record.
        id: Uuid,
        /// When it was recorded, just before the answer was sent.
        read_at: Timestamp,
        /// The id of the API key.
        api_key: &'a str,
        /// The key's name.
        #[serde(skip_serializing_if = "Option::is_none")]
        api_key_name: Option<&'a str>,
        /// Who: `X-Actor`, as the caller claimed.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<&'a str>,
        /// The reason: `X-Reason`.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// The path as in this document.
        route: &'a str,
        /// The request's id. Absent if the record stands for all such reads of the hour that it begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<&'a str>,
        /// The customers that the answer showed.
        #[schemars(with = "Vec<Uuid>")]
        customers: &'a [Uuid],
    }
}

fn item(read: &ReadAuditEntry) -> Item {
    let document = ReadItem {
        id: read.id,
        read_at: read.read_at.into(),
        api_key: &read.api_key,
        api_key_name: read.api_key_name.as_deref(),
        actor: read.actor.as_deref(),
        reason: read.reason.as_deref(),
        route: &read.route,
        request_id: Some(&*read.request_id).filter(|id| !id.is_empty()),
        customers: &read.customers,
    };
    // A struct of texts and lists always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: None }
}
