//! What operators and their machines ask.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::StoreError;
use tokio::sync::Mutex;

use crate::app::App;

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
    let text = format!("database: {database}\ninstance: {instance}\n");
    let retry = [(header::RETRY_AFTER, "1")];
    if ready { (status, text).into_response() } else { (status, retry, text).into_response() }
}

/// How long a rendered text of metrics is as good as new.
const SCRAPED_KEPT: Duration = Duration::from_secs(1);

/// The text of `/metrics` as it was rendered last, and when. Rendering takes time and memory, so everybody
/// who asks within a second gets the same bytes.
#[derive(Debug, Default)]
pub(crate) struct Scraped(Mutex<Option<(Instant, Bytes)>>);

/// `GET /metrics`, in Prometheus's text format.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let mut scraped = app.scraped.0.lock().await;
    let kept = scraped.as_ref().filter(|(at, _)| at.elapsed() < SCRAPED_KEPT);
    let text = if let Some((_, text)) = kept {
        text.clone()
    } else {
        let text = render(&app).await;
        *scraped = Some((Instant::now(), text.clone()));
        text
    };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

async fn render(app: &App) -> Bytes {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (requests, bytes) = app.limits.in_use();
    metrics::gauge!("dossier_commands_waiting").set(number(app.store.waiting()));
    metrics::gauge!("dossier_requests_under_way").set(number(requests));
    metrics::gauge!("dossier_unsent_bytes").set(number(bytes));
    app.lag.measure(&app.store).await;
    (app.settings.metrics)().into()
}
