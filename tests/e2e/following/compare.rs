//! The rows of read models, compared with those computed from the log.

use domain::TenantId;
use futures::TryStreamExt as _;
use serde_json::Value;
use sqlx::{PgConnection, query_as, query_scalar};
use store::{Cause, Change, Partition, Store, TenantRef};
use tests::changes_of;
use uuid::Uuid;

use super::fold::{Customer, Lines, Logged};

/// The number of compared rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compared {
    pub(super) events: usize,
    pub(super) customers: usize,
    pub(super) rows: usize,
}

impl std::ops::Add for Compared {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            customers: self.customers + other.customers,
            rows: self.rows + other.rows,
        }
    }
}

const FIELD_CHANGES: &str = "
    select concat_ws(' ', customer_id, version, field, position)
      from field_changes where tenant_id = $1
     order by customer_id, version, field";
const BILLING_CONFIGURATIONS: &str = "
    select concat_ws(' ', customer_id, billing_config_id, provider, provider_customer_id,
                     delivery_method, configuration::text, version, changed_at,
                     coalesce(to_char(archived_at at time zone 'UTC',
                                      'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '-'))
      from billing_configurations where tenant_id = $1
     order by customer_id, billing_config_id";
const INTEGRATION_LINKS: &str = "
    select concat_ws(' ', customer_id, version, provider_type, provider_entity_id,
                     coalesce(entity_type, '-'), mapped::text, position, recorded_at, actor)
      from integration_links where tenant_id = $1
     order by customer_id, version";
const CUSTOMER_LIST: &str = "
    select concat_ws(' ', customer_id, version, status, name, name_key, email, external_id,
                     billable, created_at, created_by, updated_at, updated_by)
      from customer_list join customer_list_updates using (partition, tenant_id, customer_id)
     where tenant_id = $1
     order by customer_id";

/// Requires that the rows of a tenant match its events.
pub(super) async fn expect_as_the_log_says(
    store: &Store,
    connection: &mut PgConnection,
    tenant: Uuid,
) -> Compared {
    let mut found = Compared::default();
    let lines = folded(connection, tenant, &mut found).await;
    expect_changes_shown(store, connection, tenant, lines.changes).await;
    for (name, rows, wanted) in [
        ("field_changes", FIELD_CHANGES, lines.field_changes),
        ("billing_configurations", BILLING_CONFIGURATIONS, lines.billing_configurations),
        ("integration_links", INTEGRATION_LINKS, lines.integration_links),
        ("customer_list", CUSTOMER_LIST, lines.customer_list),
    ] {
        let mut wanted = wanted.into_iter();
        let mut rows = query_scalar(rows).bind(tenant).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.expect("rows") {
            let row: String = row;
            assert_eq!(Some(row), wanted.next(), "{name} has what the log doesn't make");
            found.rows += 1;
        }
        assert_eq!(None, wanted.next(), "{name} lacks what the log makes");
    }
    found
}

/// Requires that readers get each change: old and new value, event, time, actor and reason.
async fn expect_changes_shown(
    store: &Store,
    connection: &mut PgConnection,
    tenant: Uuid,
    wanted: Vec<String>,
) {
    let partition: i16 = query_scalar("select partition from tenants where tenant_id = $1")
        .bind(tenant)
        .fetch_one(&mut *connection)
        .await
        .expect("a tenant");
    let partition = Partition::new(partition).expect("a partition");
    let reader = TenantRef { id: TenantId(tenant), partition };
    let customers: Vec<Uuid> =
        query_scalar("select customer_id from customers where tenant_id = $1 order by customer_id")
            .bind(tenant)
            .fetch_all(connection)
            .await
            .expect("customers");
    let mut wanted = wanted.into_iter();
    for customer in customers {
        for change in changes_of(store, reader, customer).await {
            assert_eq!(Some(line(customer, change)), wanted.next(), "a change isn't the log's");
        }
    }
    assert_eq!(None, wanted.next(), "a change is missing");
}

fn line(customer: Uuid, change: Change) -> String {
    let shown = |value: Option<Value>| value.map_or("-".to_owned(), |it| it.to_string());
    let Change { field, old, new, cause } = change;
    let Cause { version, position, recorded_at, event_type, actor, api_key, reason } = cause;
    // In PostgreSQL's format.
    let at = recorded_at.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    let at = at.trim_end_matches('0').trim_end_matches('.');
    let (api_key, reason) = (api_key.unwrap_or_default(), reason.unwrap_or_default());
    let (old, new) = (shown(old), shown(new));
    format!(
        "{customer} {version} {field} {old} {new} {position} {event_type} {at}+00 {actor} {api_key} {reason}"
    )
}

/// The rows computed from a tenant's events.
async fn folded(connection: &mut PgConnection, tenant: Uuid, found: &mut Compared) -> Lines {
    let mut lines = Lines::default();
    let mut customer = Customer::default();
    // The digit 0 comes after the slash.
    let mut events = query_as(
        "select split_part(aggregate_id, '/', 2)::uuid as customer, sequence, event_type,
                payload::text as payload, position, recorded_at::text as recorded_at,
                metadata ->> 'actor' as actor, metadata ->> 'api_key' as api_key,
                metadata ->> 'reason' as reason
           from events
          where aggregate_type = 'customer' and aggregate_id > $1 and aggregate_id < $2
          order by aggregate_id, sequence",
    )
    .bind(format!("{tenant}/"))
    .bind(format!("{tenant}0"))
    .fetch(connection);
    while let Some(event) = events.try_next().await.expect("events") {
        let event: Logged = event;
        if !customer.is(event.customer) {
            customer.ended(&mut lines);
            customer = Customer::new(event.customer);
            found.customers += 1;
        }
        customer.happened(&event, &mut lines);
        found.events += 1;
    }
    customer.ended(&mut lines);
    lines
}
