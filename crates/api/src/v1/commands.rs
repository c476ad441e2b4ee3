//! Many commands in one request: a command a line in, an answer a line out, while it goes on.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use domain::CustomerId;
use domain::customer::Command;
use futures::{Stream, StreamExt as _, stream};
use http::auth::Caller;
use http::body::{in_time, require_type};
use http::commands::{CommandRequest, Shown, empty_object, read_command, request_hash, submission};
use http::context::Context;
use http::extract::NoParameters;
use http::headers::idempotency_key_from;
use http::ids::new_id;
use http::limits::{InFlight, counted};
use http::problem::Code;
use http::read_audit::Reader;
use http::{App, Problem, Settings, reference};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use store::{Answer, Expected, Idempotency, Pending, Reference};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use super::command_request::AnswerForm;

/// Lines that may be under way at a time: what bounds the memory of a request, however long.
const UNDER_WAY_MAX: usize = 256;
/// What an answer takes besides what the line itself said, about.
const ANSWER_BYTES: usize = 1024;
/// Headers that say something of one command; here each line says it for itself.
const IN_LINES: [&str; 3] = ["idempotency-key", "if-match", "if-none-match"];

/// One line: a command on some customer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// The command's name, as in its own path.
    command: String,
    /// The customer, as in a path: an id, `external:…` or `alias:…`. Absent for `register-customer`.
    #[serde(default)]
    customer: Option<String>,
    /// The command's body.
    #[serde(default = "empty_object")]
    body: Value,
    /// Only if the customer is still at this version.
    #[serde(default)]
    if_match: Option<i64>,
    /// A key under which this line happens once, as the header `Idempotency-Key` on other paths.
    #[serde(default)]
    idempotency_key: Option<String>,
}

/// `POST /v1/commands`
pub(crate) async fn send_lines(
    State(app): State<App>,
    context: Context,
    _: NoParameters,
    request: Request,
) -> Result<Response, Problem> {
    require_type(request.headers(), &["application/x-ndjson", "application/ndjson"])?;
    if let Some(name) = IN_LINES.into_iter().find(|name| request.headers().contains_key(*name)) {
        return Err(Problem::header(name, "does not apply here: each line has its own"));
    }
    let tenant = context.caller.tenant().id;
    // There when what is shown is recorded.
    let reader = request.extensions().get::<Reader>().cloned();
    let opened = app.limits.open(tenant)?;
    let lines = lines(request.into_body(), app.settings);
    let under_way = Arc::new(RwLock::new(()));
    let shown_by = (app.clone(), reader);
    let answers = while_accepted(lines, app.clone(), context.caller.clone())
        .zip(stream::iter(1_u64..))
        // One after the other, so that the commands on one customer stay in order …
        .then(move |(line, nth)| {
            let (app, context, under_way) = (app.clone(), context.clone(), under_way.clone());
            async move {
                let queued = match line {
                    Ok(line) => queue(&app, context.clone(), nth, &line, under_way).await,
                    Err(problem) => Err(problem),
                };
                (nth, context.request_id, queued)
            }
        })
        // … and answered in order, while later ones are under way.
        .map(move |(nth, request_id, queued)| {
            // Open for as long as answers are made.
            let _open = &opened;
            let (app, reader) = shown_by.clone();
            let answer = answer(nth, request_id, queued, app, reader);
            async move { Ok::<_, std::convert::Infallible>(answer.await) }
        })
        .buffered(UNDER_WAY_MAX);
    let body = Body::from_stream(answers);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// A line that is queued, and what its answer shows. As long as one is under way, the past may not be
/// all there.
struct Queued {
    pending: Pending,
    shown: Shown,
    under_way: OwnedRwLockReadGuard<()>,
    /// What the line and its answer take.
    reserved: InFlight,
}

/// Reads a line and queues what it asks for, as soon as there is room: in the queue, and among the bytes
/// that the tenant may leave unread.
async fn queue(
    app: &App,
    mut context: Context,
    nth: u64,
    line: &Bytes,
    under_way: Arc<RwLock<()>>,
) -> Result<Queued, Problem> {
    let bytes = line.len().saturating_mul(2).saturating_add(ANSWER_BYTES);
    let reserved = app.limits.reserve(context.caller.tenant().id, bytes).await?;
    let Line { command, customer, body, if_match, idempotency_key } =
        domain::json::read(domain::json::parse(line)?)?;
    let command = read_command(&command, body)?;
    let reference = match (&command, customer) {
        (_, Some(customer)) => reference::read(&customer)?,
        (Command::RegisterCustomer(register), None) => {
            Reference::Id(register.id.unwrap_or_else(|| CustomerId(new_id())))
        }
        (_, None) => return Err(Problem::unknown_customer()),
    };
    let idempotency = match idempotency_key {
        Some(key) => Some(Idempotency {
            key: idempotency_key_from("idempotency_key", &key)?,
            request_hash: request_hash(&["POST", "/v1/commands"], line),
        }),
        None => None,
    };
    if command.past_version().is_some() {
        // It reads what the lines before it did, so they come to their end first.
        drop(under_way.write().await);
    }
    context.metadata.insert("line".to_owned(), nth.to_string());
    let expected = if_match.map_or(Expected::Any, Expected::Version);
    let request = CommandRequest { context, expected, idempotency, dry_run: false };
    let registers = matches!(command, Command::RegisterCustomer(_));
    let form = if registers { AnswerForm::REGISTRATION } else { AnswerForm::ONE };
    let commands = vec![command];
    let shown = Shown::of(&request.context.caller, &commands, request.dry_run);
    let render = form.render(&request.context);
    let submission = submission(app, request, reference, commands, render).await?;
    let pending = app.store.submit_patiently(submission).await?;
    Ok(Queued { pending, shown, under_way: under_way.read_owned().await, reserved })
}

/// The lines for as long as the caller's key is accepted. The first after that is the last.
fn while_accepted(
    lines: impl Stream<Item = Result<Bytes, Problem>>,
    app: App,
    caller: Caller,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    let state = Some((Box::pin(lines), app, caller));
    stream::unfold(state, async |state| {
        let (mut lines, app, caller) = state?;
        let line = lines.next().await?;
        match app.keyring.still_accepts(&caller).await {
            Ok(true) => Some((line, Some((lines, app, caller)))),
            Ok(false) => Some((Err(Problem::unauthorized()), None)),
            Err(error) => Some((Err(Problem::of_store(&error)), Some((lines, app, caller)))),
        }
    })
}

/// The answer to a queued line, as far as the caller may see it, once it is recorded that it is shown.
async fn answered(
    app: &App,
    reader: Option<Reader>,
    pending: Pending,
    shown: Shown,
) -> Result<Answer, Problem> {
    let answer = shown.narrow(pending.answer().await?)?;
    if let (Some(reader), Some(customer)) = (reader, shown.customer(&answer)) {
        reader.record(app, [customer].into()).await?;
    }
    Ok(answer)
}

/// The line that answers line `nth`: its status and the body that its own path would have answered.
async fn answer(
    nth: u64,
    request_id: String,
    queued: Result<Queued, Problem>,
    app: App,
    reader: Option<Reader>,
) -> Bytes {
    let (answered, reserved) = match queued {
        Ok(Queued { pending, shown, under_way, reserved }) => {
            let answered = answered(&app, reader, pending, shown).await;
            drop(under_way);
            (answered, Some(reserved))
        }
        Err(problem) => (Err(problem), None),
    };
    let (status, replayed, body) = match answered {
        Ok(answer) => (answer.rendered.status, answer.replayed, answer.rendered.body),
        Err(problem) => {
            (problem.status().as_u16(), false, problem.of_request(&request_id).to_json())
        }
    };
    let replayed = if replayed { r#""replayed":true,"# } else { "" };
    let line = format!("{{\"line\":{nth},\"status\":{status},{replayed}\"answer\":{body}}}\n");
    match reserved {
        Some(reserved) => counted(line.into(), reserved),
        None => line.into(),
    }
}

/// The lines of a body, as they arrive. The first that can't be read is the last.
fn lines(body: Body, settings: Settings) -> impl Stream<Item = Result<Bytes, Problem>> {
    let state = Some((body.into_data_stream(), BytesMut::new(), false));
    stream::unfold(state, move |state| async move {
        let (mut chunks, mut buffer, mut ended) = state?;
        loop {
            if let Some(line) = take_line(&mut buffer, ended) {
                if line.len() > settings.body_bytes_max {
                    return Some((Err(Problem::body_too_large(settings.body_bytes_max)), None));
                }
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Some((Ok(line), Some((chunks, buffer, ended))));
            }
            if ended {
                return None;
            }
            if buffer.len() > settings.body_bytes_max {
                return Some((Err(Problem::body_too_large(settings.body_bytes_max)), None));
            }
            match in_time(settings.body_timeout, chunks.next()).await {
                Ok(Some(Ok(chunk))) => buffer.extend_from_slice(&chunk),
                Ok(None) => ended = true,
                Ok(Some(Err(_))) => {
                    let broken = "the body could not be read to its end";
                    return Some((Err(Problem::new(Code::MalformedBody, broken)), None));
                }
                Err(timeout) => return Some((Err(timeout), None)),
            }
        }
    })
}

/// The next whole line; at the end also one without its line feed.
fn take_line(buffer: &mut BytesMut, ended: bool) -> Option<Bytes> {
    match buffer.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let mut line = buffer.split_to(end.saturating_add(1)).freeze();
            line.truncate(end);
            Some(line)
        }
        None if ended && !buffer.is_empty() => Some(buffer.split().freeze()),
        None => None,
    }
}
