//! Sessions of people at the console. A session's token is a secret; what is stored is its hash.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, query, query_as, query_scalar};

use crate::error::StoreError;
use crate::model::{Hash, TenantRef};

/// How long a session lasts, in hours.
pub const LASTS_HOURS: i32 = 8;
/// How long an idle session lasts, in minutes.
pub const IDLE_MINUTES: i32 = 30;
/// The maximum of sessions of one key whose owner signs in with it. A new one deletes those that were idle longest.
pub const OF_A_KEY_MAX: u32 = 100;
/// The maximum of sessions of one key by which all people with a role act.
pub const OF_A_ROLE_MAX: u32 = 5_000;
/// Old sessions that one new session deletes, at most.
const PURGED_MAX: i64 = 100;

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The SHA-256 of its token.
    pub token_hash: Hash,
    /// The tenant of its key.
    pub tenant: TenantRef,
    /// The id of its key.
    pub key_id: String,
    /// The person.
    pub actor: String,
    /// Why the person reads, if that was said.
    pub purpose: Option<String>,
    /// So many sessions its key may have, with this one. Those that were idle longest end.
    pub of_its_key_max: u32,
}

/// A session.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Session {
    /// The id of its key.
    pub key_id: String,
    /// The person.
    pub actor: String,
    /// Why the person reads, if that was said.
    pub purpose: Option<String>,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// The database's clock.
    pub read_at: DateTime<Utc>,
}

/// Begins a session, and deletes some that have ended.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn begin(
    connection: &mut PgConnection,
    new: &NewSession,
) -> Result<(), StoreError> {
    query(
        "with ended as (
              delete from console_sessions
               where token_hash = any (array(select token_hash
                                               from console_sessions
                                              where begun_at < now() - make_interval(hours => $7)
                                              order by begun_at
                                              limit $8))),
              too_many as (
              delete from console_sessions
               where token_hash = any (array(select token_hash
                                               from console_sessions
                                              where key_id = $4
                                              order by key_id desc, seen_at desc
                                             offset $9)))
         insert into console_sessions (token_hash, partition, tenant_id, key_id, actor, purpose)
         values ($1, $2, $3, $4, $5, $6)
             on conflict on constraint console_sessions_pkey do nothing",
    )
    .bind(&new.token_hash[..])
    .bind(new.tenant.partition.number())
    .bind(new.tenant.id.0)
    .bind(&new.key_id)
    .bind(&new.actor)
    .bind(&new.purpose)
    .bind(LASTS_HOURS)
    .bind(PURGED_MAX)
    .bind(i64::from(new.of_its_key_max).saturating_sub(1))
    .execute(connection)
    .await?;
    Ok(())
}

/// The session with this token, if it lasts. It has been used now; that is stored once a minute.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn find(
    connection: &mut PgConnection,
    token_hash: &Hash,
) -> Result<Option<Session>, StoreError> {
    let session = query_as(
        "with found as (
              select token_hash, key_id, actor, purpose, begun_at, seen_at, now() as read_at
                from console_sessions
               where token_hash = $1
                 and begun_at > now() - make_interval(hours => $2)
                 and seen_at > now() - make_interval(mins => $3)),
              used as (
              update console_sessions as s
                 set seen_at = f.read_at
                from found as f
               where s.token_hash = f.token_hash
                 and f.seen_at < f.read_at - make_interval(mins => 1))
         select key_id, actor, purpose, begun_at, read_at from found",
    )
    .bind(&token_hash[..])
    .bind(LASTS_HOURS)
    .bind(IDLE_MINUTES)
    .fetch_optional(connection)
    .await?;
    Ok(session)
}

/// Whether the session with this token lasts. It does not count as used.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn lasts(
    connection: &mut PgConnection,
    token_hash: &Hash,
) -> Result<bool, StoreError> {
    let lasts = query_scalar(
        "select exists (select
                          from console_sessions
                         where token_hash = $1
                           and begun_at > now() - make_interval(hours => $2)
                           and seen_at > now() - make_interval(mins => $3))",
    )
    .bind(&token_hash[..])
    .bind(LASTS_HOURS)
    .bind(IDLE_MINUTES)
    .fetch_one(connection)
    .await?;
    Ok(lasts)
}

/// Deletes sessions that have ended, and returns their number. The idle ones are few, and their table is small.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn purge(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let deleted = query(
        "delete from console_sessions
          where begun_at < now() - make_interval(hours => $1)
             or seen_at < now() - make_interval(mins => $2)",
    )
    .bind(LASTS_HOURS)
    .bind(IDLE_MINUTES)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

/// Ends a session.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn end(
    connection: &mut PgConnection,
    token_hash: &Hash,
) -> Result<(), StoreError> {
    query("delete from console_sessions where token_hash = $1")
        .bind(&token_hash[..])
        .execute(connection)
        .await?;
    Ok(())
}
