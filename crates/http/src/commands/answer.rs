//! How outcomes of commands are answered.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::SecondsFormat;
use serde::Deserialize;
use store::{Answer, Committed, Current, Outcome, Partition, Refused, Render, Rendered};

use crate::headers::{etag, insert};
use crate::position::{POSITION, token};
use crate::problem::Problem;

/// Present on an answer that was kept from an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The status of an answer to commands that happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Success {
    /// 200.
    Done,
    /// 201.
    Created,
    /// 201 if the first event is a customer's first, else 200.
    CreatedIfNew,
}

impl Success {
    fn status(self, committed: &Committed) -> StatusCode {
        let first = committed.events.first().is_some_and(|event| event.sequence == 1);
        match self {
            Self::Created => StatusCode::CREATED,
            // What a dry run shows isn't there to be found.
            Self::CreatedIfNew if first && !committed.dry_run => StatusCode::CREATED,
            Self::Done | Self::CreatedIfNew => StatusCode::OK,
        }
    }
}

/// Makes the answers of one request: what happened with the status of `success`, refusals as problems. Those of
/// `several` commands say which one was refused.
pub fn render(request_id: String, success: Success, several: bool) -> Render {
    Box::new(move |outcome| match outcome {
        Outcome::Committed(committed) => Rendered {
            status: success.status(committed).as_u16(),
            // What would be has no version or position yet.
            version: Some(committed.version).filter(|_| !committed.dry_run),
            position: Some(committed.position).filter(|_| !committed.dry_run),
            body: body(committed),
        },
        Outcome::Refused(refused) => {
            let command = match refused {
                Refused::Customer { command, .. }
                | Refused::Tenant { command, .. }
                | Refused::ChangedSince { command, .. } => Some(*command).filter(|_| several),
                Refused::Unknown
                | Refused::Unattributed(_)
                | Refused::VersionMismatch { .. }
                | Refused::KeyReused
                | Refused::TooLarge { .. } => None,
            };
            let problem = Problem::from(refused.clone()).of_request(&request_id);
            let problem = command.into_iter().fold(problem, Problem::of_command);
            Rendered {
                status: problem.status().as_u16(),
                version: None,
                position: None,
                body: problem.to_json(),
            }
        }
    })
}

/// The body of a success. The events' payloads are JSON already and are passed through.
fn body(committed: &Committed) -> String {
    let Committed { id, version, partition, position, events, dry_run, current } = committed;
    let position = token(*partition, *position);
    let mut body =
        format!(r#"{{"id":"{id}","version":{version},"position":"{position}","events":["#);
    for (nth, event) in events.iter().enumerate() {
        let comma = if nth == 0 { "" } else { "," };
        // Writing to a string can't fail.
        let _ = write!(
            body,
            r#"{comma}{{"version":{},"position":"{}","recorded_at":"{}","event":{}}}"#,
            event.sequence,
            token(*partition, event.position),
            event.recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            event.payload,
        );
    }
    body.push(']');
    if *dry_run {
        let state = current.as_ref().map_or_else(|| "null".to_owned(), Current::document);
        let _ = write!(body, r#","dry_run":true,"state":{state}"#);
    }
    body.push('}');
    body
}

/// The response that carries an answer to the commands of `partition`.
pub(super) fn response(partition: Partition, answer: Answer) -> Response {
    let Answer { rendered, replayed, .. } = answer;
    let status = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    let content_type =
        if status.is_success() { "application/json" } else { "application/problem+json" };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if status == StatusCode::CREATED
        && let Some(location) = location(&rendered.body)
    {
        headers.insert(header::LOCATION, location);
    }
    insert(&mut headers, header::ETAG, rendered.version.map(etag));
    insert(&mut headers, POSITION, rendered.position.map(|position| token(partition, position)));
    insert(&mut headers, REPLAYED, replayed.then(|| "true".to_owned()));
    (status, headers, rendered.body).into_response()
}

/// Where to read what was made.
fn location(body: &str) -> Option<HeaderValue> {
    #[derive(Deserialize)]
    struct Made {
        id: uuid::Uuid,
    }
    let Made { id } = serde_json::from_str(body).ok()?;
    HeaderValue::try_from(format!("/v1/customers/{id}")).ok()
}
