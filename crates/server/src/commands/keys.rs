//! `dossier key`.

use std::num::NonZeroU32;

use api::ApiKey;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::TenantId;
use sqlx::PgConnection;
use store::api_keys::{self, NewKey, Scope, StoredKey};
use store::{Role, StoreError, TenantRef};

use super::{CommandError, Database};
use crate::cli::KeyCommand;
use crate::config::Config;

/// The longest name of a key, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewKeyError {
    /// The name is empty, too long, or has control characters.
    #[error("the name must have 1 to {NAME_CHARS_MAX} printable characters")]
    Name,
    /// Somebody's services would have become operators of everybody's.
    #[error("the scope operator reaches beyond the tenant: a key has it alone, or not at all")]
    OperatorNotAlone,
    /// The operating system has no randomness.
    #[error("there is no randomness to make a key of")]
    Randomness,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What bounds a key; the default is nothing of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyLimits {
    /// From when on it is no longer accepted; never, when absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// Requests that it may send in a second at each instance; as the service is set, when absent.
    pub requests_per_second: Option<NonZeroU32>,
}

/// Makes a key. What it returns is the only copy of its secret.
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
    let chars = name.chars().count();
    if chars == 0 || chars > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(NewKeyError::Name);
    }
    if scopes.contains(&Scope::Operator) && scopes != [Scope::Operator] {
        return Err(NewKeyError::OperatorNotAlone);
    }
    let (mut id, mut secret) = ([0; 8], [0; 32]);
    getrandom::fill(&mut id).map_err(|_| NewKeyError::Randomness)?;
    getrandom::fill(&mut secret).map_err(|_| NewKeyError::Randomness)?;
    let key = ApiKey::from_random(id, secret);
    let new = NewKey {
        key_id: key.id(),
        tenant,
        name,
        secret_hash: key.secret_hash(),
        scopes,
        requests_per_second: limits.requests_per_second,
        expires_at: limits.expires_at,
    };
    api_keys::create(connection, &new).await?;
    Ok(key)
}

pub(super) async fn run(config: &Config, command: KeyCommand) -> Result<(), CommandError> {
    let database = Database::open(config).await?;
    let done = dispatch(&database, command).await;
    database.close().await?;
    done
}

async fn dispatch(database: &Database, command: KeyCommand) -> Result<(), CommandError> {
    let mut connection = store::connect(database.owner(), Role::Writer).await?;
    match command {
        KeyCommand::Create { tenant, name, scopes, expires_at, requests_per_second } => {
            let tenant = store::tenants::find(&mut connection, TenantId(tenant)).await?;
            let tenant = tenant.ok_or(CommandError::Unknown("tenant"))?;
            let limits = KeyLimits { expires_at, requests_per_second };
            let key = create_key(&mut connection, tenant, &name, &scopes, limits).await?;
            println!("{}", key.reveal());
        }
        KeyCommand::List { tenant } => {
            for key in api_keys::list(&mut connection, TenantId(tenant)).await? {
                println!("{}", line(&key));
            }
        }
        KeyCommand::Revoke { key_id } => {
            if !api_keys::revoke(&mut connection, &key_id).await? {
                return Err(CommandError::Unknown("key"));
            }
            println!("{key_id} is revoked");
        }
    }
    Ok(())
}

/// A key in one line: id, scopes, when made, until when it works, its rate if it has one, name.
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
    format!("{id}  {}  made {made}  {until}{rate}  {name}", scopes.join(","))
}
