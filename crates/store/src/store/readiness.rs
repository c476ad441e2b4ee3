//! Readiness: checks the database the way requests use it, on new connections.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query, query_as, query_scalar};
use tokio::sync::Mutex;

use crate::connect::{Role, as_role, open};
use crate::error::{Outage, StoreError, broken_off, timed_out};
use crate::outage::OutageCause;

/// How long a good result is reused, so that frequent checks cost nothing.
const FRESH: Duration = Duration::from_secs(1);
/// The pause between two checks of a database that is not ready.
const PAUSE: Duration = Duration::from_millis(200);
/// The maximum time of a check.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement waits for a lock.
const LOCK_TIMEOUT: (&str, &str) = ("lock_timeout", "1s");
/// How often locked heads are tried before they count as locked.
const LOCK_TRIES: u32 = 10;
/// The pause between two of these tries.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// The last result.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    last: Mutex<Option<Look>>,
    closed: AtomicBool,
}

/// The last result, and when its check began.
#[derive(Debug)]
struct Look {
    begun: Instant,
    answer: Result<(), StoreError>,
}

impl Readiness {
    /// Whether the service is ready. A good result of the last second is reused. Concurrent callers
    /// share one check.
    pub(crate) async fn check(&self, database: &PgConnectOptions) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(StoreError::Stopping);
        }
        let arrived = Instant::now();
        let mut last = self.last.lock().await;
        if let Some(Look { begun, answer }) = &*last {
            if *begun >= arrived || (answer.is_ok() && begun.elapsed() < FRESH) {
                return again(answer);
            }
            tokio::time::sleep(PAUSE.saturating_sub(begun.elapsed())).await;
        }
        let begun = Instant::now();
        let answer = match tokio::time::timeout(TIMEOUT, ask(database)).await {
            Ok(answer) => answer,
            Err(_) => Err(timed_out().into()),
        };
        *last = Some(Look { begun, answer: again(&answer) });
        answer
    }

    /// From now on, reports that the service is stopping.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

fn again(answer: &Result<(), StoreError>) -> Result<(), StoreError> {
    answer.as_ref().copied().map_err(StoreError::for_another)
}

async fn ask(database: &PgConnectOptions) -> Result<(), StoreError> {
    let options = as_role(database, Role::Writer).options([LOCK_TIMEOUT]);
    let mut writer = open(&options).await?;
    let standby: bool = query_scalar("select pg_is_in_recovery()").fetch_one(&mut writer).await?;
    if standby {
        return Err(StoreError::Unfit("PostgreSQL is a standby and takes no writes".to_owned()));
    }
    // A read-only session refuses an update even if it changes nothing. The block needs the
    // PL/pgSQL library, as every append does.
    query("do $$ begin update log_heads set fence = fence where false; end $$")
        .execute(&mut writer)
        .await?;
    heads_are_free(&mut writer).await?;
    writer.close().await?;

    let options = as_role(database, Role::Reader).options([LOCK_TIMEOUT]);
    let mut reader = open(&options).await?;
    query("select from read_tenant(0::smallint, '00000000-0000-0000-0000-000000000000'::uuid)")
        .execute(&mut reader)
        .await?;
    // A customer and a list. No tenant is set, so no row is seen, but a lock or a missing grant is.
    for one in ["customers", "customer_list"].map(one_row_of) {
        query(&one).execute(&mut reader).await?;
    }
    reader.close().await?;
    Ok(())
}

/// A read of a row by the primary key. The table is a constant of this file.
fn one_row_of(table: &str) -> String {
    format!(
        "select from {table}
          where partition = 0 and tenant_id = '00000000-0000-0000-0000-000000000000'::uuid
          limit 1"
    )
}

/// Whether the log can be appended to. A writer holds a head for an instant, and an import for
/// longer. If a session holds most heads, the service is stopped.
async fn heads_are_free(writer: &mut PgConnection) -> Result<(), StoreError> {
    for _ in 0..LOCK_TRIES {
        // Locked for the statement only. Counted outside, because locked rows can't be aggregated.
        let (free, all): (i64, i64) = query_as(
            "with free as (select partition from log_heads for no key update skip locked)
             select (select count(*) from free), (select count(*) from log_heads)",
        )
        .fetch_one(&mut *writer)
        .await?;
        if free.saturating_mul(2) >= all {
            return Ok(());
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    let source = broken_off("most rows of log_heads are locked by another session");
    Err(StoreError::Unavailable(Outage::new(OutageCause::Locked, source)))
}
