//! Lists of customers, by the query or by a body.

use axum::extract::State;
use axum::response::Response;
use http::auth::Caller;
use http::extract::Query;
use http::parameters::Parameters;
use http::{App, Problem};
use serde_json::{Map, Value, json};
use store::{Current, CustomerSearch, FoundCustomers, StoreError, TenantRef, View};

use super::conditions::{self, Asked};
use super::documents::{Expand, customer};
use crate::reading;
use crate::vendor_request::VendorRequest;

/// `POST /v1/customers/search`
pub(super) async fn search(
    State(app): State<App>,
    caller: Caller,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    find(&app, caller.tenant(), &sent.body).await
}

/// `GET /v1/customers`
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(mut parameters): Query<Parameters>,
) -> Result<Response, Problem> {
    find(&app, caller.tenant(), &in_a_body(&mut parameters)?).await
}

/// What a query asks, as a body would say it.
fn in_a_body(parameters: &mut Parameters) -> Result<Map<String, Value>, Problem> {
    let mut body = Map::new();
    for name in ["external_id", "email", "status", "start_time", "end_time", "order", "expand"] {
        body.extend(parameters.text(name)?.map(|text| (name.to_owned(), json!(text))));
    }
    for name in ["customer_ids", "external_ids", "parent_customer_ids"] {
        let lists = parameters.texts(name)?;
        let each: Vec<_> = lists.iter().flat_map(|list| list.split(',')).collect();
        body.insert(name.to_owned(), json!(each));
    }
    for name in ["limit", "offset"] {
        let text = parameters.text(name)?;
        let number =
            text.map(|text| text.parse::<u64>().map_or(json!(text), |number| json!(number)));
        body.extend(number.map(|number| (name.to_owned(), number)));
    }
    if let Some(field) = parameters.text("sort")? {
        let direction = body.get("order").cloned().unwrap_or(json!("desc"));
        body.insert("sort".to_owned(), json!([{"field": field, "direction": direction}]));
    }
    Ok(body)
}

async fn find(
    app: &App,
    tenant: TenantRef,
    body: &Map<String, Value>,
) -> Result<Response, Problem> {
    let Asked { search, expand } = conditions::read(tenant, body).map_err(Problem::from)?;
    reading::settled(app, tenant, View::CustomerList).await?;
    let found = app.store.search_customers(tenant, &search).await?;
    if found.cut {
        // Clients go on at their own offset and would skip what a page that ends early leaves out.
        return Err(Problem::page_too_large(found.items.len()));
    }
    let customers: Vec<_> = found.items.iter().map(|customer| customer.id).collect();
    let body = app.rendering.run(move || written(tenant, &search, &found, expand)).await??;
    Ok(reading::shown_text(body, customers))
}

/// The page as FlexPrice writes it.
fn written(
    tenant: TenantRef,
    search: &CustomerSearch,
    found: &FoundCustomers,
    expand: Expand,
) -> Result<String, StoreError> {
    let documents = found.items.iter().map(Current::to_value).collect::<Result<Vec<_>, _>>()?;
    let items: Vec<_> =
        documents.iter().map(|document| customer(tenant, document, expand)).collect();
    let page = json!({"items": items, "pagination": {
        "total": found.total,
        "limit": search.limit,
        // Where the next page begins, whether or not there is one.
        "offset": u64::from(search.offset).saturating_add(search.limit.into()),
    }});
    Ok(page.to_string())
}
