//! `dossier key`.

use std::num::NonZeroU32;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::check::{Checked, Violation};
use domain::tenant::{Actor, ApiKeyScope, CreatedApiKey};
use domain::{TenantId, Timestamp};
use http::ApiKey;
use sqlx::PgConnection;
use store::api_keys::{self, NewKey, Scope, StoredKey};
use store::{Role, StoreError, TenantRef};

use super::{CommandError, Database, by_operator};
use crate::cli::KeyCommand;
use crate::config::Config;

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewKeyError {
    /// The name isn't one.
    #[error("the name {0}")]
    Name(Violation),
    /// Somebody's services would have become operators of everybody's.
    #[error("the scope operator reaches beyond the tenant: a key has it alone, or not at all")]
    OperatorNotAlone,
    /// An actor isn't one, or there are too many of them.
    #[error("the actors: {}", .0.detail)]
    Actors(Violation),
    /// The name of the tenant leads to none.
    #[error("there is no such tenant")]
    NoSuchTenant,
    /// The operating system has no randomness.
    #[error("there is no randomness to make a key of")]
    Randomness,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What bounds a key; the default is nothing of its own.
#[derive(Clone, Debug, Default)]
pub struct KeyLimits {
    /// From when on it is no longer accepted; never, when absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// Requests that it may send in a second at each instance; as the service is set, when absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// The actors that a request with it may name; any, when empty.
    pub actors: Vec<String>,
}

/// Makes a key. What it returns is the only copy of its secret. The connection works as
/// [`Role::KeyAdmin`].
///
/// # Errors
///
/// A [`NewKeyError`]; nothing was made then.
pub async fn create_key(
    connection: &mut PgConnection,
    tenant: TenantRef,
    name: &str,
    scopes: &[Scope],
    limits: KeyLimits,
) -> Result<ApiKey, NewKeyError> {
    let name = name.parse().map_err(NewKeyError::Name)?;
    if scopes.contains(&Scope::Operator) && scopes != [Scope::Operator] {
        return Err(NewKeyError::OperatorNotAlone);
    }
    let (mut id, mut secret) = ([0; 8], [0; 32]);
    getrandom::fill(&mut id).map_err(|_| NewKeyError::Randomness)?;
    getrandom::fill(&mut secret).map_err(|_| NewKeyError::Randomness)?;
    let key = ApiKey::from_random(id, secret);
    let scopes: Result<Vec<ApiKeyScope>, _> =
        scopes.iter().map(|scope| scope.as_str().parse()).collect();
    let actors: Result<Vec<Actor>, _> = limits.actors.iter().map(|actor| actor.parse()).collect();
    let created = CreatedApiKey {
        key_id: key.id().parse().map_err(NewKeyError::Name)?,
        name,
        scopes: scopes.map_err(NewKeyError::Name)?.into(),
        actors: actors.map_err(NewKeyError::Actors)?.into(),
        requests_per_second: limits.requests_per_second,
        expires_at: limits.expires_at.map(Timestamp::from),
    };
    let created = Checked::new(created).map_err(|mut found| {
        NewKeyError::Actors(found.pop().unwrap_or_else(|| Violation::invalid("must be fewer")))
    })?;
    let new = NewKey { tenant, key: created.into_inner(), secret_hash: key.secret_hash() };
    if api_keys::create(connection, new, by_operator("create-key")).await? {
        Ok(key)
    } else {
        Err(NewKeyError::NoSuchTenant)
    }
}

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
            println!("{}", key.reveal());
        }
        KeyCommand::List { tenant } => {
            for key in api_keys::list(&mut connection, TenantId(tenant)).await? {
                println!("{}", line(&key));
            }
        }
        KeyCommand::Revoke { key_id } => {
            let who = by_operator("revoke-key");
            if !api_keys::revoke(&mut connection, &key_id, who).await? {
                return Err(CommandError::Unknown("key"));
            }
            println!("{key_id} is revoked");
        }
    }
    Ok(())
}

/// A key in one line: id, scopes, when made, until when it works, its rate and its actors if it has any, name.
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
