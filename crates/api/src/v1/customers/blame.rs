//! Why each field of a customer is what it is.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use http::auth::Caller;
use http::extract::{Path, Query};
use http::headers::unless_known;
use http::parameters::Parameters;
use http::read_audit::shows;
use http::{App, Problem};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{Partition, SetField};
use uuid::Uuid;

use super::changes::By;
use super::find;

/// `GET /v1/customers/{ref}/blame`
pub(crate) async fn get_blame(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let customer = find(&app, &caller, &reference, &mut parameters).await?;
    let blame = async {
        let set = app.store.blame(tenant, &customer).await?.ok_or_else(Problem::not_yet)?;
        let fields = set.iter().map(|set| Field::of(tenant.partition, set)).collect();
        let blame = Blame { customer_id: customer.id, version: customer.version, fields };
        Ok(axum::Json(blame).into_response())
    };
    Ok(shows(unless_known(&headers, customer.version, blame).await?, [customer.id]))
}

/// All fields of a customer, each with the event that set it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Blame<'a> {
    /// The customer.
    customer_id: Uuid,
    /// The customer's version.
    #[schemars(range(min = 1))]
    version: i64,
    /// The fields, in the order of the document.
    fields: Vec<Field<'a>>,
}

/// A field, its value, and the event that set it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BlamedField")]
struct Field<'a> {
    /// The field: a JSON pointer into the customer.
    field: &'a str,
    /// The value, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a Value>,
    #[serde(flatten)]
    by: By<'a>,
}

impl<'a> Field<'a> {
    fn of(partition: Partition, set: &'a SetField) -> Self {
        let SetField { field, value, cause } = set;
        Self { field, value: value.as_ref(), by: By::of(partition, cause) }
    }
}
