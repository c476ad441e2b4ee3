//! Questions to the audit, over a short log and over a long one: what counts is that they take the same.

use std::time::Instant;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, query_scalar};
use store::{AuditConditions, AuditQuery, Options, Read, Store, TenantRef};

use crate::database::Databases;
use crate::flags::Flags;
use crate::ours::Ours;
use crate::report::say;
use crate::views::caught_up;
use crate::work::{Dice, Done, new_id};

/// Events of the short log.
const SHORT: usize = 10_000;
/// Events of each customer.
const EVENTS_EACH: usize = 10;
/// Questions of each kind.
const QUESTIONS: usize = 1_000;
/// Events on a page.
const LIMIT: u16 = 50;
/// Concurrent recorded reads.
const READERS: [usize; 2] = [1, 64];

/// Asks a tenant with few events, and one with many in the same log.
pub(crate) async fn measure(databases: &Databases, flags: &Flags) -> Done<()> {
    if !"audit".contains(&flags.only) {
        return Ok(());
    }
    let options = Options::new(databases.audit.clone());
    for events in [SHORT, flags.audit_events] {
        let customers = events / EVENTS_EACH;
        let ours = Ours::set_up(&options, 1, customers, EVENTS_EACH as u64).await?;
        let tenant = *ours.tenants.first().ok_or("there is no tenant")?;
        let following = Store::open(&Options { followers: 2, ..options.clone() }).await?;
        let mut owner = PgConnection::connect_with(&databases.audit).await?;
        caught_up(&mut owner, "").await?;
        following.close().await;
        databases.settle().await?;
        say(&format!("\naudit of a tenant with {events} events"));
        questions(&databases.audit, &ours.store, tenant, &ours.ids()).await?;
        if events == SHORT {
            notes(&ours.store, tenant).await?;
        }
        ours.store.close().await;
    }
    Ok(())
}

/// Asks for pages by each filter, each time at another place of the log.
async fn questions(
    database: &PgConnectOptions,
    store: &Store,
    tenant: TenantRef,
    customers: &[String],
) -> Done<()> {
    let mut owner = PgConnection::connect_with(database).await?;
    let requests: Vec<String> = query_scalar(
        "select request_id from audit_entries where tenant_id = $1 and request_id is not null
          order by md5(request_id) limit 1000",
    )
    .bind(tenant.id.0)
    .fetch_all(&mut owner)
    .await?;
    let head: i64 = query_scalar("select position from log_heads where partition = $1")
        .bind(tenant.partition.number())
        .fetch_one(&mut owner)
        .await?;
    for kind in ["everything", "actor", "api_key", "type", "customer", "field", "request", "two"] {
        let (mut dice, mut taken) = (Dice::new(), Vec::with_capacity(QUESTIONS));
        for nth in 0..QUESTIONS {
            let asked = asked(kind, &mut dice, customers, &requests)?;
            let place = 1 + i64::try_from(dice.next() % head.unsigned_abs().max(1))?;
            let after = store::After { key: place.to_string(), id: uuid::Uuid::nil() };
            let after = Some(after).filter(|_| !["customer", "request"].contains(&kind));
            let query = AuditQuery { asked, descending: nth % 2 == 0, after, limit: LIMIT };
            let begun = Instant::now();
            store.audit(tenant, &query).await?;
            taken.push(begun.elapsed().as_secs_f64() * 1e3);
        }
        say(&format!("  by {kind:<12} {}", percentiles(&mut taken)));
    }
    Ok(())
}

fn asked(
    kind: &str,
    dice: &mut Dice,
    customers: &[String],
    requests: &[String],
) -> Done<AuditConditions> {
    let mut asked = AuditConditions::default();
    match kind {
        "actor" => asked.actor = Some("ada@example.com".to_owned()),
        "api_key" => asked.api_key = Some("0123456789abcdef".to_owned()),
        "type" => asked.event_type = Some("CustomerRegistered".to_owned()),
        "customer" => {
            let id = dice.choose(customers).ok_or("there is no customer")?;
            asked.customer = Some(id.parse().map_err(|_| "not an id")?);
        }
        "field" => asked.field = Some("/profile/shipping/instructions".to_owned()),
        "request" => asked.request_id = dice.choose(requests).cloned(),
        "two" => {
            asked.actor = Some("ada@example.com".to_owned());
            asked.event_type = Some("CustomerRegistered".to_owned());
        }
        _ => {}
    }
    Ok(asked)
}

/// How long it takes to note a read: what an answer to an auditor waits for.
async fn notes(store: &Store, tenant: TenantRef) -> Done<()> {
    for readers in READERS {
        let mut taken = Vec::with_capacity(QUESTIONS);
        while taken.len() < QUESTIONS {
            let at_once = (0..readers).map(|_| async {
                let begun = Instant::now();
                store.record_read_durably(read(tenant)).await?;
                Done::Ok(begun.elapsed().as_secs_f64() * 1e3)
            });
            taken.extend(futures::future::try_join_all(at_once).await?);
        }
        say(&format!("  a recorded read, {readers:>2} at once {}", percentiles(&mut taken)));
    }
    Ok(())
}

fn read(tenant: TenantRef) -> Read {
    Read {
        id: new_id().0,
        tenant,
        api_key: "0123456789abcdef".to_owned(),
        actor: Some("ada@example.com".to_owned()),
        reason: None,
        route: "/v1/customers/{ref}".to_owned(),
        request_id: "bench".to_owned(),
        customers: vec![new_id().0],
    }
}

fn percentiles(taken: &mut [f64]) -> String {
    taken.sort_by(f64::total_cmp);
    let at = |percent: usize| taken.get(taken.len() * percent / 100).copied().unwrap_or_default();
    format!("p50 {:.2} ms, p99 {:.2} ms", at(50), at(99))
}
