//! Customers: create, look at, update, bill.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::CustomerId;
use http::auth::Caller;
use http::extract::Path;
use http::ids::new_id;
use http::{App, Problem};
use serde_json::{Value, json};
use store::Reference;

use super::tables::{BILLING, CUSTOMER};
use crate::ids;
use crate::ids::read_id;
use crate::members::{Member, show};
use crate::reading::{find, shown};
use crate::submit::{VendorResponse, submit_by};
use crate::vendor_request::VendorRequest;

/// `POST /customers`
pub(super) async fn create(
    State(app): State<App>,
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    let _entered = sent.enter(&app)?;
    users_by_id(&mut sent);
    let (commands, shown) = (sent.registration(CUSTOMER)?, sent.shows(CUSTOMER)?);
    let reference = Reference::Id(CustomerId(new_id()));
    let by = (sent.surface, CUSTOMER);
    submit_by(&app, by, sent.request, reference, commands, shown, |document, _| {
        Ok(VendorResponse { status: StatusCode::CREATED, body: Some(customer(document)) })
    })
    .await
}

/// `GET /customers/{id}`
pub(super) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (id, document) = find(&app, caller.tenant(), &reference(&id)?).await?;
    Ok(shown(&customer(&document), [id]))
}

/// `PUT /customers/{id}` and `PATCH /customers/{id}`
pub(super) async fn update(
    State(app): State<App>,
    Path(id): Path<String>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    change(&app, &id, CUSTOMER, sent).await
}

/// `PUT /customers/{id}/billing`
pub(super) async fn update_billing(
    State(app): State<App>,
    Path(id): Path<String>,
    sent: VendorRequest,
) -> Result<Response, Problem> {
    change(&app, &id, BILLING, sent).await
}

async fn change(
    app: &App,
    id: &str,
    table: &'static [Member],
    mut sent: VendorRequest,
) -> Result<Response, Problem> {
    let _entered = sent.enter(app)?;
    users_by_id(&mut sent);
    let reference = reference(id)?;
    let (commands, shown) = (sent.changes(table)?, sent.shows(table)?);
    let by = (sent.surface, table);
    submit_by(app, by, sent.request, reference, commands, shown, |document, _| {
        Ok(VendorResponse::ok(customer(document)))
    })
    .await
}

/// Takes an id in the list of users, as the documentation has them in requests, for the user with that id.
fn users_by_id(sent: &mut VendorRequest) {
    let users = sent.body.get_mut("users").and_then(Value::as_array_mut);
    for user in users.into_iter().flatten().filter(|user| user.is_string()) {
        *user = json!({"userId": user.take()});
    }
}

/// The customer with this id. What can't be an id is nobody's.
pub(super) fn reference(id: &str) -> Result<Reference, Problem> {
    let id = read_id("", id).ok_or_else(Problem::unknown_customer)?;
    Ok(Reference::Id(CustomerId(id)))
}

/// The customer as Connect shows it: with an id to spell, and with the user to talk to.
fn customer(document: &Value) -> Value {
    let mut shown = show(CUSTOMER, document);
    let id = shown.get("customerId").and_then(Value::as_str).and_then(|id| read_id("", id));
    if let Some(spelled) = shown.get_mut("humanReadableId").filter(|spelled| spelled.is_null()) {
        *spelled = id.map(ids::spell).into();
    }
    let users = shown.get("users").and_then(Value::as_array).into_iter().flatten();
    let mut wanted = users.filter(|user| user.get("userId") == shown.get("contactPersonUserId"));
    let person = wanted.next().cloned().unwrap_or_default();
    shown.insert("contactPerson".to_owned(), person);
    shown.into()
}
