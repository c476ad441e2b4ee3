//! `dossier key`.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::TenantId;
use store::Role;
use store::api_keys::{self, StoredKey};

use crate::cli::KeyCommand;
use crate::config::Config;
use crate::database::Database;
use crate::error::CommandError;
use crate::keys::{KeyLimits, create_key};
use crate::operator::by_operator;
use crate::output::say;

pub(super) async fn run(config: &Config, command: KeyCommand) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let done = dispatch(&database, command).await;
    database.close().await?;
    done
}

async fn dispatch(database: &Database, command: KeyCommand) -> Result<(), CommandError> {
    let mut connection = store::connect(database.owner(), Role::KeyAdmin).await?;
    match command {
        KeyCommand::Create { tenant, name, scopes, actors, expires_at, requests_per_second } => {
            let tenant = store::tenants::find(&mut connection, TenantId(tenant)).await?;
            let tenant = tenant.ok_or(CommandError::Unknown("tenant"))?;
            let limits = KeyLimits { expires_at, requests_per_second, actors };
            let key = create_key(&mut connection, tenant, &name, &scopes, limits).await?;
            say!("{}", key.reveal())?;
        }
        KeyCommand::List { tenant } => {
            for key in api_keys::list(&mut connection, TenantId(tenant)).await? {
                say!("{}", line(&key))?;
            }
        }
        KeyCommand::Revoke { key_id } => {
            let who = by_operator("revoke-key");
            if !api_keys::revoke(&mut connection, &key_id, who).await? {
                return Err(CommandError::Unknown("key"));
            }
            say!("{key_id} is revoked")?;
        }
    }
    Ok(())
}

/// A key in one line: id, scopes, creation, expiry, rate and actors if it has any, name.
fn line(key: &StoredKey) -> String {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let scopes: Vec<_> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    let until = match (key.revoked_at, key.expires_at) {
        (Some(revoked), _) => format!("revoked {}", time(revoked)),
        (None, Some(end)) if end <= key.read_at => format!("expired {}", time(end)),
        (None, Some(end)) => format!("until {}", time(end)),
        (None, None) => "no end".to_owned(),
    };
    let (id, made, name) = (&key.key_id, time(key.created_at), &key.name);
    let rate = key.requests_per_second.map_or_else(String::new, |rate| format!("  {rate}/s"));
    let actors = key.actors.as_ref();
    let actors = actors.map_or_else(String::new, |actors| format!("  for {}", actors.join(", ")));
    format!("{id}  {}  made {made}  {until}{rate}{actors}  {name}", scopes.join(","))
}
