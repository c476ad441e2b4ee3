//! What changed in a customer, field by field.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::window::{Span, Window};
use crate::error::StoreError;
use crate::queries::{After, Page, View, as_tenant, hold, position};
use crate::writer::submission::TenantRef;

/// A field that an event changed.
#[derive(Clone, Debug, Eq, FromRow, PartialEq)]
pub struct Change {
    /// Which: a JSON pointer into the customer's document; members of lists that have an id go by it.
    pub field: String,
    /// What it was, as JSON; nothing when it wasn't there.
    pub old_value: Option<String>,
    /// What it became; nothing when it went.
    pub new_value: Option<String>,
    /// The version that the event made.
    pub version: i64,
    /// The event's place in the partition.
    pub position: i64,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What has happened.
    pub event_type: String,
    /// Who did it.
    pub actor: String,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// Which changes are asked for. Those of one event come in the order of their fields.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeQuery {
    /// Which part of the history.
    pub span: Span,
    /// Only this field, or what is below it.
    pub field: Option<String>,
    /// Only what was done on behalf of this.
    pub actor: Option<String>,
    /// Only by events with one of these names; empty asks for all.
    pub types: Vec<String>,
}

/// The changes that are asked for.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when PostgreSQL can't be asked.
pub(crate) async fn changes(
    connection: &mut PgConnection,
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
    let rows: Vec<Change> = statement(tenant, asked, &window, beyond)
        .build_query_as()
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.rollback().await?;
    let listed = |row: Change| {
        let key = format!("{} {}", row.version, row.field);
        (row, After { key, id: span.customer.0 })
    };
    let mut page = Page::of(rows.into_iter().map(listed).collect(), span.limit, position);
    page.next = page.next.or_else(|| window.next(span.customer));
    Ok(page)
}

/// The version at which a page begins, and the field of that version after which it does.
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

/// The statement that asks for just that, so that it is planned for just that.
fn statement<'a>(
    tenant: TenantRef,
    asked: &'a ChangeQuery,
    window: &Window,
    beyond: Option<(i64, &'a str)>,
) -> QueryBuilder<'a, Postgres> {
    let mut query = QueryBuilder::new(
        "select field, old_value::text as old_value, new_value::text as new_value, version, position,
                recorded_at, event_type, actor, reason
           from field_changes
          where partition = ",
    );
    query.push_bind(tenant.partition.number());
    query.push(" and tenant_id = ").push_bind(tenant.id.0);
    query.push(" and customer_id = ").push_bind::<Uuid>(asked.span.customer.0);
    query.push(" and version between ").push_bind(window.from);
    query.push(" and ").push_bind(window.until);
    if let Some((version, field)) = beyond {
        query.push(" and (version <> ").push_bind(version);
        query.push(" or field > ").push_bind(field).push(")");
    }
    if let Some(field) = &asked.field {
        // What is below it begins with a slash more, and "0" comes after the slash.
        query.push(" and (field = ").push_bind(field);
        query.push(" or field > ").push_bind(format!("{field}/"));
        query.push(" and field < ").push_bind(format!("{field}0")).push(")");
    }
    if let Some(actor) = &asked.actor {
        query.push(" and actor = ").push_bind(actor);
    }
    if !asked.types.is_empty() {
        query.push(" and event_type = any (").push_bind(&asked.types).push(")");
    }
    let direction = if asked.span.newest_first { "desc" } else { "asc" };
    query.push(" order by version ").push(direction).push(", field limit ");
    query.push_bind(i64::from(asked.span.limit) + 1);
    query
}
