//! `dossier audit`.

use serde_json::{Map, Value};
use store::Role;
use store::operator_actions::{self, OperatorAction};

use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::output::say;

pub(super) async fn run(config: &Config, limit: u32) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let done = list(&database, limit).await;
    database.close().await?;
    done
}

async fn list(database: &Database, limit: u32) -> Result<(), CommandError> {
    let mut connection = store::connect(database.options(), Role::Projector).await?;
    for action in operator_actions::list(&mut connection, None, limit.into()).await? {
        say!("{}", line(&action))?;
    }
    Ok(())
}

/// An action in one line: time, name, read model, login and details.
fn line(action: &OperatorAction) -> String {
    let OperatorAction { recorded_at, action: name, projection, login, .. } = action;
    let at = recorded_at.format("%Y-%m-%dT%H:%M:%SZ");
    let projection = projection.as_deref().unwrap_or("all");
    let mut line = format!("{at}  {name} {projection}  login {login}");
    for object in [&action.about, &action.metadata] {
        let members: Map<String, Value> = serde_json::from_str(object).unwrap_or_default();
        for (member, value) in members {
            if !matches!(member.as_str(), "command" | "application_version") {
                line.extend(["  ", &member, " ", &value.to_string()]);
            }
        }
    }
    line
}
