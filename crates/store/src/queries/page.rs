//! Lists, a page at a time.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _, query, query_scalar};
use uuid::Uuid;

use crate::partition::Partition;

/// How many bytes of documents a page may have before it ends early. The item that goes beyond is on it, so
/// that it always has one.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// [`PAGE_BYTES_MAX`] as statements compare it.
pub(crate) fn page_bytes() -> i64 {
    i64::try_from(PAGE_BYTES_MAX).unwrap_or(i64::MAX)
}

/// How far somebody has read in a list: the last item's key in the list's order, and its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct After {
    /// What the list is sorted by, as text.
    pub key: String,
    /// What tells items of the same key apart.
    pub id: Uuid,
}

impl After {
    /// How far somebody has read in a list that is sorted by positions of the log.
    #[must_use]
    pub fn position(position: i64) -> Self {
        Self { key: position.to_string(), id: Uuid::nil() }
    }

    /// The position, in such a list.
    #[must_use]
    pub fn as_position(&self) -> Option<i64> {
        self.key.parse().ok()
    }
}

/// Some items of a list, in its order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; nothing when this is the last.
    pub next: Option<After>,
    /// The position of the partition's log that the list has come to, at least. Nothing when it is
    /// always current.
    pub position: Option<i64>,
}

/// How many rows to ask for, for a page of at most `limit` items: one more, which says whether there is a next page.
pub(crate) fn one_more(limit: u16) -> i32 {
    i32::from(limit).saturating_add(1)
}

impl<T> Page<T> {
    /// The page that begins with `rows`, which are more than `limit` when there is a next one.
    #[must_use]
    pub fn of(rows: Vec<(T, After)>, limit: u16, position: Option<i64>) -> Self {
        Self::of_part(rows, false, limit, position)
    }

    /// The same, when there may be more rows than were read: a page that is `cut` is followed by another.
    #[must_use]
    pub fn of_part(rows: Vec<(T, After)>, cut: bool, limit: u16, position: Option<i64>) -> Self {
        let limit = usize::from(limit);
        let more = cut || rows.len() > limit;
        let last = rows.len().min(limit).checked_sub(1).and_then(|last| rows.get(last));
        let next = last.filter(|_| more).map(|(_, after)| after.clone());
        let items = rows.into_iter().take(limit).map(|(item, _)| item).collect();
        Self { items, next, position }
    }
}

/// Rows of a list, as many as fit on a page.
pub(crate) struct Part<T, A = After> {
    pub(crate) rows: Vec<(T, A)>,
    /// Whether there were more that did not fit.
    pub(crate) cut: bool,
}

impl<T, A> Part<T, A> {
    /// What a statement read that gives each row the number of all `listed`, those included that it left
    /// out because of their size.
    pub(crate) fn of(
        rows: &[PgRow],
        row: impl Fn(&PgRow) -> sqlx::Result<(T, A)>,
    ) -> sqlx::Result<Self> {
        let listed: i64 = rows.first().map_or(Ok(0), |row| row.try_get("listed"))?;
        let cut = i64::try_from(rows.len()).is_ok_and(|read| read < listed);
        Ok(Self { rows: rows.iter().map(row).collect::<sqlx::Result<_>>()?, cut })
    }
}

impl<T> Part<T> {
    /// The page that they begin.
    pub(crate) fn page(self, limit: u16, position: Option<i64>) -> Page<T> {
        Page::of_part(self.rows, self.cut, limit, position)
    }
}

/// A read model that follows the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// Lists of customers.
    CustomerList,
    /// What the audit finds events by.
    AuditEntries,
    /// Billing configurations.
    BillingConfigurations,
    /// Who holds which id in another system.
    IntegrationLinks,
    /// Every change of every field.
    FieldChanges,
}

impl View {
    /// The projection's name.
    pub(crate) const fn projection(self) -> &'static str {
        match self {
            Self::CustomerList => "customer_list",
            Self::AuditEntries => "audit_entries",
            Self::BillingConfigurations => "billing_configurations",
            Self::IntegrationLinks => "integration_links",
            Self::FieldChanges => "field_changes",
        }
    }
}

/// Keeps a view's table what it is until the transaction ends: a rebuild may put another in its place,
/// but not between what says how far it has come and what lists its rows.
pub(crate) async fn hold(connection: &mut PgConnection, view: View) -> sqlx::Result<()> {
    let lock = match view {
        View::CustomerList => "lock table customer_list in access share mode",
        View::AuditEntries => "lock table audit_entries in access share mode",
        View::BillingConfigurations => "lock table billing_configurations in access share mode",
        View::IntegrationLinks => "lock table integration_links in access share mode",
        View::FieldChanges => "lock table field_changes in access share mode",
    };
    query(lock).execute(connection).await?;
    Ok(())
}

/// The position of the partition's log that the live generation has come to.
pub(crate) async fn position(
    connection: &mut PgConnection,
    partition: Partition,
    view: View,
) -> sqlx::Result<Option<i64>> {
    query_scalar(
        "select c.position
           from projections as p
           join checkpoints as c on c.partition = $1 and c.projection = p.name
                                and c.generation = p.generation
          where p.name = $2 and p.state = 'live'",
    )
    .bind(partition.number())
    .bind(view.projection())
    .fetch_optional(connection)
    .await
}

/// The position that the partition's log has come to.
pub(crate) async fn head(connection: &mut PgConnection, partition: Partition) -> sqlx::Result<i64> {
    query_scalar("select position from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(connection)
        .await
}
