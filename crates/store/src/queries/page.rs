//! Pages of lists.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _, query, query_scalar};
use uuid::Uuid;

use crate::partition::Partition;

/// The maximum size of a page's documents, in bytes. The page ends after the item that exceeds it,
/// so it always has one.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// [`PAGE_BYTES_MAX`] for statements.
pub(crate) fn page_bytes() -> i64 {
    i64::try_from(PAGE_BYTES_MAX).unwrap_or(i64::MAX)
}

/// A position in a list: the last item's sort key and id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct After {
    /// The sort key, as text.
    pub key: String,
    /// Distinguishes items with the same key.
    pub id: Uuid,
}

impl After {
    /// A position in a list sorted by positions of the log.
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

/// A page of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; nothing on the last page.
    pub next: Option<After>,
    /// The position of the log that the list has reached, at least. Nothing if the list is always
    /// current.
    pub position: Option<i64>,
}

/// The number of rows to read for a page: one more than the limit, to see whether there is a next
/// page.
pub(crate) fn one_more(limit: u16) -> i32 {
    i32::from(limit).saturating_add(1)
}

impl<T> Page<T> {
    /// The page of `rows`. If there are more than `limit`, there is a next page.
    #[must_use]
    pub fn of(rows: Vec<(T, After)>, limit: u16, position: Option<i64>) -> Self {
        Self::of_part(rows, false, limit, position)
    }

    /// The same for rows that may have been `cut`: then there is a next page.
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

/// Rows of a list that fit on a page.
pub(crate) struct Part<T, A = After> {
    pub(crate) rows: Vec<(T, A)>,
    /// Whether more rows did not fit.
    pub(crate) cut: bool,
}

impl<T, A> Part<T, A> {
    /// Reads the rows of a statement that gives each row the number of all `listed` rows, including
    /// those left out because of their size.
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
    /// The page of these rows.
    pub(crate) fn page(self, limit: u16, position: Option<i64>) -> Page<T> {
        Page::of_part(self.rows, self.cut, limit, position)
    }
}

/// A read model that follows the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum View {
    /// Lists of customers.
    CustomerList,
    /// Entries of the audit.
    AuditEntries,
    /// Billing configurations.
    BillingConfigurations,
    /// Links to ids in other systems.
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

/// Locks a view's table until the transaction ends. So a rebuild can't replace it between reading
/// its position and its rows.
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

/// The position of the live generation.
pub(crate) async fn position(
    connection: &mut PgConnection,
    partition: Partition,
    view: View,
) -> sqlx::Result<Option<i64>> {
    position_of(connection, partition, view.projection()).await
}

/// The same for any projection.
pub(crate) async fn position_of(
    connection: &mut PgConnection,
    partition: Partition,
    projection: &str,
) -> sqlx::Result<Option<i64>> {
    query_scalar(
        "select c.position
           from projections as p
           join checkpoints as c on c.partition = $1 and c.projection = p.name
                                and c.generation = p.generation
          where p.name = $2 and p.state = 'live'",
    )
    .bind(partition.number())
    .bind(projection)
    .fetch_optional(connection)
    .await
}

/// The end of the partition's log.
pub(crate) async fn head(connection: &mut PgConnection, partition: Partition) -> sqlx::Result<i64> {
    query_scalar("select position from log_heads where partition = $1")
        .bind(partition.number())
        .fetch_one(connection)
        .await
}
