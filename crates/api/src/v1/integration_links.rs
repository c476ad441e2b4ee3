//! Who holds which id in another system.

use axum::response::Response;
use domain::Timestamp;
use futures::FutureExt as _;
use http::at_least::AtLeast;
use http::extract::Query;
use http::list::{Item, List, ListItem as _, ListRequest, ReadPage, answer, shown};
use http::parameters::Parameters;
use http::{Problem, list_item};
use store::api_keys::Scope;
use store::{IntegrationLink, LinkQuery, View};
use uuid::Uuid;

/// `GET /v1/integration-links`
pub(crate) async fn find_integration_links(
    request: ListRequest,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let (app, tenant) = (&request.app, request.tenant());
    let name = parameters.list("/v1/integration-links");
    let part = parameters.part(&app.store.cursors().await?, tenant, &name)?;
    let mut needed =
        |name| parameters.filled(name)?.ok_or_else(|| Problem::parameter(name, "must be there"));
    let (provider_type, provider_entity_id) =
        (needed("provider_type")?, needed("provider_entity_id")?);
    parameters.finish()?;
    at_least.wait(app, tenant, View::IntegrationLinks).await?;
    let asked = LinkQuery { provider_type, provider_entity_id, after: None, limit: 0 };
    // Who held the id before is the past.
    let former = request.caller.may(Scope::Audit);
    let read: ReadPage = Box::new(move |store, after, limit| {
        let asked = LinkQuery { after, limit, ..asked.clone() };
        let page = async move {
            let mut page = store.integration_links(tenant, &asked).await?;
            page.items.retain(|link| former || link.until_version.is_none());
            Ok(shown(page, item))
        };
        page.boxed()
    });
    answer(request, List { name, columns: LinkItem::COLUMNS, about: None }, part, read).await
}

list_item! {
    /// A period in which a customer had an id in another system.
    #[schemars(rename = "IntegrationLink")]
    pub(crate) struct LinkItem<'a> {
        /// The customer.
        customer_id: Uuid,
        /// The customer's type in that system.
        #[serde(skip_serializing_if = "Option::is_none")]
        entity_type: Option<&'a str>,
        /// The customer's version that mapped the id.
        #[schemars(range(min = 1))]
        from_version: i64,
        /// When the mapping began.
        from: Timestamp,
        /// Who mapped the id.
        actor: &'a str,
        /// The customer's version that ended the mapping or mapped the id again. Absent while it lasts.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1))]
        until_version: Option<i64>,
        /// When the mapping ended. Absent while it lasts.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    }
}

fn item(link: &IntegrationLink) -> Item {
    let document = LinkItem {
        customer_id: link.customer_id,
        entity_type: link.entity_type.as_deref(),
        from_version: link.from_version,
        from: link.from_time.into(),
        actor: &link.actor,
        until_version: link.until_version,
        until: link.until_time.map(Timestamp::from),
    };
    // A struct of texts and numbers always becomes JSON.
    let document = serde_json::to_string(&document).unwrap_or_default();
    Item { document, customer: Some(link.customer_id) }
}
