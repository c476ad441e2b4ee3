//! What an answer to commands shows to the key that sent them.
//!
//! State needs the scope `read`, past state `audit`. Without them an answer has the id, the version and
//! the events of the commands. An answer is kept as a whole under its idempotency key, so each key that
//! repeats the request gets the part that its own scopes allow.

use axum::response::Response;
use domain::customer::{Command, Disclosure, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use store::api_keys::Scope;
use store::{Answer, Partition};
use uuid::Uuid;

use super::answer::response;
use crate::auth::Caller;
use crate::problem::Problem;
use crate::read_audit::{shows, shows_whatever_the_key};

/// How much of an answer a key may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// All of it.
    Whole,
    /// Not the state that a dry run leads to.
    WithoutState,
    /// Neither that nor the values in events, which the caller did not send.
    WithoutValues,
}

/// What an answer shows, and whether that is recorded in the read audit.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    view: View,
    recorded: Recorded,
}

/// Whether the read audit gets an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recorded {
    /// The answer has nothing but what the caller sent.
    No,
    /// The answer shows values of the customer.
    AsRead,
    /// The command was tried without a trace in the log.
    Always,
}

impl Shown {
    /// What the answer to these commands on a customer shows to `caller`.
    pub fn of(caller: &Caller, commands: &[Command], dry_run: bool) -> Self {
        let disclosed = commands.iter().map(Command::discloses).max();
        let disclosed = disclosed.unwrap_or(Disclosure::Nothing);
        let may_see_values = match disclosed {
            Disclosure::Nothing => true,
            Disclosure::Present => caller.may(Scope::Read),
            Disclosure::Past => caller.may(Scope::Audit),
        };
        let view = match (may_see_values, caller.may(Scope::Read)) {
            (false, _) => View::WithoutValues,
            (true, false) => View::WithoutState,
            (true, true) => View::Whole,
        };
        // A registration shows nobody before it is made.
        let registers =
            commands.iter().any(|command| matches!(command, Command::RegisterCustomer(_)));
        let recorded = if dry_run && !registers {
            Recorded::Always
        } else if disclosed != Disclosure::Nothing && may_see_values {
            Recorded::AsRead
        } else {
            Recorded::No
        };
        Self { view, recorded }
    }

    /// What the answer to commands on the caller's tenant shows.
    pub fn of_tenant(caller: &Caller) -> Self {
        let view = if caller.may(Scope::Read) { View::Whole } else { View::WithoutState };
        Self { view, recorded: Recorded::No }
    }

    /// The answer as the caller may see it.
    ///
    /// # Errors
    ///
    /// When it can't be read, so that nothing is shown.
    pub fn narrow(self, mut answer: Answer) -> Result<Answer, Problem> {
        let succeeded = (200..300).contains(&answer.rendered.status);
        if self.view != View::Whole && succeeded {
            answer.rendered.body = narrowed(&answer.rendered.body, self.view)?;
        } else if self.view == View::WithoutValues {
            answer.rendered.body = without_fields(answer.rendered.body)?;
        }
        Ok(answer)
    }

    /// The customer that a narrowed answer shows; nothing when it shows only what the caller sent.
    pub fn customer(self, answer: &Answer) -> Option<Uuid> {
        #[derive(Deserialize)]
        struct About {
            id: Uuid,
        }
        let succeeded = (200..300).contains(&answer.rendered.status);
        let about = (succeeded && self.recorded != Recorded::No)
            .then(|| serde_json::from_str::<About>(&answer.rendered.body).ok());
        about.flatten().map(|about| about.id)
    }

    /// The response that carries an answer to commands of `partition`, as far as the caller may see it.
    ///
    /// # Errors
    ///
    /// As for [`Shown::narrow`].
    pub fn respond(self, partition: Partition, answer: Answer) -> Result<Response, Problem> {
        let answer = self.narrow(answer)?;
        let customer = self.customer(&answer);
        let response = response(partition, answer);
        Ok(match (self.recorded, customer) {
            (Recorded::No, _) | (_, None) => response,
            (Recorded::AsRead, Some(customer)) => shows(response, [customer]),
            (Recorded::Always, Some(customer)) => shows_whatever_the_key(response, [customer]),
        })
    }
}

/// The answer to commands, without its state.
#[derive(Deserialize, Serialize)]
struct Body<'a> {
    id: Uuid,
    version: i64,
    position: &'a str,
    #[serde(borrow)]
    events: Vec<Committed<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
}

#[derive(Deserialize, Serialize)]
struct Committed<'a> {
    version: i64,
    position: &'a str,
    recorded_at: &'a str,
    #[serde(borrow)]
    event: Event<'a>,
}

#[derive(Deserialize, Serialize)]
struct Event<'a> {
    r#type: &'a str,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
}

fn narrowed(body: &str, view: View) -> Result<String, Problem> {
    let mut body: Body<'_> = serde_json::from_str(body).map_err(|_| Problem::internal())?;
    if view == View::WithoutValues {
        for committed in &mut body.events {
            committed.event.data = None;
        }
    }
    serde_json::to_string(&body).map_err(|_| Problem::internal())
}

/// A problem that does not say which fields of the past it is about.
fn without_fields(problem: String) -> Result<String, Problem> {
    let mut read: Map<String, Value> =
        serde_json::from_str(&problem).map_err(|_| Problem::internal())?;
    if read.get("code").is_none_or(|code| code != Refusal::ChangedSince.code()) {
        return Ok(problem);
    }
    if let Some(Value::Array(errors)) = read.get_mut("errors") {
        // Which of several commands was refused is nothing of the past.
        let is_command = |at: &str| at.starts_with("/commands/");
        errors.retain(|error| error["pointer"].as_str().is_some_and(is_command));
        if errors.is_empty() {
            read.remove("errors");
        }
    }
    serde_json::to_string(&read).map_err(|_| Problem::internal())
}

#[cfg(test)]
mod tests;
