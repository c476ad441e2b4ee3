//! The proof that an event is in the log.

use axum::extract::State;
use axum::response::Response;
use http::auth::Caller;
use http::extract::{NoParameters, Path};
use http::read_audit::shows;
use http::{App, Problem, reference};

use crate::v1::log::{key, plain};

/// `GET /v1/customers/{ref}/events/{version}/proof`
pub(crate) async fn get_proof(
    State(app): State<App>,
    caller: Caller,
    Path((reference, version)): Path<(String, String)>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let customer = reference::id_of(&app, tenant, &reference).await?;
    let version = version.parse().map_err(|_| Problem::unknown_version())?;
    let key = key(&app)?;
    let proof = app.store.event_proof(tenant, customer, version).await?;
    Ok(shows(plain(proof.ok_or_else(Problem::unknown_version)?.text(key)), [customer.0]))
}
