//! Deletes kept answers, records of reads and sessions that are too old or too many.

use std::time::Duration;

use store::{Store, StoreError};

use crate::config::Config;

/// How often tenants with too many kept answers are looked for.
const BOUND_INTERVAL: Duration = Duration::from_mins(1);
/// How often expired rows are deleted.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);

/// How long answers and records of reads are kept, and how many.
#[derive(Clone, Copy)]
pub(crate) struct Retention {
    answers_hours: u32,
    reads_days: u32,
    reads_max: u32,
}

impl Retention {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            answers_hours: config.idempotency_retention_hours,
            reads_days: config.read_audit_retention_days,
            reads_max: config.read_audit_max,
        }
    }
}

/// Deletes expired answers, records of reads that are expired or too many, and ended sessions, every hour.
pub(crate) async fn purge(store: Store, retention: Retention) {
    loop {
        report("answers", store.purge_answers(retention.answers_hours).await);
        // 0 keeps them for ever.
        if retention.reads_days > 0 {
            report("records of reads", store.purge_reads(retention.reads_days).await);
        }
        report("records of reads", store.trim_reads(retention.reads_max).await);
        report("sessions of the console", store.purge_sessions().await);
        tokio::time::sleep(PURGE_INTERVAL).await;
    }
}

/// Finds every minute the tenants with too many kept answers, which then get no new idempotency keys.
pub(crate) async fn bound_answers(store: Store, most: u32) {
    loop {
        tokio::time::sleep(BOUND_INTERVAL).await;
        match store.bound_answers(most).await {
            Ok(0) => {}
            Ok(tenants) => tracing::warn!(
                tenants,
                most,
                "{tenants} tenants have {most} kept answers: their new idempotency keys are refused"
            ),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "counting kept answers failed");
            }
        }
    }
}

fn report(what: &str, purged: Result<u64, StoreError>) {
    match purged {
        Ok(0) => {}
        Ok(purged) => {
            tracing::info!(purged, what, "deleted {purged} {what} that were expired or too many");
        }
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, what, "deleting old {what} failed");
        }
    }
}
