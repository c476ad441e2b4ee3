//! The first tenant and the first key, to try the service out with.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::ApiKey;
use sqlx::Connection as _;
use store::api_keys::{Scope, StoredKey};
use store::{LookupFor, Role, Store, StoreError};

use crate::database::Database;
use crate::error::{CommandError, io};
use crate::keys::{KeyLimits, create_key};
use crate::secret_file::{Links, read_secret, remove, write_new_secret};
use crate::tenants::{create_tenant, new_id};

/// Where the key is kept for scripts, in the data directory.
const FILE: &str = "dev-key";

/// How long the key is valid.
const VALIDITY: TimeDelta = TimeDelta::days(90);

/// Creates a tenant and a key the first time a private database is served. Returns lines to print: where the key
/// is and, later, whether the key in the file still works. They never have a key.
///
/// # Errors
///
/// [`CommandError::Io`] when the file can't be read or written, or others can read it.
pub(super) async fn prepare(
    database: &Database,
    store: &Store,
) -> Result<Vec<String>, CommandError> {
    let mut lines = Vec::new();
    let Some(data_dir) = database.data_dir() else { return Ok(lines) };
    let file = data_dir.join(FILE);
    let path = file.display();
    let mut connection = store::connect(database.options(), Role::Writer).await?;
    if store::tenants::list(&mut connection, None).await?.is_empty() {
        let tenant = create_tenant(store, new_id(), "default").await?;
        let limits = KeyLimits { expires_at: expiry(), ..KeyLimits::default() };
        let mut admin = store::connect(database.owner(), Role::KeyAdmin).await?;
        let key = create_key(&mut admin, tenant, "dev", &Scope::OF_TENANT, limits).await?;
        // While the service runs, it has no session as the owner.
        admin.close().await.map_err(StoreError::from)?;
        // A key that an earlier database left there.
        remove(&file)
            .and_then(|()| write_new_secret(&file, &key.reveal()))
            .map_err(io(format!("write {path}")))?;
        lines.push(format!("created the tenant {} and a key for it", tenant.id));
        lines.push(format!(
            "a key with another expiry: dossier key create --tenant {} --name NAME \
             --scopes read,write,audit,admin --expires-at TIME",
            tenant.id
        ));
    }
    match check(store, &file).await? {
        Ok(Some(end)) => {
            lines.push(format!("the key is in {path} and valid until {}", time(end)));
        }
        Ok(None) => lines.push(format!("the key is in {path}")),
        Err(problem) => {
            tracing::warn!(file = %path, problem, "the key in the file does not work");
            lines.push(format!(
                "the key in {path} does not work: {problem}; `dossier key create` makes one"
            ));
        }
    }
    Ok(lines)
}

/// When the key in the file expires, or why it doesn't work.
async fn check(
    store: &Store,
    file: &Path,
) -> Result<Result<Option<DateTime<Utc>>, String>, CommandError> {
    let text = read_secret(file, Links::Refused, None);
    let Some(text) = text.map_err(io(format!("read {}", file.display())))? else {
        return Ok(Err("the file is missing".to_owned()));
    };
    let Ok(key) = text.trim().parse::<ApiKey>() else {
        return Ok(Err("the file has no key".to_owned()));
    };
    let stored = store.api_key(key.id(), LookupFor::Service).await?;
    let stored = stored.filter(|stored| *stored.secret_hash == key.secret_hash());
    Ok(match stored {
        None => Err("it is not of this database".to_owned()),
        Some(stored) => usable(&stored),
    })
}

fn usable(key: &StoredKey) -> Result<Option<DateTime<Utc>>, String> {
    match (key.revoked_at, key.expires_at) {
        (Some(revoked), _) => Err(format!("it was revoked at {}", time(revoked))),
        (None, Some(end)) if end <= key.read_at => Err(format!("it expired at {}", time(end))),
        (None, end) => Ok(end),
    }
}

#[expect(clippy::disallowed_methods, reason = "the operator's request arrives here")]
fn expiry() -> Option<DateTime<Utc>> {
    Utc::now().checked_add_signed(VALIDITY)
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
