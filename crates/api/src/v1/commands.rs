//! Many commands in one request: a command a line in, an answer a line out, while it goes on.

mod lines;

use std::pin::pin;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::CustomerId;
use domain::customer::Command;
use futures::{Stream, StreamExt as _, stream};
use http::body::require_type;
use http::commands::{CommandRequest, Shown, empty_object, read_command, request_hash, submission};
use http::context::Context;
use http::extract::NoParameters;
use http::headers::idempotency_key_from;
use http::ids::new_id;
use http::limits::{InFlight, counted};
use http::read_audit::Reader;
use http::{App, Problem, encoding, reference};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use store::{Answer, Expected, Idempotency, Pending, Reference};
use tokio::sync::{OwnedRwLockReadGuard, RwLock, mpsc};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use self::lines::{Received, lines};
use super::command_request::AnswerForm;

/// Lines that may be executed at a time.
const UNDER_WAY_MAX: usize = 256;
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
    /// Who acts, instead of the header `X-Actor`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256))]
    actor: Option<String>,
    /// Why, instead of the header `X-Reason`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
}

/// `POST /v1/commands`
///
/// The lines are executed while they arrive, whether or not their answers are read: answers wait in memory, up to
/// the bytes that the tenant may leave unread. So a client may send everything before it reads anything.
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
    // Present if the read audit records this route.
    let reader = request.extensions().get::<Reader>().cloned();
    let opened = app.limits.open(tenant)?;
    // The memory of a decoder counts as long as the body is read.
    let window = match encoding::window(request.extensions()) {
        0 => None,
        bytes => Some(app.limits.reserve_decoder(tenant, bytes).await?),
    };
    let lines = lines(request.into_body(), app.clone(), context.caller.clone());
    let answers = answers(lines, app, context, reader);
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut executing = JoinSet::new();
    let execute = async move {
        let _held = (opened, window);
        let mut answers = pin!(answers);
        while let Some(answer) = answers.next().await {
            if sender.send(answer).is_err() {
                break;
            }
        }
    };
    executing.spawn(execute.in_current_span());
    // If the client leaves, this is dropped, and so is what executes the lines.
    let sent = stream::unfold((receiver, executing), async |(mut receiver, mut executing)| {
        if let Some(answer) = receiver.recv().await {
            return Some((Ok(answer), (receiver, executing)));
        }
        // A panic must not look like the end.
        let error = executing.join_next().await?.err()?;
        Some((Err(error), (receiver, executing)))
    });
    let body = Body::from_stream(sent);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Executes lines and answers each.
fn answers(
    lines: impl Stream<Item = Received> + Send,
    app: App,
    context: Context,
    reader: Option<Reader>,
) -> impl Stream<Item = Bytes> + Send {
    let under_way = Arc::new(RwLock::new(()));
    let shown_by = (app.clone(), reader);
    lines
        .zip(stream::iter(1_u64..))
        // One after the other, so that the commands on one customer stay in order …
        .then(move |(Received { line, room }, nth)| {
            let (app, context, under_way) = (app.clone(), context.clone(), under_way.clone());
            async move {
                let request_id = context.request_id.clone();
                let queued = match line {
                    Ok(line) => queue(&app, context, nth, &line, under_way).await,
                    Err(problem) => Err(problem),
                };
                Executed { nth, request_id, queued, room }
            }
        })
        // … and answered in order, while later ones are under way.
        .map(move |executed| {
            let (app, reader) = shown_by.clone();
            answer(executed, app, reader)
        })
        .buffered(UNDER_WAY_MAX)
}

/// A line that is queued, and what its answer shows. As long as one is under way, the past may not be
/// all there.
struct Queued {
    pending: Pending,
    shown: Shown,
    under_way: OwnedRwLockReadGuard<()>,
    /// Who acts and why, as the line or else the header says.
    actor: Option<String>,
    reason: Option<String>,
}

/// A line that was executed, or refused.
struct Executed {
    nth: u64,
    request_id: String,
    queued: Result<Queued, Problem>,
    /// What the line and its answer take.
    room: Option<InFlight>,
}

/// Reads a line and queues what it asks for, as soon as there is room in the queue.
async fn queue(
    app: &App,
    mut context: Context,
    nth: u64,
    line: &Bytes,
    under_way: Arc<RwLock<()>>,
) -> Result<Queued, Problem> {
    let Line { command, customer, body, if_match, idempotency_key, actor, reason } =
        domain::json::read(domain::json::parse(line)?)?;
    for (name, text) in [("actor", &actor), ("reason", &reason)] {
        if let Some(text) = text {
            context.report(name, text)?;
        }
    }
    let [actor, reason] = ["actor", "reason"].map(|name| context.metadata.get(name).cloned());
    let command = read_command(&command, body)?;
    let reference = match (&command, customer) {
        (command, Some(customer)) => reference::of_command(command, &customer)?,
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
    let form = if registers { AnswerForm::REGISTRATION } else { AnswerForm::of(&command) };
    let commands = vec![command];
    let shown = Shown::of(&request.context.caller, &commands, request.dry_run);
    let render = form.render(&request.context);
    let submission = submission(app, request, reference, commands, render).await?;
    let pending = app.store.submit_patiently(submission).await?;
    Ok(Queued { pending, shown, under_way: under_way.read_owned().await, actor, reason })
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

/// The line that answers a line: its status and the body that its own path would have answered.
async fn answer(executed: Executed, app: App, reader: Option<Reader>) -> Bytes {
    let Executed { nth, request_id, queued, room } = executed;
    let answered = match queued {
        Ok(Queued { pending, shown, under_way, actor, reason }) => {
            let reader = reader.map(|reader| reader.acting_for(actor, reason));
            let answered = answered(&app, reader, pending, shown).await;
            drop(under_way);
            answered
        }
        Err(problem) => Err(problem),
    };
    let (status, replayed, body) = match answered {
        Ok(answer) => (answer.rendered.status, answer.replayed, answer.rendered.body),
        Err(problem) => {
            (problem.status().as_u16(), false, problem.of_request(&request_id).to_json())
        }
    };
    let replayed = if replayed { r#""replayed":true,"# } else { "" };
    let line = format!("{{\"line\":{nth},\"status\":{status},{replayed}\"answer\":{body}}}\n");
    match room {
        Some(room) => counted(line.into(), room),
        None => line.into(),
    }
}
