//! Whether requests can be served: asked as requests do it, on new connections.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::sync::Mutex;

use crate::connect::{Role, as_role, open};
use crate::error::{Outage, StoreError, broken_off, timed_out};
use crate::outage::OutageCause;

/// For how long an answer is given again, so that asking often costs nothing.
const FRESH: Duration = Duration::from_secs(1);
/// The same for a bad answer, as the database may be back.
const FRESH_BAD: Duration = Duration::from_millis(200);
/// How long the database may take for all that is asked of it.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How often the heads are tried that others hold, before they count as locked.
const LOCK_TRIES: u32 = 10;
/// Between two of these tries.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// The last answer.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<(Instant, Result<(), StoreError>)>>,
}

impl Readiness {
    /// Whether requests can be served, as it was found within the last second.
    ///
    /// Those who ask at the same time wait for one and the same answer.
    pub(crate) async fn check(&self, database: &PgConnectOptions) -> Result<(), StoreError> {
        let mut last = self.last.lock().await;
        if let Some((at, answer)) = &*last {
            let fresh = if answer.is_ok() { FRESH } else { FRESH_BAD };
            if at.elapsed() < fresh {
                return again(answer);
            }
        }
        let answer = match tokio::time::timeout(TIMEOUT, ask(database)).await {
            Ok(answer) => answer,
            Err(_) => Err(timed_out().into()),
        };
        let given = again(&answer);
        *last = Some((Instant::now(), answer));
        given
    }
}

fn again(answer: &Result<(), StoreError>) -> Result<(), StoreError> {
    answer.as_ref().copied().map_err(StoreError::for_another)
}

async fn ask(database: &PgConnectOptions) -> Result<(), StoreError> {
    let mut writer = open(&as_role(database, Role::Writer)).await?;
    let standby: bool = query_scalar("select pg_is_in_recovery()").fetch_one(&mut writer).await?;
    if standby {
        return Err(StoreError::Unfit("PostgreSQL is a standby and takes no writes".to_owned()));
    }
    // An update is refused in a read-only session even if it changes nothing, and the block needs
    // the library of PL/pgSQL as every append does.
    query("do $$ begin update log_heads set fence = fence where false; end $$")
        .execute(&mut writer)
        .await?;
    heads_are_free(&mut writer).await?;
    writer.close().await?;

    let mut reader = open(&as_role(database, Role::Reader)).await?;
    query("select from read_tenant(0::smallint, '00000000-0000-0000-0000-000000000000'::uuid)")
        .execute(&mut reader)
        .await?;
    reader.close().await?;
    Ok(())
}

/// Whether commands could move the log on. A writer holds a head for an instant, and an import one
/// for longer; someone who holds most of them stops the service.
async fn heads_are_free(writer: &mut PgConnection) -> Result<(), StoreError> {
    for _ in 0..LOCK_TRIES {
        let mut transaction = writer.begin().await?;
        query("set local lock_timeout = '1s'").execute(&mut *transaction).await?;
        // Counted outside, as locked rows can't be aggregated.
        let (free, all): (i64, i64) = query_as(
            "with free as (select partition from log_heads for no key update skip locked)
             select (select count(*) from free), (select count(*) from log_heads)",
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.rollback().await?;
        if free.saturating_mul(2) >= all {
            return Ok(());
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    let source = broken_off("most rows of log_heads are locked by another session");
    Err(StoreError::Unavailable(Outage::new(OutageCause::Locked, source)))
}
