//! Sending a change, or trying it.

use axum::http::StatusCode;
use domain::CustomerId;
use domain::customer::{Customer, Disclosure};
use http::commands::{CommandRequest, Success, read_command, render, submission};
use http::context::Context;
use http::{App, Problem};
use serde::Deserialize;
use serde_json::Value;
use store::api_keys::Scope;
use store::{Current, Expected, Reference, StoreError};

use super::kind::Kind;
use crate::look::as_sentence;
use crate::words::fields;

/// A change that somebody wants.
pub(super) struct Wanted<'a> {
    pub(super) kind: Kind,
    /// The command's body.
    pub(super) body: &'a Value,
    /// Why.
    pub(super) reason: &'a str,
    /// The customer as the person saw it.
    pub(super) seen: &'a Current,
}

/// What became of it.
pub(super) enum Sent {
    /// It is done.
    Done,
    /// It would change nothing.
    Nothing,
    /// It was tried, and would make this of the customer.
    Would(Box<Customer>),
    /// It is refused, for a reason in words.
    Refused(String),
    /// Somebody else changed the customer first.
    Overtaken,
}

/// What an answer of a try says.
#[derive(Deserialize)]
struct Tried {
    #[serde(default)]
    events: Vec<serde::de::IgnoredAny>,
    state: Option<Box<Customer>>,
}

/// The problem in an answer.
#[derive(Deserialize)]
struct Refused {
    detail: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

#[derive(Deserialize)]
struct FieldError {
    pointer: String,
    detail: String,
}

impl Wanted<'_> {
    /// Sends it for the version that the person saw; or only tries it.
    ///
    /// # Errors
    ///
    /// The problem that a caller of the API would get.
    pub(super) async fn send(
        &self,
        app: &App,
        context: &Context,
        tries: bool,
    ) -> Result<Sent, Problem> {
        self.send_at(app, context, Expected::Version(self.seen.version), tries).await
    }

    /// The same for whatever version is expected.
    pub(super) async fn send_at(
        &self,
        app: &App,
        context: &Context,
        expected: Expected,
        tries: bool,
    ) -> Result<Sent, Problem> {
        let command = read_command(self.kind.name(), self.body.clone())?;
        // A try would show what the customer was.
        if command.discloses() == Disclosure::Past && !context.caller.may(Scope::Audit) {
            return Err(Problem::forbidden(&[Scope::Audit]));
        }
        let request = CommandRequest {
            context: context.clone(),
            expected,
            idempotency: None,
            dry_run: tries,
        };
        let render = render(context.request_id.clone(), Success::Done, false);
        let customer = Reference::Id(CustomerId(self.seen.id));
        let submitted = submission(app, request, customer, vec![command], render).await?;
        let answer = app.store.submit(submitted).await?;
        let status = StatusCode::from_u16(answer.rendered.status);
        match status {
            Ok(StatusCode::PRECONDITION_FAILED) => Ok(Sent::Overtaken),
            Ok(StatusCode::OK) if tries => {
                let answer_to_try: Tried =
                    serde_json::from_str(&answer.rendered.body).map_err(|error| {
                        StoreError::Unreadable { what: "an answer", source: error.into() }
                    })?;
                Ok(match answer_to_try.state {
                    Some(state) if !answer_to_try.events.is_empty() => Sent::Would(state),
                    Some(_) | None => Sent::Nothing,
                })
            }
            Ok(StatusCode::OK) => Ok(Sent::Done),
            Ok(_) | Err(_) => Ok(Sent::Refused(refused(self.kind, &answer.rendered.body))),
        }
    }
}

/// What is wrong, for a person.
pub(super) fn words(kind: Kind, problem: &Problem) -> String {
    refused(kind, &problem.to_json())
}

/// The problem that an answer carries, in words. Fields are called as in the customer's document.
fn refused(kind: Kind, problem: &str) -> String {
    let refused: Option<Refused> = serde_json::from_str(problem).ok();
    let Some(Refused { detail, errors }) = refused else {
        return "The change was refused.".to_owned();
    };
    let said = errors.into_iter().map(|error| {
        let pointer = error.pointer.trim_start_matches("/commands/0");
        let name = fields::name(&format!("{}{pointer}", kind.place()));
        as_sentence(&format!("{name} {}", error.detail))
    });
    let said: Vec<_> = said.collect();
    if said.is_empty() { as_sentence(&detail) } else { said.join(" ") }
}
