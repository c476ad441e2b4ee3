//! Metrics for Prometheus.

mod lag;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use http::App;
use store::Usage;
use tokio::sync::Mutex;

use self::lag::Lag;

/// How long a rendered text of metrics is used.
const SCRAPED_KEPT: Duration = Duration::from_secs(1);

/// The text of `/metrics` as it was rendered last, and when. Rendering takes time and memory, so all
/// who ask within a second get the same bytes.
#[derive(Clone)]
pub(crate) struct Scraped {
    app: App,
    lag: Arc<Lag>,
    last: Arc<Mutex<Option<(Instant, Bytes)>>>,
}

impl Scraped {
    /// Nothing rendered yet.
    pub(crate) fn new(app: App) -> Self {
        Self { app, lag: Arc::default(), last: Arc::default() }
    }

    async fn render(&self) -> Bytes {
        let app = &self.app;
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (requests, bytes) = app.limits.in_use();
        metrics::gauge!("dossier_commands_waiting").set(number(app.store.waiting()));
        metrics::gauge!("dossier_requests_under_way").set(number(requests));
        metrics::gauge!("dossier_unsent_bytes").set(number(bytes));
        for (kind, usage) in app.store.connections() {
            let Usage { used, idle, max, waiting } = usage;
            for (state, count) in [("used", used), ("idle", idle)] {
                metrics::gauge!("dossier_database_connections", "kind" => kind, "state" => state)
                    .set(number(count));
            }
            metrics::gauge!("dossier_database_connections_max", "kind" => kind).set(number(max));
            metrics::gauge!("dossier_database_connections_waiting", "kind" => kind)
                .set(number(waiting));
        }
        self.lag.measure(&app.store).await;
        (app.settings.metrics)().into()
    }
}

/// `GET /metrics`, in Prometheus's text format.
pub(crate) async fn get_metrics(State(scraped): State<Scraped>) -> Response {
    let mut last = scraped.last.lock().await;
    let kept = last.as_ref().filter(|(at, _)| at.elapsed() < SCRAPED_KEPT);
    let text = if let Some((_, text)) = kept {
        text.clone()
    } else {
        let text = scraped.render().await;
        *last = Some((Instant::now(), text.clone()));
        text
    };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
