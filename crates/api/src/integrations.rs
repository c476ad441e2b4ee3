//! Who holds which id in another system.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;
use serde::Serialize;
use store::{IntegrationLink, LinkQuery, View};
use uuid::Uuid;

use crate::app::App;
use crate::at_least::AtLeast;
use crate::auth::Caller;
use crate::extract::Query;
use crate::lists::answer;
use crate::parameters::{Parameters, Part};
use crate::problem::Problem;

/// `GET /v1/integration-links`
pub(crate) async fn find_integration_links(
    State(app): State<App>,
    caller: Caller,
    at_least: AtLeast,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let list = parameters.list("/v1/integration-links");
    let Part { after, limit } = parameters.part(&app.store.cursors().await?, tenant, &list)?;
    let mut needed =
        |name| parameters.text(name)?.ok_or_else(|| Problem::parameter(name, "must be there"));
    let (provider_type, provider_entity_id) =
        (needed("provider_type")?, needed("provider_entity_id")?);
    parameters.finish()?;
    at_least.wait(&app, tenant, View::IntegrationLinks).await?;
    let asked = LinkQuery { provider_type, provider_entity_id, after, limit };
    let page = app.store.integration_links(tenant, &asked).await?;
    let customers = page.items.iter().map(|link| link.customer_id);
    answer(&app, tenant, &list, &page, customers, document).await
}

/// A time during which a customer held the id, as callers see it.
#[derive(Serialize)]
struct Document<'a> {
    customer_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_type: Option<&'a str>,
    from_version: i64,
    from: Timestamp,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

fn document(link: &IntegrationLink) -> String {
    let document = Document {
        customer_id: link.customer_id,
        entity_type: link.entity_type.as_deref(),
        from_version: link.from_version,
        from: link.from_time.into(),
        actor: &link.actor,
        until_version: link.until_version,
        until: link.until_time.map(Timestamp::from),
    };
    // A struct of texts and numbers always becomes JSON.
    serde_json::to_string(&document).unwrap_or_default()
}
