//! Reads of single customers from memory (ADR 43).
//!
//! One small statement reads the heads of the partitions of all waiting reads, of all tenants. A read is answered
//! from memory only if that statement began after the read, and shows the head that the document is of.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use domain::CustomerId;
use tokio::sync::oneshot;
use tokio::task::yield_now;
use uuid::Uuid;

use super::coalescer::in_time;
use super::handle::{Inner, Store};
use super::head_rounds::{Ending, Remembered};
use crate::error::StoreError;
use crate::memory::Comparison;
use crate::model::{Document, Mark, TenantRef};
use crate::partition::Partition;
use crate::queries;
use crate::read_pool::ask_on;

impl Store {
    /// The document of a customer, if memory has it and a head confirms it.
    pub(super) async fn remembered(
        &self,
        tenant: TenantRef,
        customer: CustomerId,
    ) -> Result<Option<Document>, StoreError> {
        let (partition, key) = (tenant.partition, (tenant.id, customer));
        let Some((mark, document)) = self.inner.memory.recall(partition, &key) else {
            return Ok(None);
        };
        let (answer, answered) = oneshot::channel();
        if self.inner.heads.join(Remembered { partition, key, mark, document, answer }) {
            tokio::spawn(run(Arc::clone(&self.inner)));
        }
        in_time(answered).await
    }
}

/// Reads heads until nobody waits for one.
async fn run(inner: Arc<Inner>) {
    let ending = Ending(&inner.heads);
    while let Some(reads) = inner.heads.next() {
        let partitions: BTreeSet<_> = reads.iter().map(|read| read.partition.number()).collect();
        let partitions: Vec<_> = partitions.into_iter().collect();
        let heads = ask_on(&inner.heads.heads, move |connection| {
            Box::pin(queries::heads(connection, partitions.clone()))
        });
        match heads.await {
            Ok(heads) => settle(&inner, reads, &heads.into_iter().collect()),
            Err(error) => reads.into_iter().for_each(|read| read.fail(&error)),
        }
        // A caller that got its answer may read again at once, and then joins the next statement.
        yield_now().await;
    }
    drop(ending);
}

/// Answers the reads whose documents are as of their head. The others may be answered when the missed events were read.
fn settle(inner: &Arc<Inner>, reads: Vec<Remembered>, heads: &HashMap<Partition, Mark>) {
    let mut moved: BTreeMap<Partition, (Mark, Vec<Remembered>)> = BTreeMap::new();
    let mut confirmed: u64 = 0;
    for mut read in reads {
        match heads.get(&read.partition) {
            Some(head) if *head == read.mark => {
                let document = std::mem::take(&mut read.document);
                confirmed = confirmed.saturating_add(1);
                read.answer(Some(document));
            }
            Some(head) => {
                let (_, reads) = moved.entry(read.partition).or_insert((*head, Vec::new()));
                reads.push(read);
            }
            None => read.answer(None),
        }
    }
    metrics::counter!("dossier_reads_from_memory_total").increment(confirmed);
    for (partition, (head, reads)) in moved {
        match inner.memory.compare(partition, &head, reads.iter().map(|read| &read.mark)) {
            Comparison::Equal => answer_at(inner, &head, reads),
            Comparison::Unusable => reads.into_iter().for_each(|read| read.answer(None)),
            Comparison::Behind(from) => {
                let inner = Arc::clone(inner);
                tokio::spawn(async move {
                    catch_up(&inner, partition, from, head).await;
                    answer_at(&inner, &head, reads);
                });
            }
        }
    }
}

/// Answers reads from memory where it is at their head.
fn answer_at(inner: &Inner, head: &Mark, reads: Vec<Remembered>) {
    let mut confirmed: u64 = 0;
    for read in reads {
        let document = inner.memory.at(read.partition, head, &read.key);
        confirmed = confirmed.saturating_add(u64::from(document.is_some()));
        read.answer(document);
    }
    metrics::counter!("dossier_reads_from_memory_total").increment(confirmed);
}

/// Moves a partition's memory by the missed events. If they can't be read, it stays.
async fn catch_up(inner: &Inner, partition: Partition, from: Mark, to: Mark) {
    let missed = ask_on(&inner.heads.events, move |connection| {
        Box::pin(queries::missed(connection, partition, from, to))
    });
    match missed.await {
        Ok(Some(touched)) => inner.memory.advance(partition, &from, &to, &touched),
        Ok(None) => inner.memory.forget(partition, &from),
        Err(error) => tracing::debug!(%error, "missed events could not be read"),
    }
}

/// Keeps documents that were read with a head. If the memory is behind, it is moved there first, in the background.
pub(super) fn keep(
    inner: &Arc<Inner>,
    tenant: TenantRef,
    head: Mark,
    documents: HashMap<Uuid, Document>,
) {
    if documents.is_empty() {
        return;
    }
    let partition = tenant.partition;
    let keyed = move |documents: &HashMap<Uuid, Document>| {
        let keyed =
            |(id, document): (&Uuid, &Document)| ((tenant.id, CustomerId(*id)), document.clone());
        documents.iter().map(keyed).collect::<Vec<_>>()
    };
    let Some(from) = inner.memory.keep(partition, &head, keyed(&documents)) else { return };
    // Otherwise these documents are not kept; the next ones may be.
    let Ok(turn) = Arc::clone(&inner.heads.keeping).try_acquire_owned() else { return };
    let inner = Arc::clone(inner);
    tokio::spawn(async move {
        catch_up(&inner, partition, from, head).await;
        inner.memory.keep(partition, &head, keyed(&documents));
        drop(turn);
    });
}
