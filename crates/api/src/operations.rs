//! Whether the process runs, and whether it serves.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http::App;
use store::StoreError;

/// `GET /livez`: the process runs. Asks nobody else.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: whether requests should be sent here, and if not, why.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let database = match app.store.ready().await {
        Ok(()) => "ok".to_owned(),
        Err(StoreError::Unfit(why)) => why,
        Err(StoreError::Unavailable(outage)) => outage.cause().describe().to_owned(),
        Err(StoreError::Stopping) => "PostgreSQL can't be asked".to_owned(),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "the database refuses what requests need");
            "it refuses what requests need; the log says why".to_owned()
        }
    };
    let stopping = app.is_stopping();
    let ready = database == "ok" && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let instance = if stopping { "stopping" } else { "ok" };
    // A replica that is left out costs speed only: the database answers.
    let replica = app.store.replica().map(|replica| {
        let left_out = if replica.serves() { "" } else { "left out: " };
        format!("replica: {left_out}{}\n", replica.describe())
    });
    let replica = replica.unwrap_or_default();
    let text = format!("database: {database}\n{replica}instance: {instance}\n");
    let retry = [(header::RETRY_AFTER, "1")];
    if ready { (status, text).into_response() } else { (status, retry, text).into_response() }
}
