//! Figures of read models as server-sent events, for pages that are open.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use http::extract::NoParameters;
use http::limits::Opened;
use http::{App, Problem};
use serde_json::json;

use super::figures::{self, ReadModel};
use crate::session::Session;

/// How often figures are sent while something is being built, and otherwise.
const BUSY: Duration = Duration::from_millis(500);
const QUIET: Duration = Duration::from_secs(3);

struct Stream {
    app: App,
    session: Session,
    pause: Duration,
    _opened: Opened,
}

/// `GET /console/operations/live`
pub(super) async fn follow(
    State(app): State<App>,
    session: Session,
    _: NoParameters,
) -> Result<Response, Problem> {
    let opened = app.limits.open(session.tenant().id)?;
    let stream = Stream { app, session, pause: Duration::ZERO, _opened: opened };
    let parts = stream::unfold(stream, async |mut stream| {
        let part = stream.next().await?;
        Some((Ok::<_, Infallible>(part), stream))
    });
    let types = [(header::CONTENT_TYPE, "text/event-stream")];
    Ok((types, Body::from_stream(parts)).into_response())
}

impl Stream {
    /// What is sent next; nothing when the stream ends: the service stops, the session has ended, its key is no
    /// longer accepted, or the database is away. The page asks again then, and gets the reason why it can't.
    async fn next(&mut self) -> Option<Bytes> {
        tokio::select! {
            () = tokio::time::sleep(self.pause) => {}
            () = self.app.stopped() => return None,
        }
        if self.app.is_stopping() || !self.may_go_on().await? {
            return None;
        }
        let models = ReadModel::all(&self.app).await.ok()?;
        let busy = models.iter().any(|model| model.building.is_some());
        self.pause = if busy { BUSY } else { QUIET };
        let mut texts = serde_json::Map::new();
        let mut values = serde_json::Map::new();
        for model in &models {
            let name = model.name;
            texts.insert(format!("{name}.lag"), model.lag().into());
            if let Some(building) = &model.building {
                texts.insert(format!("{name}.progress"), figures::progress(building).into());
                values.insert(format!("{name}.progress"), building.events_done.into());
            }
        }
        let figures = json!({ "state": figures::state(&models), "texts": texts, "values": values });
        let mut part = String::new();
        // Writing to a string can't fail. JSON has no line breaks.
        let _ = write!(part, "retry: 2000\ndata: {figures}\n\n");
        Some(part.into())
    }

    /// Whether the session lasts, and its key is accepted; nothing if that can't be asked.
    async fn may_go_on(&self) -> Option<bool> {
        let accepted = self.app.keyring.still_accepts(self.session.caller()).await.ok()?;
        Some(accepted && self.app.store.session_lasts(self.session.token().hash()).await.ok()?)
    }
}
