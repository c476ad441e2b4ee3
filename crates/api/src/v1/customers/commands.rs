//! One command on a customer, or several that happen together.

use axum::extract::State;
use axum::response::Response;
use domain::check::Violation;
use domain::customer::Command;
use http::commands::{empty_object, read_command};
use http::extract::Path;
use http::{App, Problem, reference};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::v1::command_request::{AnswerForm, JsonCommandRequest, send};

/// Commands that may happen together.
pub(crate) const TOGETHER_MAX: usize = 100;

/// `POST /v1/customers/{ref}/commands/{command}`
pub(crate) async fn send_command(
    State(app): State<App>,
    Path((reference, name)): Path<(String, String)>,
    JsonCommandRequest { request, body }: JsonCommandRequest,
) -> Result<Response, Problem> {
    let command = read_command(&name, body)?;
    let reference = reference::of_command(&command, &reference)?;
    let form = AnswerForm::of(&command);
    send(&app, request, reference, vec![command], form).await
}

/// Several commands on one customer. All of them happen, or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Together {
    /// 1 to 100 commands, in the order in which they are decided.
    #[schemars(length(min = 1, max = 100))]
    commands: Vec<Named>,
}

/// A command by its name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NamedCommand")]
struct Named {
    /// The command's name, as in its own path.
    command: String,
    /// The command's body, as its own path takes it.
    #[serde(default = "empty_object")]
    body: Value,
}

/// `POST /v1/customers/{ref}/commands`
pub(crate) async fn send_commands(
    State(app): State<App>,
    Path(reference): Path<String>,
    JsonCommandRequest { request, body }: JsonCommandRequest,
) -> Result<Response, Problem> {
    let reference = reference::read(&reference)?;
    let Together { commands } = domain::json::read(body)?;
    if commands.is_empty() || commands.len() > TOGETHER_MAX {
        let asked = Violation::invalid(format!("must have 1 to {TOGETHER_MAX} commands"));
        return Err(asked.under("commands").into());
    }
    let commands = commands.into_iter().enumerate().map(|(nth, Named { command, body })| {
        let under = |violation: Violation| {
            violation.under("body").under(&nth.to_string()).under("commands")
        };
        match Command::read(&command, body) {
            Some(Ok(command)) => Ok(command),
            Some(Err(violations)) => {
                Err(Problem::from(violations.into_iter().map(under).collect::<Vec<_>>()))
            }
            None => {
                let unknown = Violation::invalid("is not the name of a command");
                Err(unknown.under("command").under(&nth.to_string()).under("commands").into())
            }
        }
    });
    let commands = commands.collect::<Result<_, Problem>>()?;
    send(&app, request, reference, commands, AnswerForm { several: true, ..AnswerForm::ONE }).await
}
