//! Customers: create, look at, rename, configure, archive.

use axum::extract::State;
use axum::response::Response;
use domain::CustomerId;
use serde_json::{Value, json};
use store::Reference;

use super::tables::{CUSTOMER, DETAIL};
use crate::app::App;
use crate::auth::Caller;
use crate::commands::new_id;
use crate::compat::members::{self, show};
use crate::compat::submit::{Told, submit};
use crate::compat::{Sent, find, shown};
use crate::extract::Path;
use crate::problem::Problem;

/// `POST /v1/customers`
pub(super) async fn create(State(app): State<App>, sent: Sent) -> Result<Response, Problem> {
    let commands = sent.registration(CUSTOMER)?;
    let reference = Reference::Id(CustomerId(new_id()));
    submit(&app, sent.surface, sent.order, reference, commands, |document, _| {
        Ok(Told::ok(json!({"data": show(CUSTOMER, document)})))
    })
    .await
}

/// `GET /v1/customers/{id}`
pub(super) async fn retrieve(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = members::read_id("", &id).ok_or_else(Problem::unknown_customer)?;
    let (id, document) = find(&app, caller.tenant(), &Reference::Id(CustomerId(id))).await?;
    Ok(shown(&json!({"data": detail(&document)}), [id]))
}

fn detail(document: &Value) -> Value {
    let mut detail = show(CUSTOMER, document);
    detail.append(&mut show(DETAIL, document));
    detail.into()
}
