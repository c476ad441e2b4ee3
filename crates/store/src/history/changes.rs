//! What changed in a customer, field by field.

use domain::CustomerId;
use domain::customer::FieldChange;
use domain::upcast::Upcasters;
use serde_json::Value;
use sqlx::{FromRow as _, PgConnection, Postgres, QueryBuilder};

use super::cause::Cause;
use super::differences::differences;
use super::window::{Span, Window};
use crate::error::StoreError;
use crate::log::customer_stream;
use crate::model::{Recorded, TenantRef};
use crate::queries::{After, Page, Part, View, as_tenant, hold, one_more, page_bytes, position};

/// A field that an event changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// Which: a JSON pointer into the customer's document; members of lists that have an id go by it.
    pub field: String,
    /// What it was; nothing when it wasn't there.
    pub old: Option<Value>,
    /// What it became; nothing when it went.
    pub new: Option<Value>,
    /// The event.
    pub cause: Cause,
}

/// A query of changes. Those of one event come in the order of their fields.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeQuery {
    /// The part of the history.
    pub span: Span,
    /// Only this field, or fields below it.
    pub field: Option<String>,
    /// Only changes of this actor.
    pub actor: Option<String>,
    /// Only by events with one of these names; empty means all.
    pub types: Vec<String>,
}

/// The matching changes. The read model knows which events changed a field; the values come from
/// the events.
///
/// An unreadable event is left out, and so are the customer's later ones.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn changes(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    asked: &ChangeQuery,
) -> Result<Page<Change>, StoreError> {
    let span = &asked.span;
    let (at, beyond) = begin(span);
    let filter = asked.field.is_some() || asked.actor.is_some() || !asked.types.is_empty();
    let window = Window::of(connection, tenant, span, at, filter).await?;
    let mut transaction = as_tenant(connection, tenant.id).await?;
    hold(&mut transaction, View::FieldChanges).await?;
    let position = position(&mut transaction, tenant.partition, View::FieldChanges).await?;
    // The first event may have been shown completely, and one more shows whether there is a next
    // page.
    let most = i64::from(one_more(span.limit)).saturating_add(1);
    let rows = statement(tenant, asked, &window, most)
        .build()
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    let Part { rows, cut } = Part::of(&rows, |row| Ok((Recorded::from_row(row)?, ())))?;
    let events: Vec<_> = rows.into_iter().map(|(event, ())| event).collect();
    let last = events.last().map(|event| event.version);
    let whole = !cut && i64::try_from(events.len()).is_ok_and(|count| count < most);
    let mut found = changes_of(&mut transaction, upcasters, tenant, events).await?;
    transaction.rollback().await?;
    found.retain(|change| {
        let behind = |(version, field): (i64, &str)| {
            change.cause.version != version || *change.field > *field
        };
        asked.wants(change) && beyond.is_none_or(behind)
    });
    found.sort_by(|a, b| {
        let versions = a.cause.version.cmp(&b.cause.version);
        let versions = if span.newest_first { versions.reverse() } else { versions };
        versions.then_with(|| a.field.cmp(&b.field))
    });
    let listed = |change: Change| {
        let key = format!("{} {}", change.cause.version, change.field);
        (change, After { key, id: span.customer.0 })
    };
    let mut page = Page::of(found.into_iter().map(listed).collect(), span.limit, position);
    if page.next.is_none() {
        // Some events changed nothing that is shown.
        let further = last
            .filter(|_| !whole)
            .map(|last| Window::from_version(span.beyond(last), span.customer));
        page.next = further.or_else(|| window.next(span.customer));
    }
    Ok(page)
}

impl ChangeQuery {
    fn wants(&self, change: &Change) -> bool {
        self.field.as_ref().is_none_or(|field| {
            let below = change.field.strip_prefix(&**field);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
        })
    }
}

/// The version at which a page begins, and the field after which it continues.
fn begin(span: &Span) -> (Option<i64>, Option<(i64, &str)>) {
    let Some(After { key, .. }) = &span.after else { return (None, None) };
    match key.split_once(' ') {
        Some((version, field)) => {
            let version = version.parse().unwrap_or(0);
            (Some(version), Some((version, field)))
        }
        None => (Some(key.parse().unwrap_or(0)), None),
    }
}

/// The statement for exactly these events, as many as fit on a page, so that it is planned for
/// them.
fn statement<'a>(
    tenant: TenantRef,
    asked: &'a ChangeQuery,
    window: &Window,
    most: i64,
) -> QueryBuilder<'a, Postgres> {
    let customer = asked.span.customer;
    let direction = if asked.span.newest_first { "desc" } else { "asc" };
    let mut query = QueryBuilder::new("select ");
    query.push_bind(customer.0);
    query.push(
        " as customer_id, sequence as version, position, recorded_at, event_type, event_version,
                payload::text as payload, metadata::text as metadata, listed
           from (select *, count(*) over () as listed, sum(bytes) over (order by sequence ",
    );
    query.push(direction).push(") - bytes as before from (");
    query.push(
        "select e.sequence, e.position, e.recorded_at, e.event_type, e.event_version, e.payload,
                e.metadata, text_bytes(e.payload) as bytes
           from ",
    );
    if let Some(field) = &asked.field {
        // The versions that changed the field are found and sorted first, so that no more events
        // are read than needed. Fields below it begin with its name and a slash; "0" follows the
        // slash.
        let below = (format!("{field}/"), format!("{field}0"));
        query.push("(");
        versions(&mut query, tenant, customer, window);
        query.push(" and f.field = ").push_bind(field).push(" union ");
        versions(&mut query, tenant, customer, window);
        query.push(" and f.field > ").push_bind(below.0);
        query.push(" and f.field < ").push_bind(below.1);
        query.push(" order by version ").push(direction);
        query.push(") as w cross join lateral (select * from events as e where e.sequence = w.version and ");
        of_stream(&mut query, tenant, customer);
        query.push(" limit 1) as e where true");
    } else {
        query.push("events as e where ");
        of_stream(&mut query, tenant, customer);
        query.push(" and e.sequence between ").push_bind(window.from);
        query.push(" and ").push_bind(window.until);
    }
    if let Some(actor) = &asked.actor {
        query.push(" and coalesce(e.metadata ->> 'actor', e.metadata ->> 'api_key', '') = ");
        query.push_bind(actor);
    }
    if !asked.types.is_empty() {
        query.push(" and e.event_type = any (").push_bind(&asked.types).push(")");
    }
    let sorted =
        if asked.field.is_some() { " order by w.version " } else { " order by e.sequence " };
    query.push(sorted).push(direction).push(" limit ").push_bind(most);
    query.push(") as l) as l where before < ").push_bind(page_bytes());
    query.push(" order by sequence ").push(direction);
    query
}

/// The versions of the customer's changes within the window, without the condition on a field.
fn versions(
    query: &mut QueryBuilder<'_, Postgres>,
    tenant: TenantRef,
    customer: CustomerId,
    window: &Window,
) {
    query.push("select f.version from field_changes as f where f.partition = ");
    query.push_bind(tenant.partition.number());
    query.push(" and f.tenant_id = ").push_bind(tenant.id.0);
    query.push(" and f.customer_id = ").push_bind(customer.0);
    query.push(" and f.version between ").push_bind(window.from);
    query.push(" and ").push_bind(window.until);
}

fn of_stream(query: &mut QueryBuilder<'_, Postgres>, tenant: TenantRef, customer: CustomerId) {
    query.push("e.aggregate_type = 'customer' and e.aggregate_id = ");
    query.push_bind(customer_stream(tenant.id, customer));
    query.push(" and e.partition = ").push_bind(tenant.partition.number());
}

/// The changes of each of a customer's `events`.
async fn changes_of(
    connection: &mut PgConnection,
    upcasters: &Upcasters,
    tenant: TenantRef,
    events: Vec<Recorded>,
) -> Result<Vec<Change>, StoreError> {
    let differences = differences(connection, upcasters, tenant, &events).await?;
    let mut found = Vec::new();
    for (event, changes) in events.into_iter().zip(differences) {
        let Some(changes) = changes else { continue };
        let cause = Cause::of(event, upcasters)?;
        let change = |change: FieldChange| {
            let (field, old, new) = (change.field, change.old, change.new);
            Change { field, old, new, cause: cause.clone() }
        };
        found.extend(changes.into_iter().map(change));
    }
    Ok(found)
}
