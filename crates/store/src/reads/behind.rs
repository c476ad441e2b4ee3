//! Records reads after they were answered: once an hour for each key, actor, reason, route and customer.
//!
//! An answer is sent as soon as its record is queued. The queue is bounded. Its records are stored
//! within about a second, many in one statement. So a crash can lose at most about the last second
//! of records. While records can't be stored, the queue fills, and reads wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use super::insert::insist as store;
use super::read::Read;
use super::recorded::{ReadSource, RecordedPairs};
use crate::error::{StoreError, timed_out};

/// The maximum of waiting records, each with the customers of one answer.
const WAITING_MAX: usize = 1_024;
/// How long an answer waits for room.
const ROOM_WITHIN: Duration = Duration::from_secs(5);
/// How long records are collected for one statement.
const GATHER: Duration = Duration::from_millis(250);
/// Records in one statement, at most.
const TOGETHER_MAX: usize = 1_024;
/// Customers in one stored record, at most.
const CUSTOMERS_MAX: usize = 1_000;
/// The pause between two tries to store records.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a stopping service tries to store the remaining records.
const LAST_TRIES: u32 = 5;

/// Records reads after they were answered.
pub(crate) struct ReadBacklog {
    recorded: RecordedPairs,
    waiting: mpsc::Sender<Read>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl ReadBacklog {
    /// Starts storing over a connection with these options, made when it is needed.
    pub(crate) fn start(options: PgConnectOptions) -> Self {
        let (waiting, records) = mpsc::channel(WAITING_MAX);
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(store_all(options, records, stopping));
        Self { recorded: RecordedPairs::default(), waiting, stop, task: Mutex::new(Some(task)) }
    }

    /// Records that these customers are shown, unless that was recorded within the hour. `id` makes
    /// the id of the record.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no room for the record in time, [`StoreError::Stopping`]:
    /// the customers should not be shown.
    pub(crate) async fn record(
        &self,
        who: ReadSource<'_>,
        customers: &BTreeSet<Uuid>,
        id: impl FnOnce() -> Uuid,
    ) -> Result<(), StoreError> {
        let customers = self.recorded.missing(&who, customers);
        if customers.is_empty() {
            return Ok(());
        }
        let room = timeout(ROOM_WITHIN, self.waiting.reserve()).await.map_err(|_| timed_out())?;
        let room = room.map_err(|_| StoreError::Stopping)?;
        // From here on the record is queued without waiting, so nothing can be lost.
        self.recorded.add(&who, &customers);
        room.send(Read {
            id: id(),
            tenant: who.tenant,
            api_key: who.api_key.to_owned(),
            actor: who.actor.map(str::to_owned),
            reason: who.reason.map(str::to_owned),
            route: who.route.to_owned(),
            request_id: String::new(),
            customers,
        });
        Ok(())
    }

    /// Takes no more records, and returns when those that were taken are stored.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            // The task ends by itself. A panic was already reported.
            let _ = task.await;
        }
    }
}

async fn store_all(
    options: PgConnectOptions,
    mut records: mpsc::Receiver<Read>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut connection = None;
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            taken = records.recv_many(&mut batch, TOGETHER_MAX) => if taken == 0 { return },
            _ = stopping.wait_for(|stop| *stop), if !records.is_closed() => {
                records.close();
                continue;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
        while batch.len() < TOGETHER_MAX
            && let Ok(next) = records.try_recv()
        {
            batch.push(next);
        }
        let reads = together(std::mem::take(&mut batch));
        let mut tries = 0_u32;
        while let Err(error) = store(&options, &mut connection, &reads).await {
            metrics::counter!("dossier_read_records_failed_total").increment(1);
            tries = tries.saturating_add(1);
            let given_up = *stopping.borrow() && tries >= LAST_TRIES;
            warn(&error, reads.len(), given_up);
            if given_up {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn warn(error: &StoreError, records: usize, given_up: bool) {
    let error: &dyn std::error::Error = error;
    if given_up {
        tracing::error!(
            error,
            records,
            "{records} records of reads are lost: they can't be stored"
        );
    } else {
        tracing::warn!(error, records, "{records} records of reads can't be stored; trying again");
    }
}

/// One record for each key, actor, reason and route, with all customers that were shown.
fn together(records: Vec<Read>) -> Vec<Read> {
    let mut by_reader: BTreeMap<_, (Read, Vec<Uuid>, BTreeSet<Uuid>)> = BTreeMap::new();
    for mut record in records {
        let (id, customers) = (record.id, std::mem::take(&mut record.customers));
        let Read { tenant, api_key, actor, reason, route, .. } = &record;
        let who = (tenant.id, api_key.clone(), actor.clone(), reason.clone(), route.clone());
        let new = || (record, Vec::new(), BTreeSet::new());
        let (_, ids, all) = by_reader.entry(who).or_insert_with(new);
        ids.push(id);
        all.extend(customers);
    }
    let mut stored = Vec::with_capacity(by_reader.len());
    for (record, ids, customers) in by_reader.into_values() {
        let customers: Vec<_> = customers.into_iter().collect();
        // An answer has at most this many customers, so there are ids for all parts.
        let part = CUSTOMERS_MAX.max(customers.len().div_ceil(ids.len().max(1)));
        for (id, part) in ids.into_iter().zip(customers.chunks(part)) {
            stored.push(Read { id, customers: part.to_vec(), ..record.clone() });
        }
    }
    stored
}

#[cfg(test)]
mod tests;
